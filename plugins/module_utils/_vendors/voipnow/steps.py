# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow in a run over many accounts: events that are not in the plan are not removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from ..._core.account_steps import AccountSteps, Calls, PlannedTarget, Result, StepSettings
from ..._core.outcomes import CLEAR, FAILURES
from .phonecall_events import PhoneCallEvents


class Steps(AccountSteps):
    """Remove phone call events."""

    OPERATION = PhoneCallEvents
    MODULE = "voipnow_phonecall_events"
    OPTIONS: ClassVar = {"state": "absent"}

    def watch(self, calls: Calls, targets: Sequence[PlannedTarget]) -> list[Result | None]:
        """Read the extensions again.

        Check mode shows an event only to the first target that selects it. So if an extension has events again, its
        targets that seem clear are read once more without the others.
        """
        found = super().watch(calls, targets)
        refilled = _with_events(targets, found, range(len(targets)))
        while again := [index for index in _clear(found) if _extension(targets[index]) in refilled]:
            results = super().watch(calls, [targets[index] for index in again])
            for index, result in zip(again, results, strict=True):
                found[index] = result
            refilled = _with_events(targets, found, again)
        return found

    def apply(self, calls: Calls, targets: Sequence[PlannedTarget], settings: StepSettings, journal: Any) -> None:
        """Read again, refuse targets that have events missing from the plan, and remove the rest.

        What cannot be read has ended by that: a later read could show events that the plan did not.
        """
        options = [target.options for target in targets]
        now = calls.preview(self.MODULE, targets=options, **self.OPTIONS)["results"] if options else []
        known = []
        for target, result in zip(targets, now, strict=True):
            if result["outcome"] in FAILURES:
                calls.note(CLEAR, [target.place], [result])
                continue
            new = {event["event_id"] for event in result.get("selected") or ()} - set(target.row.get("seen") or ())
            if new:
                calls.refuse(target.place, f"these events are not in the plan: {', '.join(sorted(new)[:5])}")
            else:
                known.append(target)
        super().apply(calls, known, settings, journal)


def _extension(target: PlannedTarget) -> str:
    return str(target.options.get("extension"))


def _clear(found: Sequence[Result | None]) -> list[int]:
    return [index for index, result in enumerate(found) if result is not None and result["pending_before"] == 0]


def _with_events(targets: Sequence[PlannedTarget], found: Sequence[Result | None], indexes: Iterable[int]) -> set[str]:
    """Return the extensions that have events again according to these targets."""
    return {_extension(targets[index]) for index in indexes if (found[index] or {}).get("pending_before")}
