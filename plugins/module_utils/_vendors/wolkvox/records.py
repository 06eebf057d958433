# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox records: search by phone number or customer, and verification of the matches."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._core import options
from ..._core.client import Client
from ..._core.errors import OptionError, unexpected_response
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.phone_numbers import bare
from .api import CAMPAIGN, MOST_RECORDS, as_rows, read, whole_number
from .export import ResultAliases

WHO: Spec = {"phone_number": {"type": "raw"}, "customer_id": {"type": "raw"}, "campaign_id": {"type": "raw"}}

_ANNOUNCED = re.compile(r"\s*([0-9]+) records? (?:were|was) found", re.IGNORECASE)


@dataclass(frozen=True)
class Who:
    """A phone number or a customer, in one campaign, or in all if it is None."""

    phone_number: str | None
    customer_id: str | None
    campaign_id: str | None

    @classmethod
    def from_options(cls, options_: Params) -> Who:
        """Validate whose records are meant, or raise OptionError: an empty selection never means everyone."""
        phone_number, customer_id, campaign_id = (options_[name] for name in WHO)
        if phone_number is None and customer_id is None:
            raise OptionError("phone_number", "is required; or customer_id")
        if phone_number is not None and customer_id is not None:
            raise OptionError("phone_number", "is mutually exclusive with customer_id")
        if isinstance(customer_id, str) and customer_id and (problem := unaddressable(customer_id)):
            raise OptionError("customer_id", problem)
        return cls(
            None if phone_number is None else options.phone_number(options_, "phone_number"),
            None if customer_id is None else options.required_text(options_, "customer_id"),
            None if campaign_id is None else options.path_id(options_, "campaign_id"),
        )

    def as_dict(self) -> dict[str, str]:
        """Return the selection as options."""
        return {name: value for name, value in vars(self).items() if value is not None}

    @property
    def person(self) -> tuple[str, str]:
        """A key that is equal for two spellings of one number."""
        if self.phone_number is not None:
            return "phone_number", bare(self.phone_number)
        return "customer_id", str(self.customer_id)

    def __str__(self) -> str:
        """Return the number or customer for messages."""
        return f"phone number {self.phone_number}" if self.phone_number is not None else f"customer {self.customer_id}"


@dataclass(frozen=True)
class Record:
    """One record as the vendor returned it; ``result`` is None if its word is unknown."""

    campaign_id: str
    customer_id: str
    result: str | None
    word: str
    attempts: int | None
    phone_numbers: tuple[str, ...]
    text: str
    """The record's JSON text, for a backup."""

    @property
    def key(self) -> tuple[str, str]:
        """Campaign and customer, by which the vendor addresses records."""
        return self.campaign_id, self.customer_id

    def as_dict(self, type_campaign: str | None) -> dict[str, Any]:
        """Return the record for results."""
        return {
            "campaign_id": self.campaign_id,
            "type_campaign": type_campaign,
            "customer_id": self.customer_id,
            "result": self.result or self.word,
            "attempts": self.attempts,
            "phone_numbers": list(self.phone_numbers),
        }


@dataclass(frozen=True)
class Found:
    """The matching records, and ``others`` that the vendor returned although they do not show the person."""

    records: tuple[Record, ...]
    others: tuple[Record, ...]


def find_records(client: Client, who: Who, aliases: ResultAliases) -> Found:
    """Search the records of a person, and verify what the vendor returns."""
    query = {"campaign_id": who.campaign_id, "customer_phone": who.phone_number, "customer_id": who.customer_id}
    params = {"api": "find_record", **{name: value for name, value in query.items() if value is not None}}
    response = read(client, CAMPAIGN, params)
    if response is None:
        return Found((), ())
    body = response.json()
    # An empty list without the vendor's code does not prove that there are no records.
    confirmed = isinstance(body, dict) and whole_number(body.get("code")) == 200
    rows = as_rows(body.get("data", ...)) if confirmed else ...
    if response.status != 200 or not isinstance(rows, list):
        raise unexpected_response("the answer has no list of records, or its status is not 200", status=response.status)
    _check_whole(body, rows, response.status)
    return _matching([_record(row, aliases, response.status) for row in rows], who)


def _matching(records: Iterable[Record], who: Who) -> Found:
    here = [record for record in records if who.campaign_id in (None, record.campaign_id)]
    shown = [record for record in here if _shows(record, who)]
    return Found(tuple(shown), tuple(record for record in here if record not in shown))


def unaddressable(customer_id: str) -> str | None:
    """Return why an id cannot be sent, or None: one that the vendor reads as several, or as all, would hit others."""
    if not customer_id.strip():
        return "is empty, so the record cannot be named"
    if "," in customer_id:
        return "has a comma, which the vendor takes for several ids"
    if "".join(filter(str.isalnum, unicodedata.normalize("NFKC", customer_id).casefold())) == "all":
        return "is the word that the vendor may take for all records"
    return None


def _check_whole(body: Any, rows: list[Any], status: int) -> None:
    """Raise OutboundError if records may be missing."""
    announced = _ANNOUNCED.match(str(body.get("msg"))) if isinstance(body, dict) else None
    if announced and int(announced[1]) != len(rows):
        raise unexpected_response(f"the vendor announced {announced[1]} records and sent {len(rows)}", status=status)
    if len(rows) >= MOST_RECORDS:
        raise unexpected_response(f"the vendor sends no more than {MOST_RECORDS} records, so some may be missing")


def _shows(record: Record, who: Who) -> bool:
    if who.phone_number is None:
        return record.customer_id == who.customer_id
    wanted = bare(who.phone_number)
    return any(bare(number) == wanted for number in record.phone_numbers)


def _record(row: Any, aliases: ResultAliases, status: int) -> Record:
    if not isinstance(row, Mapping) or not row.get("campaign_id") or "result" not in row:
        raise unexpected_response("a record has no campaign_id, or no result", status=status)
    customer = row.get("customer_id")
    return Record(
        campaign_id=str(row["campaign_id"]),
        customer_id="" if customer is None else str(customer),
        result=aliases.word(row["result"]),
        word=str(row["result"]),
        attempts=whole_number(row.get("calls")),
        phone_numbers=tuple(str(value) for name, value in row.items() if str(name).startswith("tel") and value),
        text=json.dumps(row),
    )
