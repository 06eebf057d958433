# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The report: one HTML file that a person can read, sign and file. No network, every foreign text escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..approval import approver_of
from ..documents import Document, grouped, mapping_of, sha256_of, to_text
from ..formatting import counted, format_count, format_value
from ..vocabulary import (
    HEADINGS,
    OUTCOMES,
    SYSTEMS,
    by_urgency,
    needs_attention,
    severity,
    slice_sentence,
    sort_key,
    system_key,
    system_title,
)
from .html_text import duration, facts, table, text, time, words_of
from .page import page
from .targets_table import targets_table

Counts = Sequence[tuple[str, int]]
_BAR = 1000
_THINNEST = 8
_GAP = 2
_CAUSES_SHOWN = 20
_GLOSSARY: Mapping[str, str] = {
    "target": "one thing that had to be emptied or cancelled, such as a campaign, a queue or a record of one number",
    "account": "one login at one vendor, as it is named in the inventory of this run",
    "vendor": "the company whose system places the calls",
    "pending": "waiting to be called, or to be acted on; before and after are the numbers that the vendor told",
    "cleared": "the vendor accepted, and a later look or the vendor's own acknowledgement showed that it is gone",
    "accepted": "the vendor accepted, and there is no way to look whether it is gone",
    "already clear": "nothing was there, so nothing had to be done",
    "in doubt": "it may have been done; no look could settle it, so a person has to",
    "failed": "the vendor refused, or could not be reached; nothing was done",
    "refused": "a safety rule of this run stopped it; nothing was sent",
    "not sent": "the run did not come to it",
    "unknown": "the vendor cannot tell this number; it is never shown as 0 then",
    "chain": "all records of one person in a calling list",
    "call hook": "an address that a system calls when a phone call begins or ends; it is no call itself",
    "controller": "the computer on which this run was started",
    "steps": "what was done to a campaign in order, such as stopped, cleared, started again",
    "SHA-256": "a fingerprint of a file: it changes when a single character of the file changes",
    "***0123#abc": "a phone number: its last four digits, and a keyed fingerprint that is equal for equal numbers",
}
"""The words of a report, for whoever has never seen a dialer."""


def report_of(evidence: Document) -> str:
    """Return the HTML of a report on evidence."""
    run = mapping_of(evidence.get("run"))
    rows = sorted(evidence.get("results") or [], key=sort_key)
    counts = by_urgency(Counter(str(row.get("outcome")) for row in rows))
    trouble = sum(map(needs_attention, rows))
    title = headline(counts, trouble)
    sha256 = sha256_of(to_text(evidence, "results"))
    parts = [
        _header(evidence, run, title, dict(counts), trouble),
        _bar(counts),
        _people(run),
        _plan(evidence, run),
        _unconfirmed(rows),
        _systems(rows),
        targets_table(rows, counts),
        _verify(run, sha256),
        _glossary(),
        _signatures(run),
    ]
    foot = f"Campaign teardown, run {run.get('run_id') or 'unknown'}, evidence.json SHA-256 {sha256}"
    return page(f"Campaign teardown: {escape(title)}", f"<main>\n{''.join(parts)}</main>", foot)


def headline(counts: Counts, trouble: int) -> str:
    """Say in one sentence how it ended, the worst first."""
    total = sum(number for _word, number in counts)
    if not total:
        return "There was nothing to tear down."
    if trouble:
        return f"{format_count(trouble)} of {counted(total, 'target')} {'needs' if trouble == 1 else 'need'} attention."
    unseen = sum(number for word, number in counts if severity({"outcome": word}) == "open")
    if unseen:
        return f"{counted(total, 'target')}: none failed, {format_count(unseen)} cannot be confirmed."
    return f"{counted(total, 'target')}: every one confirmed clear."


def _told(word: str, number: int) -> str:
    return f"{format_count(number)} {words_of(word)}"


def _all_told(counts: Counts) -> str:
    return ", ".join(_told(word, number) for word, number in counts)


