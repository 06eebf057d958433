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
