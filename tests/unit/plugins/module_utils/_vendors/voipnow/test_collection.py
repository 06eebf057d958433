# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow's lists: only the documented formats are an empty list, and inconsistent lists are rejected."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.collection import (
    LAST_INDEX,
    MOST_PASSES,
    read_page,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.events import EVENTS, list_events
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.extension import ExtensionAddress

PLACE = ExtensionAddress("@me", "0003*210")
HOOK = "https://crm.example.com/hook"


def entry(event_id: str, **more: Any) -> dict[str, Any]:
    return {"id": event_id, "type": "0", "url": HOOK, **more}


class Server:
    """Answers the requests of a list with a function of the index; None means 204."""

    def __init__(self, answer: Callable[[int], Any]) -> None:
        self.asked: list[int] = []
        self._answer = answer

    def send(self, request: Request) -> Response:
        start = int(request.params.get("startIndex", "0"))
        self.asked.append(start)
        body = self._answer(start)
        if isinstance(body, Response):
            return body
        return Response(204, {}, b"") if body is None else Response(200, {}, json.dumps(body).encode())

    def ids(self) -> list[str]:
        return [event.event_id for event in list_events(PLACE, cast(Client, self))]


def problem(answer: Callable[[int], Any]) -> str:
    with pytest.raises(OutboundError) as caught:
        Server(answer).ids()
    assert caught.value.kind is Kind.PROTOCOL
    return caught.value.message


EMPTY: list[Any] = [
    None,
    {"entry": []},
    [{"entry": []}],
    {"totalResults": 0},
    [{"totalResults": "0"}],
    {"totalResults": "0", "entry": None},
    {"totalResults": 0, "entry": {}, "links": {}},
]


@pytest.mark.parametrize("body", EMPTY, ids=str)
def test_an_empty_list(body: Any) -> None:
    server = Server(lambda _start: body)
    assert server.ids() == []
    assert server.asked == [0]


NOT_EMPTY: list[Any] = [
    {},
    [],
    [{}],
    [[]],
    {"count": 5},
    {"count": 0},
    {"links": {}},
    {"paging": {}},
    {"startIndex": 0, "itemsPerPage": 20},
    {"entry": None},
    {"entry": {}},
    {"entry": ""},
    {"entry": "none"},
    {"entry": 0},
    {"entry": False},
    {"entry": [None]},
    {"entry": [[]]},
    {"entry": [], "totalResults": 3},
    {"entry": [], "totalResults": "3"},
    {"entry": [], "next": "?startIndex=20"},
    {"totalResults": None},
    {"totalResults": False},
    {"totalResults": -1},
    {"totalResults": 0.0},
    {"totalResults": ""},
    {"totalResults": 0, "paging": {"next": "?startIndex=20"}},
    {"entry": [], "totalResults": "many"},
    {"entry": [], "totalResults": -1},
    {"entry": [], "totalResults": False},
    {"entry": [], "startIndex": 40},
    {"entry": [], "paging": {"next": "https://192.0.2.1/x?cursor=7"}},
    {"entry": [], "links": {"next": "?cursor=7"}},
    {"Entry": []},
    {"entries": []},
    {"entry": [], "success": False},
    {"entry": [], "message": "the list is not available"},
    [{"entry": []}, {"entry": []}],
    "",
    "none",
    0,
    False,
    True,
]


@pytest.mark.parametrize("body", [*NOT_EMPTY, *([body] for body in NOT_EMPTY)], ids=str)
def test_what_is_no_list_is_no_empty_list(body: Any) -> None:
    problem(lambda _start: body)


@pytest.mark.parametrize("text", [b"", b"null", b"no events", b"<html></html>", b'{"entry": []} {}', b'{"entry": ['])
def test_what_is_no_json_is_no_empty_list(text: bytes) -> None:
    problem(lambda _start: Response(200, {}, text))


@pytest.mark.parametrize("status", [201, 202, 203, 205, 206, 207])
def test_a_list_has_its_own_status(status: int) -> None:
    assert "200 or 204" in problem(lambda _start: Response(status, {}, b'{"entry": []}'))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["entry", "id", "type", "url", "paging", "next", "totalResults", "count", "links"]), inner
        )
    ),
    max_leaves=12,
)


