# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What the screen shows of a plan, of evidence, of a watch and of a verification: short tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from ....module_utils._core.redact import Redactor
from .. import watch
from ..documents import Document, grouped, is_about_numbers
from ..formatting import counted, cut_to, display_name, distinct_names, format_count
from ..masking import Masker
from ..vocabulary import by_urgency, needs_attention, slice_sentence, sort_key, system_key

WIDEST = 40
_URGENT_SHOWN = 5
_CLEAN = Redactor()
_Row = Mapping[str, Any]


def table_of(known: Document, entries: Sequence[Document], *, rows: int, sha256: str | None = None) -> str:
    """Return lines of text for a plan (with its ``sha256``) or evidence, then the totals. Phone numbers are masked.

    A row is a target, or one number at one account with all its steps. Those that need attention come first.
    """
    masker = Masker()
    if is_about_numbers(known.get("run") or known):
        title = ["ACCOUNT", "SYSTEM", "NUMBER", "STEPS"]
        masker.learn(entries)
        groups = _by_number(entries)
        number = len(groups)
        told = masker.data([[*key, _steps(group)] for key, group in groups[:rows]])
        cells = [[*map(cell, each[:-1]), _CLEAN.line(each[-1])] for each in told]
    else:
        title = ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "STEPS" if "targets" in known else "OUTCOME"]
        number = len(entries)
        first = [masker.data(entry) for entry in sorted(entries, key=sort_key)[:rows]]
        names = distinct_names(first, entries, WIDEST)
        cells = [list(map(cell, _row(entry, name))) for entry, name in zip(first, names, strict=True)]
    return "\n".join([*aligned([title, *cells]), *more(number - len(cells)), "", *_totals(known, entries, sha256)])


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


def watch_table_of(found: Sequence[Document], summary: Mapping[str, Any], *, rows: int) -> str:
    """Return lines of text for what a watch found: a row a target, then the totals; the most urgent come first."""
    first = sorted(found, key=watch.sort_key)[:rows]
    title = ["ACCOUNT", "SYSTEM", "TARGET", "THERE NOW", "WATCH"]
    lines = aligned([title, *(list(map(cell, _watched(each))) for each in first)])
    counts = [f"{format_count(summary[outcome])} {outcome}" for outcome in watch.OUTCOMES if summary[outcome]]
    totals = [f"{counted(len(found), 'target')}: {', '.join(counts)}"]
    if summary["not_watched"]:
        totals.append(f"{format_count(summary['not_watched'])} more in the evidence were not torn down: not watched")
    urgent = [each for each in first if each["needs_person"]]
    totals += [f"NEEDS ATTENTION: {each['account']}: {_why(each)}" for each in urgent[:_URGENT_SHOWN]]
    if summary["needs_person"] > min(_URGENT_SHOWN, len(urgent)):
        totals.append(f"NEEDS ATTENTION: {format_count(summary['needs_person'])} targets in all")
    return "\n".join([*lines, *more(len(found) - len(first)), "", *map(_CLEAN.line, totals)])


def more(number: int) -> list[str]:
    """Return the line about those that are not shown, if there are any."""
    return [f"… and {format_count(number)} more"] if number > 0 else []


def _totals(known: Document, entries: Sequence[Document], sha256: str | None) -> Iterable[str]:
    counts = Counter(str(entry.get("outcome")) for entry in entries)
    told = ", ".join(f"{format_count(number)} {word}" for word, number in by_urgency(counts))
    lines = [f"{counted(len(entries), 'target')}: {told or 'none'}"]
    if part := slice_sentence((known.get("run") or {}).get("slice")):
        lines.append(part)
    if sha256 is not None:
        until = known.get("expires")
        end = f"to be applied before {until}" if until else "without an end"
        lines.append(f"The SHA-256 of the plan is {sha256}, {end}")
    lines += _ambiguous(entries)
    lines += [f"LIMIT EXCEEDED: {item.get('message')}" for item in known.get("violations") or []]
    return map(_CLEAN.line, lines)


def _row(entry: _Row, name: str) -> list[str]:
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


def _by_number(entries: Sequence[_Row]) -> list[tuple[tuple[str, str, str], list[_Row]]]:
    """Return account, system and number with the steps against that number there; attention comes first."""
    rows: list[_Row] = [{**(entry.get("target") or {}), **entry} for entry in entries]
    groups = grouped(
        rows, lambda row: (str(row.get("account")), system_key(row), str(row.get("number") or "every number"))
    )
    return sorted(groups.items(), key=lambda group: not any(map(needs_attention, group[1])))


def _steps(rows: Sequence[_Row]) -> str:
    told = grouped(rows, lambda row: (str(row.get("step") or ""), str(row.get("outcome"))))
    steps = [f"{step or 'nothing'}: {outcome}{_found(step, same)}" for (step, outcome), same in told.items()]
    messages = {str((row.get("error") or {}).get("message")) for row in rows if needs_attention(row)}
    return "; ".join([", ".join(steps), *sorted(messages)])


def _found(step: str, rows: Sequence[_Row]) -> str:
    """Return how much there was, where that is known and says more than the outcome."""
    total = sum(row.get("pending_before", row.get("pending")) or 0 for row in rows)
    return f" ({format_count(total)} {rows[0].get('unit')})" if total and step in ("cancel", "hang_up") else ""


def _ambiguous(entries: Sequence[_Row]) -> list[str]:
    """Say of each account how many numbers have a form there that may be another number too."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        target = entry.get("target") or {}
        if entry.get("also_means") or target.get("also_means"):
            found.setdefault(str(entry.get("account")), set()).add(str(entry.get("number") or target.get("number")))
    return [
        f"{account}: {format_count(len(numbers))} of the numbers stand there in a form that may also be another"
        " person's (also_means of the row); stop_number_strict refuses such forms"
        for account, numbers in found.items()
    ]


def _watched(each: Mapping[str, Any]) -> list[str]:
    detail = (each["error"] or {}).get("message") if each["outcome"] == "cannot_be_read" else each["note"]
    last = f"{each['outcome']}: {detail}" if detail else str(each["outcome"])
    return [str(each["account"]), system_key(each), display_name(each), format_count(each["pending"]), last]


def _why(each: Mapping[str, Any]) -> str:
    return f"{display_name(each)}: {each['outcome']}, {each['error']['message']}"


def cell(text: str) -> str:
    """Return a text as it fits into a column: on one line, and cut where it is too long."""
    return cut_to(WIDEST, _CLEAN.line(text))


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return a line of text for each row, with columns of equal width."""
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _width(text: str) -> int:
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
