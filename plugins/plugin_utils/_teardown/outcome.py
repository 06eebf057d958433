# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The outcome of a run: the action's result, and ``result.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import choice
from string import ascii_lowercase
from typing import Any

from ...module_utils._core.number_outcomes import NumberOutcome
from ...module_utils._core.outcomes import FAILURES, Outcome
from .documents import FORMAT, PACKED, Document, format_time
from .vocabulary import needs_attention

ROWS_SHOWN = 50

_UNTOUCHED = frozenset({Outcome.FAILED, Outcome.NOT_SENT, NumberOutcome.UNSUPPORTED, "cannot_be_read"})
"""Outcomes that say of no target that its account answered."""


@dataclass
class RunOutcome:
    """The outcome of a run, for the action's result and ``result.json``."""

    state: str
    changed: bool = False
    reasons: list[str] = field(default_factory=list)
    rows: list[Document] = field(default_factory=list)
    entries: list[Document] = field(default_factory=list)
    summary: Document = field(default_factory=dict)
    folder: str | None = None
    plan_sha256: str | None = None
    evidence_sha256: str | None = None
    plan: str | None = None
    accounts: list[Document] = field(default_factory=list)
    slice: Document | None = None
    """Of a slice, how many accounts of how many it has: its ``done`` is not the whole plan's."""
    warnings: list[str] = field(default_factory=list)
    sealed: bool = False
    """Whether the folder was closed with this outcome: ``result.json`` is written then."""

    @property
    def failed(self) -> bool:
        """Return whether anything needs a person."""
        return bool(self.reasons or self.rows)

    def handed_on(self, prefix: str) -> Document:
        """Return what makes Ansible hand a plan to later jobs, as ``set_stats`` does.

        A whole plan has phone numbers, so it is hidden. Of a task that failed Ansible takes nothing, but would show it.
        """
        if self.plan is None or self.failed:
            return {}
        hidden = {"_ansible_no_log": True} if self.plan.startswith(PACKED) else {}
        data = {f"{prefix}plan": self.plan, f"{prefix}plan_sha256": self.plan_sha256, **hidden}
        return {"ansible_stats": {"data": data, "per_host": False, "aggregate": False}}

    def as_dict(self) -> Document:
        """Return the keys of ``result.json``."""
        return {
            "format": FORMAT,
            "state": self.state,
            "changed": self.changed,
            "failed": self.failed,
            "reasons": self.reasons,
            "summary": self.summary,
            "accounts": self.accounts,
            "slice": self.slice,
            "attention": [_attention(row) for row in self.rows[:ROWS_SHOWN]],
            "attention_more": max(0, len(self.rows) - ROWS_SHOWN),
            "folder": self.folder,
            "plan_sha256": self.plan_sha256,
            "evidence_sha256": self.evidence_sha256,
            "report": f"{self.folder}/report.html" if self.evidence_sha256 else None,
        }


def _attention(row: Mapping[str, Any]) -> Document:
    """Return the few facts about a target that need a person; the rest is in plan and evidence."""
    return {
        **{key: row.get(key) for key in ("account", "name", "target", "steps", "outcome")},
        "error": (row.get("error") or {}).get("message"),
    }


def accounts_of(rows: Iterable[Mapping[str, Any]]) -> list[Document]:
    """Return the accounts that were read or worked on, without secrets: what a controller counts as nodes."""
    found: dict[str, Document] = {}
    for row in rows:
        if row.get("address") and row.get("outcome") not in _UNTOUCHED:
            name = str(row["account"])
            found[name] = {"account": name, **{key: row.get(key) for key in ("vendor", "address", "login")}}
    return list(found.values())


def unsupported(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return, for each account and step, why it could not be carried out: for a run that must leave nothing out."""
    told = {
        (entry["account"], entry["step"]): (entry.get("error") or {}).get("message")
        for entry in entries
        if entry["outcome"] == NumberOutcome.UNSUPPORTED
    }
    return [f"{account}: {step} is unsupported: {message}." for (account, step), message in told.items()]


def new_id() -> str:
    """Return letters that nothing else has. Digits in a row could be taken for a phone number, and masked."""
    return "".join(choice(ascii_lowercase) for _letter in range(24))


def new_run_document(mode: str, started: datetime, about: Mapping[str, Any]) -> Document:
    """Return the content of a new run.json; ``about`` says who runs it, why, and with which key it is signed."""
    return {"format": FORMAT, "run_id": new_id(), "mode": mode, "started": format_time(started), **about}


def state_of(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the state in one word, for pipelines."""
    outcomes = {entry["outcome"] for entry in entries}
    if Outcome.IN_DOUBT in outcomes:
        return "in_doubt"
    if any(needs_attention(entry) for entry in entries):
        sent = any(entry.get("changed") or entry.get("attempts") for entry in entries)
        return "left" if sent or outcomes - set(FAILURES) else "nothing_sent"
    return "done"
