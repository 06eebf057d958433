# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of a ledger's chain: every line is as written and continues the line before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from .documents import Document
from .findings import finding
from .ledger import LedgerLine, is_as_written


def chain(file: str, lines: Sequence[LedgerLine]) -> list[Document]:
    """Return the findings about the lines of a ledger, in their order."""
    found = [item for line in lines for item in _altered(lines, line)]
    found += [item for before, line in zip([None, *lines], lines, strict=False) for item in _link(before, line)]
    if lines and not lines[-1].whole:
        what = "the line is cut: whoever wrote it was stopped. The next line that is appended mends it"
        found.append((lines[-1].number, what))
    return [finding(file, number, what) for number, what in sorted(found, key=itemgetter(0))]


def _altered(lines: Sequence[LedgerLine], line: LedgerLine) -> Iterator[tuple[int, str]]:
    if _was_cut(lines, line):
        return
    if line.entry is None or not is_as_written(line):
        yield line.number, "the line is not as it was written: its own sha256 does not fit"
    elif line.entry.get("number") != line.number:
        yield line.number, f"this is line {line.entry.get('number')}: lines before it were removed, added or moved"


def _was_cut(lines: Sequence[LedgerLine], line: LedgerLine) -> bool:
    """Return whether a line was cut by a crash, as the next one reports."""
    if not line.whole:
        return True
    after = lines[line.number].entry if line.number < len(lines) else None
    return after is not None and after.get("after_cut_line") is True and line.entry is None


def _link(before: LedgerLine | None, line: LedgerLine) -> Iterator[tuple[int, str]]:
    entry = line.entry or {}
    expected = entry.get("previous_sha256")
    if before is None:
        if expected is not None:
            yield line.number, "the ledger does not begin here: the lines before this one are missing"
        return
    if expected == before.sha256 or not is_as_written(line):
        return
    hashes = f"its SHA-256 is {before.sha256}, and line {line.number} goes on from {expected}"
    if is_as_written(before):
        yield line.number, f"line {before.number} is not the one that was before this line: {hashes}"
    elif before.entry is None and entry.get("after_cut_line") is True:
        yield before.number, f"the line, which a crash cut, was altered since: {hashes}"