def says_empty(body: Any) -> bool:
    """Return whether a body is one of the three documented forms of an empty list."""
    collection = body[0] if isinstance(body, list) and len(body) == 1 else body
    if not isinstance(collection, dict):
        return False
    return collection.get("entry") == [] or str(collection.get("totalResults")) == "0"


@given(JSON)
def test_any_body_is_a_page_or_undocumented(body: Any) -> None:
    with suppress(OutboundError):
        page = read_page(body, EVENTS)
        assert all(one.event_id and one.event_type >= 0 for one in page.items)
        assert page.items or says_empty(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"next": "?startIndex=7"}, 7),
        ({"paging": {"next": "https://192.0.2.1/x?count=1&startIndex=20"}}, 20),
        ({"paging": {"next": "https://192.0.2.1/x"}}, 1),
        ({"paging": {"next": "https://[x?startIndex=5"}}, 1),
        ({"links": {"next": "https://192.0.2.1/x?startIndex=9"}}, 9),
        ({"links": [{"rel": "self"}, {"rel": "next", "href": "?startIndex=8"}]}, 8),
        ({"links": [{"rel": "next"}, "x"]}, 1),
        ({"links": {"self": "?startIndex=8"}}, None),
        ({"next": ""}, None),
        ({"startIndex": 1}, None),
        ({"paging": {}}, None),
        ({"paging": "x"}, None),
    ],
)
def test_the_next_page(body: dict[str, Any], expected: int | None) -> None:
    assert read_page({"entry": [entry("A")], **body}, EVENTS).following == expected


def pages(*shown: list[str], **more: Any) -> Callable[[int], Any]:
    """Serve pages that never change."""
    starts: dict[int, list[str]] = {}
    for page in shown:
        starts[sum(map(len, starts.values()))] = page
    return lambda start: {"entry": [entry(name) for name in starts[start]], **more} if start in starts else None


def test_small_pages_are_believed_when_told() -> None:
    server = Server(pages(["A", "B"], ["C"], itemsPerPage="2"))
    assert server.ids() == ["A", "B", "C"]
    assert server.asked == [0, 2, 0, 2]


@pytest.mark.parametrize("size", [5, 10, 15])
def test_pages_smaller_than_documented_are_not_the_whole_list(size: int) -> None:
    """The server says neither how many there are nor how many it shows at a time."""
    names = [f"E{number}" for number in range(size + 2)]
    server = Server(pages(names[:size], names[size:]))
    assert server.ids() == names
    assert server.asked == [0, size, 0, size]


def test_a_page_of_another_size_is_the_last() -> None:
    server = Server(pages(["A", "B", "C"]))
    assert server.ids() == ["A", "B", "C"]
    assert server.asked == [0]


def test_five_events_of_a_server_that_does_not_know_of_indexes() -> None:
    page = [entry(str(number)) for number in range(5)]
    assert Server(lambda _start: {"entry": page}).ids() == ["0", "1", "2", "3", "4"]


def test_a_page_that_names_a_next_one_is_not_the_last() -> None:
    """A short page looks like the last one, and its next address need not have an index."""
    shown = {0: {"entry": [entry("A")], "paging": {"next": "https://192.0.2.1/x?cursor=7"}}, 1: {"entry": [entry("B")]}}
    assert Server(shown.get).ids() == ["A", "B"]


def test_a_total_of_another_number_is_no_end() -> None:
    assert "states a larger total than it shows, 6 times" in problem(pages(["A"], totalResults=2))
    assert "counts 1 and shows 2" in problem(pages(["A", "B"], totalResults=1))
    assert "counts 0 and shows 1" in problem(pages(["A"], totalResults="0"))
    assert "a readable total" in problem(pages(["A"], totalResults=25.0))


def test_a_page_with_an_event_twice() -> None:
    server = Server(pages(["A", "A"]))
    with pytest.raises(OutboundError, match="contains one twice"):
        server.ids()
    assert server.asked == [0]


def test_a_server_that_does_not_know_of_indexes() -> None:
    page = [entry(str(number)) for number in range(20)]
    server = Server(lambda _start: {"entry": page})
    with pytest.raises(OutboundError, match="contains one twice"):
        server.ids()
    assert len(server.asked) == 2 * MOST_PASSES


