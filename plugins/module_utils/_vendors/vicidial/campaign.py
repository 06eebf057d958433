# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: start and stop campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.operation import STATE_LABELS, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import Vicidial
from .answers import Line
from .campaigns import campaign_id, find_campaign

_UPDATED = Line("SUCCESS", "CAMPAIGN HAS BEEN UPDATED")


@dataclass(frozen=True)
class CampaignStateTarget:
    """A campaign, the name that it has to have if one is given, and the state that it is to have."""

    campaign_id: str
    campaign_name: str | None
    state: str


class CampaignState(Operation[CampaignStateTarget, str]):
    """Start or stop campaigns."""

    account: Vicidial
    ACCOUNT = Vicidial
    UNIT = "campaigns"
    labels = STATE_LABELS
    TARGET_OPTIONS: ClassVar[Spec] = {
        "campaign_id": {"type": "raw"},
        "campaign_name": {"type": "raw"},
        "state": {"type": "str", "choices": ["started", "stopped"]},
    }
    SETTINGS = frozenset({"campaign_name"})

    def target(self, options_: Params) -> CampaignStateTarget:
        """Check id, name and state."""
        found = campaign_id("campaign_id", options_["campaign_id"])
        if options_["state"] is None:
            raise OptionError("state", "is required")
        return CampaignStateTarget(found, options.compared_name(options_, "campaign_name"), options_["state"])

    def identify(self, target: CampaignStateTarget) -> dict[str, Any]:
        """Return id and wanted state."""
        return {"campaign_id": target.campaign_id, "state": target.state}

    def scope(self, target: CampaignStateTarget) -> Scope:
        """Cover the campaign: it can have one state only."""
        return Scope(target.campaign_id, f"campaign {target.campaign_id}")

    def read(self, target: CampaignStateTarget, client: Client) -> Snapshot[str]:
        """Look at the state."""
        campaign = find_campaign(self.account.api(client), target.campaign_id)
        return Snapshot(
            pending=int(campaign.status != target.state),
            state=campaign.status,
            guard_message=campaign.name_guard(target.campaign_name),
            details=campaign.details,
            diff_lines=(campaign.status,),
            diff_expected=(target.state,),
        )

    def write(self, target: CampaignStateTarget, _seen: Snapshot[str], client: Client) -> None:
        """Send the state."""
        active = "Y" if target.state == "started" else "N"
        self.account.api(client).write("update_campaign", _UPDATED, campaign_id=target.campaign_id, active=active)
