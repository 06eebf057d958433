# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: let leads not be dialed any more, all leads of a number or one by its id.

A lead is found first and then changed by its id: a change by number would leave all leads but one in the hopper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OptionError, OutboundError, unexpected_response
from ..._core.operation import STATE_LABELS, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import Vicidial
from .answers import Line
from .api import Api
from .dialing import Dialing
from .leads import LONGEST_SEARCHED, Lead, find_leads, live_callbacks, read_found_lead, read_lead
from .numbers import lead_id, phone_number

_STATUS = re.compile(r"[A-Z0-9_-]{1,6}")
"""A status that VICIdial stores as it is given: it cuts a longer one."""

_UPDATED = Line("SUCCESS", "LEAD HAS BEEN UPDATED")
_SHOWN = 5
NOT_FOUND = (
    "no lead has the number of a target as its phone_number, in the form that was given: one that has it in another"
    " form, or as an alternate number, would not be found"
)


@dataclass(frozen=True)
class LeadTarget:
    """Leads that are not to be dialed any more: all of a number, or one."""

    phone_number: str | None
    lead_id: str | None
    status: str
    removes_callbacks: bool
    allow_dialable_status: bool

    @property
    def name(self) -> tuple[str, str]:
        """The option that names it, and its value."""
        if self.phone_number is not None:
            return "phone_number", self.phone_number
        return "lead_id", str(self.lead_id)


@dataclass(frozen=True)
class SeenLead:
    """One lead as a read showed it; None is what cannot be known."""

    lead_id: str
    list_id: str | None
    campaign_id: str | None
    status: str | None
    ready: bool | None
    callbacks: int
    dialable: bool

    def is_left(self, target: LeadTarget) -> bool | None:
        """Tell whether it may still be dialed; None where that cannot be known."""
        if self.ready or self.callbacks or (self.status is not None and self.status != target.status):
            return True
        return None if self.status is None or self.ready is None else False

    def line(self) -> str:
        """Show it in a diff."""
        ready = ["in the hopper"] if self.ready else []
        callbacks = [f"{self.callbacks} callbacks"] if self.callbacks else []
        return ", ".join([f"lead {self.lead_id}: {self.status or 'status unknown'}", *ready, *callbacks])


State = tuple[SeenLead, ...]


