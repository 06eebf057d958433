# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The oracle: compares the report of a run with the sandbox's record. It does not depend on the modules' code.

When may a target stay ``in_doubt``? Only after a write that was not certainly refused, and only if
- the target can be read: the last check failed; or it succeeded, but showed neither "gone" nor, after a write that was
  never accepted, an unchanged state;
- it cannot be read: the last answer was neither a success nor a refusal that is conclusive by itself;
- the vendor acknowledges writes: the target was never touched, or its acknowledgement could have been lost;
- the run was interrupted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ansible_collections.telephony.outbound.tests.support.scenario import (
    Conditions,
    Request,
    Scenario,
    TrialTarget,
    Truth,
    perhaps_clean,
)

_ABANDONED = (
    *("drip", "drip_headers", "hang", "delay", "huge", "gzip_bomb", "reset", "close", "cut"),
    *("interim", "late", "pad", "extra"),
)
"""Faults after which our side gives up: the server may notice only when our next request arrives."""
GIVEN_UP = 2
"""Writes of one target given up before a busy machine's server had read them: they are not recorded."""
PROXY_LOGIN = 407
_NO_CONNECTION = "could not connect"
LOST = 8
"""Writes of one target that an intermediary may have withheld from the vendor."""
_TRIPS = ("auth", "tls", "connect", "busy")
WALL = 5
"""Number of consecutive targets with the same failure after which no more are started."""
_WALLS = ("unavailable", "timeout", "connect", "redirect", "rejected", "tls")


