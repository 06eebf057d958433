# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids that try to leave their path: from options, from targets, and from the vendor's own data."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import responses
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import path
from ansible_collections.telephony.outbound.tests.security.calls import CALLS, CANARIES, WRITES, Call, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

NUL = "a\x00"
LEAVING = (
    "",
    " ",
    ".",
    "..",
    "../1",
    "1/..",
    "/1",
    "1/",
    "1\\2",
    "..\\1",
    "1?x=1",
    "1#x",
    "1\n",
    "\t1",
    "1\r\nX: y",
    NUL,
)
ESCAPED = (
    "%2e%2e",
    "%2F",
    "..%2f1",
    "%00",
    "%252e",
    "1;x=1",
    "1&api=x",
    "1=2",
    "\u0661",
    "é",
    "..;",
    "...",
    "@x",
    "a b",
    "+1",
)


IDS = [(call, name) for call in CALLS for name in CANARIES[call.vendor].vendor.ids[call.module]]


def _with(call: Call, name: str, value: str) -> dict[str, Any]:
    return {name: [value] if isinstance(call.options[name], list) else value}


@pytest.mark.parametrize(("call", "name"), IDS, ids=str)
def test_an_id_that_leaves_its_place_is_never_sent(call: Call, name: str, sandbox: Sandbox) -> None:
    sandbox.seed(call.seed())
    for value in LEAVING:
        result = call.run(sandbox.url, **_with(call, name, value))
        assert result["failed"], value
        if value == NUL:  # an ansible-core that cannot log it to syslog rejects it first
            continue
        assert name in result["msg"]
        if call.writes:
            # The same in the list of targets, where nothing of an earlier target may be sent either.
            names = catalog.made(call.module).kind.TARGET_OPTIONS
            first = {key: option for key, option in call.options.items() if key in names}
            result = call.run(sandbox.url, targets=[first, _with(call, name, value)])
            assert result["failed"], value
            assert f"targets[1].{name}" in result["msg"], result
    assert sandbox.journal() == []


@pytest.mark.parametrize(("call", "name"), IDS, ids=str)
def test_what_looks_encoded_is_one_segment_on_the_wire(call: Call, name: str) -> None:
    with serve_bytes(answer(b"{}", "Content-Length: 2")) as clean:
        call.run(clean.url, prefix=False)
        shapes = {shape(head) for head in clean.requests}
    for value in ESCAPED:
        with serve_bytes(answer(b"{}", "Content-Length: 2")) as hostile:
            result = call.run(hostile.url, prefix=False, **_with(call, name, value))
            assert "internal error" not in str(result)
            for head in hostile.requests:
                target = head.split(b" ", 2)[1].decode("ascii")
                segments = target.partition("?")[0].split("/")
                assert not {".", ".."} & set(segments), target
                assert shape(head) in shapes, (value, target)
                assert b"\x00" not in head
                assert target.count("?") <= 1


def shape(head: bytes) -> tuple[bytes, int, int]:
    """Return method, number of segments and number of parameters: what an id must not change."""
    method, target = head.split(b" ", 2)[:2]
    place, _mark, query = target.partition(b"?")
    return method, place.count(b"/"), query.count(b"=")


def test_a_segment_is_a_segment() -> None:
    assert path("a", 1, "@me", "0003*210") == "/a/1/@me/0003*210"
    for value in ("", ".", "..", "\ud800"):
        with pytest.raises(OutboundError) as caught:
            path("api", value, "cancel")
        assert (caught.value.kind, caught.value.failure_class) == (Kind.GUARD, FailureClass.NOT_SENT)
    for value in LEAVING[4:] + ESCAPED:
        encoded = path("x", value)
        assert encoded.count("/") == 2
        assert not set(encoded) & set("?#\\ \r\n\x00")
        assert unquote(encoded[3:]) == value


def test_a_naive_client_goes_up() -> None:
    """An id of two dots turns the DELETE of one event into that of all."""
    with serve_bytes(answer(b"{}")) as hostile:
        requests.delete(f"{hostile.url}/phoneCallEvents/0/..", timeout=5)
        assert hostile.requests[0].startswith(b"DELETE /phoneCallEvents/ ")


# --- from the vendor's data ------------------------------------------------------------------------------------------

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


GENESYS = "https://gws.example.com"


@pytest.mark.parametrize("uri", ["..", "https://x/devices/..", "https://x/devices/.", "", "/", "\ud800"])
@responses.activate(registry=OrderedRegistry)
def test_a_device_that_is_none(uri: str) -> None:
    responses.get(f"{GENESYS}/api/v2/me", json={"statusCode": 0})
    responses.get(f"{GENESYS}/api/v2/features", status=404)
    responses.get(f"{GENESYS}/api/v2/me/devices", json={"statusCode": 0, "uris": [uri]})
    call = next(call for call in WRITES if call.vendor == "genesys")
    result = call.run(GENESYS, prefix=False)
    assert result["failed"]
    assert outcome_and_error(result)["error"]["kind"] in ("guard", "protocol")


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("Host", "hostile.example.com"),
        ("Transfer-Encoding", "chunked, identity"),
        ("Authorization", "Basic bm90aGluZzo="),
        ("X-A\tB", "not-a-secret"),
        ("X-Y:", "not-a-secret"),
        ("X-CSRF-TOKEN", "e"),
        ("X-CSRF-TOKEN", "not-a\x7fsecret"),
    ],
)
@responses.activate(registry=OrderedRegistry)
def test_a_server_does_not_choose_any_header(name: str, token: str) -> None:
    headers = {"X-CSRF-HEADER": name, "X-CSRF-TOKEN": token}
    responses.get(f"{GENESYS}/api/v2/me", json={"statusCode": 0}, headers=headers)
    call = next(call for call in WRITES if call.vendor == "genesys")
    result = call.run(GENESYS, prefix=False)
    assert outcome_and_error(result)["error"]["kind"] == "protocol"
    assert result["results"][0]["outcome"] == "failed"


@pytest.mark.parametrize("token", ["e", "a", "ok", "out", "\t", "é" * 20, 12345678, None, ["a" * 20]])
@responses.activate(registry=OrderedRegistry)
def test_a_token_that_would_mask_everything(token: Any) -> None:
    responses.post("https://vendor.example.com/oauth/token.php", json={"access_token": token})
    call = next(call for call in WRITES if call.vendor == "voipnow")
    result = call.run("https://vendor.example.com", prefix=False)
    (entry,) = result["results"]
    assert entry["outcome"] == "failed"
    assert entry["error"]["kind"] == "protocol"


WOLKVOX_IDS = ("..", "../x", "77 ", "078", 77.0, True, ["77"], {"a": 1}, "77\x00", "\ud800")


@pytest.mark.parametrize("campaign_id", WOLKVOX_IDS, ids=str)
def test_a_campaign_that_is_not_the_one_asked_for(campaign_id: Any) -> None:
    """Only what is listed under exactly this id is processed, so no other id is ever named in a write."""
    row = {"campaign_id": campaign_id, "records": "5", "status": "stopped", "type_campaign": "predictive"}
    body = json.dumps({"code": "200", "data": [row]}).encode()
    for call in WRITES:
        if call.vendor == "wolkvox":
            with serve_bytes(answer(body, f"Content-Length: {len(body)}")) as hostile:
                result = call.run(hostile.url, prefix=False)
                assert result["failed"]
                assert all(head.startswith(b"GET ") for head in hostile.requests)
