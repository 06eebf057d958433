# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What the screen shows of a run about phone numbers: a row for each number and account, with all steps in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..formatting import format_count
from ..vocabulary import needs_attention, system_key

TITLE = ["ACCOUNT", "SYSTEM", "NUMBER", "STEPS"]
_Row = Mapping[str, Any]


def number_rows(entries: Sequence[_Row], most: int) -> tuple[list[list[str]], int]:
    """Return the cells of the first rows, ``most`` at most, and how many rows there are; attention comes first."""
    groups: dict[tuple[str, str, str], list[_Row]] = {}
    for entry in entries:
        about = {**(entry.get("target") or {}), **entry}
        key = (str(entry.get("account")), system_key(entry), str(about.get("number") or "every number"))
        groups.setdefault(key, []).append(about)
    ordered = sorted(groups.items(), key=lambda group: not any(map(needs_attention, group[1])))
    return [[*key, _steps(rows)] for key, rows in ordered[:most]], len(ordered)


def ambiguous(entries: Sequence[_Row]) -> list[str]:
    """Say of each account how many numbers have a form there that may be another number too."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        target = entry.get("target") or {}
        if entry.get("also_means") or target.get("also_means"):
            found.setdefault(str(entry.get("account")), set()).add(str(entry.get("number") or target.get("number")))
    return [
        f"{account}: {format_count(len(numbers))} of the numbers stand there in a form that may also be another"
        " person's (also_means of the row); stop_number_strict refuses such forms"
        for account, numbers in found.items()
    ]


def _steps(rows: Sequence[_Row]) -> str:
    counts = Counter((str(row.get("step") or ""), str(row.get("outcome"))) for row in rows)
    found = {(step, outcome): _found(rows, step, outcome) for step, outcome in counts}
    told = [f"{step or 'nothing'}: {outcome}{found[step, outcome]}" for step, outcome in counts]
    messages = {str((row.get("error") or {}).get("message")) for row in rows if needs_attention(row)}
    return ", ".join(told) + "".join(f"; {message}" for message in sorted(messages))


def _found(rows: Sequence[_Row], step: str, outcome: str) -> str:
    """Return how much there was, where that is known and says more than the outcome."""
    same = [row for row in rows if (str(row.get("step") or ""), str(row.get("outcome"))) == (step, outcome)]
    numbers = [row.get("pending_before", row.get("pending")) for row in same]
    total = sum(number for number in numbers if number is not None)
    return f" ({format_count(total)} {same[0].get('unit')})" if total and step in ("cancel", "hang_up") else ""
