# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated VoipNow follows the vendor's pages, and every quirk can be switched."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.tests.support.guard import until

from .conftest import Client

SECRET = "not-a-secret-app"
TOKEN = "not-a-secret-token"
BASE = "/voipnow/uapi/extensions/@me/0003*210/phoneCallEvents"
HOOK = "https://crm.example.com/hook"
SEED: dict[str, Any] = {
    "voipnow": {
        "apps": [
            {"client_id": "app", "client_secret": SECRET},
            {"client_id": "denied", "client_secret": SECRET, "denied": True},
            {"client_id": "suspended", "client_secret": SECRET, "suspended": True},
            {"client_id": "wide", "client_secret": SECRET, "organization": True},
        ],
        "tokens": [{"token": TOKEN}],
        "extensions": {
            "0003*210": {
                "events": [
                    {"id": "A", "type": 0, "url": HOOK, "method": 1, "note": "CRM"},
                    {"id": "B", "type": 1, "url": HOOK},
                ],
                "calls": [
                    {"id": "L1", "number": "+15550100101", "caller_id": "Sales <1000>"},
                    {"id": "L2", "number": "+15550100102", "flow": 8, "status": 3},
                    {"id": "L3", "number": "+15550100101"},
                ],
            },
            "0003*211": {"kind": "queue", "user": "12", "events": 3},
            "0003*212": {"kind": "conference"},
            "0003*213": 2,
            "0003*214": {"kind": "fax"},
        },
    }
}


@pytest.fixture
def voip(client: Client) -> Client:
    client.control("PUT", "state", SEED)
    return client


def call(voip: Client, method: str, path: str = "", token: str = TOKEN, **options: Any) -> requests.Response:
    address = path if path.startswith("/voipnow") else BASE + path
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return voip.session.request(
        method, voip.url + address, headers=headers, timeout=10, allow_redirects=False, **options
    )


def login(voip: Client, client_id: str = "app", secret: str = SECRET, **form: str) -> requests.Response:
    told = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **form}
    return voip.session.post(f"{voip.url}/voipnow/oauth/token.php", data=told, timeout=10)


def token(voip: Client, client_id: str = "app") -> str:
    text: str = login(voip, client_id).json()["access_token"]
    return text


def settings(voip: Client, **values: Any) -> None:
    voip.control("PATCH", "settings", {"voipnow": values})


def ids(voip: Client, extension: str = "0003*210") -> list[str]:
    found = voip.control("GET", "state")["voipnow"]["extensions"][extension]["events"]
    return [event["id"] for event in found]


def test_tokens(voip: Client) -> None:
    answer = login(voip)
    assert answer.json() == {"access_token": "issued-token-1", "token_type": "Bearer", "expires_in": "3600"}
    assert call(voip, "GET", token="issued-token-1").status_code == 200
    for refused in (login(voip, secret="wrong"), login(voip, "suspended"), login(voip, "nobody")):
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
    assert login(voip, grant_type="password").json() == {"error": "unsupported_grant_type"}
    assert call(voip, "GET", "/voipnow/oauth/token.php").status_code == 405
    entries = voip.journal()
    assert SECRET not in entries[0]["body"]
    assert entries[1]["credentials"]["valid"]


def test_tokens_by_basic(voip: Client) -> None:
    address = f"{voip.url}/voipnow/oauth/token.php"
    form = {"grant_type": "client_credentials"}
    answer = voip.session.post(address, data=form, auth=("app", SECRET), timeout=10)
    assert answer.json()["access_token"] == "issued-token-1"
    both = voip.session.post(address, data={**form, "client_secret": SECRET}, auth=("app", SECRET), timeout=10)
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    settings(voip, client_auth="basic", token_type="mac")
    refused = login(voip)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="oauth"')
    assert voip.session.post(address, data=form, auth=("app", SECRET), timeout=10).json()["token_type"] == "mac"
    settings(voip, client_auth="body")
    assert voip.session.post(address, data=form, auth=("app", SECRET), timeout=10).status_code == 401
    assert SECRET not in str(voip.journal())


@pytest.mark.parametrize("status", [401, 403])
def test_tokens_end(voip: Client, status: int) -> None:
    settings(voip, token_really_lives=2, refused_status=status)
    issued = token(voip)
    assert call(voip, "GET", token=issued).status_code == 200
    until(lambda: call(voip, "GET", token=issued).status_code != 200)
    answer = call(voip, "GET", token=issued)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "access_denied")
    voip.control("POST", "act", {"room": "voipnow", "do": "revoke_tokens"})
    assert call(voip, "GET").status_code == status


