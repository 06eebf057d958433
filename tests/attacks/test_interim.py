# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A front that sends interim answers (1xx) before each answer of the vendor changes nothing, for every module."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.telephony.outbound.tests.attacks.calls import CALLS, Call
from ansible_collections.telephony.outbound.tests.attacks.evil import Evil, talking
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
SPARE = b"HTTP/1.1 204 No Content\r\n\r\n"


@contextmanager
def front(sandbox: Sandbox, before: bytes, *, pause: float = 0, after: bytes = b"") -> Iterator[Evil]:
    """Pass everything on to the sandbox, and add bytes before and behind its answers; its connections are kept."""
    vendor = urlsplit(sandbox.url)

    def talk(evil: Evil, connection: socket.socket) -> None:
        while head := evil.head(connection):
            first, _newline, rest = head.partition(b"\r\n")
            lines, _end, body = rest.partition(b"\r\n\r\n")
            headers = {
                name.decode(): value.decode() for name, value in (line.split(b": ", 1) for line in lines.split(b"\r\n"))
            }
            while len(body) < int(headers.get("Content-Length", 0)):
                body += connection.recv(65536)
            method, path, _version = first.decode().split()
            vendor_connection = http.client.HTTPConnection(str(vendor.hostname), vendor.port, timeout=30)
            vendor_connection.request(method, path, body or None, headers)
            said = vendor_connection.getresponse()
            answer = [f"HTTP/1.1 {said.status} {said.reason}"]
            content = said.read()
            answer += [f"{name}: {value}" for name, value in said.getheaders() if name.lower() not in HOP_BY_HOP]
            answer += [] if said.status == 204 else [f"Content-Length: {len(content)}"]
            vendor_connection.close()
            whole = "\r\n".join([*answer, "", ""]).encode("latin-1") + content + after
            if pause:
                connection.sendall(before)
                time.sleep(pause)
                connection.sendall(whole)
            else:
                connection.sendall(before + whole)

    with talking(talk) as evil:
        yield evil


HOP_BY_HOP = ("content-length", "transfer-encoding", "connection", "keep-alive")
WAYS: Mapping[str, dict[str, Any]] = {
    "102 and later the answer": {"before": PROCESSING, "pause": 0.05},
    "103 in one packet with the answer": {"before": HINTS},
    "ten of them": {"before": CONTINUE + PROCESSING * 4 + HINTS * 5},
    "an answer too many": {"before": b"", "after": SPARE},
    "all of it": {"before": HINTS, "after": HINTS + SPARE},
}


def told(result: Mapping[str, Any]) -> Any:
    """Return all that a result says and that two runs have in common."""
    if isinstance(result, Mapping):
        return {name: told(value) for name, value in result.items() if name not in CHANGING}
    return [told(value) for value in result] if isinstance(result, list) else result


CHANGING = ("elapsed", "reference_id", "invocation", "backup_file", "warnings")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_answer_is_the_vendors(sandbox: Sandbox, call: Call, way: str) -> None:
    sandbox.seed(call.seed())
    expected = call.run(sandbox.url)
    assert not expected["failed"], expected
    done = sandbox.changes()
    sandbox.seed(call.seed())
    with front(sandbox, **WAYS[way]) as evil:
        assert told(call.run(evil.url)) == told(expected)
    assert len(sandbox.changes()) == len(done)


@pytest.mark.parametrize("before", [SWITCH, HINTS + SWITCH, HINTS * 11], ids=["101", "103, 101", "eleven"])
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_what_is_no_final_answer_is_no_success(sandbox: Sandbox, call: Call, before: bytes) -> None:
    sandbox.seed(call.seed())
    with front(sandbox, before) as evil:
        result = call.run(evil.url)
    assert result["failed"]
    errors = [entry["error"] for entry in result.get("results", [result])]
    assert {error["kind"] for error in errors} == {"protocol"}, result
