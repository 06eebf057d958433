# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow, phone numbers: calls in progress are hung up; there is no list to put a number on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..._core.account_steps import Calls, PlannedTarget, Result
from ..._core.number_outcomes import CANCEL, HANG_UP, LOOK, SUPPRESS, NumberOutcome, module_options
from ..._core.number_steps import NumberSettings, NumberStep, NumberSteps, looked, why_not_whole
from ..._core.outcomes import Outcome
from .calls import PhoneCall, call_of
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
        """List the calls in progress once more, each extension once for all numbers."""
        asked = [module_options(target.options) for target in targets]
        answer = calls.preview("voipnow_phone_calls_info", targets=asked)
        if message := why_not_whole(answer):
            return [looked(target, Outcome.FAILED, None, message) for target in targets]
        there: dict[str, list[PhoneCall]] = {}
        for told in (*answer["calls"], *answer["near_misses"]):
            there.setdefault(told["extension"], []).append(call_of(told))
        return [_judged(target, there.get(target.options["extension"], ())) for target in targets]


def _judged(target: PlannedTarget, calls: Sequence[PhoneCall]) -> Result:
    number = target.options["phone_number"]
    if ids := [call.call_id for call in calls if call.party(number) is not None]:
        return looked(target, NumberOutcome.IN_PROGRESS, len(ids), "it goes on until it ends", call_ids=ids)
    if near := [call.call_id for call in calls if call.nearly(number)]:
        words = "a call in progress may be with the number, which is written in another form there"
        return looked(target, NumberOutcome.IN_PROGRESS, None, words, call_ids=near)
    return looked(target, NumberOutcome.NOT_FOUND, 0)
