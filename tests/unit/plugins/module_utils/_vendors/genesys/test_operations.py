# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys with a script of expected requests, and its pure functions."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Interrupted,
    Kind,
    OptionError,
    OutboundError,
    WriteRejectedLate,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Snapshot
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import account as genesys_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import (
    outbound_records as genesys_records,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.do_not_call import DoNotCall
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.record_cancel import RecordCancel
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.session import session_to

API = "https://gws.example.com/prefix/api/v2"
LOGIN = {"username": "dialer", "password": "not-a-secret-password"}
BASIC = {"Authorization": "Basic ZGlhbGVyOm5vdC1hLXNlY3JldC1wYXNzd29yZA==", "Accept": "application/json"}
RECORD = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May", "phone_number": "+15550100101"}
TASK: dict[str, Any] = {
    "device_path": None,
    "already_gone_patterns": None,
    "start_contact_center_session": False,
    "target_timeout": None,
    "wait_timeout": None,
}


def run(module: str = "genesys_record_cancel", **options: Any) -> dict[str, Any]:
    return run_module(module, base_url="https://gws.example.com/prefix/", retries=0, **LOGIN, **RECORD, **options)


@pytest.mark.parametrize("module", ["genesys_record_cancel", "genesys_do_not_call"])
@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_check_mode_asks_three_things(module: str) -> None:
    header = matchers.header_matcher(BASIC)
    responses.get(f"{API}/me", json={"statusCode": 0}, match=[header])
    responses.get(f"{API}/features", json={"statusCode": 0, "uris": ["x/api-voice-outbound"]}, match=[header])
    devices = [header, matchers.query_param_matcher({"fields": "*"})]
    responses.get(f"{API}/me/devices", json={"statusCode": 0, "devices": [{"id": "one"}]}, match=devices)
    (entry,) = run(module, check=True)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("would_clear", 0)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_a_device_that_is_given_is_not_looked_for() -> None:
    responses.get(f"{API}/me", json={"statusCode": 0})
    responses.get(f"{API}/features", status=404)
    assert run(check=True, device_path="/devices/x")["results"][0]["outcome"] == "would_clear"


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_a_real_run_ends_at_a_refused_handshake() -> None:
    csrf = {"X-CSRF-HEADER": "X-CSRF-TOKEN", "X-CSRF-TOKEN": "a-csrf-token"}
    responses.get(f"{API}/me", json={"statusCode": 0}, headers=csrf)
    responses.get(f"{API}/features", json={"statusCode": 0, "features": [{"id": "api-voice-outbound"}]})
    refusal = [{"channel": "/meta/handshake", "successful": False, "error": "403::a-token is not welcome"}]
    token = matchers.header_matcher({"X-CSRF-TOKEN": "a-csrf-token", "Content-Type": "application/json"})
    responses.post(f"{API}/notifications", json=refusal, match=[token])
    result = run(device_path="/devices/x")
    assert (result["results"][0]["outcome"], result["results"][0]["error"]["kind"]) == ("failed", "denied")
    assert "a-csrf-token" not in json.dumps(result)


def error_from(status: int, body: Any, headers: dict[str, str] | None = None) -> OutboundError | None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return genesys_account.Genesys("u", "p").error_from(Response(status, headers or {}, data))


@pytest.mark.parametrize(
    ("status", "body", "kind", "failure_class"),
    [
        (200, {"statusCode": 20}, Kind.AUTH, FailureClass.REJECTED),
        (401, {"statusCode": 10}, Kind.AUTH, FailureClass.REJECTED),
        (400, {"statusCode": 5}, Kind.DENIED, FailureClass.REJECTED),
        (404, {"statusCode": 99}, Kind.NOT_FOUND, FailureClass.REJECTED),
        (200, {"statusCode": 99}, Kind.REJECTED, FailureClass.REJECTED),
        (200, {"statusCode": 4}, Kind.UNAVAILABLE, FailureClass.REJECTED),
        (500, {"statusCode": 4}, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
        (429, {"statusCode": 4}, Kind.BUSY, FailureClass.THROTTLED),
        (403, {"statusCode": 0}, Kind.DENIED, FailureClass.REJECTED),
        (403, b"{", Kind.DENIED, FailureClass.REJECTED),
    ],
)
def test_errors_by_status_code(status: int, body: Any, kind: Kind, failure_class: FailureClass) -> None:
    error = error_from(status, body)
    assert error is not None
    assert (error.kind, error.failure_class, error.status) == (kind, failure_class, status)


@pytest.mark.parametrize(
    "body", [{"statusCode": 0}, {}, [], {"statusCode": "20"}, {"statusCode": True}, b"", b"{", b"[" * 100000]
)
def test_other_bodies_have_no_error(body: Any) -> None:
    assert error_from(200, body) is None


@given(st.binary(max_size=60), st.integers(200, 599))
def test_any_body_is_an_error_or_none(body: bytes, status: int) -> None:
    error_from(status, b"{" + body)


def test_messages_have_the_meaning_of_the_code() -> None:
    for code, meaning in genesys_account.MEANINGS.items():
        error = error_from(200, {"statusCode": code, "statusMessage": 5})
        assert error is not None
        assert error.message == f"statusCode {code}: {meaning}"
    assert sorted(genesys_account.MEANINGS) == list(range(1, 21))


class Silent:
    """Notifications that are not available yet, or not any more."""

    def __init__(self, failure: OutboundError | None = None) -> None:
        self.failure = failure
        self.losses = self.lost_sessions = self.unread = 0
        self.unread_reason = ""

    def subscribed(self, _client: Client, _seconds: float) -> bool:
        return self.failure is not None

    def doubt(self) -> None:
        """Ignore it."""


def client(seconds: float, clock: Clock | None = None) -> Client:
    return session_to(None, clock).client(seconds)


def operation(events: Silent) -> tuple[RecordCancel, genesys_records.Record]:
    made = RecordCancel(genesys_account.Genesys("u", "p"), TASK)
    made._events = events  # a fake
    record = made.target({**RECORD, "chain_attribute": "RecordOnly", "reference_id": None})
    made.on_news(record, lambda: None)
    return made, record


def test_nothing_is_sent_without_a_subscription() -> None:
    made, record = operation(Silent())
    with pytest.raises(OutboundError, match="nothing was sent") as caught:
        made.write(record, Snapshot(), client(0))
    assert (caught.value.kind, caught.value.failure_class) == (Kind.TIMEOUT, FailureClass.NOT_SENT)


def test_an_interrupt_ends_the_wait_for_a_listener() -> None:
    made, record = operation(Silent())
    stopped = Clock()
    stopped.stop.set()
    with pytest.raises(Interrupted, match="before anything was sent"):
        made.write(record, Snapshot(), client(60, stopped))


def test_nothing_is_sent_after_polling_has_ended() -> None:
    gone = OutboundError(Kind.AUTH, "logged out", failure_class=FailureClass.REJECTED, status=401)
    made, record = operation(Silent(gone))
    with pytest.raises(OutboundError, match=r"nothing was sent.*logged out") as caught:
        made.write(record, Snapshot(), client(60))
    assert (caught.value.kind, caught.value.failure_class, caught.value.status) == (
        Kind.AUTH,
        FailureClass.NOT_SENT,
        401,
    )
    with pytest.raises(OutboundError, match="logged out"):
        made.recheck(record, Snapshot(), client(60), final=False)


def test_a_recheck_too_early_shows_nothing() -> None:
    made, record = operation(Silent())
    assert made.recheck(record, Snapshot(), client(60), final=False) == Snapshot()
    with pytest.raises(OutboundError, match="no acknowledgement came within wait_timeout"):
        made.recheck(record, Snapshot(), client(60), final=True)


class Listening(Silent):
    """Notifications that are received."""

    def subscribed(self, _client: Client, _seconds: float) -> bool:
        return True


class Wire:
    """A fake transport that stores requests, and confirms them."""

    check_mode = False

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def exchange(self, request: Request, _deadline: Any, _permit: Any) -> Response:
        self.sent.append((request.method, request.path, request.json))
        return Response(200, {}, b'{"statusCode": 0}')


@pytest.mark.parametrize("kind", [RecordCancel, DoNotCall])
@pytest.mark.parametrize("chain", ["RecordOnly", "AllChain"])
def test_what_a_request_says(kind: type[genesys_records.OutboundRecords], chain: str) -> None:
    made, wire = kind(genesys_account.Genesys("u", "p"), {**TASK, "device_path": "/devices/x"}), Wire()
    made._events = Listening()  # a fake
    record = made.target({**RECORD, "chain_attribute": chain, "reference_id": "one"})
    made.on_news(record, lambda: None)
    made.write(record, Snapshot(), session_to(wire).client(5))
    body = {
        "operationName": kind.OPERATION,
        "applicationId": 134,
        "campaignName": "Reminders",
        "callingList": "May",
        "phoneNumber": "+15550100101",
        "chainAttribute": chain,
        "devicePath": "/devices/x",
        "referenceId": "one",
    }
    assert wire.sent == [("POST", "/api/v2/me/outbound-records", body)]


def test_an_optional_name_is_left_out() -> None:
    made = DoNotCall(genesys_account.Genesys("u", "p"), TASK)
    options = {**RECORD, "calling_list": None, "chain_attribute": "RecordOnly", "reference_id": None}
    assert "calling_list" not in made.target(options).names
    with pytest.raises(OptionError, match="calling_list: is required"):
        RecordCancel(genesys_account.Genesys("u", "p"), TASK).target(options)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"devices": [{"id": "a"}, {"id": 1}, {}, None], "uris": None}, ["a"]),
        ({"uris": ["http://x/devices/a", "http://x/devices/b/", 5]}, ["a", "b"]),
        ({"devices": {"id": "a"}}, []),
        ({"devices": [{"id": "a"}], "uris": ["x/a"]}, ["a"]),
        ({}, []),
    ],
)
def test_ids(body: dict[str, Any], found: list[str]) -> None:
    assert genesys_records._ids(body, "devices") == found


def test_no_thread_is_begun_before_it_is_needed() -> None:
    before = threading.active_count()
    operation(Silent())
    assert threading.active_count() <= before


@pytest.mark.parametrize("lost", [False, True])
def test_an_error_is_the_last_word_unless_an_acknowledgement_may_be_lost(lost: bool) -> None:
    """A server may acknowledge the request first, in the session that it then ends."""
    events = Listening()
    events.losses = events.lost_sessions = 1
    made, record = operation(events)
    made.write(record, Snapshot(), session_to(Wire()).client(60))
    events.lost_sessions += lost
    events.losses += lost
    error = {"notificationType": "Error", "errorMessage": "busy", "referenceId": record.reference_id}
    made._answers.on_event("/v2/me/outbound", error)
    with pytest.raises(OutboundError) as caught:
        made.recheck(record, Snapshot(), client(60), final=True)
    assert isinstance(caught.value, WriteRejectedLate) is not lost
    assert '"errorMessage": "busy"' in caught.value.message
