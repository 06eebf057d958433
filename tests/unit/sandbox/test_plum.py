# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Plum products follow the vendor's pages."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
import requests

from ansible_collections.telephony.outbound.tests.support.guard import until

from .conftest import EMAIL, FORM, KEY, Client


def parsed(answer: requests.Response) -> ET.Element:
    """Parse an XML answer."""
    assert answer.headers["Content-Type"] == "application/xml"
    return ET.fromstring(answer.text)


BOTH = pytest.mark.parametrize(("product", "queue", "call"), [("fuse", "100/200", "f-1"), ("insight", "10/20", "i-1")])


@BOTH
def test_cancel_takes_what_is_queued_and_answers_nothing(client: Client, product: str, queue: str, call: str) -> None:
    before = client.statuses(queue, product)
    answer = client.cancel(queue, product)
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (202, b"", None)
    after = client.statuses(queue, product)
    assert after == {key: "canceled" if word == "queued" else word for key, word in before.items()}
    events = client.status(call, product).json()["call_details"]["events"]
    assert [event["event"] for event in events] == ["queued", "canceled"]


@BOTH
@pytest.mark.parametrize(
    "auth", [None, (EMAIL, "wrong"), ("nobody@example.com", KEY), ("former@example.com", KEY)], ids=str
)
def test_wrong_credentials_are_401(
    client: Client, product: str, queue: str, call: str, auth: tuple[str, str] | None
) -> None:
    for answer in (client.cancel(queue, product, auth=auth), client.status(call, product, auth=auth)):
        assert answer.status_code == 401
        assert "account is inactive" in answer.json()["error"]
    assert client.statuses(queue, product)[call] == "queued"
    assert [entry["credentials"] and entry["credentials"]["valid"] for entry in client.journal()] == [
        False if auth else None
    ] * 2


@BOTH
def test_an_account_without_the_permission_is_403(client: Client, product: str, queue: str, call: str) -> None:
    answer = client.cancel(queue, product, auth=("denied@example.com", KEY))
    assert answer.status_code == 403
    assert client.statuses(queue, product)[call] == "queued"
    assert client.journal()[0]["credentials"]["valid"] is True


@BOTH
def test_a_wrong_method_is_405(client: Client, product: str, queue: str, call: str) -> None:
    parent = "apps" if product == "fuse" else "surveys"
    assert client.call("GET", f"/{product}/api/{parent}/{queue}/cancel").status_code == 405
    assert client.call("DELETE", f"/{product}/api/outbound/{call}").status_code == 405


def test_insight_insists_on_its_content_type(client: Client) -> None:
    answer = client.cancel("10/20", "insight", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["success"]) == (415, False)
    assert client.cancel("10/20", "insight", headers={"Content-Type": f"{FORM}; charset=utf-8"}).status_code == 202
    assert client.cancel(headers={"Content-Type": "application/json"}).status_code == 202


def test_unknown_ids_are_404_in_the_words_of_the_vendor(client: Client) -> None:
    text = "No deployment was found by that application id and deployment id."
    assert client.cancel("100/999").json() == {"error": text}
    xml = client.cancel("100/999", headers={"Accept": "application/xml"})
    assert parsed(xml).findtext("error") == text
    assert client.cancel("10/99", "insight").json()["success"] is False
    assert client.status("nothing").status_code == 404
    assert client.call("GET", "/fuse/api/elsewhere").status_code == 404
    assert client.call("GET", "/nobody").status_code == 404
    # each product has its own addresses and its own queues
    assert client.call("DELETE", "/fuse/api/surveys/100/200/cancel").status_code == 404
    assert client.status("i-1", "fuse").status_code == 404


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json, application/xml"])
def test_anything_but_xml_gets_json(client: Client, accept: str) -> None:
    assert client.cancel("1/1", headers={"Accept": accept}).headers["Content-Type"] == "application/json"


def test_percent_escapes_name_the_same_queue(client: Client) -> None:
    assert client.cancel("1%200/2%2A1").status_code == 202
    assert client.journal()[0]["path"] == "/fuse/api/apps/1%200/2%2A1/cancel"
    assert set(client.statuses("1 0/2*1").values()) == {"canceled"}


def test_status_of_fuse(client: Client) -> None:
    told = client.status("f-4").json()
    assert set(told) == {"call_details"}
    call = told["call_details"]
    assert (call["status"], call["attempts"], call["duration"]) == ("completed", "1", "42")
    assert (call["phone_number"], call["max_attempts"]) == ("15555550104", "3")
    assert [event["event"] for event in call["events"]] == ["queued", "dialing", "connected", "disconnected"]
    assert all(isinstance(event["timestamp"], int) for event in call["events"])
    assert "last_attempt_timestamp" not in call
    assert client.status("f-5").status_code == 403
    assert client.status("f-6").json()["call_details"]["status"] == "parked"


