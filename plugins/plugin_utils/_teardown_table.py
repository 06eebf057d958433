# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A plan or evidence as a short table for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from ..module_utils._core.redact import Redactor
from ._teardown_data import Document, Unusable, document, documents
from ._teardown_mask import Masker
from ._teardown_words import FAILURES, ORDER, amount, label, system_key

WIDEST = 40
_CLEAN = Redactor()


def as_table(given: Any, *, rows: int = 50, mask: bool = True) -> str:
    """Return lines of text: a row a target, those first that a person has to see, then the totals."""
    known = document(given, "plan or evidence")
    if "targets" in known:
        title, entries, tail = _plan(known)
    elif "results" in known:
        title, entries, tail = _evidence(known)
    else:
        raise Unusable("this is neither a plan nor evidence")
    masker = Masker("")
    shown = sorted(entries, key=lambda entry: ORDER.get(str(entry.get("outcome")), -1))[:rows]
    lines = _aligned(
        [title, *([_cell(masker.text(text) if mask else text) for text in _row(entry)] for entry in shown)]
    )
    if len(entries) > len(shown):
        lines.append(f"… and {len(entries) - len(shown)} more")
    return "\n".join([*lines, "", *(_CLEAN.line(masker.text(line) if mask else line) for line in tail)])


def _plan(plan: Document) -> tuple[list[str], list[Document], list[str]]:
    targets = documents(plan["targets"], "targets")
    tail = [
        f"{len(targets)} targets; {_counts(targets)}",
        f"plan {plan.get('sha256')}, valid until {plan.get('expires')}",
    ]
    broken = documents(plan.get("violations") or [], "violations")
    tail += [f"LIMIT EXCEEDED: {item.get('message')}" for item in broken]
    return ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "STEPS"], targets, tail


def _evidence(evidence: Document) -> tuple[list[str], list[Document], list[str]]:
    results = documents(evidence["results"], "results")
    return (
        ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "OUTCOME"],
        results,
        [f"{len(results)} targets; {_counts(results)}"],
    )


def _row(entry: Mapping[str, Any]) -> list[str]:
    outcome = str(entry.get("outcome"))
    error = entry.get("error") or {}
    if "pending" in entry:
        count = amount(entry["pending"])
        last = ", ".join(entry.get("steps") or [outcome])
    else:
        count = f"{amount(entry.get('pending_before'))} → {amount(entry.get('pending_after'))}"
        last = outcome
    if outcome in FAILURES and error.get("message"):
        last = f"{outcome}: {error['message']}"
    return [str(entry.get("account")), system_key(entry), str(label(entry)), count, last]


def _counts(entries: Sequence[Mapping[str, Any]]) -> str:
    found = [str(entry.get("outcome")) for entry in entries]
    return ", ".join(f"{found.count(word)} {word}" for word in ORDER if word in found)


def _cell(text: str) -> str:
    line = _CLEAN.line(text)
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
