# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: put phone numbers on a do-not-call list, or take them off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import AlreadyGone, FailureClass, Kind, OptionError, OutboundError
from ..._core.operation import STATE_LABELS, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import Vicidial
from .answers import Line, says
from .campaigns import campaign_id
from .dnc_list import CALL_TIME, LONGEST_CHECKED, SYSTEM, DncLists
from .numbers import phone_number

_ANOTHER_LIST = "it may read another campaign's list in place of its own"


@dataclass(frozen=True)
class DncTarget:
    """A number, the campaign whose list is meant (None: the system's), and whether it is to be on it."""

    phone_number: str
    campaign_id: str | None
    state: str
    allow_do_not_call: bool

    @property
    def present(self) -> bool:
        """Tell whether the number is to be there."""
        return self.state == "present"

    @property
    def list_name(self) -> str:
        """What messages call the list."""
        return "the system's list" if self.campaign_id is None else f"the list of campaign {self.campaign_id}"


class DncState(Operation[DncTarget, bool]):
    """Put numbers on a list or take them off it."""

    account: Vicidial
    ACCOUNT = Vicidial
    UNIT = "numbers"
    labels = STATE_LABELS
    TASK_OPTIONS: ClassVar[Spec] = {"call_time": CALL_TIME}
    TARGET_OPTIONS: ClassVar[Spec] = {
        "phone_number": {"type": "raw"},
        "campaign_id": {"type": "raw"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "allow_do_not_call": {"type": "bool", "default": False},
    }
    SETTINGS = frozenset({"state", "allow_do_not_call"})

    def __init__(self, account: Vicidial, params: Params) -> None:
        super().__init__(account, params)
        self._lists = DncLists(params["call_time"])
        self._accepted: set[DncTarget] = set()

    def target(self, options_: Params) -> DncTarget:
        """Check number and campaign."""
        campaign = options_["campaign_id"]
        if isinstance(campaign, str) and campaign.upper() == SYSTEM:
            raise OptionError("campaign_id", "is the system's list, which is meant where campaign_id is left out")
        return DncTarget(
            phone_number=phone_number("phone_number", options_["phone_number"], LONGEST_CHECKED),
            campaign_id=None if campaign is None else campaign_id("campaign_id", campaign),
            state=options_["state"],
            allow_do_not_call=bool(options_["allow_do_not_call"]),
        )

    def identify(self, target: DncTarget) -> dict[str, Any]:
        """Return number, campaign where one is meant, and wanted state."""
        campaign = {} if target.campaign_id is None else {"campaign_id": target.campaign_id}
        return {"phone_number": target.phone_number, **campaign, "state": target.state}

    def scope(self, target: DncTarget) -> Scope:
        """Cover the number on the one list."""
        return Scope((target.phone_number, target.campaign_id), f"phone number {target.phone_number}")

    def read(self, target: DncTarget, client: Client) -> Snapshot[bool]:
        """Check the number."""
        listed = self._lists.is_listed(self.account.api(client), target.phone_number, target.campaign_id)
        refused = not target.present and not target.allow_do_not_call
        return Snapshot(
            pending=int(listed != target.present),
            state=listed,
            guard_message=f"{target.list_name} is an opt-out, and this erases it; say allow_do_not_call: true"
            if refused
            else None,
            details={"listed": listed},
            diff_lines=(_view(listed),),
            diff_expected=(_view(target.present),),
        )

    def recheck(self, target: DncTarget, _before: Snapshot[bool], client: Client, *, final: bool) -> Snapshot[bool]:
        """Check again; a campaign whose list says nothing of what it accepted asks another list."""
        seen = self.read(target, client)
        if final and seen.pending and target in self._accepted and target.campaign_id is not None:
            text = f"VICIdial accepted, but campaign {target.campaign_id} does not show it: {_ANOTHER_LIST}"
            raise OutboundError(Kind.REJECTED, text, FailureClass.REJECTED)
        return seen

    def write(self, target: DncTarget, _seen: Snapshot[bool], client: Client) -> None:
        """Add or delete the number."""
        function, done, so_already = (
            ("add_dnc_phone", "DNC NUMBER HAS BEEN ADDED", "DNC NUMBER ALREADY EXISTS")
            if target.present
            else ("delete_dnc_phone", "DNC NUMBER HAS BEEN DELETED", "DNC NUMBER DOES NOT EXIST")
        )
        api = self.account.api(client)
        where = target.campaign_id or SYSTEM
        try:
            api.write(function, Line("SUCCESS", done), phone_number=target.phone_number, campaign_id=where)
        except OutboundError as error:
            if not says(error, so_already):
                raise
            if self.read(target, client).pending == 0:
                raise AlreadyGone from error
            text = f"VICIdial says {so_already} of {target.list_name}, but the check says otherwise: {_ANOTHER_LIST}"
            raise error.with_(kind=Kind.REJECTED, message=text) from None
        self._accepted.add(target)


def _view(listed: bool) -> str:
    return "on the list" if listed else "not on the list"
