# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The wolkvox do-not-call list: data model, parsing, and caching within a task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from ..._core import json_stream, options
from ..._core.client import Client
from ..._core.errors import OptionError, unexpected_response
from ..._core.http_messages import MIB
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.phone_numbers import bare
from .api import INFORMATION, MOST_RECORDS, Streamed, read, whole_number
from .campaigns import CachedLists

NUMBER: Spec = {
    "phone_number": {"type": "raw"},
    "type_call": {"type": "str", "choices": ["outbound", "inbound", "all"], "default": "outbound"},
}
BOTH = frozenset({"inbound", "outbound"})
_DIRECTIONS: Mapping[str, frozenset[str]] = {
    "outbound": frozenset({"outbound"}),
    "inbound": frozenset({"inbound"}),
    "inbound/outbound": BOTH,
    "all": BOTH,
}
# The vendor does not document whether the list of one type includes numbers blocked for all, or the list of all those
# of one type. So a number missing from one list is looked up in the others.
_LISTS: Mapping[str, tuple[str, ...]] = {
    "outbound": ("outbound", "all"),
    "inbound": ("inbound", "all"),
    "all": ("all", "outbound", "inbound"),
}
_MOST_BYTES = 64 * MIB
_SECONDS_FRESH = 10.0
"""Seconds for which a list is reused; after a change to a number, only lists started later count for it."""
_DIALED = re.compile(r"\+?[0-9]{1,20}")


@dataclass(frozen=True)
class Number:
    """A number, and the directions in which it is looked up."""

    phone_number: str
    type_call: str

    @classmethod
    def from_options(cls, options_: Params) -> Number:
        """Validate the number, or raise OptionError: some keywords in its place mean the whole list."""
        number = options.phone_number(options_, "phone_number")
        if not _DIALED.fullmatch(number):
            raise OptionError("phone_number", "must be as it is dialed: digits alone, with or without a + before them")
        return cls(number, options_["type_call"])

    @property
    def directions(self) -> frozenset[str]:
        """The directions that the option covers."""
        return _DIRECTIONS[self.type_call]

    def as_dict(self) -> dict[str, str]:
        """Return the number as options."""
        return {"phone_number": self.phone_number, "type_call": self.type_call}


@dataclass(frozen=True)
class Entry:
    """One entry of the list. It is temporary where its date is in the future."""

    phone_number: str
    type_call: str
    date: str
    temporary: bool = False

    @property
    def directions(self) -> frozenset[str]:
        """The directions that the entry blocks; raises OutboundError for an undocumented type."""
        found = _DIRECTIONS.get(self.type_call)
        if found is None:
            raise unexpected_response(f"the do-not-call list has the type {self.type_call!r}")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return the entry for results."""
        return asdict(self)


def blocked(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the directions that entries block permanently."""
    return frozenset().union(*(entry.directions for entry in entries if not entry.temporary))


@dataclass(frozen=True)
class Entries:
    """The entries of one number. ``cut`` means that a list may have been longer than the vendor sends."""

    entries: tuple[Entry, ...]
    cut: bool

    @property
    def blocked(self) -> frozenset[str]:
        """The directions that are permanently blocked."""
        return blocked(self.entries)


@dataclass
class _Listing(Streamed):
    began: float = -inf
    ended: float = -inf
    rows: int = 0
    entries: dict[str, list[Entry]] = field(default_factory=dict)


class DncList(CachedLists):
    """The list, read as rarely as possible: every request counts against the daily quota, and returns every number.

    Not thread-safe: requests with one token are sent one at a time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._listings: dict[str, _Listing] = {}

    def find(
        self, client: Client, number: Number, *, fresh: bool = False, enough: frozenset[str] | None = None
    ) -> Entries:
        """Return the entries of a number; stop reading lists once the directions in ``enough`` are blocked."""
        entries: dict[Entry, None] = {}
        cut = False
        for type_ in _LISTS[number.type_call]:
            listing = self._listing(client, type_, number, fresh=fresh)
            entries |= dict.fromkeys(listing.entries.get(number.phone_number, ()))
            cut = cut or listing.rows >= MOST_RECORDS
            if enough is not None and enough <= Entries(tuple(entries), cut).blocked:
                break
        return Entries(tuple(entries), cut)

    def _listing(self, client: Client, type_: str, number: Number, *, fresh: bool) -> _Listing:
        after, now = self.last_write(number.phone_number), client.clock.now()
        known = self._listings.get(type_)
        if fresh or known is None or known.began <= after or now - known.ended > _SECONDS_FRESH:
            known = self._listings[type_] = _read(client, type_)
        return known


def _read(client: Client, type_: str) -> _Listing:
    now = datetime.fromtimestamp(client.clock.date(), UTC)
    began = client.clock.now()

    def receive(chunks: Iterator[bytes]) -> _Listing:
        listing = _Listing(began=began)

        def take(row: Any, _text: str) -> None:
            entry = _entry(row, now)
            listing.rows += 1
            listing.entries.setdefault(entry.phone_number, []).append(entry)

        listing.head = json_stream.read_answer("the do-not-call list", chunks, ("data",), take)
        if isinstance(listing.head, dict) and isinstance(listing.head.get("data"), dict):
            take(listing.head["data"], "")
        return listing

    params = {"api": "get_dnc", "type": type_}
    response = read(client, INFORMATION, params, max_bytes=_MOST_BYTES, receive=receive)
    if response is None:
        return _Listing(began=began, ended=client.clock.now())
    listing = response.received
    if response.status != 200 or not isinstance(listing, _Listing) or not _has_data(listing.head):
        raise unexpected_response(
            "the answer has no do-not-call list, or its status is not 200", status=response.status
        )
    listing.ended = client.clock.now()
    return listing


def _has_data(head: Any) -> bool:
    if not isinstance(head, dict) or whole_number(head.get("code")) != 200:
        return False  # an empty list without the vendor's code does not prove that a number is missing
    return isinstance(head.get("data", ...), (list, dict, type(None)))


def _entry(row: Any, now: datetime) -> Entry:
    if not isinstance(row, Mapping) or not row.get("phone_number") or not row.get("type"):
        raise unexpected_response("an entry of the do-not-call list has no phone_number, or no type")
    date = "" if row.get("date_delete") is None else str(row["date_delete"])
    return Entry(bare(str(row["phone_number"])), str(row["type"]).strip().lower(), date, _ends(date, now))


def _ends(date: str, now: datetime) -> bool:
    """Return whether a date is in the future by more than a time zone: then it is the end of the entry."""
    digits = "".join(char for char in date if char.isdigit())[:8]
    if len(digits) < 8 or digits <= f"{now:%Y%m%d}":
        return False
    try:
        return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC) - now >= timedelta(days=1)
    except ValueError:
        return False
