# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated wolkvox follows the vendor's pages; both variants exist for what they leave open."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.tests.support.guard import until

from .conftest import Client

TOKEN = "not-a-secret-wolkvox-token"
SPENT = "not-a-secret-spent-token"
SEED: dict[str, Any] = {
    "wolkvox": {
        "tokens": [TOKEN, {"token": SPENT, "daily_quota": 2, "used_today": 2}],
        "campaigns": {
            "77": {"name": "Winter", "skill_id": "12", "records": {"clean": 3, "NO ANSWER": 2, "DO-NOT-CALL": 1}},
            "78": {
                "type": "preview",
                "status": "started",
                "records": [{"nombre_cliente": "Ada", "resultado": "BUSY", "own": "ñ"}],
            },
            "79": 2,
            "80": {},
        },
    }
}


@pytest.fixture
def wolkvox(client: Client) -> Client:
    client.control("PUT", "state", SEED)
    return client


def call(client: Client, method: str, file: str, *, token: str | None = TOKEN, **asked: str) -> requests.Response:
    headers = {} if token is None else {"wolkvox-token": token}
    return client.call(method, f"/wolkvox/api/v2/{file}.php", auth=None, headers=headers, params=asked)


def campaigns(client: Client, **asked: str) -> requests.Response:
    return call(client, "GET", "information", api="campaigns", **asked)


def export(client: Client, campaign: str = "77") -> requests.Response:
    return call(client, "GET", "campaign", api="campaign_15", campaign_id=campaign)


def clear(client: Client, campaign: str = "77", kind: str = "predictive", **asked: str) -> requests.Response:
    return call(client, "DELETE", "campaign", api="clear_campaign", type_campaign=kind, campaign_id=campaign, **asked)


def held(client: Client, campaign: str = "77") -> dict[str, int]:
    found: dict[str, int] = client.control("GET", "state")["wolkvox"]["campaigns"][campaign]["results"]
    return found


def settings(client: Client, **values: Any) -> None:
    client.control("PATCH", "settings", {"wolkvox": values})


def act(client: Client, expect: int = 200, **order: Any) -> Any:
    return client.control("POST", "act", {"room": "wolkvox", **order}, expect)


def test_campaigns_are_listed(wolkvox: Client) -> None:
    answer = campaigns(wolkvox)
    body = answer.json()
    assert (answer.status_code, body["code"], body["error"]) == (200, 200, None)
    assert [row["campaign_id"] for row in body["data"]] == ["77", "78", "79", "80"]
    first = body["data"][0]
    assert (first["records"], first["status"], first["type_campaign"], first["skill_id"]) == (
        "6",
        "Stopped",
        "predictive",
        "12",
    )
    (only,) = campaigns(wolkvox, campaign="78").json()["data"]
    assert (only["status"], only["campaign_name"]) == ("Started", "Campaign 78")


def test_shapes_of_the_list(wolkvox: Client) -> None:
    settings(wolkvox, list_shape="bare", numbers_as_strings=False)
    (row,) = campaigns(wolkvox, campaign="77").json()
    assert row["records"] == 6
    settings(wolkvox, list_shape="object", code_type="str", campaign_filter="obeyed")
    body = campaigns(wolkvox, campaign="77").json()
    assert (body["data"]["campaign_id"], body["code"]) == ("77", "200")
    settings(wolkvox, listed_records="-5")
    assert campaigns(wolkvox, campaign="77").json()["data"]["records"] == "-5"
    settings(wolkvox, campaign_filter="ignored", listed_records="")
    assert len(campaigns(wolkvox, campaign="77").json()["data"]) == 4


def test_an_unknown_campaign(wolkvox: Client) -> None:
    assert campaigns(wolkvox, campaign="99").json()["data"] == []
    settings(wolkvox, unknown_campaign="404")
    answer = campaigns(wolkvox, campaign="99")
    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (404, 404, "NOT FOUND")
    settings(wolkvox, error_status="always_200")
    answer = campaigns(wolkvox, campaign="99")
    assert (answer.status_code, answer.json()["code"]) == (200, 404)


