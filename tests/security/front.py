# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A front between a module and the sandbox, like a gateway: the test defines what it adds or alters."""

from __future__ import annotations

import http.client
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.telephony.outbound.tests.security.hostile_server import HostileServer, serve_with
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

Headers = list[tuple[str, str]]
Alter = Callable[[Headers, bytes], tuple[Headers, bytes]]
HOP_BY_HOP = ("content-length", "transfer-encoding", "connection", "keep-alive")
CHANGING = ("elapsed", "reference_id", "invocation", "backup_file", "warnings")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*")
EPOCH = range(1_700_000_000, 2_100_000_000)


def as_it_is(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    return headers, body


@contextmanager
def front(
    sandbox: Sandbox, before: bytes = b"", *, pause: float = 0, after: bytes = b"", alter: Alter = as_it_is
) -> Iterator[HostileServer]:
    """Forward everything to the sandbox, alter its answers, and add bytes before and after; connections are kept."""
    vendor = urlsplit(sandbox.url)

    def talk(hostile: HostileServer, connection: socket.socket) -> None:
        while head := hostile.head(connection):
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
            kept = [(name, value) for name, value in said.getheaders() if name.lower() not in HOP_BY_HOP]
            kept, content = alter(kept, said.read())
            vendor_connection.close()
            answer = [f"HTTP/1.1 {said.status} {said.reason}", *(f"{name}: {value}" for name, value in kept)]
            answer += [] if said.status == 204 else [f"Content-Length: {len(content)}"]
            whole = "\r\n".join([*answer, "", ""]).encode("latin-1") + content + after
            if pause:
                connection.sendall(before)
                time.sleep(pause)
                connection.sendall(whole)
            else:
                connection.sendall(before + whole)

    with serve_with(talk) as hostile:
        yield hostile


def told(result: Any) -> Any:
    """Return the part of a result that is equal in two runs: no durations, no times."""
    if isinstance(result, Mapping):
        return {name: told(value) for name, value in result.items() if name not in CHANGING}
    if isinstance(result, list):
        return [told(value) for value in result]
    if isinstance(result, int) and result in EPOCH:
        return "a moment"
    return MOMENT.sub("a moment", result) if isinstance(result, str) else result
