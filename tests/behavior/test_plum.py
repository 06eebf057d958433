# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole retry table for Plum: reports must agree with what the sandbox recorded."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.broken_writes import broken_writes, fault_name
from ansible_collections.telephony.outbound.tests.support.guard import ends
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.results import error, outcome
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

EMAIL, KEY = "dialer@example.com", "not-a-secret-developer-key"
CANCEL = {"method": "DELETE", "path": "*/cancel"}
LOOK = {"method": "GET", "path": "*/api/outbound/*"}


def seed(sandbox: Sandbox, queues: dict[str, Any] | None = None, **settings: Any) -> None:
    queues = queues or {"100/200": {"c1": "queued", "c2": "queued", "c3": "completed"}}
    sandbox.seed(
        {
            "settings": {"plum": settings},
            "plum": {"accounts": [{"email": EMAIL, "developer_key": KEY}], "fuse": queues, "insight": queues},
        }
    )


@pytest.fixture
def cancel(sandbox: Sandbox) -> Any:
    """Run the cancel for a queue of two pending calls; the call ids make it readable."""
    seed(sandbox)

    def run(*, readable: bool = False, **options: Any) -> dict[str, Any]:
        known = {"call_ids": ["c1", "c2", "c3"], "call_ids_complete": True} if readable else {}
        return run_module(
            "plum_outbound_cancel",
            **{
                "product": "fuse",
                "email": EMAIL,
                "developer_key": KEY,
                "base_url": f"{sandbox.url}/fuse",
                "application_id": "100",
                "deployment_id": "200",
                "timeout": 2,
                "wait_timeout": 1,
                **known,
                **options,
            },
        )

    return run


def writes(sandbox: Sandbox) -> int:
    return sum(entry["method"] == "DELETE" for entry in sandbox.journal())


def canceled(sandbox: Sandbox) -> bool:
    queue = sandbox.state()["plum"]["fuse"]["100/200"]
    return all(call["status"] != "queued" for call in queue.values())


def test_cleared_with_proof(cancel: Any, sandbox: Sandbox) -> None:
    result = cancel(readable=True)
    assert not result["failed"]
    assert result["changed"]
    (entry,) = result["results"]
    assert entry["outcome"] == "cleared"
    assert (entry["pending_before"], entry["pending_after"], entry["verified"], entry["attempts"]) == (2, 0, True, 1)
    assert entry["calls"] == {
        "before": {"pending": 2, "in_progress": 0, "ended": 1, "unknown": 0},
        "after": {"pending": 0, "in_progress": 0, "ended": 3, "unknown": 0},
    }
    assert canceled(sandbox)


def test_second_run_is_unchanged_with_proof(cancel: Any, sandbox: Sandbox) -> None:
    cancel(readable=True)
    result = cancel(readable=True)
    assert outcome(result) == "already_clear"
    assert not result["changed"]
    assert writes(sandbox) == 1


def test_second_run_is_accepted_again_without_proof(cancel: Any, sandbox: Sandbox) -> None:
    for _run in range(2):
        result = cancel()
        assert outcome(result) == "accepted"
        assert result["changed"]
        assert result["summary"]["pending_before"] is None
        assert result["results"][0]["verified"] is False
    assert writes(sandbox) == 2


@pytest.mark.parametrize("readable", [False, True])
def test_check_mode_changes_nothing(cancel: Any, sandbox: Sandbox, readable: bool) -> None:
    result = cancel(readable=readable, check=True)
    assert outcome(result) == "would_clear"
    assert result["changed"]
    assert not sandbox.changes()
    assert writes(sandbox) == 0


def test_some_call_ids_are_no_proof(cancel: Any) -> None:
    result = cancel(call_ids=["c1", "c3"])
    (entry,) = result["results"]
    assert entry["outcome"] == "accepted"
    assert entry["pending_before"] is None
    assert entry["calls"]["before"]["pending"] == 1
    assert entry["calls"]["after"]["pending"] == 0


