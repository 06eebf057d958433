# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A front that sends interim responses (1xx) before each answer changes nothing, for every module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.security.calls import Call, Undisturbed, each_call
from ansible_collections.telephony.outbound.tests.security.front import front, told
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
