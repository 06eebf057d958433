# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The report: one HTML file that a person can read, sign and keep. No network, every foreign text escaped."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..documents import Document, parse_time
from ..formatting import format_count, format_value, given_name
from ..vocabulary import HEADINGS, OUTCOMES, SYSTEMS, by_urgency, needs_attention, severity, sort_key, system_key
from .page import page

Counts = Sequence[tuple[str, int]]
LONGEST = 500
_BAR = 1000
_THINNEST = 8
_GAP = 2
# What a browser would not show, or would show as something else.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_RUN = (
    ("ticket", "Ticket"),
    ("requested_by", "Requested by"),
    ("controller", "Controller"),
    ("version", "telephony.outbound"),
)
_COLUMNS = (
    ("Outcome", "number"),
    ("Account", "text"),
    ("Target", "text"),
    ("Before", "number"),
    ("After", "number"),
    ("Steps", "text"),
    ("Seconds", "number"),
    ("What was said", "text"),
)
_NUMBERS = frozenset({"Before", "After", "Seconds"})
_NOTES = (("backup_file", "backup"), ("journal_file", "journal"), ("reference_id", "reference"), ("note", "note"))


def report_of(evidence: Document) -> str:
    """Return the HTML of a report on evidence."""
    run = evidence.get("run") or {}
    rows = sorted(evidence.get("results") or [], key=sort_key)
    counts = by_urgency(Counter(str(row.get("outcome")) for row in rows))
    trouble = sum(map(needs_attention, rows))
    title = headline(counts, trouble)
    parts = [
        _header(evidence, run, title, dict(counts), trouble),
        _bar(counts),
        _systems(rows),
        _table(rows, counts),
        _about(run),
    ]
    return page(f"Campaign teardown: {escape(title)}", f"<main>\n{''.join(parts)}</main>")


def headline(counts: Counts, trouble: int) -> str:
    """Say in one sentence how it ended, the worst first."""
    total = sum(number for _word, number in counts)
    if not total:
        return "There was nothing to tear down."
    if trouble:
        return f"{format_count(trouble)} of {_targets(total)} {'needs' if trouble == 1 else 'need'} a person."
    unseen = sum(number for word, number in counts if severity({"outcome": word}) == "open")
    if unseen:
        return f"{_targets(total)}: none failed, {format_count(unseen)} cannot be confirmed."
    return f"{_targets(total)}: every one confirmed clear."


def text(value: Any, longest: int = LONGEST) -> str:
    """Return foreign text as HTML: escaped, what cannot be seen made visible, and not longer than a cell bears."""
    whole = str(value)
    cut = whole if len(whole) <= longest else f"{whole[:longest]}…"
    shown = escape(_UNSEEN.sub(_visible, cut))
    return (
        shown
        if cut is whole
        else f"{shown} <small>({format_count(len(whole))} characters, whole in evidence.json)</small>"
    )


