# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox campaigns: data model, and one list shared by many targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OutboundError, unexpected_response
from ..._core.operation import Params, Snapshot
from ..._core.retry import may_have_been_applied
from .api import INFORMATION, as_rows, read, whole_number

RECHECK_DELAYS = (1.0, 4.0, 10.0, 15.0)

_SECONDS_FRESH = 1.0
"""Seconds for which a list is reused: less than an export of 60,000 records takes between a read and a clear."""


@dataclass(frozen=True)
class Campaign:
    """One campaign as the vendor lists it; ``records`` is None if the listed number is implausible."""

    campaign_id: str
    campaign_name: str
    type_campaign: str
    status: str
    records: int | None
    dial_mode: Any
    skill_id: Any

    @property
    def known_records(self) -> int:
        """The number of records; raises OutboundError if the vendor does not state it."""
        if self.records is None:
            raise unexpected_response("the campaign is listed without a plausible number of records")
        return self.records

    @property
    def details(self) -> dict[str, str]:
        """The details for results."""
        return {"campaign_name": self.campaign_name, "type_campaign": self.type_campaign, "status": self.status}


def list_campaigns(client: Client, campaign_id: str | None = None) -> list[Campaign]:
    """Read all campaigns, or the one with this id; empty if there is none."""
    params = {"api": "campaigns"} if campaign_id is None else {"api": "campaigns", "campaign": campaign_id}
    response = read(client, INFORMATION, params)
    if response is None:
        return []
    if response.status != 200:
        raise unexpected_response("a list of campaigns comes with status 200", status=response.status)
    body = response.json()
    if isinstance(body, dict) and "data" not in body:
        raise unexpected_response("the answer has no list of campaigns", status=response.status)
    rows = as_rows(body["data"] if isinstance(body, dict) else body)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("campaign_id") for row in rows):
        raise unexpected_response("the answer is no list of campaigns with their ids", status=response.status)
    campaigns = [_campaign(row) for row in rows]
    return [campaign for campaign in campaigns if campaign_id in (None, campaign.campaign_id)]


def find_campaign(client: Client, campaign_id: str) -> Campaign:
    """Read one campaign; raise OutboundError if it does not exist."""
    found = list_campaigns(client, campaign_id)
    if len(found) > 1:
        raise unexpected_response(f"the vendor lists campaign {campaign_id} {len(found)} times")
    if not found:
        raise OutboundError(Kind.NOT_FOUND, f"the vendor does not know campaign {campaign_id}", FailureClass.REJECTED)
    return found[0]


class CachedLists:
    """Lists that are reused for a short time, but never for an item that was written after they started."""

    def __init__(self) -> None:
        self._written: dict[str, float] = {}

    def write_begins(self, item: str) -> None:
        """Use no cached list for this item until its write is accepted."""
        self._written[item] = inf

    def write_accepted(self, item: str, client: Client) -> None:
        """Use cached lists for this item again if they start from now on."""
        self._written[item] = client.clock.now()

    def last_write(self, item: str) -> float:
        """Return the clock time of the item's last write; infinite until it is accepted."""
        return self._written.get(item, -inf)


class Campaigns(CachedLists):
    """The campaigns of one task's targets.

    Every request counts against the daily quota, so with several targets, one list of all campaigns serves all reads
    within a second. Not thread-safe: requests with one token are sent one at a time.
    """

    def __init__(self, params: Params) -> None:
        super().__init__()
        self._shares = len(params["targets"] or ()) > 1
        self._began = -inf
        self._listed: list[Campaign] = []

    def find(self, client: Client, campaign_id: str, *, fresh: bool = False) -> Campaign:
        """Read one campaign, from a shared list if that began after the campaign's last accepted write.

        After a write without a clear response, or if the list lacks the campaign, it is read with its own request.
        """
        after = self.last_write(campaign_id)
        if fresh or after == inf or not self._shares:
            return find_campaign(client, campaign_id)
        now = client.clock.now()
        if self._began < max(after, now - _SECONDS_FRESH):
            listed = _readable_list(client)
            self._listed, self._began, self._shares = listed or [], now, listed is not None
        found = [campaign for campaign in self._listed if campaign.campaign_id == campaign_id]
        return found[0] if len(found) == 1 else find_campaign(client, campaign_id)

    def again(self, client: Client, campaign: Campaign) -> Campaign:
        """Read a campaign again if it came from a shared list: it may have changed since."""
        shared = any(each is campaign for each in self._listed)
        return find_campaign(client, campaign.campaign_id) if shared else campaign


class CampaignTypes:
    """The types of campaigns, read once per task with one list."""

    def __init__(self) -> None:
        self._known: dict[str, str] | None = None

    def of(self, client: Client, campaign_id: str) -> str:
        """Return the type of a campaign; raise OutboundError if it does not exist."""
        if self._known is None:
            self._known = {each.campaign_id: each.type_campaign for each in _readable_list(client) or ()}
        if campaign_id not in self._known:
            self._known[campaign_id] = find_campaign(client, campaign_id).type_campaign
        return self._known[campaign_id]


def _readable_list(client: Client) -> list[Campaign] | None:
    """Read all campaigns; None if one of them is malformed, which must not affect those of other targets."""
    try:
        return list_campaigns(client)
    except OutboundError as error:
        if error.failure_class is not FailureClass.UNEXPECTED_RESPONSE:
            raise
        return None


def _campaign(row: Mapping[str, Any]) -> Campaign:
    return Campaign(
        campaign_id=str(row["campaign_id"]),
        campaign_name=str(row.get("campaign_name") or ""),
        type_campaign=str(row.get("type_campaign") or "").lower(),
        status=str(row.get("status") or "").lower(),
        records=whole_number(row.get("records")),
        dial_mode=row.get("dial_mode"),
        skill_id=row.get("skill_id"),
    )


def is_so_already(error: OutboundError, client: Client, read: Callable[[], Snapshot[Any]]) -> bool:
    """Return whether a rejected change is no longer needed because the state exists already.

    After an error that does not rule out that this very change was carried out, the state may be our own work.
    """
    if client.accepted or error.kind not in (Kind.NOT_FOUND, Kind.REJECTED) or may_have_been_applied(error):
        return False
    try:
        return read().pending == 0
    except OutboundError:
        return False
