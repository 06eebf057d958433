# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The character encoding of an answer, whatever its server declares."""

from __future__ import annotations

import codecs
import encodings.aliases
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.charset import as_utf8, decode, encoding
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response


@pytest.mark.parametrize(
    ("content_type", "body", "codec"),
    [
        ("", b"", "utf-8"),
        ("application/json", b"{}", "utf-8"),
        ("application/json; charset=ISO-8859-1", b"{}", "iso8859-1"),
        ("application/json;CHARSET = 'latin-1'", b"{}", "iso8859-1"),
        ('text/xml; charset="windows-1252"; q=1', b"<a/>", "cp1252"),
        ("application/json; charset=us-ascii", b"{}", "utf-8"),
        ("application/json; charset=ISO-8859-1", codecs.BOM_UTF8 + b"{}", "utf-8-sig"),
        ("application/json", "{}".encode("utf-16"), "utf-16"),
        ("application/json", "{}".encode("utf-16-be"), "utf-16-be"),
        ("application/json", "{}".encode("utf-32-le"), "utf-32-le"),
        ("text/xml", b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "iso8859-1"),
        ("text/xml; charset=utf-8", b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "utf-8"),
        ("text/xml", b'<?xml version="1.0" encoding="zip"?><a/>', "utf-8"),
        ("application/json; charset=", b"{}", "utf-8"),
        ("application/json; charset=../../x", b"{}", "utf-8"),
    ],
)
def test_which_characters_count(content_type: str, body: bytes, codec: str) -> None:
    assert encoding(content_type, body) == codec


@pytest.mark.parametrize("name", sorted({*encodings.aliases.aliases.values(), "idna", "punycode", "unicode_escape"}))
def test_no_codec_does_more_than_read_characters(name: str) -> None:
    """Some of Python's codecs decompress, escape, or take quadratic time."""
    body = b"eJw\\u0041--" * 20_000
    began = time.process_time()
    text = decode(f"text/plain; charset={name}", body, "replace")
    assert time.process_time() - began < 5
    assert len(text) >= len(body) // 4


@given(
    text=st.text(alphabet=st.characters(max_codepoint=255, min_codepoint=1)),
    codec=st.sampled_from(["utf-8", "iso8859-1", "utf-16-le", "utf-16", "utf-32-be", "utf-8-sig"]),
    size=st.integers(1, 9),
)
def test_pieces_and_wholes_are_read_alike(text: str, codec: str, size: int) -> None:
    body = ("{" + text + "}").encode(codec)
    content_type = f"application/json; charset={codec}"
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    whole = b"".join(as_utf8(content_type, pieces)).decode("utf-8-sig")
    assert whole == decode(content_type, body, "strict") == "{" + text + "}"


def test_what_is_not_what_it_says() -> None:
    with pytest.raises(ValueError, match="utf-16"):
        list(as_utf8("", iter([b"\xff\xfe", b"{\x00x"])))
    with pytest.raises(OutboundError, match="the answer is not written in utf-8"):
        Response(200, {}, b'{"name": "Campa\xf1a"}').json()
    assert Response(200, {"content-type": "x/y; charset=latin1"}, b'{"name": "Campa\xf1a"}').json() == {
        "name": "Campaña"
    }
    assert Response(200, {}, b'"\xed\xa0\xbd"').json() == "\ud83d", "halves of characters come as they came before"
