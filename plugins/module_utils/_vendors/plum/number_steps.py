# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plum, phone numbers: nothing can be stopped for one number; calls that are known by their ids are looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ..._core.account_steps import CallFailed, Calls, PlannedTarget, Result
from ..._core.number_outcomes import CANCEL, HANG_UP, LOOK, SUPPRESS, NumberOutcome
from ..._core.number_steps import NumberSettings, NumberStep, NumberSteps, looked, why_not_whole
from ..._core.phone_numbers import bare, may_be_one
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
        if message := why_not_whole(answer):
            raise CallFailed(message)
        missing = [str(each) for each in answer["missing"]]
        return [_judged(target, answer["calls"], missing) for target in targets]

    def check_places(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Raise CallFailed if call ids are no list: a text would be taken apart."""
        for index, place in enumerate(places):
            if not isinstance(place.get("call_ids", []), list):
                raise CallFailed(f"stop_number_places[{index}].call_ids takes a list, such as [{place['call_ids']!r}]")


def _judged(target: PlannedTarget, calls: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> Result:
    """Return what the calls of a target tell of its number: first what is sure, then what may be."""
    wanted = target.options["phone_number"]
    known = {str(each) for each in target.options["call_ids"]}
    open_ = [call for call in calls if call["call_id"] in known and call["phase"] != "ended"]
    unknown = [each for each in missing if each in known]
    return _of_number(target, open_, wanted) or _of_others(target, open_, wanted, unknown)


def _of_number(target: PlannedTarget, open_: Sequence[Mapping[str, Any]], wanted: str) -> Result | None:
    """Return what the calls with the very number tell; None if there are none."""
    mine = [call for call in open_ if bare(str(call["phone_number"] or "")) == bare(wanted)]
    if waiting := _ids(call for call in mine if call["phase"] != "in_progress"):
        words = f"queued for this number: {', '.join(waiting)}; {_ONLY_MEANS}"
        return looked(target, NumberOutcome.UNSUPPORTED, len(waiting), words, call_ids=waiting)
    if going := _ids(mine):
        return looked(target, NumberOutcome.IN_PROGRESS, len(going), "it goes on until it ends", call_ids=going)
    return None


def _of_others(
    target: PlannedTarget, open_: Sequence[Mapping[str, Any]], wanted: str, unknown: Sequence[str]
) -> Result:
    """Return what the other calls tell: whether one of them may be with the number."""
    if near := _ids(call for call in open_ if may_be_one(call["phone_number"] or "", wanted)):
        words = f"perhaps with this number, which Plum has in another form: {', '.join(near)}; {_ONLY_MEANS}"
        return looked(target, NumberOutcome.UNSUPPORTED, None, words, call_ids=near)
    if untold := [*_ids(call for call in open_ if not call["phone_number"]), *unknown]:
        words = f"Plum does not say with which number these calls are: {', '.join(untold)}"
        return looked(target, NumberOutcome.CANNOT_BE_READ, None, words, call_ids=untold)
    return looked(target, NumberOutcome.NOT_FOUND, 0)


def _ids(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    return [call["call_id"] for call in calls]
