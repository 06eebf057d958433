# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that sends exactly the given bytes: what no honest HTTP server would send."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ansible_collections.telephony.outbound.tests.support.listener import Listener

PIECE = b" " * 65536

Talk = Callable[[socket.socket], None]


class HostileServer(Listener):
    """Passes every connection to ``talk``; ``requests`` are the received heads."""

    def __init__(self, talk: Talk, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._talk = talk
        self._tls = tls
        super().__init__()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def head(self, connection: socket.socket) -> bytes:
        """Read a request's head, and store it."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                break
            data += piece
        self.requests.append(data)
        return data

    def serve(self, _number: int, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection:
                self._talk(connection)
                self._linger(connection)

    @staticmethod
    def _linger(connection: socket.socket) -> None:
        """Close without a reset, which could arrive before the data."""
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            while connection.recv(65536):
                pass


@contextmanager
def serve_bytes(
    *pieces: bytes, endless: bytes = b"", pause: float = 0, silence: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[HostileServer]:
    """Send these bytes to every client, then ``endless`` repeatedly, or nothing while keeping the connection open."""

    def talk(connection: socket.socket) -> None:
        hostile.head(connection)
        for piece in pieces:
            connection.sendall(piece)
        while (endless or silence) and not stop.wait(pause):
            connection.sendall(endless)

    stop = threading.Event()
    hostile = HostileServer(talk, tls=tls)
    try:
        yield hostile
    finally:
        stop.set()
        hostile.close()


@contextmanager
def serve_with(
    talk: Callable[[HostileServer, socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[HostileServer]:
    """Serve every connection with a function."""
    hostile = HostileServer(lambda connection: talk(hostile, connection), tls=tls)
    try:
        yield hostile
    finally:
        hostile.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Build an answer; it ends with the connection unless a header says otherwise."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
