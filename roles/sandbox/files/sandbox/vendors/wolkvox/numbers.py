# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of wolkvox by phone number or customer: searching, marking and removing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from .campaigns import CLEAN, Campaign, Record

_TELEPHONES = tuple(f"tel{number}" for number in range(1, 11))


def find(
    campaigns: Iterable[Campaign], asked: Mapping[str, str], settings: Mapping[str, Any]
) -> Iterator[tuple[Campaign, Record]]:
    """Yield the records that match campaign_id, customer_phone and customer_id."""
    obeyed = settings["find_filter"] == "obeyed"
    campaign_id, customer_id = asked.get("campaign_id"), asked.get("customer_id")
    places = [c for c in campaigns if campaign_id in (None, c.campaign_id) or not obeyed]
    if campaign_id is None and settings["find_scope"] == "one":
        places = places[:1]
    for campaign in places:
        for record in campaign.records:
            shown = record.shown(CLEAN)
            known = customer_id in (None, shown["id_cliente"])
            if not obeyed or (known and _has(shown, asked.get("customer_phone"), settings)):
                yield campaign, record


def _has(shown: Mapping[str, Any], phone: str | None, settings: Mapping[str, Any]) -> bool:
    fields = (*_TELEPHONES, "tel_extra") if settings["find_tel_extra"] else _TELEPHONES
    match = _MATCHES[settings["find_match"]]
    return phone is None or any(match(str(shown[name]), phone) for name in fields if shown[name])


def digits(number: str) -> str:
    """Return the digits of a phone number."""
    return "".join(char for char in number if char.isdigit())


_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "exact": lambda held, phone: held == phone,
    "digits": lambda held, phone: digits(held) == digits(phone),
    "suffix": lambda held, phone: digits(held).endswith(digits(phone)),
}


def row(campaign: Campaign, record: Record, clean_word: str) -> dict[str, Any]:
    """Return a record as find_record does, with English keys."""
    shown = record.shown(clean_word)
    options = {f"opt{number}": shown[f"opt{number}"] for number in range(1, 13)}
    return {
        "customer_name": shown["nombre_cliente"],
        "customer_last_name": shown["apellido_cliente"],
        "customer_id": shown["id_cliente"],
        "campaign_id": campaign.campaign_id,
        "result": shown["resultado"],
        "calls": shown["llamadas"],
        "conn_id": shown["id_call"],
        "date": shown["fecha"],
        **{name: shown[name] for name in _TELEPHONES},
        "tel_extra": shown["tel_extra"],
        **options,
    }


def mark(campaign: Campaign, customers: Collection[str], word: str) -> int:
    """Set a result for the records of these customers; return their number."""
    found = 0
    for index, record in enumerate(campaign.records):
        if record.shown(CLEAN)["id_cliente"] in customers:
            campaign.records[index] = Record(record.number, {**record.given, "resultado": word})
            found += 1
    return found


def numbers_of(campaign: Campaign, customers: Collection[str]) -> set[int]:
    """Return the numbers of these customers' records."""
    return {record.number for record in campaign.records if record.shown(CLEAN)["id_cliente"] in customers}
