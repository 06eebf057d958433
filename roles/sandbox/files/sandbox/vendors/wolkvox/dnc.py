# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The do-not-call lists of wolkvox: that of the whole operation, and numbers blocked for some days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...errors import BadInput, mapping
from .numbers import digits

BOTH = frozenset({"inbound", "outbound"})
COVERS: Mapping[str, frozenset[str]] = {
    "inbound": frozenset({"inbound"}),
    "outbound": frozenset({"outbound"}),
    "inbound/outbound": BOTH,
    "all": BOTH,
}
"""The vendor's types, and the directions that each of them blocks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One number on the list."""

    phone_number: str
    type: str = "outbound"
    date: str = "2026-01-05 14:30:00"


@dataclass(slots=True)
class DoNotCall:
    """Both lists."""

    entries: list[Entry] = field(default_factory=list)
    for_days: list[Entry] = field(default_factory=list)
    """Numbers whose block ends on their date."""

    def rows(self, asked: str, settings: Mapping[str, Any]) -> list[Entry]:
        """Return what get_dnc returns for a type."""
        listed = [*self.entries, *(self.for_days if settings["dnc_days_listed"] else ())]
        if settings["dnc_type_filter"] == "own":
            return [entry for entry in listed if COVERS[entry.type] == COVERS[asked]]
        return [entry for entry in listed if asked == "all" or COVERS[entry.type] & COVERS[asked]]

    def add(self, numbers: Sequence[str], type_call: str, settings: Mapping[str, Any]) -> list[Entry]:
        """Add numbers to the list; return the new entries."""
        split = COVERS[type_call] == BOTH and settings["dnc_both"] == "two_rows"
        types = ("inbound", "outbound") if split else (type_call,)
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        stored = [digits(number) if settings["dnc_stored"] == "digits" else number for number in numbers]
        wanted = [Entry(number, type_, now) for number in stored for type_ in types]
        added = [entry for entry in wanted if not self._has(entry)]
        if settings["dnc_types"] == "one":
            # The vendor may keep one type for each number: the last one given.
            self.entries = [entry for entry in self.entries if entry.phone_number not in stored]
        self.entries += added
        return added

    def _has(self, wanted: Entry) -> bool:
        return any((entry.phone_number, entry.type) == (wanted.phone_number, wanted.type) for entry in self.entries)

    def taken_off(self, numbers: Sequence[str], type_call: str, settings: Mapping[str, Any]) -> list[Entry]:
        """Return what remove_dnc removes. The word "All" stands for every number."""
        every = any(number.lower() == "all" for number in numbers)
        own = settings["dnc_removal"] == "own"
        return [
            entry
            for entry in self.entries
            if (every or entry.phone_number in numbers)
            and (entry.type == type_call if own else bool(COVERS[entry.type] & COVERS[type_call]))
        ]

    def snapshot(self) -> dict[str, list[str]]:
        """Return number → types of the permanent list."""
        shown: dict[str, list[str]] = {}
        for entry in self.entries:
            shown.setdefault(entry.phone_number, []).append(entry.type)
        return {number: sorted(types) for number, types in shown.items()}


def from_seed(lasting: Any, for_days: Any) -> DoNotCall:
    """Build the lists from a seed: numbers, or mappings with phone_number, type, date, or days_block."""
    return DoNotCall(list(_entries(lasting)), list(_entries(for_days)))


def _entries(given: Any) -> Iterator[Entry]:
    if not isinstance(given or [], list):
        raise BadInput("a do-not-call list of wolkvox must be a list")
    for item in given or []:
        known = {"phone_number": item} if isinstance(item, str) else dict(mapping(item, "a do-not-call entry"))
        if "days_block" in known:
            end = datetime.now(UTC) + timedelta(days=int(known.pop("days_block")))
            known["date"] = f"{end:%Y-%m-%d %H:%M:%S}"
        try:
            entry = Entry(**known)
        except TypeError as error:
            raise BadInput("a do-not-call entry has phone_number, type, and date or days_block") from error
        if entry.type not in COVERS or not isinstance(entry.phone_number, str):
            raise BadInput(f"a do-not-call entry has text as number, and one of the types {', '.join(COVERS)}")
        yield entry
