# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: the leads of phone numbers, and leads by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.options import Spec
from ..._core.query import Query
from .account import Vicidial
from .answers import unless
from .api import Api
from .leads import LONGEST_SEARCHED, Lead, find_leads, live_callbacks, read_found_lead, read_lead
from .numbers import lead_id, phone_number

_TOLD = ("phone_code", "called_count", "last_local_call_time", "vendor_lead_code")

Item = tuple[str, str]
"""``phone_number`` or ``lead_id``, and its value."""
Answer = tuple[Item, list[dict[str, Any]]]


class LeadInfo(Query[Item, Answer]):
    """Leads with status and callbacks."""

    account: Vicidial
    ACCOUNT = Vicidial
    OPTIONS: ClassVar[Spec] = {
        "phone_numbers": {"type": "list", "elements": "raw"},
        "lead_ids": {"type": "list", "elements": "raw"},
        "callbacks": {"type": "bool", "default": True},
    }

    def items(self) -> Sequence[Item]:
        """Return whose leads are asked for, each once."""
        numbers, ids = self.params["phone_numbers"], self.params["lead_ids"]
        if numbers is None and ids is None:
            raise OptionError("phone_numbers", "is required; or lead_ids")
        for name, value in (("phone_numbers", numbers), ("lead_ids", ids)):
            if value is not None and not value:
                raise OptionError(name, "the list is empty; leave the task out where there is nothing to look for")
        asked = [("phone_number", phone_number("phone_numbers", value, LONGEST_SEARCHED)) for value in numbers or ()]
        asked += [("lead_id", lead_id("lead_ids", value)) for value in ids or ()]
        return list(dict.fromkeys(asked))

    def fetch(self, item: Item, client: Client) -> Answer:
        """Find the leads, and read each of them."""
        api = self.account.api(client)
        kind, value = item
        if kind == "phone_number":
            return item, [self._told(api, read_found_lead(api, each), value) for each in find_leads(api, value)]
        lead = unless("LEAD NOT FOUND", lambda: read_lead(api, value))
        return item, [self._told(api, lead, lead.phone_number)] if lead else []

    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Return the leads, each once, and what was not found in the form that was asked for."""
        leads = {lead["lead_id"]: lead for _item, found in answers for lead in found}
        return {
            "leads": list(leads.values()),
            "missing": [{kind: value} for (kind, value), found in answers if not found],
        }

    def _told(self, api: Api, lead: Lead, number: str | None) -> dict[str, Any]:
        return {
            "lead_id": lead.lead_id,
            "phone_number": number,
            "list_id": lead.list_id,
            "status": lead.status,
            **{name: lead.more.get(name) for name in _TOLD},
            "callbacks": live_callbacks(api, lead.lead_id) if self.params["callbacks"] else None,
        }
