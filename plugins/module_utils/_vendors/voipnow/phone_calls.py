# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: hang up the phone calls of a number, or one call, on an extension.

Calls in progress can be listed, so every decision is based on a list, and every outcome on a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import AlreadyGone, FailureClass, Kind, OutboundError
from ..._core.operation import Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import VoipNow
from .calls import PhoneCall, lines, list_calls
from .change import send_change
from .selection import SELECTION, Selection, check_selected


class PhoneCalls(Operation[Selection, tuple[PhoneCall, ...]]):
    """Hang up calls.

    ``state`` of its snapshots holds the initially selected calls that still exist: only they are hung up, each by its
    id. The vendor's request without an id is never sent, because it may affect every call of the extension.
    """

    ACCOUNT = VoipNow
    UNIT = "calls"
    MULTI_REQUEST_WRITE = True
    TASK_OPTIONS: ClassVar[Spec] = {"state": {"type": "str", "choices": ["absent"], "default": "absent"}}
    TARGET_OPTIONS: ClassVar[Spec] = SELECTION

    def __init__(self, account: VoipNow, params: Params) -> None:
        super().__init__(account, params)
        self._foreseen: set[PhoneCall] = set()

    def open(self, client: Client) -> None:
        """Log in before the first target, so that a failed login is reported once."""
        client.log_in()

    def target(self, options_: Params) -> Selection:
        """Validate which calls are meant."""
        return check_selected(options_)

    def identify(self, target: Selection) -> dict[str, Any]:
        """Return the extension and the selectors."""
        return target.as_dict()

    def scope(self, target: Selection) -> Scope:
        """Cover the selected calls of the extension, whichever user it is addressed by."""
        extension = target.place.extension
        return Scope(extension, f"extension {extension}", (target.part,))

    def read(self, target: Selection, client: Client) -> Snapshot[tuple[PhoneCall, ...]]:
        """List the extension's calls, in check mode as earlier targets would leave them; report near matches."""
        calls = [call for call in list_calls(target.place, client) if call not in self._foreseen]
        selected = target.of(calls)
        near = target.nearly(calls)
        if near:
            self.warnings.append(_near_warning(target, near))
        return Snapshot(
            pending=len(selected),
            state=selected,
            details={
                "selected": _as_dicts(selected),
                "ended": [],
                **({"near_misses": _as_dicts(near)} if near else {}),
            },
            diff_lines=lines(selected),
            diff_expected=lines(()),
        )

    def foresee(self, target: Selection, before: Snapshot[tuple[PhoneCall, ...]]) -> None:
        """Remember the calls that would be hung up."""
        self._foreseen |= set(before.state)

    def probe(self, target: Selection, client: Client) -> None:
        """List the extension's calls."""
        list_calls(target.place, client)

    def prepare(self, target: Selection, before: Snapshot[tuple[PhoneCall, ...]], client: Client) -> Mapping[str, Any]:
        """Leave open which calls ended: only a new list can show that."""
        return {"ended": None}

    def write(self, target: Selection, seen: Snapshot[tuple[PhoneCall, ...]], client: Client) -> None:
        """Hang up the calls one by one; raise AlreadyGone if all of them had already ended."""
        untouched = client.writes == 0
        hung_up = False
        for call in seen.state:
            try:
                hung_up = _hang_up(target, call, client) or hung_up
            except OutboundError as error:
                if not _says_gone(error) or call in list_calls(target.place, client):
                    raise
        if untouched and not hung_up and not target.of(list_calls(target.place, client)):
            raise AlreadyGone

    def recheck(
        self, target: Selection, before: Snapshot[tuple[PhoneCall, ...]], client: Client, *, final: bool
    ) -> Snapshot[tuple[PhoneCall, ...]]:
        """List the calls again; a new matching call counts as pending, but is not touched."""
        calls = list_calls(target.place, client)
        left = tuple(call for call in before.state if call in calls)
        there = target.of(calls)
        return Snapshot(
            pending=len(there),
            state=left,
            details={"ended": _as_dicts([call for call in before.state if call not in left])},
            diff_lines=lines(there),
        )


def _hang_up(target: Selection, call: PhoneCall, client: Client) -> bool:
    """Hang up one call; return False if the response says that it had already ended.

    The phone number is sent too, as the server writes it, so that the server verifies the match again.
    """
    party = None if target.phone_number is None else call.party(target.phone_number)
    params = {} if party is None else {"phoneNumber": party}
    response = send_change(client, "DELETE", target.place.calls(call.call_id), params=params)
    return response.status != 204 and not (response.body.strip() and response.json() == [])


def _says_gone(error: OutboundError) -> bool:
    """Return whether an error may mean that the call has ended; the vendor does not document which one does."""
    return error.failure_class is FailureClass.REJECTED and error.kind in (Kind.REJECTED, Kind.NOT_FOUND)


def _as_dicts(calls: Sequence[PhoneCall]) -> list[dict[str, Any]]:
    return [call.as_dict() for call in calls]


def _near_warning(target: Selection, near: Sequence[PhoneCall]) -> str:
    """Return the warning about calls left alone, without phone numbers."""
    ids = ", ".join(call.call_id for call in near[:3])
    more = f" and {len(near) - 3} more" if len(near) > 3 else ""
    return (
        f"extension {target.place.extension} has calls that may be with the given number in another"
        f" form: {ids}{more}; they were left alone, see near_misses"
    )
