# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of a ledger's chain: every line is as written and continues the line before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .documents import Document
from .findings import finding
from .ledger import LedgerLine, is_as_written


def chain(file: str, lines: Sequence[LedgerLine]) -> list[Document]:
    """Return the findings about the lines of a ledger, in their order."""
    found = [*_first(file, lines[:1]), *(item for pair in pairwise(lines) for item in _pair(file, *pair))]
    if lines and not lines[-1].whole:
        what = "the line is cut: whoever wrote it was stopped. The next line that is appended mends it"
        found.append(finding(file, lines[-1].number, what))
    return sorted([*_altered(file, lines), *found], key=lambda item: item["line"])


def _first(file: str, lines: Sequence[LedgerLine]) -> Iterator[Document]:
    for line in lines:
        if line.entry is not None and line.entry.get("previous_sha256") is not None:
            yield finding(file, line.number, "the ledger does not begin here: the lines before this one are missing")


def _altered(file: str, lines: Sequence[LedgerLine]) -> Iterator[Document]:
    for line in lines:
        if _was_cut(lines, line):
            continue
        if not is_as_written(line):
            yield finding(file, line.number, "the line is not as it was written: its own sha256 does not fit")
        elif line.entry is not None and line.entry.get("number") != line.number:
            yield finding(
                file,
                line.number,
                f"this is line {line.entry.get('number')}: lines before it were removed, added or moved",
            )


def _was_cut(lines: Sequence[LedgerLine], line: LedgerLine) -> bool:
    """Return whether a line was cut by a crash, as the next one reports."""
    if not line.whole:
        return True
    after = lines[line.number].entry if line.number < len(lines) else None
    return after is not None and after.get("after_cut_line") is True and line.entry is None


def _pair(file: str, before: LedgerLine, line: LedgerLine) -> Iterator[Document]:
    if line.entry is None or not is_as_written(line):
        return
    expected = line.entry.get("previous_sha256")
    if expected == before.sha256:
        return
    hashes = f"its SHA-256 is {before.sha256}, and line {line.number} goes on from {expected}"
    if is_as_written(before):
        yield finding(file, line.number, f"line {before.number} is not the one that was before this line: {hashes}")
    elif before.entry is None and line.entry.get("after_cut_line") is True:
        yield finding(file, before.number, f"the line, which a crash cut, was altered since: {hashes}")