def duration(seconds: Any) -> str:
    """Return a number of seconds as a person says it."""
    if not isinstance(seconds, (int, float)):
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _visible(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def _targets(number: int) -> str:
    return f"{format_count(number)} {'target' if number == 1 else 'targets'}"


def _said(word: str) -> str:
    return escape(word.replace("_", " "))


def _header(evidence: Document, run: Document, title: str, counts: Mapping[str, int], trouble: int) -> str:
    totals = evidence.get("summary") or {}
    figures = [
        (format_count(sum(counts.values())), "targets"),
        (format_count(totals.get("verified")), "confirmed"),
        (format_count(counts.get("accepted", 0)), "accepted, not confirmed"),
        (format_count(trouble), "in need of a person"),
        (_change(totals.get("pending_before"), totals.get("pending_after")), "pending, before and after"),
        (duration(run.get("seconds")), "to finish"),
    ]
    items = "".join(f'<li class="figure"><b>{escape(figure)}</b><span>{what}</span></li>\n' for figure, what in figures)
    reason = f'<p class="reason" dir="auto">{text(run["reason"])}</p>\n' if run.get("reason") else ""
    return (
        f'<header>\n<p class="over">Campaign teardown · {_time(run.get("end"))}</p>\n'
        f'<h1>{escape(title)}</h1>\n{reason}<ul class="figures">\n{items}</ul>\n</header>\n'
    )


def _change(before: Any, after: Any) -> str:
    """Return a sum before and after; one word where neither is known."""
    return "unknown" if before is None and after is None else f"{format_count(before)} → {format_count(after)}"


def _bar(counts: Counts) -> str:
    if not counts:
        return ""
    spread = _BAR + _GAP - _THINNEST * len(counts)
    total = sum(number for _word, number in counts)
    at, pieces, legend = 0.0, [], []
    for word, number in counts:
        width = _THINNEST + spread * number / total
        told = f"{format_count(number)} {_said(word)}"
        place = f'x="{at:.1f}" y="0" width="{width - _GAP:.1f}" height="20"'
        pieces.append(f'<rect class="{_fill(word)}" {place}><title>{told}</title></rect>')
        legend.append(
            f'<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="{_fill(word)}" width="1" height="1"/></svg>'
            f"<strong>{told}</strong><span>{_meaning(word)}</span></li>\n"
        )
        at += width
    spoken = ", ".join(f"{format_count(number)} {_said(word)}" for word, number in counts)
    note = ""
    if any(word == "accepted" for word, _number in counts):
        note = '<p class="note">Accepted is never green: the vendor said yes, and nobody has seen it done.</p>\n'
    return (
        f'<section aria-label="Outcomes">\n<svg class="bar" viewBox="0 0 {_BAR} 20" preserveAspectRatio="none" '
        f'role="img" aria-label="{spoken}">{"".join(pieces)}</svg>\n'
        f'<ul class="legend">\n{"".join(legend)}</ul>\n{note}</section>\n'
    )


def _fill(word: str) -> str:
    return word if word in OUTCOMES else "failed"


def _meaning(word: str) -> str:
    return escape(OUTCOMES[word].meaning) if word in OUTCOMES else "a word that this report does not know"


def _systems(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of what each system that was used stops, and what it does not."""
    by_system: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_system[system_key(row)].append(row)
    lines = "".join(_system(key, by_system[key]) for key in SYSTEMS if key in by_system)
    heads = "".join(f'<th scope="col"><span class="plain">{head}</span></th>' for head in HEADINGS)
    return (
        '<h2 id="systems">What was torn down, and what was not</h2>\n'
        '<div class="scroll" role="region" aria-labelledby="systems" tabindex="0">\n<table>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n</div>\n"
        if lines
        else ""
    )


def _system(key: str, rows: Sequence[Mapping[str, Any]]) -> str:
    system = SYSTEMS[key]
    told = ", ".join(
        f"{format_count(number)} {_said(word)}" for word, number in by_urgency(Counter(str(r["outcome"]) for r in rows))
    )
    return (
        f'<tr><th scope="row">{escape(system.title)}<small>{told}</small></th><td>{escape(system.stopped)}</td>'
        f'<td class="not">{escape(system.not_stopped)}</td><td>{escape(system.readable)}</td></tr>\n'
    )


def _table(rows: Sequence[Mapping[str, Any]], counts: Counts) -> str:
    heads = "".join(
        f'<th scope="col" data-kind="{kind}"{_number_class(head)}><button type="button">{head}</button></th>'
        for head, kind in _COLUMNS
    )
    choices = "".join(
        f'<option value="{escape(word)}">{_said(word)} ({format_count(number)})</option>' for word, number in counts
    )
    body = "".join(_line(row, place) for place, row in enumerate(rows))
    return (
        '<h2 id="every">Every target</h2>\n<form class="tools" hidden>\n'
        '<input id="text" type="search" placeholder="Filter: account, name, id, message" '
        'aria-label="Filter by text" autocomplete="off">\n'
        '<select id="outcome" aria-label="Filter by outcome">'
        f'<option value="">every outcome</option>{choices}</select>\n'
        '<output id="shown" aria-live="polite"></output>\n</form>\n'
        '<div class="scroll" role="region" aria-labelledby="every" tabindex="0">\n<table id="targets">\n'
        "<caption>Every target with its outcome; the headings sort</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _number_class(name: str) -> str:
    return ' class="number"' if name in _NUMBERS else ""


def _line(row: Mapping[str, Any], place: int) -> str:
    word = str(row.get("outcome"))
    key = system_key(row)
    system = SYSTEMS[key].title if key in SYSTEMS else key
    unit = text(row.get("unit") or "")
    return (
        f'<tr data-outcome="{escape(word)}"><td data-sort="{place}">'
        f'<span class="word {severity(row)}">{_said(word)}</span></td>'
        f'<td class="account" dir="auto">{text(row.get("account"))}<small>{text(system)}</small></td>'
        f'<td class="target" dir="auto">{_target(row)}</td>'
        f"{_count(row.get('pending_before'), unit)}{_count(row.get('pending_after'), unit)}"
        f'<td class="steps">{_steps(row, word)}</td>{_seconds(row.get("elapsed"))}'
        f'<td class="said" dir="auto">{_notes(row)}</td></tr>\n'
    )


def _target(row: Mapping[str, Any]) -> str:
    ids = format_value(row.get("target"))
    called = given_name(row)
    return f"{text(called)}<small>{text(ids)}</small>" if called else text(ids)


def _steps(row: Mapping[str, Any], word: str) -> str:
    """Return the steps, where they say more than the outcome does."""
    steps = [str(step) for step in row.get("steps") or []]
    return "—" if steps in ([], [word]) else " → ".join(map(_said, steps))


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
    """Return what a person should know beside the outcome."""
    error = row.get("error") or {}
    parts = [text(error["message"])] if error.get("message") else []
    facts = [str(error[key]) for key in ("kind", "status", "code") if error.get(key) is not None]
    parts += [f"<small>{text(' · '.join(facts))}</small>"] if facts else []
    if row.get("removed"):
        number = len(row["removed"])
        parts.append(
            f"<small>{number} {'event' if number == 1 else 'events'} kept in evidence.json, to restore</small>"
        )
    parts += [f"<small>{word}: {text(row[key])}</small>" for key, word in _NOTES if row.get(key)]
    return "".join(parts) or "—"


def _about(run: Mapping[str, Any]) -> str:
    facts = [("Started", _time(run.get("start"))), ("Ended", _time(run.get("end")))]
    facts += [(what, text(run[key])) for key, what in _RUN if run.get(key)]
    items = "".join(f'<div><dt>{what}</dt><dd dir="auto">{value}</dd></div>' for what, value in facts)
    if run.get("plan_sha256"):
        items += f'<div class="wide"><dt>SHA-256 of the plan</dt><dd><code>{text(run["plan_sha256"])}</code></dd></div>'
    return (
        f'<h2>The run</h2>\n<dl class="run">{items}</dl>\n'
        '<div class="sign" aria-hidden="true"><span>Name</span><span>Signature</span><span>Date</span></div>\n'
    )


def _time(value: Any) -> str:
    if not value:
        return "unknown"
    when = parse_time(value, "a time of the run")
    return f'<time datetime="{when.strftime("%Y-%m-%dT%H:%M:%SZ")}">{when.strftime("%Y-%m-%d %H:%M:%S")} UTC</time>'
