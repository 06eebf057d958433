# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow's own data: ids that try to leave their path, pages without an end, tokens that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.tests.security.calls import WRITES
from ansible_collections.telephony.outbound.tests.support.modules import run_module

VOIPNOW = {"base_url": "https://vendor.example.com", "access_token": "not-a-secret-token", "extension": "0003*210"}
EVENTS = "https://vendor.example.com/uapi/extensions/@me/0003*210/phoneCallEvents"


def event(**fields: Any) -> dict[str, Any]:
    return {"id": "A", "type": "0", "url": "https://crm.example.com/hook", "method": "1", "status": "1", **fields}


@pytest.mark.parametrize("event_id", [".", "..", "", "\ud800"])
@responses.activate(registry=OrderedRegistry)
def test_an_event_whose_id_would_remove_them_all(event_id: str) -> None:
    """Nothing is removed, not even the events before it in the list."""
    listed = [event(id="A"), event(id=event_id, note="x"), event(id="B")]
    responses.get(EVENTS, json={"entry": listed, "totalResults": 3})
    result = _voipnow(event_type=0)
    (entry,) = result["results"]
    assert (entry["outcome"], entry["changed"], entry["attempts"]) == ("failed", False, 0)
    assert entry["error"]["kind"] == "protocol"


@responses.activate(registry=OrderedRegistry)
def test_an_event_whose_id_has_a_slash_is_one_segment() -> None:
    responses.get(EVENTS, json={"entry": [event(id="../x?y#z/1")]})
    responses.delete(f"{EVENTS}/0/..%2Fx%3Fy%23z%2F1", json={})
    responses.get(EVENTS, status=204)
    (entry,) = _voipnow(event_type=0)["results"]
    assert entry["outcome"] == "cleared"


def _voipnow(**options: Any) -> dict[str, Any]:
    few = {"state": "absent", "retries": 0, "wait_timeout": 0.1}
    return run_module("voipnow_phonecall_events", **VOIPNOW, **few, **options)


@pytest.mark.parametrize(
    "following",
    [
        "https://hostile.example.com/stolen?startIndex=2",
        "//hostile.example.com/?startIndex=2",
        "javascript:alert(1)?startIndex=2",
        "../../../users?startIndex=2&count=1",
        "?startIndex=2&startIndex=9",
        "http://user:pass@hostile.example.com:99999/?startIndex=2",
    ],
)
@responses.activate(registry=OrderedRegistry)
def test_of_an_address_of_a_next_page_only_the_number_counts(following: str) -> None:
    responses.get(EVENTS, json={"entry": [event(id="A"), event(id="B")], "paging": {"next": following}})
    responses.get(f"{EVENTS}?count=1000&startIndex=2", json={"entry": []})
    result = _voipnow(event_type=4)
    assert {call.request.url.split("/")[2] for call in responses.calls} == {"vendor.example.com"}
    assert result["results"][0]["outcome"] in ("already_clear", "failed")


@pytest.mark.parametrize("index", ["0", "1", "-1", "9" * 5000, "1e9", "NaN"])
@responses.activate
def test_pages_without_an_end(index: str) -> None:
    """Each page is new and names the same next one: it must not be followed forever."""
    pages = iter(range(10_000))

    def page(_request: Any) -> tuple[int, dict[str, str], str]:
        listed = [event(id=f"e{next(pages)}") for _entry in range(20)]
        return 200, {}, json.dumps({"entry": listed, "paging": {"next": f"?startIndex={index}"}, "totalResults": 10**9})

    responses.add_callback("GET", EVENTS, page)
    (entry,) = _voipnow(event_type=0)["results"]
    assert entry["outcome"] == "failed"
    assert entry["error"]["kind"] == "protocol"
    assert len(responses.calls) <= 5000 // 20 + 2


@pytest.mark.parametrize("token", ["e", "a", "ok", "out", "\t", "é" * 20, 12345678, None, ["a" * 20]])
@responses.activate(registry=OrderedRegistry)
def test_a_token_that_would_mask_everything(token: Any) -> None:
    responses.post("https://vendor.example.com/oauth/token.php", json={"access_token": token})
    call = next(call for call in WRITES if call.vendor == "voipnow")
    result = call.run("https://vendor.example.com", prefix=False)
    (entry,) = result["results"]
    assert entry["outcome"] == "failed"
    assert entry["error"]["kind"] == "protocol"
