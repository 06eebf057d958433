# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Cheap reads that show whether the vendor answers again, while a circuit is open."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import chain, repeat

from .circuit_breaker import CHECK, IN_A_ROW, CircuitBreaker
from .client import Client, Session
from .clock import Deadline
from .errors import PROXY_LOGIN, FailureClass, Kind, OutboundError, defect

PROBES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses before the reads, in seconds; the last one goes on."""

_LASTING = (FailureClass.REDIRECT, FailureClass.TLS)


def probe(
    circuit_breaker: CircuitBreaker,
    session: Session,
    seconds: float,
    read: Callable[[Client], object],
    needed: Callable[[], bool],
) -> Generator[float, None, OutboundError | None]:
    """Read while a target waits, until a response closes the circuit; return an error if none came in time."""
    client = replace(session, retries=0).client(seconds, "target_timeout")
    error: OutboundError | None = None
    for pause in chain(PROBES, repeat(PROBES[-1])):
        wait = Deadline(session.clock, max(pause, (error and error.pause) or 0.0))
        while wait.left() and client.deadline.left() and needed():
            yield min(CHECK, wait.left())
        if not needed():
            return None
        if not client.deadline.left():
            break
        error = _failure(read, client)
        if error is None:
            circuit_breaker.close()
            return None
        if _lasts(error):
            break
    circuit_breaker.lose()
    return _lost(circuit_breaker, client, error)


def _failure(read: Callable[[Client], object], client: Client) -> OutboundError | None:
    """Read once; None if the vendor answered, even with an error of its own."""
    try:
        read(client)
    except OutboundError as error:
        said_no = (
            error.failure_class is FailureClass.REJECTED and error.code is not None and error.kind is not Kind.AUTH
        )
        return None if said_no else error
    except Exception as error:  # noqa: BLE001 - a defect here must not leave targets waiting
        return defect(error)
    return None


def _lasts(error: OutboundError) -> bool:
    """Return whether waiting cannot help."""
    return error.failure_class in _LASTING or error.status == PROXY_LOGIN or error.kind is Kind.AUTH


def _lost(circuit_breaker: CircuitBreaker, client: Client, error: OutboundError | None) -> OutboundError | None:
    """Return the error for the targets that are not begun."""
    within = "" if error and _lasts(error) else f" within {client.limit}"
    text = f"{IN_A_ROW} targets in a row met this, and no read got through{within}"
    cause = circuit_breaker.cause
    return cause and cause.with_(message=f"{text}: {cause.message}")
