# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys, phone numbers: the do-not-call list of each campaign first, then the records of each calling list."""

from __future__ import annotations

from typing import ClassVar

from ..._core.account_steps import Target
from ..._core.number_outcomes import CANCEL, HANG_UP, LOOK, SUPPRESS
from ..._core.number_steps import NumberStep, NumberSteps
from .steps import Steps as CampaignSteps

_CAMPAIGN = ("application_id", "campaign_name")
_CHAIN = {"chain_attribute": "AllChain"}


class Steps(NumberSteps):
    """Suppress numbers and cancel their records."""

    CAMPAIGNS = CampaignSteps
    PLACES = "{application_id: 134, campaign_name: …, calling_list: …}"
    REPEATABLE = False
    NUMBER_STEPS: ClassVar = {
        # That a record is gone, which these patterns tell at a cancel, says nothing of the do-not-call list.
        SUPPRESS: NumberStep("genesys_do_not_call", {"already_gone_patterns": None}, _CAMPAIGN),
        CANCEL: NumberStep("genesys_record_cancel", {}, (*_CAMPAIGN, "calling_list"), also=_CHAIN),
        HANG_UP: "Genesys Web Services hang up the calls of the user who is logged in, and no others",
        LOOK: ("Genesys cannot be read: its acknowledgements are the proof. A call in progress goes on until it ends"),
    }

    def can_watch(self, target: Target) -> bool:
        """Tell that nothing can be read."""
        return False
