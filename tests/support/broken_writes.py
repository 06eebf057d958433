# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may happen to a write so that its answer does not tell whether it was carried out."""

from __future__ import annotations

from typing import Any


def broken_writes(**cut: Any) -> list[dict[str, Any]]:
    """Return faults of the sandbox; ``cut`` says more of an answer that is cut, such as its status."""
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
    """Return a name for the test of one fault."""
    return "-".join(map(str, fault.values()))[:40]
