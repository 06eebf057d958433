# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox by phone number with a script of expected requests: exactly these are sent, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import responses
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses

API = "https://wv0010.wolkvox.com/api/v2"
TOKEN = "not-a-secret-token"
HEADER = matchers.header_matcher({"wolkvox-token": TOKEN, "Accept": "application/json"})
ANN = "15550100001"
script = responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)


@pytest.fixture(autouse=True)
def own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TELEPHONY_OUTBOUND_LOCK_DIR", str(tmp_path / "locks"))


def answer(method: str, file: str, query: dict[str, str], *, code: Any = "200", body: Any = None, **told: Any) -> None:
    """Expect one request, with this body if any."""
    match = [HEADER, matchers.query_param_matcher(query)]
    if body is not None:
        match.append(matchers.json_params_matcher(body))
    responses.add(method, f"{API}/{file}.php", json={"code": code, "error": None, "msg": "", **told}, match=match)


def found(*rows: tuple[str, str, str], **asked: str) -> None:
    data = [
        {"campaign_id": campaign, "customer_id": customer, "result": result, "calls": "2", "tel1": ANN, "tel2": ""}
        for campaign, customer, result in rows
    ]
    asked = asked or {"customer_phone": ANN}
    answer("GET", "campaign", {"api": "find_record", **asked}, msg=f"{len(rows)} records were found", data=data)


def campaigns(**types: str) -> None:
    data = [{"campaign_id": name[1:], "type_campaign": kind, "records": "3"} for name, kind in types.items()]
    answer("GET", "information", {"api": "campaigns"}, data=data)


def marked(campaign: str, *customers: str) -> None:
    body = {"id_campaing": campaign, "id_cliente": list(customers)}
    answer("PUT", "configuration", {"api": "block_predictive_dnc"}, code="202", body=body)


def removed(campaign: str, kind: str, customers: str) -> None:
    query = {"api": "remove_record", "type_campaign": kind, "campaign_id": campaign}
    answer("DELETE", "campaign", query, code=202, body={"customer_id": customers})


def listed(kind: str, *rows: tuple[str, str]) -> None:
    data = [{"phone_number": number, "type": type_, "date_delete": "2026-01-05"} for number, type_ in rows]
    answer("GET", "information", {"api": "get_dnc", "type": kind}, data=data)


def run(module: str, **options: Any) -> dict[str, Any]:
    more = {} if module.endswith("_info") else {"wait_timeout": 0.1}
    return run_module(module, **{"server": "0010", "token": TOKEN, **more, **options})


def outcomes(result: dict[str, Any]) -> Sequence[str]:
    return [entry["outcome"] for entry in result["results"]]


@script
def test_mark_in_two_campaigns() -> None:
    found(("77", "1", "BUSY"), ("77", "2", ""), ("78", "1", "NO ANSWER"), ("79", "3", "DO-NOT-CALL"))
    campaigns(c77="predictive", c78="predictive", c79="preview")
    marked("77", "1", "2")
    marked("78", "1")
    found(*(("77", customer, "DO NOT CALL") for customer in "12"), ("78", "1", "do_not_call"))
    (entry,) = run("wolkvox_record", phone_number=ANN)["results"]
    assert (entry["outcome"], entry["pending_before"], entry["attempts"]) == ("changed", 3, 2)
    assert entry["records"][2] == {
        "campaign_id": "78",
        "type_campaign": "predictive",
        "customer_id": "1",
        "result": "no-answer",
        "attempts": 2,
        "phone_numbers": [ANN],
    }


@script
def test_nothing_to_mark() -> None:
    found()
    assert outcomes(run("wolkvox_record", phone_number=ANN)) == ["unchanged"]


@script
def test_check_mode_sends_no_mark() -> None:
    found(("77", "1", ""))
    campaigns(c77="predictive")
    assert outcomes(run("wolkvox_record", phone_number=ANN, check=True)) == ["would_change"]


