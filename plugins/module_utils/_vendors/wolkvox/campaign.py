# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: start and stop campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.operation import STATE_LABELS, Account, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import Wolkvox
from .api import send_change
from .campaigns import RECHECK_DELAYS, Campaign, Campaigns, list_campaigns


@dataclass(frozen=True)
class CampaignStateTarget:
    """A campaign and its desired state."""

    campaign_id: str
    state: str


class CampaignState(Operation[CampaignStateTarget, str]):
    """Start or stop campaigns."""

    ACCOUNT = Wolkvox
    UNIT = "campaigns"
    RECHECK_DELAYS = RECHECK_DELAYS
    labels = STATE_LABELS
    TARGET_OPTIONS: ClassVar[Spec] = {
        "campaign_id": {"type": "raw"},
        "state": {"type": "str", "choices": ["started", "stopped"]},
    }

    def __init__(self, account: Account, params: Params) -> None:
        super().__init__(account, params)
        self._campaigns = Campaigns(params)

    def target(self, options_: Params) -> CampaignStateTarget:
        """Validate id and state."""
        campaign_id = options.path_id(options_, "campaign_id")
        if options_["state"] is None:
            raise OptionError("state", "is required")
        return CampaignStateTarget(campaign_id, options_["state"])

    def identify(self, target: CampaignStateTarget) -> dict[str, Any]:
        """Return id and desired state."""
        return {"campaign_id": target.campaign_id, "state": target.state}

    def scope(self, target: CampaignStateTarget) -> Scope:
        """Cover the campaign: it can have only one state."""
        return Scope(target.campaign_id, f"campaign {target.campaign_id}")

    def read(self, target: CampaignStateTarget, client: Client) -> Snapshot[str]:
        """Read the status; an unknown word does not count as the desired state."""
        return self._snapshot(target, self._campaigns.find(client, target.campaign_id))

    def probe(self, target: CampaignStateTarget, client: Client) -> None:
        """List the campaign."""
        list_campaigns(client, target.campaign_id)

    def recheck(
        self, target: CampaignStateTarget, _before: Snapshot[str], client: Client, *, final: bool
    ) -> Snapshot[str]:
        """Read the status again; at the end with a request of its own instead of a shared list."""
        return self._snapshot(target, self._campaigns.find(client, target.campaign_id, fresh=final))

    def _snapshot(self, target: CampaignStateTarget, campaign: Campaign) -> Snapshot[str]:
        return Snapshot(
            pending=int(campaign.status != target.state),
            state=campaign.status,
            details=campaign.details,
            diff_lines=(campaign.status,),
            diff_expected=(target.state,),
        )

    def write(self, target: CampaignStateTarget, _seen: Snapshot[str], client: Client) -> None:
        """Send start or stop."""
        api = "start" if target.state == "started" else "stop"
        self._campaigns.write_begins(target.campaign_id)
        send_change(client, "PUT", {"api": api, "campaign_id": target.campaign_id})
        self._campaigns.write_accepted(target.campaign_id, client)
