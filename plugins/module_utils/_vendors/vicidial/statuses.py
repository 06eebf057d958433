# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial, the statuses of leads: VICIdial stores whatever it is given, and cuts it."""

from __future__ import annotations

import re

from ..._core.errors import OptionError

_STATUS = re.compile(r"[A-Z0-9_-]{1,6}")


def status_word(value: str | None) -> str:
    """Return a status that VICIdial stores as it is, or raise OptionError."""
    if value is None or not _STATUS.fullmatch(value):
        raise OptionError("status", "must be 1 to 6 capital letters, digits, _ and -")
    return value
