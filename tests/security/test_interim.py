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


def aged(seconds: str) -> Alter:
    return lambda headers, body: ([*headers, ("Age", seconds)], body)


@each_call
def test_what_a_cache_has_stored_is_no_answer(sandbox: Sandbox, call: Call) -> None:
    """RFC 9111, 5.1: with an age, the answer was neither made nor checked for this request."""
    sandbox.seed(call.seed())
    with front(sandbox, alter=aged("30")) as hostile:
        result = call.run(hostile.url)
    assert result["failed"]
    errors = [entry["error"] for entry in result.get("results", [result])]
    assert {(error["kind"], "a cache on the way" in error["message"]) for error in errors} == {("protocol", True)}


def test_a_cache_that_asks_the_vendor_is_no_obstacle(sandbox: Sandbox) -> None:
    for call in CALLS[:2]:
        sandbox.seed(call.seed())
        with front(sandbox, alter=aged("0")) as hostile:
            call.succeed(hostile.url)
            assert all(b"Cache-Control: no-cache" in head for head in hostile.requests if head)
