# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""When a request is sent again: the retry table, as data and two pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


def retry_after_seconds(header: str | None, date: float) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date; None where there is none that can be read."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - date)
    except (ValueError, OverflowError):
        return None


def wait_before_next_try(
    purpose: Purpose,
    error: OutboundError,
    *,
    tries: int,
    retries: int,
    left: float,
    date: float,
    random: Callable[[], float],
) -> float | None:
    """Return the seconds to wait before the request is sent again, or None to give up.

    ``tries`` is how often it was tried so far, ``left`` the seconds that the target still has. A wait
    that would outlast them is not begun: the end would be the same, only later.
    """
    if purpose not in TABLE[error.happening].again.value or tries > retries:
        return None
    asked = retry_after_seconds(error.retry_after, date) if error.happening is Happening.TURNED_AWAY else None
    wait = backoff(tries, random) if asked is None else asked
    return wait if wait < left else None
