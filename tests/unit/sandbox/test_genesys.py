# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Genesys follows the vendor's pages, and its CometD server the specification."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from .conftest import Client

AUTH = ("dialer", "not-a-secret-password")
ORDER = {
    "operationName": "CancelRecord",
    "applicationId": 134,
    "campaignName": "Reminders",
    "callingList": "May",
    "phoneNumber": "+15550100101",
    "devicePath": "/devices/one",
    "referenceId": "ref-1",
}


class Caller:
    """One HTTP session with the simulated vendor, with its own cookie jar."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **options: Any) -> requests.Response:
        return self._session.get(f"{self._client.url}/genesys/api/v2{path}", **{"auth": AUTH, "timeout": 10, **options})

    def post(self, path: str, body: object, **options: Any) -> requests.Response:
        url = f"{self._client.url}/genesys/api/v2{path}"
        return self._session.post(url, **{"auth": AUTH, "timeout": 10, "json": body, **options})

    def meta(self, channel: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.post("/notifications", [{"channel": f"/meta/{channel}", **more}]).json()
        return found

    def subscribed(self, pattern: str = "/v2/me/*") -> str:
        """Open a session and return its id."""
        client_id: str = self.meta("handshake", version="1.0")[0]["clientId"]
        assert self.meta("subscribe", clientId=client_id, subscription=pattern)[0]["successful"]
        return client_id

    def poll(self, client_id: str, **more: Any) -> list[dict[str, Any]]:
        return self.meta("connect", clientId=client_id, connectionType="long-polling", **more)

    def cancel(self, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.post("/me/outbound-records", {**ORDER, **more}).json()
        return answer

    def do_not_call(self, *without: str, **more: Any) -> dict[str, Any]:
        order = {**ORDER, "operationName": "DoNotCallRecord", **more}
        body = {name: value for name, value in order.items() if name not in without}
        answer: dict[str, Any] = self.post("/me/outbound-records", body).json()
        return answer

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def begin(client: Client) -> Any:
    """Seed the vendor with some settings, and return a caller."""
    callers: list[Caller] = []

    def make(**settings: Any) -> Caller:
        chain = [{"phone_number": f"+1555010010{number}", "chain": "one"} for number in (1, 2)]
        seed = {
            "settings": {"genesys": settings},
            "genesys": {
                "accounts": [
                    {"username": AUTH[0], "password": AUTH[1], "devices": ["one"]},
                    {"username": "other", "password": AUTH[1], "devices": ["one"]},
                ],
                "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
                "lists": {"May": [*chain, "+15550100109"], "June": 2},
            },
        }
        client.control("PUT", "state", seed)
        callers.append(Caller(client))
        return callers[-1]

    yield make
    for caller in callers:
        caller.close()


def state(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.control("GET", "state")["genesys"]
    return found


def cancelled(client: Client) -> list[str]:
    return [record["phone_number"] for record in state(client)["lists"]["May"] if record["status"] == "cancelled"]


@pytest.mark.parametrize(("as_status", "status"), [(False, 200), (True, 401)])
def test_who_may_enter(begin: Callable[..., Caller], as_status: bool, status: int) -> None:
    caller = begin(errors_as_status=as_status)
    for auth in (None, ("dialer", "wrong"), ("nobody", AUTH[1])):
        answer = caller.get("/me", auth=auth)
        assert (answer.status_code, answer.json()["statusCode"]) == (status, 20)
    assert caller.get("/diagnostics/version", auth=None).json()["statusCode"] == 0


def test_lists_whole_or_as_addresses(begin: Callable[..., Caller]) -> None:
    caller = begin()
    assert caller.get("/me/devices").json()["uris"][0].endswith("/genesys/api/v2/devices/one")
    assert caller.get("/me/devices?fields=*").json()["devices"] == [{"id": "one", "deviceState": "Active"}]
    assert caller.get("/features", params={"fields": "*"}).json()["features"][1] == {"id": "api-voice-outbound"}
    assert caller.get("/nothing").status_code == 404
    assert begin(show_features=False).get("/features").status_code == 404


def test_tokens_against_forged_requests(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin(csrf=True)
    headers = caller.get("/me").headers
    token = {headers["X-CSRF-HEADER"]: headers["X-CSRF-TOKEN"]}
    for given in ({}, {"X-CSRF-TOKEN": "wrong"}):
        answer = caller.post("/me/outbound-records", ORDER, headers=given)
        assert (answer.status_code, answer.json()["statusMessage"]) == (403, "Missing or invalid Csrf token")
    assert not cancelled(client)
    without_cookie = requests.post(
        f"{client.url}/genesys/api/v2/me/outbound-records", json=ORDER, auth=AUTH, headers=token, timeout=10
    )
    assert without_cookie.status_code == 403
    assert caller.post("/me/outbound-records", ORDER, headers=token).json() == {"statusCode": 0}
    client.control("PATCH", "settings", {"genesys": {"csrf_on_notifications": False}})
    assert caller.meta("handshake")[0]["successful"]


def test_a_cancel_and_its_acknowledgement(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin()
    client_id = caller.subscribed()
    assert caller.cancel() == {"statusCode": 0}
    event, noise, reply = caller.poll(client_id)
    assert event == {
        "channel": "/v2/me/outbound",
        "data": {
            "record": {
                "devicePath": "/devices/one",
                "callingList": "May",
                "applicationId": 134,
                "campaignName": "Reminders",
            },
            "notificationType": "RecordCancelAcknowledge",
            "messageType": "OutboundRecordMessage",
            "referenceId": "ref-1",
        },
    }
    assert (noise["channel"], noise["data"]["userData"]["GSW_PHONE"]) == ("/me/internal", "+15550100101")
    assert (reply["channel"], reply["successful"], reply["advice"]["reconnect"]) == ("/meta/connect", True, "retry")
    assert cancelled(client) == ["+15550100101"]
    changes = [change for entry in client.journal() for change in entry["changes"]]
    assert changes == [{"do": "cancel", "list": "May", "handles": [1]}]


def test_chains(begin: Callable[..., Caller], client: Client) -> None:
    begin().cancel(chainAttribute="AllChain")
    assert cancelled(client) == ["+15550100101", "+15550100102"]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"operationName": "AddRecord"}, 10),
        ({"campaignName": "Other"}, 6),
        ({"applicationId": 135}, 6),
        ({"callingList": "June"}, 6),
        ({"devicePath": "/devices/two"}, 6),
        ({"chainAttribute": "Half"}, 10),
    ],
)
def test_refusals(begin: Callable[..., Caller], client: Client, order: dict[str, Any], code: int) -> None:
    assert begin().cancel(**order)["statusCode"] == code
    assert not cancelled(client)


def test_what_is_required(begin: Callable[..., Caller]) -> None:
    caller = begin(needs_agent_session=True)
    for name in ("applicationId", "campaignName", "callingList", "phoneNumber", "devicePath"):
        body = {key: value for key, value in ORDER.items() if key != name}
        assert caller.post("/me/outbound-records", body).json()["statusMessage"] == f"{name} is required"
    assert caller.cancel()["statusCode"] == 2
    assert caller.post("/me", {"operationName": "StartContactCenterSession"}).json() == {"statusCode": 0}
    assert caller.cancel()["statusCode"] == 0
    assert caller.post("/me", "?").json()["statusCode"] == 10


@pytest.mark.parametrize(
    ("manner", "code", "kinds"),
    [
        ("acknowledge", 0, ["RecordCancelAcknowledge"]),
        ("error_event", 0, ["Error"]),
        ("status", 6, []),
        ("silence", 0, []),
    ],
)
@pytest.mark.parametrize("setting", ["absent_record", "cancelled_record"])
def test_what_the_vendor_does_not_document(
    begin: Callable[..., Caller], client: Client, setting: str, manner: str, code: int, kinds: list[str]
) -> None:
    caller = begin(**{setting: manner, "noise": False})
    number = "+15550100199" if setting == "absent_record" else "+15550100109"
    if setting == "cancelled_record":
        caller.cancel(phoneNumber=number)
    client_id = caller.subscribed()
    assert caller.cancel(phoneNumber=number)["statusCode"] == code
    events = caller.poll(client_id, advice={"timeout": 200})[:-1]
    assert [event["data"]["notificationType"] for event in events] == kinds
    assert all("invented" in event["data"]["sandbox"] for event in events if "Error" in kinds)


def test_a_do_not_call_request_and_its_acknowledgement(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin()
    client_id = caller.subscribed()
    assert caller.do_not_call() == {"statusCode": 0}
    event, noise, _reply = caller.poll(client_id)
    assert event["data"]["notificationType"] == "DoNotCallAcknowledge"
    assert event["data"]["record"]["phoneNumber"] == "+15550100101"
    assert noise["data"]["userData"]["GSW_USER_EVENT"] == "DoNotCallAcknowledge"
    entry = {"phone_number": "+15550100101", "campaign": "Reminders", "list": "May"}
    assert state(client)["do_not_call"] == [entry]
    assert not cancelled(client)
    caller.do_not_call()
    changes = [change for entry in client.journal() for change in entry["changes"]]
    assert changes == [{"do": "do_not_call", "entries": [entry]}]


def test_a_do_not_call_request_without_a_list(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin()
    client_id = caller.subscribed()
    assert caller.do_not_call("callingList", chainAttribute="AllChain") == {"statusCode": 0}
    assert "callingList" not in caller.poll(client_id)[0]["data"]["record"]
    entries = state(client)["do_not_call"]
    assert {entry["phone_number"] for entry in entries} == {"+15550100101", "+15550100102"}
    assert {entry["list"] for entry in entries} == {None}


@pytest.mark.parametrize("order", [{"callingList": "June"}, {"campaignName": "Other"}, {"chainAttribute": "Half"}])
def test_refused_do_not_call_requests(begin: Callable[..., Caller], client: Client, order: dict[str, Any]) -> None:
    assert begin().do_not_call(**order)["statusCode"] != 0
    assert not state(client)["do_not_call"]


@pytest.mark.parametrize(
    ("manner", "code", "kinds"),
    [
        ("acknowledge", 0, ["DoNotCallAcknowledge"]),
        ("error_event", 0, ["Error"]),
        ("status", 6, []),
        ("silence", 0, []),
    ],
)
@pytest.mark.parametrize("setting", ["unknown_number", "listed_number"])
def test_do_not_call_requests_that_are_not_documented(
    begin: Callable[..., Caller], client: Client, setting: str, manner: str, code: int, kinds: list[str]
) -> None:
    caller = begin(**{setting: manner, "noise": False})
    number = "+15550100199" if setting == "unknown_number" else "+15550100109"
    if setting == "listed_number":
        caller.do_not_call(phoneNumber=number)
    client_id = caller.subscribed()
    assert caller.do_not_call(phoneNumber=number)["statusCode"] == code
    events = caller.poll(client_id, advice={"timeout": 200})[:-1]
    assert [event["data"]["notificationType"] for event in events] == kinds
    is_listed = setting == "listed_number" or manner == "acknowledge"
    assert bool(state(client)["do_not_call"]) is is_listed


def test_when_and_how_often(begin: Callable[..., Caller]) -> None:
    caller = begin(ack_delay=1, ack_copies=2, events_after_reply=True)
    client_id = caller.subscribed()
    caller.cancel()
    started = time.monotonic()
    assert [item["channel"] for item in caller.poll(client_id)] == [
        "/meta/connect",
        *["/v2/me/outbound", "/me/internal"] * 2,
    ]
    assert time.monotonic() - started > 0.2


def test_a_poll_is_held_as_long_as_it_says(begin: Callable[..., Caller]) -> None:
    caller = begin(poll_timeout=0.3, poll_interval=0.1)
    client_id = caller.subscribed()
    started = time.monotonic()
    (reply,) = caller.poll(client_id)
    assert time.monotonic() - started >= 0.3
    assert reply["advice"] == {"reconnect": "retry", "interval": 100, "timeout": 300}


def test_a_poll_that_asks_for_no_wait_is_answered_at_once(begin: Callable[..., Caller]) -> None:
    caller = begin(poll_timeout=600)
    client_id = caller.subscribed()
    assert caller.poll(client_id, advice={"timeout": 0})[0]["successful"]


@pytest.mark.parametrize(
    ("pattern", "heard"),
    [("/v2/me/*", 1), ("/v2/**", 1), ("/v2/me/outbound", 1), ("/v2/*", 0), ("/v2/me/calls", 0)],
)
def test_subscriptions(begin: Callable[..., Caller], client: Client, pattern: str, heard: int) -> None:
    caller = begin()
    client_id = caller.subscribed(pattern)
    act = {"room": "genesys", "do": "publish", "data": {"x": 1}}
    assert client.control("POST", "act", act)["changes"] == [{"do": "publish", "sessions": heard}]
    assert client.control("POST", "act", {**act, "user": "other"})["changes"][0]["sessions"] == 0
    caller.meta("unsubscribe", clientId=client_id, subscription=pattern)
    assert client.control("POST", "act", act)["changes"][0]["sessions"] == 0


def test_sessions_are_seen_until_they_are_ended(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin()
    client_id = caller.subscribed()
    (session,) = state(client)["sessions"]
    assert session == {"client_id": client_id, "user": "dialer", "subscriptions": ["/v2/me/*"], "queued": 0}
    assert caller.meta("disconnect", clientId=client_id)[0]["successful"]
    assert state(client)["sessions"] == []
    assert state(client)["expired_sessions"] == 0


def lost(reply: dict[str, Any]) -> bool:
    return (reply["successful"], reply["error"], reply["advice"]["reconnect"]) == (
        False,
        "402::session_unknown",
        "handshake",
    )


def test_sessions_are_lost(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin()
    client_id = caller.subscribed()
    client.control("PATCH", "settings", {"genesys": {"max_interval": 0.1}})
    time.sleep(0.2)
    assert lost(caller.poll(client_id)[0])
    client.control("PATCH", "settings", {"genesys": {"max_interval": 600}})
    client_id = caller.subscribed()
    assert client.control("POST", "act", {"room": "genesys", "do": "expire_sessions"})["changes"][0]["sessions"] == 1
    assert lost(caller.poll(client_id)[0])
    assert state(client)["expired_sessions"] == 2
    client_id = caller.subscribed()
    stranger = Caller(client)
    assert lost(stranger.poll(client_id)[0])
    stranger.close()
    assert client.control("POST", "act", {"room": "genesys", "do": "forget_logins"})["changes"][0]["sessions"] == 1


def test_an_answer_that_is_not_acknowledged_comes_again(begin: Callable[..., Caller]) -> None:
    caller = begin(ack_extension=True, noise=False)
    reply = caller.meta("handshake", version="1.0", ext={"ack": True})[0]
    assert reply["ext"] == {"ack": True}
    client_id = reply["clientId"]
    caller.meta("subscribe", clientId=client_id, subscription="/v2/me/*")
    caller.cancel()
    event, first = caller.poll(client_id, ext={"ack": -1})
    again, second = caller.poll(client_id, ext={"ack": -1})
    assert again == event
    assert second["ext"]["ack"] == first["ext"]["ack"] + 1
    (nothing,) = caller.poll(client_id, ext={"ack": second["ext"]["ack"]}, advice={"timeout": 0})
    assert nothing["channel"] == "/meta/connect"


@pytest.mark.parametrize("wanted", [True, False])
def test_nobody_has_to_acknowledge_answers(begin: Callable[..., Caller], wanted: bool) -> None:
    """Neither a client of a server that supports it, nor a server for a client that does."""
    caller = begin(ack_extension=not wanted)
    reply = caller.meta("handshake", version="1.0", **({"ext": {"ack": True}} if wanted else {}))[0]
    assert "ext" not in reply
    assert "ext" not in caller.poll(reply["clientId"], advice={"timeout": 0})[-1]


def test_openings_that_are_lost(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin(lost_openings=1)
    client_id = caller.meta("handshake", version="1.0")[0]["clientId"]
    assert lost(caller.meta("subscribe", clientId=client_id, subscription="/v2/me/*")[0])
    assert state(client)["sessions"] == []
    caller.subscribed()


@pytest.mark.parametrize("kind", ["handshake", "subscribe", "connect", "disconnect"])
def test_a_message_type_behind_the_address(begin: Callable[..., Caller], kind: str) -> None:
    """The vendor's own applications use a client that appends it."""
    caller = begin()
    client_id = caller.subscribed()
    message = {"channel": f"/meta/{kind}", "clientId": client_id, "subscription": "/x", "advice": {"timeout": 0}}
    assert caller.post(f"/notifications/{kind}", [message]).json()[-1]["successful"]
    assert caller.post("/notifications/other", [message]).status_code == 404


