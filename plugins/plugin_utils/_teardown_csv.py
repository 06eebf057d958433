# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence as CSV: RFC 4180, every cell quoted, and none that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from ._teardown_data import document, documents

COLUMNS = (
    *("account", "vendor", "product", "address", "login", "name", "vendor_name", "target", "outcome", "changed"),
    *("steps", "unit", "pending_before", "pending_after", "verified", "attempts", "elapsed"),
    *("error_kind", "error_status", "error_code", "error_message", "backup_file", "reference_id"),
)
_COUNTS = ("pending_before", "pending_after")
# A formula may stand at the start, behind quotes and white space, and where a program splits at other marks.
_FORMULA = re.compile(
    r"""(\A|[;|\t\r\n])([\s"'\x00-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])"""
)
_BLANK_START = re.compile(r"\A(?=[\t\r\n\x00-\x1f])")


def as_csv(evidence: Any) -> str:
    """Return a line of names and a line a target."""
    rows = documents(document(evidence, "evidence").get("results") or [], "results")
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells(row) for row in rows)
    return text.getvalue()


def cells(entry: Mapping[str, Any]) -> list[str]:
    """Return the cells of one entry."""
    error = entry.get("error") or {}
    flat = {
        **entry,
        "vendor_name": entry.get("campaign_name"),
        **{f"error_{key}": error.get(key) for key in ("kind", "status", "code", "message")},
    }
    return [
        safe("unknown" if column in _COUNTS and flat[column] is None else shown(flat.get(column))) for column in COLUMNS
    ]


def shown(value: Any) -> str:
    """Return a value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={shown(item)}" for key, item in value.items())
    if isinstance(value, list):
        return " ".join(map(shown, value))
    return str(value)


def safe(text: str) -> str:
    """Return the text with an apostrophe wherever a program could begin a formula."""
    return _BLANK_START.sub("'", _FORMULA.sub(r"\1\2'", text))