def test_the_export(wolkvox: Client) -> None:
    body = export(wolkvox).json()
    assert (body["code"], body["total_records"], body["campaign_id"]) == ("200", "6", "77")
    assert [record["resultado"] for record in body["records"]] == ["", "", "", "NO ANSWER", "NO ANSWER", "DO-NOT-CALL"]
    assert len({record["id_cliente"] for record in body["records"]}) == 6
    (ada,) = export(wolkvox, "78").json()["records"]
    assert (ada["nombre_cliente"], ada["own"], ada["resultado"]) == ("Ada", "ñ", "BUSY")
    assert call(wolkvox, "GET", "campaign", api="campaign_15").status_code == 400
    assert export(wolkvox, "99").status_code == 404


def test_shapes_of_the_export(wolkvox: Client) -> None:
    settings(wolkvox, export_limit=4, clean_word="CLEAN", export_pretty=True)
    answer = export(wolkvox)
    assert "\n" in answer.text
    assert (answer.json()["total_records"], len(answer.json()["records"])) == ("6", 4)
    assert answer.json()["records"][0]["resultado"] == "CLEAN"
    settings(wolkvox, export_total="sent", export_shape="data")
    assert (export(wolkvox).json()["total_records"], len(export(wolkvox).json()["data"])) == ("4", 4)
    settings(wolkvox, export_total="none")
    assert "total_records" not in export(wolkvox).json()
    settings(wolkvox, export_shape="bare")
    assert len(export(wolkvox).json()) == 4
    assert export(wolkvox, "80").json() == []
    settings(wolkvox, empty_export="404")
    assert export(wolkvox, "80").status_code == 404


def test_a_clear_takes_all_or_one_result(wolkvox: Client) -> None:
    answer = clear(wolkvox, result="no-answer")
    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (202, 202, None)
    assert held(wolkvox) == {"clean": 3, "do-not-call": 1}
    assert clear(wolkvox).status_code == 202
    assert held(wolkvox) == {}
    assert held(wolkvox, "79") == {"clean": 2}
    assert [entry["changes"] for entry in wolkvox.journal()] == [
        [{"do": "clear", "campaign": "77", "records": 2, "results": {"no-answer": 2}}],
        [{"do": "clear", "campaign": "77", "records": 4, "results": {"clean": 3, "do-not-call": 1}}],
    ]


def test_a_clear_that_is_not_meant(wolkvox: Client) -> None:
    assert clear(wolkvox, kind="sms").status_code == 400
    assert clear(wolkvox, campaign="").status_code == 400
    assert clear(wolkvox, kind="preview").status_code == 404
    assert clear(wolkvox, campaign="99").status_code == 404
    assert clear(wolkvox, result="nobody").status_code == 400
    settings(wolkvox, unknown_clear=202)
    assert clear(wolkvox, campaign="99").status_code == 202
    assert sum(held(wolkvox).values()) == 6
    assert not any(entry["changes"] for entry in wolkvox.journal())


def test_what_is_not_documented_of_a_clear(wolkvox: Client) -> None:
    assert clear(wolkvox, "80").status_code == 202
    settings(wolkvox, empty_clear=404, clear_status=200)
    assert clear(wolkvox, "80").status_code == 404
    assert clear(wolkvox, result="busy").status_code == 404
    answer = clear(wolkvox, "79")
    assert (answer.status_code, answer.json()["code"]) == (200, 202)
    settings(wolkvox, unknown_result="everything")
    assert clear(wolkvox, result="nobody").status_code == 200
    assert held(wolkvox) == {}
    settings(wolkvox, result_filter="ignored")
    clear(wolkvox, "78", "preview", result="answer")
    assert held(wolkvox, "78") == {}


def test_a_clear_that_takes_time(wolkvox: Client) -> None:
    settings(wolkvox, clear_lag=2)
    assert clear(wolkvox).status_code == 202
    assert sum(held(wolkvox).values()) == 6
    act(wolkvox, do="add_records", campaign="77", records=1)
    until(lambda: sum(held(wolkvox).values()) == 1)
    assert held(wolkvox) == {"clean": 1}


