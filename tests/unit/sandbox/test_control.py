# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control routes: state, settings, acts, journal."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from ansible_collections.telephony.outbound.tests.support.guard import until

from .conftest import EMAIL, KEY, SEED, Client


def test_the_journal_tells_what_arrived_and_what_it_changed(client: Client) -> None:
    client.cancel(headers={"Accept": "application/json", "X-Trace": "abc"})
    (entry,) = client.journal()
    assert entry["seq"] > 0
    assert 0 < entry["time"] <= entry["ended"]
    assert {key: entry[key] for key in ("room", "method", "path", "query", "status", "fault", "concurrent")} == {
        "room": "fuse",
        "method": "DELETE",
        "path": "/fuse/api/apps/100/200/cancel",
        "query": "",
        "status": 202,
        "fault": None,
        "concurrent": 1,
    }
    assert entry["headers"]["x-trace"] == "abc"
    assert entry["headers"]["user-agent"].startswith("python-requests")
    assert entry["credentials"] == {
        "scheme": "basic",
        "user": EMAIL,
        "fingerprint": entry["credentials"]["fingerprint"],
        "valid": True,
    }
    assert len(entry["credentials"]["fingerprint"]) == 12
    assert entry["changes"] == [{"do": "cancel", "queue": "100/200", "call_ids": ["f-1", "f-2", "f-5"]}]


def test_the_journal_can_be_read_in_parts_and_cleared(client: Client) -> None:
    client.status("f-1")
    client.status("f-2")
    first, second = client.journal()
    assert client.control("GET", f"journal?since={first['seq']}")["requests"] == [second]
    client.control("GET", "journal?since=x", expect=400)
    client.control("DELETE", "journal")
    assert client.journal() == []
    client.status("f-3")
    assert client.journal()[0]["seq"] == second["seq"] + 1


@pytest.mark.parametrize(
    "options",
    [
        {"auth": (EMAIL, "s3cr3t-value"), "params": {"a": "s3cr3t-value"}, "data": "x=s3cr3t-value"},
        {"auth": None, "headers": {"Authorization": "Bearer s3cr3t-value"}},
        {"auth": None, "headers": {"Authorization": "Basic s3cr3t-value"}},
        {"auth": None, "headers": {"X-Csrf-Token": "s3cr3t-value", "Cookie": "a=s3cr3t-value"}},
        {"auth": None, "data": {"grant_type": "x", "client_secret": "s3cr3t-value"}},
        {"auth": None, "json": {"password": "s3cr3t-value"}},
        {"auth": None, "params": {"access_token": "s3cr3t-value"}},
    ],
)
def test_no_secret_gets_into_the_journal(client: Client, options: dict[str, Any]) -> None:
    client.call("POST", "/fuse/api/x", **options)
    client.session.get(client.trap_url, headers={"Authorization": "Bearer s3cr3t-value"}, timeout=5)
    entries = client.journal()
    assert len(entries) == 2
    assert "s3cr3t-value" not in str(entries)


def test_neither_do_the_keys_of_the_seed_get_into_the_state(client: Client) -> None:
    state = client.control("GET", "state")
    assert KEY not in str(state)
    assert state["settings"]["latency"] == 0
    assert state["plum"]["accounts"][0]["email"] == EMAIL
    assert len(state["plum"]["fuse"]["100/201"]) == 5


def test_the_trap_records_everything(client: Client) -> None:
    answer = client.session.delete(f"{client.trap_url}/some/where?x=1", auth=(EMAIL, KEY), timeout=5)
    assert (answer.status_code, answer.json()) == (200, {})
    (entry,) = client.journal()
    assert (entry["room"], entry["path"], entry["query"], entry["status"]) == ("trap", "/some/where", "x=1", 200)
    assert entry["credentials"]["user"] == EMAIL


