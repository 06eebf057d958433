# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A plan or evidence as a short table for the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from ....module_utils._core.redact import Redactor
from ..documents import Document, is_about_numbers
from ..formatting import distinct_names, format_count, shared_names
from ..masking import Masker
from ..vocabulary import by_urgency, needs_attention, slice_sentence, sort_key, system_key
from .number_table import TITLE, ambiguous, number_rows

WIDEST = 40
_CLEAN = Redactor()


def table_of(known: Document, entries: Sequence[Document], *, rows: int, sha256: str | None = None) -> str:
    """Return lines of text for a plan (with its ``sha256``) or evidence: a row a target, then the totals.

    Those that need attention come first. Phone numbers are masked.
    """
    masker = Masker()
    if is_about_numbers(known.get("run") or known):
        masker.learn(entries)
        cells, number = number_rows(entries, rows)
        lines = aligned([TITLE, *([*map(cell, each[:-1]), _CLEAN.line(each[-1])] for each in masker.data(cells))])
        return "\n".join([*lines, *_more(number - len(cells)), "", *_tail(known, entries, sha256)])
    first = sorted(entries, key=sort_key)[: max(rows, 0)]
    shared = shared_names(entries)
    first = [masker.data(entry) for entry in first]
    names = distinct_names(first, shared, WIDEST)
    title = ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "STEPS" if "targets" in known else "OUTCOME"]
    named = zip(first, names, strict=True)
    lines = aligned([title, *(list(map(cell, _row(entry, name))) for entry, name in named)])
    return "\n".join([*lines, *_more(len(entries) - len(first)), "", *_tail(known, entries, sha256)])


def verification_table(runs: Sequence[Document], findings: Sequence[Document]) -> str:
    """Return lines of text for a verification: a row a run, then all that was found."""
    title = ["RUN", "MODE", "STARTED", "TARGETS", "APPROVED BY", "SIGNED BY", "FINDINGS"]
    keys = ("folder", "mode", "started", "targets", "approved_by", "signed_by", "findings")
    told = [[cell("-" if run[key] is None else str(run[key])) for key in keys] for run in runs]
    lines = aligned([title, *told])
    for found in findings:
        line = "" if found["line"] is None else f":{found['line']}"
        lines.append(_CLEAN.line(f"{found['file']}{line}: {found['what']}"))
    return "\n".join(lines)


def _more(number: int) -> list[str]:
    return [f"… and {format_count(number)} more"] if number > 0 else []


def _tail(known: Document, entries: Sequence[Document], sha256: str | None) -> list[str]:
    counts = Counter(str(entry.get("outcome")) for entry in entries)
    told = ", ".join(f"{format_count(number)} {word}" for word, number in by_urgency(counts))
    lines = [f"{format_count(len(entries))} {'target' if len(entries) == 1 else 'targets'}: {told or 'none'}"]
    if part := slice_sentence((known.get("run") or {}).get("slice")):
        lines.append(part)
    if sha256 is not None:
        until = known.get("expires")
        end = f"to be applied before {until}" if until else "without an end"
        lines.append(f"The SHA-256 of the plan is {sha256}, {end}")
    lines += ambiguous(entries)
    lines += [f"LIMIT EXCEEDED: {item.get('message')}" for item in known.get("violations") or []]
    return [_CLEAN.line(line) for line in lines]


def _row(entry: Mapping[str, Any], name: str) -> list[str]:
    last = str(entry.get("outcome"))
    if "pending" in entry:
        count = format_count(entry["pending"])
        last = ", ".join(entry.get("steps") or [last])
    else:
        count = f"{format_count(entry.get('pending_before'))} → {format_count(entry.get('pending_after'))}"
    message = (entry.get("error") or {}).get("message")
    if message and needs_attention(entry):
        last = f"{entry.get('outcome')}: {message}"
    return [str(entry.get("account")), system_key(entry), name, count, last]


def cell(text: str) -> str:
    """Return a text as it fits into a column: on one line, and cut where it is too long."""
    line = _CLEAN.line(text)
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return a line of text for each row, with columns of equal width."""
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
