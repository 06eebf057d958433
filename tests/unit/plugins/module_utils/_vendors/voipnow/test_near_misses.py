# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow: events whose address is written differently are reported, and no others."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.events import Event
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.near_misses import (
    near_misses,
    warning,
)

HOOK = "https://crm.example.com/hook?a=1&b=2"


def event(event_id: str, url: str = HOOK, note: str | None = None, event_type: int = 0) -> Event:
    return Event(event_type, url, "post", "enabled", note, event_id, None)


def missed(named: dict[str, Any], *events: Event) -> list[str]:
    return [miss.event.event_id for miss in near_misses([named], events)]


NEAR = [
    "https://crm.example.com/hook?a=1&amp;b=2",
    "https://crm.example.com/hook?a=1&#38;b=2",
    "https://crm.example.com/hook?a=1&#x26;b=2",
    "https://crm.example.com/hook?a=1&amp;amp;b=2",
    "https://crm.example.com/hook?a=1%26b=2",
    "https://crm.example.com/hook?a%3D1&b%3d2",
    "https%3A%2F%2Fcrm.example.com%2Fhook%3Fa%3D1%26b%3D2",
    "https://crm.example.com/%68ook?a=1&b=2",
    "https://crm.example.com/hook/?a=1&b=2",
    "https://crm.example.com/hook?a=1&b=2/",
    "https://crm.example.com/hook?a=1&b=2&",
    "https://crm.example.com/hook?a=1&b=2#top",
    "https://CRM.Example.com/hook?a=1&b=2",
    "HTTPS://crm.example.com/hook?a=1&b=2",
    "http://crm.example.com/hook?a=1&b=2",
    "crm.example.com/hook?a=1&b=2",
    "https://crm.example.com:443/hook?a=1&b=2",
    "http://crm.example.com:80/hook?a=1&b=2",
    "https://crm.example.com./hook?a=1&b=2",
    " https://crm.example.com/hook?a=1&b=2",
    "https://crm.example.com/hook?a=1&b=2\n",
    "https://crm.example.com/\u200bhook?a=1&b=2",
    "https://CRM.example.com.:443/hook/?a=1&amp;b=2",
]
FAR = [
    "https://crm.example.com/hook?a=1&b=3",
    "https://crm.example.com/hook?b=2&a=1",
    "https://crm.example.com/hook",
    "https://crm.example.com/hooks?a=1&b=2",
    "https://crm.example.net/hook?a=1&b=2",
    "https://www.crm.example.com/hook?a=1&b=2",
    "https://crm.example.com:8443/hook?a=1&b=2",
    "http://crm.example.com:443/hook?a=1&b=2",
    "https://user@crm.example.com/hook?a=1&b=2",
    "https://[x",
    "",
]


@pytest.mark.parametrize("url", NEAR)
def test_the_same_place_in_other_letters(url: str) -> None:
    assert missed({"url": HOOK}, event("A", url)) == ["A"]
    assert missed({"url": url}, event("A", HOOK)) == ["A"]


@pytest.mark.parametrize("url", FAR)
def test_another_place(url: str) -> None:
    assert missed({"url": HOOK}, event("A", url)) == []


def test_what_is_named_exactly_is_no_near_miss() -> None:
    events = [event("A"), event("B", f"{HOOK}/"), event("C", HOOK.upper()), event("D", "https://x.example.com")]
    assert missed({"url": HOOK}, *events) == ["B", "C"]
    assert [miss.event.event_id for miss in near_misses([{"url": HOOK}, {"url": f"{HOOK}/"}], events)] == ["C"]
    assert near_misses([], events) == ()


def test_international_names() -> None:
    assert missed({"url": "https://b\u00fccher.example/"}, event("A", "https://xn--bcher-kva.example")) == ["A"]
    assert missed({"url": "https://b\u00fccher.example/"}, event("A", "https://bu\u0308cher.example/")) == ["A"]


@pytest.mark.parametrize(
    ("named", "near"),
    [
        ({"note": "CRM & co"}, True),
        ({"note": "crm &  CO "}, True),
        ({"note": "CRM"}, False),
        ({"event_id": "abc"}, True),
        ({"event_id": "AbC"}, False),
        ({"event_id": "abcd"}, False),
        ({"event_type": 1}, False),
        ({"event_type": 0}, False),
        ({"event_type": 0, "url": f"{HOOK}/"}, True),
        ({"event_type": 1, "url": f"{HOOK}/"}, False),
        ({"note": "crm & co", "url": f"{HOOK}/"}, True),
        ({"note": "others", "url": f"{HOOK}/"}, False),
    ],
)
def test_every_selector_has_to_fit(named: dict[str, Any], near: bool) -> None:
    """An event that matches all selectors exactly is selected, so it is not a near miss."""
    assert missed(named, event("AbC", note="CRM &amp; co")) == (["AbC"] if near else [])


def test_without_a_note() -> None:
    assert missed({"note": "None"}, event("A", note=None)) == []


def test_the_warning_names_what_differs() -> None:
    misses = near_misses([{"url": HOOK}], [event(str(number), f"{HOOK}{'/' * number}") for number in range(1, 6)])
    text = warning("extension 0003*210", misses)
    assert text.startswith("extension 0003*210 has events that nearly match the task and were left alone: event 1:")
    assert f"url '{HOOK}/' is not '{HOOK}'" in text
    assert text.endswith("; and 2 more")


LAYERS: list[Callable[[str], str]] = [
    escape,
    lambda url: quote(url, safe=""),
    lambda url: quote(url, safe=":/?&="),
    str.upper,
    str.swapcase,
    lambda url: f"{url}/",
    lambda url: url.replace("example.com", "example.com."),
    lambda url: url.replace("https://", "http://"),
    lambda url: f" {url}\t",
]
WORDS = st.text(alphabet="abcdefghij-._~0123456789", min_size=1, max_size=8)


@given(WORDS, WORDS, st.lists(st.sampled_from(LAYERS), max_size=4))
def test_any_of_these_ways_to_write_it_on_top_of_each_other(path: str, value: str, layers: list[Any]) -> None:
    written = named = f"https://crm.example.com/{path}/x?v={value}&w=1"
    for layer in layers:
        written = layer(written)
    found = missed({"url": named}, event("A", written))
    assert found == ([] if written == named else ["A"])


@given(st.text(), st.text())
def test_no_address_is_too_strange_to_be_compared(named: str, url: str) -> None:
    assert (missed({"url": named}, event("A", url)) == ["A"]) == (missed({"url": url}, event("A", named)) == ["A"])
    assert missed({"url": named}, event("A", named)) == []
