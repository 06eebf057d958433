# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""When a request is sent again: the retry table, as data and pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from .errors import Happening, OutboundError

BACKOFF_FIRST = 0.5
BACKOFF_LONGEST = 15.0


class Purpose(Enum):
    """What a request is for; declared by the vendor file, never guessed from the HTTP method."""

    LOGIN = "login"
    READ = "read"
    WRITE = "write"


class Again(Enum):
    """Which requests the transport may send once more by itself."""

    NEVER = ()
    READS = (Purpose.LOGIN, Purpose.READ)
    ALL = (Purpose.LOGIN, Purpose.READ, Purpose.WRITE)


@dataclass(frozen=True)
class Rule:
    """One row: did the request go out, could it have been carried out, may it be sent again."""

    sent: bool
    perhaps_carried_out: bool
    again: Again


TABLE = {
    Happening.NOT_REACHED: Rule(sent=False, perhaps_carried_out=False, again=Again.ALL),
    Happening.TLS: Rule(sent=False, perhaps_carried_out=False, again=Again.NEVER),
    Happening.TURNED_AWAY: Rule(sent=True, perhaps_carried_out=False, again=Again.ALL),
    Happening.BROKEN: Rule(sent=True, perhaps_carried_out=True, again=Again.READS),
    Happening.REDIRECT: Rule(sent=True, perhaps_carried_out=True, again=Again.NEVER),
    Happening.SAID_NO: Rule(sent=True, perhaps_carried_out=False, again=Again.NEVER),
    Happening.UNDOCUMENTED: Rule(sent=True, perhaps_carried_out=True, again=Again.NEVER),
    Happening.NOT_SENT: Rule(sent=False, perhaps_carried_out=False, again=Again.NEVER),
}


def perhaps_carried_out(error: OutboundError) -> bool:
    """Tell whether a write that ended in this error may have changed something."""
    return TABLE[error.happening].perhaps_carried_out


def was_sent(error: OutboundError) -> bool:
    """Tell whether the request went out at all."""
    return TABLE[error.happening].sent


def backoff(tries: int, random: Callable[[], float]) -> float:
    """Return full-jitter seconds before the next try, after so many tries (1 or more)."""
    return random() * min(BACKOFF_LONGEST, BACKOFF_FIRST * 2.0 ** (tries - 1))


def pause_asked(headers: Mapping[str, str], now: float) -> float | None:
    """Read Retry-After, seconds or an HTTP date; return seconds, or None where there is none that can be read.

    A date is held against the answer's own Date, since the clocks of two machines differ; without one against
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
    """Return the seconds before the next try, after so many: what the answer asks for, never less than the backoff."""
    return max(backoff(tries, random), error.pause or 0.0)


def may_send_again(purpose: Purpose, error: OutboundError, *, tries: int, retries: int) -> bool:
    """Tell whether a request that ended so, after so many tries, may be sent once more without a look."""
    return purpose in TABLE[error.happening].again.value and tries <= retries
