# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial in a run over many accounts: empty hoppers, of campaigns that were stopped."""

from __future__ import annotations

from typing import ClassVar

from ..._core.campaign_steps import CampaignSteps
from .hopper_clear import HopperClear


class Steps(CampaignSteps):
    """Empty hoppers."""

    OPERATION = HopperClear
    MODULE = "vicidial_hopper_clear"
    SWITCH = "vicidial_campaign"
    INFO = "vicidial_campaign_info"
    WATCH_OPTIONS: ClassVar = {"allow_running": True, "always": False}
