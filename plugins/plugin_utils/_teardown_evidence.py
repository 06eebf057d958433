# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence: what became of every planned target, and of whatever else was touched."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._teardown_data import Document, canonical, document, documents, moment, only, plain, stamp, unpacked
from ._teardown_mask import Masker
from ._teardown_steps import Switches, carried_out, error_of
from ._teardown_words import FAILURES, OUTCOMES, WORKABLE, troubled, unit

_NOTHING_DONE: Mapping[str, Any] = {
    "changed": False,
    "pending_before": None,
    "pending_after": None,
    "verified": False,
    "attempts": 0,
    "elapsed": 0,
}
_SWITCHES = {"stopped": "stop_results", "started": "restart_results"}
_ACCOUNT = ("account", "vendor", "product", "address", "login")
_REPORTED = (*_ACCOUNT, "results", *_SWITCHES.values(), "journal", "error")
"""Of an account; what it was to work on is in the plan."""


def make_evidence(accounts: Any, *, plan: Any, run: Any, mask: bool = True, key: str = "") -> Document:
    """Return the evidence of a run; Unusable where the parts are not what they should be."""
    about = document(run or {}, "run")
    begin, end = moment(about.get("start"), "run.start"), moment(about.get("end"), "run.end")
    planned = documents(document(plan or {}, "plan").get("targets") or [], "targets of the plan")
    entries = _entries(only(accounts, _REPORTED, "accounts"), planned)
    for entry in entries:
        entry["needs_person"] = troubled(entry)
    evidence = {
        "run": {**about, "start": stamp(begin), "end": stamp(end), "seconds": int((end - begin).total_seconds())},
        "results": entries,
    }
    if mask:
        masker = Masker(str(key or ""))
        masker.learn(planned)
        masker.learn(entries)
        evidence = masker.data(evidence)
    return {**evidence, "summary": summary(entries)}


def summary(entries: Sequence[Mapping[str, Any]]) -> Document:
    """Count the outcomes; a sum is None as soon as one of its parts is."""
    counted = Counter(str(entry["outcome"]) for entry in entries)
    return {
        "targets": len(entries),
        **dict.fromkeys(OUTCOMES, 0),
        **counted,
        "changed": sum(bool(entry.get("changed")) for entry in entries),
        "verified": sum(bool(entry.get("verified")) for entry in entries),
        "needs_person": sum(map(troubled, entries)),
        "pending_before": _sum(entry.get("pending_before") for entry in entries),
        "pending_after": _sum(entry.get("pending_after") for entry in entries),
    }


def _entries(accounts: Sequence[Document], planned: Sequence[Document]) -> list[Document]:
    found = {account.get("account"): _Account(account) for account in accounts}
    entries = []
    for target in planned:
        account = found.get(target["account"])
        result = account.take(target.get("identity")) if account else None
        entries.append(_entry(target, account, result) if account and result else _not_reported(target, account))
    # What was touched beside the plan is said too: evidence leaves nothing out.
    for account in found.values():
        entries += [_entry({**account.record, "name": None}, account, result) for result in account.rest()]
    return entries


class _Account:
    """What one account's modules reported; its journal, where a module ended without results."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record
        self.begun: set[str] = set()
        """Targets that the journal has as begun, and not how they ended."""

        self._results: dict[str, deque[Document]] = defaultdict(deque)
        given = record.get("results") or []
        reported = [item for item in (unpacked(given) if isinstance(given, str) else given) if item]
        self.has_results = bool(reported)
        switched = {key: list(record.get(key) or ()) for key in _SWITCHES.values()}
        if not reported:
            for result in self._read_journal(str(record.get("journal") or "")):
                state = (result.get("target") or {}).get("state")
                key = _SWITCHES.get(str(state))
                (switched[key] if key else reported).append(result)
        self.switches = Switches(switched)
        for result in reported:
            self._results[canonical(result.get("target"))].append(result)

    def take(self, identity: Any) -> Document | None:
        """Return the next result about a target."""
        waiting = self._results.get(canonical(identity))
        return waiting.popleft() if waiting else None

    def rest(self) -> list[Document]:
        """Return the results that nobody took."""
        return [result for waiting in self._results.values() for result in waiting]

    def _read_journal(self, text: str) -> list[Document]:
        ended = []
        for line in text.split("\n"):
            try:
                event = plain(json.loads(line))
            except (ValueError, RecursionError):  # the last line of a run that was killed
                continue
            if not isinstance(event, dict):
                continue
            target = canonical(event.get("target"))
            if event.get("event") == "begun":
                self.begun.add(target)
            elif isinstance(event.get("result"), dict):
                self.begun.discard(target)
                ended.append(event["result"])
        return ended


def _entry(target: Mapping[str, Any], account: _Account, result: Document) -> Document:
    identity = result.get("target")
    start = account.switches.of("start", identity)
    error = _because("it was not started again", start) if start and start.get("outcome") in FAILURES else None
    return {
        **_head(target),
        "target": identity,
        "steps": carried_out(account.switches, identity, result),
        "outcome": result.get("outcome"),
        **{key: result.get(key, value) for key, value in _NOTHING_DONE.items()},
        "error": result.get("error") or error,
        "unit": unit(target),
        **{key: value for key, value in result.items() if key not in _KNOWN},
    }


def _not_reported(target: Mapping[str, Any], account: _Account | None) -> Document:
    """Return the entry of a planned target that no module reported."""
    identity = target.get("identity")
    outcome, error = _why_not(target, account)
    steps = carried_out(account.switches, identity, None) if account else []
    return {
        **_head(target),
        "target": identity or target.get("target"),
        "steps": steps,
        "outcome": outcome,
        **_NOTHING_DONE,
        "changed": outcome == "in_doubt" or "stopped" in steps,
        "error": error,
        "unit": unit(target),
    }


def _why_not(target: Mapping[str, Any], account: _Account | None) -> tuple[str, Document]:
    """Return outcome and error of a planned target that no module reported."""
    if account is None:
        return "not_sent", error_of("the play did not have this account")
    identity = target.get("identity")
    if canonical(identity) in account.begun:
        return "in_doubt", error_of("the journal has it as begun, and not how it ended")
    if target.get("outcome") not in WORKABLE:
        return "not_sent", _because(f"the plan has it as {target.get('outcome')}", target)
    stop = account.switches.of("stop", identity)
    if stop and stop.get("outcome") in FAILURES:
        return str(stop["outcome"]), _because("it was not stopped", stop)
    error = account.record.get("error")
    if error and not account.has_results and account.record.get("journal") is None:
        return "in_doubt", error_of(f"the module ended without results, and there is no journal: {error}")
    return "not_sent", error_of(error or "not begun")


def _because(what: str, result: Mapping[str, Any]) -> Document:
    """Return the error of something else than the clear, with words for what that means."""
    error = result.get("error") or error_of("no reason was given")
    return {**error, "message": f"{what}: {error.get('message')}"}


def _head(target: Mapping[str, Any]) -> Document:
    return {**{key: target.get(key) for key in _ACCOUNT}, "name": target.get("name")}


_KNOWN = frozenset({"target", "outcome", "error", "steps", "unit", "name", *_ACCOUNT, *_NOTHING_DONE})


def _sum(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total
