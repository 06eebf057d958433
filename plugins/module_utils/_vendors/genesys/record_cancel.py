# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys: cancel records of calling lists by phone number, acknowledged over CometD."""

from __future__ import annotations

from ..._core.overlaps import Scope
from .outbound_records import OutboundRecords, Record


class RecordCancel(OutboundRecords):
    """Cancel records of calling lists by phone number."""

    OPERATION = "CancelRecord"
    ACKNOWLEDGMENT = "RecordCancelAcknowledge"
    REQUEST = "the cancel"
    NOTE = (
        "whether the record exists and is not cancelled yet cannot be read; only login, feature and device were checked"
    )
    ALREADY = "the record is gone"
    UNIT = "records"

    def scope(self, target: Record) -> Scope:
        """Cover the record by its number, with or without its chain."""
        record = tuple(
            target.names[name] for name in ("application_id", "campaign_name", "calling_list", "phone_number")
        )
        # Keep the number itself out of messages.
        return Scope(record, f"the record of this phone number in {target.names['calling_list']}")