def test_a_server_that_does_not_know_of_indexes_and_counts() -> None:
    page = [entry(str(number)) for number in range(3)]
    whole = {"itemsPerPage": 3, "startIndex": 0, "totalResults": 3, "entry": page}
    server = Server(lambda _start: whole)
    assert server.ids() == ["0", "1", "2"]
    assert server.asked == [0, 3, 0, 3], "what takes several requests has to be the same twice"


@pytest.mark.parametrize(
    "again",
    [
        {"entry": [entry("A"), entry("B")]},
        {"totalResults": 3, "entry": [entry("A"), entry("B")]},
        {"totalResults": 2, "entry": [entry("A"), entry("B", note="other")]},
        {"totalResults": 2, "entry": [entry("B")]},
        {"totalResults": 2, "entry": [entry("A"), entry("B")], "next": "?startIndex=4"},
    ],
    ids=str,
)
def test_a_list_that_comes_again_in_part_or_otherwise(again: dict[str, Any]) -> None:
    first = {"itemsPerPage": 2, "totalResults": 2, "entry": [entry("A"), entry("B")]}
    assert "times in a row" in problem(lambda start: {**again, "itemsPerPage": 2} if start else first)


@pytest.mark.parametrize(
    ("following", "words"),
    [(0, "returns to an earlier page"), (1, "contains one twice"), (3, "2 events were shown"), (9000, "5000")],
)
def test_a_next_page_that_is_not_the_next(following: int, words: str) -> None:
    body = {"entry": [entry("A"), entry("B")], "next": f"?startIndex={following}"}
    assert words in problem(lambda start: {**body, **({"next": None} if start else {})})


def test_more_than_the_vendor_shows() -> None:
    def answer(start: int) -> Any:
        names = [str(start + number) for number in range(1000)]
        return {"entry": [entry(name) for name in names], "next": f"?startIndex={start + 1000}"}

    assert str(LAST_INDEX) in problem(answer)


class Shifting:
    """A server whose events change before given requests."""

    def __init__(self, names: list[str], page: int, changes: dict[int, list[str]], *, totals: bool) -> None:
        self.names, self.page, self.totals = list(names), page, totals
        self.changes = changes
        self.number = 0
        self.always = set(names)

    def __call__(self, start: int) -> Any:
        for change in self.changes.get(self.number, ()):
            if change in self.names:
                self.names.remove(change)
                self.always.discard(change)
            else:
                self.names = sorted([*self.names, change])
        self.number += 1
        shown = self.names[start : start + self.page]
        following = {"next": f"?startIndex={start + self.page}"} if start + self.page < len(self.names) else {}
        total = {"totalResults": len(self.names)} if self.totals else {}
        return {"entry": [entry(name) for name in shown], "itemsPerPage": self.page, **following, **total}


NAMES = [f"E{number:02}" for number in range(40)]


@pytest.mark.parametrize("totals", [True, False])
@pytest.mark.parametrize("change", [["E00"], ["E00", "E39x"], ["D"], ["E25"], ["E00", "E01", "D"]])
def test_an_event_is_not_passed_over_when_others_come_and_go(change: list[str], totals: bool) -> None:
    server = Shifting(NAMES, 20, {1: change}, totals=totals)
    assert Server(server).ids() == server.names


@pytest.mark.parametrize("totals", [True, False])
def test_a_list_that_never_keeps_still_is_given_up(totals: bool) -> None:
    changes = {number: [f"A{number:02}"] for number in range(1, 99)}
    assert f"{MOST_PASSES} times in a row" in problem(Shifting(NAMES, 20, changes, totals=totals))


@given(
    st.integers(0, 12),
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 30)), max_size=6),
    st.booleans(),
)
def test_whatever_was_there_all_the_time_is_listed(
    held: int, page: int, changes: list[tuple[int, int]], totals: bool
) -> None:
    names = [f"E{2 * number:02}" for number in range(held)]
    told: dict[int, list[str]] = {}
    for when, which in dict(changes).items():
        told.setdefault(when, []).append(f"E{which:02}")
    server = Shifting(names, page, told, totals=totals)
    with suppress(OutboundError):
        assert server.always <= set(Server(server).ids())
