# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow in a run over many accounts: events that the plan did not show are not removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.account_steps import AccountSteps, Calls, PlannedTarget, StepSettings
from .phonecall_events import PhoneCallEvents


class Steps(AccountSteps):
    """Remove phone call events."""

    OPERATION = PhoneCallEvents
    MODULE = "voipnow_phonecall_events"
    OPTIONS: ClassVar = {"state": "absent"}

    def apply(self, calls: Calls, targets: Sequence[PlannedTarget], settings: StepSettings, journal: Any) -> None:
        """Look once more, leave targets alone that have events which nobody approved, and remove the rest."""
        options = [target.options for target in targets]
        now = calls.preview(self.MODULE, targets=options, **self.OPTIONS)["results"] if options else []
        known = []
        for target, result in zip(targets, now, strict=True):
            new = {event["event_id"] for event in result.get("selected") or ()} - set(target.row.get("seen") or ())
            if new:
                calls.refuse(target.place, f"the plan did not show these events: {', '.join(sorted(new)[:5])}")
            else:
                known.append(target)
        super().apply(calls, known, settings, journal)
