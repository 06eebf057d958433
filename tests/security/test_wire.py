# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no honest server would send is reported by kind, in time, and in little memory."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.tests.security.calls import Call, each_call, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import PIECE, answer, serve_bytes

MIB = 1024 * 1024
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ZEROS = b" " * (16 * MIB)
GZIPPED = gzip.compress(ZEROS)
DEFLATED = zlib.compress(ZEROS, 1)
# 16 MiB in a frame of zstd: 128 blocks of one byte repeated 131,072 times.
ZSTD = bytes.fromhex("28b52ffd a0 00000001") + b"".join(
    (((131072 << 3) | 2 | (number == 127)).to_bytes(3, "little") + b" ") for number in range(128)
)

WHOLE: Mapping[str, bytes] = {
    "gzip": answer(GZIPPED, "Content-Encoding: gzip"),
    "gzip by its old name": answer(GZIPPED, "Content-Encoding: X-GZIP"),
    "gzip in gzip": answer(gzip.compress(GZIPPED), "Content-Encoding: gzip, gzip"),
    "gzip that hides behind identity": answer(GZIPPED, "Content-Encoding: identity", "Content-Encoding: gzip"),
    "deflate": answer(DEFLATED, "Content-Encoding: deflate"),
    "brotli": answer(b"\xcf\xff\xff\x7f\xf8'\x00\xe2\xb1@\x20\xf0\x8f" * 10, "Content-Encoding: br"),
    "zstd": answer(ZSTD, "Content-Encoding: zstd"),
    "an unknown packing": answer(b"{}", "Content-Encoding: lzma"),
    "packed on the way": answer(GZIPPED, "Transfer-Encoding: gzip, chunked"),
    "HTTP/0.9": b'{"success": true}',
    "nothing": b"",
    "garbage": bytes(range(256)) * 40,
    "a greeting of SMTP": b"220 mail.example.com ESMTP\r\n",
    "an answer of TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "no status": b"HTTP/1.1 \r\n\r\n{}",
    "a status that is no number": b"HTTP/1.1 OK OK\r\n\r\n{}",
    "a status of 0": b"HTTP/1.1 000 Zero\r\n\r\n{}",
    "a status of 99999": b"HTTP/1.1 99999 Much\r\n\r\n{}",
    "a negative status": b"HTTP/1.1 -20 OK\r\n\r\n{}",
    "another protocol's version": b"HTTP/9.9 200 OK\r\n\r\n{}",
    "early hints and no more": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    "a change of protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x7f",
    "a negative length": answer(b"{}", "Content-Length: -5"),
    "a huge length": answer(b"{}", "Content-Length: 99999999999999999999"),
    "a length of 5,000 digits": answer(b"{}", "Content-Length: " + "9" * 5000),
    "two lengths": answer(b"{}", "Content-Length: 2", "Content-Length: 7"),
    "two lengths in one": answer(b"{}", "Content-Length: 2, 7"),
    "a length that is no number": answer(b"{}", "Content-Length: two"),
    "length and chunks": answer(b"0\r\n\r\n", "Content-Length: 7", "Transfer-Encoding: chunked"),
    "a short body": answer(b"{", "Content-Length: 200"),
    "a chunk of a negative size": CHUNKED + b"-1\r\n{}\r\n0\r\n\r\n",
    "a chunk of a size that is none": CHUNKED + b"xyz\r\n{}\r\n0\r\n\r\n",
    "a chunk of a huge size": CHUNKED + b"f" * 60 + b"\r\n{}",
    "a chunk that is not there": CHUNKED + b"5\r\n",
    "a line in a chunk's size": CHUNKED + b"1_0\r\n" + b" " * 16 + b"\r\n0\r\n\r\n",
    "too many header lines": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n{}",
    "a long header line": b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 200_000 + b"\r\n\r\n{}",
    "headers without a colon": b"HTTP/1.1 200 OK\r\nnothing here\r\n\r\n{}",
    "headers with NUL": b"HTTP/1.1 200 OK\r\nX\x00A: b\x00c\r\n\r\n{}",
    "headers with bare CR": b"HTTP/1.1 200 OK\r\nX-A: b\rContent-Length: 1\r\r\n\r\n{}",
}


