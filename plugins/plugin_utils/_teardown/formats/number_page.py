# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The report about phone numbers: of one number a page that the person can be sent, of several a table for the site.

The page names no other person, no record and no id. No script, no network, every foreign text escaped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from ....module_utils._core.number_outcomes import NumberOutcome
from ....module_utils._core.outcomes import Severity
from ..documents import Document, grouped, mapping_of, sha256_of, to_text
from ..formatting import counted, format_count
from ..vocabulary import NUMBER_OUTCOMES, needs_attention, severity, system_key, system_title
from .html_text import facts, table, text, time, words_of
from .page import page

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
    number = mapping_of(evidence.get("planned")).get("numbers") or len(_numbers(rows))
    if number <= 1:
        return _report(evidence, rows, _hash_of(evidence), *_about_one(rows))
    return _report(evidence, rows, _hash_of(evidence), f"{format_count(number)} numbers", _several(rows))


def person_pages(evidence: Document, people: Mapping[str, Collection[int]]) -> dict[str, str]:
    """Return pages by the names of their files; ``people`` says which rows each of them is about, by their places.

    What happened to a whole account stands on every page: it holds for each number.
    """
    rows = list(evidence.get("results") or ())
    of_all = [row for row in rows if not row.get("number")]
    by_place = {row.get("place"): row for row in rows if row.get("number")}
    sha256 = _hash_of(evidence)
    return {
        name: _report(evidence, own, sha256, *_about_one(own))
        for name, places in people.items()
        for own in [[*(by_place[place] for place in places), *of_all]]
    }


def _hash_of(evidence: Document) -> str:
    return sha256_of(to_text(evidence, "results"))


def _numbers(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(row["number"]) for row in rows if row.get("number")))


def _about_one(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    return next(iter(_numbers(rows)), "no number"), _one(rows)


def _report(evidence: Document, rows: Sequence[Mapping[str, Any]], sha256: str, who: str, body: str) -> str:
    title = headline(rows, who)
    run = mapping_of(evidence.get("run"))
    over = f'<p class="over">No more calls · {time(run.get("end"))}</p>'
    head = f"<header>\n{over}\n<h1>{text(title)}</h1>\n{_about(run)}</header>\n"
    foot = f"No more calls, run {run.get('run_id') or 'unknown'}, evidence.json SHA-256 {sha256}"
    return page(escape(title), f"<main>\n{head}{body}{_words(rows)}</main>", foot, interactive=False)


def headline(rows: Sequence[Mapping[str, Any]], whom: str) -> str:
    """Say in one sentence how it ended, and never more than what is known."""
    who = f"Calls to {whom}"
    if trouble := sum(map(needs_attention, rows)):
        return f"{who}: {counted(trouble, 'step')} did not end well"
    if any(row.get("outcome") == NumberOutcome.IN_PROGRESS for row in rows):
        return f"{who}: stopped where the systems can do that; a call is in progress"
    if any(severity(row) not in _DONE for row in rows):
        return f"{who}: stopped where the systems can do that; not everything can be confirmed"
    return f"{who}: stopped at every system"


def _about(run: Mapping[str, Any]) -> str:
    told = [("Begun", time(run.get("start"))), ("Ended", time(run.get("end")))]
    named = (("reason", "Why"), ("requested_by", "Requested by"), ("ticket", "Reference"), ("contact", "Questions to"))
    return facts([*told, *((name, text(run[key])) for key, name in named if run.get(key))])


def _one(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return each system with what was done there; equal steps against several forms or places are one line."""
    parts = []
    for (account, _system), found in groupby(rows, lambda row: (row.get("account"), system_key(row))):
        same = list(found)
        parts.append(f'<h2 dir="auto">{escape(system_title(same[0]) or "unknown")}: {text(account)}</h2>\n')
        parts.append(table(("What", "How it ended", "When (UTC)", "Remarks"), "".join(_lines(same))))
    return "".join(parts)


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for (step, outcome, message), same in grouped(rows, _told_alike).items():
        forms = dict.fromkeys(str((row.get("target") or {}).get("phone_number") or "") for row in same)
        looked_for = ", ".join(filter(None, forms))
        remarks = [text(message)] if message else []
        remarks += [f"<small>looked for as {text(looked_for)}</small>"] if looked_for else []
        if any(row.get("also_means") for row in same):
            remarks.append("<small>this form may also be another number</small>")
        yield (
            f"<tr><td>{escape(_STEPS.get(step, 'nothing was begun'))}</td><td>{_word(same[0], outcome)}</td>"
            f"<td>{text(_last_time(same))}</td><td>{''.join(remarks)}</td></tr>\n"
        )


def _told_alike(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row.get("step")), str(row.get("outcome")), str((row.get("error") or {}).get("message") or "")


def _several(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for (number, account), found in groupby(_by_number(rows), lambda row: (row.get("number"), row.get("account"))):
        steps = {(str(row.get("step") or ""), str(row.get("outcome"))): row for row in found}
        told = "; ".join(f"{escape(step)} {_word(row, outcome)}" for (step, outcome), row in steps.items())
        lines.append(f"<tr><td>{text(number or 'every number')}</td><td>{text(account)}</td><td>{told}</td></tr>\n")
    note = (
        '<p class="note">This table is for the site: it has several people in it. evidence.csv has every row. The page'
        " of one person is the file person-….html with the last four digits; with many numbers,"
        " stop_number_mode=evidence makes it for those that stop_number_numbers names.</p>\n"
    )
    return note + table(("Number", "Account", "Steps"), "".join(lines))


def _by_number(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return rows by number and account; the numbers with a step that did not end well come first."""
    trouble = {row.get("number") for row in rows if needs_attention(row)}
    order = {number: place for place, number in enumerate(dict.fromkeys(row.get("number") for row in rows))}
    accounts = {name: place for place, name in enumerate(dict.fromkeys(row.get("account") for row in rows))}

    def key(row: Mapping[str, Any]) -> tuple[bool, int, int]:
        return row.get("number") not in trouble, order[row.get("number")], accounts[row.get("account")]

    return sorted(rows, key=key)


def _words(rows: Sequence[Mapping[str, Any]]) -> str:
    used = dict.fromkeys(str(row.get("outcome")) for row in rows)
    told = [(words_of(word), escape(NUMBER_OUTCOMES[word].meaning)) for word in used if word in NUMBER_OUTCOMES]
    return f"<h2>What the words mean</h2>\n{facts(told)}"


def _word(row: Mapping[str, Any], outcome: str) -> str:
    return f'<span class="word {severity(row)}">{words_of(outcome)}</span>'


def _last_time(rows: Sequence[Mapping[str, Any]]) -> str:
    times = [row.get("times") or {} for row in rows]
    found = [each.get("confirmed") or each.get("answered") or each.get("begun") for each in times]
    found += [row.get("time") for row in rows]
    return max((str(each) for each in found if each), default="")[:19].replace("T", " ")
