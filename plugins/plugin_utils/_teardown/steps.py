# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The steps of one target: stop, clear and start, as previewed and as carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...module_utils._core.outcomes import Outcome
from .documents import Document

_STEP_NAMES = {
    "stop": {"changed": "stopped", "accepted": "stopped", "would_change": "would_stop"},
    "start": {"changed": "started", "accepted": "started", "would_change": "would_start"},
}


NOT_DONE = (Outcome.FAILED, Outcome.REFUSED, Outcome.NOT_SENT)
"""Outcomes that say of one try that nothing was carried out, and nothing of an earlier try."""


class StateChanges:
    """The results of stopping and starting the campaigns of one account, which may have thousands, by campaign."""

    def __init__(self, stops: Iterable[Document] = (), starts: Iterable[Document] = ()) -> None:
        self._found: dict[tuple[str, str], Document] = {}
        self._open: set[tuple[str, str]] = set()
        self._left_open: set[tuple[str, str]] = set()
        for step, results in (("stop", stops), ("start", starts)):
            for result in results:
                self.add(step, result)

    def add(self, step: str, result: Document) -> bool:
        """Add a result; of several about one campaign, the one that changed something counts.

        Return False if it leaves in doubt what an earlier start of the run left open.
        """
        key = (step, str((result.get("target") or {}).get("campaign_id")))
        if key in self._left_open and result.get("outcome") in NOT_DONE:
            return False
        if key not in self._found or key in self._open or self._found[key].get("outcome") == "unchanged":
            self._found[key] = result
        self._open.discard(key)
        self._left_open.discard(key)
        return True

    def begin(self, step: str, target: Mapping[str, Any]) -> None:
        """Record that a step was begun: in doubt until it ends, or until its campaign was cleared."""
        error = error_of("the journal has it as begun, and no end")
        self.add(step, {"target": target, "outcome": Outcome.IN_DOUBT, "error": error})
        self._open.add((step, str(target.get("campaign_id"))))

    def start_over(self) -> None:
        """Record that the run is started once more."""
        self._left_open |= self._open

    def settle(self, campaign: str) -> None:
        """Settle a stop in doubt: the campaign was cleared, and a running campaign cannot be cleared."""
        if ("stop", campaign) in self._open:
            self._open.discard(("stop", campaign))
            self._left_open.discard(("stop", campaign))
            del self._found["stop", campaign]

    def of(self, step: str, identity: Any) -> Document | None:
        """Return the result about a target's campaign."""
        campaign = identity.get("campaign_id") if isinstance(identity, Mapping) else None
        return None if campaign is None else self._found.get((step, str(campaign)))

    def step_names(self, step: str, identity: Any) -> list[str]:
        """Return the step in one word, where there was one; one that did not end well says how it ended."""
        result = self.of(step, identity)
        if result is None or result.get("outcome") == "unchanged":
            return []
        outcome = str(result.get("outcome"))
        return [_STEP_NAMES[step].get(outcome, f"{step}_{outcome}")]


def planned(result: Mapping[str, Any] | None, changes: StateChanges, why_not: Document) -> Document:
    """Return the preview of one target; ``why_not`` is the error of a target without a result."""
    if result is None:
        result = {"outcome": Outcome.FAILED, "error": why_not}
    identity = result.get("target")
    outcome = result.get("outcome")
    steps = []
    if outcome == "would_clear":
        steps = [*changes.step_names("stop", identity), "would_clear", *changes.step_names("start", identity)]
    selected = result.get("selected")
    return {
        "vendor_name": result.get("campaign_name"),
        "identity": identity,
        "pending": result.get("pending_before"),
        "steps": steps,
        "outcome": outcome,
        "error": result.get("error"),
        **({"seen": [item.get("event_id") for item in selected]} if isinstance(selected, list) else {}),
    }


def carried_out(changes: StateChanges, identity: Any, result: Mapping[str, Any] | None) -> list[str]:
    """Return the steps that were carried out on one target, in order."""
    clear = []
    if result is not None and (result.get("attempts") or result.get("outcome") == Outcome.WOULD_CLEAR):
        clear = [str(result["outcome"])]
    return [*changes.step_names("stop", identity), *clear, *changes.step_names("start", identity)]


def error_of(message: Any) -> Document:
    """Return a text in the form of a result's error."""
    return {"kind": None, "status": None, "code": None, "message": str(message)}
