# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plum in a run over many accounts: one call; planning verifies the credentials with one harmless read."""

from __future__ import annotations

from typing import ClassVar

from ..._core.account_steps import AccountSteps, Target
from .outbound_cancel import OutboundCancel


class Steps(AccountSteps):
    """Cancel queues."""

    OPERATION = OutboundCancel
    MODULE = "plum_outbound_cancel"
    PREVIEW_OPTIONS: ClassVar = {"probe": True}

    def can_watch(self, target: Target) -> bool:
        """Return whether the target has ids of calls to read."""
        return bool(target.get("call_ids"))
