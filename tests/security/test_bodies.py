# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies as real servers write them: other encodings, pages where data was expected, compression headers."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping

import pytest

from ansible_collections.telephony.outbound.tests.security.calls import (
    CALLS,
    Call,
    Undisturbed,
    each_call,
    outcome_and_error,
)
from ansible_collections.telephony.outbound.tests.security.front import Alter, Headers, front, told
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


def written(codec: str, charset: str | None, mark: bytes = b"") -> Alter:
    """Encode every body; ``charset`` is the one that Content-Type declares, None if it declares none."""

    def alter(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        kept = [(name, value) for name, value in headers if name.lower() != "content-type"]
        parameter = f"; charset={charset}" if charset else ""
        text = body.decode()
        if text.lstrip()[:1] in ("{", "["):
            text = json.dumps(json.loads(text), ensure_ascii=False)
        return [*kept, ("Content-Type", f"application/json{parameter}")], mark + text.encode(codec) if body else body

    return alter


def encoding(value: str) -> Alter:
    return lambda headers, body: ([*headers, ("Content-Encoding", value)], body)


WAYS: Mapping[str, Alter] = {
    "a byte order mark": written("utf-8", None, codecs.BOM_UTF8),
    "a byte order mark, and a charset that is wrong": written("utf-8", "ISO-8859-1", codecs.BOM_UTF8),
    "ISO-8859-1": written("latin-1", "ISO-8859-1"),
    "Windows-1252, in quotes": written("cp1252", '"windows-1252"'),
    "UTF-16 with a mark": written("utf-16", None),
    "UTF-16 without one": written("utf-16-le", "utf-16"),
    "UTF-16, big end first": written("utf-16-be", "UTF-16BE"),
    "UTF-32": written("utf-32-le", None),
    "a charset that nobody knows": written("utf-8", "utf8mb4"),
    "a charset that is none": written("utf-8", "hex"),
    "ASCII that is UTF-8": written("utf-8", "us-ascii"),
    "an encoding that is none": encoding("UTF-8"),
    "no encoding": encoding("none"),
    "an empty encoding": encoding(""),
}


@pytest.mark.parametrize("way", WAYS)
@each_call
def test_the_answer_is_the_vendors(sandbox: Sandbox, call: Call, way: str, undisturbed: Undisturbed) -> None:
    expected, changes = undisturbed(call)
    sandbox.seed(call.seed())
    with front(sandbox, alter=WAYS[way]) as hostile:
        assert told(call.succeed(hostile.url)) == expected
    assert len(sandbox.changes()) == changes


PHP = (
    b'<br />\n<b>Warning</b>:  Undefined variable $x in <b>api.php</b> on line <b>12</b><br />\n{"code":200,"data":[]}'
)
LOGIN = (
    b"<!DOCTYPE html><html><head><title>Sign in &amp; go on</title></head>"
    b'<body><form><input name="u"><input type="password" name="p"></form></body></html>'
)
PAGES: Mapping[bytes, str] = {
    PHP: 'it is a message of PHP: "Warning: Undefined variable $x in api.php on line 12 {"code":200,"data":[]}"',
    LOGIN: 'it is an HTML page with a login form, titled "Sign in & go on"',
    b"<html><body><h1>It works!</h1></body></html>": 'it is an HTML page, titled "It works!"',
    b"PHP Fatal error:  Allowed memory size exhausted": 'it is a message of PHP: "PHP Fatal error: Allowed memory size',
    b"\x00\x01\x02\x03" * 40: "it is binary data (application/json)",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff": "it is binary data (application/json)",
    b"upstream is busy": 'it is text: "upstream is busy"',
}


@pytest.mark.parametrize("body", PAGES, ids=PAGES.values())
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_an_answer_that_cannot_be_read_is_shown(call: Call, body: bytes) -> None:
    # An answer with a new token is never shown: the last set of credentials needs none.
    credentials = {**dict.fromkeys(call.credentials()), **call.credentials(-1)}
    with serve_bytes(answer(body)) as hostile:
        result = call.run(hostile.url, **credentials)
    error = outcome_and_error(result)["error"]
    assert error["kind"] == "protocol", result
    assert PAGES[body] in error["message"]


def test_what_is_shown_gives_nothing_away() -> None:
    """Secrets are masked before tags are removed and before truncation, and again afterwards; phone numbers too."""

    def pages(secret: str) -> list[str]:
        return [
            f"<p>{secret}</p>",
            f"<p>{'x' * 110}{secret}</p>",
            f"<title>{'<i>' * 10}{secret}",
            f"<b>{secret[:4]}</b>{secret[4:]}",
            f"{'y ' * 8190}{secret}",
            f"{'<i>' * 5450} {secret}",
            "call +1 (555) 010-9999 or 15550109999 now",
        ]

    for call in CALLS:
        for secret in call.credentials().values():
            for page in pages(secret):
                with serve_bytes(answer(page.encode(), "Content-Type: text/html")) as hostile:
                    assert "0109999" not in str(call.run(hostile.url)).replace(
                        "-", ""
                    )  # Call.run searches for the secrets


HAPROXY = (
    b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"
)
NGINX = (
    b"<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n<center><h1>400 Bad "
    b"Request</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)
ERRORS: Mapping[str, tuple[str, bytes, str]] = {
    "nginx": ("400 Bad Request", NGINX, "HTTP status 400: No required SSL certificate was sent"),
    "nginx, 502": ("502 Bad Gateway", b"<title>502 Bad Gateway</title>", "HTTP status 502: Bad Gateway"),
    "HAProxy": (
        "503 Service Unavailable",
        HAPROXY,
        "HTTP status 503: Service Unavailable No server is available to handle this request.",
    ),
    "plain": ("500 Internal Server Error", b"upstream connect error", "HTTP status 500"),
    "nothing": ("409 Conflict", b"", "HTTP status 409"),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_page_of_an_error_gives_its_title(call: Call, name: str) -> None:
    status, body, message = ERRORS[name]
    with serve_bytes(answer(body, status=status)) as hostile:
        result = call.run(hostile.url)
    assert outcome_and_error(result)["error"]["message"].endswith(message), result