def test_lists(voip: Client) -> None:
    listed = call(voip, "GET").json()
    assert listed["totalResults"] == "2"
    assert [event["type"] for event in listed["entry"]] == ["0", "1"]
    assert listed["entry"][0]["note"] == "CRM"
    assert "note" not in listed["entry"][1]
    assert [event["id"] for event in call(voip, "GET", "/1").json()["entry"]] == ["B"]
    assert [event["id"] for event in call(voip, "GET", "/0/A").json()["entry"]] == ["A"]
    assert call(voip, "GET", "/1/A").status_code == 204


def test_lists_in_other_shapes(voip: Client) -> None:
    settings(voip, entry="object", wrapped=True, numbers_as_strings=False, total_results=False)
    (listed,) = call(voip, "GET").json()
    assert listed.keys() == {"entry"}
    assert listed["entry"]["A"]["type"] == 0
    empty = "/voipnow/uapi/extensions/@me/0003*212/phoneCallEvents"
    assert call(voip, "GET", empty).status_code == 204
    settings(voip, empty="empty", entry="list", wrapped=False)
    assert call(voip, "GET", empty).json() == {"entry": []}
    settings(voip, empty="missing")
    assert call(voip, "GET", empty).json() == {}


def test_addresses_can_be_listed_with_escapes(voip: Client) -> None:
    voip.control("PUT", "state", {"voipnow": {**SEED["voipnow"], "extensions": {"0003*210": 0}}})
    event = {"url": f"{HOOK}?a=1&b=2"}
    voip.control("POST", "act", {"room": "voipnow", "do": "add_event", "extension": "0003*210", "event": event})
    for urls, shown in (("plain", "?a=1&b=2"), ("html", "?a=1&amp;b=2"), ("percent", "%3Fa%3D1%26b%3D2")):
        settings(voip, urls=urls)
        assert call(voip, "GET").json()["entry"][0]["url"].endswith(f"/hook{shown}")


def test_pages(voip: Client) -> None:
    voip.control("PUT", "state", {"voipnow": {**SEED["voipnow"], "extensions": {"0003*210": 45}}})
    first = call(voip, "GET").json()
    assert len(first["entry"]) == 20
    assert first["paging"]["next"].startswith("https://127.0.0.1")
    assert first["paging"]["next"].endswith(f"{BASE}?count=20&startIndex=20")
    last = call(voip, "GET", "?count=20&startIndex=40").json()
    assert len(last["entry"]) == 5
    assert "paging" not in last
    assert call(voip, "GET", "?startIndex=45").status_code == 204
    assert call(voip, "GET", "?count=0").json()["error"]["code"] == "count_invalid"
    assert call(voip, "GET", "?startIndex=5001").json()["error"]["code"] == "startindex_invalid"
    settings(voip, most=10, paging="none", next_host="https://other.example.com")
    assert len(call(voip, "GET").json()["entry"]) == 10
    settings(voip, paging="next")
    assert call(voip, "GET").json()["paging"]["next"].startswith("https://other.example.com/voipnow/")


def test_deletes_one(voip: Client) -> None:
    answer = call(voip, "DELETE", "/0/A")
    assert (answer.status_code, answer.json()) == (200, [{"id": "A"}])
    assert ids(voip) == ["B"]
    again = call(voip, "DELETE", "/0/A")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "pce_id_invalid")
    assert call(voip, "DELETE", "/0/B").status_code == 400
    assert voip.journal()[0]["changes"] == [{"do": "delete", "extension": "0003*210", "event_ids": ["A"]}]
    settings(voip, gone="no_content")
    assert call(voip, "DELETE", "/0/A").status_code == 204
    settings(voip, gone="not_found")
    assert call(voip, "DELETE", "/0/A").status_code == 404


@pytest.mark.parametrize(("meaning", "left"), [("all", []), ("type", ["B"])])
def test_deletes_many(voip: Client, meaning: str, left: list[str]) -> None:
    settings(voip, type_alone=meaning)
    assert call(voip, "DELETE", "/0").status_code == 200
    assert ids(voip) == left
    assert call(voip, "DELETE", "/voipnow/uapi/extensions/@owner/0003%2A213/phoneCallEvents").json() == [
        {"id": "Event0006"},
        {"id": "Event0007"},
    ]
    assert call(voip, "DELETE", "/voipnow/uapi/extensions/@me/0003*213/phoneCallEvents/").status_code == 204


