# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shortens pauses: tests prove what follows a pause, and need not wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from ansible_collections.telephony.outbound.plugins.module_utils._core import operation, retry
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import campaign as wolkvox_campaign
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import (
    campaign_clear as wolkvox_campaign_clear,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import dnc as wolkvox_dnc
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import record as wolkvox_record

_RECHECK_DELAYS = (0.02, 0.05, 0.1)


@contextmanager
def short_pauses() -> Iterator[None]:
    """Shorten backoffs and the delays between checks; everything else is as in normal use."""
    changes: list[tuple[Any, str, Any]] = [
        (retry, "BACKOFF_FIRST", 0.02),
        (retry, "BACKOFF_LONGEST", 0.1),
        (operation.Operation, "RECHECK_DELAYS", (0.0, *_RECHECK_DELAYS)),
        (wolkvox_campaign_clear.CampaignClear, "RECHECK_DELAYS", _RECHECK_DELAYS),
        (wolkvox_campaign.CampaignState, "RECHECK_DELAYS", _RECHECK_DELAYS),
        (wolkvox_dnc.DncState, "RECHECK_DELAYS", _RECHECK_DELAYS),
        (wolkvox_record.RecordState, "RECHECK_DELAYS", _RECHECK_DELAYS),
    ]
    patches = [patch.object(*change) for change in changes]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
