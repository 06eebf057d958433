# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated VICIdial by itself: each oddity of the program can be switched off."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client

CREDENTIALS = {"source": "test", "user": "api", "pass": "not-a-secret"}
ANN = "5550100001"


def seed(client: Client, settings: dict[str, Any] | None = None, **more: Any) -> None:
    """Begin with one user, two campaigns and two leads of one number."""
    leads = [
        {"lead_id": "101", "list_id": "1", "phone_number": ANN, "hopper": ["READY"], "last_name": "O'Hara"},
        {"lead_id": "102", "list_id": "9", "phone_number": ANN, "hopper": ["READY"]},
        {"lead_id": "103", "list_id": "1", "phone_number": ANN, "hopper": ["INCALL", "READY"]},
    ]
    held = {
        "users": [{"user": "api", "password": "not-a-secret"}],
        "campaigns": {"SPRING": {"active": True, "other_campaign_dnc": "WINTER"}, "WINTER": {}},
        "lists": {"1": {"campaign": "SPRING"}},
        "leads": leads,
        **more,
    }
    client.control("PUT", "state", {"settings": {"vicidial": settings or {}}, "vicidial": held})


def call(client: Client, function: str, query: str = "", **fields: str) -> tuple[int, str]:
    """Call a function; return status and text."""
    answer = client.call(
        "POST", f"/vicidial/non_agent_api.php{query}", auth=None, data={**CREDENTIALS, "function": function, **fields}
    )
    return answer.status_code, answer.text


READY, BY_NUMBER = {"remove_from_hopper": "Y"}, {"search_method": "PHONE_NUMBER", "phone_number": ANN}


@pytest.mark.parametrize(
    ("setting", "other", "function", "fields", "as_seen", "switched"),
    [
        ("sql_breaks", "ordinary", "lead_all_info", {"lead_id": "101"}, (500, ""), "O'Hara"),
        ("no_update", "dry", "update_lead", {**BY_NUMBER, **READY, "no_update": "Y"}, "REMOVED FROM", "MATCHES FOUND"),
        ("hopper_hides", False, "hopper_list", {"campaign_id": "SPRING"}, "\t101\t", "\t103\t"),
        ("ids", "checked", "update_campaign", {"campaign_id": "spring", "active": "N"}, "SUCCESS", "DOES NOT EXIST"),
        ("login_echo", False, "campaigns_list", {"pass": "w!rong"}, "|wrong|BAD|", "||BAD|"),
        ("search_limit", 1, "lead_search", {"phone_number": ANN}, f"{ANN}|3|", f"{ANN}|1|"),
        ("deleted_lists", "shown", "lead_all_info", {"phone_number": "5550100002"}, "NOT FOUND", "LEAD NOT FOUND"),
        (
            "dnc_campaign",
            "checked",
            "add_dnc_phone",
            {"phone_number": ANN, "campaign_id": "NOPE"},
            "SUCCESS",
            "DOES NOT EXIST",
        ),
        (
            "call_time",
            "9to5",
            "check_phone_number",
            {"phone_number": ANN, "local_call_time": "24hours"},
            "AREACODE",
            "NOT A VALID",
        ),
        ("php_warnings", True, "version", {}, "VERSION", "<b>Warning</b>"),
        ("hopper_limit", 1, "hopper_list", {"campaign_id": "SPRING"}, "\t103\t", "\t101\t"),
    ],
)
def test_an_oddity_can_be_switched(
    client: Client, setting: str, other: Any, function: str, fields: dict[str, str], as_seen: Any, switched: str
) -> None:
    seed(client)
    status, text = call(client, function, **fields)
    assert (status, text) == as_seen if isinstance(as_seen, tuple) else as_seen in text
    seed(client, {setting: other})
    assert switched in call(client, function, **fields)[1]


def test_a_change_by_number_frees_one_lead_or_all(client: Client) -> None:
    for setting, freed in (("first", 1), ("all", 3)):
        seed(client, {"hopper_removal": setting})
        text = call(client, "update_lead", **BY_NUMBER, **READY, records="10", status="DNC")[1]
        assert text.count("REMOVED FROM HOPPER") == freed


def test_a_reset_takes_all_rows_or_those_that_are_ready(client: Client) -> None:
    for setting, left in (("all", []), ("ready", ["INCALL"])):
        seed(client, {"reset_takes": setting})
        call(client, "update_campaign", campaign_id="SPRING", reset_hopper="Y")
        assert client.control("GET", "state")["vicidial"]["leads"]["103"]["hopper"] == left


def test_a_campaign_may_read_the_list_of_another(client: Client) -> None:
    asked = {"phone_number": ANN, "local_call_time": "24hours", "campaign_dnc_check": "Y", "campaign_id": "SPRING"}
    for setting, word in ((True, "AREACODE"), (False, "IN CAMPAIGN DNC")):
        seed(client, {"other_campaign_dnc": setting})
        call(client, "add_dnc_phone", phone_number=ANN, campaign_id="SPRING")
        assert word in call(client, "check_phone_number", **asked)[1]


def test_the_fields_of_the_address_win_or_lose(client: Client) -> None:
    for setting, stopped in ((True, {"WINTER"}), (False, {"SPRING"})):
        seed(client, {"address_wins": setting}, campaigns={"SPRING": {"active": True}, "WINTER": {"active": True}})
        call(client, "update_campaign", "?campaign_id=WINTER", campaign_id="SPRING", active="N")
        campaigns = client.control("GET", "state")["vicidial"]["campaigns"]
        assert {key for key, each in campaigns.items() if not each["active"]} == stopped


def test_wrong_logins_lock_and_a_good_one_counts_anew(client: Client) -> None:
    seed(client, {"login_limit": 2})
    call(client, "campaigns_list")
    for _login in range(2):
        assert "Login incorrect" in call(client, "campaigns_list", **{"pass": "x"})[1]
    assert "LOCK" in call(client, "campaigns_list")[1]
    client.control("PATCH", "settings", {"vicidial": {"login_seconds": 0.0}})
    assert "LOCK" not in call(client, "campaigns_list")[1]
    assert client.control("GET", "state")["vicidial"]["users"][0]["failed"] == 0


def test_no_password_is_recorded(client: Client) -> None:
    seed(client)
    call(client, "campaigns_list")
    call(client, "campaigns_list", **{"pass": "another-secret"})
    told = str(client.journal()) + str(client.control("GET", "state"))
    assert "not-a-secret" not in told
    assert "another-secret" not in told


def test_a_fault_can_be_meant_for_one_form(client: Client) -> None:
    seed(client)
    client.arm(do="status", status=502, form="*function=lead_search*")
    assert call(client, "campaigns_list")[0] == 200
    assert call(client, "lead_search", phone_number=ANN)[0] == 502


@pytest.mark.parametrize(
    "held",
    [
        {"what": 1},
        {"users": [{"name": "x"}]},
        {"leads": [{"lead_id": "1", "color": "red"}]},
        {"campaigns": {"X": {"waiting": -1}}},
        {"lists": ["1"]},
    ],
)
def test_a_seed_that_is_wrong_is_refused(client: Client, held: dict[str, Any]) -> None:
    client.control("PUT", "state", {"vicidial": held}, expect=400)


@pytest.mark.parametrize(
    "act",
    [
        {"do": "set_active", "campaign": "NOPE"},
        {"do": "paint", "campaign": "SPRING"},
        {"do": "set_lead", "lead": "999"},
        {},
    ],
)
def test_an_act_that_is_wrong_is_refused(client: Client, act: dict[str, Any]) -> None:
    seed(client)
    client.control("POST", "act", {"room": "vicidial", **act}, expect=400)