@script
def test_remove_from_one_campaign() -> None:
    found(("77", "1", "BUSY"), campaign_id="77", customer_phone=ANN)
    found(("77", "1", "BUSY"), ("77", "1", ""), campaign_id="77", customer_id="1")
    campaigns(c77="preview")
    removed("77", "preview", "1")
    found(campaign_id="77", customer_phone=ANN)
    found(campaign_id="77", customer_id="1")
    (entry,) = run("wolkvox_record", phone_number=ANN, campaign_id="77", state="absent")["results"]
    assert (entry["outcome"], entry["pending_before"]) == ("changed", 2)


@script
def test_remove_a_customer() -> None:
    found(("77", "1", "BUSY"), customer_id="1")
    campaigns(c77="predictive")
    removed("77", "predictive", "1")
    found(customer_id="1")
    assert outcomes(run("wolkvox_record", customer_id="1", state="absent")) == ["changed"]


@script
def test_find_two_people() -> None:
    found(("77", "1", "BUSY"))
    campaigns(c77="predictive")
    answer("GET", "campaign", {"api": "find_record", "customer_id": "9"}, code=404, error="NOT FOUND")
    targets = [{"phone_number": ANN}, {"customer_id": "9"}, {"phone_number": ANN}]
    result = run("wolkvox_record_info", targets=targets)
    assert [record["customer_id"] for record in result["records"]] == ["1"]
    assert result["missing"] == [{"customer_id": "9"}]


@script
def test_put_a_number_on_the_list() -> None:
    listed("outbound")
    listed("all")
    body = {"type_call": "outbound", "telephones": [ANN]}
    answer("POST", "configuration", {"api": "add_dnc"}, code=201, body=body)
    listed("outbound", (ANN, "outbound"))
    (entry,) = run("wolkvox_dnc", phone_number=ANN)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("changed", 1)
    assert entry["entries"][0]["date"] == "2026-01-05"


@script
def test_a_number_that_is_there() -> None:
    listed("outbound", (ANN, "all"))
    assert outcomes(run("wolkvox_dnc", phone_number=ANN)) == ["unchanged"]


@script
def test_take_a_number_off_all_lists() -> None:
    listed("all", (ANN, "all"))
    listed("outbound", (ANN, "all"), (ANN, "outbound"))
    listed("inbound")
    for kind in ("all", "outbound"):
        body = {"type": kind, "telephones": [ANN]}
        answer("DELETE", "configuration", {"api": "remove_dnc"}, code=202, body=body)
    for kind in ("all", "outbound", "inbound"):
        listed(kind)
    (entry,) = run("wolkvox_dnc", phone_number=ANN, type_call="all", state="absent")["results"]
    assert (entry["outcome"], entry["attempts"]) == ("changed", 2)


@script
def test_look_for_numbers_on_the_list() -> None:
    listed("outbound", (ANN, "outbound"))
    listed("all", (ANN, "outbound"))
    result = run("wolkvox_dnc_info", targets=[{"phone_number": ANN}, {"phone_number": "15550100002"}])
    assert [entry["phone_number"] for entry in result["entries"]] == [ANN]
    assert result["missing"] == [{"phone_number": "15550100002", "type_call": "outbound"}]


def removal_breaks() -> None:
    responses.delete(f"{API}/campaign.php", status=502)


@script
@short_pauses()
def test_a_customer_that_stands_for_all_is_never_sent_in_a_second_try() -> None:
    """Between two tries a record of the number may be replaced by one that cannot be named."""
    found(("77", "1", "BUSY"))
    found(("77", "1", "BUSY"), customer_id="1")
    campaigns(c77="predictive")
    removal_breaks()
    found(("77", "all", "BUSY"))
    (entry,) = run("wolkvox_record", phone_number=ANN, state="absent", wait_timeout=0)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("in_doubt", 1)
    assert "not sent again: customer 'all'" in entry["error"]["message"]


@script
@short_pauses()
def test_what_is_in_no_backup_is_not_removed_in_a_second_try(tmp_path: Path) -> None:
    found(("77", "1", "BUSY"), customer_id="1")
    campaigns(c77="predictive")
    removal_breaks()
    found(("77", "1", "ANSWER"), customer_id="1")
    options = {"customer_id": "1", "state": "absent", "backup": True, "backup_dir": str(tmp_path), "wait_timeout": 0}
    (entry,) = run("wolkvox_record", **options)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("in_doubt", 1)
    assert "not sent again: 1 records are not in the backup" in entry["error"]["message"]