def test_deletes_late(voip: Client) -> None:
    settings(voip, lag=2, delete_status=204)
    answer = call(voip, "DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ids(voip) == ["A", "B"]
    until(lambda: not ids(voip))


def test_creates_and_updates(voip: Client) -> None:
    told = {"type": "2", "url": HOOK, "method": "0", "status": "1"}
    answer = call(voip, "POST", json=told)
    (made,) = answer.json()
    assert answer.status_code == 200
    assert made["id"] in ids(voip)
    assert call(voip, "PUT", f"/2/{made['id']}", json={"status": "0"}).json() == [made]
    (event,) = call(voip, "GET", "/2").json()["entry"]
    assert (event["status"], event["method"], event["url"]) == ("0", "0", HOOK)
    assert voip.journal()[1]["changes"][0]["fields"] == ["status"]
    settings(voip, create_status=201, update_status=204, answer_body=False)
    answer = call(voip, "POST", json=told)
    assert (answer.status_code, answer.content) == (201, b"")
    assert call(voip, "PUT", "/0/A", json={"note": "x"}).status_code == 204
    settings(voip, duplicates=False)
    assert call(voip, "POST", json=told).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "told", "code"),
    [
        ("POST", "", {"type": "9"}, "pcet_type_invalid"),
        ("POST", "", {"type": "0", "url": HOOK, "status": "1"}, "pce_method_invalid"),
        ("POST", "", {"type": "0", "url": "crm", "status": "1", "method": "0"}, "pce_url_invalid"),
        ("PUT", "/0/A", {"status": "2"}, "pce_status_invalid"),
        ("PUT", "/1/A", {"status": "1"}, "pce_id_invalid"),
        ("PUT", "/0/A", None, "request_invalid"),
        ("PATCH", "/0/A", {}, "request_not_implemented"),
        ("GET", "/voipnow/uapi/phoneCalls", None, "request_not_implemented"),
        ("GET", "/voipnow/uapi/extensions/@me/@self/phoneCallEvents", None, "extension_invalid"),
        ("GET", "/voipnow/uapi/extensions/@me/0003*214/phoneCallEvents", None, "extension_invalid"),
        ("GET", "/voipnow/uapi/extensions/77/0003*210/phoneCallEvents", None, "user_invalid"),
        ("GET", "/voipnow/uapi/extensions/@owner/0003*211/phoneCallEvents", None, "pce_access_denied"),
    ],
)
def test_no(voip: Client, method: str, path: str, told: dict[str, str] | None, code: str) -> None:
    answer = call(voip, method, path, json=told)
    assert answer.status_code == (501 if code == "request_not_implemented" else 400)
    assert answer.json()["error"]["code"] == code
    assert not any(entry["changes"] for entry in voip.journal())
    settings(voip, errors_in_200=True)
    assert call(voip, method, path, json=told).status_code == 200


def test_rights(voip: Client) -> None:
    assert call(voip, "GET", token=token(voip, "denied")).json()["error"]["code"] == "pce_access_denied"
    other = "/voipnow/uapi/extensions/12/0003*211/phoneCallEvents"
    assert len(call(voip, "GET", other, token=token(voip, "wide")).json()["entry"]) == 3


CALLS = "/voipnow/uapi/phoneCalls/@me/0003*210"


def live(voip: Client, extension: str = "0003*210") -> list[str]:
    return [one["id"] for one in voip.control("GET", "state")["voipnow"]["extensions"][extension]["calls"]]


def test_calls_are_listed(voip: Client) -> None:
    answer = call(voip, "GET", CALLS).json()
    assert (answer["totalResults"], [one["id"] for one in answer["entry"]]) == ("3", ["L1", "L2", "L3"])
    (view,) = answer["entry"][1]["phoneCallView"]
    assert (view["source"], view["destination"], view["flow"]) == (["+15550100102"], ["0003*210"], "8")
    assert answer["entry"][0]["phoneCallView"][0]["callerID"] == "Sales <1000>"
    assert len(call(voip, "GET", f"{CALLS}/L2").json()["entry"]) == 1
    assert call(voip, "GET", f"{CALLS}/nobody").status_code == 204
    assert call(voip, "GET", "/voipnow/uapi/phoneCalls/@me/0003*214").status_code == 204
    settings(voip, parties="text", caller_id="callerId", numbers_as_strings=False)
    (view,) = call(voip, "GET", f"{CALLS}/L1").json()["entry"][0]["phoneCallView"]
    assert (view["source"], view["callerId"], view["flow"]) == ("0003*210", "Sales <1000>", 4)
    settings(voip, parties="missing")
    assert "source" not in call(voip, "GET", f"{CALLS}/L1").json()["entry"][0]["phoneCallView"][0]


