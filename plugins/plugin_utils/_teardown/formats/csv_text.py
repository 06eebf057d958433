# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence as CSV: RFC 4180, every cell quoted, and none that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..formatting import format_value

COLUMNS = (
    *(
        "account",
        "vendor",
        "product",
        "address",
        "login",
        "name",
        "vendor_name",
        "target",
        "outcome",
        "needs_person",
        "changed",
    ),
    *("steps", "unit", "pending_before", "pending_after", "verified", "attempts", "elapsed"),
    *("error_kind", "error_status", "error_code", "error_message", "backup_file", "reference_id"),
)
_COUNTS = ("pending_before", "pending_after")
LONGEST_CELL = 32_000
"""Characters; spreadsheets take not many more. The whole text is in the evidence."""

_CONTROLS = tuple("\t\r\n")
# A formula may stand at the start, behind blanks and quotes, and where a program splits at other marks than ours.
_START = re.compile(
    r"""(?P<blank>(?:\A|[;|\t\r\n])[\s"'\x00-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*)"""
    r"""(?P<sign>[=+\-@\uff0b\uff0d\uff1d\uff20]?)"""
)


def csv_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a line of names, and a line for each entry of the evidence."""
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
        safe("unknown" if column in _COUNTS and flat[column] is None else format_value(flat.get(column)))
        for column in COLUMNS
    ]


def safe(text: str) -> str:
    """Return the text with an apostrophe wherever a program could begin a formula, cut where no cell could hold it."""
    cut = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
    guarded = _START.sub(_guard, cut)
    return f"'{guarded}" if guarded[:1] in _CONTROLS else guarded


def _guard(match: re.Match[str]) -> str:
    return f"{match['blank']}'{match['sign']}" if match["sign"] else match["blank"]
