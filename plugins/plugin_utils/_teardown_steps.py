# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The steps of one target, told from the modules' results: what would be, and what was, stopped, cleared, started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._teardown_data import Document

_DONE = {"stop": "stopped", "start": "started"}
_RESULTS = {"stop": "stop_results", "start": "restart_results"}


def planned(account: Mapping[str, Any], result: Mapping[str, Any] | None) -> Document:
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
    stop, start = switched(account, "stop", identity), switched(account, "start", identity)
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


def carried_out(account: Mapping[str, Any], identity: Any, result: Mapping[str, Any] | None) -> list[str]:
    """Return what was done to one target, in order; a step that did not end well says how it ended."""
    sent = result is not None and result.get("attempts")
    clear = [str(result.get("outcome"))] if result is not None and sent else []
    return [*_told(account, "stop", identity), *clear, *_told(account, "start", identity)]


def switched(account: Mapping[str, Any], verb: str, identity: Any) -> Document | None:
    """Return the result of stopping or starting a target's campaign; of several the one that changed something."""
    campaign = identity.get("campaign_id") if isinstance(identity, Mapping) else None
    if campaign is None:
        return None
    found: list[Document] = [
        item
        for item in account.get(_RESULTS[verb]) or ()
        if item and str((item.get("target") or {}).get("campaign_id")) == str(campaign)
    ]
    return next((item for item in found if item.get("outcome") != "unchanged"), found[0] if found else None)


def error_of(message: Any) -> Document:
    """Return a text in the form of a result's error."""
    return {"kind": None, "status": None, "code": None, "message": str(message)}


def _told(account: Mapping[str, Any], verb: str, identity: Any) -> list[str]:
    result = switched(account, verb, identity)
    if result is None or result.get("outcome") == "unchanged":
        return []
    outcome = result.get("outcome")
    return [_DONE[verb] if outcome in ("changed", "accepted") else f"{verb}_{outcome}"]
