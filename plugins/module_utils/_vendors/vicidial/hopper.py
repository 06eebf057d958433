# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial, the hopper of a campaign: the leads that wait to be dialed next.

VICIdial shows rows in state READY alone: those that are about to be dialed, on the phone or on hold cannot be seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..._core.errors import unexpected_response
from .answers import unless
from .api import Api

MOST_ROWS = 10_000
"""VICIdial shows no more rows, and does not say that there are more."""

_ROW = re.compile(r"[0-9]+\t-?[0-9]+\t([0-9]+)\t")
"""hopper_order, priority, lead_id: what begins otherwise is the rest of a field with a line break in it."""


@dataclass(frozen=True)
class Hopper:
    """The leads that are READY in a campaign's hopper, in their order."""

    lead_ids: tuple[str, ...]

    @property
    def cut(self) -> bool:
        """Tell whether there may be more than VICIdial shows."""
        return len(self.lead_ids) >= MOST_ROWS

    @property
    def ready(self) -> int | None:
        """The number of leads; None where there may be more than VICIdial shows."""
        return None if self.cut else len(self.lead_ids)


def read_hopper(api: Api, campaign_id: str) -> Hopper:
    """Read a campaign's hopper, all rows that can be seen."""
    nothing = "THERE ARE NO LEADS IN THE HOPPER FOR THIS CAMPAIGN"
    found = unless(nothing, lambda: api.table("hopper_list", "hopper_order", campaign_id=campaign_id))
    rows = [_ROW.match(row) for row in (found.rows if found else ())]
    # An empty hopper is a phrase of its own: what has the header alone, or an error of PHP behind it, broke off.
    if found and not (rows and rows[0]):
        raise unexpected_response(
            "the list of the hopper has no row behind its header, and does not say that it is empty"
        )
    return Hopper(tuple(row[1] for row in rows if row))
