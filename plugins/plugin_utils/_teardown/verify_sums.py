# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of SHA256SUMS: every file of a run matches, none is missing or added."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from .documents import Document, sha256_of
from .files import read_regular, sha256_of_file
from .findings import finding
from .run_folder import SUMS, is_of_a_run, is_sealed

_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)")


def check_sums(
    folder: Path, *, expected: str | None = None, removed: Collection[str] = (), later: Mapping[str, str] | None = None
) -> Iterator[Document]:
    """Yield the findings about a folder's files.

    ``expected`` is the SHA-256 of SHA256SUMS in the ledger; ``removed`` names files that a purge removed, and ``later``
    gives the SHA-256 of files that were written after the seal: both as the ledger says.
    """
    content = contents(folder, SUMS)
    if content is None:
        yield finding(SUMS, None, "the file is missing, so nothing proves the others")
        return
    if expected is not None and sha256_of(content) != expected:
        yield finding(SUMS, None, f"the file was altered or replaced: the ledger has {expected} as its SHA-256")
    sums: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n")[:-1], start=1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in sums or not _is_inside(found[2]):
            yield finding(SUMS, number, "the line is not one that sha256sum writes, or names a file twice")
        else:
            sums[found[2]] = found[1]
            if not is_of_a_run(found[2]):
                yield finding(found[2], None, f"no run leaves such a file, and line {number} of {SUMS} has it")
    if not content.endswith(b"\n"):
        yield finding(SUMS, None, "the last line is cut")
    yield from _listed(folder, {**sums, **(later or {})}, removed)
    yield from _not_listed(folder, sums)


def contents(folder: Path, name: str) -> bytes | None:
    """Return the content of a regular file of a folder, or None if there is no readable one."""
    try:
        return read_regular(folder / name)
    except OSError:
        return None


def _listed(folder: Path, sums: Mapping[str, str], removed: Collection[str]) -> Iterator[Document]:
    for name, expected in sums.items():
        actual = None
        with suppress(OSError):
            actual = sha256_of_file(folder / name)
        if actual is None and name not in removed:
            yield finding(name, None, f"the file is missing or cannot be read, and {SUMS} or the ledger has it")
        elif actual is not None and actual != expected:
            yield finding(name, None, f"the file was altered or replaced: its SHA-256 was {expected}, and is {actual}")


def _not_listed(folder: Path, sums: Collection[str]) -> Iterator[Document]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_symlink():
            yield finding(str(name), None, "this is a link, which no run makes")
        elif not path.is_dir() and is_sealed(name) and str(name) not in sums:
            yield finding(str(name), None, f"the file was added: {SUMS} does not have it")


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
