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
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

from .clock import Deadline
from .errors import PROXY_LOGIN, Happening, HeldBack, Kind, OutboundError, defect

if TYPE_CHECKING:
    from .client import Client, Line

IN_A_ROW = 5
"""Targets that fail one after the other, with none between them that went well."""

PROBES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses before the reads that show whether it may be closed, in seconds; the last one goes on."""

_CHECK = 0.2
"""Seconds after which a target that waits looks again."""

_COMMON = (Happening.NOT_REACHED, Happening.BROKEN, Happening.REDIRECT, Happening.TLS)
_TELLING = (Happening.SAID_NO, Happening.TURNED_AWAY)
_LASTING = (Happening.REDIRECT, Happening.TLS)


class Circuit:
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
        if error.happening in _TELLING:
            self.went_well()
        if error.happening not in _COMMON and error.status != PROXY_LOGIN:
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

    def wait(self, client: Client) -> Generator[float, None, None]:
        """Wait until it is closed, within the client's time; or raise HeldBack.

        After an interrupt this ends at once: the write that follows is refused then.
        """
        stop = client.clock.stop
        while self.cause is not None and not (self._lost or stop.is_set()) and client.deadline.left():
            yield min(_CHECK, client.deadline.left())
        cause = self.cause
        if cause is not None and not stop.is_set():
            text = f"held back: {IN_A_ROW} targets in a row had met this, and no read got through: {cause.message}"
            raise HeldBack(cause.kind, text, happening=Happening.NOT_SENT, status=cause.status, code=cause.code)


def probe(
    circuit: Circuit, line: Line, seconds: float, read: Callable[[Client], object], needed: Callable[[], bool]
) -> Generator[float, None, OutboundError | None]:
    """Read until an answer comes, and close the circuit then; return an error where none came in so many seconds.

    It ends as soon as there is nothing left to go on with.
    """
    client = replace(line, retries=0).client(seconds, "target_timeout")
    error: OutboundError | None = None
    for pause in chain(PROBES, repeat(PROBES[-1])):
        wait = Deadline(line.clock, max(pause, (error and error.pause) or 0.0))
        while wait.left() and client.deadline.left() and needed():
            yield min(_CHECK, wait.left())
        if not needed():
            return None
        if not client.deadline.left():
            break
        error = _failure(read, client)
        if error is None:
            circuit.close()
            return None
        if _lasts(error):
            break
    circuit.lose()
    return _lost(circuit, client, error)


def _failure(read: Callable[[Client], object], client: Client) -> OutboundError | None:
    """Read once; None where the vendor answered, a no in its own words included."""
    try:
        read(client)
    except OutboundError as error:
        said_no = error.happening is Happening.SAID_NO and error.code is not None and error.kind is not Kind.AUTH
        return None if said_no else error
    except Exception as error:  # noqa: BLE001 - a defect of ours must not leave anyone waiting
        return defect(error)
    return None


def _lasts(error: OutboundError) -> bool:
    """Tell whether waiting will not help."""
    return error.happening in _LASTING or error.status == PROXY_LOGIN or error.kind is Kind.AUTH


def _lost(circuit: Circuit, client: Client, error: OutboundError | None) -> OutboundError | None:
    """Say why what was not begun is left alone."""
    within = "" if error and _lasts(error) else f" within {client.limit}"
    text = f"{IN_A_ROW} targets in a row met this, and no read got through{within}"
    cause = circuit.cause
    return cause and cause.with_(message=f"{text}: {cause.message}")