def test_status_of_insight(client: Client) -> None:
    told = client.status("i-2", "insight").json()
    call = told["call_details"]
    assert told["success"] is True
    assert call["last_attempt_timestamp"].isdecimal()
    assert "phone_number" not in call
    assert call["events"][0]["timestamp"].isdecimal()


def test_status_as_xml(client: Client) -> None:
    root = parsed(client.status("f-4", headers={"Accept": "application/xml"}))
    assert root.tag == "result"
    assert root.findtext("call_details/status") == "completed"
    assert len(root.findall("call_details/events/item/event")) == 4
    client.settings(xml_root="answer", xml_item="entry")
    root = parsed(client.status("i-1", "insight", headers={"Accept": "application/xml"}))
    assert (root.tag, root.findtext("success")) == ("answer", "true")
    assert root.findtext("call_details/events/entry/event") == "queued"


def test_quirks_can_be_switched_on(client: Client) -> None:
    client.settings(
        single_quotes=True, quoted_phone_number=True, start_timestamp_key="start_Timestamp", numbers_as_strings=False
    )
    text = client.status("i-2", "insight").text
    assert text.startswith("{'success': true, 'call_details': {'status': 'connected'")
    assert "'start_Timestamp'" in text
    call = client.status("f-4").json()["call_details"]
    assert (call["phone_number"], call["attempts"]) == ("'15555550104'", 1)


def test_an_empty_queue_can_be_told_to_answer_either_way(client: Client) -> None:
    assert client.cancel("101/210").status_code == 202
    client.settings(empty_cancel=404)
    assert client.cancel("101/210").status_code == 404
    assert [entry["changes"] for entry in client.journal()] == [[], []]
    assert client.cancel().status_code == 202


def test_a_call_that_failed_waits_while_it_has_attempts_left(client: Client) -> None:
    act = {"room": "fuse", "do": "set_status", "call_id": "f-1"}
    for status in ("dialing", "failed"):
        client.control("POST", "act", {**act, "status": status})
    assert client.cancel().status_code == 202
    assert client.statuses()["f-1"] == "canceled"
    for _attempt in range(2):
        for status in ("dialing", "failed"):
            client.control("POST", "act", {**act, "status": status})
    assert client.cancel().status_code == 202
    assert client.statuses()["f-1"] == "failed", "it has been dialed three times"


def test_the_answer_to_a_cancel_can_have_a_body(client: Client) -> None:
    client.settings(cancel_body='{"success": "false"}')
    answer = client.cancel()
    assert (answer.status_code, answer.json()) == (202, {"success": "false"})


def test_statuses_can_lag_behind_the_answer(client: Client) -> None:
    client.settings(cancel_lag=2)
    assert client.cancel().status_code == 202
    assert client.statuses()["f-1"] == "queued"
    assert client.journal()[0]["changes"] == []
    client.control("POST", "act", {"room": "fuse", "do": "set_status", "call_id": "f-2", "status": "dialing"})
    until(lambda: client.journal()[0]["changes"])
    assert (client.statuses()["f-1"], client.statuses()["f-2"]) == ("canceled", "dialing")
    assert client.journal()[0]["changes"] == [{"do": "cancel", "queue": "100/200", "call_ids": ["f-1", "f-5"]}]


def test_calls_can_be_queued(client: Client) -> None:
    told = {"phone_number": "15555550199", "max_attempts": "2"}
    answer = client.call("POST", "/insight/api/surveys/10/20/queue", data=told)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert client.statuses("10/20", "insight")[answer.json()["call_id"]] == "queued"
    form = requests.Request("POST", "http://x", files={"phone_number": (None, "15555550198")}).prepare()
    answer = client.call(
        "POST",
        "/fuse/api/apps/101/210/queue",
        data=form.body,
        headers={"Content-Type": form.headers["Content-Type"]},
    )
    call_id = answer.json()["call_id"]
    assert answer.headers["Link"] == f"</fuse/api/outbound/{call_id}>"
    assert client.status(call_id).json()["call_details"]["phone_number"] == "15555550198"
    assert client.journal()[1]["changes"] == [{"do": "queue", "queue": "101/210", "call_ids": [call_id]}]


@pytest.mark.parametrize(
    ("queue", "data", "status"),
    [
        ("101/210", {"max_attempts": "1"}, 400),
        ("101/210", {"phone_number": "1", "max_attempts": "11"}, 400),
        ("101/210", {"phone_number": "1", "reattempt_wait": "soon"}, 400),
        ("1/1", {"phone_number": "1"}, 404),
    ],
)
def test_wrong_calls_are_not_queued(client: Client, queue: str, data: dict[str, str], status: int) -> None:
    assert client.call("POST", f"/fuse/api/apps/{queue}/queue", data=data).status_code == status
    assert client.journal()[0]["changes"] == []
