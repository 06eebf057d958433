# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""How values of plan and evidence are shown to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def format_count(number: Any) -> str:
    """Return a count as a person reads it: what is not known is never shown as 0."""
    return "unknown" if number is None else f"{number:,}" if isinstance(number, int) else str(number)


def format_value(value: Any) -> str:
    """Return a value of a target or result as a person reads it, on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={format_value(item)}" for key, item in value.items())
    if isinstance(value, list):
        return " ".join(map(format_value, value))
    return str(value)


def given_name(target: Mapping[str, Any]) -> str:
    """Return what people, or else the vendor, call a target; empty where it has no name."""
    return str(target.get("name") or target.get("vendor_name") or target.get("campaign_name") or "")


def display_name(target: Mapping[str, Any]) -> str:
    """Return a target's name, or its ids where it has none."""
    ids = target.get("identity") or target.get("target") or {}
    # A phone number tells records of one list apart, so it comes first where a name is cut short.
    ordered = dict(sorted(ids.items(), key=lambda item: item[0] != "phone_number"))
    return given_name(target) or format_value(ordered)
