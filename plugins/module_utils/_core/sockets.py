# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Sockets with a deadline, and the connection pools that use them."""

from __future__ import annotations

import http.client
import io
import select
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from .addresses import connect
from .clock import Deadline
from .errors import unexpected_response
from .heads import mended
from .request_count import REQUESTS

try:
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import NewConnectionError
except ImportError:
    MISSING_LIBRARY: str | None = traceback.format_exc()
else:
    MISSING_LIBRARY = None

CHUNK = 64 * 1024
"""Bytes of a body that are read at once."""

MOST_INTERIM_ANSWERS = 10
_SWITCHING_PROTOCOLS = 101


class Progress(threading.local):
    """The progress of this thread's exchange, and its deadline."""

    limit: Deadline | None = None
    sent: bool = False
    understood: bool = False
    connection: _Socket | None = None
    before_first_byte: Callable[[socket.socket], None] | None = None

    def seconds(self) -> float | None:
        """Return the seconds left, or raise TimeoutError; None outside an exchange."""
        if self.limit is None:
            return None
        left = self.limit.left()
        if not left:
            raise TimeoutError("time is up")
        return left

    @property
    def unanswered(self) -> bool:
        """Return whether nothing was ever received on the connection of this exchange."""
        return self.connection is not None and not self.connection.answered

    def begin(self, sock: socket.socket) -> None:
        """Record that a request goes out; if ``before_first_byte`` raises, nothing is sent."""
        if not self.sent and self.before_first_byte:
            self.before_first_byte(sock)
        if not self.sent:
            REQUESTS.add()
        self.sent = True


progress = Progress()


@contextmanager
def bounded(limit: Deadline, before_first_byte: Callable[[socket.socket], None] | None = None) -> Iterator[None]:
    """Set a deadline for this thread's sockets.

    ``before_first_byte`` is called with the open connection, right before the request's first byte.
    """
    progress.limit, progress.sent, progress.understood = limit, False, False
    progress.before_first_byte, progress.connection = before_first_byte, None
    try:
        yield
    finally:
        progress.limit = progress.before_first_byte = progress.connection = None


class _Reader(io.RawIOBase):
    """The receiving half of a socket; every read has only the time that is left."""

    def __init__(self, sock: _Socket) -> None:
        self._sock = sock
        self._raw = sock.stream()
        self.ended = False

    def readable(self) -> bool:
        """Return True, as BufferedReader requires."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive available bytes; none once the response has ended."""
        if self.ended:
            return 0
        self._sock.settimeout(progress.seconds())
        size = self._raw.readinto(buffer)
        self._sock.answered = self._sock.answered or bool(size)
        return size

    def close(self) -> None:
        """Release the socket."""
        self._raw.close()
        super().close()


