# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths that stay below their base, and answers as text and as JSON."""

from __future__ import annotations

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response, path


def test_segments_are_encoded_but_for_two_marks() -> None:
    assert path("api", 7, "a b/c?d#e%f", "0003*200", "me@example.com", "é") == (
        "/api/7/a%20b%2Fc%3Fd%23e%25f/0003*200/me@example.com/%C3%A9"
    )


@pytest.mark.parametrize("segment", ["", ".", "..", "\ud800"])
def test_what_leads_elsewhere_is_refused(segment: str) -> None:
    with pytest.raises(OutboundError) as raised:
        path("api", segment)
    assert raised.value.kind is Kind.GUARD
    assert raised.value.message == f"{segment!r} cannot be a part of an address"


def test_a_body_as_text_and_as_json() -> None:
    assert Response(200, {}, b"\xc3\xa9 \xff").text() == "é \N{REPLACEMENT CHARACTER}"
    assert Response(200, {}, b'{"a": 1}').json() == {"a": 1}


def test_a_body_that_is_no_json() -> None:
    with pytest.raises(OutboundError) as raised:
        Response(502, {}, b"<html>").json()
    assert (raised.value.kind, raised.value.status) == (Kind.PROTOCOL, 502)
    assert raised.value.message == "the answer is not JSON (Expecting value at character 0)"
