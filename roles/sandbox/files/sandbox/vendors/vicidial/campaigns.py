# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial's functions about campaigns, hoppers and lists."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from ...exchange import Answer, Exchange
from .records import Campaign, Lead, Records, User
from .words import cleaned, line, said, table

_CAMPAIGN = (
    *("campaign_id", "campaign_name", "active", "user_group", "dial_method", "dial_level", "lead_order"),
    *("dial_statuses", "dial_timeout", "dial_prefix", "manual_dial_prefix", "three_way_dial_prefix"),
)
_ROW = (
    *("hopper_order", "priority", "lead_id", "list_id", "phone_number", "phone_code", "state", "status", "count"),
    *("gmt_offset", "rank", "alt", "hopper_source", "vendor_lead_code", "source_id", "age_days", "last_call_time"),
)
_FIRST_WAITING = 900_000_001


class Campaigns:
    """The functions, over what the server holds."""

    def __init__(self, records: Records, settings: Mapping[str, Any]) -> None:
        """Keep both."""
        self._records = records
        self._settings = settings

    def list(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """campaigns_list."""
        wanted = asked.get("campaign_id")
        found = [one for one in self._records.campaigns.values() if user.sees(one.campaign_id)]
        if wanted is not None:
            found = [one for one in found if one is self._find(wanted)]
        if not found:
            return said(f"ERROR: campaigns_list THIS USER HAS NO VIEWABLE CAMPAIGNS: {user.user}|\n")
        rows = [_campaign_row(one) for one in found]
        if asked.get("stage") == "tab" and asked.get("header") == "YES":
            return said(table(_CAMPAIGN, rows))
        return said("".join("|".join(row) + "\n" for row in rows))

    def update(self, user: User, asked: Mapping[str, str], exchange: Exchange) -> Answer:
        """update_campaign."""
        told = cleaned(asked.get("campaign_id", ""))
        campaign = self._find(told)
        if campaign is None or not user.sees(campaign.campaign_id):
            return said(line("ERROR", "update_campaign", "CAMPAIGN DOES NOT EXIST", told))
        active = asked.get("active")
        if active in ("Y", "N"):
            if campaign.active != (active == "Y"):
                exchange.changed(do="set_active", campaign=campaign.campaign_id, active=active == "Y")
            campaign.active = active == "Y"
            text = line("SUCCESS", "update_campaign", "CAMPAIGN HAS BEEN UPDATED", user.user, told)
        else:
            text = "NOTICE: update_campaign NO UPDATES DEFINED: \n"
        if asked.get("reset_hopper") == "Y":
            self._reset(campaign, exchange)
            text += line("NOTICE", "update_campaign", "HOPPER HAS BEEN RESET", user.user, told)
        return said(text)

    def hopper(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """hopper_list."""
        campaign = self._find(asked.get("campaign_id", ""))
        if campaign is None or not user.sees(campaign.campaign_id):
            return said(line("ERROR", "hopper_list", "THIS CAMPAIGN DOES NOT EXIST", user.user))
        shown = [
            _hopper_row(lead)
            for lead, state in self._records.hopper_of(campaign)
            if state == "READY" or not self._settings["hopper_hides"]
        ]
        ids = range(_FIRST_WAITING, _FIRST_WAITING + campaign.waiting)
        shown += [
            (str(each), "999", "5550009999", "1", "NY", "NEW", "0", "-5.00", "0", "NONE", "S", "") for each in ids
        ]
        shown = shown[: self._settings["hopper_limit"]]
        if not shown:
            return said(line("ERROR", "hopper_list", "THERE ARE NO LEADS IN THE HOPPER FOR THIS CAMPAIGN", user.user))
        rows = [(order, "0", *row, "", "0", "") for order, row in zip(count(1), shown, strict=False)]
        return said(table(_ROW, rows))

    def list_info(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """list_info."""
        found = self._records.lists.get(cleaned(asked.get("list_id", "")))
        if found is None or not user.sees(found.campaign):
            return said(line("ERROR", "list_info", "LIST DOES NOT EXIST", asked.get("list_id", "")))
        header = "list_id|list_name|campaign_id|active|list_changedate\n" if asked.get("header") == "YES" else ""
        active = "Y" if found.active else "N"
        return said(f"{header}{found.list_id}|{found.name}|{found.campaign}|{active}|2026-01-05 14:30:00\n")

    def _find(self, told: str) -> Campaign | None:
        """Find a campaign as the program does: what is no letter is left out, and capitals make no difference."""
        if self._settings["ids"] == "checked":
            return self._records.campaigns.get(told)
        wanted = cleaned(told).lower()
        return next((one for key, one in self._records.campaigns.items() if key.lower() == wanted), None)

    def _reset(self, campaign: Campaign, exchange: Exchange) -> None:
        takes = ("READY",) if self._settings["reset_takes"] == "ready" else None
        going = [lead for lead, state in self._records.hopper_of(campaign) if takes is None or state in takes]
        if going or campaign.waiting:
            leads = sorted({lead.lead_id for lead in going})
            exchange.changed(do="reset_hopper", campaign=campaign.campaign_id, leads=leads, waiting=campaign.waiting)
        for lead in going:
            lead.hopper = [state for state in lead.hopper if takes is not None and state not in takes]
        campaign.waiting = 0


def _campaign_row(one: Campaign) -> tuple[str, ...]:
    statuses = f" {' '.join(one.dial_statuses)} -"
    active = "Y" if one.active else "N"
    return one.campaign_id, one.name, active, "ADMIN", "RATIO", "1.0", "DOWN", statuses, "60", "9", "", ""


def _hopper_row(lead: Lead) -> tuple[str, ...]:
    told = lead.columns
    begins = (lead.lead_id, told["list_id"], told["phone_number"], "1", "NY", told["status"], "0", "-5.00", "0", "NONE")
    return *begins, lead.source, told["vendor_lead_code"]
