# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox, phone numbers: the do-not-call list first, then the records of all campaigns, then both looked up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from ..._core.account_steps import Calls, PlannedTarget, Result, Target
from ..._core.number_outcomes import CANCEL, CANCEL_PARTS, HANG_UP, LOOK, SUPPRESS
from ..._core.number_steps import NumberSettings, NumberStep, NumberSteps
from ..._core.outcomes import Outcome
from .record import DO_NOT_CALL
from .steps import Steps as CampaignSteps

_MOST_REQUESTS = {SUPPRESS: 4, CANCEL: 3, LOOK: 1}
_RECORDS = NumberStep("wolkvox_record", {"state": "do_not_call"})


class Steps(NumberSteps):
    """Suppress and mark numbers."""

    CAMPAIGNS = CampaignSteps
    NUMBER_STEPS: ClassVar = {
        SUPPRESS: NumberStep("wolkvox_dnc", {"state": "present", "type_call": "outbound"}),
        CANCEL: _RECORDS,
        HANG_UP: ("wolkvox hangs up by agent, and does not say which agent talks to a number. The agent can hang up"),
        LOOK: _RECORDS,
    }

    def cost(self, targets: Sequence[Target]) -> str:
        """Say how many requests it takes: each counts against the quota of the day."""
        steps = Counter(target["step"] for target in targets if "why" not in target)
        most = sum(_MOST_REQUESTS[step] * number for step, number in steps.items())
        return f"up to about {most:,} requests of the day's quota, and half of that where nothing has to be changed"

    def carry_out(self, calls: Calls, step: str, targets: Sequence[PlannedTarget]) -> list[Result]:
        """Call the module of a step. Records that cannot be marked do not keep those of other campaigns from it."""
        results = super().carry_out(calls, step, targets)
        if step == CANCEL:
            for target, result in zip(targets, results, strict=True):
                if campaigns := _markable(result):
                    calls.note(step, [target.place], [self._in_parts(calls, target, result, campaigns)])
        return results

    def _in_parts(self, calls: Calls, target: PlannedTarget, refused: Result, campaigns: Sequence[str]) -> Result:
        """Mark the records of these campaigns; return the refusal of the others, with what was done."""
        number = target.options["phone_number"]
        parts = [{"phone_number": number, "campaign_id": campaign} for campaign in campaigns]
        places = [target.place] * len(parts)
        done = calls.write(CANCEL_PARTS, _RECORDS.module, places, targets=parts, **_RECORDS.options)
        told = ", ".join(f"{part['target']['campaign_id']} {part['outcome']}" for part in done)
        error = {**refused["error"], "message": f"{refused['error']['message']}. Campaign by campaign: {told}"}
        sums = {name: sum(part[name] for part in done) for name in ("attempts", "elapsed")}
        return {**refused, **sums, "changed": any(part["changed"] for part in done), "error": error}

    def look(self, calls: Calls, targets: Sequence[PlannedTarget], settings: NumberSettings) -> list[Result]:
        """Find the records again, and where numbers were suppressed, the numbers on the list."""
        return self.look_at_both(calls, targets, settings, "records")


def _markable(result: Result) -> list[str]:
    """Return the campaigns whose records can be marked, where the cancel of all was refused."""
    if result["outcome"] != Outcome.REFUSED:
        return []
    records = [record for record in result.get("records") or () if record["result"] != DO_NOT_CALL]
    return sorted({record["campaign_id"] for record in records if record["type_campaign"] == "predictive"})
