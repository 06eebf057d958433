# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The oracle of the fault suite can fail: it is given records and reports that do not agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.chaos import oracle
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, TrialTarget, Truth
from ansible_collections.telephony.outbound.tests.support.scenarios import SCENARIOS

SCENARIO = SCENARIOS["plum fuse"]
TARGET = TrialTarget("1000000", "counted", 2)
QUEUED, EMPTY = {"k1000000-0": 1, "k1000000-1": 1}, {}
PATH = "/fuse/api/outbound/k1000000-0"


def read(seq: int, status: int = 200, fault: str | None = None) -> dict[str, Any]:
    return {"seq": seq, "method": "GET", "path": PATH, "status": status, "fault": fault, "changes": []}


def write(seq: int, status: int = 202, fault: str | None = None, *, changed: bool = True) -> dict[str, Any]:
    changes = [{"do": "cancel"}] if changed else []
    return {"seq": seq, "method": "DELETE", "path": "", "status": status, "fault": fault, "changes": changes}


def record(*requests: dict[str, Any], after: dict[str, int]) -> Truth:
    """Return what the sandbox saw of a queue of two calls."""
    truth = Truth(QUEUED, after, None, None)
    for request in requests:
        (truth.writes if request["method"] == "DELETE" else truth.reads).append(request)
    return truth


def report(outcome: str, attempts: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "attempts": attempts,
        "changed": outcome in ("cleared", "accepted", "in_doubt"),
        "verified": outcome in ("cleared", "already_clear"),
        "error": None,
        "pending_before": 2,
        "pending_after": None,
        **more,
    }


def disagreements(entry: dict[str, Any], truth: Truth, **conditions: Any) -> list[str]:
    return list(oracle.judge(SCENARIO, TARGET, entry, truth, Conditions(**conditions)))


NO_CHANGE = write(2, 500, "status", changed=False)
FORGED = write(2, fault="status", changed=False)
SEEN_GONE = record(read(1), write(2), read(3), after=EMPTY)
LOST_ANSWER = record(read(1), write(2, 500, "status"), after=EMPTY)
NOT_DONE = record(read(1), NO_CHANGE, after=QUEUED)


def test_oracle_accepts_a_true_report() -> None:
    assert disagreements(report("cleared", pending_after=0), SEEN_GONE) == []
    assert (
        disagreements(report("failed"), record(read(1), write(2, 500, "status", changed=False), read(3), after=QUEUED))
        == []
    )


@pytest.mark.parametrize(
    ("entry", "truth", "says"),
    [
        (
            report("cleared"),
            record(read(1), FORGED, read(3), after=QUEUED),
            "it is not gone",
        ),
        (report("cleared"), record(read(1), write(2), after=EMPTY), "nothing was seen that could prove it"),
        (report("cleared"), NOT_DONE, "it is not gone"),
        (report("failed"), LOST_ANSWER, "a write of ours was carried out"),
        (report("in_doubt"), LOST_ANSWER, "nobody looked"),
        (report("in_doubt"), SEEN_GONE, "what was seen settles it"),
        (
            report("cleared", 2),
            record(read(1), write(2, 500, "status"), write(3, changed=False), read(4), after=EMPTY),
            "sent again, and nobody had looked",
        ),
        (report("already_clear", 0), record(read(1), after=QUEUED), "there is still something"),
        (report("not_sent"), SEEN_GONE, "something was sent"),
        (report("accepted"), SEEN_GONE, "it could have been confirmed"),
        (report("cleared", 7), SEEN_GONE, "attempts 7, but 1 writes arrived"),
        (report("cleared", pending_before=3), SEEN_GONE, "pending_before 3, but 2 were there"),
        (report("cleared", pending_after=1), SEEN_GONE, "pending_after 1, but 0 are there"),
        (report("cleared", changed=False), SEEN_GONE, "changed does not go with the outcome"),
        (report("cleared", verified=False), SEEN_GONE, "verified does not go with the outcome"),
        (report("lost"), SEEN_GONE, "an outcome that there is not"),
        (report("failed"), record(read(1), write(2, 408, "status"), after=EMPTY), "a write of ours was carried out"),
        (report("in_doubt", 0), record(read(1), after=QUEUED), "nothing was sent that could be in doubt"),
        (
            report("in_doubt"),
            record(read(1), write(2, 429, changed=False), read(3), after=QUEUED),
            "every write was surely refused",
        ),
        (
            report("cleared"),
            record(read(1), write(2), read(3, fault="bad_json"), after=EMPTY),
            "nothing was seen that could prove it",
        ),
        (
            report("cleared", 2),
            record(read(1), write(2, 307, "redirect"), read(3), write(4), read(5), after=EMPTY),
            "sent again after a redirect",
        ),
    ],
)
def test_oracle_detects_a_false_report(entry: dict[str, Any], truth: Truth, says: str) -> None:
    assert says in disagreements(entry, truth)


