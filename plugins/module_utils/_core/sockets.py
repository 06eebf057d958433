# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Sockets that obey a deadline, and the pools of connections that use them."""

from __future__ import annotations

import io
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .clock import Deadline

try:
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:
    MISSING_LIBRARY: str | None = traceback.format_exc()
else:
    MISSING_LIBRARY = None

CHUNK = 64 * 1024
"""Bytes of a body that are read at once."""


class Progress(threading.local):
    """How far this thread's exchange has come, and when it has to end."""

    limit: Deadline | None = None
    sent: bool = False
    before_first_byte: Callable[[], None] | None = None

    def seconds(self) -> float | None:
        """Return the seconds left, or raise that there are none; None outside an exchange."""
        if self.limit is None:
            return None
        left = self.limit.left()
        if not left:
            raise TimeoutError("time is up")
        return left

    def begin(self) -> None:
        """Note that a request goes out; what is called before its first byte may raise, and nothing is sent then."""
        if not self.sent and self.before_first_byte:
            self.before_first_byte()
        self.sent = True


progress = Progress()


@contextmanager
def bounded(limit: Deadline, before_first_byte: Callable[[], None] | None = None) -> Iterator[Progress]:
    """Make this thread's sockets obey a deadline.

    ``before_first_byte`` is called once the connection stands, right before the request's first byte goes out.
    """
    progress.limit, progress.sent, progress.before_first_byte = limit, False, before_first_byte
    try:
        yield progress
    finally:
        progress.limit = progress.before_first_byte = None


class _Reader(io.RawIOBase):
    """The receiving half of a socket; every read gets only the time that is left."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Say so, as BufferedReader asks."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive what has come."""
        self._sock.settimeout(progress.seconds())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _Socket:
    """A connected socket that obeys the deadline and remembers that something was sent to the vendor."""

    def __init__(self, sock: socket.socket, *, to_vendor: bool = True) -> None:
        self._sock = sock
        self._to_vendor = to_vendor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: Any) -> None:
        """Send within the time that is left."""
        self._sock.settimeout(progress.seconds())
        if self._to_vendor:
            progress.begin()
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream that http.client reads answers from."""
        return _Stream(_Reader(self._sock))


class _Stream(io.BufferedReader):
    """A stream of which nobody gets all that may ever come: a chunk of a negative size asks for that."""

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes; where no number is given, a piece."""
        return super().read(CHUNK if size is None or size < 0 else size)

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line, or the beginning of one that is too long."""
        return super().readline(CHUNK + 1 if size is None or size < 0 else size)


if MISSING_LIBRARY is None:

    class _PlainConnection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            self.sock = _Socket(self.sock)

    class _TlsConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            self.sock = _Socket(self.sock)

        def _tunnel(self) -> None:
            # What a proxy says before the handshake obeys the deadline too; TLS itself needs the socket as it is.
            plain = self.sock
            self.sock = _Socket(plain, to_vendor=False)
            try:
                super()._tunnel()
            finally:
                self.sock = plain

    class _PlainPool(HTTPConnectionPool):
        ConnectionCls = _PlainConnection

    class _TlsPool(HTTPSConnectionPool):
        ConnectionCls = _TlsConnection

    class Adapter(HTTPAdapter):
        """Pools of connections that obey our deadlines; no retries of its own."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            """Make the pools for the vendor."""
            super().init_poolmanager(*args, **kwargs)
            _use_our_pools(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            """Make the pools for a proxy."""
            manager = super().proxy_manager_for(*args, **kwargs)
            _use_our_pools(manager)
            return manager

    def _use_our_pools(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
