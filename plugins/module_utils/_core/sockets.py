# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Sockets with a deadline that record what happened on them.

HTTP has no ids that tie an answer to its request: the order on the connection does. A server or gateway that sends an
answer too many moves all that follow by one. So an answer that comes first on its connection is certain, and only that.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from .clock import Deadline
from .errors import unexpected_response
from .heads import mended
from .request_count import REQUESTS

CHUNK = 64 * 1024
"""Bytes of a body that are read at once."""

MOST_INTERIM_ANSWERS = 10
_SWITCHING_PROTOCOLS = 101


class Progress(threading.local):
    """The progress of this thread's exchange, and its deadline."""

    limit: Deadline | None = None
    sent: bool = False
    understood: bool = False
    connection: Socket | None = None
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

    @property
    def ambiguous(self) -> bool:
        """Return whether the answer of this exchange may belong to an earlier request on its connection."""
        return self.connection is not None and self.connection.ambiguous

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
    """Set a deadline for this thread's sockets; ``before_first_byte`` is called right before a request's first byte."""
    progress.limit, progress.sent, progress.understood = limit, False, False
    progress.before_first_byte, progress.connection = before_first_byte, None
    try:
        yield
    finally:
        progress.limit = progress.before_first_byte = progress.connection = None


class _Reader(io.RawIOBase):
    """The receiving half of a socket; every read has only the time that is left."""

    def __init__(self, sock: Socket) -> None:
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


class Socket:
    """A connected socket with a deadline that records what happened on it.

    It may be reused only after a response that was understood, and only if no unrequested bytes arrived: they
    would be credited to the next request.
    """

    def __init__(self, sock: socket.socket, *, to_vendor: bool = True) -> None:
        self._sock = sock
        self._to_vendor = to_vendor
        self._requests = 0
        self.answered = False
        self.surplus = False
        """More came than the answer."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    @property
    def ambiguous(self) -> bool:
        """Return whether the last answer may belong to an earlier request."""
        return self.surplus and self._requests > 1

    @property
    def reusable(self) -> bool:
        """Return whether the response of this thread's exchange left the connection in a known state."""
        return progress.understood and not self.surplus

    def sendall(self, data: Any) -> None:
        """Send within the time that is left."""
        if self._to_vendor and not progress.sent:
            self._check_unused()
            progress.begin(self._sock)
            progress.connection = self
            # Checked last, right before the write.
            try:
                self._check_unused()
            except OSError:
                progress.sent = False
                raise
            self._requests += 1
        self._sock.settimeout(progress.seconds())
        self._sock.sendall(data)

    def _check_unused(self) -> None:
        """Raise ConnectionError if unrequested bytes, or the end, came: they would be taken for the answer."""
        if self.arrived() is not None:
            raise ConnectionError("the connection was closed, or spoke without being asked")

    def note_surplus(self, found: bool) -> None:
        """Record whether more came than the answer: ``found`` in the buffer, or since."""
        with suppress(ssl.SSLError):
            self.surplus = self.surplus or found or (self._to_vendor and bool(self.arrived()))

    def arrived(self) -> bytes | None:
        """Take a byte that has arrived; empty at the end of the stream, None if there is nothing.

        Whatever comes, the connection is not used again. Only a read tells bytes from TLS's own messages. Raises
        SSLError for an alert: the server's verdict on our certificate.
        """
        self._sock.settimeout(0)
        try:
            return self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError as error:
            if "ALERT" in (getattr(error, "reason", None) or ""):
                raise
            return b""

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream that http.client reads answers from."""
        return _Stream(self, _Reader(self))

    def stream(self) -> io.RawIOBase:
        """Return the unbuffered stream."""
        return self._sock.makefile("rb", buffering=0)


class _Stream(io.BufferedReader):
    """One response. Refuses reads without a limit: a chunk of a negative size asks for one."""

    def __init__(self, sock: Socket, reader: _Reader) -> None:
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
            self._socket.note_surplus(bool(self.peek(1)))
        super().close()


class FinalResponse(http.client.HTTPResponse):
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
