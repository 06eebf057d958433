# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: on which do-not-call lists phone numbers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.query import Query
from .account import Vicidial
from .campaigns import campaign_id
from .dnc_list import AREA_CODES, CALL_TIME, LONGEST_CHECKED, DncLists
from .numbers import phone_number


class DncInfo(Query[str, "dict[str, Any]"]):
    """The lists that numbers are on."""

    account: Vicidial
    ACCOUNT = Vicidial
    OPTIONS: ClassVar[Spec] = {
        "phone_numbers": {"type": "list", "elements": "raw", "required": True},
        "campaign_ids": {"type": "list", "elements": "raw"},
        "system": {"type": "bool", "default": True},
        "call_time": CALL_TIME,
    }

    def __init__(self, account: Vicidial, params: Params) -> None:
        super().__init__(account, params)
        self._lists = DncLists(params["call_time"])
        self._campaigns = list(
            dict.fromkeys(campaign_id("campaign_ids", each) for each in params["campaign_ids"] or ())
        )
        if not (params["system"] or self._campaigns):
            raise OptionError("campaign_ids", "is required where system is false: no list is meant")

    def items(self) -> Sequence[str]:
        """Return the numbers, each once."""
        numbers = self.params["phone_numbers"]
        if not numbers:
            raise OptionError(
                "phone_numbers", "the list is empty; leave the task out where there is nothing to look for"
            )
        return list(dict.fromkeys(phone_number("phone_numbers", each, LONGEST_CHECKED) for each in numbers))

    def fetch(self, item: str, client: Client) -> dict[str, Any]:
        """Check one number on every list; an area code is asked for where the number itself is not listed."""
        api = self.account.api(client)
        system = self._lists.is_listed(api, item, None) if self.params["system"] else None
        return {
            "phone_number": item,
            "system": system,
            "area_code": self._lists.is_listed(api, item, None, AREA_CODES) if system is False else None,
            "campaigns": {each: self._lists.is_listed(api, item, each) for each in self._campaigns},
        }

    def result(self, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the numbers with their lists."""
        return {"numbers": list(answers)}
