# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: campaigns with status and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.inquiry import Inquiry
from ..._core.operation import Params
from ..._core.options import Spec
from .account import Wolkvox
from .campaigns import Campaign, list_campaigns
from .export import Spelling, read_export


class CampaignInfo(Inquiry["str | None", "tuple[str | None, list[dict[str, Any]]]"]):
    """Campaigns with status and counts."""

    VENDOR = Wolkvox
    MAX_CONCURRENCY = 1
    OPTIONS: ClassVar[Spec] = {
        "campaign_ids": {"type": "list", "elements": "raw"},
        "records_by_result": {"type": "bool", "default": False},
        "result_words": {"type": "dict"},
    }

    def __init__(self, vendor: Wolkvox, params: Params) -> None:
        """Keep the words of the site."""
        super().__init__(vendor, params)
        self._spelling = Spelling.from_option(params["result_words"])
        self._listed: list[Campaign] | None = None

    def questions(self) -> Sequence[str | None]:
        """Return the ids; None stands for all campaigns."""
        ids = self.params["campaign_ids"]
        if ids is None:
            return (None,)
        if not ids:
            raise OptionError("campaign_ids", "the list is empty; leave it out to see every campaign")
        return tuple(dict.fromkeys(options.segment("campaign_ids", value) for value in ids))

    def ask(self, question: str | None, client: Client) -> tuple[str | None, list[dict[str, Any]]]:
        """Look one campaign up, or all; each with its export where that was asked for."""
        found = [campaign for campaign in self._campaigns(client) if question in (None, campaign.campaign_id)]
        return question, [self._told(campaign, client) for campaign in found]

    def probe(self, question: str | None, client: Client) -> None:
        """List campaigns, without any export."""
        list_campaigns(client, question)

    def result(self, answers: Sequence[tuple[str | None, list[dict[str, Any]]]]) -> dict[str, Any]:
        """Return the campaigns, and the ids that the vendor does not know."""
        return {
            "campaigns": [campaign for _id, found in answers for campaign in found],
            "missing": [campaign_id for campaign_id, found in answers if campaign_id is not None and not found],
        }

    def _campaigns(self, client: Client) -> list[Campaign]:
        """Read the list once for all questions: every call counts against the quota of the day."""
        if self._listed is None:
            ids = self.params["campaign_ids"]
            self._listed = list_campaigns(client, ids[0] if ids and len(ids) == 1 else None)
        return self._listed

    def _told(self, campaign: Campaign, client: Client) -> dict[str, Any]:
        counts: dict[str, int] | None = None
        if self.params["records_by_result"]:
            export = read_export(client, campaign.campaign_id, self._spelling)
            counts = None if export.gap(campaign.records) else dict(sorted(export.counts.items()))
        return {
            "campaign_id": campaign.campaign_id,
            **campaign.facts,
            "records": campaign.records,
            "dial_mode": campaign.dial_mode,
            "skill_id": campaign.skill_id,
            "records_by_result": counts,
        }
