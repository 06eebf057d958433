# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole retry table for Genesys: reports must agree with what the sandbox recorded.

After every test, no notification session and no agent session may be open.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import bayeux
from ansible_collections.telephony.outbound.tests.support.broken_writes import broken_writes, fault_name
from ansible_collections.telephony.outbound.tests.support.guard import ends, until
from ansible_collections.telephony.outbound.tests.support.modules import PACKAGE, run_module
from ansible_collections.telephony.outbound.tests.support.results import error, outcome
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

USERNAME, PASSWORD = "dialer", "not-a-secret-genesys-password"
FIRST, SECOND, THIRD = "+15550100101", "+15550100102", "+15550100103"
CANCEL = {"method": "POST", "path": "*/outbound-records"}
NOTIFY = {"method": "POST", "path": "*/notifications"}
AGENT = {"method": "POST", "path": "*/api/v2/me"}
LOGIN = {"method": "GET", "path": "*/api/v2/me"}
DEVICES = {"method": "GET", "path": "*/devices"}
FEATURES = {"method": "GET", "path": "*/features"}
POLLS_BEFORE = 3
"""Requests for notifications before the first held poll: handshake, subscribe, connect."""


def seed(sandbox: Sandbox, *, devices: list[str] | None = None, lists: Any = None, **settings: Any) -> None:
    chain = [{"phone_number": number, "chain": "one-person"} for number in (FIRST, SECOND)]
    sandbox.seed(
        {
            "settings": {"genesys": settings},
            "genesys": {
                "accounts": [
                    {
                        "username": USERNAME,
                        "password": PASSWORD,
                        "devices": ["device-1"] if devices is None else devices,
                    }
                ],
                "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
                "lists": {"May": chain if lists is None else lists},
            },
        }
    )


def module_options(sandbox: Sandbox, **options: Any) -> dict[str, Any]:
    return {
        "base_url": f"{sandbox.url}/genesys",
        "username": USERNAME,
        "password": PASSWORD,
        "application_id": 134,
        "campaign_name": "Reminders",
        "calling_list": "May",
        "phone_number": FIRST,
        "timeout": 2,
        "wait_timeout": 5,
        **options,
    }


@pytest.fixture
def cancel(sandbox: Sandbox) -> Iterator[Any]:
    """Run the cancel of one existing record; afterwards no session may be open, and no thread may be left."""
    seed(sandbox)

    def run(*, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        return run_module("genesys_record_cancel", check=check, diff=diff, **module_options(sandbox, **options))

    yield run
    assert_nothing_open(sandbox)


def assert_nothing_open(sandbox: Sandbox) -> None:
    state = sandbox.state()["genesys"]
    assert state["sessions"] == []
    assert [account["agent_session"] for account in state["accounts"]] == [False] * len(state["accounts"])


def cancels(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [
        json.loads(entry["body"])
        for entry in sandbox.journal(room="genesys")
        if entry["path"].endswith("/outbound-records")
    ]


def posts(sandbox: Sandbox) -> int:
    return sum(entry["method"] == "POST" for entry in sandbox.journal())


def cancelled(sandbox: Sandbox) -> list[str]:
    return [r["phone_number"] for r in sandbox.state()["genesys"]["lists"]["May"] if r["status"] == "cancelled"]


def channels(sandbox: Sandbox) -> list[str]:
    return [
        message["channel"].removeprefix("/meta/")
        for entry in sandbox.journal()
        if entry["path"].endswith("/notifications")
        for message in json.loads(entry["body"])
    ]


# --- without faults --------------------------------------------------------------------------------------------------


def test_cleared_by_the_acknowledgement(cancel: Any, sandbox: Sandbox) -> None:
    result = cancel()
    assert not result["failed"]
    assert result["changed"]
    (entry,) = result["results"]
    assert (entry["outcome"], entry["verified"], entry["attempts"]) == ("cleared", True, 1)
    assert (entry["pending_before"], entry["pending_after"]) == (None, 0)
    assert entry["target"] == {
        "application_id": 134,
        "campaign_name": "Reminders",
        "calling_list": "May",
        "phone_number": FIRST,
        "chain_attribute": "RecordOnly",
    }
    (sent,) = cancels(sandbox)
    assert sent == {
        "operationName": "CancelRecord",
        "applicationId": 134,
        "campaignName": "Reminders",
        "callingList": "May",
        "phoneNumber": FIRST,
        "chainAttribute": "RecordOnly",
        "devicePath": "/devices/device-1",
        "referenceId": entry["reference_id"],
    }
    assert cancelled(sandbox) == [FIRST]
    assert result["summary"]["pending_before"] is None


def test_it_listens_before_it_sends(cancel: Any, sandbox: Sandbox) -> None:
    cancel()
    sent = [line.partition("/api/v2/")[2] for line in sandbox.sent()]
    assert channels(sandbox)[:3] == ["handshake", "subscribe", "connect"]
    assert sent.index("me/outbound-records") > [i for i, path in enumerate(sent) if path == "notifications"][2]
    assert channels(sandbox)[-1] == "disconnect"


def test_the_whole_chain(cancel: Any, sandbox: Sandbox) -> None:
    assert outcome(cancel(chain_attribute="AllChain")) == "cleared"
    assert cancelled(sandbox) == [FIRST, SECOND]


def test_a_second_run_is_acknowledged_again(cancel: Any, sandbox: Sandbox) -> None:
    ids = set()
    for _run in range(2):
        result = cancel()
        assert (outcome(result), result["changed"]) == ("cleared", True)
        ids.add(result["results"][0]["reference_id"])
    assert len(ids) == len(cancels(sandbox)) == 2


@pytest.mark.parametrize("options", [{}, {"start_contact_center_session": True}, {"device_path": "/devices/other"}])
def test_check_mode_only_gets(cancel: Any, sandbox: Sandbox, options: dict[str, Any]) -> None:
    result = cancel(check=True, diff=True, **options)
    (entry,) = result["results"]
    assert (entry["outcome"], entry["changed"], entry["pending_before"]) == ("would_clear", True, None)
    assert "cannot be read" in entry["note"]
    assert "unknown records" in result["diff"]["before"]
    assert {entry["method"] for entry in sandbox.journal()} == {"GET"}
    assert not sandbox.changes()


def test_no_wait_for_the_acknowledgement_without_wait_timeout(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, ack_copies=0)
    result = cancel(wait_timeout=0)
    assert (outcome(result), result["results"][0]["verified"]) == ("accepted", False)


@pytest.mark.parametrize(
    "settings",
    [
        {"ack_delay": 0.4},
        {"ack_delay": 0.7, "poll_timeout": 0.2},
        {"ack_copies": 3},
        {"ack_copies": 3, "noise": False, "events_after_reply": True},
        {"events_after_reply": True},
        {"noise": False},
        {"poll_interval": 0.1, "ack_delay": 0.3},
        {"csrf": True},
        {"csrf": True, "csrf_on_notifications": False},
        {"show_features": False},
        {"errors_as_status": True},
    ],
    ids=str,
)
def test_the_acknowledgement_in_every_order_and_number(cancel: Any, sandbox: Sandbox, settings: dict[str, Any]) -> None:
    seed(sandbox, **settings)
    result = cancel()
    assert (outcome(result), result["results"][0]["verified"]) == ("cleared", True)
    assert len(cancels(sandbox)) == 1


def test_an_acknowledgement_before_the_answer(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="delay", seconds=0.5, when="after")
    assert outcome(cancel()) == "cleared"


def test_the_csrf_token_goes_along_with_everything_after_the_login(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, csrf=True)
    cancel(start_contact_center_session=True)
    login, *others = sandbox.journal()
    assert "x-csrf-token" not in login["headers"]
    assert all("x-csrf-token" in entry["headers"] for entry in others)


def test_many_are_waited_for_together(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, lists=150, ack_delay=1)
    targets = [{"phone_number": f"1555{number:07d}"} for number in range(1, 151)]
    result = cancel(targets=targets, concurrency=8, wait_timeout=60)
    sent = [entry["time"] for entry in sandbox.journal() if entry["path"].endswith("/outbound-records")]
    # More cancels than the concurrency allows at once were sent before the first acknowledgement.
    assert sum(moment < sent[0] + 1 for moment in sent) > 8
    assert result["summary"]["cleared"] == 150
    assert [entry["target"]["phone_number"] for entry in result["results"]] == [t["phone_number"] for t in targets]
    assert len(cancelled(sandbox)) == 150
    assert channels(sandbox).count("handshake") == 1


# --- missing acknowledgements and other events -----------------------------------------------------------------------


def test_silence_is_in_doubt(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, ack_copies=0)
    result = cancel(wait_timeout=0.6)
    assert result["results"][0]["elapsed"] >= 0.6
    assert result["failed"]
    assert result["changed"]
    assert (outcome(result), error(result)["kind"]) == ("in_doubt", "timeout")
    assert "no acknowledgement came within wait_timeout" in error(result)["message"]
    assert len(cancels(sandbox)) == 1


def test_foreign_events_and_noise_change_nothing(cancel: Any, sandbox: Sandbox) -> None:
    foreign: list[Any] = [
        {"notificationType": "RecordCancelAcknowledge", "referenceId": "somebody-else"},
        {"notificationType": "RecordCancelAcknowledge"},
        "RecordCancelAcknowledge",
        None,
    ]
    numbers = [f"+1555010020{number}" for number in range(len(foreign))]
    seed(sandbox, ack_copies=0, lists=numbers)
    for data in foreign:
        sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "publish", "data": data})
    targets = [{"phone_number": number} for number in numbers]
    result = cancel(targets=targets, wait_timeout=0.7)
    assert {entry["outcome"] for entry in result["results"]} == {"in_doubt"}


