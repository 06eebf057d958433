# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The table of every target in a report, with what sorts and filters it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..formatting import counted, format_count, format_value, given_name
from ..journal import TIMES
from ..vocabulary import severity, system_title
from .html_text import text, time, words_of

_RIGHT = ' class="number"'
_COLUMNS = (
    ("Outcome", "number", ""),
    ("Account", "text", ""),
    ("Target", "text", ""),
    ("Before", "number", _RIGHT),
    ("After", "number", _RIGHT),
    ("Steps", "text", ""),
    ("Seconds", "number", _RIGHT),
    ("What was said", "text", ""),
)
"""Each with the kind of its values, by which it is sorted, and the class of its heading."""

_FIRST = 500
"""Rows that are on the screen at once; the others are there when they are asked for, and on paper."""

_NOTES = (("backup_file", "backup"), ("reference_id", "reference"), ("note", "note"))


def targets_table(rows: Sequence[Mapping[str, Any]], counts: Sequence[tuple[str, int]]) -> str:
    """Return the table; ``rows`` in the order in which they are shown first, ``counts`` of the outcomes."""
    heads = "".join(
        f'<th scope="col" data-kind="{kind}"{style}><button type="button">{head}</button></th>'
        for head, kind, style in _COLUMNS
    )
    choices = "".join(
        f'<option value="{escape(word)}">{words_of(word)} ({format_count(number)})</option>' for word, number in counts
    )
    body = "".join(_row(row, place) for place, row in enumerate(rows))
    return (
        '<h2 id="every">Every target</h2>\n<form class="tools" hidden>\n'
        '<input id="text" type="search" placeholder="Filter: account, name, id, message" '
        'aria-label="Filter by text" autocomplete="off">\n'
        '<select id="outcome" aria-label="Filter by outcome">'
        f'<option value="">every outcome</option>{choices}</select>\n'
        f'<output id="shown" aria-live="polite"></output>\n</form>\n{_show_all(len(rows))}'
        '<div class="scroll" role="region" aria-labelledby="every" tabindex="0">\n'
        f'<table id="targets" data-first="{_FIRST}">\n'
        "<caption>Every target with its outcome; the headings sort</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _show_all(number: int) -> str:
    """Return what brings all rows to the screen; it needs no script."""
    if number <= _FIRST:
        return ""
    return (
        f'<p class="all"><label><input id="all" type="checkbox"> Show all {format_count(number)} targets, and not the'
        f" first {_FIRST} alone; on paper all are there</label></p>\n"
    )


def _row(row: Mapping[str, Any], place: int) -> str:
    word = str(row.get("outcome"))
    unit = text(row.get("unit") or "")
    later = ' class="later"' if place >= _FIRST else ""
    return (
        f'<tr{later} data-outcome="{escape(word)}"><td class="outcome" data-sort="{place}">'
        f'<span class="word {severity(row)}">{words_of(word)}</span>{_when(row)}</td>'
        f'<td class="account" dir="auto">{text(row.get("account"))}<small>{text(system_title(row))}</small></td>'
        f'<td class="target" dir="auto">{_target(row)}</td>'
        f"{_count(row.get('pending_before'), unit)}{_count(row.get('pending_after'), unit)}"
        f'<td class="steps">{_steps(row, word)}</td>{_seconds(row.get("elapsed"))}'
        f'<td class="said" dir="auto">{_notes(row)}</td></tr>\n'
    )


def _when(row: Mapping[str, Any]) -> str:
    """Return the last thing that is known to have happened to a target, and when."""
    times = row.get("times") or {}
    last = next((name for name in reversed(TIMES) if times.get(name)), None)
    return f"<small>{last} {time(times[last])}</small>" if last else ""


def _target(row: Mapping[str, Any]) -> str:
    ids = format_value(row.get("target"))
    called = given_name(row)
    return f"{text(called)}<small>{text(ids)}</small>" if called else text(ids)


def _steps(row: Mapping[str, Any], word: str) -> str:
    steps = [str(step) for step in row.get("steps") or []]
    return "—" if steps in ([], [word]) else " → ".join(map(words_of, steps))


def _count(number: Any, unit: str) -> str:
    if number is None:
        return '<td class="number" data-sort=""><span class="unknown">unknown</span></td>'
    return (
        f'<td class="number" data-sort="{escape(str(number))}">{escape(format_count(number))}<small>{unit}</small></td>'
    )


def _seconds(elapsed: Any) -> str:
    if not isinstance(elapsed, (int, float)):
        return '<td class="number" data-sort="">—</td>'
    return f'<td class="number" data-sort="{elapsed}">{elapsed:.2f}</td>'


def _notes(row: Mapping[str, Any]) -> str:
    """Return what a person should know beside the outcome; the vendor's own words are marked as such."""
    error = row.get("error") or {}
    parts = ["No such record, says the vendor."] if row.get("no_such_record") else []
    parts += [text(error["message"])] if error.get("message") else []
    facts = [str(error[key]) for key in ("kind", "status", "code") if error.get(key) is not None]
    parts += [f"<small>{text(' · '.join(facts))}</small>"] if facts else []
    if row.get("removed"):
        parts.append(f"<small>{counted(len(row['removed']), 'event')} kept in evidence.json, to restore</small>")
    parts += [f"<small>{word}: {text(row[key])}</small>" for key, word in _NOTES if row.get(key)]
    said = row.get("vendor_said")
    parts += [f"<small>vendor: <q>{text(words)}</q></small>" for words in said] if isinstance(said, list) else []
    return "".join(parts) or "—"
