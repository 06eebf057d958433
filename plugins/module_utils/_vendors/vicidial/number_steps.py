# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: the steps that stop a phone number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..._core.account_steps import Calls, PlannedTarget, Result
from ..._core.number_outcomes import CANCEL, HANG_UP, LOOK, SUPPRESS
from ..._core.number_steps import NumberSettings, NumberStep, NumberSteps
from .steps import Steps as CampaignSteps

_LEADS = NumberStep("vicidial_lead")


class Steps(NumberSteps):
    """Put numbers on the list of the system, and change their leads."""

    CAMPAIGNS = CampaignSteps
    NUMBER_STEPS: ClassVar = {
        SUPPRESS: NumberStep("vicidial_dnc", {"state": "present"}),
        CANCEL: _LEADS,
        HANG_UP: "VICIdial hangs up the call of an agent, and does not say which agent talks to a number",
        LOOK: _LEADS,
    }

    def look(self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings) -> list[Result]:
        """Find the leads again, and if numbers were suppressed, the numbers on the list."""
        return self.look_at_both(calls, targets, settings, "leads")