def test_an_unknown_id_makes_the_number_unknown(cancel: Any, sandbox: Sandbox) -> None:
    result = cancel(call_ids=["c3", "nobody"], call_ids_complete=True)
    (entry,) = result["results"]
    assert entry["outcome"] == "accepted"
    assert entry["pending_before"] is None
    assert entry["calls"]["before"]["unknown"] == 1
    assert writes(sandbox) == 1


def test_an_undocumented_status_is_pending(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, {"100/200": {"c1": "retrying"}})
    result = cancel(call_ids=["c1"], call_ids_complete=True)
    assert outcome(result) == "in_doubt"
    assert result["results"][0]["pending_after"] == 1


AGAIN = {"attempts": 1, "max_attempts": 3}
OVER = {"attempts": 3, "max_attempts": 3}


@pytest.mark.parametrize("status", ["failed", "rejected", "dialing", "connected"])
@pytest.mark.parametrize("left", [True, False])
def test_a_call_that_may_be_tried_again_keeps_a_queue_from_being_clear(
    cancel: Any, sandbox: Sandbox, status: str, left: bool
) -> None:
    seed(sandbox, {"100/200": {"c1": {"status": status, **(AGAIN if left else OVER)}, "c2": "completed"}})
    result = cancel(call_ids=["c1", "c2"], call_ids_complete=True)
    (entry,) = result["results"]
    if not left:
        assert (entry["outcome"], entry["pending_before"], writes(sandbox)) == ("already_clear", 0, 0)
        return
    assert (entry["outcome"], entry["pending_before"], writes(sandbox)) == ("accepted", None, 1)
    assert entry["calls"]["before"] == {"pending": 0, "in_progress": 0, "ended": 1, "unknown": 1}
    waited = status in ("failed", "rejected")
    assert entry["calls"]["after"]["ended"] == (2 if waited else 1)
    assert [change["call_ids"] for change in sandbox.changes()] == ([["c1"]] if waited else [])


def test_the_number_of_calls_that_may_be_tried_again_is_not_known(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, {"100/200": {"c1": {"status": "failed", **AGAIN}}})
    for check in (True, False):
        result = cancel(call_ids=["c1"], call_ids_complete=True, max_pending=5, check=check)
        assert (outcome(result), error(result)["kind"]) == ("refused", "guard")
    assert writes(sandbox) == 0


@pytest.mark.parametrize(("most", "expected"), [(1, "cleared"), (2, "in_doubt")])
def test_a_call_that_is_dialed_meanwhile_is_not_cleared_while_it_may_come_back(
    cancel: Any, sandbox: Sandbox, most: int, expected: str
) -> None:
    seed(sandbox, {"100/200": {"c1": {"status": "queued", "max_attempts": most}, "c2": "queued"}})
    sandbox.fault(
        **CANCEL,
        do="act",
        when="before",
        act={"room": "fuse", "do": "set_status", "call_id": "c1", "status": "dialing"},
    )
    result = cancel(call_ids=["c1", "c2"], call_ids_complete=True)
    (entry,) = result["results"]
    assert (entry["outcome"], entry["verified"]) == (expected, expected == "cleared")
    assert entry["pending_after"] == (0 if expected == "cleared" else None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "accepted"),
        ('{"success": true}', "accepted"),
        ('{"success": "false", "message": "queue locked"}', "in_doubt"),
        ("<result><success>false</success></result>", "in_doubt"),
        ('{"errors": ["locked"]}', "in_doubt"),
    ],
)
def test_a_body_beside_202(cancel: Any, sandbox: Sandbox, body: str, expected: str) -> None:
    sandbox.settings(plum={"cancel_body": body})
    assert outcome(cancel()) == expected
    assert writes(sandbox) == 1
    assert outcome(cancel(readable=True)) == "already_clear", "reading settles what the answer does not"


