# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account sees what it owns and what has no owner; anything else is unknown to it, on every route."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .conftest import Client

FIRST, SECOND = "not-a-secret-first", "not-a-secret-second"
SEED: dict[str, Any] = {
    "wolkvox": {
        "tokens": [{"token": FIRST, "owns": ["77"]}, {"token": SECOND, "owns": ["78"]}],
        "campaigns": {"77": 1, "78": 1, "79": 1},
    },
    "plum": {
        "accounts": [
            {"email": "first@example.com", "developer_key": FIRST, "owns": ["1/77"]},
            {"email": "second@example.com", "developer_key": SECOND, "owns": ["1/78"]},
        ],
        "fuse": {name: {f"call-{name[2:]}": "queued"} for name in ("1/77", "1/78", "1/79")},
    },
    "genesys": {
        "accounts": [
            {"username": "first", "password": FIRST, "devices": ["d"], "owns": ["77", "list 77"]},
            {"username": "second", "password": SECOND, "devices": ["d"], "owns": ["78", "list 78"]},
        ],
        "campaigns": {
            "77": {"application_id": 1, "lists": ["list 77", "list 78"]},
            "78": {"application_id": 1, "lists": ["list 78"]},
            "79": {"application_id": 1, "lists": ["list 79", "list 78"]},
        },
        "lists": {f"list {name}": ["+15550100101"] for name in ("77", "78", "79")},
    },
    "voipnow": {
        "tokens": [{"token": FIRST, "user": "1"}, {"token": SECOND, "user": "2"}],
        "extensions": {"77": {"user": "1", "events": 1}, "78": {"user": "2", "events": 1}},
    },
}


@pytest.fixture
def owned(client: Client) -> Client:
    client.control("PUT", "state", SEED)
    return client


def wolkvox(client: Client, method: str, **asked: str) -> requests.Response:
    file = "information" if asked["api"] == "campaigns" else "campaign"
    headers = {"wolkvox-token": FIRST}
    return client.call(method, f"/wolkvox/api/v2/{file}.php", auth=None, headers=headers, params=asked)


def test_a_list_of_campaigns_has_those_of_the_token(owned: Client) -> None:
    assert [row["campaign_id"] for row in wolkvox(owned, "GET", api="campaigns").json()["data"]] == ["77", "79"]


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("GET", {"api": "campaign_15"}),
        ("PUT", {"api": "start"}),
        ("PUT", {"api": "stop"}),
        ("DELETE", {"api": "clear_campaign", "type_campaign": "predictive"}),
    ],
)
def test_a_campaign_of_another_token_is_unknown(owned: Client, method: str, asked: dict[str, str]) -> None:
    before = owned.control("GET", "state")["wolkvox"]["campaigns"]["78"]
    foreign = wolkvox(owned, method, campaign_id="78", **asked)
    unknown = wolkvox(owned, method, campaign_id="nowhere", **asked)
    assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
    assert owned.control("GET", "state")["wolkvox"]["campaigns"]["78"] == before
    assert all(wolkvox(owned, method, campaign_id=own, **asked).ok for own in ("77", "79"))


def test_a_queue_of_another_account_is_unknown(owned: Client) -> None:
    auth = ("first@example.com", FIRST)
    answers = {queue: owned.cancel(queue, auth=auth) for queue in ("1/77", "1/78", "1/79", "1/99")}
    assert {queue: answer.status_code for queue, answer in answers.items()} == {
        "1/77": 202,
        "1/78": 404,
        "1/79": 202,
        "1/99": 404,
    }
    assert answers["1/78"].text == answers["1/99"].text
    assert owned.statuses("1/78") == {"call-78": "queued"}
    assert [owned.status(f"call-{name}", auth=auth).status_code for name in ("77", "78", "79")] == [200, 403, 200]


@pytest.mark.parametrize(
    ("campaign", "calling_list", "code"),
    [("77", "list 77", 0), ("79", "list 79", 0), ("78", "list 78", 6), ("77", "list 78", 6), ("79", "list 78", 6)],
)
def test_a_record_of_another_account_is_out_of_reach(
    owned: Client, campaign: str, calling_list: str, code: int
) -> None:
    order = {
        "operationName": "CancelRecord",
        "applicationId": 1,
        "campaignName": campaign,
        "callingList": calling_list,
        "phoneNumber": "+15550100101",
        "devicePath": "/devices/d",
    }
    path, headers = "/genesys/api/v2/me/outbound-records", {"Content-Type": "application/json"}
    answer = owned.call("POST", path, auth=("first", FIRST), headers=headers, json=order).json()
    assert answer["statusCode"] == code
    (record,) = owned.control("GET", "state")["genesys"]["lists"][calling_list]
    assert record["status"] == ("ready" if code else "cancelled")


def test_an_extension_of_another_user_is_denied(owned: Client) -> None:
    def events(user: str, number: str) -> requests.Response:
        path = f"/voipnow/uapi/extensions/{user}/{number}/phoneCallEvents"
        return owned.call("GET", path, auth=None, headers={"Authorization": f"Bearer {FIRST}"})

    assert events("1", "77").status_code == 200
    assert events("2", "78").json()["error"]["code"] == "pce_access_denied"


@pytest.mark.parametrize("owns", [["nowhere"], "77", {"77": 1}])
@pytest.mark.parametrize(
    ("vendor", "part", "account"),
    [
        ("wolkvox", "tokens", {"token": FIRST}),
        ("plum", "accounts", {"email": "a@example.com", "developer_key": FIRST}),
        ("genesys", "accounts", {"username": "a", "password": FIRST}),
    ],
)
def test_an_owner_of_what_is_not_there_is_refused(
    client: Client, vendor: str, part: str, account: dict[str, str], owns: object
) -> None:
    seed = {vendor: {part: [{**account, "owns": owns}]}}
    assert "owns" in client.control("PUT", "state", seed, expect=400)["error"]
