# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: the selection of an extension's phone calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..._core import options
from ..._core.errors import OptionError, unexpected_response
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.overlaps import Part, part
from ..._core.phone_numbers import bare
from .calls import PhoneCall
from .extension import EXTENSION, ExtensionAddress, check_extension

SELECTION: Spec = {**EXTENSION, "phone_number": {"type": "raw"}, "call_id": {"type": "raw"}}
SELECTORS = ("phone_number", "call_id")


@dataclass(frozen=True)
class Selection:
    """The calls of an extension with a number, or the one with an id; if both are given, a call must match both."""

    place: ExtensionAddress
    phone_number: str | None
    call_id: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that identify it in results."""
        given = {name: value for name in SELECTORS if (value := getattr(self, name)) is not None}
        return {**self.place.as_dict(), **given}

    @property
    def part(self) -> Part:
        """The covered part of the extension's calls; two spellings of one number are equal."""
        number = {} if self.phone_number is None else {"phone_number": bare(self.phone_number)}
        return part({**number, **({} if self.call_id is None else {"call_id": self.call_id})})

    def of(self, calls: Sequence[PhoneCall]) -> tuple[PhoneCall, ...]:
        """Return the matching calls; raise OutboundError if a call does not state its parties."""
        named = self._named(calls)
        if self.phone_number is None:
            return tuple(named)
        for call in named:
            if not call.parties:
                raise unexpected_response(f"call {call.call_id} states no party, so it may be with this number")
        return tuple(call for call in named if call.party(self.phone_number) is not None)

    def nearly(self, calls: Sequence[PhoneCall]) -> tuple[PhoneCall, ...]:
        """Return the calls that may be with the number in another format."""
        wanted = self.phone_number
        if wanted is None:
            return ()
        return tuple(call for call in self._named(calls) if call.party(wanted) is None and call.nearly(wanted))

    def _named(self, calls: Sequence[PhoneCall]) -> list[PhoneCall]:
        return [call for call in calls if self.call_id in (None, call.call_id)]


def check_selection(options_: Params) -> Selection:
    """Return the selection that the options describe, or raise OptionError."""
    place = check_extension(options_)
    phone_number = None if options_["phone_number"] is None else options.phone_number(options_, "phone_number")
    call_id = None if options_["call_id"] is None else options.path_id(options_, "call_id")
    if phone_number is not None and _is_extension(phone_number, place.extension):
        raise OptionError(
            "phone_number",
            "is the number of an extension, which would select all its calls; give the other party's number",
        )
    return Selection(place, phone_number, call_id)


def check_selected(options_: Params) -> Selection:
    """Return the selection that the options describe, or raise OptionError if it has neither number nor id."""
    selection = check_selection(options_)
    if selection.phone_number is None and selection.call_id is None:
        raise OptionError("phone_number", "or call_id is required; a task cannot select all calls of an extension")
    return selection


def _is_extension(phone_number: str, extension: str) -> bool:
    """Return whether a number is an extension's, in its long format or in the short one of this extension."""
    number = bare(phone_number)
    return bool(set("*#") & set(number)) or number in (extension, extension.rpartition("*")[2])