def test_oracle_detects_a_write_in_check_mode() -> None:
    assert "a write was sent in check mode" in disagreements(report("would_clear", 1), SEEN_GONE, check=True)


def test_oracle_detects_a_session_that_is_not_renewed() -> None:
    error = {"status": 403, "message": "", "kind": "denied"}
    truth = record(read(1), write(2, 403, changed=False), after=QUEUED)
    found = disagreements(report("failed", error=error), truth, failover=True)
    assert "what a session hands out was not renewed" in found


def run_of(outcome: str, truth: Truth, **more: Any) -> str:
    """Return what the oracle says of a run over three targets that all ended alike."""
    targets = [replace(TARGET, key=str(number)) for number in range(1_000_000, 1_000_003)]
    words = ("already_clear", "would_clear", "cleared", "accepted", "refused", "in_doubt", "failed", "not_sent")
    result = {
        "results": [{**report(outcome), "target": {"deployment_id": target.key}} for target in targets],
        "summary": {**dict.fromkeys(words, 0), outcome: len(targets)},
        "failed": outcome != "cleared",
        **more,
    }
    seen = {target.key: truth for target in targets}
    return "; ".join(oracle.judge_run(SCENARIO, targets, result, seen, Conditions(wall=2)))


def test_oracle_detects_a_circuit_breaker_that_never_opens() -> None:
    refused = record(read(1), write(2, 502, "outage", changed=False), read(3, 502, "outage"), after=QUEUED)
    assert "the wall that all of them met was not seen as one" in run_of("in_doubt", refused)
    assert run_of("cleared", SEEN_GONE) == ""


def test_oracle_detects_a_leaked_secret() -> None:
    found = run_of("cleared", SEEN_GONE, msg=f"with {SCENARIO.secrets()[0]}")
    assert "a secret stands in the result" in found


def test_oracle_detects_an_answer_to_another_request() -> None:
    truth = Truth({}, {}, None, None, reads=[{**read(1), "interim": [103]}])
    truth.common.append({**read(2, 401)})
    for status, found in ((200, False), (103, False), (401, False), (404, True)):
        error = {"status": status, "message": "", "kind": "protocol"}
        told = disagreements(report("failed", 0, error=error, pending_before=None), truth)
        assert (f"the answer {status} was not for this target" in told) is found


def arrival(seq: int, ended: float | None, concurrent: int, *, fault: str | None = None) -> dict[str, Any]:
    credentials = {"fingerprint": "0123456789ab"}
    times = {"time": float(seq), "ended": ended, "concurrent": concurrent, "status": 200}
    return {"seq": seq, "room": "wolkvox", "credentials": credentials, "query": "", "fault": fault, **times}


@pytest.mark.parametrize(
    ("earlier", "found"),
    [
        ([arrival(1, 1.5, 1)], 0),
        ([arrival(1, 9.0, 1)], 1),
        ([arrival(1, 9.0, 1, fault="drip")], 0),
        ([arrival(1, None, 1, fault="hang")], 0),
        ([arrival(1, 1.5, 1, fault="drip"), arrival(2, 9.0, 1)], 1),
    ],
)
def test_oracle_detects_concurrent_requests_of_one_token(earlier: list[dict[str, Any]], found: int) -> None:
    last = arrival(7, 8.0, 1 + sum(one["ended"] is None or one["ended"] > 7 for one in earlier))
    assert len(list(oracle.overlaps(SCENARIOS["wolkvox clear"], [*earlier, last]))) == found
    assert not list(oracle.overlaps(SCENARIOS["wolkvox clear"], [*earlier, last], since=7))
