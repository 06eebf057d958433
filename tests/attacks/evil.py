# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that says exactly the bytes that it is told to: what no honest HTTP server would send."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LONGEST_SECONDS = 20
PIECE = b" " * 65536

Talk = Callable[[socket.socket], None]


class Evil:
    """Accepts, and lets ``talk`` have every connection; ``requests`` are the heads that came."""

    def __init__(self, talk: Talk, *, tls: ssl.SSLContext | None = None, listen: bool = True) -> None:
        self.requests: list[bytes] = []
        self._talk = talk
        self._tls = tls
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(16)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)

    def head(self, connection: socket.socket) -> bytes:
        """Read a request's head, and keep it."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                break
            data += piece
        self.requests.append(data)
        return data

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            connection.settimeout(LONGEST_SECONDS)
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection:
                self._talk(connection)
                self._linger(connection)

    @staticmethod
    def _linger(connection: socket.socket) -> None:
        """Close without a reset, which could overtake what was said."""
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(1)
            while connection.recv(65536):
                pass


@contextmanager
def saying(
    *pieces: bytes, endless: bytes = b"", pause: float = 0, silence: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[Evil]:
    """Serve these bytes to everybody, then ``endless`` again and again, or nothing more and no end."""

    def talk(connection: socket.socket) -> None:
        evil.head(connection)
        for piece in pieces:
            connection.sendall(piece)
        while (endless or silence) and not stop.wait(pause):
            connection.sendall(endless)

    stop = threading.Event()
    evil = Evil(talk, tls=tls)
    try:
        yield evil
    finally:
        stop.set()
        evil.close()


@contextmanager
def talking(talk: Callable[[Evil, socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[Evil]:
    """Serve every connection by a function."""
    evil = Evil(lambda connection: talk(evil, connection), tls=tls)
    try:
        yield evil
    finally:
        evil.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Put an answer together; it ends with the connection unless a header says otherwise."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
