# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: campaigns with their state, and how many leads wait in their hoppers."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from ..._core.campaign_query import Answer, CampaignQuery
from ..._core.client import Client
from ..._core.options import Spec
from .account import Vicidial
from .campaigns import campaign_id, list_campaigns
from .hopper import read_hopper


class CampaignInfo(CampaignQuery):
    """Campaigns with their state."""

    account: Vicidial
    ACCOUNT = Vicidial
    check_id = staticmethod(campaign_id)
    OPTIONS: ClassVar[Spec] = {**CampaignQuery.OPTIONS, "hopper": {"type": "bool", "default": False}}

    def fetch(self, item: str | None, client: Client) -> Answer:
        """Look one campaign up, or all."""
        api = self.account.api(client)
        found = [campaign for campaign in list_campaigns(api, item) if item in (None, campaign.campaign_id)]
        hoppers = [read_hopper(api, each.campaign_id).ready if self.params["hopper"] else None for each in found]
        return item, [
            {**asdict(each), "dial_statuses": list(each.dial_statuses), "hopper_ready": ready}
            for each, ready in zip(found, hoppers, strict=True)
        ]
