# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pairing of events and entries is the same before and after a write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.events import (
    DesiredEvent,
    Event,
    check_own,
    check_wanted,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.pairing import Step, pair

HOOK = "https://crm.example.com/hook"


def event(event_id: str, method: str | None = "get", status: str | None = "enabled", note: str | None = None) -> Event:
    return Event(0, HOOK, method, status, note, event_id, modified=None)


def entry(**more: Any) -> dict[str, Any]:
    return {**dict.fromkeys(("event_id", "method", "status", "note", "left")), "event_type": 0, "url": HOOK, **more}


def wish(**more: Any) -> DesiredEvent:
    return check_wanted(entry(**more))


def own(event_: Event, **more: Any) -> DesiredEvent:
    return check_own(entry(**{**event_.as_dict(), **more}))


def outcomes(steps: Sequence[Step]) -> list[str]:
    return [step.outcome for step in steps]


def done(steps: Sequence[Step], events: Sequence[Event]) -> list[Event]:
    """Return the events after every step."""
    fresh = [step.wanted.made_of(None) for step in steps if step.event is None]
    made = [replace(each, event_id=f"new{place}") for place, each in enumerate(fresh)]
    changed = {step.event.name: step.wanted.made_of(step.event) for step in steps if step.event and step.pending}
    return [*(changed.get(each.name, each) for each in events), *made]


EVENTS = st.lists(
    st.builds(
        event,
        st.just(""),
        st.sampled_from(("get", "post")),
        st.sampled_from(("enabled", "disabled")),
        st.sampled_from((None, "x")),
    ),
    max_size=4,
).map(lambda events: [replace(each, event_id=f"E{place}") for place, each in enumerate(events)])
WISHES = st.lists(
    st.builds(
        wish,
        method=st.sampled_from(("get", "post")),
        status=st.sampled_from((None, "enabled", "disabled")),
        note=st.sampled_from((None, "x", "y")),
    ),
    max_size=4,
)


@given(WISHES, EVENTS)
def test_as_many_as_possible_are_met_exactly(wishes: list[DesiredEvent], events: list[Event]) -> None:
    steps = pair(wishes, events)
    exact = sum(step.outcome == "unchanged" for step in steps[: len(wishes)])
    padded = [*events, *[None] * len(wishes)]
    best = max(
        (sum(there is not None and not wanted.changes(there) for wanted, there in zip(wishes, order, strict=False)))
        for order in permutations(padded, len(wishes))
    )
    # Surplus events are aligned with the last entry, and one that matches already may take the place of an entry's
    # event.
    assert exact == best or (len(events) > len(wishes) and sum(not step.pending for step in steps) >= best)
    met = [step.event for step in steps if step.event]
    assert len({each.event_id for each in met}) == len(met)


@given(WISHES, EVENTS)
def test_what_was_done_is_found_again(wishes: list[DesiredEvent], events: list[Event]) -> None:
    after = done(pair(wishes, events), events)
    assert set(outcomes(pair(wishes, after))) <= {"unchanged"}


@given(st.lists(EVENTS.filter(bool), min_size=1, max_size=1), st.sets(st.integers(0, 3)))
def test_what_was_removed_comes_back_once(extension: list[list[Event]], which: set[int]) -> None:
    (events,) = extension
    gone = [each for place, each in enumerate(events) if place in which]
    left = [each for place, each in enumerate(events) if place not in which]
    wishes = [own(each, left=sum(other.content == each.content for other in left)) for each in gone]
    steps = pair(wishes, left)
    assert outcomes(steps) == ["would_create"] * len(gone)
    after = done(steps, left)
    assert sorted(str(each.content) for each in after) == sorted(str(each.content) for each in events)
    assert outcomes(pair(wishes, after)) == ["unchanged"] * len(gone)


def test_an_id_is_met_by_its_own_event_alone() -> None:
    mine, other = event("E1", note="sales"), event("E2", note="support")
    (step,) = pair([own(mine)], [other])
    assert (step.outcome, step.event) == ("would_create", None)
    (step,) = pair([own(mine)], [other, replace(mine, note="changed")])
    assert (step.outcome, step.fields) == ("would_update", {"note": "sales"})
    (step,) = pair([own(mine)], [other, replace(mine, url="https://other.example.com")])
    assert (step.outcome, step.fields) == ("would_update", {"url": HOOK})


def test_an_equal_event_meets_one_entry() -> None:
    alike = [event(f"E{place}") for place in range(3)]
    steps = pair([own(alike[0]), own(alike[1])], [event("E7")])
    assert outcomes(steps) == ["unchanged", "would_create"]


def test_events_that_cannot_be_told_apart_are_remarked() -> None:
    steps = pair([own(event("E1"), left=1)], [event("E2"), event("E3")])
    assert "cannot be told apart" in steps[0].as_dict("unchanged")["remark"]
    (step,) = pair([own(event("E1"))], [event("E2")])
    assert "remark" not in step.as_dict("unchanged")


@pytest.mark.parametrize(("method", "status"), [(None, "enabled"), ("7", "enabled"), ("get", None), ("get", "2")])
def test_what_cannot_be_sent_becomes_usual_and_is_remarked(method: str | None, status: str | None) -> None:
    odd = event("E1", method, status)
    wanted = own(odd)
    assert wanted.creation()["method"] == {"get": "0"}.get(method or "", "1")
    assert wanted.creation()["status"] == "1"
    assert len(wanted.remarks) == 1
    assert outcomes(pair([wanted], [replace(odd, event_id="E2")])) == ["unchanged"], "as it came"
    after = done(pair([wanted], []), [])
    assert outcomes(pair([wanted], after)) == ["unchanged"]


@pytest.mark.parametrize("url", ["", "https://h.example.com/\x07", "https://h.example.com/\n"])
def test_what_surely_cannot_be_made_is_not_tried(url: str) -> None:
    odd = own(event("E1"), url=url)
    (step, _other) = pair([odd, wish(method="get")], [])
    assert (step.outcome, step.pending) == ("not_done", False)
    assert step.as_dict("not_done")["restorable"] is False
    assert outcomes(pair([odd], [replace(event("E1"), url=url)])) == ["unchanged"], "it is there"


@pytest.mark.parametrize(
    ("more", "option"),
    [
        ({"event_id": " "}, "event_id"),
        ({"event_id": "E1", "url": None}, "url"),
        ({"event_id": "E1", "event_type": None}, "event_type"),
        ({"event_id": "E1", "event_type": "-1"}, "event_type"),
    ],
)
def test_an_entry_of_the_servers_own_still_says_what_it_is(more: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as raised:
        check_own(entry(**more))
    assert raised.value.option == option


def test_a_type_that_nobody_names_comes_back() -> None:
    assert check_own(entry(event_id="E1", event_type=7)).creation()["type"] == "7"


@pytest.mark.parametrize("field", ["method", "status"])
def test_an_author_gives_words_that_are_known(field: str) -> None:
    with pytest.raises(OptionError) as raised:
        wish(**{field: "7"})
    assert raised.value.option == field


def test_thousands_of_one_address_are_paired_at_once() -> None:
    events = [event(f"E{place}", note=f"n{place % 700}") for place in range(5000)]
    steps = pair([*[own(each) for each in events[:2500]], wish(status="enabled")], events)
    assert set(outcomes(steps)) == {"unchanged"}
