# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The ledger: one line for each run, and each line holds the SHA-256 of the line before it.

``previous_sha256`` is what ``sha256sum`` prints for the whole line before, with its line feed. ``sha256`` is that of
the line itself without this key; it tells which of two lines was altered. Lines are appended, never written over.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Any

from ...module_utils._core.folders import sync_own_folder
from .documents import Document, json_object, sha256_of
from .files import lock, open_regular, write_new
from .signatures import sign

LEDGER = "ledger.jsonl"
_SECONDS_BETWEEN_TRIES = 0.1


class LedgerError(Exception):
    """The ledger cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class LedgerLine:
    """One line of the file: its text without the line feed, and its content if it can be parsed."""

    number: int
    text: str
    entry: Document | None
    whole: bool = True
    """False for a last line without a line feed: whoever wrote it was stopped, or still writes."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the whole line, with its line feed."""
        return sha256_of(f"{self.text}\n".encode("utf-8", "surrogateescape"))


def append(path: Path, entry: Mapping[str, Any], *, sign_key: str = "", time_limit: float = 60.0) -> Document:
    """Append one line and return it when it is on disk; LedgerError if that fails.

    ``entry`` has an ``event`` (``run``, ``purge``, ``watch``) and what belongs to it, as plain JSON data; number, time
    and hashes are added here. With ``sign_key`` all lines up to this one are signed too (see ``signature_path``).
    """
    try:
        with _locked(path, time_limit) as opened:
            before = parse(_content(opened))
            last = before[-1] if before else None
            line = {
                "number": len(before) + 1,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                **entry,
                **({"after_cut_line": True} if last is not None and not last.whole else {}),
                "previous_sha256": last.sha256 if last is not None else None,
            }
            line["sha256"] = own_sha256(line)
            # A line that a crash cut gets its line feed, and the new line reports that.
            start = "\n" if last is not None and not last.whole else ""
            _write(path, opened, f"{start}{_text(line)}\n")
            if sign_key:
                _sign_head(path, _content(opened), len(before) + 1, sign_key)
    except OSError as error:
        raise _cannot_be_written(path, error) from error
    return line


def check_writable(path: Path) -> None:
    """Raise LedgerError if a line could not be appended; nothing is created or changed."""
    try:
        os.close(open_regular(path, os.O_RDWR | os.O_APPEND))
    except FileNotFoundError:
        folder = next(folder for folder in path.absolute().parents if folder.exists())
        if not os.access(folder, os.W_OK | os.X_OK):
            way_out = "Give another campaign_teardown_ledger"
            raise LedgerError(f"the ledger {path} cannot be written: {folder} is not writable. {way_out}") from None
    except OSError as error:
        raise _cannot_be_written(path, error) from error


def read(path: Path) -> list[LedgerLine]:
    """Return the lines of a ledger; LedgerError if it cannot be read."""
    try:
        opened = open_regular(path)
        try:
            fcntl.flock(opened, fcntl.LOCK_SH)
            return parse(_content(opened))
        finally:
            os.close(opened)
    except OSError as error:
        raise LedgerError(f"the ledger {path} cannot be read: {error.strerror}") from error


def parse(content: bytes) -> list[LedgerLine]:
    """Return the lines of a ledger's content; only line feeds end a line."""
    texts = content.decode("utf-8", "surrogateescape").split("\n")
    whole, rest = texts[:-1], texts[-1]
    lines = [LedgerLine(place, text, json_object(text)) for place, text in enumerate(whole, start=1)]
    return [*lines, LedgerLine(len(whole) + 1, rest, json_object(rest), whole=False)] if rest else lines


def own_sha256(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a line's text without the key ``sha256``."""
    return sha256_of(_text({key: value for key, value in entry.items() if key != "sha256"}))


def is_as_written(line: LedgerLine) -> bool:
    """Return whether a line is, byte for byte, what ``append`` writes for this content."""
    return (
        line.entry is not None and line.text == _text(line.entry) and line.entry.get("sha256") == own_sha256(line.entry)
    )


def folder_name(ledger: Path, folder: Path) -> str:
    """Return the name of a run's folder in a line: relative to the ledger if it lies below the ledger's folder."""
    folder, base = folder.absolute(), ledger.absolute().parent
    return str(folder.relative_to(base)) if folder.is_relative_to(base) else str(folder)


def folder_path(ledger: Path, name: str) -> Path:
    """Return the folder that a line names."""
    return ledger.absolute().parent / name


def signature_path(ledger: Path, number: int) -> Path:
    """Return the file with the signature over the first ``number`` lines of a ledger."""
    return ledger.with_name(f"{ledger.name}.{number}.sig")


def signature_numbers(ledger: Path) -> list[int]:
    """Return the line numbers that have signatures, in order."""
    paths = ledger.absolute().parent.glob(f"{escape(ledger.name)}.*.sig")
    parts = (path.name.removeprefix(f"{ledger.name}.").removesuffix(".sig") for path in paths)
    return sorted(int(part) for part in parts if part.isdecimal())


def _sign_head(path: Path, content: bytes, number: int, key: str) -> None:
    """Sign all lines; older signatures are removed once the new one is on disk, since it covers the same lines."""
    signature = sign(content, key)
    final = signature_path(path, number)
    part = final.with_name(f".{final.name}.part")
    try:
        part.unlink(missing_ok=True)
        write_new(part, signature)
        part.replace(final)
        sync_own_folder(path.absolute().parent.resolve())
        for older in set(signature_numbers(path)) - {number}:
            signature_path(path, older).unlink(missing_ok=True)
    except OSError as error:
        raise LedgerError(f"the signature {final} cannot be written: {error.strerror}") from error


@contextmanager
def _locked(path: Path, time_limit: float) -> Iterator[int]:
    """Open or create the ledger and lock it; LedgerError if another process holds it, OSError if it cannot be used."""
    path.absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        if not lock(opened, max(1, int(time_limit / _SECONDS_BETWEEN_TRIES)), _SECONDS_BETWEEN_TRIES):
            raise LedgerError(f"another process holds the ledger {path} for longer than {time_limit:g} seconds")
        yield opened
    finally:
        os.close(opened)


def _content(opened: int) -> bytes:
    content = b""
    while part := os.pread(opened, 1024 * 1024, len(content)):
        content += part
    return content


def _write(path: Path, opened: int, text: str) -> None:
    data = memoryview(text.encode("ascii"))
    while data:
        data = data[os.write(opened, data) :]
    os.fsync(opened)
    # The name of a new ledger must be on disk too.
    sync_own_folder(path.absolute().parent.resolve())


def _text(entry: Mapping[str, Any]) -> str:
    """Return the one text of a line: what ``jq --ascii-output --compact-output`` prints for it too."""
    return json.dumps(entry, separators=(",", ":"))


def _cannot_be_written(path: Path, error: OSError) -> LedgerError:
    return LedgerError(
        f"the ledger {path} cannot be written: {error.strerror}. Make room or give another campaign_teardown_ledger"
    )
