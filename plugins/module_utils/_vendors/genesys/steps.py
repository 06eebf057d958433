# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys in a run over many accounts: one call; a cancel without a known outcome is never sent again by itself."""

from __future__ import annotations

from ..._core.account_steps import AccountSteps, Target
from .record_cancel import RecordCancel


class Steps(AccountSteps):
    """Cancel records."""

    OPERATION = RecordCancel
    MODULE = "genesys_record_cancel"
    REPEATABLE = False

    def can_watch(self, target: Target) -> bool:
        """Return False: records cannot be read."""
        return False