class LeadState(Operation[LeadTarget, State]):
    """Set the status of leads, and take them out of the hopper and out of callbacks."""

    account: Vicidial
    ACCOUNT = Vicidial
    UNIT = "leads"
    MULTI_REQUEST_WRITE = True
    SAFE_TO_RESEND = True
    labels = STATE_LABELS
    TARGET_OPTIONS: ClassVar[Spec] = {
        "phone_number": {"type": "raw"},
        "lead_id": {"type": "raw"},
        "state": {"type": "str", "choices": ["do_not_call"], "default": "do_not_call"},
        "status": {"type": "str", "default": "DNC"},
        "callbacks": {"type": "str", "choices": ["remove", "keep"], "default": "remove"},
        "allow_dialable_status": {"type": "bool", "default": False},
    }
    SETTINGS = frozenset(TARGET_OPTIONS) - {"phone_number", "lead_id"}

    def __init__(self, account: Vicidial, params: Params) -> None:
        super().__init__(account, params)
        self._dialing = Dialing()
        self._kind: str | None = None
        self._written: dict[LeadTarget, float] = {}
        self._hoppers: dict[str, str] = {}
        """What the answer to a change said of a lead's row in the hopper."""

    def target(self, options_: Params) -> LeadTarget:
        """Check which leads are meant."""
        kinds = [name for name in ("phone_number", "lead_id") if options_[name] is not None]
        if len(kinds) != 1:
            raise OptionError("phone_number", "excludes lead_id" if kinds else "is required; or lead_id")
        if self._kind not in (None, kinds[0]):
            raise OptionError(kinds[0], f"cannot stand beside targets with {self._kind}: both may be the same lead")
        self._kind = kinds[0]
        by_number = kinds[0] == "phone_number"
        return LeadTarget(
            phone_number=phone_number("phone_number", options_["phone_number"], LONGEST_SEARCHED)
            if by_number
            else None,
            lead_id=None if by_number else lead_id("lead_id", options_["lead_id"]),
            status=_status(options_["status"]),
            removes_callbacks=options_["callbacks"] == "remove",
            allow_dialable_status=bool(options_["allow_dialable_status"]),
        )

    def identify(self, target: LeadTarget) -> dict[str, Any]:
        """Return number or lead, and the wanted status."""
        name, value = target.name
        return {name: value, "status": target.status}

    def scope(self, target: LeadTarget) -> Scope:
        """Cover all leads of the number, or the lead."""
        name, value = target.name
        return Scope(target.name, f"{name.replace('_', ' ')} {value}")

    def probe(self, target: LeadTarget, client: Client) -> None:
        """Find the leads."""
        self._found(target, self.account.api(client))

    def read(self, target: LeadTarget, client: Client) -> Snapshot[State]:
        """Find the leads, and what may dial them."""
        state = self._look(target, client)
        if not state:
            self.warnings.append(NOT_FOUND)
        return self._snapshot(target, state, state)

    def recheck(self, target: LeadTarget, before: Snapshot[State], client: Client, *, final: bool) -> Snapshot[State]:
        """Look again; a lead that VICIdial named as in progress is not done with, whatever is read."""
        state = self._look(target, client, self._written.get(target, -inf))
        busy = [seen.lead_id for seen in state if self._hoppers.get(seen.lead_id) == "in_progress"]
        if final and busy:
            raise OutboundError(
                Kind.REJECTED,
                f"VICIdial did not take {_named(busy)} out of the hopper, for a call is in progress: its end may write"
                " another status. Look again when it is over",
                FailureClass.REJECTED,
            )
        snapshot = self._snapshot(target, state, before.state)
        return replace(snapshot, pending=(snapshot.pending or 0) + len(busy)) if busy else snapshot

    def can_confirm(self, before: Snapshot[State]) -> bool:
        """Tell whether another look shows all that matters: not where a lead or a hopper cannot be read."""
        return _all_visible(before.state)

    def can_observe(self, before: Snapshot[State]) -> bool:
        """Tell whether another look is worth it: what became of a lead is told even where it proves nothing."""
        return True

    def write(self, target: LeadTarget, seen: Snapshot[State], client: Client) -> None:
        """Change the leads that are left, each by its id."""
        api = self.account.api(client)
        fields = {"search_method": "LEAD_ID", "status": target.status, "remove_from_hopper": "Y"}
        if target.removes_callbacks:
            fields["callback"] = "REMOVE"
        try:
            for lead in seen.state:
                if lead.is_left(target) is not False:
                    told = api.write("update_lead", _UPDATED, **fields, lead_id=lead.lead_id)
                    self._hoppers[lead.lead_id] = _hopper_word(told)
                    if not any(lead.lead_id in line.fields for line in told if line.word == "SUCCESS"):
                        raise unexpected_response(f"VICIdial was told to change lead {lead.lead_id}, and names another")
        finally:
            self._written[target] = client.clock.now()

    def _found(self, target: LeadTarget, api: Api) -> list[str]:
        return [target.lead_id] if target.lead_id is not None else find_leads(api, str(target.phone_number))

    def _look(self, target: LeadTarget, client: Client, after: float = -inf) -> State:
        api = self.account.api(client)
        return tuple(self._seen(target, api, each, after) for each in self._found(target, api))

    def _seen(self, target: LeadTarget, api: Api, lead_id: str, after: float) -> SeenLead:
        lead = self._lead(target, api, lead_id)
        campaign = self._dialing.campaign(api, lead.list_id) if lead.list_id is not None else None
        ready = self._dialing.is_ready(api, campaign.campaign_id, lead_id, after) if campaign else None
        return SeenLead(
            lead_id=lead_id,
            list_id=lead.list_id,
            campaign_id=campaign.campaign_id if campaign else None,
            status=lead.status,
            ready=ready,
            callbacks=live_callbacks(api, lead_id) if target.removes_callbacks else 0,
            dialable=campaign is not None and target.status in campaign.dial_statuses,
        )

    def _lead(self, target: LeadTarget, api: Api, lead_id: str) -> Lead:
        if target.phone_number is None:
            return read_lead(api, lead_id)
        lead = read_found_lead(api, lead_id)
        if lead.status is not None and lead.phone_number != target.phone_number:
            raise unexpected_response(f"VICIdial found lead {lead_id}, which does not have the number")
        return lead

    def _snapshot(self, target: LeadTarget, state: State, first: State) -> Snapshot[State]:
        left = [seen.is_left(target) for seen in state]
        unknown = None in left
        done: dict[str, Any] = {"status": target.status, "ready": False, "callbacks": 0}
        before = {seen.lead_id: seen for seen in first}
        return Snapshot(
            pending=None if unknown else sum(map(bool, left)),
            only_visible_part_gone=unknown and True not in left and not _all_visible(first),
            state=state,
            guard_message=_refusal(target, state),
            details={"leads": [self._told(seen, before.get(seen.lead_id)) for seen in state]},
            diff_lines=[seen.line() for seen in state] or ("no leads",),
            diff_expected=[] if unknown else [replace(seen, **done).line() for seen in state],
        )

    def _told(self, seen: SeenLead, before: SeenLead | None) -> dict[str, Any]:
        ready = {True: "ready", False: "not_there", None: "unknown"}[seen.ready]
        return {
            "lead_id": seen.lead_id,
            "list_id": seen.list_id,
            "campaign_id": seen.campaign_id,
            "status_before": before and before.status,
            "status": seen.status,
            "hopper": self._hoppers.get(seen.lead_id, ready),
            "callbacks": seen.callbacks,
        }


def _all_visible(state: State) -> bool:
    return all(seen.status is not None and seen.ready is not None for seen in state)


def _hopper_word(told: Iterable[Line]) -> str:
    """Return what became of a lead's row in the hopper, by the lines of the answer to the change."""
    said = {line.phrase for line in told}
    if "update_lead NOT REMOVED FROM HOPPER" in said:
        return "in_progress"
    return "removed" if "update_lead REMOVED FROM HOPPER" in said else "not_there"


def _refusal(target: LeadTarget, state: State) -> str | None:
    """Say that a campaign would dial the leads all the same."""
    if target.allow_dialable_status:
        return None
    campaigns = sorted({str(seen.campaign_id) for seen in state if seen.dialable and seen.is_left(target) is not False})
    if not campaigns:
        return None
    return (
        f"campaign {', '.join(campaigns)} dials leads with the status {target.status}; choose another status, or say"
        " allow_dialable_status: true"
    )


def _named(lead_ids: Sequence[str]) -> str:
    more = [f"and {len(lead_ids) - _SHOWN} more"] if len(lead_ids) > _SHOWN else []
    return ", ".join([*(f"lead {each}" for each in lead_ids[:_SHOWN]), *more])


def _status(value: str | None) -> str:
    if value is None or not _STATUS.fullmatch(value):
        raise OptionError("status", "must be 1 to 6 capital letters, digits, _ and -")
    return value
