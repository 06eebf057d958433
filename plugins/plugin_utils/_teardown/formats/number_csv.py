# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence of a run about phone numbers as CSV: a row a step, as safe for spreadsheets as that about campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..journal import TIMES
from .csv_text import lines_of

_RUN = ("run_id", "reason", "ticket", "requested_by", "version", "plan_sha256")
_PLACE = ("application_id", "campaign_name", "calling_list", "user_id", "extension")
COLUMNS = (
    *_RUN,
    *("number", "account", "vendor", "product", "address", "step", "form", "rule", "also_means", *_PLACE),
    *("outcome", "needs_person", "changed", "planned", "found", "left", "verified", "attempts"),
    *TIMES,
    *("error_kind", "message", "vendor_said", "reference_id"),
)
_COUNTS = ("planned", "found", "left")


def number_csv_of(evidence: Mapping[str, Any]) -> str:
    """Return a line of names, and a line for each entry of the evidence."""
    run = evidence.get("run") or {}
    about = {name: run.get(name) for name in _RUN}
    return lines_of(COLUMNS, _COUNTS, (_values(entry, about) for entry in evidence.get("results") or ()))


def _values(entry: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    target, error, times = (entry.get(key) or {} for key in ("target", "error", "times"))
    return {
        **entry,
        **about,
        **{name: target.get(name) for name in _PLACE},
        **{name: times.get(name) for name in TIMES},
        "form": target.get("phone_number"),
        "planned": (entry.get("planned") or {}).get("pending"),
        "found": entry.get("pending_before"),
        "left": entry.get("pending_after"),
        "error_kind": error.get("kind"),
        "message": error.get("message"),
        "vendor_said": " / ".join(map(str, entry.get("vendor_said") or ())),
    }
