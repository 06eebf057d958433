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

from ._teardown_data import Document, canonical, document, documents, moment, stamp
from ._teardown_mask import Masker
from ._teardown_steps import carried_out, error_of, switched
from ._teardown_words import FAILURES, OUTCOMES, WORKABLE, unit

_NOTHING_DONE: Mapping[str, Any] = {
    "changed": False,
    "pending_before": None,
    "pending_after": None,
    "verified": False,
    "attempts": 0,
    "elapsed": 0,
}
_ACCOUNT = ("account", "vendor", "product", "address", "login")


def make_evidence(accounts: Any, *, plan: Any, run: Any, mask: bool = True, key: str = "") -> Document:
    """Return the evidence of a run; Unusable where the parts are not what they should be."""
    about = document(run or {}, "run")
    begin, end = moment(about.get("start"), "run.start"), moment(about.get("end"), "run.end")
    planned = documents(document(plan or {}, "plan").get("targets") or [], "targets of the plan")
    entries = _entries(documents(accounts, "accounts"), planned)
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
        "pending_before": _sum(entry.get("pending_before") for entry in entries),
        "pending_after": _sum(entry.get("pending_after") for entry in entries),
    }


def _entries(accounts: Sequence[Document], planned: Sequence[Document]) -> list[Document]:
    by_name = {account.get("account"): account for account in accounts}
    found = {name: _Results(account) for name, account in by_name.items()}
    entries = []
    for target in planned:
        results = found.get(target["account"])
        result = results.take(target.get("identity")) if results else None
        if result is None:
            entries.append(_not_reported(target, by_name.get(target["account"]), results))
        else:
            entries.append(_entry(target, result, by_name[target["account"]]))
    # What was touched beside the plan is said too: evidence leaves nothing out.
    for name, results in found.items():
        entries += [_entry({**by_name[name], "name": None}, result, by_name[name]) for result in results.rest()]
    return entries


class _Results:
    """What one account's modules reported, and what its journal tells of the rest."""

    def __init__(self, account: Mapping[str, Any]) -> None:
        self._by_identity: dict[str, deque[Document]] = defaultdict(deque)
        self._begun: set[str] = set()
        reported = [item for item in account.get("results") or () if item]
        if not reported:
            reported = self._read_journal(account.get("journal"))
        for result in reported:
            self._by_identity[canonical(result.get("target"))].append(result)

    def take(self, identity: Any) -> Document | None:
        """Return the next result about a target."""
        waiting = self._by_identity.get(canonical(identity))
        return waiting.popleft() if waiting else None

    def begun(self, identity: Any) -> bool:
        """Tell whether the journal says that something was sent for a target, and not how it ended."""
        return canonical(identity) in self._begun

    def rest(self) -> Iterable[Document]:
        """Yield the results that nobody took."""
        return [result for waiting in self._by_identity.values() for result in waiting]

    def _read_journal(self, text: Any) -> list[Document]:
        ended = []
        for line in str(text or "").splitlines():
            try:
                event = json.loads(line)
            except ValueError:  # the last line of a run that was killed
                continue
            if not isinstance(event, dict):
                continue
            if event.get("event") == "begun":
                self._begun.add(canonical(event.get("target")))
            elif event.get("event") == "ended":
                self._begun.discard(canonical(event.get("target")))
                ended.append(event["result"])
        return ended


def _entry(target: Mapping[str, Any], result: Document, account: Mapping[str, Any]) -> Document:
    return {
        **_head(target),
        "target": result.get("target"),
        "steps": carried_out(account, result.get("target"), result),
        "outcome": result.get("outcome"),
        **{key: result.get(key, value) for key, value in _NOTHING_DONE.items()},
        "error": result.get("error") or _restart_error(account, result.get("target")),
        "unit": unit(target),
        **{key: value for key, value in result.items() if key not in _KNOWN},
    }


def _restart_error(account: Mapping[str, Any], identity: Any) -> Document | None:
    start = switched(account, "start", identity)
    return _because("it was not started again", start) if start and start.get("outcome") in FAILURES else None


def _because(what: str, result: Mapping[str, Any]) -> Document:
    """Return the error of a step beside the clear, with words for what that means."""
    error = result.get("error") or error_of("no reason was given")
    return {**error, "message": f"{what}: {error.get('message')}"}


def _not_reported(target: Mapping[str, Any], account: Mapping[str, Any] | None, results: _Results | None) -> Document:
    """Return the entry of a planned target that no module reported."""
    identity = target.get("identity")
    outcome, error = _why_not(target, account, results)
    steps = carried_out(account, identity, None) if account else []
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


def _why_not(
    target: Mapping[str, Any], account: Mapping[str, Any] | None, results: _Results | None
) -> tuple[str, Document]:
    """Return outcome and error of a planned target that no module reported."""
    if account is None or results is None:
        return "not_sent", error_of("the play did not have this account")
    identity = target.get("identity")
    if results.begun(identity):
        return "in_doubt", error_of("the journal says that it was begun, and not how it ended")
    if target.get("outcome") not in WORKABLE:
        message = (target.get("error") or {}).get("message") or "no reason was given"
        return "not_sent", error_of(f"the plan has it as {target.get('outcome')}: {message}")
    stop = switched(account, "stop", identity)
    if stop and stop.get("outcome") in FAILURES:
        message = (stop.get("error") or {}).get("message") or "no reason was given"
        return str(stop["outcome"]), {
            **(stop.get("error") or error_of("")),
            "message": f"it was not stopped: {message}",
        }
    if account.get("error") and account.get("journal") is None:
        return "in_doubt", error_of(f"the module ended without results, and there is no journal: {account['error']}")
    return "not_sent", error_of(account.get("error") or "not begun")


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
