# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Counts that may be unknown. The controller uses them too, which needs no code for requests."""

from __future__ import annotations

from collections.abc import Iterable


def number(count: int | None, unit: str) -> str:
    """Return a number with its unit; None is an unknown number."""
    return f"unknown {unit}" if count is None else f"{count} {unit}"


def sum_of_known(parts: Iterable[int | None]) -> int | None:
    """Return the sum; None if one of the parts is unknown."""
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total
