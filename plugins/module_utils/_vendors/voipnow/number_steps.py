# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow, phone numbers: calls in progress are hung up; there is no list to put a number on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..._core.account_steps import Calls, PlannedTarget, Result
from ..._core.number_outcomes import CANCEL, HANG_UP, LOOK, SUPPRESS, NumberOutcome
from ..._core.number_steps import NumberSettings, NumberStep, NumberSteps, looked
from .steps import Steps as CampaignSteps

_CALLS = NumberStep("voipnow_phone_calls", {"state": "absent"}, ("extension",), ("user_id",))


class Steps(NumberSteps):
    """Hang up the calls of numbers."""

    CAMPAIGNS = CampaignSteps
    PLACES = '{user_id: …, extension: "0003*210"}'
    NUMBER_STEPS: ClassVar = {
        SUPPRESS: (
            "VoipNow has no do-not-call list that a program can write to. An administrator can block the number with"
            " the Outgoing Call Rules of its panel"
        ),
        CANCEL: "VoipNow keeps no calls that are still to come: what dials through it has to be stopped where it dials",
        HANG_UP: _CALLS,
        LOOK: _CALLS,
    }

    def look(self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings) -> list[Result]:
        """List the calls in progress once more."""
        found = self._ask(calls, HANG_UP, [target.options for target in targets])
        return [_judged(target, result) for target, result in zip(targets, found, strict=True)]


def _judged(target: PlannedTarget, result: Result) -> Result:
    number = result.get("pending_before")
    if number:
        ids = [call["call_id"] for call in result.get("selected") or ()]
        return looked(target, NumberOutcome.IN_PROGRESS, number, "it goes on until it ends", call_ids=ids)
    near = [call["call_id"] for call in result.get("near_misses") or ()]
    if near:
        words = "a call in progress may be with the number, which is written in another form there"
        return looked(target, NumberOutcome.IN_PROGRESS, None, words, call_ids=near)
    if number is None:
        message = (result.get("error") or {}).get("message") or "the calls in progress were not listed"
        return looked(target, NumberOutcome.CANNOT_BE_READ, None, str(message))
    return looked(target, NumberOutcome.NOT_FOUND, 0)
