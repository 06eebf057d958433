# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys: put phone numbers on the do-not-call list, acknowledged over CometD."""

from __future__ import annotations

from ..._core.overlaps import Scope, part
from .outbound_records import OutboundRecords, Record


class DoNotCall(OutboundRecords):
    """Put phone numbers on the do-not-call list."""

    OPERATION = "DoNotCallRecord"
    ACKNOWLEDGMENT = "DoNotCallAcknowledge"
    REQUEST = "the do-not-call request"
    NOTE = (
        "whether the number is on the do-not-call list already cannot be read;"
        " only login, feature and device were checked"
    )
    UNIT = "numbers"
    OPTIONAL = frozenset({"calling_list"})
    ALREADY = "the number is on the do-not-call list"
    # Texts saying that a record is gone may confirm a cancel. They say nothing about the do-not-call list.
    OTHER_ERRORS = ("record not found", "no such record", "phone number not found")

    def scope(self, target: Record) -> Scope:
        """Cover the number in the campaign, or in one of its calling lists only."""
        names = target.names
        place = tuple(names[name] for name in ("application_id", "campaign_name", "phone_number"))
        lists = {name: names[name] for name in ("calling_list",) if name in names}
        # Keep the number itself out of messages.
        return Scope(place, f"this phone number in {names['campaign_name']}", (part(lists),))
