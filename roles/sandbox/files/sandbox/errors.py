# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input from the command line, a seed file or a control request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_AT_ONCE = 100_000
"""Maximum number of calls, records or events that one command may create."""


class BadInput(ValueError):
    """Input is wrong; the message says what."""


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """Return the value if it is a mapping, or raise BadInput."""
    if not isinstance(value, Mapping):
        raise BadInput(f"{what} must be a mapping")
    return value


def amount(value: int, what: str) -> int:
    """Return the value if it is an allowed number of items, or raise BadInput."""
    if not 0 <= value <= MOST_AT_ONCE:
        raise BadInput(f"{what} must be from 0 to {MOST_AT_ONCE}, not {value}")
    return value
