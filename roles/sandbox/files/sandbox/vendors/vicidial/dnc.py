# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial's functions about do-not-call lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...exchange import Answer, Exchange
from .records import SYSTEM, Records, User
from .words import broken, cleaned, digits, line, said

_AREA_CODE = "XXXXXXX"


class DoNotCall:
    """The functions, over what the server holds."""

    def __init__(self, records: Records, settings: Mapping[str, Any]) -> None:
        """Keep both."""
        self._records = records
        self._settings = settings

    def add(self, user: User, asked: Mapping[str, str], exchange: Exchange) -> Answer:
        """add_dnc_phone: the campaign is cut, and not looked for."""
        number, name = self._told(asked)
        if self._settings["dnc_campaign"] == "checked" and name not in (SYSTEM, *self._records.campaigns):
            return said(line("ERROR", "add_dnc_phone", "THIS CAMPAIGN DOES NOT EXIST", user.user, number))
        held = self._records.dnc.setdefault(name, [])
        if number in held:
            if len(digits(asked.get("phone_number", ""))) > len(number):
                return broken(self._settings)
            return said(line("ERROR", "add_dnc_phone", "DNC NUMBER ALREADY EXISTS", user.user, number))
        held.append(number)
        exchange.changed(do="add_dnc", list=name, phone_number=number)
        return said(line("SUCCESS", "add_dnc_phone", "DNC NUMBER HAS BEEN ADDED", user.user, number))

    def delete(self, user: User, asked: Mapping[str, str], exchange: Exchange) -> Answer:
        """delete_dnc_phone."""
        number, name = self._told(asked)
        if number not in self._records.dnc.get(name, []):
            return said(line("ERROR", "delete_dnc_phone", "DNC NUMBER DOES NOT EXIST", user.user, number))
        self._records.dnc[name].remove(number)
        exchange.changed(do="delete_dnc", list=name, phone_number=number)
        return said(line("SUCCESS", "delete_dnc_phone", "DNC NUMBER HAS BEEN DELETED", user.user, number))

    def check(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """check_phone_number: what is not asked in the right way is not looked for."""
        number = digits(asked.get("phone_number", ""))
        if not 6 <= len(number) <= 16:
            return said(line("ERROR", "check_phone_number", "INVALID PHONE NUMBER LENGTH", user.user, number))
        if asked.get("local_call_time") != self._settings["call_time"]:
            return said(line("ERROR", "check_phone_number", "THIS IS NOT A VALID CALL TIME", user.user))
        system = self._records.dnc[SYSTEM]
        area = f"{number[:3]}{_AREA_CODE}" in system
        if (asked.get("dnc_check") in ("Y", "AREACODE") and number in system) or (
            asked.get("dnc_check") == "AREACODE" and area
        ):
            return said(line("ERROR", "check_phone_number", "PHONE NUMBER IN DNC", number, user.user))
        if asked.get("campaign_dnc_check") == "Y" and number in self._list_of(asked.get("campaign_id", "")):
            return said(line("ERROR", "check_phone_number", "PHONE NUMBER IN CAMPAIGN DNC", number, user.user))
        return said(f"AREACODE: {number[:1]}|-5.00#PHONE: {number}|-5.00|\n")

    def _list_of(self, campaign_id: str) -> list[str]:
        """Return the list that a campaign reads, which may be another campaign's."""
        campaign = self._records.campaigns.get(cleaned(campaign_id))
        other = campaign.other_campaign_dnc if campaign and self._settings["other_campaign_dnc"] else ""
        return self._records.dnc.get(other or cleaned(campaign_id), [])

    def _told(self, asked: Mapping[str, str]) -> tuple[str, str]:
        """Return number and list; the word for the system's list counts in capitals alone."""
        name = cleaned(asked.get("campaign_id", ""))
        return digits(asked.get("phone_number", ""))[:18], name if name == SYSTEM else name[:8]