def test_tokens_are_renewed(begin: Callable[..., Caller], client: Client) -> None:
    caller = begin(csrf=True)
    old = {"X-CSRF-TOKEN": caller.get("/me").headers["X-CSRF-TOKEN"]}
    assert client.control("POST", "act", {"room": "genesys", "do": "renew_tokens"})["changes"][0]["logins"] == 1
    assert caller.post("/me/outbound-records", ORDER, headers=old).status_code == 403
    new = {"X-CSRF-TOKEN": caller.get("/me").headers["X-CSRF-TOKEN"]}
    assert caller.post("/me/outbound-records", ORDER, headers=new).status_code == 200


@pytest.mark.parametrize(("setting", "at"), [("foreign_first", 1), ("foreign_last", 0)])
def test_somebody_in_between_adds_a_token(begin: Callable[..., Caller], setting: str, at: int) -> None:
    caller = begin(csrf=True, csrf_values=setting)
    tokens = caller.get("/me").headers["X-CSRF-TOKEN"].split(", ")
    answers = [caller.post("/me/outbound-records", ORDER, headers={"X-CSRF-TOKEN": token}) for token in tokens]
    assert [answer.status_code for answer in answers] == [200 if index == at else 403 for index in range(2)]


def test_acknowledgements_of_other_shapes(begin: Callable[..., Caller]) -> None:
    caller = begin(ack_shape="raw")
    client_id = caller.subscribed()
    caller.cancel()
    (event, _reply) = caller.poll(client_id)
    assert event["channel"] == "/workspace/v3/voice"
    told = event["data"]["userData"]
    assert (told["GSW_USER_EVENT"], told["GSW_REFERENCE_ID"]) == ("RecordCancelAcknowledge", "ref-1")
    for names, expected in (("nothing", None), ("another", "a list that nobody named")):
        caller = begin(ack_names=names, noise=False, ack_error="database is down")
        client_id = caller.subscribed()
        caller.cancel()
        data = caller.poll(client_id)[0]["data"]
        assert (data["record"].get("callingList"), data["errorMessage"]) == (expected, "database is down")