def test_no_verification_when_not_wanted(cancel: Any, sandbox: Sandbox) -> None:
    assert outcome(cancel(readable=True, wait_timeout=0)) == "accepted"
    assert sandbox.sent()[-1].startswith("DELETE")


def test_a_late_status_is_waited_for(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, cancel_lag=0.7)
    assert outcome(cancel(readable=True, wait_timeout=5)) == "cleared"


def test_a_status_that_never_comes_is_in_doubt(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, cancel_lag=60)
    result = cancel(readable=True, wait_timeout=0.7)
    assert outcome(result) == "in_doubt"
    assert error(result)["kind"] == "timeout"
    assert result["results"][0]["pending_after"] == 2


@pytest.mark.parametrize(("wait_timeout", "expected"), [(0, "in_doubt"), (5, "cleared")])
def test_one_immediate_read_does_not_prove_that_nothing_was_done(
    cancel: Any, sandbox: Sandbox, wait_timeout: float, expected: str
) -> None:
    """A change may become visible later, so an unchanged state counts only after waiting."""
    seed(sandbox, cancel_lag=0.7)
    sandbox.fault(**CANCEL, do="status", status=504, when="after")
    assert outcome(cancel(readable=True, wait_timeout=wait_timeout, retries=0)) == expected


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (429, {"Retry-After": "0"})])
@pytest.mark.parametrize("readable", [False, True])
def test_a_throttled_request_is_sent_again(
    cancel: Any, sandbox: Sandbox, status: int, headers: dict[str, str], readable: bool
) -> None:
    sandbox.fault(**CANCEL, do="status", status=status, headers=headers, times=2)
    result = cancel(readable=readable)
    assert outcome(result) == ("cleared" if readable else "accepted")
    assert writes(sandbox) == result["results"][0]["attempts"] == 3


def test_retry_after_is_obeyed(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="status", status=429, headers={"Retry-After": "1"})
    cancel()
    first, second = (entry["time"] for entry in sandbox.journal())
    assert second - first >= 1


def test_a_wait_beyond_the_targets_time_is_not_begun(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="status", status=429, headers={"Retry-After": "3600"}, times=None)
    with ends():
        result = cancel(target_timeout=600)
    assert (outcome(result), error(result)["kind"]) == ("failed", "busy")
    assert not canceled(sandbox)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("readable", [False, True])
def test_retry_after_of_a_doubt_is_the_pause_before_what_follows(
    cancel: Any, sandbox: Sandbox, when: str, readable: bool
) -> None:
    sandbox.fault(**CANCEL, do="status", status=503, headers={"Retry-After": "1"}, when=when)
    result = cancel(readable=readable)
    assert outcome(result) == ("cleared" if readable else "accepted")
    requests = sandbox.journal()
    written = next(index for index, entry in enumerate(requests) if entry["method"] == "DELETE")
    assert requests[written + 1]["time"] - requests[written]["ended"] >= 1


def test_a_doubt_is_not_waited_for_beyond_the_targets_time(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="status", status=503, headers={"Retry-After": "3600"}, when="after", times=None)
    with ends():
        result = cancel(target_timeout=600)
        assert (outcome(result), writes(sandbox)) == ("in_doubt", 1)
        assert error(result)["message"].endswith(
            "; target_timeout (600 s) leaves no time to send it again after the 3600 s that the answer asks for"
        )
        assert outcome(cancel(target_timeout=600, readable=True)) == "already_clear"
        seed(sandbox)
        sandbox.fault(**CANCEL, do="status", status=503, headers={"Retry-After": "3600"}, when="after", times=None)
        assert outcome(cancel(target_timeout=600, readable=True)) == "cleared"


LOOKS_FAIL = [
    {"do": "status", "status": 500, "times": None},
    {"do": "status", "status": 403, "times": None},
    {"do": "html", "status": 200, "times": None},
    {"do": "hang", "times": None},
]


