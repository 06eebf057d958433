# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: campaigns with their state, and how many leads wait in their hoppers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.query import Query
from .account import Vicidial
from .campaigns import campaign_id, list_campaigns
from .hopper import read_hopper

Answer = tuple["str | None", list[dict[str, Any]]]
"""The id that was asked for (None: all), and the campaigns that have it."""


class CampaignInfo(Query["str | None", Answer]):
    """Campaigns with their state."""

    ACCOUNT = Vicidial
    OPTIONS: ClassVar[Spec] = {
        "campaign_ids": {"type": "list", "elements": "raw"},
        "hopper": {"type": "bool", "default": False},
    }

    def __init__(self, account: Vicidial, params: Params) -> None:
        """Keep the account, whose API is called."""
        super().__init__(account, params)
        self._vicidial = account

    def items(self) -> Sequence[str | None]:
        """Return the ids; None stands for all campaigns."""
        ids = self.params["campaign_ids"]
        if ids is None:
            return (None,)
        if not ids:
            raise OptionError("campaign_ids", "the list is empty; leave it out to see every campaign")
        return tuple(dict.fromkeys(campaign_id("campaign_ids", value) for value in ids))

    def fetch(self, item: str | None, client: Client) -> Answer:
        """Look one campaign up, or all."""
        api = self._vicidial.api(client)
        found = [campaign for campaign in list_campaigns(api, item) if item in (None, campaign.campaign_id)]
        hoppers = [read_hopper(api, each.campaign_id).ready if self.params["hopper"] else None for each in found]
        return item, [
            {
                "campaign_id": each.campaign_id,
                **each.details,
                "user_group": each.user_group,
                "dial_method": each.dial_method,
                "dial_level": each.dial_level,
                "dial_statuses": list(each.dial_statuses),
                "dial_timeout": each.dial_timeout,
                "dial_prefix": each.dial_prefix,
                "hopper_ready": ready,
            }
            for each, ready in zip(found, hoppers, strict=True)
        ]

    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Return the campaigns, and the ids that VICIdial does not show."""
        return {
            "campaigns": [campaign for _id, found in answers for campaign in found],
            "missing": [asked for asked, found in answers if asked is not None and not found],
        }
