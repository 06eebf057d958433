# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial, the campaigns: as they are listed, one by its id, and their state.

VICIdial cleans an id in place of checking it: ``winter`` reads, stops and empties WINTER. So what came back is compared
with what was asked for, byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..._core import options
from ..._core.errors import FailureClass, Kind, OptionError, OutboundError, guard_error, unexpected_response
from .answers import unless
from .api import Api

_ID = re.compile(r"[A-Za-z0-9_-]{2,8}")
_STATES = {"Y": "started", "N": "stopped"}


@dataclass(frozen=True)
class Campaign:
    """One campaign as VICIdial lists it."""

    campaign_id: str
    campaign_name: str
    status: str
    """``started`` or ``stopped``."""

    user_group: str
    dial_method: str
    dial_level: str
    dial_statuses: tuple[str, ...]
    """The statuses of the leads that it dials."""

    dial_timeout: str
    dial_prefix: str

    @property
    def details(self) -> dict[str, Any]:
        """What results tell of it."""
        return {"campaign_name": self.campaign_name, "status": self.status}

    def name_guard(self, wanted: str | None) -> str | None:
        """Say that it is not the campaign that is meant; None where it is, or no name was given."""
        if wanted in (None, self.campaign_name):
            return None
        return f"campaign {self.campaign_id} is called {self.campaign_name!r}, not {wanted!r}"


def campaign_id(name: str, value: Any) -> str:
    """Return a campaign's id that VICIdial does not make another of, or raise OptionError."""
    found = options.path_segment(name, value)
    if not _ID.fullmatch(found):
        raise OptionError(name, "must be 2 to 8 letters, digits, _ and -")
    return found


def list_campaigns(api: Api, campaign_id: str | None = None) -> list[Campaign]:
    """Read all campaigns that the user may see, or what VICIdial takes an id for; an empty list for none."""
    fields = {} if campaign_id is None else {"campaign_id": campaign_id}
    nothing = "THIS USER HAS NO VIEWABLE CAMPAIGNS"
    found = unless(nothing, lambda: api.table("campaigns_list", "campaign_id", **fields))
    if found and not found.rows:
        raise unexpected_response("the list of campaigns has no row, and does not say that this user may see none")
    return [_campaign(found.whole(row)) for row in found.rows] if found else []


def find_campaign(api: Api, campaign_id: str) -> Campaign:
    """Read one campaign; one that is not shown, or is called otherwise, is an OutboundError."""
    found = list_campaigns(api, campaign_id)
    exact = [campaign for campaign in found if campaign.campaign_id == campaign_id]
    if found and not exact:
        raise guard_error(f"VICIdial has this campaign as {found[0].campaign_id}; give the id as it is written there")
    if len(found) > 1:
        raise unexpected_response(f"VICIdial lists {len(found)} campaigns for the one id {campaign_id}")
    if not found:
        text = f"VICIdial shows no campaign {campaign_id}, or this user may not see it"
        raise OutboundError(Kind.NOT_FOUND, text, FailureClass.REJECTED)
    return exact[0]


def _campaign(row: dict[str, str] | None) -> Campaign:
    if row is None:
        raise unexpected_response("a campaign is listed with a tab or a line break in its name, so it cannot be read")
    try:
        return Campaign(
            campaign_id=row["campaign_id"],
            campaign_name=row["campaign_name"],
            status=_STATES[row["active"]],
            user_group=row["user_group"],
            dial_method=row["dial_method"],
            dial_level=row["dial_level"],
            dial_statuses=tuple(word for word in row["dial_statuses"].split() if word != "-"),
            dial_timeout=row["dial_timeout"],
            dial_prefix=row["dial_prefix"],
        )
    except KeyError as error:
        raise unexpected_response(f"a campaign is listed without the column, or with the state, {error}") from error
