# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One plan or one evidence of several: functions of what the parts say. A part is what one job wrote in its folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any

from .approval import requester_of
from .documents import FORMAT, Document, InvalidDocument, format_time, mapping_of, parse_time, rows
from .evidence import planned_numbers, summary, times_and_plan, unreported
from .limits import Limits
from .masking import Masker
from .plan import Plan, plan_over

MODE = "merge"
"""The mode in run.json of a folder that was made of others."""

PARTS = "parts"
"""The folder in it with the folders of the parts, as they were."""

_SAME_IN_ALL = ("reason", "ticket", "requested_by", "contact", "approval", "workflow_approval")
_ABOUT_A_PART = ("run_id", "controller", "automation_controller", "start", "end")


@dataclass(frozen=True)
class Part:
    """One part: the name of its folder, its run.json, its plan, and its evidence where it has one."""

    name: str
    run: Document
    plan: Plan
    evidence: Document = field(default_factory=dict)

    @property
    def accounts(self) -> list[str]:
        """The planned accounts that this part tells of."""
        own = self.run.get("slice")
        missing = self.run.get("missing_accounts") or ()
        return [name for name in self.plan.accounts if (name in own if own is not None else name not in missing)]


def told_twice(parts: Iterable[Part]) -> dict[str, list[str]]:
    """Return each account that several parts have, with the names of those parts."""
    holders: dict[str, list[str]] = {}
    for part in parts:
        for account in part.accounts:
            holders.setdefault(account, []).append(part.name)
    return {account: names for account, names in holders.items() if len(names) > 1}


def told_by_none(plan: Plan, parts: Iterable[Part]) -> list[str]:
    """Return the planned accounts that no part has."""
    told = {account for part in parts for account in part.accounts}
    return [account for account in plan.accounts if account not in told]


def merged_plan(parts: Sequence[Part], *, created: datetime, about: Mapping[str, Any]) -> Plan:
    """Return the plan over all accounts of the parts; its limits are the strictest, and hold over all of it.

    It expires with the first part that does. InvalidDocument where it cannot be one plan.
    """
    for account, names in told_twice(parts).items():
        raise InvalidDocument(f"the account {account} is in several plans: {', '.join(names)}")
    targets = [target for part in parts for target in part.plan.targets]
    limits = reduce(Limits.strictest, (part.plan.limits for part in parts))
    ends = [part.plan.document["expires"] for part in parts if part.plan.document.get("expires") is not None]
    told = {
        **about,
        **{key: _the_same([part.plan.document for part in parts], key) for key in ("reason", "ticket")},
        # None of them may approve it.
        "requested_by": ", ".join(dict.fromkeys(filter(None, (requester_of(part.plan.document) for part in parts)))),
        "merged_from": [{"folder": part.name, "sha256": part.plan.sha256} for part in parts],
        "created": format_time(created),
        "expires": min(ends, key=lambda end: parse_time(end, "expires of a plan"), default=None),
    }
    return plan_over(targets, limits, told)


def merged_evidence(plan: Plan, run: Mapping[str, Any], parts: Sequence[Part], *, masker: Masker | None) -> Document:
    """Return the evidence over all parts, in the order of the plan.

    Entries are those of the parts, word by word; only the path of a backup says in which part it is. A target that no
    part tells of is ``not_sent``, and one that two parts tell of is there twice. ``masker`` masks what no part masked.
    """
    entries = [entry for part in parts for entry in _entries(part)]
    told = {entry["place"] for entry in entries}
    missing = [unreported(place, target) for place, target in enumerate(plan.targets) if place not in told]
    if masker is not None:
        masker.learn(plan.targets)
        missing = [masker.data(entry) for entry in missing]
    entries = sorted([*entries, *missing], key=lambda entry: (entry.get("place") is None, entry.get("place") or 0))
    runs = [mapping_of(part.evidence.get("run")) for part in parts]
    times = {key: [parse_time(one.get(key), f"{key} of a part") for one in runs] for key in ("start", "end")}
    return {
        "format": FORMAT,
        "run": {
            **{key: value for key, value in run.items() if key not in ("format", "started", "ended", PARTS)},
            **_said_alike(runs),
            PARTS: [_about(part, one) for part, one in zip(parts, runs, strict=True)],
            **times_and_plan(min(times["start"]), max(times["end"]), plan),
        },
        "planned": planned_numbers(plan),
        "results": entries,
        "summary": summary(entries),
    }


def masking_of(parts: Sequence[Part]) -> Document:
    """Return how phone numbers are masked over all parts: a key is kept only where it is the same in all of them."""
    told = [mapping_of(part.run.get("masking")) for part in parts]
    if all(one == told[0] for one in told):
        return dict(told[0])
    return {"phone_numbers": "masked", "key": "forgotten", "key_id": None}


def _entries(part: Part) -> Iterator[Document]:
    own = set(part.accounts)
    for entry in rows(part.evidence, "results"):
        place = entry.get("place")
        # An account's name may be masked in the entry; in the plan it is not.
        if place is None or part.plan.targets[place]["account"] in own:
            backup = entry.get("backup_file")
            yield {**entry, "backup_file": f"{part.name}/{backup}"} if backup else entry


def _about(part: Part, run: Mapping[str, Any]) -> Document:
    counts = mapping_of(part.evidence.get("summary"))
    told = {key: run.get(key) for key in _ABOUT_A_PART}
    return {"folder": part.name, **told, "accounts": len(part.accounts), "targets": counts.get("targets")}


def _said_alike(runs: Sequence[Mapping[str, Any]]) -> Document:
    """Return what all runs say of who asked and who approved; a key that no run has is left out."""
    return {key: _the_same(runs, key) for key in _SAME_IN_ALL if any(key in run for run in runs)}


def _the_same(documents: Sequence[Mapping[str, Any]], key: str) -> Any:
    said = [document.get(key) for document in documents]
    return said[0] if all(one == said[0] for one in said) else None
