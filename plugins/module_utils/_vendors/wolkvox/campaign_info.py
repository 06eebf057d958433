# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: read campaigns with status and counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from ..._core import options
from ..._core.campaign_query import Answer, CampaignQuery
from ..._core.client import Client
from ..._core.operation import Params
from ..._core.options import Spec
from .account import Wolkvox
from .campaigns import Campaign, list_campaigns
from .export import ResultAliases, read_export


class CampaignInfo(CampaignQuery):
    """Campaigns with status and counts."""

    ACCOUNT = Wolkvox
    check_id = staticmethod(options.path_segment)
    OPTIONS: ClassVar[Spec] = {
        **CampaignQuery.OPTIONS,
        "records_by_result": {"type": "bool", "default": False},
        "result_aliases": {"type": "dict"},
    }

    def __init__(self, account: Wolkvox, params: Params) -> None:
        super().__init__(account, params)
        self._aliases = ResultAliases.from_option(params["result_aliases"])
        self._listed: list[Campaign] | None = None

    def fetch(self, item: str | None, client: Client) -> Answer:
        """Read one campaign or all; each with its export if requested."""
        found = [campaign for campaign in self._campaigns(client) if item in (None, campaign.campaign_id)]
        return item, [self._as_dict(campaign, client) for campaign in found]

    def probe(self, item: str | None, client: Client) -> None:
        """List campaigns, without exports."""
        list_campaigns(client, item)

    def _campaigns(self, client: Client) -> list[Campaign]:
        """Read the list once for all items: every request counts against the daily quota."""
        if self._listed is None:
            ids = self.params["campaign_ids"]
            self._listed = list_campaigns(client, ids[0] if ids and len(ids) == 1 else None)
        return self._listed

    def _as_dict(self, campaign: Campaign, client: Client) -> dict[str, Any]:
        counts: dict[str, int] | None = None
        if self.params["records_by_result"]:
            export = read_export(client, campaign.campaign_id, self._aliases)
            counts = None if export.missing_reason(campaign.records) else dict(sorted(export.counts.items()))
        return {**asdict(campaign), "records_by_result": counts}
