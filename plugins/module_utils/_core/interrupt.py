# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Interrupts: whether the task was asked to stop, and what may still be sent then."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from .errors import Interrupted
from .retry import Purpose

_GLANCE = 0.2
"""Seconds between two looks whether anybody is left to read the result, or a signal was taken by another thread."""

_SLICE = 0.2
"""Seconds of a pause that nobody can cut short: the thread that would do so may be the one that pauses."""


class Interrupt:
    """A request to stop: from a signal, or because the reader of the result is gone. Thread-safe."""

    def __init__(self) -> None:
        self.reason: str | None = None
        """Who asked, once somebody has."""

        self.reader_is_gone: Callable[[], bool] = lambda: False
        self._news: SimpleQueue[None] = SimpleQueue()
        self._cut_short = threading.Event()

    def note(self, reason: str) -> None:
        """Record the request to stop; the first one counts.

        A signal handler calls this at any point, so it takes no lock: a simple queue is reentrant.
        """
        if self.reason is None:
            self.reason = reason
            self._news.put(None)

    def set(self, reason: str = "asked to stop") -> None:
        """Record the request to stop and end every pause; not for signal handlers."""
        self.note(reason)
        self._cut_short.set()

    def is_set(self) -> bool:
        """Return whether the task was asked to stop."""
        return self.reason is not None

    def poll_audience(self) -> None:
        """Check whether the reader of the result is still there; if not, that is a request to stop."""
        if not self.is_set() and self.reader_is_gone():
            self.note("nobody is left to read the result")

    def wait(self, seconds: float) -> bool:
        """Pause; return True as soon as the task is asked to stop."""
        left = seconds
        while not self.is_set() and left > 0:
            self._cut_short.wait(min(left, _SLICE))
            left -= _SLICE
        return self.is_set()

    def await_news(self, seconds: float) -> None:
        """Wait briefly for a request to stop or for ``tell``; one thread does this for all."""
        self.poll_audience()
        with suppress(Empty):
            self._news.get(timeout=max(0.0, min(seconds, _GLANCE)))
        if self.is_set():
            self._cut_short.set()

    def tell(self) -> None:
        """Wake the thread in ``await_news``."""
        self._news.put(None)


class Permit:
    """What one target may still send. Thread-safe.

    After a request to stop, no write goes out. A target without a write under way sends nothing more; a target with
    one may still read, to determine its outcome. A ``lasting`` permit is for closing what was opened.
    """

    def __init__(
        self, stop: Interrupt, *, before_first_write: Callable[[], None] | None = None, lasting: bool = False
    ) -> None:
        """Permit everything for now; if ``before_first_write`` raises, the write does not go out."""
        self.written = False
        """Whether a write went out."""

        self.revoked = False
        """Whether the work was given up before a write went out."""

        self._stop = stop
        self._before_first_write = before_first_write
        self._lasting = lasting
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    def check(self, purpose: Purpose = Purpose.READ) -> None:
        """Raise Interrupted if no such request may go out."""
        if purpose is Purpose.WRITE:
            self._stop.poll_audience()
        self._refuse(purpose)

    @contextmanager
    def used_for(self, purpose: Purpose) -> Iterator[Callable[[socket.socket], None]]:
        """Record a request's connection while it is under way; call the yielded function before the first byte."""
        used: list[socket.socket] = []

        def begin(sock: socket.socket) -> None:
            self._begin(purpose, sock)
            used.append(sock)

        try:
            yield begin
        finally:
            with self._lock:
                self._sockets.difference_update(used)

    def revoke(self, *, break_off: bool = True) -> bool:
        """Give the target up unless a write is out, and abort its reads; return whether it was given up.

        A request that opens a session should not ``break_off``: only its answer has the number that ends the session.
        """
        with self._lock:
            if self._lasting or self.written:
                return False
            self.revoked = True
            for sock in self._sockets if break_off else ():
                with suppress(OSError):
                    # Not the socket's own method: that of TLS would break the thread that reads.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
            return True

    def interrupted(self) -> Interrupted:
        """Return the error of a request that was not sent."""
        what = "it was sent again" if self.written else "anything was sent"
        return Interrupted(f"interrupted before {what} ({self._stop.reason})")

    def _refuse(self, purpose: Purpose) -> None:
        if self._lasting:
            return
        if self.revoked or (self._stop.is_set() and (purpose is Purpose.WRITE or not self.written)):
            raise self.interrupted()

    def _begin(self, purpose: Purpose, sock: socket.socket) -> None:
        """Let the first byte of a request out, or raise Interrupted."""
        self.check(purpose)
        is_write = purpose is Purpose.WRITE
        if is_write and not self.written and self._before_first_write:
            self._before_first_write()
        # From here to the first byte the target cannot be given up.
        with self._lock:
            self._refuse(purpose)
            self.written = self.written or is_write
            self._sockets.add(sock)
