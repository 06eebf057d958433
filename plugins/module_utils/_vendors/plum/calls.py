# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Single calls of Plum: reading by id, and the meaning of a status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ..._core import options, strict_json
from ..._core.answers import says_no
from ..._core.client import Client
from ..._core.errors import Kind, OptionError, OutboundError, unexpected_response
from ..._core.http_messages import Request, path
from ..._core.retry import Purpose
from .bodies import parse

NO_CALL = "0"
"""The id of a call that cannot exist."""

IN_PROGRESS = frozenset({"dialing", "connected"})
ENDED = frozenset({"completed", "canceled"})
UNSUCCESSFUL = frozenset({"failed", "rejected"})
"""Statuses that are final only if no attempt is left: otherwise the vendor queues the number again."""

_NUMBERS = (
    "attempts",
    "max_attempts",
    "queued_timestamp",
    "last_attempt_timestamp",
    "start_timestamp",
    "end_timestamp",
    "reattempt_wait",
)


def call_details(call_id: str, client: Client) -> dict[str, Any] | None:
    """Read one call; return None if the vendor does not know it."""
    request = Request(purpose=Purpose.READ, method="GET", path=path("api", "outbound", call_id))
    try:
        response = client.send(request)
    except OutboundError as error:
        if error.kind is Kind.NOT_FOUND:
            return None
        raise
    if response.status != 200:
        raise unexpected_response("expected status 200 for a call", status=response.status)
    body = parse(response)
    details = body.get("call_details") if isinstance(body, dict) else None
    if not isinstance(details, dict) or not isinstance(details.get("status"), str):
        raise response.unexpected("the answer has no call_details with a status")
    if says_no(body):
        raise response.unexpected("the answer has call_details, but reports an error")
    if str(details.get("call_id", call_id)) != call_id:
        raise unexpected_response("the answer describes another call", status=response.status)
    return _normalised(details, response.status)


def phase(status: str, attempts: Any, max_attempts: Any) -> str:
    """Classify a status: ``pending``, ``in_progress``, ``ended``, or ``unknown`` if a retry is possible.

    An undocumented status is not known to have ended, so it is pending.
    """
    word = status.lower()
    if word in IN_PROGRESS:
        return "in_progress"
    if word in UNSUCCESSFUL:
        return "unknown" if _may_be_tried_again(attempts, max_attempts) else "ended"
    return "ended" if word in ENDED else "pending"


def counted_as(call: Mapping[str, Any]) -> str:
    """Return the phase to count a call under: a call in progress may return to the queue if attempts are left."""
    again = _may_be_tried_again(call["attempts"], call["max_attempts"])
    return "unknown" if call["phase"] == "in_progress" and again else str(call["phase"])


def _may_be_tried_again(attempts: Any, max_attempts: Any) -> bool:
    """Return whether an attempt may be left; True if the numbers are missing or implausible."""
    known = all(isinstance(number, int) and not isinstance(number, bool) for number in (attempts, max_attempts))
    return not known or not 1 <= max_attempts <= attempts


def check_call_ids(values: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of calls without duplicates, or raise OptionError."""
    checked = tuple(options.path_segment("call_ids", value) for value in values)
    if not checked:
        raise OptionError("call_ids", "the list is empty")
    return tuple(dict.fromkeys(checked))


def _normalised(details: Mapping[str, Any], status: int) -> dict[str, Any]:
    """Return one call with field names in lower case and numbers as numbers."""
    try:
        lower = strict_json.unique([(key.lower(), value) for key, value in details.items()])
    except ValueError as error:
        raise unexpected_response(f"the answer cannot be relied on: {error}", status=status) from error
    phone_number = lower.get("phone_number")
    numbers = {name: _number(lower.get(name)) for name in _NUMBERS}
    return {
        "status": details["status"],
        "phase": phase(details["status"], numbers["attempts"], numbers["max_attempts"]),
        **numbers,
        "phone_number": str(phone_number).strip("'\"") if phone_number else None,
        "events": [
            {"event": event.get("event"), "timestamp": _number(event.get("timestamp"))}
            for event in lower.get("events") or []
            if isinstance(event, dict)
        ],
    }


def _number(value: Any) -> Any:
    """Return digits as a number, an empty text as None, and anything else unchanged."""
    if isinstance(value, str):
        if value.isascii() and value.isdigit():
            with suppress(ValueError):
                return strict_json.whole(value)
        return value or None
    return value