def _header(evidence: Document, run: Mapping[str, Any], title: str, counts: Mapping[str, int], trouble: int) -> str:
    totals = evidence.get("summary") or {}
    figures = [
        (format_count(sum(counts.values())), "targets"),
        (format_count(totals.get("verified")), "confirmed"),
        (format_count(counts.get("accepted", 0)), "accepted, not confirmed"),
        (format_count(trouble), "need attention"),
        (_change(totals.get("pending_before"), totals.get("pending_after")), "pending, before and after"),
        (duration(run.get("seconds")), "to finish"),
    ]
    items = "".join(f'<li class="figure"><b>{escape(figure)}</b><span>{what}</span></li>\n' for figure, what in figures)
    said = [run.get("reason"), slice_sentence(run.get("slice"))]
    reason = "".join(f'<p class="reason" dir="auto">{text(words)}</p>\n' for words in said if words)
    return (
        f'<header>\n<p class="over">Campaign teardown · {time(run.get("end"))}</p>\n'
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
        told = _told(word, number)
        meaning = OUTCOMES[word].meaning if word in OUTCOMES else "a word that this report does not know"
        place = f'x="{at:.1f}" y="0" width="{width - _GAP:.1f}" height="20"'
        pieces.append(f'<rect class="{_fill(word)}" {place}><title>{told}</title></rect>')
        legend.append(
            f'<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="{_fill(word)}" width="1" height="1"/></svg>'
            f"<strong>{told}</strong><span>{escape(meaning)}</span></li>\n"
        )
        at += width
    note = ""
    if any(word == "accepted" for word, _number in counts):
        note = '<p class="note">Accepted is never green: the vendor said yes, and nobody has seen it done.</p>\n'
    return (
        f'<section aria-label="Outcomes">\n<svg class="bar" viewBox="0 0 {_BAR} 20" preserveAspectRatio="none" '
        f'role="img" aria-label="{_all_told(counts)}">{"".join(pieces)}</svg>\n'
        f'<ul class="legend">\n{"".join(legend)}</ul>\n{note}</section>\n'
    )


def _fill(word: str) -> str:
    return word if word in OUTCOMES else "failed"


def _people(run: Mapping[str, Any]) -> str:
    approval = mapping_of(run.get("approval"))
    by, proved_by = approver_of(run)
    nobody = "no approval was given" if run.get("mode") == "apply" else ""
    controller = mapping_of(run.get("automation_controller"))
    carried_out = [str(run[key]) for key in ("system_user", "controller") if run.get(key)]
    return '<h2 id="people">Who asked, who approved, who carried it out</h2>\n' + facts(
        [
            ("Requested by", text(run.get("requested_by") or "not said")),
            ("Ticket", text(run.get("ticket") or "")),
            ("Approved by", text(by or "not said") if proved_by else nobody),
            ("Approval proved by", text(proved_by or "")),
            ("Approved until", time(approval["until"]) if approval.get("until") else ""),
            ("Carried out by", text(" on ".join(carried_out))),
            ("Job of the automation controller", text(format_value(controller))),
            ("Started", time(run.get("start"))),
            ("Ended", time(run.get("end"))),
            ("Software", text(f"telephony.outbound {run['version']}") if run.get("version") else ""),
        ]
    )


def _plan(evidence: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    planned = mapping_of(evidence.get("planned"))
    outcomes = _all_told(by_urgency(mapping_of(planned.get("outcomes"))))
    known = [
        ("Planned", f"{counted(planned['targets'], 'target')}: {outcomes or 'none'}" if "targets" in planned else ""),
        ("Pending then", escape(format_count(planned.get("pending"))) if planned else ""),
        ("Plan made", time(planned["created"]) if planned.get("created") else ""),
        ("To be applied before", time(planned["expires"]) if planned.get("expires") else ""),
        ("SHA-256 of plan.json", _code(run.get("plan_sha256"))),
    ]
    if not any(value for _name, value in known):
        return ""
    return '<h2 id="plan">What was planned</h2>\n' + facts(known, wide=["SHA-256 of plan.json"])


def _unconfirmed(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what could not be confirmed with the reason for it, each reason once."""
    causes = Counter(_cause(row) for row in rows if needs_attention(row) or severity(row) == "open")
    if not causes:
        return ""
    shown = sorted(causes.items(), key=lambda item: sort_key({"outcome": item[0][0]}))[:_CAUSES_SHOWN]
    items = "".join(
        f'<li><strong>{_told(word, number)}</strong> <span dir="auto">{text(system)}: {text(why)}</span></li>\n'
        for (word, system, why), number in shown
    )
    more = len(causes) - len(shown)
    rest = f"<li>and {format_count(more)} more reasons, in the table below</li>\n" if more else ""
    return f'<h2 id="open">What could not be confirmed, and why</h2>\n<ul class="causes">\n{items}{rest}</ul>\n'


def _cause(row: Mapping[str, Any]) -> tuple[str, str, str]:
    system = SYSTEMS.get(system_key(row))
    message = mapping_of(row.get("error")).get("message")
    why = message or (f"state readable: {system.readable}" if system else "no reason was given")
    return str(row.get("outcome")), system_title(row), str(why)


def _systems(rows: Sequence[Mapping[str, Any]]) -> str:
    by_system = grouped(rows, system_key)
    lines = "".join(_system(key, by_system[key]) for key in SYSTEMS if key in by_system)
    if not lines:
        return ""
    scroll = ' role="region" aria-labelledby="systems" tabindex="0"'
    return '<h2 id="systems">What was torn down, and what was not stopped</h2>\n' + table(
        HEADINGS, lines, about=' id="stopped"', scroll=scroll
    )


def _system(key: str, rows: Sequence[Mapping[str, Any]]) -> str:
    system = SYSTEMS[key]
    told = _all_told(by_urgency(Counter(str(row["outcome"]) for row in rows)))
    return (
        f'<tr><th scope="row">{escape(system.title)}<small>{told}</small></th><td>{escape(system.stopped)}</td>'
        f'<td class="not">{escape(system.not_stopped)}</td><td>{escape(system.readable)}</td></tr>\n'
    )


def _verify(run: Mapping[str, Any], sha256: str) -> str:
    """Say how to check that this is the record that the run made, with common tools."""
    return (
        '<h2 id="verify">How to check this record</h2>\n'
        "<p>In the folder of the run, <code>sha256sum --check SHA256SUMS</code> says whether any file was altered, and"
        " <code>sha256sum plan.json evidence.json</code> prints the fingerprints on this page. The ledger beside the"
        " folder holds the fingerprint of SHA256SUMS, and <code>ansible-playbook telephony.outbound.verify</code>"
        " checks all of it. The guide <q>Verify it yourself</q> has the same for common tools.</p>\n"
        + facts(
            [
                ("Run", _code(run.get("run_id"))),
                ("Folder", _code(run.get("folder"))),
                ("Phone numbers", _masking(mapping_of(run.get("masking")))),
                ("SHA-256 of evidence.json", _code(sha256)),
            ],
            wide=["Phone numbers", "SHA-256 of evidence.json"],
        )
    )


def _code(value: Any) -> str:
    return f"<code>{text(value)}</code>" if value else ""


def _masking(masking: Mapping[str, Any]) -> str:
    """Say whether a phone number can be looked up in this record, and by whom."""
    if masking.get("phone_numbers") != "masked":
        return "stand here in full" if masking else ""
    if masking.get("key") == "kept":
        return "are masked; whoever has the key can look a number up"
    return "are masked with a key that nobody has, so that no number can be looked up"


def _glossary() -> str:
    items = "".join(
        f"<div><dt>{escape(word)}</dt><dd>{escape(meaning)}</dd></div>" for word, meaning in _GLOSSARY.items()
    )
    return f'<h2 id="words">Words</h2>\n<dl class="words">{items}</dl>\n'


def _signatures(run: Mapping[str, Any]) -> str:
    contact = text(run["contact"]) if run.get("contact") else "the account that carried the run out, named above"
    return (
        f'<p class="contact" dir="auto">Questions about this record: {contact}.</p>\n'
        '<div class="sign" aria-hidden="true"><span>Name</span><span>Signature</span><span>Date</span></div>\n'
    )
