# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: empty the hoppers of campaigns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.operation import Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import Vicidial
from .answers import Line
from .campaigns import Campaign, campaign_id, find_campaign
from .hopper import MOST_ROWS, read_hopper

HIDDEN = (
    "VICIdial shows only the rows of a hopper that are READY: whether others are about to be dialed, on the phone or on"
    " hold cannot be seen"
)
_RESET = Line("NOTICE", "HOPPER HAS BEEN RESET")


@dataclass(frozen=True)
class HopperTarget:
    """A campaign whose hopper is to be emptied."""

    campaign_id: str
    campaign_name: str | None
    allow_running: bool
    always: bool


@dataclass(frozen=True)
class HopperState:
    """The campaign's state and the leads that are READY; equal where two reads show the same."""

    status: str
    lead_ids: tuple[str, ...]


class HopperClear(Operation[HopperTarget, HopperState]):
    """Empty the hoppers of campaigns."""

    account: Vicidial
    ACCOUNT = Vicidial
    UNIT = "leads"
    SAFE_TO_RESEND = True
    TARGET_OPTIONS: ClassVar[Spec] = {
        "campaign_id": {"type": "raw"},
        "campaign_name": {"type": "raw"},
        "allow_running": {"type": "bool", "default": False},
        "always": {"type": "bool", "default": False},
    }
    SETTINGS = frozenset({"campaign_name", "allow_running", "always"})

    def target(self, options_: Params) -> HopperTarget:
        """Check id and name."""
        return HopperTarget(
            campaign_id=campaign_id("campaign_id", options_["campaign_id"]),
            campaign_name=options.compared_name(options_, "campaign_name"),
            allow_running=bool(options_["allow_running"]),
            always=bool(options_["always"]),
        )

    def identify(self, target: HopperTarget) -> dict[str, Any]:
        """Return the campaign's id."""
        return {"campaign_id": target.campaign_id}

    def scope(self, target: HopperTarget) -> Scope:
        """Cover the whole hopper."""
        return Scope(target.campaign_id, f"campaign {target.campaign_id}")

    def read(self, target: HopperTarget, client: Client) -> Snapshot[HopperState]:
        """Look at the campaign and its hopper."""
        seen = self.recheck(target, Snapshot(), client, final=False)
        if seen.pending != 0:
            return seen
        self.warnings.append(HIDDEN)
        if seen.state.status == "stopped" and not target.always:
            return seen
        # A started campaign is filled again within a minute, and what cannot be seen may be there in any.
        return replace(seen, pending=None)

    def recheck(
        self, target: HopperTarget, _before: Snapshot[HopperState], client: Client, *, final: bool
    ) -> Snapshot[HopperState]:
        """Look again: of a hopper with rows beyond what is shown, only an empty one is known."""
        api = self.account.api(client)
        campaign = find_campaign(api, target.campaign_id)
        hopper = read_hopper(api, target.campaign_id)
        at_least = {"pending_at_least": MOST_ROWS} if hopper.cut else {}
        return Snapshot(
            pending=hopper.ready,
            state=HopperState(campaign.status, hopper.lead_ids),
            guard_message=campaign.name_guard(target.campaign_name) or _running(target, campaign),
            details={**campaign.details, **at_least},
        )

    def can_confirm(self, before: Snapshot[HopperState]) -> bool:
        """Tell whether a look shows the end: not where only rows that cannot be seen may have been there."""
        return bool(before.state.lead_ids)

    def write(self, target: HopperTarget, _seen: Snapshot[HopperState], client: Client) -> None:
        """Send the reset."""
        self.account.api(client).write("update_campaign", _RESET, campaign_id=target.campaign_id, reset_hopper="Y")


def _running(target: HopperTarget, campaign: Campaign) -> str | None:
    if target.allow_running or campaign.status == "stopped":
        return None
    return (
        f"campaign {target.campaign_id} is started, so VICIdial fills its hopper again within a minute; stop it first,"
        " or say allow_running: true"
    )