def test_requests_of_one_credential_are_counted(client: Client) -> None:
    client.control("PATCH", "settings", {"latency": 0.3})
    auths = [(EMAIL, KEY)] * 3 + [("other@example.com", "other")]
    threads = [
        threading.Thread(
            target=requests.get, args=(f"{client.url}/fuse/api/outbound/f-1",), kwargs={"auth": auth, "timeout": 5}
        )
        for auth in auths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = [(entry["credentials"]["user"], entry["concurrent"]) for entry in client.journal()]
    assert sorted(seen) == [(EMAIL, 1), (EMAIL, 2), (EMAIL, 3), ("other@example.com", 1)]
    client.status("f-1")
    assert client.journal()[-1]["concurrent"] == 1


def test_what_is_under_way_does_not_count_for_a_new_seed(client: Client) -> None:
    client.arm(do="delay", seconds=1.0)
    with pytest.raises(requests.ReadTimeout):
        client.status("f-1", timeout=0.2)
    until(client.journal)
    client.control("PUT", "state", SEED)
    client.status("f-1")
    assert client.journal()[-1]["concurrent"] == 1
    time.sleep(1.0)
    client.status("f-1")
    assert client.journal()[-1]["concurrent"] == 1


def test_settings_are_checked_and_a_new_seed_puts_them_back(client: Client) -> None:
    told = client.control("PATCH", "settings", {"latency": 0, "plum": {"cancel_lag": 1}})
    assert told["plum"]["cancel_lag"] == 1.0
    for wrong in (
        {"nothing": 1},
        {"latency": "slow"},
        {"latency": -1},
        {"plum": 1},
        {"plum": {"nothing": 1}},
        {"plum": {"empty_cancel": 200}},
        {"plum": {"single_quotes": "yes"}},
    ):
        assert "error" in client.control("PATCH", "settings", wrong, expect=400)
    client.control("PUT", "state", {"settings": {"plum": {"empty_cancel": 404}}})
    settings = client.control("GET", "state")["settings"]
    assert (settings["plum"]["cancel_lag"], settings["plum"]["empty_cancel"]) == (0.0, 404)


@pytest.mark.parametrize(
    "seed",
    [
        [],
        {"nobody": {}},
        {"settings": {"nothing": 1}},
        {"plum": {"nothing": {}}},
        {"plum": {"accounts": [{"email": "x@example.com"}]}},
        {"plum": {"fuse": {"100": 1}}},
        {"plum": {"fuse": {"1/2": "many"}}},
        {"plum": {"fuse": {"1/2": {"a": {"colour": "red"}}}}},
        {"plum": {"fuse": {"1/2": {"a": "queued"}, "1/3": {"a": "queued"}}}},
    ],
    ids=str,
)
def test_a_wrong_seed_is_refused_and_changes_nothing(client: Client, seed: object) -> None:
    before = client.control("GET", "state")
    assert client.control("PUT", "state", seed, expect=400)["error"]
    assert client.control("GET", "state") == before


def test_a_new_seed_clears_faults_and_journal(client: Client) -> None:
    client.arm(do="close")
    client.session.get(client.trap_url, timeout=5)
    client.control("PUT", "state", SEED)
    assert client.control("GET", "faults") == {"faults": [], "spent": []}
    assert client.journal() == []


def test_acts_change_the_state_without_a_request(client: Client) -> None:
    told = client.control("POST", "act", {"room": "fuse", "do": "queue", "queue": "101/210", "calls": 2})
    queued = told["changes"][0]["call_ids"]
    assert client.statuses("101/210") == dict.fromkeys(queued, "queued")
    client.control("POST", "act", {"room": "fuse", "do": "queue", "queue": "7/7", "calls": {"new": "dialing"}})
    assert client.statuses("7/7") == {"new": "dialing"}
    client.control("POST", "act", {"room": "fuse", "do": "set_status", "call_id": queued[0], "status": "connected"})
    assert client.cancel("101/210").status_code == 202
    assert client.statuses("101/210") == {queued[0]: "connected", queued[1]: "canceled"}
    client.control("POST", "act", {"room": "fuse", "do": "remove_queue", "queue": "101/210"})
    assert client.cancel("101/210").status_code == 404
    assert client.status(queued[0]).status_code == 404
    for wrong in (
        {},
        {"room": "fuse"},
        {"room": "fuse", "do": "remove_queue", "queue": "9/9"},
        {"room": "fuse", "do": "set_status", "call_id": "none", "status": "queued"},
    ):
        assert client.control("POST", "act", wrong, expect=400)["error"]


def test_wrong_control_requests_are_told_so(client: Client) -> None:
    assert "/_control/journal" in client.control("GET", "nothing", expect=404)["error"]
    headers = {"Content-Type": "application/json"}
    broken = client.session.put(f"{client.url}/_control/state", data="{", headers=headers, timeout=5)
    assert (broken.status_code, "not JSON" in broken.json()["error"]) == (400, True)
    assert client.control("GET", "server")["url"] == client.url
    assert client.journal() == []


PAGE = "https://page.example"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "page.example"}, 403),
        ({"Host": "127.0.0.1.page.example"}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "[::1]x"}, 403),
        ({"Host": "127.0.0.1:1:1"}, 403),
        ({"Host": "user@127.0.0.1"}, 403),
        ({"Origin": PAGE}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://localhost:3000", "Host": "localhost:3000"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
    ids=str,
)
def test_no_web_page_can_send_control_requests(client: Client, headers: dict[str, str], status: int) -> None:
    found = client.session.get(f"{client.url}/_control/state", headers=headers, timeout=10)
    assert found.status_code == status


def test_a_control_request_names_no_other_host(client: Client) -> None:
    where = urlsplit(client.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as connection:
        connection.sendall(b"GET http://page.example/_control/state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_an_order_is_json(client: Client, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    url, lie = f"{client.url}/_control/faults", b'{"do": "reset", "times": null}'
    assert client.session.post(url, data=lie, headers=headers, timeout=10).status_code == 403
    assert client.control("GET", "faults")["faults"] == []


def test_no_web_page_can_send_vendor_requests(client: Client) -> None:
    refused = client.cancel(headers={"Origin": PAGE})
    assert refused.status_code == 403
    assert client.journal() == []
    assert client.statuses()["f-1"] == "queued"


def test_what_one_order_can_make_is_bounded(client: Client) -> None:
    order = {"room": "fuse", "do": "queue", "queue": "100/201", "calls": 100_001}
    told = client.control("POST", "act", order, expect=400)
    assert "calls must be from 0 to 100000, not 100001" in told["error"]
    assert len(client.statuses("100/201")) == 5
