# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Campaigns in a run over many accounts: stop running campaigns to be cleared, wait, clear, start them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .account_steps import AccountSteps, CallFailed, Calls, PlannedTarget, Preview, Result, StepSettings, Target
from .outcomes import CLEAR, CONFIRMED, Outcome


class CampaignSteps(AccountSteps):
    """Clear campaigns. The module that clears tells a campaign's ``status``, and takes ``allow_running``."""

    SWITCH: ClassVar[str]
    """The module that starts and stops a campaign."""

    INFO: ClassVar[str]
    """The module that lists campaigns."""

    def settled_options(self, settings: StepSettings) -> dict[str, Any]:
        """Return options of a clear that the run's settings say."""
        return {}

    def preview(self, calls: Calls, targets: Sequence[Target], settings: StepSettings) -> Preview:
        """Evaluate the guards of the clear as if running campaigns were stopped, as they will be."""
        asked = [_as_stopped(target) for target in targets] if settings.stop_running else list(targets)
        results = calls.preview(self.MODULE, targets=asked, **self.settled_options(settings))["results"]
        running = _running(results) if settings.stop_running else []
        return Preview(
            list(results),
            stops=[_would_change(campaign, "stopped") for campaign in running],
            starts=[_would_change(campaign, "started") for campaign in running if settings.start_again],
        )

    def pin(self, target: PlannedTarget) -> Target:
        """Require the campaign name that the plan showed."""
        name = target.row.get("vendor_name")
        return {**target.options, **({"campaign_name": name} if name else {})}

    def apply(self, calls: Calls, targets: Sequence[PlannedTarget], settings: StepSettings, journal: Any) -> None:
        """Apply the plan; stop and start only the campaigns that it lists."""
        pinned = {target.place: self.pin(target) for target in targets}
        stoppable = {_campaign(target.options) for target in targets if "would_stop" in target.row.get("steps", ())}
        if stoppable:
            self._stop(calls, [pinned[target.place] for target in targets], stoppable, settings)
        results: list[Result] = []
        if targets and not calls.stopped:
            results = calls.write(
                CLEAR, self.MODULE, list(pinned), targets=list(pinned.values()), **self.settled_options(settings)
            )
        if settings.start_again and not calls.stopped:
            self._start(calls, results, journal)

    def _stop(self, calls: Calls, targets: Sequence[Target], stoppable: set[str], settings: StepSettings) -> None:
        """Stop running campaigns to be cleared; if reading fails, return and let the clear report the error."""
        try:
            campaigns = calls.preview(self.INFO, campaign_ids=sorted(stoppable))["campaigns"]
            running = {item["campaign_id"] for item in campaigns if item["status"] != "stopped"}
            asked = [_as_stopped(target) for target in targets if _campaign(target) in running]
            if not asked:
                return
            guards = calls.preview(self.MODULE, targets=asked, **self.settled_options(settings))["results"]
        except CallFailed:
            return
        wanted = [{"campaign_id": campaign, "state": "stopped"} for campaign in _running(guards)]
        if wanted and not calls.stopped:
            results = calls.write("stop", self.SWITCH, [], targets=wanted)
            if any(result["changed"] for result in results):
                calls.pause(settings.settle_seconds)

    def _start(self, calls: Calls, results: Iterable[Result], journal: Any) -> None:
        """Start campaigns that this run stopped and proved clear. Others stay stopped: they would dial the rest."""
        not_clear = {_campaign(result["target"]) for result in results if result["outcome"] not in CONFIRMED}
        not_clear |= {
            _campaign(result.get("target") or {})
            for result in journal.results.values()
            if result.get("outcome") not in CONFIRMED
        }
        wanted = [{"campaign_id": campaign, "state": "started"} for campaign in sorted(journal.stopped - not_clear)]
        if wanted:
            calls.write("start", self.SWITCH, [], targets=wanted)


def _campaign(target: Mapping[str, Any]) -> str:
    return str(target.get("campaign_id"))


def _as_stopped(target: Target) -> Target:
    return {**target, "allow_running": True}


def _running(results: Iterable[Result]) -> list[str]:
    """Return the running campaigns to be cleared, without duplicates."""
    found = (
        _campaign(result["target"])
        for result in results
        if result["outcome"] == Outcome.WOULD_CLEAR and result.get("status") != "stopped"
    )
    return list(dict.fromkeys(found))


def _would_change(campaign: str, state: str) -> Result:
    return {"target": {"campaign_id": campaign, "state": state}, "outcome": Outcome.WOULD_CHANGE.value, "error": None}
