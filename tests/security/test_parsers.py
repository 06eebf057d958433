# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Malicious response bodies fail fast with OutboundError, and nothing else happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import retry
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor, encodings_of
from ansible_collections.telephony.outbound.tests.security.calls import CALLS, VENDORS, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import answer, serve_bytes
from ansible_collections.telephony.outbound.tests.security.parsers import PARSERS
from ansible_collections.telephony.outbound.tests.support.guard import ends

MIB = 1024 * 1024
SIZE = MIB // 8

VALUES = {
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "more than a float holds": "1e999",
    "more digits than int() takes": "9" * 5000,
    "as text": json.dumps("9" * 5000),
    "a huge float": "1e308",
    "a huge number": "9" * 400,
    "a negative number": "-1",
    "minus zero": "-0.0",
    "a long fraction": "0." + "3" * 5000,
    "true": "true",
    "null": "null",
    "half a character": '"\\ud800"',
    "NUL": '"a\\u0000b"',
    "lines": '"a\\r\\nb\\u2028c"',
    "colors": '"\\u001b[2J\\u009b31m"',
    "another direction": '"\\u202eabc\\u2066"',
    "a template": '"{{ 7 * 7 }}{% raw %}"',
    "digits of another script": '"\\u0661\\u0662\\u00b2"',
    "a path": '"../../x"',
    "dots": '".."',
    "empty": '""',
    "white space": '" \\t "',
    "400 deep": "[" * 400 + "]" * 400,
    "900 deep": '{"a":' * 900 + "1" + "}" * 900,
    "90,000 deep": "[" * 90_000 + "]" * 90_000,
    "twice the same": '{"a": 1, "a": 2, "": {}, "__proto__": 3}',
    "an address": '"http://[::1"',
    "an address with an index": json.dumps(f"https://x.example.com/?startIndex={'9' * 5000}"),
    "1 MiB": json.dumps("x" * MIB),
}


def test_no_vendor_is_left_out() -> None:
    assert {f"{vendor} errors" for vendor in VENDORS} <= PARSERS.keys()


@pytest.mark.parametrize("parser", PARSERS)
def test_a_value_that_nobody_expects(parser: str) -> None:
    for value in VALUES.values():
        attempt(parser, PARSERS[parser].shape.replace("VALUE", value).encode())


def attempt(parser: str, body: bytes) -> None:
    """Parse; any exception other than OutboundError makes the test fail."""
    try:
        PARSERS[parser].parse(body)
    except OutboundError as error:
        shown = Redactor().message(error.message)
    else:
        shown = ""
    assert len(shown) <= 500


WHOLE = {
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "UTF-16": '{"error": "x"}'.encode("utf-16"),
    "UTF-32": "[]".encode("utf-32"),
    "Latin-1": b'{"error": "\xe9\xff"}',
    "surrogates in UTF-8": b'{"error": "\xed\xa0\x80"}',
    "NUL": b"\x00" * 100,
    "two texts": b"{}{}",
    "a comma too many": b'{"a": 1,}',
    "a comment": b"/* */ {}",
    "half a text": b'{"records": [{"a": "b',
    "empty": b"",
    "a word": b"OK",
    "HTML": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "a list of lists": b"[[[]],[[]]]",
    "two lists": b'{"records": [], "data": []}',
    "true": b"true",
    "a number": b"12",
}


@pytest.mark.parametrize("parser", PARSERS)
def test_a_body_that_nobody_expects(parser: str) -> None:
    for body in WHOLE.values():
        attempt(parser, body)