def test_start_and_stop(wolkvox: Client) -> None:
    for api, status in (("start", "started"), ("start", "started"), ("stop", "stopped")):
        answer = call(wolkvox, "PUT", "campaign", api=api, campaign_id="77")
        assert (answer.status_code, answer.json()["code"]) == (202, 202)
        assert wolkvox.control("GET", "state")["wolkvox"]["campaigns"]["77"]["status"] == status
    assert call(wolkvox, "PUT", "campaign", api="start", campaign_id="99").status_code == 404
    assert [len(entry["changes"]) for entry in wolkvox.journal()] == [1, 0, 1, 0]


def test_the_quota(wolkvox: Client) -> None:
    info = call(wolkvox, "GET", "information", api="token_info").json()["data"][0]
    assert (info["token_limit"], info["token_use_today"], info["available_consumption_options"]) == ("1000", "1", "999")
    answer = call(wolkvox, "GET", "information", api="campaigns", token=SPENT)
    assert (answer.status_code, answer.json()["msg"]) == (403, "TOKEN LIMIT EXCEEDED")
    act(wolkvox, do="use_quota")
    assert clear(wolkvox).status_code == 403
    assert sum(held(wolkvox).values()) == 6


@pytest.mark.parametrize(
    ("token", "status", "msg"),
    [(None, 401, "PLEASE ENTER THE WOLKVOX-TOKEN"), ("not-the-one", 403, "PLEASE VALIDATE TOKEN")],
)
def test_who_is_not_let_in(wolkvox: Client, token: str | None, status: int, msg: str) -> None:
    answer = call(wolkvox, "GET", "information", api="campaigns", token=token)
    assert (answer.status_code, answer.json()["msg"]) == (status, msg)


def test_a_token_as_a_bearer_is_none(wolkvox: Client) -> None:
    answer = wolkvox.call(
        "GET", "/wolkvox/api/v2/information.php?api=campaigns", auth=None, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 401


def test_maintenance(wolkvox: Client) -> None:
    settings(wolkvox, maintenance=True, maintenance_msg="COME BACK LATER")
    assert (campaigns(wolkvox).status_code, campaigns(wolkvox).json()["msg"]) == (403, "COME BACK LATER")


def test_too_many_at_once(wolkvox: Client) -> None:
    settings(wolkvox, simultaneous=1)
    wolkvox.control("PATCH", "settings", {"latency": 0.5})
    statuses: list[int] = []

    def ask() -> None:
        answer = requests.get(
            f"{wolkvox.url}/wolkvox/api/v2/information.php",
            params={"api": "campaigns"},
            headers={"wolkvox-token": TOKEN},
            timeout=10,
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 403]


@pytest.mark.parametrize(("method", "api"), [("GET", "clear_campaign"), ("DELETE", "campaign_15"), ("GET", "nothing")])
def test_what_there_is_not(wolkvox: Client, method: str, api: str) -> None:
    answer = call(wolkvox, method, "campaign", api=api, campaign_id="77")
    assert (answer.status_code, answer.json()["msg"]) == (400, "THE API YOU WANT TO CONSULT DOES NOT EXIST")


def test_acts(wolkvox: Client) -> None:
    assert act(wolkvox, do="dial", campaign="77", result="BUSY", calls=2)["changes"] == [
        {"do": "dial", "campaign": "77", "records": 2}
    ]
    assert held(wolkvox) == {"clean": 1, "busy": 2, "no-answer": 2, "do-not-call": 1}
    act(wolkvox, do="add_records", campaign="77", records={"BUSY": 1})
    act(wolkvox, do="set_status", campaign="77", status="started")
    act(wolkvox, do="rename", campaign="77", name="Other")
    state = wolkvox.control("GET", "state")["wolkvox"]
    assert state["campaigns"]["77"]["status"] == "started"
    assert (state["campaigns"]["77"]["name"], state["campaigns"]["77"]["records"]) == ("Other", 7)
    assert TOKEN not in str(state)
    act(wolkvox, do="remove_records", campaign="77")
    assert held(wolkvox) == {}
    act(wolkvox, do="remove_campaign", campaign="77")
    assert "there is no campaign '77'" in act(wolkvox, 400, do="rename", campaign="77", name="X")["error"]
    assert "wolkvox can do" in act(wolkvox, 400, do="sing", campaign="78")["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": []},
        {"tokens": "x"},
        {"tokens": [{"name": "x"}]},
        {"tokens": [{"token": 7}]},
        {"campaigns": {"77": {"colour": "red"}}},
        {"campaigns": {"77": {"records": "many"}}},
        {"campaigns": {"77": {"records": {"BUSY": "many"}}}},
        {"campaigns": {"77": {"records": [7]}}},
    ],
    ids=str,
)
def test_a_wrong_seed(wolkvox: Client, wrong: dict[str, Any]) -> None:
    wolkvox.control("PUT", "state", {"wolkvox": wrong}, 400)
    assert sum(held(wolkvox).values()) == 6


