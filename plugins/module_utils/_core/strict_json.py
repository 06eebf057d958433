# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Strict JSON: no NaN, no unbounded number, no duplicate name, and limited nesting."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

MOST_NESTED = 64
"""Levels of lists and objects within each other."""

MOST_DIGITS = 40
_MOST_SHOWN = 40
"""Characters of a foreign name that an error shows."""


def parse(text: str | bytes) -> Any:
    """Return the value of a JSON text, or raise ValueError."""
    try:
        value = json.loads(
            text, parse_float=_finite, parse_int=whole, parse_constant=_no_number, object_pairs_hook=unique
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    check_depth(value)
    return value


def check_depth(value: Any) -> None:
    """Raise ValueError if a parsed value is nested too deeply."""
    level = [value]
    for _depth in range(MOST_NESTED + 1):
        within = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        if not within:
            return
        level = [item for items in within for item in items]
    raise ValueError("nested too deeply")


def whole(digits: str) -> int:
    """Return an integer, or raise ValueError if it has more digits than any count or time."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number with more than {MOST_DIGITS} digits")
    return int(digits)


def unique(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object, or raise ValueError for a duplicate name."""
    found = dict(members)
    if len(found) < len(members):
        counted = Counter(name for name, _value in members)
        raise repeated(counted.most_common(1)[0][0])
    return found


def repeated(name: str) -> ValueError:
    """Make the error for a duplicate name in one object: choosing one of its values would be a guess."""
    return ValueError(f"the name {name[:_MOST_SHOWN]!r} stands twice in one object")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that is too large")
    return number


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


DECODER = json.JSONDecoder(parse_float=_finite, parse_int=whole, parse_constant=_no_number, object_pairs_hook=unique)
"""For texts of which more follows; it raises RecursionError too, and does not check the depth."""