def test_what_comes_before_an_acknowledgement(begin: Callable[..., Caller]) -> None:
    caller = begin(event_before="StatusChanged", other_megabytes=2, noise=False)
    client_id = caller.subscribed("/v2/me/*")
    caller.cancel()
    events = caller.poll(client_id)[:-1]
    assert [event["channel"].rpartition("/")[2] for event in events] == ["outbound", "calls", "calls", "outbound"]
    assert [events[0]["data"][key] for key in ("notificationType", "referenceId")] == ["StatusChanged", "ref-1"]
    assert sum(len(str(event)) for event in events) > 2_000_000


def test_what_bayeux_does_not_know(begin: Callable[..., Caller]) -> None:
    caller = begin()
    client_id = caller.subscribed()
    assert caller.meta("other", clientId=client_id)[0]["error"] == "403::channel_denied"
    assert caller.post("/notifications", "?").status_code == 400
    assert begin(cometd=False).post("/notifications", []).status_code == 404


def test_acts(begin: Callable[..., Caller], client: Client) -> None:
    begin()
    act = {"room": "genesys", "do": "set_status", "list": "May", "phone_number": "+15550100109", "status": "retrieved"}
    assert client.control("POST", "act", act)["changes"][0]["handles"] == [3]
    assert state(client)["lists"]["May"][2]["status"] == "retrieved"
    for wrong in ({"do": "set_status"}, {**act, "status": None}, {"do": "dance"}):
        client.control("POST", "act", {"room": "genesys", **wrong}, expect=400)


@pytest.mark.parametrize(
    "seed",
    [
        {"queues": {}},
        {"accounts": {"username": "x"}},
        {"accounts": [{"username": "x"}]},
        {"accounts": [{"username": "x", "password": "y", "email": "z"}]},
        {"campaigns": {"A": {"application_id": "1", "lists": []}}},
        {"campaigns": {"A": {"application_id": 1}}},
        {"lists": {"A": "x"}},
        {"lists": {"A": True}},
        {"lists": {"A": [{"phone_number": 15550100101}]}},
        {"lists": {"A": [{"phone_number": "1", "color": "red"}]}},
    ],
)
def test_wrong_seeds(client: Client, seed: dict[str, Any]) -> None:
    client.control("PUT", "state", {"genesys": seed}, expect=400)