# --- by phone number -------------------------------------------------------------------------------------------------

NUMBERS: dict[str, Any] = {
    "wolkvox": {
        "tokens": [TOKEN],
        "campaigns": {
            "77": [{"id_cliente": "1", "tel1": "15550100001"}, {"id_cliente": "2", "tel2": "+1 555 010 0001"}],
            "78": {
                "type": "preview",
                "records": [{"id_cliente": "1", "tel1": "15550100001", "tel_extra": "15550100002"}],
            },
        },
        "dnc": ["15550100001", {"phone_number": "15550100002", "type": "all", "date": "2026-01-05"}],
        "dnc_for_days": [{"phone_number": "15550100003", "days_block": 30}],
    }
}


@pytest.fixture
def numbers(client: Client) -> Client:
    client.control("PUT", "state", NUMBERS)
    return client


def send(
    client: Client, method: str, api: str, body: Any, file: str = "configuration", **asked: str
) -> requests.Response:
    headers, params = {"wolkvox-token": TOKEN}, {"api": api, **asked}
    path = f"/wolkvox/api/v2/{file}.php"
    return client.call(method, path, auth=None, headers=headers, params=params, json=body)


def found(client: Client, **asked: str) -> list[tuple[str, str]]:
    answer = call(client, "GET", "campaign", api="find_record", **asked).json()
    return [(row["campaign_id"], row["customer_id"]) for row in answer.get("data", ())]


def test_records_are_found_by_number_and_customer(numbers: Client) -> None:
    answer = call(numbers, "GET", "campaign", api="find_record", customer_phone="15550100001").json()
    assert (answer["code"], answer["msg"]) == ("200", "2 records were found")
    assert {"customer_id", "campaign_id", "result", "calls", "conn_id", "date", "tel1", "opt12"} <= answer["data"][
        0
    ].keys()
    assert found(numbers, customer_id="1") == [("77", "1"), ("78", "1")]
    assert found(numbers, customer_id="1", campaign_id="78") == [("78", "1")]
    assert call(numbers, "GET", "campaign", api="find_record").status_code == 400


@pytest.mark.parametrize(
    ("setting", "asked", "there"),
    [
        ({}, "5550100001", []),
        ({"find_match": "digits"}, "+15550100001", [("77", "1"), ("77", "2"), ("78", "1")]),
        ({"find_match": "suffix"}, "5550100001", [("77", "1"), ("77", "2"), ("78", "1")]),
        ({"find_scope": "one"}, "15550100001", [("77", "1")]),
        ({"find_filter": "ignored"}, "0", [("77", "1"), ("77", "2"), ("78", "1")]),
        ({}, "15550100002", []),
        ({"find_tel_extra": True}, "15550100002", [("78", "1")]),
    ],
)
def test_what_is_not_documented_of_finding(
    numbers: Client, setting: dict[str, Any], asked: str, there: list[tuple[str, str]]
) -> None:
    settings(numbers, **setting)
    assert found(numbers, customer_phone=asked) == there


@pytest.mark.parametrize(("empty", "status"), [("404", 404), ("empty", 200)])
def test_nobody_is_found(numbers: Client, empty: str, status: int) -> None:
    settings(numbers, empty_find=empty)
    assert call(numbers, "GET", "campaign", api="find_record", customer_phone="1").status_code == status


