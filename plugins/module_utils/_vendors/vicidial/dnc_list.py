# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial, the do-not-call lists: that of the system, and one for each campaign.

A check that is not asked in exactly the right way answers as for "not on the list". So "on it" is the phrase that says
so, "not on it" is the very number coming back, and everything else is neither.
"""

from __future__ import annotations

import re
import threading

from ..._core.errors import OutboundError
from .answers import says
from .api import Api
from .campaigns import find_campaign

LONGEST_CHECKED = 16
"""Digits of a number that can be checked; more can be added, and could not be proved."""

CALL_TIME = {"type": "str", "default": "24hours"}
SYSTEM = "SYSTEM_INTERNAL"
AREA_CODES = "AREACODE"
_BACK = re.compile(r"AREACODE: .*#PHONE: ([0-9]+)\|")


class DncLists:
    """The lists as one task checks them; of campaigns it is known once that they are there. Safe for threads."""

    def __init__(self, call_time: str) -> None:
        """Keep what the site calls a call time that exists, which every check needs."""
        self._call_time = call_time
        self._lock = threading.Lock()
        self._campaigns: set[str] = set()

    def is_listed(self, api: Api, phone_number: str, campaign_id: str | None, system: str = "Y") -> bool:
        """Tell whether a number is on a campaign's list, or on that of the system, with area codes or without."""
        if campaign_id is None:
            asked, phrase = {"dnc_check": system}, "PHONE NUMBER IN DNC"
        else:
            self._insist_on(api, campaign_id)
            asked, phrase = {"campaign_dnc_check": "Y", "campaign_id": campaign_id}, "PHONE NUMBER IN CAMPAIGN DNC"
        try:
            response = api.read(
                "check_phone_number",
                phone_number=phone_number,
                phone_code="1",
                local_call_time=self._call_time,
                **asked,
            )
        except OutboundError as error:
            if says(error, phrase):
                return True
            raise
        found = _BACK.match(response.text())
        if found is None or found[1] != phone_number:
            raise response.unexpected("the check says neither that the number is on the list nor that it is not")
        return False

    def _insist_on(self, api: Api, campaign_id: str) -> None:
        """Raise where there is no such campaign: a check of its list would say "not on it"."""
        with self._lock:
            if campaign_id not in self._campaigns:
                find_campaign(api, campaign_id)
                self._campaigns.add(campaign_id)