@pytest.mark.parametrize(
    ("path", "hung_up"),
    [
        ("/L1", ["L1"]),
        ("/L1?phoneNumber=%2B15550100101", ["L1"]),
        ("/L1?phoneNumber=%2B15550100102", []),
        ("?phoneNumber=%2B15550100101", ["L1", "L3"]),
        ("?phoneNumber=15550100101", []),
        ("", ["L1", "L2", "L3"]),
    ],
)
def test_hanging_up(voip: Client, path: str, hung_up: list[str]) -> None:
    answer = call(voip, "DELETE", CALLS + path)
    assert answer.status_code == (200 if hung_up else 204)
    assert not hung_up or answer.json() == [{"id": call_id} for call_id in hung_up]
    assert live(voip) == [call_id for call_id in ("L1", "L2", "L3") if call_id not in hung_up]
    changes = [change for entry in voip.journal() for change in entry["changes"]]
    expected = [{"do": "hang_up", "extension": "0003*210", "call_ids": hung_up}]
    assert changes == (expected if hung_up else [])


def test_a_number_by_its_digits(voip: Client) -> None:
    settings(voip, number_match="digits")
    assert call(voip, "DELETE", f"{CALLS}?phoneNumber=15550100101").status_code == 200
    assert live(voip) == ["L2"]


@pytest.mark.parametrize(
    ("manner", "status"), [("no_content", 204), ("empty", 200), ("pc_phonecall_invalid", 400), ("not_found", 404)]
)
def test_hanging_up_what_has_ended(voip: Client, manner: str, status: int) -> None:
    settings(voip, ended_call=manner)
    answer = call(voip, "DELETE", f"{CALLS}/nobody")
    assert answer.status_code == status
    assert status < 400 or answer.json()["error"]["code"] == "pc_phonecall_invalid"
    assert live(voip) == ["L1", "L2", "L3"]


def test_acts_on_calls(voip: Client) -> None:
    act = {"room": "voipnow", "do": "add_call", "extension": "0003*210", "call": {"id": "L4", "number": "+1555"}}
    assert voip.control("POST", "act", act)["changes"][0]["call_ids"] == ["L4"]
    end = {**act, "do": "end_call", "call_id": "L1"}
    voip.control("POST", "act", end)
    assert live(voip) == ["L2", "L3", "L4"]
    for wrong in (act, end, {**act, "call": {"number": 1555}}, {**act, "call": {"color": "red"}}):
        voip.control("POST", "act", wrong, expect=400)


def test_acts(voip: Client) -> None:
    act = {"room": "voipnow", "do": "add_event", "extension": "0003*210", "event": {"id": "C", "url": HOOK}}
    assert voip.control("POST", "act", act)["changes"][0]["event_ids"] == ["C"]
    voip.control("POST", "act", {**act, "do": "remove_event", "event_id": "A"})
    assert ids(voip) == ["B", "C"]
    for wrong in (
        act,
        {**act, "event": {"id": "D", "color": "red"}},
        {**act, "do": "remove_event", "event_id": "A"},
        {**act, "extension": "1"},
    ):
        voip.control("POST", "act", wrong, expect=400)


@pytest.mark.parametrize(
    "seed",
    [
        {"people": []},
        {"apps": {"client_id": "a"}},
        {"apps": [{"client_id": "a"}]},
        {"tokens": [{}]},
        {"extensions": {"1": {"colour": "red"}}},
        {"extensions": {"1": {"events": [{"id": "A"}, {"id": "A"}]}}},
    ],
)
def test_wrong_seeds(voip: Client, seed: dict[str, Any]) -> None:
    assert "error" in voip.control("PUT", "state", {"voipnow": seed}, expect=400)


def test_secrets_are_not_shown(voip: Client) -> None:
    issued = token(voip)
    text = str(voip.control("GET", "state")) + str(voip.journal())
    assert all(secret not in text for secret in (SECRET, TOKEN, f"'{issued}'"))