def _repeated(text: str) -> bytes:
    return text.encode() * (SIZE // len(text.encode()))


LARGE = {
    "deep lists": lambda: b"[" * SIZE,
    "deep objects": lambda: _repeated('{"a":'),
    "flat lists": lambda: b"[" + _repeated("[],") + b"0]",
    "flat objects": lambda: b"[" + _repeated("{},") + b"0]",
    "records": lambda: b'{"code": 200, "records": [' + _repeated('{"resultado": "x"},') + b"{}]}",
    "different words": lambda: json.dumps([{"resultado": f"w{n}"} for n in range(20_000)]).encode(),
    "members": lambda: json.dumps({f"k{n}": n for n in range(30_000)}).encode(),
    "one name": lambda: b"{" + _repeated('"a": 1,') + b'"a": 1}',
    "a long string": lambda: b'"' + b"x" * SIZE + b'"',
    "a string without an end": lambda: b'"' + b"x" * SIZE,
    "escapes": lambda: b'"' + _repeated("\\u0041") + b'"',
    "backslashes": lambda: b'"' + b"\\" * SIZE,
    "quotes": lambda: b'"' * SIZE,
    "single quotes": lambda: b"'" * (SIZE - 1),
    "single quotes with backslashes": lambda: _repeated("'\\"),
    "quotes of both kinds": lambda: _repeated("'\"\\'"),
    "strings in single quotes": lambda: b"{" + _repeated("'a': '\\'b',") + b"'a': 1}",
    "a long number": lambda: b"1" * SIZE,
    "long numbers": lambda: b"[" + (b"1" * 4000 + b",") * 500 + b"1]",
    "minus": lambda: b"-" * SIZE,
    "white space": lambda: b" " * SIZE + b"{}",
    "lines": lambda: b"[\n" + b"\n" * SIZE + b"0]",
    "underscores": lambda: b'[{"resultado": "' + b"_ " * (SIZE // 2) + b'x"}]',
    "nothing but NUL": lambda: b"\x00" * SIZE,
    "half characters": lambda: b'"' + _repeated("\\ud800") + b'"',
    "not UTF-8": lambda: b'"' + b"\xff\xc0" * (SIZE // 2) + b'"',
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_body_takes_little(name: str, limited: Any, tmp_path: Path) -> None:
    """Quadratic code takes minutes for 128 KiB, longer than ``limited`` allows."""
    path = tmp_path / "body"
    path.write_bytes(LARGE[name]())
    for parser in PARSERS:
        done = limited(do="parse", parser=parser, path=str(path))
        assert done.said == "parsed" or done.said.startswith(("protocol:", "auth:", "unavailable:")), (parser, done)
        assert done.mib < 400, (parser, done)


def test_the_largest_bodies_take_little(limited: Any, tmp_path: Path) -> None:
    """At most 8 MiB are held in memory."""
    path = tmp_path / "body"
    for name in ("deep lists", "quotes of both kinds", "a long number", "flat lists"):
        path.write_bytes(LARGE[name]() * 64)
        for parser in ("json", "plum"):
            done = limited(do="parse", parser=parser, path=str(path))
            assert done.said.startswith("protocol:"), (name, done)


DEEP = answer(b'{"statusCode": 0, "a": ' + b"[" * 200_000)


def test_256_mib_of_nesting(limited: Any) -> None:
    """It is cut off at the size limit of a body in memory."""
    with serve_bytes(answer(b"", f"Content-Length: {256 * MIB}"), endless=b'[{"a":' * 10_000) as hostile:
        done = limited(do="fetch", url=hostile.url, timeout=20)
    assert done.said == "protocol: the answer is larger than 8388608 bytes"
    assert done.mib < 64
    for call in CALLS:
        with serve_bytes(DEEP) as hostile:
            result = call.run(hostile.url)
        assert result["failed"]
        assert outcome_and_error(result)["error"]["kind"] == "protocol", result


# --- hypothesis ------------------------------------------------------------------------------------------------------

FUZZ = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "..", "200", "NaN", "\ud800", "\x1b[0m", "9" * 5000, "/meta/handshake", "{{ x }}"]),
)
_NAMES = st.sampled_from(
    sorted(
        {"records", "data", "resultado", "code", "error", "msg", "message", "total_records", "campaign_id", "status"}
        | {"call_details", "events", "attempts", "entry", "id", "type", "url", "paging", "next", "totalResults"}
        | {"access_token", "expires_in", "devices", "uris", "statusCode", "statusMessage", "channel", "clientId"}
        | {"successful", "advice", "interval", "timeout", "reconnect", "referenceId", "success", "itemsPerPage"}
    )
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=5)),
    max_leaves=12,
)


@pytest.mark.parametrize("parser", PARSERS)
@FUZZ
@given(value=_VALUES)
def test_any_json(parser: str, value: Any) -> None:
    attempt(parser, json.dumps(value).encode())
    attempt(parser, PARSERS[parser].shape.replace("VALUE", json.dumps(value)).encode())


@pytest.mark.parametrize("parser", PARSERS)
@FUZZ
@given(
    text=st.text(
        alphabet=st.sampled_from(list("{}[]()'\"\\:,<>/=!&;?0123456789.eE+-tfn \n\t\x00aé\u202e")), max_size=60
    ),
    before=st.sampled_from(["", "{", "[", "<result>", '{"records": [', "<?xml ?>"]),
)
def test_any_text(parser: str, text: str, before: str) -> None:
    attempt(parser, (before + text).encode())


@pytest.mark.parametrize("parser", PARSERS)
@FUZZ
@given(body=st.binary(max_size=80))
def test_any_bytes(parser: str, body: bytes) -> None:
    attempt(parser, body)


@settings(FUZZ, max_examples=300)
@given(header=st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z]{0,4},? ?[0-9 :,+\-GMTUTC\"\\()]{0,40}")))
@example(header="9" * 5000)
@example(header="-5")
@example(header="nan")
@example(header="inf")
@example(header="1e9")
@example(header="²")
@example(header="Mon, 01 Jan 0001 00:00:00 GMT")
@example(header="Fri, 31 Dec 9999 23:59:59 -2359")
@example(header="Fri, 31 Dec 99999999999999999999 23:59:59 GMT")
@example(header="Mon, 00 Foo 2026 99:99:99 +9999")
@example(header='"' * 3000)
@example(header="(" * 3000)
def test_any_retry_after(header: str) -> None:
    for headers in ({"retry-after": header}, {"retry-after": header, "date": header}):
        seconds = retry.pause_asked(headers, 1e9)
        assert seconds is None or seconds >= 0


@FUZZ
@given(secret=st.text(min_size=1, max_size=12), text=st.text(max_size=80), at=st.integers(0, 80))
@example(secret="\ud800", text="", at=0)
@example(secret="a\nb", text="", at=0)
def test_any_secret_is_masked(secret: str, text: str, at: int) -> None:
    redactor = Redactor([secret])
    whole = text[:at] + secret + text[at:]
    if secret not in "********":
        assert secret not in redactor.mask(whole)
    line = redactor.line(whole)
    assert line.isprintable() or not set(line) & set("\r\n\x1b\x9b\u2028\u202e\x00")


def test_masking_a_large_text_takes_little() -> None:
    secrets = {form for number in range(4) for form in encodings_of(f"{'a' * 20}{number}", "user")}
    redactor = Redactor(secrets)
    with ends():
        assert len(redactor.message("a" * MIB)) == 500
        assert len(redactor.message("\x1b\u202e\n" * (MIB // 2))) <= 500
