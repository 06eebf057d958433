# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plum, phone numbers: nothing can be stopped for one number; calls that are known by their ids are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.account_steps import CallFailed, Calls, PlannedTarget, Result
from ..._core.number_outcomes import CANCEL, HANG_UP, LOOK, SUPPRESS, NumberOutcome
from ..._core.number_steps import NumberSettings, NumberStep, NumberSteps, looked
from ..._core.phone_numbers import bare
from .steps import Steps as CampaignSteps

_ONLY_MEANS = "plum_outbound_cancel, which cancels the whole queue, is the only means"


class Steps(NumberSteps):
    """Say what Plum cannot do, and look at the calls that are known."""

    CAMPAIGNS = CampaignSteps
    NUMBER_STEPS: ClassVar = {
        SUPPRESS: "Plum has no do-not-call list that a program can write to",
        CANCEL: f"Plum cannot cancel the calls of one number; {_ONLY_MEANS}",
        HANG_UP: "Plum cannot hang up a call",
        LOOK: NumberStep("plum_call_info", {}, ("call_ids",)),
    }

    def look(self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings) -> list[Result]:
        """Ask for every call that is known, and see which are with one of the numbers."""
        ids = dict.fromkeys(str(each) for target in targets for each in target.options["call_ids"])
        answer = calls.preview("plum_call_info", call_ids=list(ids))
        if answer.get("error"):
            raise CallFailed(str(answer["error"].get("message")))
        return [_judged(target, answer["calls"]) for target in targets]


def _judged(target: PlannedTarget, calls: Sequence[dict[str, Any]]) -> Result:
    wanted = bare(target.options["phone_number"])
    mine = [call for call in calls if bare(str(call.get("phone_number") or "")) == wanted]
    known = {str(each) for each in target.options["call_ids"]}
    left = {
        phase: [call["call_id"] for call in mine if call["phase"] == phase and call["call_id"] in known]
        for phase in ("pending", "unknown", "in_progress")
    }
    if waiting := left["pending"] + left["unknown"]:
        words = f"queued for this number: {', '.join(waiting)}; {_ONLY_MEANS}"
        return looked(target, NumberOutcome.UNSUPPORTED, len(waiting), words, call_ids=waiting)
    if going := left["in_progress"]:
        return looked(target, NumberOutcome.IN_PROGRESS, len(going), "it goes on until it ends", call_ids=going)
    return looked(target, NumberOutcome.NOT_FOUND, 0, "")
