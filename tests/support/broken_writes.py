# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults after which it is unknown whether a write was applied."""

from __future__ import annotations

from typing import Any


def broken_writes(**cut: Any) -> list[dict[str, Any]]:
    """Return faults of the sandbox; ``cut`` adds keys to the fault that cuts the answer, such as its status."""
    return [
        {"do": "reset"},
        {"do": "close"},
        {"do": "cut", **cut},
        {"do": "hang"},
        {"do": "status", "status": 500},
        {"do": "status", "status": 502},
        {"do": "status", "status": 503},
        {"do": "status", "status": 504},
        {"do": "status", "status": 503, "headers": {"Retry-After": "0"}},
        {"do": "status", "status": 408},
    ]


def fault_name(fault: dict[str, Any]) -> str:
    """Return a test id for a fault."""
    return "-".join(map(str, fault.values()))[:40]