@pytest.mark.parametrize("fault", LOOKS_FAIL, ids=lambda fault: "-".join(map(str, fault.values())))
def test_optional_reads_do_not_delay_the_cancel(cancel: Any, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(**LOOK, **fault)
    timeout = 1 if fault["do"] == "hang" else 30
    options = {"call_ids": ["c1", "c2"], "timeout": timeout, "retries": 1, "wait_timeout": 0.5}
    result = cancel(**options)
    assert (outcome(result), writes(sandbox)) == ("accepted", 1)
    (entry,) = result["results"]
    assert entry["calls"] == {"before": None, "after": None}
    assert entry["note"].startswith("the calls were not counted before the cancel: ")
    assert canceled(sandbox)
    preview = cancel(check=True, **options)
    assert (outcome(preview), preview["results"][0]["note"]) == ("would_clear", entry["note"])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [({"do": "status", "status": 401}, "auth"), ({"do": "redirect"}, "redirect")],
)
@pytest.mark.parametrize("check", [False, True])
def test_optional_reads_that_fail_as_the_cancel_would_end_the_target(
    cancel: Any, sandbox: Sandbox, fault: dict[str, Any], kind: str, check: bool
) -> None:
    sandbox.fault(**LOOK, times=None, **fault)
    result = cancel(call_ids=["c1"], check=check)
    assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert writes(sandbox) == 0


def many_calls(sandbox: Sandbox, number: int, latency: float) -> list[str]:
    seed(sandbox, {"100/200": {f"c{index}": "queued" for index in range(number)}})
    sandbox.settings(latency=latency)
    return [f"c{index}" for index in range(number)]


def test_the_cancel_does_not_wait_for_thousands_of_optional_reads(cancel: Any, sandbox: Sandbox) -> None:
    call_ids = many_calls(sandbox, 400, latency=0.2)
    result = cancel(call_ids=call_ids, target_timeout=10, wait_timeout=0)
    assert outcome(result) == "accepted", error(result)
    assert "the time limit for optional reads (5 s) was over after" in result["results"][0]["note"]
    assert " of 400 reads" in result["results"][0]["note"]


def test_the_end_of_our_own_time_is_told_with_how_far_it_came(cancel: Any, sandbox: Sandbox) -> None:
    call_ids = many_calls(sandbox, 400, latency=0.3)
    result = cancel(call_ids=call_ids, call_ids_complete=True, target_timeout=5)
    assert (outcome(result), error(result)["kind"]) == ("failed", "timeout")
    found = re.fullmatch(r"target_timeout \(5 s\) was over after ([0-9]+) of 400 reads", error(result)["message"])
    assert found, error(result)
    answered = sum(entry["status"] == 200 for entry in sandbox.journal())
    assert 0 < int(found[1]) <= answered
    assert writes(sandbox) == 0


@pytest.mark.parametrize(("concurrency", "most"), [(1, 1), (4, 4)])
def test_calls_are_read_in_parallel(cancel: Any, sandbox: Sandbox, concurrency: int, most: int) -> None:
    call_ids = many_calls(sandbox, 40, latency=0.05)
    result = cancel(call_ids=call_ids, call_ids_complete=True, concurrency=concurrency, wait_timeout=10)
    assert outcome(result) == "cleared"
    spans = [(entry["time"], entry["ended"]) for entry in sandbox.journal() if entry["method"] == "GET"]
    assert max(sum(began <= at < ended for began, ended in spans) for at, _end in spans) == most


