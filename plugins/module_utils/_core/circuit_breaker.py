# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A circuit breaker for what all targets meet alike: an outage, a redirect, a proxy that wants a login.

It opens when targets in a row fail so. While it is open no target is begun and nothing is written; a cheap read,
one at a time, shows when the vendor answers again, and then the rest goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

from .clock import Deadline
from .errors import PROXY_LOGIN, FailureClass, HeldBack, OutboundError
from .interrupt import Interrupt

IN_A_ROW = 5
"""Targets that fail one after the other, with none between them that went well."""

CHECK = 0.2
"""Seconds after which whoever waits looks again."""

_COMMON = (FailureClass.CONNECT_FAILED, FailureClass.INTERRUPTED, FailureClass.REDIRECT, FailureClass.TLS)
_TELLING = (FailureClass.REJECTED, FailureClass.THROTTLED)


class CircuitBreaker:
    """Counts failures in a row, and holds back what would only add to them. Safe for threads."""

    def __init__(self, opened: Callable[[], None] = lambda: None) -> None:
        """Begin closed; ``opened`` is called each time it opens, and has to see to the probes."""
        self.cause: OutboundError | None = None
        """The failure that opened it; None while it is closed."""

        self._opened = opened
        self._lock = threading.Lock()
        self._failed: set[object] = set()
        self._lost = False

    def failed(self, work: object, error: OutboundError) -> None:
        """Take note of a request that failed, and of the work that it was for."""
        if error.failure_class in _TELLING:
            self.went_well()
        if error.failure_class not in _COMMON and error.status != PROXY_LOGIN:
            return
        with self._lock:
            self._failed.add(work)
            if self.cause is not None or len(self._failed) < IN_A_ROW:
                return
            self.cause = error
        self._opened()

    def went_well(self) -> None:
        """Take note of an answer that came from the vendor."""
        with self._lock:
            if self.cause is None:
                self._failed.clear()

    def close(self) -> None:
        """Let everything go on, and count anew."""
        with self._lock:
            self._failed.clear()
            self.cause = None

    def lose(self) -> None:
        """Let nothing wait any more: it stays open."""
        self._lost = True

    def wait(self, deadline: Deadline, stop: Interrupt) -> Generator[float, None, None]:
        """Wait until it is closed, within the deadline; or raise HeldBack.

        After an interrupt this ends at once: the write that follows is refused then.
        """
        while self.cause is not None and not (self._lost or stop.is_set()) and deadline.left():
            yield min(CHECK, deadline.left())
        cause = self.cause
        if cause is not None and not stop.is_set():
            text = f"held back: {IN_A_ROW} targets in a row had met this, and no read got through: {cause.message}"
            raise HeldBack(cause.kind, text, failure_class=FailureClass.NOT_SENT, status=cause.status, code=cause.code)