OTHER = [
    {"notificationType": "RecordCancelInProgress"},
    {"notificationType": "StatusChanged", "record": {"state": "ReadyToCall"}},
    {"notificationType": "RecordRejectAcknowledge"},
    {"notificationType": "Error", "errorMessage": "try later"},
    {"notificationType": "RecordCancelAcknowledge", "record": {"callingList": "June"}},
    {"notificationType": "RecordCancelAcknowledge", "record": {"campaignName": "Others", "callingList": "May"}},
    {"notificationType": "RecordCancelAcknowledge", "record": {"applicationId": 135}},
    {"notificationType": "RecordCancelAcknowledge", "record": {"phoneNumber": "+15550100109"}},
    {"notificationType": "RecordCancelAcknowledge", "errorMessage": "database is down"},
    {"notificationType": "RecordCancelAcknowledge", "record": {"error": {"code": 5, "text": "database is down"}}},
    {"notificationType": "RecordCancelAcknowledge", "success": False},
    {"notificationType": "RecordCancelAcknowledge", "statusCode": 4, "statusMessage": "Oh."},
    {"notificationType": "RecordCancelAcknowledge", "userData": {"GSW_USER_EVENT": "RecordCancel"}},
    {"notificationType": "RecordCancelAcknowledge", "userData": {"GSW_REFERENCE_ID": "another"}},
    {},
]


@pytest.mark.parametrize("data", OTHER, ids=lambda data: json.dumps(data)[:70])
def test_an_acknowledgement_overrides_earlier_events(cancel: Any, sandbox: Sandbox, data: dict[str, Any]) -> None:
    seed(sandbox, ack_delay=0.4)
    event = {**data, "referenceId": "mine"}
    sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "publish", "data": event})
    assert outcome(cancel(reference_id="mine")) == "cleared"


@pytest.mark.parametrize("data", OTHER, ids=lambda data: json.dumps(data)[:70])
def test_another_event_is_no_proof(cancel: Any, sandbox: Sandbox, data: dict[str, Any]) -> None:
    """Only the vendor's error about this very record proves that the cancel failed; anything else leaves it in
    doubt.
    """
    event = {**data, "referenceId": "mine"}
    text = json.dumps(data)
    contradictory = "GSW_REFERENCE_ID" in text
    for wait_timeout in (0.8, 8, 80):
        seed(sandbox, ack_copies=0)
        sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "publish", "data": event})
        result = cancel(reference_id="mine", wait_timeout=wait_timeout)
        told = json.dumps(event, ensure_ascii=False)[:40] in error(result)["message"]
        if told or contradictory:
            break  # otherwise the event came too late, as on a busy machine
    is_error = any(word in text for word in ('"Error"', "errorMessage", '"error"', '"success"', "statusCode"))
    assert outcome(result) == ("failed" if is_error else "in_doubt")
    assert told or contradictory


def test_another_event_with_our_id_is_a_refusal(cancel: Any, sandbox: Sandbox) -> None:
    result = cancel(phone_number="+15550100199", wait_timeout=1)
    assert (outcome(result), error(result)["kind"], error(result)["code"]) == ("failed", "rejected", "Error")
    assert '"errorMessage": "Record not found"' in error(result)["message"]
    assert not result["changed"]


