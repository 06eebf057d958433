# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The report: one HTML file that a person can read, sign and keep. No network, every foreign text escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ._teardown_data import Document, document, documents, moment
from ._teardown_page import page
from ._teardown_words import FAILURES, ORDER, OUTCOMES, SYSTEMS, Outcome, amount, label, system_key

LONGEST = 600
_BAR = 1000
_THINNEST = 6
# What a browser would not show, or would show as something else.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_ODD = Outcome("", "bad")
_RUN = (
    ("ticket", "Ticket"),
    ("requested_by", "Requested by"),
    ("controller", "Controller"),
    ("version", "telephony.outbound"),
)
_COLUMNS = (
    ("Outcome", "number"),
    ("Account", "text"),
    ("System", "text"),
    ("Target", "text"),
    ("Before", "number"),
    ("After", "number"),
    ("Steps", "text"),
    ("Seconds", "number"),
    ("What was said", "text"),
)
_NUMBERS = frozenset({"Before", "After", "Seconds"})


def as_report(evidence: Any) -> str:
    """Return the HTML; Unusable where this is no evidence."""
    known = document(evidence, "evidence")
    rows = sorted(documents(known.get("results") or [], "results"), key=_urgency)
    counts = Counter(str(row.get("outcome")) for row in rows)
    parts = [
        _header(known, counts, len(rows)),
        _bar(counts),
        _systems(rows),
        _table(rows, counts),
        _about(document(known.get("run") or {}, "run")),
    ]
    return page(f"Campaign teardown: {escape(headline(counts))}", f"<main>\n{''.join(parts)}</main>")


def headline(counts: Mapping[str, int]) -> str:
    """Say in one sentence how it ended, the worst first."""
    total = sum(counts.values())
    bad = sum(number for word, number in counts.items() if _outcome(word).tone == "bad")
    unseen = counts.get("accepted", 0)
    if not total:
        return "There was nothing to tear down."
    if bad:
        return f"{amount(bad)} of {_targets(total)} {'needs' if bad == 1 else 'need'} a person."
    if unseen:
        return f"{_targets(total)}, none failed; {amount(unseen)} accepted that nothing can confirm."
    return f"{_targets(total)}, all confirmed clear."


