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

from ..module_utils._core.redact import Redactor
from ._teardown_data import Document, Unusable, document, documents
from ._teardown_mask import Masker
from ._teardown_words import amount, label, system_key, tally, troubled, urgency

WIDEST = 40
_CLEAN = Redactor()


def as_table(given: Any, *, rows: int = 50, mask: bool = True) -> str:
    """Return lines of text: a row a target, those first that need a person, then the totals."""
    known = document(given, "plan or evidence")
    key = "targets" if "targets" in known else "results"
    if key not in known:
        raise Unusable("this is neither a plan nor evidence")
    return table_of(known, documents(known[key], key), rows=rows, mask=mask)


def table_of(known: Document, entries: Sequence[Document], *, rows: int = 50, mask: bool = True) -> str:
    """Return the same for entries of a plan or of evidence that are plain data."""
    first = sorted(entries, key=urgency)[: max(int(rows), 0)]
    if mask:
        masker = Masker()
        first = [masker.data(entry) for entry in first]
    title = ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "STEPS" if "targets" in known else "OUTCOME"]
    lines = _aligned([title, *(list(map(_cell, _row(entry))) for entry in first)])
    if len(entries) > len(first):
        lines.append(f"… and {amount(len(entries) - len(first))} more")
    return "\n".join([*lines, "", *_tail(known, entries)])


def _tail(known: Document, entries: Sequence[Document]) -> list[str]:
    counts = Counter(str(entry.get("outcome")) for entry in entries)
    told = ", ".join(f"{amount(number)} {word}" for word, number in tally(counts))
    lines = [f"{amount(len(entries))} {'target' if len(entries) == 1 else 'targets'}: {told or 'none'}"]
    if "sha256" in known:
        lines.append(f"plan {known['sha256']}, to be applied before {known.get('expires')}")
    broken = documents(known.get("violations") or [], "violations")
    lines += [f"LIMIT EXCEEDED: {item.get('message')}" for item in broken]
    return [_CLEAN.line(line) for line in lines]


def _row(entry: Mapping[str, Any]) -> list[str]:
    last = str(entry.get("outcome"))
    if "pending" in entry:
        count = amount(entry["pending"])
        last = ", ".join(entry.get("steps") or [last])
    else:
        count = f"{amount(entry.get('pending_before'))} → {amount(entry.get('pending_after'))}"
    message = (entry.get("error") or {}).get("message")
    if message and troubled(entry):
        last = f"{entry.get('outcome')}: {message}"
    return [str(entry.get("account")), system_key(entry), label(entry), count, last]


def _cell(text: str) -> str:
    line = _CLEAN.line(text)
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
