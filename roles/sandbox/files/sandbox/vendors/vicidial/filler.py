# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program does to the hoppers each minute."""

from __future__ import annotations

from .records import SYSTEM, Campaign, Lead, Records


def fill(records: Records) -> list[str]:
    """Fill the hoppers once; return the leads that became READY."""
    filled: list[str] = []
    for lead in records.leads.values():
        campaign = records.campaign_of(lead)
        if campaign is None:
            continue
        if not records.lists[lead.columns["list_id"]].active:
            lead.hopper = []
        elif not lead.hopper and _takes(records, campaign, lead):
            lead.hopper = ["READY"]
            filled.append(lead.lead_id)
    return filled


def _takes(records: Records, campaign: Campaign, lead: Lead) -> bool:
    """Tell whether a lead is queued: a callback that is due is, whatever its campaign's state and any list say."""
    if any(one.due and one.status == "ACTIVE" and one.recipient == "ANYONE" for one in lead.callbacks):
        lead.columns["status"], lead.source = "CALLBK", "C"
        return True
    if not campaign.active or lead.columns["status"] not in campaign.dial_statuses:
        return False
    number = lead.columns["phone_number"]
    own = records.dnc.get(campaign.other_campaign_dnc or campaign.campaign_id, [])
    if campaign.use_internal_dnc and number in records.dnc[SYSTEM]:
        lead.columns["status"] = "DNCL"
    elif campaign.use_campaign_dnc and number in own:
        lead.columns["status"] = "DNCC"
    else:
        return True
    return False
