# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox in a run over many accounts: clear campaigns, with a backup where the plan says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.account_steps import StepSettings, Target
from ..._core.campaign_steps import CampaignSteps
from .campaign_clear import CampaignClear


class Steps(CampaignSteps):
    """Clear campaigns."""

    OPERATION = CampaignClear
    MODULE = "wolkvox_campaign_clear"
    SWITCH = "wolkvox_campaign"
    INFO = "wolkvox_campaign_info"
    WATCH_OPTIONS: ClassVar = {"allow_running": True, "allow_do_not_call": True, "backup": False}

    def complete(self, targets: Sequence[Target], settings: StepSettings) -> list[Target]:
        """Add to each target whether a backup is made: that is part of the plan."""
        return [{"backup": settings.backup, **target} for target in targets]

    def settled_options(self, settings: StepSettings) -> dict[str, Any]:
        """Return where backups go."""
        return {"backup_dir": settings.backup_dir}
