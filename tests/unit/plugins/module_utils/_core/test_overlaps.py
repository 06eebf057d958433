# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets of one task that overlap, and how many items they remove together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.overlaps import Part, Scope, Sums, check, part
from ansible_collections.telephony.outbound.plugins.module_utils._core.run_settings import Guard


def scopes(*parts: Mapping[str, Any]) -> list[Scope]:
    return [Scope("77", "campaign 77", [part(each)]) for each in parts]


def checked(parts: Sequence[Mapping[str, Any]], identities: Sequence[Mapping[str, Any]] | None = None) -> str:
    try:
        check(scopes(*parts), identities or [{"number": number} for number in range(len(parts))])
    except OptionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("parts", "met"),
    [
        ([{}, {}], "targets[1]: campaign 77 is also targets[0]"),
        ([{"result": "busy"}, {"result": "failed"}], ""),
        ([{"result": "busy"}, {"result": "failed"}, {"result": "busy"}], "targets[2]: campaign 77 is also targets[0]"),
        ([{"result": "busy"}, {}], "targets[1]: campaign 77 is also targets[0]"),
        ([{}, {"result": "busy"}], "targets[1]: campaign 77 is also targets[0]"),
        ([{"type": 0}, {"type": 0, "note": "x"}], "targets[1]: campaign 77 is also targets[0]"),
        ([{"type": 0, "note": "x"}, {"note": "x"}], "targets[1]: campaign 77 is also targets[0]"),
        ([{"type": 0}, {"note": "x"}], ""),
        ([{"type": 0, "note": "x"}, {"type": 0, "note": "y"}], ""),
    ],
)
def test_what_covers_what(parts: list[dict[str, Any]], met: str) -> None:
    assert checked(parts).partition(";")[0] == met


def test_other_places_never_meet() -> None:
    check([Scope(place, str(place)) for place in ("77", 77, ("77",))], [{}, {}, {}])


def test_repeats_are_told_how_to_be_taken_out() -> None:
    assert "| unique" in checked([{}, {}], [{"id": "77"}, {"id": "77"}])
    assert "| unique" not in checked([{}, {"result": "busy"}])


def test_a_target_may_have_parts_that_meet_each_other() -> None:
    check([Scope("x", "x", [part({"type": 0}), part({"type": 0})]), Scope("x", "x", [part({"type": 1})])], [{}, {}])


CONDITIONS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 1), max_size=3)


@given(st.lists(CONDITIONS, max_size=6))
def test_one_contains_the_other(parts: list[dict[str, int]]) -> None:
    """The index finds the same overlaps as comparing every two parts."""
    pieces: list[Part] = [part(each) for each in parts]
    meets = any(a <= b or b <= a for place, b in enumerate(pieces) for a in pieces[:place])
    assert bool(checked(parts)) == meets


@pytest.mark.parametrize(
    ("earlier", "pending", "guard", "says"),
    [
        ([], 3, Guard(3), ""),
        ([], 4, Guard(3), "4 records would go, more than max_pending: 3 allows"),
        ([2], 1, Guard(3), ""),
        ([2, 1], 1, Guard(3), "1 records would go, and 3 of earlier targets of campaign 77, more than max_pending: 3"),
        ([], None, Guard(3), "cannot be known"),
        ([None], 1, Guard(3), "cannot be known"),
        ([None], 1, Guard(3, allow_unknown=True), ""),
        ([9, None], 9, Guard(), ""),
    ],
)
def test_max_pending_counts_the_targets_of_one_place_together(
    earlier: list[int | None], pending: int | None, guard: Guard, says: str
) -> None:
    sums = Sums()
    (scope,) = scopes({})
    sums.add("another place", 100)
    for number in earlier:
        sums.add(scope.place, number)
    if not says:
        sums.check(scope, pending, guard, "records")
        return
    with pytest.raises(OutboundError) as raised:
        sums.check(scope, pending, guard, "records")
    assert says in raised.value.message