def text(value: Any, longest: int = LONGEST) -> str:
    """Return foreign text as HTML: escaped, what cannot be seen made visible, and not longer than a cell bears."""
    whole = str(value)
    cut = whole if len(whole) <= longest else f"{whole[:longest]}…"
    shown = escape(_UNSEEN.sub(_visible, cut))
    return (
        shown if cut is whole else f"{shown} <small>({amount(len(whole))} characters, whole in evidence.json)</small>"
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
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def _urgency(row: Mapping[str, Any]) -> int:
    return ORDER.get(str(row.get("outcome")), -1)


def _outcome(word: str) -> Outcome:
    return OUTCOMES.get(word, _ODD)


def _targets(number: int) -> str:
    return f"{amount(number)} {'target' if number == 1 else 'targets'}"


def _said(word: str) -> str:
    return escape(word.replace("_", " "))


def _header(evidence: Document, counts: Mapping[str, int], total: int) -> str:
    run, totals = evidence.get("run") or {}, evidence.get("summary") or {}
    bad = sum(counts.get(word, 0) for word in FAILURES)
    figures = [
        (_targets(total).partition(" ")[0], "targets" if total != 1 else "target"),
        (amount(totals.get("verified")), "confirmed"),
        (amount(counts.get("accepted", 0)), "accepted, not confirmed"),
        (amount(bad), "need a person" if bad != 1 else "needs a person"),
        (
            f"{amount(totals.get('pending_before'))} → {amount(totals.get('pending_after'))}",
            "pending, before and after",
        ),
        (duration(run.get("seconds")), "to finish"),
    ]
    items = "".join(f'<li class="figure"><b>{escape(figure)}</b><span>{what}</span></li>\n' for figure, what in figures)
    reason = f'<p class="reason">{text(run["reason"])}</p>\n' if run.get("reason") else ""
    return (
        f'<header>\n<p class="over">Campaign teardown · {_time(run.get("end"))}</p>\n'
        f"<h1>{escape(headline(counts))}</h1>\n{reason}"
        f'<ul class="figures">\n{items}</ul>\n</header>\n'
    )


def _bar(counts: Mapping[str, int]) -> str:
    used = sorted(counts, key=lambda word: ORDER.get(word, -1))
    if not used:
        return ""
    spread = _BAR - _THINNEST * len(used)
    total = sum(counts.values())
    at, pieces = 0.0, []
    for word in used:
        width = _THINNEST + spread * counts[word] / total
        seen = max(width - 2, 1)
        title = f"<title>{amount(counts[word])} {_said(word)}</title>"
        pieces.append(f'<rect class="{_class(word)}" x="{at:.1f}" y="0" width="{seen:.1f}" height="20">{title}</rect>')
        at += width
    spoken = ", ".join(f"{amount(counts[word])} {_said(word)}" for word in used)
    legend = "".join(
        f'<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="{_class(word)}" width="1" height="1"/></svg>'
        f"<strong>{amount(counts[word])} {_said(word)}</strong><span>{_outcome(word).meaning}</span></li>\n"
        for word in used
    )
    note = ""
    if counts.get("accepted"):
        note = '<p class="note">Accepted is never shown green: the vendor said yes, and nobody has seen it done.</p>\n'
    return (
        f'<section aria-label="Outcomes">\n<svg class="bar" viewBox="0 0 {_BAR} 20" preserveAspectRatio="none" '
        f'role="img" aria-label="{spoken}">{"".join(pieces)}</svg>\n'
        f'<ul class="legend">\n{legend}</ul>\n{note}</section>\n'
    )


def _class(word: str) -> str:
    return word if word in OUTCOMES else "failed"


def _systems(rows: Sequence[Mapping[str, Any]]) -> str:
    used: dict[str, Counter[str]] = {}
    for row in rows:
        used.setdefault(system_key(row), Counter())[str(row.get("outcome"))] += 1
    cards = "".join(_card(name, used[name]) for name in SYSTEMS if name in used)
    return f'<h2>What was stopped, and what was not</h2>\n<div class="systems">\n{cards}</div>\n' if cards else ""


def _card(name: str, counts: Mapping[str, int]) -> str:
    system = SYSTEMS[name]
    tally = ", ".join(
        f"{amount(counts[word])} {_said(word)}" for word in sorted(counts, key=lambda word: ORDER.get(word, -1))
    )
    return (
        f'<section class="system"><header><h3>{escape(system.title)}</h3><span>{tally}</span></header>\n<dl>'
        f"<dt>Is torn down</dt><dd>{escape(system.stopped)}</dd>"
        f'<dt>Is NOT stopped</dt><dd class="not">{escape(system.not_stopped)}</dd>'
        f"<dt>Can the state be read?</dt><dd>{escape(system.readable)}</dd></dl></section>\n"
    )


def _table(rows: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> str:
    heads = "".join(
        f'<th scope="col" data-kind="{kind}"{_number_class(name)}><button type="button">{name}</button></th>'
        for name, kind in _COLUMNS
    )
    choices = "".join(
        f'<option value="{escape(word)}">{_said(word)} ({amount(counts[word])})</option>'
        for word in sorted(counts, key=lambda word: ORDER.get(word, -1))
    )
    body = "".join(_line(row) for row in rows)
    return (
        '<h2 id="targets">Every target</h2>\n<form class="tools" hidden>\n'
        '<input id="text" type="search" placeholder="Filter: account, name, id, message" '
        'aria-label="Filter by text" autocomplete="off">\n'
        '<select id="outcome" aria-label="Filter by outcome">'
        f'<option value="">every outcome</option>{choices}</select>\n'
        '<output id="shown" aria-live="polite"></output>\n</form>\n'
        '<div class="scroll" role="region" aria-labelledby="targets" tabindex="0">\n<table>\n'
        "<caption>Every target with its outcome; the headings sort</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _number_class(name: str) -> str:
    return ' class="number"' if name in _NUMBERS else ""


def _line(row: Mapping[str, Any]) -> str:
    word = str(row.get("outcome"))
    key = system_key(row)
    system = SYSTEMS[key].title if key in SYSTEMS else key
    unit = text(row.get("unit") or "")
    return (
        f'<tr data-outcome="{escape(word)}"><td data-sort="{ORDER.get(word, -1)}">'
        f'<span class="word {_outcome(word).tone}">{_said(word)}</span></td>'
        f"<td>{text(row.get('account'))}</td><td>{text(system)}</td>"
        f'<td class="target" dir="auto">{_target(row)}</td>'
        f"{_count(row.get('pending_before'), unit)}{_count(row.get('pending_after'), unit)}"
        f"<td>{' → '.join(_said(str(step)) for step in row.get('steps') or []) or '—'}</td>"
        f'{_seconds(row.get("elapsed"))}<td class="said" dir="auto">{_notes(row)}</td></tr>\n'
    )


def _target(row: Mapping[str, Any]) -> str:
    ids = " ".join(f"{key}={value}" for key, value in (row.get("target") or {}).items())
    name = label({**row, "target": None})
    return f"{text(name)}<small>{text(ids)}</small>" if name else text(ids)


def _count(number: Any, unit: str) -> str:
    if number is None:
        return '<td class="number" data-sort=""><span class="unknown">unknown</span></td>'
    return f'<td class="number" data-sort="{escape(str(number))}">{escape(amount(number))}<small>{unit}</small></td>'


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
    for name, word in (("backup_file", "backup"), ("reference_id", "reference"), ("note", "note")):
        parts += [f"<small>{word}: {text(row[name])}</small>"] if row.get(name) else []
    return "".join(parts) or "—"


def _about(run: Mapping[str, Any]) -> str:
    facts = [("Started", _time(run.get("start"))), ("Ended", _time(run.get("end")))]
    facts += [(name, text(run[key])) for key, name in _RUN if run.get(key)]
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    if run.get("plan_sha256"):
        items += f'<div class="wide"><dt>SHA-256 of the plan</dt><dd><code>{text(run["plan_sha256"])}</code></dd></div>'
    return (
        f'<h2>The run</h2>\n<dl class="run">{items}</dl>\n'
        '<div class="sign" aria-hidden="true"><span>Name</span><span>Signature</span><span>Date</span></div>\n'
    )


def _time(value: Any) -> str:
    if not value:
        return "unknown"
    when = moment(value, "a time of the run")
    return f'<time datetime="{when.strftime("%Y-%m-%dT%H:%M:%SZ")}">{when.strftime("%Y-%m-%d %H:%M:%S")} UTC</time>'
