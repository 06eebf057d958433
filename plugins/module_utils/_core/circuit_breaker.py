# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A circuit breaker for failures that every target meets: an outage, a redirect, a proxy that wants a login.

It opens when several targets in a row fail this way. While it is open, no target begins and nothing is written; one
cheap read at a time shows when the vendor answers again. Then the remaining targets continue.
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
    """Counts failures in a row and holds further requests back. Thread-safe."""

    def __init__(self, opened: Callable[[], None] = lambda: None) -> None:
        """Start closed; ``opened`` is called each time it opens and must start the probes."""
        self.cause: OutboundError | None = None
        """The failure that opened it; None while it is closed."""

        self._opened = opened
        self._lock = threading.Lock()
        self._failed: set[object] = set()
        self._lost = False

    def failed(self, work: object, error: OutboundError) -> None:
        """Record a failed request and the target it was for."""
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
        """Record a response that came from the vendor."""
        with self._lock:
            if self.cause is None:
                self._failed.clear()

    def close(self) -> None:
        """Close the circuit and reset the count."""
        with self._lock:
            self._failed.clear()
            self.cause = None

    def lose(self) -> None:
        """Release all waiting targets; the circuit stays open for good."""
        self._lost = True

    def wait(self, deadline: Deadline, stop: Interrupt) -> Generator[float, None, None]:
        """Wait until the circuit is closed, within the deadline; or raise HeldBack.

        After an interrupt this returns at once: the following write is refused then.
        """
        while self.cause is not None and not (self._lost or stop.is_set()) and deadline.left():
            yield min(CHECK, deadline.left())
        cause = self.cause
        if cause is not None and not stop.is_set():
            text = f"held back: {IN_A_ROW} targets in a row had met this, and no read got through: {cause.message}"
            raise HeldBack(cause.kind, text, FailureClass.NOT_SENT, status=cause.status, code=cause.code)
