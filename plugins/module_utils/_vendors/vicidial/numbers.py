# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial, phone numbers and lead ids: VICIdial drops every other character, and then looks for somebody else."""

from __future__ import annotations

import re
from typing import Any

from ..._core import options
from ..._core.errors import OptionError

_LEAD_ID = re.compile(r"[1-9][0-9]{0,9}")


def phone_number(name: str, value: Any, longest: int) -> str:
    """Return a phone number in the one form that VICIdial looks for, or raise OptionError."""
    found = options.phone_number({name: value}, name)
    if not re.fullmatch(f"[0-9]{{6,{longest}}}", found):
        raise OptionError(
            name,
            f"must be 6 to {longest} digits and nothing else, in the form in which this site stores numbers: VICIdial"
            " leaves a + out and compares the rest",
        )
    return found


def lead_id(name: str, value: Any) -> str:
    """Return a lead's id, or raise OptionError."""
    found = options.path_segment(name, value)
    if not _LEAD_ID.fullmatch(found):
        raise OptionError(name, "must be the digits of a lead's id")
    return found