BROKEN = broken_writes(status=202)


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
@pytest.mark.parametrize("when", ["before", "after"])
class TestAWriteInDoubt:
    def test_is_settled_by_reading(self, cancel: Any, sandbox: Sandbox, fault: dict[str, Any], when: str) -> None:
        sandbox.fault(**CANCEL, when=when, **fault)
        result = cancel(readable=True, timeout=1.5)
        assert outcome(result) == "cleared"
        assert writes(sandbox) == (1 if when == "after" else 2)
        assert canceled(sandbox)

    def test_is_sent_again_where_nothing_can_be_read(
        self, cancel: Any, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**CANCEL, when=when, **fault)
        result = cancel(timeout=1.5)
        assert outcome(result) == "accepted"
        assert writes(sandbox) == result["results"][0]["attempts"] == 2
        assert canceled(sandbox)

    def test_stays_in_doubt_after_the_last_try(
        self, cancel: Any, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**CANCEL, when=when, times=None, **fault)
        result = cancel(timeout=1.5, retries=1)
        assert outcome(result) == "in_doubt"
        assert result["failed"]
        assert result["changed"]
        assert writes(sandbox) == 2

    def test_an_unchanged_state_until_the_end_has_failed(
        self, cancel: Any, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**CANCEL, when=when, times=None, **fault)
        result = cancel(readable=True, timeout=1.5, retries=1)
        assert outcome(result) == ("cleared" if when == "after" else "failed")
        assert canceled(sandbox) == (when == "after")


def test_a_later_refusal_does_not_resolve_a_doubt(cancel: Any, sandbox: Sandbox) -> None:
    """The first cancel may have been applied; that the second is denied proves nothing about it."""
    sandbox.fault(**CANCEL, do="reset", when="after")
    sandbox.fault(**CANCEL, do="status", status=403)
    assert outcome(cancel()) == "in_doubt"


def test_more_than_before_is_in_doubt(cancel: Any, sandbox: Sandbox) -> None:
    """Calls were queued in the meantime: a second cancel would affect those too."""
    seed(sandbox, {"100/200": {"c1": "queued", "c2": "completed"}})
    sandbox.fault(**CANCEL, do="reset", when="after")
    sandbox.fault(**LOOK, skip=2, do="status", status=200, body='{"call_details": {"status": "queued"}}', times=2)
    result = cancel(call_ids=["c1", "c2"], call_ids_complete=True)
    assert outcome(result) == "in_doubt"
    assert result["results"][0]["pending_after"] == 2
    assert writes(sandbox) == 1


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
def test_a_read_is_sent_again(cancel: Any, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(**LOOK, **fault)
    assert outcome(cancel(readable=True, timeout=1.5)) == "cleared"


def test_a_read_that_stays_broken_fails_and_nothing_is_sent(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**LOOK, do="status", status=502, times=None)
    result = cancel(readable=True, retries=1)
    assert (outcome(result), error(result)["kind"]) == ("failed", "unavailable")
    assert writes(sandbox) == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_redirect_is_never_followed(cancel: Any, sandbox: Sandbox, status: int, when: str) -> None:
    sandbox.fault(**CANCEL, do="redirect", status=status, when=when)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("in_doubt", "redirect")
    assert sandbox.trap_url in error(result)["message"]
    assert writes(sandbox) == 1
    assert not sandbox.journal(room="trap")


@pytest.mark.parametrize(("when", "expected"), [("before", "failed"), ("after", "cleared")])
def test_a_redirect_is_settled_by_reading(cancel: Any, sandbox: Sandbox, when: str, expected: str) -> None:
    sandbox.fault(**CANCEL, do="redirect", when=when)
    result = cancel(readable=True)
    assert outcome(result) == expected
    assert writes(sandbox) == 1
    assert canceled(sandbox) == (expected == "cleared")


def test_a_redirected_read_fails(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**LOOK, do="redirect")
    result = cancel(readable=True)
    assert (outcome(result), error(result)["kind"]) == ("failed", "redirect")
    assert not sandbox.journal(room="trap")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "rejected"), (401, "auth"), (403, "denied"), (404, "not_found"), (405, "rejected"), (415, "rejected")],
)
def test_a_refusal_is_final(cancel: Any, sandbox: Sandbox, status: int, kind: str) -> None:
    sandbox.fault(**CANCEL, do="status", status=status, body='{"error": "Because."}')
    result = cancel(readable=True)
    assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert error(result)["status"] == status
    assert error(result)["message"] == "Because."
    assert writes(sandbox) == 1


