# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial, the leads: found by number, read by id, with their callbacks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._core.errors import FailureClass, OutboundError, unexpected_response
from .answers import Table, unless
from .api import Api

LONGEST_SEARCHED = 18
"""Digits of a number that can be searched for."""

_MOST_FOUND = 100_000
"""Leads that one search returns at most: without that VICIdial stops at 1,000, and shows what is left as none."""

_FIELDS = ("status", "list_id", "phone_number")
_PASSING = (FailureClass.CONNECT_FAILED, FailureClass.THROTTLED, FailureClass.INTERRUPTED)
_LIST_ID = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Lead:
    """One lead. ``status`` is None where VICIdial does not show the lead, such as one whose list was deleted."""

    lead_id: str
    status: str | None = None
    list_id: str | None = None
    phone_number: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    """Its other columns; none where one of them breaks the answer that has them all."""


def find_leads(api: Api, phone_number: str) -> list[str]:
    """Return the ids of the leads whose number is exactly this text; a lead's other numbers are not searched."""
    fields = {"phone_number": phone_number, "records": str(_MOST_FOUND)}
    response = unless("NO MATCHES FOUND IN THE SYSTEM", lambda: api.read("lead_search", **fields))
    if response is None:
        return []
    found = [line.split("|") for line in response.text().split("\n") if line.startswith(f"{phone_number}|")]
    ids = found[0][2].strip().split("-") if len(found) == 1 and len(found[0]) >= 3 else []
    # A number that is shown with no lead is one beyond the end of the answer, not one that nobody has.
    if not ids or found[0][1] != str(len(ids)) or not all(each.isdecimal() and each.isascii() for each in ids):
        raise response.unexpected(
            "the answer to a search neither lists the leads of the number nor says that there are none"
        )
    if len(ids) >= _MOST_FOUND:
        raise unexpected_response(f"VICIdial lists no more than {_MOST_FOUND:,} leads, so some may be missing")
    return ids


def read_lead(api: Api, lead_id: str) -> Lead:
    """Read one lead; one that there is not is an OutboundError."""
    return unless("LIST NOT FOUND", lambda: _listed_lead(api, lead_id)) or Lead(lead_id)


def read_found_lead(api: Api, lead_id: str) -> Lead:
    """Read a lead that a search found; one that this user may not read is there all the same."""
    return unless("LEAD NOT FOUND", lambda: read_lead(api, lead_id)) or Lead(lead_id)


def _listed_lead(api: Api, lead_id: str) -> Lead:
    found = _whole_lead(api, lead_id)
    row = found.whole(found.rows[0]) if found and len(found.rows) == 1 else None
    if row is None:
        return _field_by_field(api, lead_id)
    if row.get("lead_id") != lead_id or not all(row.get(name) is not None for name in _FIELDS):
        raise unexpected_response(f"VICIdial was asked for lead {lead_id}, and shows another, or not all of it")
    return Lead(lead_id, row["status"], row["list_id"], row["phone_number"], row)


def _whole_lead(api: Api, lead_id: str) -> Table | None:
    """Read all columns of a lead; None where one of them breaks the answer, which it would do every time."""
    client = api.client
    once = Api(api.credentials, client.sibling(client.deadline.left(), retries=0))
    try:
        return once.table("lead_all_info", "status", lead_id=lead_id)
    except OutboundError as error:
        if error.failure_class not in _PASSING:
            raise
        if error.status == 500:
            return None
        client.clock.pause(min(error.pause or 0.0, client.deadline.left()))
    return api.table("lead_all_info", "status", lead_id=lead_id)


def _field_by_field(api: Api, lead_id: str) -> Lead:
    """Read a lead of which a field holds a tab, a line break or a quote, so that the whole cannot be read."""
    values = {name: _field(api, lead_id, name) for name in _FIELDS}
    if not _LIST_ID.fullmatch(values["list_id"]):
        raise unexpected_response(f"VICIdial shows lead {lead_id} with a list that is no number")
    return Lead(lead_id, values["status"], values["list_id"], values["phone_number"])


def _field(api: Api, lead_id: str, name: str) -> str:
    response = api.read("lead_field_info", lead_id=lead_id, field_name=name)
    value = response.text().strip()
    if not value or len(value) > 20 or not value.isprintable() or value.startswith("<"):
        raise response.unexpected(f"the answer is not the {name} of a lead")
    return value


def live_callbacks(api: Api, lead_id: str) -> int:
    """Count the callbacks of a lead that may still come due."""
    fields = {"lead_id": lead_id, "stage": "tab", "header": "YES"}
    response = unless("CALLBACK NOT FOUND", lambda: api.read("lead_callback_info", **fields))
    if response is None:
        return 0
    # Only a line that begins with the lead's id is a callback: a comment may hold line breaks.
    rows = [line.split("\t") for line in response.text().split("\n") if line.startswith(f"{lead_id}\t")]
    if not rows or any(len(row) < 5 for row in rows):
        raise response.unexpected("the answer has no callback of the lead, and does not say that there is none")
    return sum(row[3].strip() != "DEAD" for row in rows)
