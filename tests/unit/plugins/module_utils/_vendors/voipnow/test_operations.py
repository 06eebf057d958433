# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow with a script of expected requests, and its pure functions."""

from __future__ import annotations

import json
from base64 import b64decode
from itertools import pairwise
from typing import Any
from urllib.parse import unquote_plus

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Kind,
    OptionError,
    OutboundError,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import account as voipnow_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import change as voipnow_change
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import (
    collection as voipnow_collection,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import events as voipnow_events
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import oauth as voipnow_oauth
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.events import DesiredEvent, Event
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.pairing import pair
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses

HOST = "https://voipnow.example.com"
BASE = f"{HOST}/uapi/extensions/@me/0003*210/phoneCallEvents"
LOGIN = f"{HOST}/oauth/token.php"
APP = {"base_url": HOST, "client_id": "teardown-app", "client_secret": "not-a-secret-app"}
FORM = matchers.urlencoded_params_matcher(
    {
        "client_id": "teardown-app",
        "client_secret": "not-a-secret-app",
        "grant_type": "client_credentials",
        "type": "unifiedapi",
    }
)
HOOK = "https://crm.example.com/hook"
SCRIPT = {"registry": OrderedRegistry, "assert_all_requests_are_fired": True}


def entry(event_id: str, kind: str = "0", url: str = HOOK, **more: str) -> dict[str, str]:
    return {"id": event_id, "type": kind, "url": url, "method": "1", "status": "1", **more}


def bearer(token: str) -> Any:
    return matchers.header_matcher({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})


def grants(token: str, **more: Any) -> None:
    responses.post(LOGIN, json={"access_token": token, **more}, match=[FORM])


def run(**options: Any) -> dict[str, Any]:
    return run_module("voipnow_phonecall_events", **{**APP, "extension": "0003*210", **options})


@pytest.mark.parametrize(
    "body",
    [
        "access_token=not-a-secret-token&expires_in=3600",
        '<br />\n<b>Notice</b>: Undefined index<br />\n{"access_token": "not-a-secret-token"}',
        '{"access_token": "not-a-secret-token", "access_token": "not-a-secret-token"}',
        '{"accessToken": "not-a-secret-token"}',
        '["not-a-secret-token"]',
    ],
)
@responses.activate(**SCRIPT)
def test_a_token_that_cannot_be_read_is_not_shown(body: str) -> None:
    """Nobody can mask it: it is known only by what nobody understands."""
    responses.post(LOGIN, body=body)
    result = run(state="absent", all_events=True, retries=0)
    assert result["failed"]
    assert "not-a-secret-token" not in str(result)
    assert "base_url has to be" in str(result)


@responses.activate(**SCRIPT)
def test_removes_by_type_and_id() -> None:
    grants("first-token", expires_in="3600")
    responses.get(BASE, json={"entry": [entry("A/b"), entry("C", "1")]}, match=[bearer("first-token")])
    responses.delete(f"{BASE}/0/A%2Fb", json=[{"id": "A/b"}], match=[bearer("first-token")])
    responses.delete(f"{BASE}/1/C", status=204, match=[bearer("first-token")])
    responses.get(BASE, status=204)
    result = run(state="absent", url=HOOK)
    assert result["results"][0]["outcome"] == "cleared"
    assert [event["event_id"] for event in result["results"][0]["removed"]] == ["A/b", "C"]


@responses.activate(**SCRIPT)
def test_renews_once_and_sends_again() -> None:
    grants("first-token")
    responses.get(BASE, json={"entry": [entry("A")]}, match=[bearer("first-token")])
    responses.delete(f"{BASE}/0/A", status=403, match=[bearer("first-token")])
    grants("second-token")
    responses.delete(f"{BASE}/0/A", status=204, match=[bearer("second-token")])
    responses.get(BASE, status=204, match=[bearer("second-token")])
    result = run(state="absent", event_id="A")
    assert (result["results"][0]["outcome"], result["results"][0]["attempts"]) == ("cleared", 2)


@responses.activate(**SCRIPT)
def test_restores_and_updates() -> None:
    responses.get(BASE, json=[{"entry": {"B": entry("B", "1", note="old")}}], match=[bearer("a-fixed-token")])
    body = {"type": "0", "url": HOOK, "status": "0", "method": "0", "note": "n"}
    responses.post(BASE, status=201, match=[matchers.json_params_matcher(body)])
    responses.put(f"{BASE}/1/B", status=204, match=[matchers.json_params_matcher({"note": "new"})])
    now = [entry("X", method="0", status="0", note="n"), entry("B", "1", note="new")]
    responses.get(BASE, json={"entry": now})
    wanted = [
        {"event_id": "old", "event_type": 0, "url": HOOK, "method": "get", "status": "disabled", "note": "n"},
        {"event_id": "B", "event_type": "dial_out", "url": HOOK, "method": "post", "note": "new"},
    ]
    result = run(access_token="a-fixed-token", client_id=None, client_secret=None, events=wanted)
    (target,) = result["results"]
    assert target["outcome"] == "changed"
    assert target["event_ids"] == {"old": "X", "B": "B"}


@responses.activate(**SCRIPT)
@pytest.mark.parametrize("answer", [{"entry": []}, [{"entry": []}], {"totalResults": 0}])
def test_an_empty_list_is_the_end(answer: Any) -> None:
    grants("first-token")
    responses.get(BASE, json=answer)
    assert run(state="absent", all_events=True)["results"][0]["outcome"] == "already_clear"


class _Asking:
    """A client with a clock, which ignores what to mask."""

    def __init__(self, *answers: Any) -> None:
        self.clock = self
        self.time = 1000.0
        self.asked = 0
        self._answers = list(answers)

    def now(self) -> float:
        return self.time

    def hide(self, secret: str) -> None:
        assert secret

    def send(self, _request: Any) -> Response:
        self.asked += 1
        answer = self._answers.pop(0)
        if isinstance(answer, OutboundError):
            raise answer
        return Response(200, {}, answer)


def grant(number: int, expires_in: Any = 3600) -> bytes:
    return f'{{"access_token": "the-token-{number}", "expires_in": {expires_in}}}'.encode()


def denied(status: int = 403, code: str | None = None, kind: Kind = Kind.DENIED) -> OutboundError:
    return OutboundError(kind, "no", failure_class=FailureClass.REJECTED, status=status, code=code)


def app() -> voipnow_account.VoipNow:
    return voipnow_account.VoipNow({"client_id": "a", "client_secret": "b"})


class TestToken:
    @pytest.mark.parametrize(("lives", "until"), [(3600, 3300), (36000, 35700), (100, 90), ('"60"', 54)])
    def test_is_used_until_shortly_before_its_end(self, lives: Any, until: float) -> None:
        vendor, client = app(), _Asking(grant(1, lives), grant(2))
        assert vendor.login(client) == 1
        client.time += until - 0.1
        assert vendor.login(client) == 1
        client.time += 0.2
        assert vendor.login(client) == 2
        assert vendor.headers()["Authorization"] == "Bearer the-token-2"

    @pytest.mark.parametrize("lives", ["null", '"soon"', 0, -5, '"inf"', "[]"])
    def test_without_a_time_it_is_used_until_it_is_refused(self, lives: Any) -> None:
        vendor, client = app(), _Asking(grant(1, lives))
        vendor.login(client)
        client.time += 1e9
        assert vendor.login(client) == 1

    def test_is_given_up_once_a_minute(self) -> None:
        vendor, client = app(), _Asking(grant(1), grant(2), grant(3))
        assert vendor.should_relogin(client, vendor.login(client), denied())
        assert vendor.login(client) == 2
        assert vendor.should_relogin(client, 1, denied()), "another thread was refused with the first token"
        assert not vendor.should_relogin(client, 2, denied())
        client.time += voipnow_account.SETTLED
        assert vendor.should_relogin(client, 2, denied(401, kind=Kind.AUTH))
        assert vendor.login(client) == 3

    def test_of_a_short_life_is_renewed_as_often_as_it_ends(self) -> None:
        """A server that counts whole seconds ends a token of 2 s before we would fetch another."""
        vendor, client = app(), _Asking(*(grant(number, 2) for number in range(1, 8)))
        for number in range(1, 7):
            assert vendor.login(client) == number
            client.time += 1.1
            assert vendor.should_relogin(client, number, denied(401, kind=Kind.AUTH))
        assert vendor.login(client) == 7

    def test_of_a_short_life_is_not_renewed_as_soon_as_it_came(self) -> None:
        vendor, client = app(), _Asking(grant(1, 2), grant(2, 2))
        assert vendor.should_relogin(client, vendor.login(client), denied())
        assert vendor.login(client) == 2
        client.time += 0.9
        assert not vendor.should_relogin(client, 2, denied())

    @given(st.floats(0.1, 5000), st.lists(st.floats(0, 100), min_size=1, max_size=20))
    def test_is_fetched_no_more_often_than_its_life_and_the_minute_say(self, life: float, pauses: list[float]) -> None:
        """Whatever is refused, two renewals are at least half a lifetime or a minute apart."""
        vendor, client = app(), _Asking(*(grant(number, life) for number in range(99)))
        renewed = []
        for pause in pauses:
            number = vendor.login(client)
            if vendor.should_relogin(client, number, denied(401, kind=Kind.AUTH)):
                renewed.append(client.time)
            client.time += pause
        assert all(
            later - earlier >= min(voipnow_account.SETTLED, life / 2) - 1e-6 for earlier, later in pairwise(renewed)
        )

    @pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", " bearer ", None])
    def test_of_the_known_type(self, kind: Any) -> None:
        told = json.dumps({"access_token": "the-token-1", "token_type": kind}).encode()
        assert app().login(_Asking(told)) == 1

    @pytest.mark.parametrize("kind", ["mac", "MAC", "DPoP", "bearers", "", " ", 7, True, ["bearer"], {"bearer": 1}])
    def test_of_another_type_is_not_sent(self, kind: Any) -> None:
        vendor = app()
        told = json.dumps({"access_token": "the-token-1", "token_type": kind}).encode()
        with pytest.raises(OutboundError, match="only bearer") as caught:
            vendor.login(_Asking(told))
        assert caught.value.kind is Kind.PROTOCOL
        assert "Authorization" not in vendor.headers()

    def test_a_name_twice_is_no_token(self) -> None:
        with pytest.raises(OutboundError):
            app().login(_Asking(b'{"access_token": "the-token-1", "access_token": "the-token-2"}'))

    @pytest.mark.parametrize(
        "error",
        [
            denied(403, "pce_access_denied"),
            denied(400, "pce_access_denied"),
            denied(404, kind=Kind.NOT_FOUND),
            OutboundError(Kind.UNAVAILABLE, "", failure_class=FailureClass.INTERRUPTED, status=502),
        ],
    )
    def test_is_kept_where_it_is_not_to_blame(self, error: OutboundError) -> None:
        vendor, client = app(), _Asking(grant(1))
        assert not vendor.should_relogin(client, vendor.login(client), error)

    def test_a_refused_app_is_not_tried_again(self) -> None:
        vendor, client = app(), _Asking(denied(400, "invalid_client", Kind.REJECTED))
        for _try in range(3):
            with pytest.raises(OutboundError) as caught:
                vendor.login(client)
            assert caught.value.kind is Kind.AUTH
        assert client.asked == 1
        assert "Authorization" not in vendor.headers()

    def test_a_fixed_one_is_what_it_is(self) -> None:
        vendor = voipnow_account.VoipNow({"access_token": "fixed-token"})
        client = _Asking()
        assert vendor.login(client) == 0
        assert not vendor.should_relogin(client, 0, denied(401, kind=Kind.AUTH))
        assert vendor.headers()["Authorization"] == "Bearer fixed-token"


class TestClientAuth:
    def test_in_the_body(self) -> None:
        request = voipnow_oauth.App("an app", "s:cr&t").request()
        assert "Authorization" not in request.headers
        assert request.form == {
            "client_id": "an app",
            "client_secret": "s:cr&t",
            "grant_type": "client_credentials",
            "type": "unifiedapi",
        }

    def test_by_basic_with_each_part_encoded(self) -> None:
        request = voipnow_oauth.App("an app", "s:cr&t%+/é", "basic").request()
        name, _blank, text = request.headers["Authorization"].partition(" ")
        assert (name, b64decode(text)) == ("Basic", b"an+app:s%3Acr%26t%25%2B%2F%C3%A9")
        assert request.form == {"grant_type": "client_credentials", "type": "unifiedapi"}
        assert request.anonymous

    @given(st.text(min_size=1), st.text(min_size=1))
    def test_what_basic_carries_can_be_read_again(self, client_id: str, secret: str) -> None:
        try:
            text = voipnow_oauth.App(client_id, secret, "basic").basic()
        except UnicodeEncodeError:  # half a character; no option can contain one
            return
        shown = b64decode(text).decode().split(":")
        assert [unquote_plus(part) for part in shown] == [client_id, secret]

    def test_what_basic_carries_is_a_secret(self) -> None:
        vendor = voipnow_account.VoipNow({"client_id": "an app", "client_secret": "s:cr&t-secret"}, "basic")
        assert voipnow_oauth.App("an app", "s:cr&t-secret").basic() in vendor.secret_forms()

    @pytest.mark.parametrize(("status", "hint"), [(401, True), (400, False)])
    def test_a_server_that_wants_the_other_way_is_told_of(self, status: int, hint: bool) -> None:
        error = voipnow_oauth.App("a", "b").login_error(denied(status, "invalid_client", Kind.REJECTED))
        assert ("client_auth: basic" in error.message) == hint
        assert error.kind is Kind.AUTH
        assert "client_auth" not in voipnow_oauth.App("a", "b", "basic").login_error(error).message.partition(";")[0]


@pytest.mark.parametrize(
    ("status", "body", "kind", "failure_class", "code"),
    [
        (200, b'{"error": {"code": "pce_access_denied", "message": "m"}}', Kind.DENIED, FailureClass.REJECTED, True),
        (200, b'{"error": {"code": "x", "message": "m"}}', Kind.REJECTED, FailureClass.REJECTED, True),
        (200, b'{"error": {"code": "internal_server_error"}}', Kind.UNAVAILABLE, FailureClass.INTERRUPTED, True),
        (200, b'{"error": {"message": "m"}}', Kind.REJECTED, FailureClass.REJECTED, False),
        (200, b'{"error": {}}', Kind.REJECTED, FailureClass.REJECTED, False),
        (400, b'{"error": {"code": "access_denided", "message": "m"}}', Kind.AUTH, FailureClass.REJECTED, True),
        (500, b'{"error": {"code": "access_denied"}}', Kind.UNAVAILABLE, FailureClass.INTERRUPTED, True),
        (429, b'{"error": {"code": "x"}}', Kind.BUSY, FailureClass.THROTTLED, True),
        (404, b"<html>", Kind.NOT_FOUND, FailureClass.REJECTED, False),
        (401, b"", Kind.AUTH, FailureClass.REJECTED, False),
    ],
)
def test_errors_of_answers(status: int, body: bytes, kind: Kind, failure_class: FailureClass, code: bool) -> None:
    error = app().error_from(Response(status, {}, body))
    assert error is not None
    assert (error.kind, error.failure_class, error.code is not None, error.status) == (
        kind,
        failure_class,
        code,
        status,
    )


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": null}', b'{"error": ""}', b"<html>", b'[{"error": 1}]'])
def test_answers_without_an_error(body: bytes) -> None:
    assert app().error_from(Response(200, {}, body)) is None


def event(event_id: str, note: str | None = None, url: str = HOOK, **more: Any) -> Event:
    told = {"event_type": 0, "method": "post", "status": "enabled", "modified": None, **more}
    return Event(event_id=event_id, url=url, note=note, **told)


def wish(note: str | None = None, **more: Any) -> DesiredEvent:
    return DesiredEvent(**{"event_type": 0, "url": HOOK, "method": None, "status": None, "note": note, **more})


@pytest.mark.parametrize(
    "body",
    [
        [{"id": "A"}],
        [{"id": "A"}, {"id": "B"}],
        [],
        ["A"],
        "A",
        "NqeyDRqo4FtabmFj8gNWq3hsiGNYyq",
        17,
        {"id": "A"},
        {"id": "A", "type": "0", "url": HOOK, "status": "0", "links": {}},
        {"entry": [{"id": "A"}]},
        [{"entry": []}],
    ],
    ids=str,
)
def test_a_body_with_event_ids_confirms(body: Any) -> None:
    assert voipnow_change._confirms(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        False,
        True,
        0,
        -1,
        0.5,
        "",
        "error",
        "false",
        "not removed",
        {"success": "false"},
        {"success": True},
        {"errors": ["locked"]},
        {"status": "error"},
        {"id": "A", "success": False},
        {"id": "A", "errors": ["locked"]},
        {"id": "A", "result": "failed"},
        [{"id": "A"}, {"message": "locked"}],
        [None],
        [False],
    ],
    ids=str,
)
def test_any_other_body_is_a_doubt(body: Any) -> None:
    assert not voipnow_change._confirms(body)


