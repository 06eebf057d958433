# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The retry table, as data and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from .errors import FailureClass, OutboundError

BACKOFF_FIRST = 0.5
BACKOFF_LONGEST = 15.0


class Purpose(Enum):
    """What a request is for; declared by the vendor file, never guessed from the HTTP method."""

    LOGIN = "login"
    READ = "read"
    WRITE = "write"


_READS = (Purpose.LOGIN, Purpose.READ)
_ALL = tuple(Purpose)


@dataclass(frozen=True)
class Rule:
    """One row: was the request sent, may it have been carried out, which requests may be retried without a read."""

    sent: bool
    may_have_been_applied: bool
    retried: Collection[Purpose] = ()


TABLE = {
    FailureClass.CONNECT_FAILED: Rule(sent=False, may_have_been_applied=False, retried=_ALL),
    FailureClass.TLS: Rule(sent=False, may_have_been_applied=False),
    FailureClass.THROTTLED: Rule(sent=True, may_have_been_applied=False, retried=_ALL),
    FailureClass.INTERRUPTED: Rule(sent=True, may_have_been_applied=True, retried=_READS),
    FailureClass.REDIRECT: Rule(sent=True, may_have_been_applied=True),
    FailureClass.REJECTED: Rule(sent=True, may_have_been_applied=False),
    FailureClass.UNEXPECTED_RESPONSE: Rule(sent=True, may_have_been_applied=True),
    FailureClass.NOT_SENT: Rule(sent=False, may_have_been_applied=False),
}


def may_have_been_applied(error: OutboundError) -> bool:
    """Return whether a write that ended in this error may have changed something."""
    return TABLE[error.failure_class].may_have_been_applied


def was_sent(error: OutboundError) -> bool:
    """Return whether the request was sent at all."""
    return TABLE[error.failure_class].sent


def backoff(tries: int, random: Callable[[], float]) -> float:
    """Return the seconds before the next try: exponential backoff with full jitter, ``tries`` is 1 or more."""
    return random() * min(BACKOFF_LONGEST, BACKOFF_FIRST * 2.0 ** (tries - 1))


def pause_asked(headers: Mapping[str, str], now: float) -> float | None:
    """Read Retry-After, seconds or an HTTP date; return seconds, or None if it is missing or invalid.

    A date is compared with the response's own Date, since the clocks of two machines differ; without one with
    ``now``, in seconds since the epoch.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    then, answered = _timestamp(text), _timestamp(headers.get("date", ""))
    return None if then is None else max(0.0, then - (now if answered is None else answered))


def _timestamp(text: str) -> float | None:
    """Read an HTTP date; one that names no zone is in UTC."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def pause_before(error: OutboundError, tries: int, random: Callable[[], float]) -> float:
    """Return the seconds before the next try: what the response asks for, at least the backoff."""
    return max(backoff(tries, random), error.pause or 0.0)


def may_send_again(purpose: Purpose, error: OutboundError, *, tries: int, retries: int) -> bool:
    """Return whether a request that ended in this error, after so many tries, may be retried without a read."""
    return purpose in TABLE[error.failure_class].retried and tries <= retries
