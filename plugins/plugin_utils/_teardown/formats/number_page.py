# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The report about phone numbers: of one number a page that the person can be sent, of several a table for the site.

The page names no other person, no record and no id. No script, no network, every foreign text escaped.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from ....module_utils._core.number_outcomes import NumberOutcome
from ....module_utils._core.outcomes import Severity
from ..documents import Document
from ..formatting import format_count
from ..vocabulary import NUMBER_OUTCOMES, SYSTEMS, needs_attention, severity, system_key
from .html import text

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: .45rem .6rem; border-top: 1px solid #8886; }
td, dd { overflow-wrap: anywhere; unicode-bidi: isolate; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
dt { opacity: .75; } dd { margin: 0; }
small { display: block; opacity: .8; }
.word { font-weight: 600; }
.bad { color: light-dark(#9d1c1c, #ffb3aa); } .open { color: light-dark(#774800, #f2c879); }
.good { color: light-dark(#1d6139, #94d6ae); }
@media print { main { padding: 0; max-width: none; } tr { break-inside: avoid; } }
"""
_STEPS = {
    "suppress": "put on the do-not-call list",
    "cancel": "calls that were to come",
    "hang_up": "calls in progress",
    "look": "looked again",
}
_DONE = frozenset({Severity.GOOD, Severity.QUIET})


def number_report_of(evidence: Document) -> str:
    """Return the HTML of a report on evidence about phone numbers."""
    rows = list(evidence.get("results") or ())
    numbers = list(dict.fromkeys(str(row["number"]) for row in rows if row.get("number")))
    title = headline(rows, numbers)
    body = _one(rows) if len(numbers) <= 1 else _several(rows)
    policy = f"default-src 'none'; style-src 'sha256-{_sha256(_STYLE)}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{text(title)}</h1>\n{_about(evidence.get('run') or {})}{body}{_words(rows)}</main>\n</body>\n</html>\n"
    )


def headline(rows: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> str:
    """Say in one sentence how it ended, and never more than what is known."""
    who = f"Calls to {numbers[0]}" if len(numbers) == 1 else f"Calls to {format_count(len(numbers))} numbers"
    if trouble := sum(map(needs_attention, rows)):
        steps = "step" if trouble == 1 else "steps"
        return f"{who}: {format_count(trouble)} {steps} did not end well"
    if any(row.get("outcome") == NumberOutcome.IN_PROGRESS for row in rows):
        return f"{who}: stopped where the systems can do that; a call is in progress"
    if any(severity(row) not in _DONE for row in rows):
        return f"{who}: stopped where the systems can do that; not everything can be confirmed"
    return f"{who}: stopped at every system"


def _about(run: Mapping[str, Any]) -> str:
    facts = [
        ("Begun", run.get("start")),
        ("Ended", run.get("end")),
        ("Why", run.get("reason")),
        ("Requested by", run.get("requested_by")),
        ("Reference", run.get("ticket")),
    ]
    return "<dl>\n" + "".join(f"<dt>{name}</dt><dd>{text(value)}</dd>\n" for name, value in facts if value) + "</dl>\n"


def _one(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return each system with what was done there; equal steps against several forms or places are one line."""
    parts = []
    for (account, key), found in groupby(rows, lambda row: (row.get("account"), system_key(row))):
        lines = "".join(_lines(list(found)))
        parts.append(
            f"<h2>{escape(_title(key))}<small>{text(account)}</small></h2>\n<table>\n"
            "<thead><tr><th>What</th><th>How it ended</th><th>When (UTC)</th><th>Remarks</th></tr></thead>\n"
            f"<tbody>\n{lines}</tbody>\n</table>\n"
        )
    return "".join(parts)


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    told: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        message = str((row.get("error") or {}).get("message") or "")
        told.setdefault((str(row.get("step")), str(row.get("outcome")), message), []).append(row)
    for (step, outcome, message), same in told.items():
        forms = dict.fromkeys(str((row.get("target") or {}).get("phone_number") or "") for row in same)
        looked_for = ", ".join(filter(None, forms))
        remarks = [text(message)] if message else []
        remarks += [f"<small>looked for as {text(looked_for)}</small>"] if looked_for else []
        yield (
            f"<tr><td>{escape(_STEPS.get(step, 'nothing was begun'))}</td><td>{_word(same[0], outcome)}</td>"
            f"<td>{text(_last_time(same))}</td><td>{''.join(remarks)}</td></tr>\n"
        )


def _several(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for (number, account), found in groupby(_by_number(rows), lambda row: (row.get("number"), row.get("account"))):
        steps = {(str(row.get("step")), str(row.get("outcome"))): row for row in found}
        told = "; ".join(f"{escape(step)} {_word(row, outcome)}" for (step, outcome), row in steps.items())
        lines.append(f"<tr><td>{text(number or 'every number')}</td><td>{text(account)}</td><td>{told}</td></tr>\n")
    return (
        "<p>This table is for the site: it has several people in it. evidence.csv has every row.</p>\n<table>\n"
        f"<thead><tr><th>Number</th><th>Account</th><th>Steps</th></tr></thead>\n<tbody>\n{''.join(lines)}</tbody>\n"
        "</table>\n"
    )


def _by_number(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return rows by number and account; the numbers with a step that did not end well come first."""
    trouble = {row.get("number") for row in rows if needs_attention(row)}
    order = {number: place for place, number in enumerate(dict.fromkeys(row.get("number") for row in rows))}
    accounts = {name: place for place, name in enumerate(dict.fromkeys(row.get("account") for row in rows))}

    def key(row: Mapping[str, Any]) -> tuple[bool, int, int]:
        return row.get("number") not in trouble, order[row.get("number")], accounts[row.get("account")]

    return sorted(rows, key=key)


def _words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Explain the words that stand on the page."""
    used = dict.fromkeys(str(row.get("outcome")) for row in rows)
    told = "".join(
        f"<dt>{_shown(word)}</dt><dd>{escape(NUMBER_OUTCOMES[word].meaning)}</dd>\n"
        for word in used
        if word in NUMBER_OUTCOMES
    )
    return f"<h2>What the words mean</h2>\n<dl>\n{told}</dl>\n"


def _word(row: Mapping[str, Any], outcome: str) -> str:
    return f'<span class="word {severity(row)}">{_shown(outcome)}</span>'


def _shown(word: str) -> str:
    return escape(word.replace("_", " "))


def _last_time(rows: Sequence[Mapping[str, Any]]) -> str:
    times = [row.get("times") or {} for row in rows]
    found = [each.get("confirmed") or each.get("answered") or each.get("begun") for each in times]
    found += [row.get("time") for row in rows]
    return max((str(each) for each in found if each), default="")[:19].replace("T", " ")


def _title(key: str) -> str:
    return SYSTEMS[key].title if key in SYSTEMS else key or "unknown"


def _sha256(style: str) -> str:
    return b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