class TestPlan:
    @pytest.mark.parametrize(
        ("wanted", "there", "expected"),
        [
            ([wish()], [], ["would_create"]),
            ([wish()], [event("A")], ["unchanged"]),
            ([wish("x")], [event("A")], ["would_update"]),
            ([wish("")], [event("A")], ["unchanged"]),
            ([wish(event_type=1)], [event("A")], ["would_create"]),
            ([wish(method="get")], [event("A", method="7")], ["would_update"]),
            ([wish("x")], [event("A"), event("B", "x")], ["unchanged", "would_update"]),
            ([wish("x"), wish("y")], [event("A", "y")], ["would_create", "unchanged"]),
            ([wish("x"), wish("y")], [event("A", "z")], ["would_update", "would_create"]),
        ],
    )
    def test_steps(self, wanted: list[DesiredEvent], there: list[Event], expected: list[str]) -> None:
        assert [step.outcome for step in pair(wanted, there)] == expected

    @given(
        st.lists(st.sampled_from(["a", "b", "c", None]), max_size=6),
        st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=6),
    )
    def test_every_event_of_a_kind_has_a_step_and_no_more_than_one(
        self, there: list[str | None], wanted: list[str | None]
    ) -> None:
        events = [event(str(number), note) for number, note in enumerate(there)]
        steps = pair([wish(note) for note in wanted], [*events, event("other", url="https://other.example.com")])
        used = [step.event for step in steps if step.event]
        assert sorted(one.event_id for one in used) == sorted(one.event_id for one in events)
        assert len(steps) == max(len(there), len(wanted))


