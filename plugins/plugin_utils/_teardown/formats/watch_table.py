# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What a watch found as a short table for the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....module_utils._core.redact import Redactor
from .. import watch
from ..documents import Document
from ..formatting import counted, display_name, format_count
from ..vocabulary import system_key
from .table import aligned, cell, more

_URGENT_SHOWN = 5
_CLEAN = Redactor()


def watch_table_of(found: Sequence[Document], summary: Mapping[str, Any], *, rows: int) -> str:
    """Return lines of text for what a watch found: a row a target, then the totals; the most urgent come first."""
    first = sorted(found, key=watch.sort_key)[:rows]
    title = ["ACCOUNT", "SYSTEM", "TARGET", "THERE NOW", "WATCH"]
    lines = aligned([title, *(list(map(cell, _watched(each))) for each in first)])
    counts = [f"{format_count(summary[outcome])} {outcome}" for outcome in watch.OUTCOMES if summary[outcome]]
    totals = [f"{counted(len(found), 'target')}: {', '.join(counts)}"]
    if summary["not_watched"]:
        totals.append(f"{format_count(summary['not_watched'])} more in the evidence were not torn down: not watched")
    urgent = [each for each in first if each["needs_person"]]
    totals += [f"NEEDS ATTENTION: {each['account']}: {_why(each)}" for each in urgent[:_URGENT_SHOWN]]
    if summary["needs_person"] > min(_URGENT_SHOWN, len(urgent)):
        totals.append(f"NEEDS ATTENTION: {format_count(summary['needs_person'])} targets in all")
    return "\n".join([*lines, *more(len(found) - len(first)), "", *map(_CLEAN.line, totals)])


def _watched(each: Mapping[str, Any]) -> list[str]:
    detail = (each["error"] or {}).get("message") if each["outcome"] == "cannot_be_read" else each["note"]
    last = f"{each['outcome']}: {detail}" if detail else str(each["outcome"])
    return [str(each["account"]), system_key(each), display_name(each), format_count(each["pending"]), last]


def _why(each: Mapping[str, Any]) -> str:
    return f"{display_name(each)}: {each['outcome']}, {each['error']['message']}"
