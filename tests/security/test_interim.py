# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are not the vendor's final one: interim responses (1xx) change nothing, stored ones prove nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.security.calls import CALLS, Call, Undisturbed, each_call
from ansible_collections.telephony.outbound.tests.security.front import Alter, front, told
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
SPARE = b"HTTP/1.1 204 No Content\r\n\r\n"


WAYS: Mapping[str, dict[str, Any]] = {
    "102 and later the answer": {"before": PROCESSING, "pause": 0.05},
    "103 in one packet with the answer": {"before": HINTS},
    "ten of them": {"before": CONTINUE + PROCESSING * 4 + HINTS * 5},
    "an answer too many": {"before": b"", "after": SPARE},
    "all of it": {"before": HINTS, "after": HINTS + SPARE},
}


@pytest.mark.parametrize("way", WAYS)
@each_call
def test_the_answer_is_the_vendors(sandbox: Sandbox, call: Call, way: str, undisturbed: Undisturbed) -> None:
    expected, changes = undisturbed(call)
    sandbox.seed(call.seed())
    with front(sandbox, **WAYS[way]) as hostile:
        assert told(call.succeed(hostile.url)) == expected
    assert len(sandbox.changes()) == changes


@pytest.mark.parametrize("before", [SWITCH, HINTS + SWITCH, HINTS * 11], ids=["101", "103, 101", "eleven"])
@each_call
def test_what_is_no_final_answer_is_no_success(sandbox: Sandbox, call: Call, before: bytes) -> None:
    sandbox.seed(call.seed())
    with front(sandbox, before) as hostile:
        result = call.run(hostile.url)
    assert result["failed"]
    errors = [entry["error"] for entry in result.get("results", [result])]
    assert {error["kind"] for error in errors} == {"protocol"}, result


def with_headers(*headers: tuple[str, str]) -> Alter:
    return lambda kept, body: ([*kept, *headers], body)


MANY = [(f"X-{number}", "y") for number in range(120)]
STORED: Mapping[str, list[tuple[str, str]]] = {
    "an age": [("Age", "30")],
    "two caches": [("Age", "0"), ("Age", "30")],
    "among many headers": [*MANY, ("Age", "30")],
    "RFC 9211": [("Cache-Status", "edge; fwd=uri-miss, inner; hit; ttl=30")],
    "Squid, within its first second": [("X-Cache", "HIT from proxy.example.com"), ("X-Cache-Lookup", "HIT from p:80")],
    "a chain": [("X-Cache", "HIT, MISS")],
    "Azure": [("X-Cache", "TCP_REMOTE_HIT")],
    "CloudFront": [("X-Cache", "Hit from cloudfront")],
    "nginx": [("X-Cache-Status", "STALE")],
    "nginx, among many headers": [*MANY, ("X-Proxy-Cache", "UPDATING")],
    "Cloudflare": [("CF-Cache-Status", "HIT")],
}
ASKED: Mapping[str, list[tuple[str, str]]] = {
    "no age": [("Age", "0")],
    "RFC 9211": [("Cache-Status", "edge; fwd=stale; stored; detail=no-hit-here")],
    "Squid": [("X-Cache", "MISS from proxy.example.com"), ("X-Cache-Lookup", "HIT from proxy.example.com:80")],
    "Varnish": [("X-Cache", "hit-for-pass"), ("X-Cache-Hits", "0")],
    "CloudFront": [("X-Cache", "RefreshHit from cloudfront")],
    "Akamai": [("X-Cache", "TCP_REFRESH_HIT from a192-0-2-7.example.com")],
    "nginx": [("X-Cache-Status", "REVALIDATED")],
    "Cloudflare": [("CF-Cache-Status", "DYNAMIC"), ("Cache-Control", "max-age=30, stale-if-error=30")],
}


def stored(sandbox: Sandbox, call: Call, way: str) -> None:
    sandbox.seed(call.seed())
    with front(sandbox, alter=with_headers(*STORED[way])) as hostile:
        result = call.run(hostile.url)
    assert result["failed"]
    errors = [entry["error"] for entry in result.get("results", [result])]
    assert {(error["kind"], "a cache on the way" in error["message"]) for error in errors} == {("protocol", True)}


@each_call
def test_what_a_cache_has_stored_is_no_answer(sandbox: Sandbox, call: Call) -> None:
    """RFC 9111, 5.1: with an age, the answer was neither made nor checked for this request."""
    stored(sandbox, call, "an age")


@pytest.mark.parametrize("way", STORED)
def test_a_cache_that_shows_no_age(sandbox: Sandbox, way: str) -> None:
    """Not every cache sends one, and a young answer has none; most say in words what they did."""
    stored(sandbox, CALLS[-1], way)


@pytest.mark.parametrize("way", ASKED)
def test_a_cache_that_asks_the_vendor_is_no_obstacle(sandbox: Sandbox, way: str) -> None:
    sandbox.seed(CALLS[-1].seed())
    with front(sandbox, alter=with_headers(*ASKED[way])) as hostile:
        CALLS[-1].succeed(hostile.url)


def test_a_fresh_answer_is_asked_for() -> None:
    """Pragma is for caches of HTTP/1.0, and what nginx's documentation has its cache bypassed by."""
    for call in CALLS:
        with serve_bytes(answer(b"{}")) as hostile:
            call.run(hostile.url)
            assert hostile.requests
            for head in filter(None, hostile.requests):
                assert b"Cache-Control: no-cache\r\n" in head
                assert b"Pragma: no-cache\r\n" in head
