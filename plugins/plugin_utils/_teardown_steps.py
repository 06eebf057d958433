# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The steps of one target, told from the modules' results: what would be, and what was, stopped, cleared, started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._teardown_data import Document

_WORDS = {
    "stop": {"changed": "stopped", "accepted": "stopped", "would_change": "would_stop"},
    "start": {"changed": "started", "accepted": "started", "would_change": "would_start"},
}
_RESULTS = {"stop": "stop_results", "start": "restart_results"}


class Switches:
    """What was said of stopping and starting the campaigns of one account."""

    def __init__(self, account: Mapping[str, Any]) -> None:
        """Look the results up once: an account may have thousands."""
        self._found: dict[tuple[str, str], Document] = {}
        for verb, key in _RESULTS.items():
            for result in account.get(key) or ():
                self._add(verb, result)

    def of(self, verb: str, identity: Any) -> Document | None:
        """Return the result about a target's campaign; of several the one that changed something."""
        campaign = identity.get("campaign_id") if isinstance(identity, Mapping) else None
        return None if campaign is None else self._found.get((verb, str(campaign)))

    def told(self, verb: str, identity: Any) -> list[str]:
        """Return the step in one word, where there was one; one that did not end well says how it ended."""
        result = self.of(verb, identity)
        if result is None or result.get("outcome") == "unchanged":
            return []
        outcome = str(result.get("outcome"))
        return [_WORDS[verb].get(outcome, f"{verb}_{outcome}")]

    def _add(self, verb: str, result: Document) -> None:
        key = (verb, str((result.get("target") or {}).get("campaign_id")))
        if key not in self._found or self._found[key].get("outcome") == "unchanged":
            self._found[key] = result


def planned(account: Mapping[str, Any], switches: Switches, result: Mapping[str, Any] | None) -> Document:
    """Return what check mode said of one target of an account; None where the module had no result at all."""
    if result is None:
        return {
            "vendor_name": None,
            "identity": None,
            "pending": None,
            "steps": [],
            "outcome": "failed",
            "error": error_of(account.get("error") or "the module gave no result"),
        }
    identity = result.get("target")
    stop, start = switches.of("stop", identity), switches.of("start", identity)
    outcome, error = result.get("outcome"), result.get("error")
    if stop and stop.get("outcome") not in ("would_change", "unchanged"):
        outcome, error = stop.get("outcome"), stop.get("error")
    steps = []
    if outcome == "would_clear":
        stops = bool(stop and stop.get("outcome") == "would_change")
        starts = bool(start and (stops or start.get("outcome") == "would_change"))
        steps = [*["would_stop"] * stops, "would_clear", *["would_start"] * starts]
    return {
        "vendor_name": result.get("campaign_name"),
        "identity": identity,
        "pending": result.get("pending_before"),
        "steps": steps,
        "outcome": outcome,
        "error": error,
    }


def carried_out(switches: Switches, identity: Any, result: Mapping[str, Any] | None) -> list[str]:
    """Return what was done to one target, in order."""
    clear = []
    if result is not None and (result.get("attempts") or result.get("outcome") == "would_clear"):
        clear = [str(result["outcome"])]
    return [*switches.told("stop", identity), *clear, *switches.told("start", identity)]


def error_of(message: Any) -> Document:
    """Return a text in the form of a result's error."""
    return {"kind": None, "status": None, "code": None, "message": str(message)}
