# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Campaigns read by their ids, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .errors import OptionError
from .options import Spec
from .query import Query

Answer = tuple["str | None", list[dict[str, Any]]]
"""The id that was asked for (None: all), and the campaigns that have it."""


class CampaignQuery(Query["str | None", Answer]):
    """Campaigns by ``campaign_ids``; without it all."""

    OPTIONS: ClassVar[Spec] = {"campaign_ids": {"type": "list", "elements": "raw"}}

    check_id: ClassVar[staticmethod[[str, Any], str]]
    """Returns the id of a campaign that an option has, or raises OptionError."""

    def items(self) -> Sequence[str | None]:
        """Return the ids, each once; None stands for all campaigns."""
        ids = self.params["campaign_ids"]
        if ids is None:
            return (None,)
        if not ids:
            raise OptionError("campaign_ids", "the list is empty; leave it out to see every campaign")
        return tuple(dict.fromkeys(self.check_id("campaign_ids", value) for value in ids))

    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Return the campaigns, and the ids that the vendor does not know."""
        return {
            "campaigns": [campaign for _id, found in answers for campaign in found],
            "missing": [asked for asked, found in answers if asked is not None and not found],
        }