@pytest.mark.parametrize("absent", ["error_event", "status"])
def test_an_error_event_matching_already_gone_patterns(cancel: Any, sandbox: Sandbox, absent: str) -> None:
    seed(sandbox, absent_record=absent)
    result = cancel(phone_number="+15550100199", already_gone_patterns=["record lost", "(?i)record NOT found"])
    (entry,) = result["results"]
    assert (entry["outcome"], entry["changed"], entry["verified"], entry["error"]) == (
        "already_clear",
        False,
        True,
        None,
    )
    assert not result["failed"]


def test_our_own_text_does_not_match_already_gone_patterns(cancel: Any, sandbox: Sandbox) -> None:
    """The meaning that we add to a code must not match the site's pattern for gone records."""
    result = cancel(campaign_name="Other", already_gone_patterns=["resource not found"])
    assert (outcome(result), error(result)["kind"]) == ("failed", "not_found")


STATUS_CODES = {3: "denied", 5: "denied", 6: "not_found", 20: "auth", 4: "unavailable", 9: "unavailable"}


@pytest.mark.parametrize("code", range(1, 22))
def test_every_status_code_is_a_refusal(cancel: Any, sandbox: Sandbox, code: int) -> None:
    body = {"statusCode": code, "statusMessage": "Because."}
    sandbox.fault(**CANCEL, do="status", status=200, body=body)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("failed", STATUS_CODES.get(code, "rejected"))
    assert (error(result)["status"], error(result)["code"]) == (200, code)
    assert error(result)["message"].startswith(f"Because. (statusCode {code}: ")
    assert len(cancels(sandbox)) == 1
    assert not cancelled(sandbox)


# --- faults of the write ---------------------------------------------------------------------------------------------

BROKEN = [
    *broken_writes(status=200),
    {"do": "status", "status": 500, "body": {"statusCode": 4, "statusMessage": "Oh."}},
    {"do": "html", "status": 200},
    {"do": "bad_json", "status": 200},
    {"do": "huge", "bytes": 9 * 1024 * 1024, "status": 200},
    {"do": "gzip_bomb", "bytes": 64 * 1024 * 1024, "status": 200},
    {"do": "status", "status": 200},
    {"do": "status", "status": 200, "body": {"statusCode": False}},
    {"do": "status", "status": 200, "body": []},
    {"do": "redirect"},
    {"do": "redirect", "status": 307},
]


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_in_doubt_is_confirmed_only_by_its_acknowledgement(
    cancel: Any, sandbox: Sandbox, fault: dict[str, Any], when: str
) -> None:
    sandbox.fault(**CANCEL, when=when, **fault)
    result = cancel(timeout=1.5, wait_timeout=1.2)
    assert outcome(result) == ("cleared" if when == "after" else "in_doubt")
    assert len(cancels(sandbox)) == result["results"][0]["attempts"] == 1
    assert bool(cancelled(sandbox)) == (when == "after")
    assert not sandbox.journal(room="trap")
    if when == "before":
        assert error(result)["kind"] in ("connect", "timeout", "unavailable", "protocol", "redirect")


def test_an_event_settles_a_write_in_doubt_too(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="reset", when="after")
    result = cancel(phone_number="+15550100199", wait_timeout=1)
    assert (outcome(result), error(result)["code"]) == ("failed", "Error")


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (429, {"Retry-After": "0"})])
def test_a_throttled_request_is_sent_again(cancel: Any, sandbox: Sandbox, status: int, headers: dict[str, str]) -> None:
    sandbox.fault(**CANCEL, do="status", status=status, headers=headers, times=2)
    result = cancel()
    assert outcome(result) == "cleared"
    assert len(cancels(sandbox)) == result["results"][0]["attempts"] == 3


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "rejected"), (401, "auth"), (403, "denied"), (404, "not_found"), (415, "rejected")]
)
@pytest.mark.parametrize("body", [None, {"statusMessage": "Because."}])
def test_a_refusal_is_final(cancel: Any, sandbox: Sandbox, status: int, kind: str, body: Any) -> None:
    sandbox.fault(**CANCEL, do="status", status=status, body=body)
    result = cancel()
    assert (outcome(result), error(result)["kind"], error(result)["status"]) == ("failed", kind, status)
    assert error(result)["message"] == ("Because." if body else f"HTTP status {status}")
    assert len(cancels(sandbox)) == 1


def test_an_acknowledgement_overrides_a_503_of_a_gateway(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="status", status=503, headers={"Retry-After": "1"}, when="after", times=None)
    targets = [{"phone_number": number} for number in (FIRST, SECOND)]
    result = cancel(targets=targets)
    assert [(entry["outcome"], entry["attempts"]) for entry in result["results"]] == [("cleared", 1)] * 2
    assert len(cancels(sandbox)) == 2


@pytest.mark.parametrize("times", [1, 2])
def test_polls_are_asked_again_after_408(cancel: Any, sandbox: Sandbox, times: int) -> None:
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="before", do="status", status=408, times=times)
    assert outcome(cancel(wait_timeout=20)) == "cleared"
    assert len(cancels(sandbox)) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 451])
def test_an_acknowledgement_counts_whatever_the_answer_was(cancel: Any, sandbox: Sandbox, status: int) -> None:
    """A gateway may refuse what the vendor has already done."""
    sandbox.fault(**CANCEL, do="status", status=status, when="after", body="<h1>no</h1>")
    result = cancel(retries=0)
    assert (outcome(result), result["results"][0]["verified"]) == ("cleared", True)
    assert len(cancels(sandbox)) == 1


def test_other_targets_go_on_after_a_failure(cancel: Any, sandbox: Sandbox) -> None:
    targets = [{"phone_number": number} for number in (FIRST, SECOND, THIRD)]
    seed(sandbox, lists=[FIRST, SECOND, THIRD])
    sandbox.fault(**CANCEL, do="status", status=400, skip=1)
    result = cancel(targets=targets, concurrency=1)
    assert [entry["outcome"] for entry in result["results"]] == ["cleared", "failed", "cleared"]
    sandbox.fault(**CANCEL, do="status", status=400, skip=1)
    result = cancel(targets=targets, concurrency=1, on_error="stop")
    assert [entry["outcome"] for entry in result["results"]] == ["cleared", "failed", "not_sent"]


