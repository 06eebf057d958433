# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The oracle of the fault suite can fail: it is given records and reports that do not agree."""

from __future__ import annotations

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
    ],
)
def test_oracle_detects_a_false_report(entry: dict[str, Any], truth: Truth, says: str) -> None:
    assert says in disagreements(entry, truth)


def test_oracle_detects_a_write_in_check_mode() -> None:
    assert "a write was sent in check mode" in disagreements(report("would_clear", 1), SEEN_GONE, check=True)


def test_oracle_detects_an_answer_to_another_request() -> None:
    truth = Truth({}, {}, None, None, reads=[{**read(1), "interim": [103]}])
    truth.common.append({**read(2, 401)})
    for status, found in ((200, False), (103, False), (401, False), (404, True)):
        error = {"status": status, "message": "", "kind": "protocol"}
        told = disagreements(report("failed", 0, error=error, pending_before=None), truth)
        assert (f"the answer {status} was not for this target" in told) is found
