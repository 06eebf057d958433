# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow's phone calls in progress: data model, parsing of lists, and matching of phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._core.client import Client
from ..._core.errors import unexpected_response
from ..._core.phone_numbers import bare, may_be_one
from .collection import Collection, addressable, list_all
from .extension import ExtensionAddress, number, text

FLOWS = {2: "local", 4: "outgoing", 8: "incoming"}
STATUSES = {0: "unknown", 1: "off_hook", 2: "trying", 3: "ringing", 4: "other_side_ringing", 5: "on_call"}

_IN_BRACKETS = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True)
class View:
    """A call as one of its parties sees it; known codes as words, others as received."""

    extension: str | None
    source: tuple[str, ...]
    destination: tuple[str, ...]
    flow: str | None
    status: str | None
    caller_id: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the view for results."""
        return {**vars(self), "source": list(self.source), "destination": list(self.destination)}


@dataclass(frozen=True)
class PhoneCall:
    """One call in progress. Calls are equal if their ids are: everything else changes during a call."""

    call_id: str
    charged_extension: str | None = field(default=None, compare=False)
    published: str | None = field(default=None, compare=False)
    answered: str | None = field(default=None, compare=False)
    views: tuple[View, ...] = field(default=(), compare=False)

    @property
    def parties(self) -> tuple[str, ...]:
        """The numbers and extensions that the call connects, without duplicates. The caller ID does not count."""
        return tuple(dict.fromkeys(party for view in self.views for party in (*view.source, *view.destination)))

    def party(self, phone_number: str) -> str | None:
        """Return the party with this number, as the server writes it, or None."""
        return next((party for party in self.parties if bare(party) == bare(phone_number)), None)

    def nearly(self, phone_number: str) -> bool:
        """Return whether the call may be with this number in another format; it may also be another person's."""
        shown = [view.caller_id for view in self.views if view.caller_id]
        return any(_similar(other, phone_number) for other in (*self.parties, *shown))

    def as_dict(self) -> dict[str, Any]:
        """Return the call for results."""
        return {
            "call_id": self.call_id,
            "charged_extension": self.charged_extension,
            "published": self.published,
            "answered": self.answered,
            "parties": list(self.parties),
            "views": [view.as_dict() for view in self.views],
        }

    def line(self) -> str:
        """Describe the call for a diff, without its numbers."""
        flows = sorted({view.flow for view in self.views if view.flow})
        return " ".join(["call", self.call_id, *flows])


def read_call(item: Any, name: str | None) -> PhoneCall:
    """Parse one call; it must have an id, or it could not be hung up individually."""
    found = item if isinstance(item, Mapping) else {}
    call_id = text(found.get("id")) or name
    if not call_id:
        raise unexpected_response("the list has a call without id")
    return PhoneCall(
        call_id=addressable(call_id, "a call"),
        charged_extension=text(found.get("extension")),
        published=text(found.get("published")),
        answered=text(found.get("answered")),
        views=tuple(_view(view) for view in _listed(found.get("phoneCallView")) if isinstance(view, Mapping)),
    )


def call_of(told: Mapping[str, Any]) -> PhoneCall:
    """Return a call as results have it: what ``as_dict`` made, with the numbers of its parties."""
    views = (
        {**view, "source": tuple(view["source"]), "destination": tuple(view["destination"])} for view in told["views"]
    )
    return PhoneCall(told["call_id"], views=tuple(View(**view) for view in views))


CALLS = Collection("calls", read_call, lambda call: call.call_id, "phoneCallView")


def list_calls(place: ExtensionAddress, client: Client) -> tuple[PhoneCall, ...]:
    """Return all calls that involve an extension; raise OutboundError if some could be missing."""
    return list_all(place.calls(), CALLS, client)


def lines(calls: Iterable[PhoneCall]) -> tuple[str, ...]:
    """Describe calls for a diff, sorted so that the server's order does not matter."""
    return tuple(sorted(call.line() for call in calls)) or ("no calls",)


def _view(view: Mapping[str, Any]) -> View:
    caller_id = view.get("callerId")
    return View(
        extension=text(view.get("extension")),
        source=_texts(view.get("source")),
        destination=_texts(view.get("destination")),
        flow=_word(FLOWS, view.get("flow")),
        status=_word(STATUSES, view.get("status")),
        # The vendor documents both spellings.
        caller_id=text(view.get("callerID") if caller_id is None else caller_id),
    )


def _listed(value: Any) -> Sequence[Any]:
    """Return the items of a list, or of an object keyed by id."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _texts(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str | int) else _listed(value)
    return tuple(str(item) for item in items if isinstance(item, str | int) and not isinstance(item, bool))


def _word(words: Mapping[int, str], value: Any) -> str | None:
    code = number(value)
    return text(value) if code is None else words.get(code, text(value))


def _similar(listed: str, phone_number: str) -> bool:
    """Return whether two texts end in the same digits, whatever precedes them: plus sign, country code, prefix."""
    return may_be_one(_number_in(listed), _number_in(phone_number))


def _number_in(listed: str) -> str:
    """Return the part with the number of an address, or of a name with a number."""
    inside = _IN_BRACKETS.search(listed)
    return (inside[1] if inside else listed).partition("@")[0]
