# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The steps of one target, told from the modules' results: what would be, and what was, stopped, cleared, started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ._teardown_data import Document

_DONE = {"stop": "stopped", "start": "started"}


def planned(account: Mapping[str, Any], result: Mapping[str, Any] | None) -> Document:
    """Return what check mode said of one target of an account; None where the module had no result at all."""
    if result is None:
        message = account.get("error") or "the module gave no result"
        return {
            "vendor_name": None,
            "identity": None,
            "pending": None,
            "steps": [],
            "outcome": "failed",
            "error": plain_error(message),
        }
    stop = _switch(account.get("stop_results"), result)
    start = _switch(account.get("restart_results"), result)
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
        "identity": result.get("target"),
        "pending": result.get("pending_before"),
        "steps": steps,
        "outcome": outcome,
        "error": error,
    }


def carried_out(account: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """Return what was done to one target, in order; a step that did not end well says how it ended."""
    steps = _told("stop", _switch(account.get("stop_results"), result))
    if result.get("attempts"):
        steps.append(str(result.get("outcome")))
    return steps + _told("start", _switch(account.get("restart_results"), result))


def plain_error(message: Any) -> Document:
    """Return a text in the form of a result's error."""
    return {"kind": None, "status": None, "code": None, "message": str(message)}


def _told(verb: str, result: Mapping[str, Any] | None) -> list[str]:
    if result is None or result.get("outcome") == "unchanged":
        return []
    outcome = result.get("outcome")
    return [_DONE[verb] if outcome in ("changed", "accepted") else f"{verb}_{outcome}"]


def _switch(results: Iterable[Mapping[str, Any] | None] | None, result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the result about the same campaign; of several the one that changed something."""
    campaign = str((result.get("target") or {}).get("campaign_id"))
    found = [item for item in results or () if item and str((item.get("target") or {}).get("campaign_id")) == campaign]
    return next((item for item in found if item.get("outcome") != "unchanged"), found[0] if found else None)