def test_what_is_not_known_stays_as_it_came() -> None:
    told = {"entry": [{"id": 7, "type": 9, "url": HOOK, "method": 5, "status": "odd", "note": 3}]}
    (one,) = voipnow_collection.read_page(told, voipnow_events.EVENTS).items
    assert (one.event_id, one.event_type, one.method, one.status, one.note) == ("7", 9, "5", "odd", "3")
    assert one.type_name is None
    assert one.line() == f"type 9 {HOOK} 5 odd (3)"
    single = voipnow_collection.read_page({"entry": {"id": "A", "type": "1", "url": HOOK}}, voipnow_events.EVENTS).items
    assert [(one.event_id, one.method, one.line()) for one in single] == [("A", None, f"dial_out {HOOK} ? ?")]


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_types(value: Any) -> None:
    known = (*range(5), *"01234", *voipnow_events.TYPES)
    if value in known and not isinstance(value, (bool, float)):
        number = voipnow_events.check_type(value)
        assert value in (number, str(number), voipnow_events.TYPES[number])
    else:
        with pytest.raises(OptionError):
            voipnow_events.check_type(value)


@responses.activate(**SCRIPT)
@short_pauses()
def test_a_second_try_for_all_events_names_those_of_before() -> None:
    """An event that somebody made between two tries stays: only a call without an id removes what nobody read."""
    grants("first-token")
    responses.get(BASE, json={"entry": [entry("A"), entry("B")]})
    responses.delete(BASE, status=502)
    responses.get(BASE, json={"entry": [entry("B"), entry("C")]})
    responses.delete(f"{BASE}/0/B", status=204)
    (target,) = run(state="absent", all_events=True, wait_timeout=0)["results"]
    assert (target["outcome"], target["attempts"]) == ("accepted", 2)


@responses.activate(**SCRIPT)
@short_pauses()
def test_no_second_try_where_only_other_events_are_left() -> None:
    grants("first-token")
    responses.get(BASE, json={"entry": [entry("A")]})
    responses.delete(BASE, status=502)
    responses.get(BASE, json={"entry": [entry("C")]})
    (target,) = run(state="absent", all_events=True, wait_timeout=0)["results"]
    assert (target["outcome"], target["attempts"]) == ("in_doubt", 1)
    assert "not sent again: what was selected is gone" in target["error"]["message"]


@responses.activate(**SCRIPT)
@short_pauses()
def test_an_event_that_vanishes_between_two_tries_is_not_made_without_a_method() -> None:
    grants("first-token")
    responses.get(BASE, json={"entry": [entry("A")]})
    responses.put(f"{BASE}/0/A", status=502)
    responses.get(BASE, json={"entry": []})
    (target,) = run(event_type="dial_in", url=HOOK, note="n", wait_timeout=0)["results"]
    assert (target["outcome"], target["attempts"]) == ("in_doubt", 1)
    assert "not sent again: there is no such event" in target["error"]["message"]
