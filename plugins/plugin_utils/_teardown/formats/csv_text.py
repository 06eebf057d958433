# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence as CSV: RFC 4180 with a byte order mark, every cell quoted, every row a record that stands alone.

No cell is one that a spreadsheet would take for a formula, or would read as another value than the one written.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..approval import approver_of
from ..documents import is_about_numbers, mapping_of
from ..formatting import format_value
from ..journal import TIMES

BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet reads UTF-8 as another encoding."""

RUN_COLUMNS = (
    *("run_id", "run_start", "run_end", "reason", "ticket", "requested_by", "approved_by", "approval_proved_by"),
    *("version", "plan_sha256"),
)
IDS = (
    *("campaign_id", "type_campaign", "result", "all_records"),
    *("application_id", "deployment_id", "survey_id", "instance_id"),
    *("campaign_name", "calling_list", "phone_number", "chain_attribute"),
    *("user_id", "extension", "event_id", "event_type", "all_events"),
)
"""Keys of a target that have a column of their own."""

COLUMNS = (
    *RUN_COLUMNS,
    *("account", "vendor", "product", "address", "login", "name", "vendor_name"),
    *IDS,
    *("target", "planned_pending", "outcome", "no_such_record", "needs_person", "changed"),
    *("steps", "unit", "pending_before", "pending_after", "verified", "attempts", "elapsed"),
    *TIMES,
    *("error_kind", "error_status", "error_code", "error_message", "vendor_said", "backup_file", "reference_id"),
)
NUMBER_COLUMNS = (
    *("run_id", "reason", "ticket", "requested_by", "version", "plan_sha256"),
    *("number", "account", "vendor", "product", "address", "step", "form", "rule", "also_means"),
    *("application_id", "campaign_name", "calling_list", "user_id", "extension"),
    *("outcome", "needs_person", "changed", "planned", "found", "left", "verified", "attempts"),
    *TIMES,
    *("error_kind", "message", "vendor_said", "reference_id"),
)
"""The columns of a run about phone numbers: a row is a step against one of them."""

_COUNTS = frozenset({"planned_pending", "pending_before", "pending_after", "planned", "found", "left"})
"""What is unknown of these is told so, and never empty."""

LONGEST_CELL = 32_000
"""Characters; spreadsheets take not many more. The whole text is in the evidence."""

_REMEMBERED = 65536
"""Texts; most of them stand in many rows."""

_CONTROLS = tuple("\t\r\n")
# A formula may stand at the start, behind blanks and quotes, and where a program splits at other marks than ours.
_START = re.compile(
    r"""(?P<blank>(?:\A|[;|\t\r\n])[\s"'\x00-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*)"""
    r"""(?P<sign>[=+\-@\uff0b\uff0d\uff1d\uff20]?)"""
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# What a spreadsheet reads as a number that it shows without its zeros or last digits, as a date, or as a time.
_READ_AS_ANOTHER_VALUE = re.compile(
    r"\s*(?:0\d[\d.,]*|\d{12,}|\d+(?:\.\d*)?e[+-]?\d+|\d+(?:[-/.]\d+){1,2}|\d+(?::\d+){1,2}"
    rf"|\d{{1,4}}[-/. ]?{_MONTH}(?:[-/. ]?\d{{1,4}})?|{_MONTH}[-/. ]?\d{{1,4}})\s*",
    re.IGNORECASE,
)


def csv_of(evidence: Mapping[str, Any]) -> str:
    """Return a line of names, and a line for each entry of the evidence."""
    run = mapping_of(evidence.get("run"))
    columns = NUMBER_COLUMNS if is_about_numbers(run) else COLUMNS
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    written = lru_cache(_REMEMBERED)(as_written)
    nothing = ["unknown" if column in _COUNTS else "" for column in columns]

    def cell(value: Any, empty: str) -> str:
        if value is None:
            return empty
        return written(value) if isinstance(value, str) else safe(format_value(value))

    about = _about(run)
    rows = (_values(entry, about) for entry in evidence.get("results") or ())
    writer.writerows(map(cell, map(row.get, columns), nothing) for row in rows)
    return text.getvalue()


def _about(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every row says of the run: a value for each of RUN_COLUMNS."""
    approved_by, proved_by = approver_of(run)
    times = {"run_start": run.get("start"), "run_end": run.get("end")}
    told = {**run, **times, "approved_by": approved_by, "approval_proved_by": proved_by}
    return {column: told.get(column) for column in RUN_COLUMNS}


def _values(entry: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each column for one entry; ``about`` are those of the run."""
    target, error, times = (entry.get(key) or {} for key in ("target", "error", "times"))
    pending = (entry.get("planned") or {}).get("pending")
    return {
        **entry,
        **about,
        **{column: target.get(column) for column in IDS},
        **{column: times.get(column) for column in TIMES},
        **dict.fromkeys(("planned_pending", "planned"), pending),
        "vendor_name": entry.get("campaign_name"),
        "form": target.get("phone_number"),
        "found": entry.get("pending_before"),
        "left": entry.get("pending_after"),
        "message": error.get("message"),
        "vendor_said": " / ".join(map(str, entry.get("vendor_said") or ())),
        **{f"error_{key}": error.get(key) for key in ("kind", "status", "code", "message")},
    }


def as_written(text: str) -> str:
    """Return text so that a spreadsheet shows it as it was written: with an apostrophe where it would change it."""
    return f"'{text}" if _READ_AS_ANOTHER_VALUE.fullmatch(text) else safe(text)


def safe(text: str) -> str:
    """Return the text with an apostrophe wherever a program could begin a formula, cut where no cell could hold it."""
    cut = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
    guarded = _START.sub(_guard, cut)
    return f"'{guarded}" if guarded[:1] in _CONTROLS else guarded


def _guard(match: re.Match[str]) -> str:
    return f"{match['blank']}'{match['sign']}" if match["sign"] else match["blank"]
