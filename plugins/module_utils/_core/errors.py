# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Errors between a task and a vendor, in the terms of the results."""

from __future__ import annotations

import traceback
from dataclasses import KW_ONLY, dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Final, Self

from .excerpt import Excerpt


class Kind(StrEnum):
    """The value of ``error.kind`` in results."""

    AUTH = "auth"
    DENIED = "denied"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    BUSY = "busy"
    QUOTA = "quota"
    UNAVAILABLE = "unavailable"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    PROTOCOL = "protocol"
    GUARD = "guard"


class FailureClass(Enum):
    """What happened to one request: the left column of the retry table."""

    CONNECT_FAILED = "no connection was made: DNS, refused, connect timeout"
    TLS = "the server's certificate or the handshake failed"
    THROTTLED = "429, or a vendor's own 'too many at once'"
    INTERRUPTED = "read timeout, reset, short body, 5xx, 408, 425"
    REDIRECT = "any 3xx"
    REJECTED = "401, 403, 404 or another 4xx"
    UNEXPECTED_RESPONSE = "an answer that is not what the vendor documents"
    NOT_SENT = "a guard of ours said no, or time was up, before anything was sent"


@dataclass(eq=False, repr=False)
class OutboundError(Exception):
    """One failure: ``failure_class`` decides about retries, the other attributes are shown.

    ``message`` may hold the vendor's own words: it is cleaned where results are made, not here. ``words`` are those
    words alone, ``pause`` is the seconds that the answer asks to wait before the next try, ``excerpt`` the beginning of
    an answer that tells more than the message. None of it changes: ``with_`` makes another.
    """

    kind: Final[Kind]
    message: Final[str]
    failure_class: Final[FailureClass]
    _: KW_ONLY
    status: Final[int | None] = None
    code: Final[str | int | None] = None
    words: Final[str] = ""
    pause: Final[float | None] = None
    excerpt: Final[Excerpt | None] = None

    def __post_init__(self) -> None:
        super().__init__(self.message)

    def with_(self, **changes: Any) -> Self:
        """Return a copy of this error, of the same class, with the named attributes replaced."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__, **changes)
        other.args = (other.message,)
        return other


class WriteRejectedLate(OutboundError):
    """The vendor reported later that an accepted write was not carried out."""


class HeldBack(OutboundError):
    """Not sent, because earlier targets failed in a way that this one would meet too."""


class Interrupted(OutboundError):
    """The task was asked to stop before this could be sent."""

    def __init__(self, message: str) -> None:
        super().__init__(Kind.GUARD, message, FailureClass.NOT_SENT)


class AlreadyGone(Exception):
    """The vendor reported that the target was already gone; with its text, if that came over another channel."""


class OptionError(Exception):
    """An option of the task, or of one of its targets, is invalid."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(f"{option}: {message}")
        self.option = option
        self.message = message


_COLLECTION = str(Path(__file__).parents[3])


def defect(error: BaseException) -> OutboundError:
    """Make the error for a defect of the collection, with its place only: the exception's text may hold secrets."""
    place = "an unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(_COLLECTION):
            place = f"{Path(frame.f_code.co_filename).name}:{line}"
    return OutboundError(
        Kind.PROTOCOL,
        f"internal error, please report it: {type(error).__name__} at {place}",
        FailureClass.UNEXPECTED_RESPONSE,
    )


def unexpected_response(
    message: str, *, status: int | None = None, words: str = "", excerpt: Excerpt | None = None
) -> OutboundError:
    """Make the error for a response that the vendor does not document."""
    return OutboundError(
        Kind.PROTOCOL, message, FailureClass.UNEXPECTED_RESPONSE, status=status, words=words, excerpt=excerpt
    )


def guard_error(message: str) -> OutboundError:
    """Make the error for a guard that refused the target; nothing was sent."""
    return OutboundError(Kind.GUARD, message, FailureClass.NOT_SENT)


PROXY_LOGIN = 407
"""The status by which a proxy asks for a login of its own."""

_KIND_BY_STATUS = {401: Kind.AUTH, 403: Kind.DENIED, 404: Kind.NOT_FOUND, 408: Kind.TIMEOUT, 429: Kind.BUSY}
_ASK_AGAIN = (408, 425)
"""The 4xx that are no word on the request itself: a server or a gateway that had waited, or wants it once more."""


def bare(status: int) -> str:
    """Return the message for a response of which only the status is understood."""
    return f"HTTP status {status}"


def from_status(status: int, message: str = "", *, code: str | int | None = None) -> OutboundError | None:
    """Return the error for an HTTP status, with what the vendor's body says of it; None for success."""
    if 200 <= status < 300:
        return None
    text = message or bare(status)
    if status < 400:
        return unexpected_response(text, status=status, words=message)
    if status >= 500:
        kind, failure_class = Kind.UNAVAILABLE, FailureClass.INTERRUPTED
    else:
        kind, failure_class = _KIND_BY_STATUS.get(status, Kind.REJECTED), FailureClass.REJECTED
    if status in _ASK_AGAIN:
        failure_class = FailureClass.INTERRUPTED
    elif status == 429:
        failure_class = FailureClass.THROTTLED
    return OutboundError(kind, text, failure_class, status=status, code=code, words=message)