class _Socket:
    """A connected socket with a deadline that records what happened on it.

    It may be reused only after a response that was understood, and only if no unrequested bytes arrived: they
    would be credited to the next request.
    """

    def __init__(self, sock: socket.socket, *, to_vendor: bool = True) -> None:
        self._sock = sock
        self._to_vendor = to_vendor
        self._used = False
        self.answered = False
        self.surplus = False
        """More came than the answer."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    @property
    def reusable(self) -> bool:
        """Return whether the response of this thread's exchange left the connection in a known state."""
        return progress.understood and not self.surplus and not self._decrypted()

    def sendall(self, data: Any) -> None:
        """Send within the time that is left."""
        self._sock.settimeout(progress.seconds())
        if self._to_vendor and not progress.sent:
            self._check_unused()
            progress.begin(self._sock)
            progress.connection = self
            # Checked last, right before the write.
            try:
                self._check_unused()
            except ConnectionError:
                progress.sent = False
                raise
            self._used = True
        self._sock.sendall(data)

    def _check_unused(self) -> None:
        """Raise ConnectionError if a kept connection has unrequested bytes."""
        if self._used and (self._decrypted() or _readable(self._sock)):
            raise ConnectionError("the kept connection was closed, or spoke without being asked")

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream that http.client reads answers from."""
        return _Stream(self, _Reader(self))

    def stream(self) -> io.RawIOBase:
        """Return the unbuffered stream."""
        return self._sock.makefile("rb", buffering=0)

    def _decrypted(self) -> bool:
        """Return whether TLS holds received bytes that were not read."""
        pending: Callable[[], int] | None = getattr(self._sock, "pending", None)
        return bool(pending and pending())


def _readable(sock: socket.socket) -> bool:
    """Return whether bytes, or the end of the stream, have arrived."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class _Stream(io.BufferedReader):
    """One response. Refuses reads without a limit: a chunk of a negative size asks for one."""

    def __init__(self, sock: _Socket, reader: _Reader) -> None:
        super().__init__(reader)
        self._socket = sock
        self._reader = reader
        self._mended: list[bytes] = []

    def mend_head(self) -> None:
        """Read the next head and return it repaired."""
        self._mended = mended(super().readline)[::-1]

    def read(self, size: int | None = -1) -> bytes:
        """Return this many bytes; without a number, a piece."""
        return super().read(CHUNK if size is None or size < 0 else size)

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line, or the beginning of a line that is too long."""
        if self._mended:
            return self._mended.pop()
        return super().readline(CHUNK + 1 if size is None or size < 0 else size)

    def close(self) -> None:
        """End the response; bytes received beyond it make the connection unusable."""
        if not self.closed:
            self._reader.ended = True
            self._socket.surplus = self._socket.surplus or bool(self.peek(1))
        super().close()


class _FinalResponse(http.client.HTTPResponse):
    """A complete final response; interim ones (1xx) before it are skipped (RFC 9110, 15.2)."""

    def read(self, amt: int | None = None) -> bytes:
        """Return a piece of the body, or raise if it ended before its length: not every urllib3 checks."""
        data = super().read(amt)
        if amt and not data and self.length:
            raise http.client.IncompleteRead(data, self.length)
        return data

    def _read_status(self) -> tuple[str, int, str]:
        for _answer in range(MOST_INTERIM_ANSWERS + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc] # typeshed does not know it
            if status == _SWITCHING_PROTOCOLS:
                raise unexpected_response(
                    "the server switched to another protocol, which was not asked for", status=status
                )
            stream = cast("_Stream", self.fp)
            stream.mend_head()
            if not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(stream)
        raise unexpected_response(f"more than {MOST_INTERIM_ANSWERS} interim answers (1xx) came, and no final one")


if MISSING_LIBRARY is None:

    def _connected(connection: Any) -> socket.socket:
        """Connect within the library's timeout, or raise the exception that it expects."""
        host = connection._dns_host.strip("[]")
        try:
            return connect(host, connection.port, connection.timeout, connection.socket_options or ())
        except OSError as error:
            raise NewConnectionError(connection, "no connection") from error

    class _PlainConnection(HTTPConnection):
        response_class = _FinalResponse
        _new_conn = _connected

        def connect(self) -> None:
            super().connect()
            self.sock = _Socket(self.sock)

    class _TlsConnection(HTTPSConnection):
        response_class = _FinalResponse
        _new_conn = _connected

        def connect(self) -> None:
            super().connect()
            self.sock = _Socket(self.sock)

        def _tunnel(self) -> None:
            # The proxy's answer before the handshake has the deadline too; TLS itself needs the plain socket.
            plain = self.sock
            self.sock = _Socket(plain, to_vendor=False)
            try:
                super()._tunnel()
            finally:
                self.sock = plain

    class _PlainPool(HTTPConnectionPool):
        ConnectionCls = _PlainConnection

        def _put_conn(self, conn: Any) -> None:
            super()._put_conn(_checked(conn))

    class _TlsPool(HTTPSConnectionPool):
        ConnectionCls = _TlsConnection

        def _put_conn(self, conn: Any) -> None:
            super()._put_conn(_checked(conn))

    def _checked(connection: Any) -> Any:
        """Close a connection that must not be reused; the library reopens it when needed."""
        if connection and connection.sock and not connection.sock.reusable:
            connection.close()
        return connection

    class Adapter(HTTPAdapter):
        """Connection pools with our deadlines and without retries."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            """Create the pools for the vendor."""
            super().init_poolmanager(*args, **kwargs)
            _use_our_pools(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            """Create the pools for a proxy."""
            manager = super().proxy_manager_for(*args, **kwargs)
            _use_our_pools(manager)
            return manager

    def _use_our_pools(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
