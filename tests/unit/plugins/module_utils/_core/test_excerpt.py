# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The excerpt of an unreadable answer: enough to act on, and no secret in any encoding."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.excerpt import LONGEST, Excerpt
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._core.results import error_dict

SECRET = "canary-7f3a9b2c5d"


def shown(text: str, content_type: str = "", *, headline: bool = False) -> str:
    return Excerpt(content_type, text, headline).shown(Redactor({SECRET}).mask)


@pytest.mark.parametrize(
    ("text", "content_type", "expected"),
    [
        ("", "application/json", "it is empty"),
        (" \r\n", "", "it is empty"),
        ("maintenance", "", 'it is text: "maintenance"'),
        ("a bell\x07 rings\tin\nthe tower", "", 'it is text: "a bell rings in the tower"'),
        ("<result><error>no</error></result>", "", 'it is XML: "<result><error>no</error></result>"'),
        ("<x>no</x>", "text/html", 'it is an HTML page: "no"'),
        ("<html><title> </title><p>closed</p></html>", "", 'it is an HTML page: "closed"'),
        ("<title>A &lt;b&gt; &amp; c</title>", "", 'it is an HTML page, titled "A <b> & c"'),
        ("<script>var x = 1</script><p>hello</p>", "", 'it is an HTML page: "hello"'),
        ("Notice: Undefined index: x", "", 'it is a message of PHP: "Notice: Undefined index: x"'),
        ("%PDF\x00\x01", "application/pdf; q=1", "it is binary data (application/pdf)"),
        ("\ufffd" * 20, "nothing that is a type", "it is binary data"),
        ("call +1 (555) 010-0123 or 15550100123", "", 'it is text: "call … or …"'),
        ("x" * 500, "", f'it is text: "{"x" * 119}…"'),
    ],
)
def test_what_it_looks_like(text: str, content_type: str, expected: str) -> None:
    assert shown(text, content_type) == expected


@pytest.mark.parametrize(
    ("text", "content_type", "expected"),
    [
        ("<title>502 Bad Gateway</title>", "text/html", "Bad Gateway"),
        ("<title>502</title><h1>Sorry</h1>", "text/html", "502 Sorry".removeprefix("502 ")),
        ("<title>Maintenance</title>", "text/html", "Maintenance"),
        ("upstream connect error", "text/plain", "upstream connect error"),
        ('{"error": "x"}', "application/json", ""),
        ("", "", ""),
    ],
)
def test_the_headline_of_an_error(text: str, content_type: str, expected: str) -> None:
    assert shown(text, content_type, headline=True) == expected


HIDDEN = [
    SECRET,
    f"<b>{SECRET[:5]}</b>{SECRET[5:]}",
    f"<p>{'x' * 110} {SECRET}</p>",
    f"{'y' * 115}{SECRET}",
    f"{'z' * (LONGEST - 8)}{SECRET}",
    f"{'<i>' * (LONGEST // 3)}{SECRET}",
    "".join(f"&#{ord(character)};" for character in SECRET),
    f"<title>{SECRET}</title>",
]


@pytest.mark.parametrize("headline", [False, True])
@pytest.mark.parametrize("text", HIDDEN, ids=range(len(HIDDEN)))
def test_no_part_of_a_secret_is_shown(text: str, headline: bool) -> None:
    for content_type in ("text/html", "text/plain"):
        found = shown(text, content_type, headline=headline)
        assert not any(SECRET[at : at + 5] in found for at in range(len(SECRET) - 4)), found


@given(st.text(), st.booleans())
def test_any_text_is_shown_in_a_few_words(text: str, headline: bool) -> None:
    found = shown(text, "text/html", headline=headline)
    assert len(found) < 300
    assert "\n" not in found


@pytest.mark.parametrize("text", ["<", "<b", "<!--", "&", "&#", "1 ", "1-", "<script", "<title", "warning", "x\x00"])
def test_nothing_takes_long(text: str) -> None:
    began = time.process_time()
    for content_type in ("text/html", "text/plain"):
        shown(text * 10_000, content_type)
        shown(text * 10_000, content_type, headline=True)
    assert time.process_time() - began < 5


def test_it_stands_behind_the_message() -> None:
    page = Response(502, {"content-type": "text/html"}, b"<title>502 Bad Gateway</title>")
    error = OutboundError(Kind.UNAVAILABLE, "HTTP status 502", failure_class=FailureClass.INTERRUPTED, status=502)
    assert error_dict(page.explained(error), Redactor())["message"] == "HTTP status 502: Bad Gateway"
    own = error.with_(message="the vendor's own words")
    assert page.explained(own) is own
    assert (
        error_dict(page.unexpected("no"), Redactor())["message"] == 'no: it is an HTML page, titled "502 Bad Gateway"'
    )