# --- faults before the write -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("errors_as_status", [False, True])
def test_a_wrong_password(cancel: Any, sandbox: Sandbox, errors_as_status: bool) -> None:
    seed(sandbox, errors_as_status=errors_as_status)
    result = cancel(password="another-password", targets=[{"phone_number": FIRST}, {"phone_number": SECOND}])
    assert [entry["outcome"] for entry in result["results"]] == ["failed", "not_sent"]
    assert {entry["error"]["kind"] for entry in result["results"]} == {"auth"}
    assert "not authenticated" in error(result)["message"]
    assert len(sandbox.journal()) == 1


def test_a_server_without_the_endpoint_for_notifications(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, cometd=False)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("failed", "not_found")
    assert error(result)["message"] == "CometD handshake at /api/v2/notifications: HTTP status 404: Not Found"
    assert not cancels(sandbox)


@pytest.mark.parametrize("fault", [{"do": "html"}, {"do": "status", "status": 200, "body": {"user": {}}}], ids=str)
def test_a_server_without_the_api(cancel: Any, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(**LOGIN, **fault)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
    assert posts(sandbox) == 0


@pytest.mark.parametrize(("step", "name"), [(0, "handshake"), (1, "subscribe"), (2, "connect")])
@pytest.mark.parametrize(
    ("text", "kind"), [("403::denied", "denied"), ("401::who", "auth"), ("500::no", "rejected"), (None, "rejected")]
)
def test_a_refused_beginning(cancel: Any, sandbox: Sandbox, step: int, name: str, text: str | None, kind: str) -> None:
    body = [{"channel": f"/meta/{name}", "successful": False, **({"error": text} if text else {})}]
    sandbox.fault(**NOTIFY, skip=step, do="status", status=200, body=body)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert error(result)["message"].startswith(f"CometD refused {name}: ")
    assert not cancels(sandbox)


@pytest.mark.parametrize(
    "body", [[], {}, ["?"], [{"channel": 1}], [{"channel": "/meta/handshake", "successful": True}]]
)
def test_a_handshake_nobody_documents(cancel: Any, sandbox: Sandbox, body: Any) -> None:
    sandbox.fault(**NOTIFY, do="status", status=200, body=body)
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
    assert not cancels(sandbox)


@pytest.mark.parametrize("where", [LOGIN, DEVICES, FEATURES, NOTIFY], ids=lambda where: where["path"])
@pytest.mark.parametrize("fault", [{"do": "reset"}, {"do": "hang"}, {"do": "status", "status": 502}, {"do": "cut"}])
def test_a_failed_read_is_sent_again(cancel: Any, sandbox: Sandbox, where: Any, fault: dict[str, Any]) -> None:
    sandbox.fault(**where, when="before", **fault)
    assert outcome(cancel(timeout=1.5)) == "cleared"


def test_devices(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, devices=["a", "b/c"])
    for check in (False, True):
        result = cancel(check=check)
        assert result["failed"]
        assert result["msg"] == (
            "device_path: is required, since the account has several devices: /devices/a, /devices/b%2Fc"
        )
    assert outcome(cancel(device_path="/devices/a")) == "cleared"
    seed(sandbox, devices=[])
    assert cancel()["msg"] == "device_path: is required, since the account has no device of its own"
    assert posts(sandbox) == 0


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"statusCode": 0, "uris": ["http://gws.example.com/api/v2/devices/device-1"]}, True),
        ({"statusCode": 0, "devices": [{"id": "device-1"}, {"id": 7}, "?"]}, True),
        ({"statusCode": 0}, False),
    ],
)
def test_devices_as_servers_list_them(cancel: Any, sandbox: Sandbox, body: Any, found: bool) -> None:
    sandbox.fault(**DEVICES, do="status", status=200, body=body)
    result = cancel()
    assert outcome(result) == ("cleared" if found else "failed")
    assert found or error(result)["kind"] == "protocol"


def test_a_feature_that_is_missing(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**FEATURES, do="status", status=200, body={"statusCode": 0, "uris": ["/api/v2/features/api-voice"]})
    result = cancel()
    assert (outcome(result), error(result)["kind"]) == ("failed", "denied")
    assert "api-voice-outbound" in error(result)["message"]
    assert posts(sandbox) == 0


def test_features_that_are_not_told_are_no_obstacle(cancel: Any, sandbox: Sandbox) -> None:
    for body in ({"statusCode": 0}, "?", {"statusCode": 0, "uris": 5}):
        sandbox.fault(**FEATURES, do="status", status=200, body=body)
        assert outcome(cancel()) == "cleared"
    sandbox.fault(**FEATURES, do="status", status=401)
    assert (outcome(result := cancel()), error(result)["kind"]) == ("failed", "auth")


def test_a_vendor_out_of_reach(cancel: Any) -> None:
    result = cancel(
        base_url="http://127.0.0.1:9", retries=1, targets=[{"phone_number": FIRST}, {"phone_number": SECOND}]
    )
    assert [entry["outcome"] for entry in result["results"]] == ["failed", "not_sent"]
    assert error(result)["kind"] == "connect"


# --- faults of the notifications -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "reset"},
        {"do": "close"},
        {"do": "status", "status": 502},
        {"do": "html"},
        {"do": "bad_json"},
        {"do": "status", "status": 403},
        {"do": "status", "status": 200, "body": [{"channel": "/meta/connect", "successful": False}]},
    ],
    ids=str,
)
def test_a_lost_poll_is_followed_by_the_next(cancel: Any, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    seed(sandbox, ack_delay=1.5)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="before", **fault)
    assert outcome(cancel(wait_timeout=15)) == "cleared"
    assert channels(sandbox).count("handshake") == 1


def test_a_lost_session_is_reopened(cancel: Any, sandbox: Sandbox) -> None:
    """An acknowledgement sent while no session is open is in doubt; later ones are received."""
    seed(sandbox, ack_delay=3, csrf=True)
    sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "expire_sessions"})
    result = cancel(wait_timeout=10)
    assert outcome(result) == "cleared"
    assert channels(sandbox).count("handshake") == channels(sandbox).count("subscribe") == 2

    seed(sandbox, ack_copies=0)
    sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "expire_sessions"})
    result = cancel(targets=[{"phone_number": FIRST}, {"phone_number": SECOND}], wait_timeout=1)
    assert [entry["outcome"] for entry in result["results"]] == ["in_doubt", "in_doubt"]
    assert "events may be lost" in error(result)["message"]