UNDOCUMENTED = [
    {"do": "html", "status": 200},
    {"do": "html", "status": 202},
    {"do": "bad_json", "status": 202},
    {"do": "huge", "bytes": 9 * 1024 * 1024, "status": 202},
    {"do": "gzip_bomb", "bytes": 64 * 1024 * 1024, "status": 202},
    {"do": "status", "status": 200},
    {"do": "status", "status": 202, "body": '{"error": "No."}'},
]


@pytest.mark.parametrize("fault", UNDOCUMENTED, ids=lambda fault: "-".join(map(str, fault.values()))[:30])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undocumented_answer_is_in_doubt_until_read(
    cancel: Any, sandbox: Sandbox, fault: dict[str, Any], when: str
) -> None:
    sandbox.fault(**CANCEL, when=when, **fault)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("in_doubt", "protocol")
    seed(sandbox)
    sandbox.fault(**CANCEL, when=when, **fault)
    result = cancel(readable=True)
    assert outcome(result) == ("cleared" if when == "after" else "failed")
    assert writes(sandbox) == 1


@pytest.mark.parametrize("fault", [{"do": "drip", "interval": 0.2}, {"do": "drip_headers", "interval": 0.2}])
def test_a_dripping_answer_ends_in_time(cancel: Any, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(**LOOK, **fault)
    result = cancel(readable=True, timeout=1, retries=0)
    assert (outcome(result), error(result)["kind"]) == ("failed", "timeout")


def test_targets_after_refused_credentials_are_not_sent(cancel: Any, sandbox: Sandbox) -> None:
    result = cancel(
        developer_key="another-key-altogether", concurrency=1, targets=[{"deployment_id": str(i)} for i in range(5)]
    )
    assert [entry["outcome"] for entry in result["results"]] == ["failed", *["not_sent"] * 4]
    assert {entry["error"]["kind"] for entry in result["results"]} == {"auth"}
    assert len(sandbox.journal()) == 1


def test_a_vendor_out_of_reach_is_given_up(cancel: Any) -> None:
    result = cancel(
        base_url="http://127.0.0.1:9", concurrency=1, retries=1, targets=[{"deployment_id": str(i)} for i in range(9)]
    )
    assert [entry["outcome"] for entry in result["results"]] == ["failed", *["not_sent"] * 8]
    assert result["results"][0]["error"]["kind"] == "connect"
    assert result["results"][0]["attempts"] == 0
    assert not result["changed"]


def test_other_targets_go_on_after_a_failure(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, {"100/1": 1, "100/3": 1})
    targets = [{"deployment_id": str(i)} for i in (1, 2, 3)]
    result = cancel(targets=targets, concurrency=1)
    assert [entry["outcome"] for entry in result["results"]] == ["accepted", "failed", "accepted"]
    assert result["failed"]
    assert result["msg"].startswith("3 targets: 2 accepted, 1 failed")
    seed(sandbox, {"100/1": 1, "100/3": 1})
    result = cancel(targets=targets, concurrency=1, on_error="stop")
    assert [entry["outcome"] for entry in result["results"]] == ["accepted", "failed", "not_sent"]


def test_results_keep_the_order_given(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, {f"100/{number}": number for number in range(40)})
    sandbox.fault(**CANCEL, do="delay", seconds=0.05, times=None, probability=0.5)
    result = cancel(targets=[{"deployment_id": str(i)} for i in range(40)], concurrency=8)
    assert [entry["target"]["deployment_id"] for entry in result["results"]] == [str(i) for i in range(40)]
    assert result["summary"]["accepted"] == 40


def test_the_same_queue_twice_is_an_error(cancel: Any, sandbox: Sandbox) -> None:
    result = cancel(readable=True, targets=[{"deployment_id": "200"}] * 2, concurrency=8)
    assert result["msg"].startswith("targets[1]: queue ")
    assert not sandbox.journal()


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"max_pending": 1, "readable": True}, "refused"),
        ({"max_pending": 2, "readable": True}, "cleared"),
        ({"max_pending": 5}, "refused"),
        ({"max_pending": 5, "allow_unknown": True}, "accepted"),
    ],
)
def test_max_pending(cancel: Any, sandbox: Sandbox, options: dict[str, Any], expected: str, check: bool) -> None:
    result = cancel(check=check, **options)
    assert outcome(result) == ("would_clear" if check and expected != "refused" else expected)
    if expected == "refused":
        assert error(result)["kind"] == "guard"
        assert writes(sandbox) == 0


