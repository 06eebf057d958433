# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence of a run about phone numbers as CSV: a row a step, as safe for spreadsheets as that about campaigns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from ..formatting import format_value
from ..journal import TIMES
from .csv_text import BYTE_ORDER_MARK, as_written, safe

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
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    run = evidence.get("run") or {}
    writer.writerows([_cell(*cell) for cell in _row(entry, run).items()] for entry in evidence.get("results") or ())
    return text.getvalue()


def _row(entry: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    target, error, times = (entry.get(key) or {} for key in ("target", "error", "times"))
    known = {
        **{name: run.get(name) for name in _RUN},
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
    return {column: known.get(column, entry.get(column)) for column in COLUMNS}


def _cell(column: str, value: Any) -> str:
    if value is None and column in _COUNTS:
        return "unknown"
    return as_written(value) if isinstance(value, str) else safe(format_value(value))