def test_a_lost_login_is_renewed_with_the_session(cancel: Any, sandbox: Sandbox) -> None:
    """The server has lost everything, including the CSRF token."""
    seed(sandbox, ack_delay=3, csrf=True, poll_timeout=0.3)
    sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "forget_logins"})
    result = cancel(wait_timeout=10)
    assert outcome(result) == "cleared"
    assert channels(sandbox).count("handshake") == 2


def test_a_session_that_is_lost_again_and_again_is_given_up(
    cancel: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bayeux, "backoff", lambda _tries, _random: 0.05)
    seed(sandbox, ack_copies=0)
    for cycle in range(8):
        # Each fault counts the requests that earlier faults let through: the three that open a session.
        act = {"room": "genesys", "do": "expire_sessions"}
        sandbox.fault(**NOTIFY, skip=3 + 3 * cycle, do="act", when="before", act=act)
    with ends():
        result = cancel(wait_timeout=600)
    assert result["results"][0]["outcome"] in ("in_doubt", "failed")
    assert "402::session_unknown" in error(result)["message"]
    assert channels(sandbox).count("handshake") == bayeux.MOST_LOST + 1


@pytest.mark.parametrize(
    "advice", [{"reconnect": "none"}, {"interval": -1}, {"reconnect": "none", "timeout": "?", "interval": True}]
)
@pytest.mark.parametrize("successful", [True, False])
def test_an_advice_to_stop_is_followed(cancel: Any, sandbox: Sandbox, advice: dict[str, Any], successful: bool) -> None:
    seed(sandbox, ack_copies=0, poll_timeout=1)
    body = [{"channel": "/meta/connect", "successful": successful, "advice": advice}]
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="after", do="status", status=200, body=body)
    targets = [{"phone_number": FIRST}, {"phone_number": SECOND}]
    # The first cancel is sent during the poll that brings the advice, and is answered long after that.
    sandbox.fault(**CANCEL, do="delay", seconds=3)
    with ends():
        result = cancel(targets=targets, concurrency=1, timeout=20, wait_timeout=600)
    assert [entry["outcome"] for entry in result["results"]] == ["in_doubt", "failed"]
    assert "advised to stop" in error(result)["message"]
    assert "nothing was sent" in result["results"][1]["error"]["message"]
    assert len(cancels(sandbox)) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 408, 429, 500, 502, 503])
def test_polling_recovers_from_a_run_of_refused_polls(
    cancel: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(bayeux, "backoff", lambda _tries, _random: 0.05)
    seed(sandbox, ack_delay=0.8, poll_timeout=0.2, csrf=True)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="before", do="status", status=status, times=6)
    assert outcome(cancel(wait_timeout=20)) == "cleared"
    assert channels(sandbox).count("handshake") == 1


