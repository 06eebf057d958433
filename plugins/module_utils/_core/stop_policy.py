# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The rules that stop a task from beginning further targets."""

from __future__ import annotations

import threading

from .errors import FailureClass, Kind, OutboundError

UNREACHED_IN_A_ROW = 5


class StopPolicy:
    """Observes how targets end, and stops the task if further targets would be useless or unwanted."""

    def __init__(self, *, stop_on_error: bool) -> None:
        self._stop_on_error = stop_on_error
        self._lock = threading.Lock()
        self._cause: OutboundError | None = None
        self._unreached = 0

    @property
    def tripped(self) -> bool:
        """Return whether no new target may begin."""
        return self._cause is not None

    def trip(self, cause: OutboundError) -> None:
        """Stop the task; the first cause is reported."""
        with self._lock:
            self._cause = self._cause or cause

    def observe(self, error: OutboundError | None, *, reached: bool) -> None:
        """Record how a target failed (None: it did not); ``reached``: any request of this task got a connection."""
        if error is None:
            self._unreached = 0
            return
        with self._lock:
            self._unreached = self._unreached + 1 if error.failure_class is FailureClass.CONNECT_FAILED else 0
            out_of_reach = self._unreached and (not reached or self._unreached >= UNREACHED_IN_A_ROW)
        # Another process held the request slot for longer than we wait: the next target would wait as long again.
        no_turn = error.kind is Kind.BUSY and error.failure_class is FailureClass.NOT_SENT
        if self._stop_on_error or error.kind in (Kind.AUTH, Kind.TLS) or out_of_reach or no_turn:
            self.trip(error)

    def reason(self) -> OutboundError | None:
        """Return the error for the targets that were not begun."""
        cause = self._cause
        return cause and cause.with_(message=f"not begun: {cause.message}", failure_class=FailureClass.NOT_SENT)