def test_customers_are_marked_in_a_predictive_campaign(numbers: Client) -> None:
    answer = send(numbers, "PUT", "block_predictive_dnc", {"id_campaing": "77", "id_cliente": ["1", "9"]})
    assert answer.json()["msg"] == "1 records were successfully marked as DO-NOT-CALL in campaign 77"
    assert held(numbers) == {"do-not-call": 1, "clean": 1}
    send(numbers, "PUT", "block_predictive_dnc", {"id_campaing": "78", "id_cliente": ["1"]})
    assert held(numbers, "78") == {"clean": 1}
    settings(numbers, unknown_mark=404)
    assert send(numbers, "PUT", "block_predictive_dnc", {"id_campaing": "78", "id_cliente": ["1"]}).status_code == 404
    assert send(numbers, "PUT", "block_predictive_dnc", {"id_campaing": "77", "id_cliente": []}).status_code == 400


def test_customers_are_removed(numbers: Client) -> None:
    asked = {"type_campaign": "predictive", "campaign_id": "77"}
    answer = send(numbers, "DELETE", "remove_record", {"customer_id": "1,2"}, "campaign", **asked)
    assert (answer.status_code, held(numbers)) == (202, {})
    assert send(numbers, "DELETE", "remove_record", {"customer_id": "1"}, "campaign", **asked).status_code == 404
    assert send(numbers, "DELETE", "remove_record", {}, "campaign", **asked).status_code == 400
    settings(numbers, unknown_remove=202)
    wrong = {"type_campaign": "predictive", "campaign_id": "78"}
    assert send(numbers, "DELETE", "remove_record", {"customer_id": "1"}, "campaign", **wrong).status_code == 202
    assert held(numbers, "78") == {"clean": 1}


def listed(client: Client, kind: str = "all") -> list[str]:
    answer = call(client, "GET", "information", api="get_dnc", type=kind).json()
    return [row["phone_number"] for row in answer.get("data", ())]


def test_the_do_not_call_list(numbers: Client) -> None:
    rows = call(numbers, "GET", "information", api="get_dnc", type="outbound").json()["data"]
    assert rows[1] == {"phone_number": "15550100002", "type": "all", "date_delete": "2026-01-05"}
    settings(numbers, dnc_type_filter="own")
    assert (listed(numbers, "outbound"), listed(numbers)) == (["15550100001"], ["15550100002"])
    settings(numbers, dnc_days_listed=True)
    assert listed(numbers, "outbound") == ["15550100001", "15550100003"]
    assert call(numbers, "GET", "information", api="get_dnc", type="both").status_code == 400


def test_numbers_are_added_and_removed(numbers: Client) -> None:
    answer = send(numbers, "POST", "add_dnc", {"type_call": "all", "telephones": ["15550100009"]})
    assert (answer.status_code, answer.json()["msg"]) == (201, "1 telephones were added")
    answer = send(numbers, "DELETE", "remove_dnc", {"type": "all", "telephones": ["15550100009"]})
    assert (answer.status_code, "15550100009" in listed(numbers)) == (202, False)
    settings(numbers, dnc_again=400, dnc_absent=404, empty_dnc="404")
    again = send(numbers, "POST", "add_dnc", {"type_call": "outbound", "telephones": ["15550100001"]})
    absent = send(numbers, "DELETE", "remove_dnc", {"type": "all", "telephones": ["15550100009"]})
    assert (again.status_code, absent.status_code) == (400, 404)
    assert send(numbers, "POST", "add_dnc", {"type_call": "both", "telephones": ["1"]}).status_code == 400


def test_the_word_all_empties_the_list(numbers: Client) -> None:
    send(numbers, "DELETE", "remove_dnc", {"type": "all", "telephones": "All"})
    assert listed(numbers) == []
    settings(numbers, empty_dnc="404")
    assert call(numbers, "GET", "information", api="get_dnc", type="all").status_code == 404


@pytest.mark.parametrize("part", ["dnc", "dnc_for_days"])
@pytest.mark.parametrize("wrong", ["all", {"a": 1}, [7], [{"number": "1"}], [{"phone_number": "1", "type": "both"}]])
def test_lists_that_cannot_be_seeded(client: Client, part: str, wrong: Any) -> None:
    client.control("PUT", "state", {"wolkvox": {part: wrong}}, 400)