def test_polls_that_fail_for_too_long_end_the_waiting(
    cancel: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as long as target_timeout and wait_timeout together; the remaining targets are reported at once."""
    monkeypatch.setattr(bayeux, "backoff", lambda _tries, _random: 0.05)
    seed(sandbox, poll_timeout=0.2)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="before", do="status", status=404, times=None)
    sandbox.fault(**CANCEL, do="delay", seconds=0.5)
    targets = [{"phone_number": FIRST}, {"phone_number": SECOND}]
    result = cancel(targets=targets, concurrency=1, target_timeout=2, wait_timeout=1)
    first, second = result["results"]
    assert first["outcome"] == ("in_doubt" if first["attempts"] else "failed")
    assert second["outcome"] == "failed"
    assert "nothing was sent" in second["error"]["message"]
    assert len(cancels(sandbox)) == first["attempts"]
    seed(sandbox)  # the fault also affected the disconnect


def test_credentials_that_are_refused_end_the_polling(cancel: Any, sandbox: Sandbox) -> None:
    """Repeated attempts could lock the account."""
    seed(sandbox, ack_copies=0, poll_timeout=0.4)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="before", do="status", status=401, times=2)
    result = cancel(wait_timeout=60)
    (entry,) = result["results"]
    # On a slow machine, polling ends before the cancel is sent.
    assert (entry["outcome"], error(result)["kind"]) == ("in_doubt" if entry["attempts"] else "failed", "auth")
    assert channels(sandbox)[POLLS_BEFORE:] == ["connect", "connect", "disconnect"]


def test_a_redirected_poll_ends_the_waiting(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, ack_copies=0, poll_timeout=2)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="after", do="redirect")
    assert (outcome(result := cancel(wait_timeout=60)), error(result)["kind"]) == ("in_doubt", "redirect")
    assert not sandbox.journal(room="trap")


# --- state of a session on the server --------------------------------------------------------------------------------

CSRF = {"csrf": True, "poll_timeout": 1.0}


@pytest.mark.parametrize("retries", [0, 3])
@pytest.mark.parametrize("do", ["renew_tokens", "forget_logins"])
def test_a_token_that_is_no_longer_good_is_renewed(cancel: Any, sandbox: Sandbox, do: str, retries: int) -> None:
    """One new login, and one retry of whatever was refused; an acknowledgement finds an active subscription."""
    seed(sandbox, **CSRF)
    sandbox.fault(**CANCEL, do="act", when="before", act={"room": "genesys", "do": do})
    result = cancel(retries=retries)
    assert outcome(result) == "cleared"
    assert sum(entry["status"] == 403 for entry in sandbox.journal() if entry["path"].endswith("records")) == 1
    assert result["results"][0]["attempts"] == 2


def test_many_targets_renew_a_token_once(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, **CSRF, lists=40)
    sandbox.fault(**CANCEL, do="act", skip=10, act={"room": "genesys", "do": "renew_tokens"})
    targets = [{"phone_number": f"1555{number:07d}"} for number in range(1, 41)]
    result = cancel(targets=targets, concurrency=8, wait_timeout=20)
    assert result["summary"]["cleared"] == 40
    logins = [entry for entry in sandbox.journal() if entry["method"] == "GET" and entry["path"].endswith("/me")]
    assert len(logins) == 2


@pytest.mark.parametrize("status", [403, 200])
def test_any_refusal_of_a_token_is_worth_one_more_try(cancel: Any, sandbox: Sandbox, status: int) -> None:
    """Only one retry: what is refused again stays refused."""
    body = {"statusCode": 20 if status == 200 else 3, "statusMessage": "No."}
    for times in (1, 2):
        seed(sandbox, **CSRF)
        sandbox.fault(**CANCEL, do="status", status=status, body=body, times=times)
        result = cancel()
        assert outcome(result) == ("cleared" if times == 1 else "failed")
        assert len(cancels(sandbox)) == 2


def test_a_403_without_a_csrf_token_is_a_refusal(cancel: Any, sandbox: Sandbox) -> None:
    for body in ({"statusCode": 3, "statusMessage": "No."}, "<html>no</html>"):
        seed(sandbox)
        sandbox.fault(**CANCEL, do="status", status=403, body=body)
        assert (outcome(result := cancel()), error(result)["kind"]) == ("failed", "denied")
        assert len(cancels(sandbox)) == 1


def test_a_refusal_that_speaks_of_a_token_is_believed(cancel: Any, sandbox: Sandbox) -> None:
    """The site may have started to require a token during the task."""
    sandbox.fault(**CANCEL, do="status", status=403, body={"statusMessage": "Missing or invalid Csrf token"})
    assert outcome(cancel()) == "cleared"
    assert len(cancels(sandbox)) == 2


def test_a_token_is_put_on_at_each_try(cancel: Any, sandbox: Sandbox) -> None:
    """During the pause before a retry, the polls have created a new session with a new token."""
    seed(sandbox, **CSRF)
    sandbox.fault(**CANCEL, do="act", when="before", act={"room": "genesys", "do": "forget_logins"})
    sandbox.fault(**CANCEL, do="status", status=429, headers={"Retry-After": "2"})
    result = cancel(wait_timeout=10)
    assert outcome(result) == "cleared"


@pytest.mark.parametrize("skip", [0, 1])
def test_the_agents_session_gets_a_new_token_too(cancel: Any, sandbox: Sandbox, skip: int) -> None:
    seed(sandbox, **CSRF)
    sandbox.fault(**AGENT, skip=skip, do="act", when="before", act={"room": "genesys", "do": "renew_tokens"})
    result = cancel(start_contact_center_session=True)
    assert outcome(result) == "cleared"
    assert "warnings" not in result
    assert agent_sessions(sandbox) == [True, False]


@pytest.mark.parametrize("values", ["foreign_first", "foreign_last"])
def test_of_two_tokens_the_one_that_works_is_used(cancel: Any, sandbox: Sandbox, values: str) -> None:
    seed(sandbox, **CSRF, csrf_values=values, lists=6)
    targets = [{"phone_number": f"1555{number:07d}"} for number in range(1, 7)]
    result = cancel(targets=targets)
    assert result["summary"]["cleared"] == 6
    refused = [entry for entry in sandbox.journal() if entry["status"] == 403]
    assert len(refused) == (1 if values == "foreign_first" else 0)


@pytest.mark.parametrize("skipped", [0, POLLS_BEFORE])
def test_a_cancel_waits_for_polls_that_go_well(cancel: Any, sandbox: Sandbox, skipped: int) -> None:
    """Nothing is sent while polls fail, although cancels could be sent; afterwards everything is."""
    seed(sandbox, lists=30, poll_timeout=0.3)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE + skipped, do="status", status=502, when="before", times=3)
    targets = [{"phone_number": f"1555{number:07d}"} for number in range(1, 31)]
    result = cancel(targets=targets, concurrency=1, wait_timeout=20)
    assert result["summary"]["cleared"] == 30
    failures, sent = 0, 0
    for entry in sandbox.journal(room="genesys"):
        if entry["path"].endswith("/notifications"):
            failures = failures + 1 if entry["status"] == 502 else 0
        # The module sends the second poll only after it has read the first failure.
        sent += failures > 1 and entry["path"].endswith("/outbound-records")
    assert sent <= 1  # one may have been in flight


def test_nothing_is_sent_while_polls_keep_failing(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, poll_timeout=0.2)
    sandbox.fault(**CANCEL, do="delay", seconds=0.6)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, do="status", status=502, when="before", times=None)
    targets = [{"phone_number": FIRST}, {"phone_number": SECOND}]
    result = cancel(targets=targets, concurrency=1, target_timeout=1.5, wait_timeout=4)
    first, second = result["results"]
    # The first poll may fail before the first cancel is sent.
    assert first["outcome"] == ("in_doubt" if first["attempts"] else "failed")
    assert (second["outcome"], second["attempts"]) == ("failed", 0)
    assert "nothing was sent" in second["error"]["message"]
    assert len(cancels(sandbox)) == first["attempts"]
    seed(sandbox)  # the fault also affected the disconnect


def test_a_broken_cancel_verifies_the_subscription(cancel: Any, sandbox: Sandbox) -> None:
    """A held poll does not prove that; subscribing again does, and much sooner."""
    seed(sandbox, poll_timeout=30.0)
    sandbox.fault(**CANCEL, do="status", status=502, when="before")
    targets = [{"phone_number": FIRST}, {"phone_number": SECOND}]
    result = cancel(targets=targets, concurrency=1, target_timeout=6, wait_timeout=1)
    assert [entry["outcome"] for entry in result["results"]] == ["in_doubt", "cleared"]
    assert cancelled(sandbox) == [SECOND]
    assert channels(sandbox).count("subscribe") >= 2


@pytest.mark.parametrize("openings", [0, 1, 2])
def test_an_advice_to_shake_hands_is_followed_in_the_opening(cancel: Any, sandbox: Sandbox, openings: int) -> None:
    seed(sandbox, lost_openings=openings)
    assert outcome(cancel()) == "cleared"
    assert channels(sandbox).count("handshake") == openings + 1


def test_an_opening_that_is_lost_again_and_again_is_explained(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, lost_openings=9)
    result = cancel(targets=[{"phone_number": FIRST}, {"phone_number": SECOND}])
    assert [entry["outcome"] for entry in result["results"]] == ["failed", "not_sent"]
    assert "402::session_unknown" in error(result)["message"]
    assert "cookies" in error(result)["message"]
    assert "several servers" in error(result)["message"]
    assert channels(sandbox).count("handshake") == 3
    assert not cancels(sandbox)


# --- lost answers to polls -------------------------------------------------------------------------------------------

LOST_ANSWERS = [
    {"do": "cut"},
    {"do": "reset"},
    {"do": "close"},
    {"do": "status", "status": 504},
    {"do": "bad_json"},
    {"do": "html"},
]


@pytest.mark.parametrize("fault", LOST_ANSWERS, ids=lambda fault: "-".join(map(str, fault.values())))
@pytest.mark.parametrize("extension", [False, True])
def test_a_lost_answer_is_told_or_comes_again(
    cancel: Any, sandbox: Sandbox, fault: dict[str, Any], extension: bool
) -> None:
    seed(sandbox, ack_extension=extension, ack_delay=0.3, other_megabytes=1, events_after_reply=True)
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="after", **fault)
    result = cancel(wait_timeout=4)
    assert outcome(result) == ("cleared" if extension else "in_doubt")
    if not extension:
        assert "may have been in an answer that was lost: 1 poll" in error(result)["message"]


def test_no_lost_answer_is_told_where_none_was(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, ack_copies=0, poll_timeout=0.2)
    assert "lost" not in error(cancel(wait_timeout=1))["message"]


@pytest.mark.parametrize("extension", [False, True])
def test_many_other_events_do_not_lose_an_acknowledgement(cancel: Any, sandbox: Sandbox, extension: bool) -> None:
    """12 MB, which exceeds the limit of an answer in memory."""
    seed(sandbox, ack_extension=extension, other_megabytes=12, poll_interval=0.3)
    assert outcome(cancel(timeout=20)) == "cleared"


def test_an_acknowledgement_before_the_cut_is_heard(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, ack_delay=0.3, noise=False)
    data = {"notificationType": "RecordCancelAcknowledge", "referenceId": "mine"}
    event = json.dumps({"channel": "/v2/me/outbound", "data": data})
    sandbox.fault(**NOTIFY, skip=POLLS_BEFORE, when="after", do="status", status=200, body=f"[{event}, {{")
    assert outcome(cancel(reference_id="mine")) == "cleared"


# --- shapes of acknowledgements --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"ack_shape": "raw"}, "cleared"),
        ({"ack_names": "nothing"}, "cleared"),
        ({"ack_names": "another"}, "in_doubt"),
        ({"ack_error": "database is down"}, "failed"),
        ({"event_before": "StatusChanged"}, "cleared"),
        ({"event_before": "RecordCancelInProgress", "ack_delay": 0.3}, "cleared"),
        ({"event_before": "RecordCancelError"}, "cleared"),
        ({"event_before": "RecordCancelAcknowledge", "ack_error": "database is down"}, "cleared"),
    ],
    ids=str,
)
def test_what_an_acknowledgement_says(cancel: Any, sandbox: Sandbox, settings: dict[str, Any], word: str) -> None:
    seed(sandbox, **settings)
    assert outcome(cancel(wait_timeout={"cleared": 60, "failed": 4, "in_doubt": 1}[word])) == word


def raw(**names: Any) -> dict[str, Any]:
    told = {"GSW_USER_EVENT": "RecordCancelAcknowledge", "GSW_REFERENCE_ID": "mine", **names}
    return {"messageType": "EventUserEvent", "userData": told}


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (raw(), "cleared"),
        (raw(GSW_PHONE="15550100101"), "cleared"),
        (raw(GSW_PHONE="+15550100102"), "in_doubt"),
        (raw(GSW_CALLING_LIST="June"), "in_doubt"),
        (raw(GSW_APPLICATION_ID="134"), "cleared"),
        (raw(GSW_APPLICATION_ID="1340"), "in_doubt"),
        (raw(GSW_USER_EVENT="RecordCancel"), "in_doubt"),
        (raw(GSW_ERROR=12), "failed"),
        (raw(GSW_ERROR="0"), "cleared"),
        ({**raw(), "referenceId": "somebody-else"}, "in_doubt"),
        ({**raw(), "notificationType": "StatusChanged"}, "in_doubt"),
    ],
    ids=str,
)
def test_the_raw_shape_is_held_to_the_same(cancel: Any, sandbox: Sandbox, data: dict[str, Any], word: str) -> None:
    seed(sandbox, ack_copies=0)
    act = {"room": "genesys", "do": "publish", "channel": "/workspace/v3/voice", "data": data}
    sandbox.fault(**CANCEL, do="act", act=act)
    assert outcome(cancel(reference_id="mine", wait_timeout=1)) == word


def test_an_acknowledgement_of_a_chain_may_name_any_number_of_the_person(cancel: Any, sandbox: Sandbox) -> None:
    for chain, word in (("AllChain", "cleared"), ("RecordOnly", "in_doubt")):
        seed(sandbox, ack_copies=0)
        data = {"notificationType": "RecordCancelAcknowledge", "referenceId": "mine"}
        data |= {"record": {"phoneNumber": SECOND}}
        sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "publish", "data": data})
        assert outcome(cancel(reference_id="mine", chain_attribute=chain, wait_timeout=1)) == word


# --- already_gone_patterns -------------------------------------------------------------------------------------------

# The list of these tests is called May, a word that the vendor repeats.
SITES_WORDS = {"already_gone_patterns": [r"(?i)\bmay\b|not found"]}


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({"errorMessage": "database is down", "record": {"callingList": "May"}}, "failed"),
        ({"errorMessage": "List May: database is down"}, "failed"),
        ({"errorMessage": "database is down", "comment": "not found"}, "failed"),
        ({"errorMessage": "Record not found in May"}, "already_clear"),
        ({"error": {"list": "May", "text": "Record not found"}}, "already_clear"),
        ({"statusCode": 6, "statusMessage": "Not found"}, "already_clear"),
        ({"statusCode": 5, "statusMessage": "Permission not found"}, "failed"),
        ({"statusCode": 20, "statusMessage": "User not found"}, "failed"),
        ({"notificationType": "StatusChanged", "message": "not found"}, "in_doubt"),
        ({"errorMessage": "not found", "record": {"callingList": "Another list"}}, "in_doubt"),
    ],
    ids=str,
)
def test_already_gone_patterns_match_only_the_error_of_an_event(
    cancel: Any, sandbox: Sandbox, event: dict[str, Any], word: str
) -> None:
    seed(sandbox, ack_copies=0)
    data = {"notificationType": "Other", "referenceId": "mine", **event}
    sandbox.fault(**CANCEL, do="act", act={"room": "genesys", "do": "publish", "data": data})
    assert outcome(cancel(reference_id="mine", wait_timeout=1, **SITES_WORDS)) == word


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (200, {"statusCode": 6, "statusMessage": "Record not found"}, "already_clear"),
        (404, {"statusCode": 6, "statusMessage": "Record not found"}, "already_clear"),
        (200, {"statusCode": 6, "statusMessage": "No such list: May"}, "failed"),
        (200, {"statusCode": 5, "statusMessage": "Role not found"}, "failed"),
        (200, {"statusCode": 3, "statusMessage": "not found"}, "failed"),
        (403, {"statusCode": 6, "statusMessage": "not found"}, "failed"),
        (401, {"statusCode": 20, "statusMessage": "User not found"}, "failed"),
        (200, {"statusCode": 6, "statusMessage": ""}, "failed"),
        (200, {"statusCode": 6}, "failed"),
    ],
)
def test_already_gone_patterns_match_only_the_text_of_an_answer(
    cancel: Any, sandbox: Sandbox, status: int, body: dict[str, Any], word: str
) -> None:
    sandbox.fault(**CANCEL, do="status", status=status, body=body)
    assert outcome(cancel(**SITES_WORDS)) == word


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\n  "])
def test_a_mark_or_space_before_an_answer_is_no_fault(cancel: Any, sandbox: Sandbox, mark: bytes) -> None:
    body = (mark + json.dumps({"statusCode": 0}).encode()).decode()
    for place in (LOGIN, CANCEL):
        sandbox.fault(**place, do="status", status=200, body=body, when="after")
    assert outcome(cancel()) == "cleared"


# --- the agent's session ---------------------------------------------------------------------------------------------


def agent_sessions(sandbox: Sandbox) -> list[bool]:
    return [change["open"] for change in sandbox.changes() if change["do"] == "agent_session"]


def test_an_agent_session_around_it(cancel: Any, sandbox: Sandbox) -> None:
    seed(sandbox, needs_agent_session=True)
    assert (outcome(result := cancel()), error(result)["code"]) == ("failed", 2)
    assert outcome(cancel(start_contact_center_session=True)) == "cleared"
    assert agent_sessions(sandbox) == [True, False]


def test_an_agent_session_ends_after_a_failure_too(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**CANCEL, do="status", status=400)
    assert outcome(cancel(start_contact_center_session=True)) == "failed"
    assert agent_sessions(sandbox) == [True, False]


def test_an_agent_session_that_does_not_begin(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**AGENT, do="status", status=200, body={"statusCode": 2, "statusMessage": "Logged in elsewhere."})
    result = cancel(start_contact_center_session=True)
    assert outcome(result) == "failed"
    assert error(result)["message"].startswith("the contact center session could not be started: Logged in elsewhere.")
    assert agent_sessions(sandbox) == []
    assert not cancels(sandbox)


@pytest.mark.parametrize(
    "fault", [{"do": "reset"}, {"do": "status", "status": 200, "body": {"statusCode": 7}}], ids=str
)
def test_an_agent_session_that_may_have_begun_is_ended(cancel: Any, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(**AGENT, when="after", **fault)
    assert outcome(cancel(start_contact_center_session=True)) == "failed"
    assert agent_sessions(sandbox) == [True, False]


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_end_of_an_agent_session_is_tried_twice(cancel: Any, sandbox: Sandbox, when: str) -> None:
    sandbox.fault(**AGENT, skip=1, do="reset", when=when)
    result = cancel(start_contact_center_session=True)
    assert outcome(result) == "cleared"
    assert not agent_sessions(sandbox)[-1]
    assert "warnings" not in result


def test_an_agent_session_that_stays_open_is_told(cancel: Any, sandbox: Sandbox) -> None:
    sandbox.fault(**AGENT, skip=1, do="status", status=200, body={"statusCode": 4}, times=1)
    result = cancel(start_contact_center_session=True)
    assert outcome(result) == "cleared"
    assert any("may still be open" in str(warning) for warning in result["warnings"])
    seed(sandbox)


def test_everything_from_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(sandbox)
    given = {"GENESYS_URL": f"{sandbox.url}/genesys", "GENESYS_USERNAME": USERNAME, "GENESYS_PASSWORD": PASSWORD}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    options = module_options(sandbox, base_url=None, username=None, password=None)
    assert outcome(run_module("genesys_record_cancel", **options)) == "cleared"
    assert PASSWORD not in json.dumps(run_module("genesys_record_cancel", **options))


# --- interrupts, secrets, the journal --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_settles_and_closes(sandbox: Sandbox, tmp_path: Path, number: signal.Signals) -> None:
    seed(sandbox, ack_copies=0, lists=40)
    targets = [{"phone_number": f"1555{index:07d}"} for index in range(1, 41)]
    options = module_options(sandbox, targets=targets, wait_timeout=60, start_contact_center_session=True)
    arguments = tmp_path / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "concurrency": 2}}))
    sandbox.fault(**CANCEL, do="delay", seconds=0.1, times=None)
    command = [sys.executable, "-m", f"{PACKAGE}.genesys_record_cancel", str(arguments)]
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, stdout=subprocess.PIPE, text=True
    )
    until(lambda: len(cancels(sandbox)) >= 6)
    process.send_signal(number)
    output, _nothing = process.communicate(timeout=60)
    result = json.loads(output)
    sent = len(cancels(sandbox))
    assert 6 <= sent < 40
    assert Counter(entry["outcome"] for entry in result["results"]) == {"in_doubt": sent, "not_sent": 40 - sent}
    messages = [entry["error"]["message"] for entry in result["results"] if entry["outcome"] == "in_doubt"]
    assert all("before the task was interrupted" in message for message in messages)
    assert_nothing_open(sandbox)


def test_no_thread_is_left(cancel: Any, sandbox: Sandbox) -> None:
    before = threading.active_count()
    cancel()
    until(lambda: threading.active_count() <= before)  # workers end just after the result


@pytest.mark.parametrize("settings", [{}, {"csrf": True}])
def test_no_secret_leaks(cancel: Any, sandbox: Sandbox, tmp_path: Path, settings: Any) -> None:
    seed(sandbox, **settings)
    echo = {"statusCode": 10, "statusMessage": f"{PASSWORD} {b64encode(f'{USERNAME}:{PASSWORD}'.encode()).decode()}"}
    sandbox.fault(**CANCEL, do="status", status=200, body=echo)
    journal = tmp_path / "journal"
    result = cancel(diff=True, journal=str(journal), targets=[{"phone_number": FIRST}, {"phone_number": SECOND}])
    text = json.dumps(result) + journal.read_text()
    assert PASSWORD not in text
    assert b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode() not in text
    assert len(journal.read_text().splitlines()) == 4