def test_each_target_may_have_its_own_guard(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, {"100/1": {"a1": "queued"}, "100/2": {"a2": "queued"}})
    targets = [{"deployment_id": "1", "call_ids": ["a1"]}, {"deployment_id": "2", "call_ids": ["a2"], "max_pending": 1}]
    result = cancel(targets=targets, call_ids_complete=True, max_pending=0)
    assert [entry["outcome"] for entry in result["results"]] == ["refused", "cleared"]
    result = cancel(targets=[{"max_pending": -1}], readable=True)
    assert result["msg"] == "targets[0].max_pending: must be 0 or more"


@pytest.mark.parametrize("quirks", [{}, {"single_quotes": True}, {"start_timestamp_key": "start_Timestamp"}])
@pytest.mark.parametrize("product", ["insight", "fuse"])
def test_bodies_as_servers_send_them(sandbox: Sandbox, quirks: dict[str, Any], product: str) -> None:
    seed(sandbox, quoted_phone_number=True, **quirks)
    result = run_module(
        "plum_call_info",
        product=product,
        email=EMAIL,
        developer_key=KEY,
        base_url=f"{sandbox.url}/{product}",
        call_ids=["c1", "c3", "nobody"],
    )
    assert not result["failed"]
    first, third = result["calls"]
    assert (first["call_id"], first["phase"], third["phase"]) == ("c1", "pending", "ended")
    assert isinstance(first["attempts"], int)
    assert isinstance(first["queued_timestamp"], int)
    assert first["events"][0]["event"] == "queued"
    assert result["missing"] == ["nobody"]


def test_xml_is_read_too(sandbox: Sandbox) -> None:
    seed(sandbox)
    call = "<call_details><status>canceled</status><attempts>1</attempts><events>%s</events></call_details>"
    event = "<item><event>queued</event><timestamp>1767225600</timestamp></item>"
    sandbox.fault(**LOOK, do="status", status=200, body=f"<?xml version='1.0'?><result>{call % event}</result>")
    result = run_module(
        "plum_call_info",
        product="fuse",
        email=EMAIL,
        developer_key=KEY,
        base_url=f"{sandbox.url}/fuse",
        call_ids=["c1"],
    )
    (found,) = result["calls"]
    assert (found["status"], found["phase"], found["attempts"]) == ("canceled", "ended", 1)
    assert found["events"] == [{"event": "queued", "timestamp": 1767225600}]


def test_insight_carries_its_content_type(sandbox: Sandbox) -> None:
    seed(sandbox)
    result = run_module(
        "plum_outbound_cancel",
        product="insight",
        email=EMAIL,
        developer_key=KEY,
        base_url=f"{sandbox.url}/insight",
        survey_id="100",
        instance_id="200",
        call_ids=["c1"],
    )
    assert outcome(result) == "accepted"
    assert {entry["headers"]["content-type"] for entry in sandbox.journal()} == {"application/x-www-form-urlencoded"}
    assert "DELETE /insight/api/surveys/100/200/cancel" in sandbox.sent()


def test_credentials_are_sent_at_once(cancel: Any, sandbox: Sandbox) -> None:
    cancel()
    (entry,) = sandbox.journal()
    assert entry["credentials"]["valid"]
    assert entry["credentials"]["user"] == EMAIL