@each_call
def test_what_is_no_answer_is_no_success(call: Call) -> None:
    """None of these is a documented answer of any vendor: every module reports an error, and none breaks."""
    found = {}
    for name, said in WHOLE.items():
        with serve_bytes(said) as hostile:
            result = call.run(hostile.url)
        error = outcome_and_error(result)["error"]
        if not result["failed"] or error.get("kind") not in ("protocol", "connect", "unavailable", "redirect"):
            found[name] = result
        elif "internal error" in str(result) or len(error["message"]) > 500:
            found[name] = error
    assert found == {}


HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS: Mapping[str, tuple[bytes, bytes]] = {
    "a body of known length": (answer(b"", f"Content-Length: {1 << 40}"), PIECE),
    "a body until the end": (answer(b""), PIECE),
    "chunks": (CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
    "chunks of a byte": (CHUNKED, b"1\r\n \r\n" * 4096),
    "one chunk without an end": (CHUNKED + b"-1\r\n", PIECE),
    "the size of a chunk": (CHUNKED, b"0" * 65536),
    "the extension of a chunk": (CHUNKED + b"1;a=", b"b" * 65536),
    "trailers": (CHUNKED + b"0\r\n", b"X-A: b\r\n" * 4096),
    "one trailer": (CHUNKED + b"0\r\nX-A: ", b"b" * 65536),
    "header lines": (HEAD, b"X-A: b\r\n" * 4096),
    "one header line": (HEAD + b"X-A: ", b"b" * 65536),
    "one folded header": (HEAD + b"X-A: b\r\n", b" c\r\n" * 4096),
    "cookies": (HEAD, b"Set-Cookie: a=b; Path=/\r\n" * 2048),
    "a status line": (b"HTTP/1.1 200 ", b"O" * 65536),
    "a line that is no status": (b"", b"O" * 65536),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2048),
    "continue with headers": (b"", b"HTTP/1.1 100 Continue\r\n" + b"X-A: b\r\n" * 500 + b"\r\n"),
    "an error's body": (b"HTTP/1.1 500 Internal\r\n\r\n", PIECE),
    "empty lines": (b"", b"\r\n" * 30000),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_ended(name: str, limited: Any) -> None:
    first, then = ENDLESS[name]
    with serve_bytes(first, endless=then) as hostile:
        done = limited(do="fetch", url=hostile.url, timeout=0.7)
    assert done.said.startswith(("protocol:", "connect:", "timeout:")), done
    assert done.mib < 64, done


DRIPS = {
    "the status line": (b"", b"H"),
    "a header": (HEAD + b"X-A: ", b"b"),
    "an interim answer": (b"HTTP/1.1 103 Early Hints\r\nX-A: ", b"b"),
    "a body": (answer(b"", "Content-Length: 1000"), b" "),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
    "a chunk's size": (CHUNKED, b"0"),
    "trailers": (CHUNKED + b"0\r\n", b"A: b\r\n"),
    "nothing at all": (b"", b""),
}


@pytest.mark.parametrize("name", DRIPS)
def test_what_drips_is_ended(name: str, limited: Any) -> None:
    first, then = DRIPS[name]
    with serve_bytes(first, endless=then, pause=0.05, silence=not then) as hostile:
        done = limited(do="fetch", url=hostile.url, timeout=0.7)
    assert done.said.startswith("timeout:"), done


def test_a_naive_client_would_swell() -> None:
    """The bombs work: a client that decompresses holds 16 MiB for 16 KiB, and one that waits never finishes."""
    assert len(WHOLE["gzip"]) < 20_000
    with serve_bytes(WHOLE["gzip"]) as hostile:
        assert len(requests.get(hostile.url, timeout=20).content) == 16 * MIB
    began = time.monotonic()
    with serve_bytes(answer(b"", "Content-Length: 30"), endless=b" ", pause=0.03) as hostile:
        assert requests.get(hostile.url, timeout=0.5).ok
    assert time.monotonic() - began > 0.6