def truths(
    scenario: Scenario,
    targets: Sequence[TrialTarget],
    requests: Sequence[Request],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> dict[str, Truth]:
    """Group the record by targets."""
    found = {
        target.key: Truth(
            scenario.holding(before, target),
            scenario.holding(after, target),
            scenario.others(before, target),
            scenario.others(after, target),
        )
        for target in targets
    }
    keys = {
        number: [target.key for target in targets if target.account == number] for number in range(scenario.accounts)
    }
    for request in requests:
        if request["room"] not in scenario.prefixes:
            continue
        key, account = scenario.key_of(request), scenario.account_of(request)
        if key in found:
            truth = found[key]
            (truth.writes if scenario.is_write(request) else truth.reads).append(request)
        elif account is not None:
            for each in keys[account]:
                found[each].shared.append(request)
        elif key is None:
            for truth in found.values():
                truth.common.append(request)
    return found


def judge_run(
    scenario: Scenario,
    targets: Sequence[TrialTarget],
    result: Mapping[str, Any],
    seen: Mapping[str, Truth],
    conditions: Conditions,
) -> Iterator[str]:
    """Yield every disagreement of one module's result with the record."""
    entries = result.get("results")
    if entries is None:
        yield f"{scenario.name}: no results: {result.get('msg')}"
        return
    if [scenario.key_of_target(entry["target"]) for entry in entries] != [target.key for target in targets]:
        yield f"{scenario.name}: the results are not one for each target, in the order given"
        return
    yield from _whole(scenario, result, conditions)
    met = [entry for target, entry in zip(targets, entries, strict=True) if _met_a_wall(entry, seen[target.key])]
    if conditions.wall is not None and len(met) > conditions.wall:
        yield f"{scenario.name}: {len(met)} targets in doubt: the wall that all of them met was not seen as one"
    for target, entry in zip(targets, entries, strict=True):
        for text in judge(scenario, target, entry, seen[target.key], conditions):
            yield f"{scenario.name}: {target.kind} {target.key}, {_short(entry)}: {text}; {_told(seen[target.key])}"


def judge(
    scenario: Scenario, target: TrialTarget, entry: Mapping[str, Any], truth: Truth, conditions: Conditions
) -> Iterator[str]:
    """Yield the disagreements of one target."""
    outcome = entry["outcome"]
    alone = target.key not in conditions.changed_by_others
    if entry["error"] and entry["error"]["message"].startswith(_NO_CONNECTION):
        # The last read never arrived, so it is not recorded: a busy machine.
        conditions = replace(conditions, lag=True)
    # What a proxy refused was not sent to the vendor.
    arrived = [request for request in truth.writes if request["status"] != PROXY_LOGIN]
    if not 0 <= entry["attempts"] - len(arrived) <= (LOST if conditions.fronted else GIVEN_UP):
        yield f"attempts {entry['attempts']}, but {len(truth.writes)} writes arrived"
    if entry["changed"] != (outcome in (scenario.would, scenario.done, "accepted", "in_doubt")):
        yield "changed does not go with the outcome"
    if entry["verified"] != (outcome in (scenario.idle, scenario.done)):
        yield "verified does not go with the outcome"
    if conditions.check and truth.writes:
        yield "a write was sent in check mode"
    yield from _sent_again(scenario, target, truth)
    if not conditions.fronted:
        yield from _credited(entry, truth)
    if conditions.failover and entry["error"] and entry["error"]["kind"] in ("auth", "denied"):
        yield "what a session hands out was not renewed"
    if alone and truth.others_before != truth.others_after:
        yield "something else was changed than what was asked for"
    if alone:
        yield from _numbers(entry, truth, conditions)
    rules = {
        scenario.idle: _idle,
        scenario.would: _would,
        scenario.done: _done,
        "accepted": _accepted,
        "refused": _nothing_sent,
        "not_sent": _nothing_sent,
        "failed": _failed,
        "in_doubt": _in_doubt,
    }
    if outcome not in rules:
        yield "an outcome that there is not"
        return
    yield from rules[outcome](scenario, target, truth, conditions, alone)


def overlaps(scenario: Scenario, requests: Sequence[Request], since: int = 0) -> Iterator[str]:
    """Yield where, after number ``since``, two requests of one token were in progress at the same time.

    A request that the client gave up no longer counts, however long the server continues with it.
    """
    under_way: dict[str, list[Request]] = {}
    for request in requests if scenario.serial else ():
        if request["room"] not in scenario.prefixes or not request["credentials"] or "concurrent" not in request:
            continue
        token = request["credentials"]["fingerprint"]
        others = [one for one in under_way.get(token, ()) if one["ended"] is None or one["ended"] > request["time"]]
        given_up = sum(one["fault"] in _ABANDONED or one["status"] is None for one in others)
        if request["concurrent"] > 1 + given_up and request["seq"] > since:
            yield f"{scenario.name}: {request['concurrent']} requests of one token at once ({request['query']})"
        under_way[token] = [*others, request]


def _whole(scenario: Scenario, result: Mapping[str, Any], conditions: Conditions) -> Iterator[str]:
    """Judge the report about all targets together."""
    entries, summary = result["results"], result["summary"]
    text = json.dumps(result)
    for secret in scenario.secrets():
        if secret in text:
            yield f"{scenario.name}: a secret stands in the result"
    words = (scenario.idle, scenario.would, scenario.done, "accepted", "refused", "in_doubt", "failed", "not_sent")
    if sum(summary[word] for word in words) != len(entries):
        yield f"{scenario.name}: the summary does not add up"
    bad = [entry for entry in entries if entry["outcome"] in ("failed", "in_doubt", "refused", "not_sent")]
    if result["failed"] != bool(bad):
        yield f"{scenario.name}: failed is {result['failed']} with {len(bad)} bad outcomes"
    ended = Counter((entry["outcome"], entry["error"] and entry["error"]["kind"]) for entry in bad)
    tripped = conditions.interrupted or conditions.stop or any(ended["failed", kind] for kind in _TRIPS)
    tripped = tripped or sum(ended[how, kind] for how in ("failed", "in_doubt") for kind in _WALLS) >= WALL
    # Errors before the first target, such as at login, are reported for the first one.
    began_badly = entries[0]["outcome"] == "failed" and summary["not_sent"] == len(entries) - 1
    if summary["not_sent"] and not tripped and not began_badly:
        yield f"{scenario.name}: targets were not begun, and nothing says why: {dict(ended)}"


def _met_a_wall(entry: Mapping[str, Any], truth: Truth) -> bool:
    """Return whether a target ended in doubt because of the answer to its own write."""
    return entry["outcome"] == "in_doubt" and any(request["fault"] for request in truth.writes[-1:])


def _numbers(entry: Mapping[str, Any], truth: Truth, conditions: Conditions) -> Iterator[str]:
    held = sum(truth.before.values())
    if entry["pending_before"] not in (None, held):
        yield f"pending_before {entry['pending_before']}, but {held} were there"
    left = sum(truth.after.values())
    if entry["pending_after"] not in (None, left) and not conditions.lag and not conditions.interrupted:
        yield f"pending_after {entry['pending_after']}, but {left} are there"


def _sent_again(scenario: Scenario, target: TrialTarget, truth: Truth) -> Iterator[str]:
    """Judge each write after a target's first: before a retry, the outcome of the previous one must be known."""
    for first, second in pairwise(truth.writes):
        if first["status"] is not None and 300 <= first["status"] < 400:
            yield "sent again after a redirect"
        told = scenario.denied(first)
        # A short answer that drips may complete in time.
        told = told or (scenario.piecewise(target) and (scenario.perhaps_accepted(first) or first["fault"] == "drip"))
        if told or (not scenario.readable(target, truth) and scenario.resends_blindly):
            continue
        between = [r for r in (*truth.reads, *truth.shared) if first["seq"] < r["seq"] < second["seq"]]
        if not any(perhaps_clean(request) for request in between):
            yield "sent again, and nobody had looked"


def _credited(entry: Mapping[str, Any], truth: Truth) -> Iterator[str]:
    """Judge whether the reported status was sent to this target, or to what all targets share."""
    if entry["outcome"] == "not_sent" or not entry["error"] or entry["error"]["status"] is None:
        return
    answered = [*truth.writes, *truth.reads, *truth.shared, *truth.common]
    said = {status for request in answered for status in (request["status"], *request.get("interim", ()))}
    if entry["error"]["status"] not in said:
        yield f"the answer {entry['error']['status']} was not for this target"


def _idle(scenario: Scenario, _mark: TrialTarget, truth: Truth, _conditions: Conditions, alone: bool) -> Iterator[str]:
    if alone and not truth.gone:
        yield "there is still something"
    if truth.changed_by_us or any(not scenario.denied(request) for request in truth.writes):
        yield "something was sent that was not refused"
    if not (truth.writes or truth.reads or truth.shared):
        yield "nobody looked"


def _would(scenario: Scenario, target: TrialTarget, truth: Truth, conditions: Conditions, alone: bool) -> Iterator[str]:
    if not conditions.check:
        yield "this was no check mode"
    if alone and not truth.untouched:
        yield "something changed"
    if alone and scenario.readable(target, truth) and truth.was_gone:
        yield "there was nothing to do"


def _done(scenario: Scenario, target: TrialTarget, truth: Truth, conditions: Conditions, alone: bool) -> Iterator[str]:
    if alone and not truth.gone:
        yield "it is not gone"
    if not truth.writes:
        yield "nothing was sent"
    elif alone and not truth.changed_by_us and not truth.was_gone:
        yield "no write of ours made it go"
    if not scenario.proven(target, truth):
        yield "nothing was seen that could prove it"
    if conditions.check:
        yield "this was check mode"


def _accepted(
    scenario: Scenario, target: TrialTarget, truth: Truth, conditions: Conditions, alone: bool
) -> Iterator[str]:
    if not truth.writes or not scenario.perhaps_accepted(truth.writes[-1]):
        yield "the vendor's yes is not in the journal"
    if alone and conditions.wait_timeout and (scenario.readable(target, truth) or scenario.vendor == "genesys"):
        yield "it could have been confirmed"


def _nothing_sent(
    _scenario: Scenario, _mark: TrialTarget, truth: Truth, _conditions: Conditions, alone: bool
) -> Iterator[str]:
    if truth.writes:
        yield "something was sent"
    if alone and not truth.untouched:
        yield "something changed"


def _failed(
    _scenario: Scenario, _mark: TrialTarget, truth: Truth, _conditions: Conditions, alone: bool
) -> Iterator[str]:
    if truth.changed_by_us:
        yield "a write of ours was carried out"
    if alone and not truth.untouched:
        yield "something changed"


def _in_doubt(
    scenario: Scenario, target: TrialTarget, truth: Truth, conditions: Conditions, alone: bool
) -> Iterator[str]:
    if not truth.writes and not conditions.fronted:
        yield "nothing was sent that could be in doubt"
    if not truth.writes or conditions.interrupted or not alone:
        return
    if all(scenario.denied(request) for request in truth.writes):
        yield "every write was surely refused"
    if scenario.readable(target, truth) and not (truth.looks or truth.shared_looks):
        yield "nobody looked"
    if scenario.settled(target, truth, conditions) and not conditions.lag:
        yield "what was seen settles it"
    unread = not scenario.readable(target, truth) and scenario.vendor != "genesys"
    if unread and not conditions.fronted and scenario.accepted(truth.writes[-1]):
        yield "the vendor accepted it"


def _short(entry: Mapping[str, Any]) -> str:
    error = entry["error"]
    return f"{entry['outcome']} ({error['kind']}: {error['message'][:80]})" if error else str(entry["outcome"])


def _told(truth: Truth) -> str:
    """Summarize in one line what happened to a target."""
    steps = sorted([*truth.writes, *truth.reads], key=lambda request: request["seq"])
    line = " ".join(
        f"{request['method']}"
        f"{'!' + request['fault'] if request['fault'] else ''}:{request['status']}{'*' if request['changes'] else ''}"
        for request in steps[-12:]
    )
    lists = f" and {len(truth.shared)} lists" if truth.shared else ""
    return f"{sum(truth.before.values())} → {sum(truth.after.values())} by {line or 'nothing'}{lists}"
