# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: the list of an extension's events, page after page, and what it takes to believe it.

A list that is read in several requests may shift in between: when somebody removes an event of a page that was
read, the first one of the next page moves up and is never seen. So such a list counts only when it was the same twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from ..._core.client import Client
from ..._core.errors import undocumented
from ..._core.message import Request, path
from ..._core.retry import Purpose
from .events import Event, number, read_event

PAGE = 1000
LAST_INDEX = 5000
"""The vendor's pages let a list begin no later than here."""

MOST_PASSES = 6
"""How often a list of several pages is read before it is given up as one that never keeps still."""

_USUAL_PAGE = 20
_COLLECTION_KEYS = frozenset(
    {"entry", "paging", "links", "next", "prev", "startIndex", "itemsPerPage", "totalResults", "count"}
)


@dataclass(frozen=True)
class Place:
    """An extension, and the user that it is addressed by."""

    user_id: str
    extension: str

    def path(self, *rest: str | int) -> str:
        """Return the path of the extension's events, or of what is below it."""
        return path("uapi", "extensions", self.user_id, self.extension, "phoneCallEvents", *rest)

    def as_dict(self) -> dict[str, Any]:
        """Return what names it in results."""
        return {"user_id": self.user_id, "extension": self.extension}


@dataclass(frozen=True)
class Page:
    """One page of a list; ``following`` is the index of the next, where the server names one.

    ``full`` is the number of events below which no server cuts a page, ``total`` what it counts in all.
    """

    events: Sequence[Event] = ()
    full: int = _USUAL_PAGE
    total: int | None = None
    following: int | None = None

    @property
    def may_be_last(self) -> bool:
        """Tell whether the page is shorter than any server would cut it."""
        return len(self.events) < self.full


def list_events(place: Place, client: Client) -> tuple[Event, ...]:
    """Return all events of an extension; OutboundError where some could be missing."""
    earlier: tuple[Event, ...] | None = None
    problem = "the list of events changed each time it was read"
    for _pass in range(MOST_PASSES):
        try:
            events, pages = _read_through(place, client)
        except _Shifted as shifted:
            earlier, problem = None, str(shifted)
            continue
        # One answer is one moment; several have to be the same twice.
        if pages == 1 or events == earlier:
            return events
        earlier = events
    raise undocumented(f"{problem}, {MOST_PASSES} times in a row")


class _Shifted(Exception):
    """A list contradicts itself from page to page, as one does that is changed while it is read."""


def _read_through(place: Place, client: Client) -> tuple[tuple[Event, ...], int]:
    """Read a list once from its beginning to its end; return its events and the number of pages.

    Raises _Shifted where reading it anew may help, OutboundError where it would not.
    """
    found: dict[tuple[int, str], Event] = {}
    totals: set[int] = set()
    start, more, pages = 0, True, 0
    while more:
        page = _page(place, client, start)
        pages += 1
        if _is_whole_again(page, found):
            break
        shown = len(found) + len(page.events)
        found.update({event.name: event for event in page.events})
        if page.total is not None:
            totals.add(page.total)
        # A total can promise more, but it ends nothing: what it counts is not documented.
        promised = page.following is not None or any(total > shown for total in totals)
        if len(found) < shown:
            _contradiction("the list of events names one twice", pages)
        if promised and not page.events:
            _contradiction("the list of events promises more than it shows", pages)
        more = promised or not page.may_be_last
        start = _next_start(shown, page.following) if more else shown
    if totals - {len(found)}:
        counted = " and ".join(map(str, sorted(totals)))
        _contradiction(f"the list of events counts {counted} and shows {len(found)}", pages)
    return tuple(found.values()), pages


def _is_whole_again(page: Page, found: Mapping[tuple[int, str], Event]) -> bool:
    """Tell whether a server without indexes shows the same list again, of which its own total says that it is all."""
    again = {event.name: event for event in page.events}
    return bool(found) and again == found and page.total == len(page.events) == len(found) and page.following is None


def _contradiction(text: str, pages: int) -> NoReturn:
    raise _Shifted(text) if pages > 1 else undocumented(text)


def _page(place: Place, client: Client, start: int) -> Page:
    """Ask for the page that begins at an index."""
    request = Request(
        purpose=Purpose.READ,
        method="GET",
        path=place.path(),
        params={"count": str(PAGE), **({"startIndex": str(start)} if start else {})},
    )
    response = client.send(request)
    if response.status == 204:
        return Page()
    if response.status != 200:
        raise undocumented("a list is answered with status 200 or 204", status=response.status)
    page = read_page(response.json(), start)
    if page.following is not None and page.following <= start:
        raise undocumented("the list of events goes back to where it was")
    return page


def _next_start(expected: int, told: int | None) -> int:
    """Return where the next page begins, or raise OutboundError: it may leave nothing out."""
    start = expected if told is None else told
    if start > LAST_INDEX:
        raise undocumented(f"the list of events goes on beyond {LAST_INDEX}, where the vendor shows no more")
    if start > expected:
        raise undocumented(f"the list of events goes on at {start}, and {expected} events were shown")
    return start


def read_page(body: Any, start: int = 0) -> Page:
    """Read a page as servers send it: ``entry`` as list or object, all of it in a list of one or not.

    ``start`` is the index that was asked for. A page without ``entry`` is an empty one only where its own total
    says that there is nothing more; any other body without the documented shape raises OutboundError.
    """
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, Mapping) or not body.keys() <= _COLLECTION_KEYS:
        raise undocumented("the answer is not a list of events")
    total = number(body.get("totalResults"))
    items = _entries(body.get("entry"))
    if items is None and (total is None or total > start):
        raise undocumented("the answer is no list of events: it shows none, and no total of 0 either")
    events = [read_event(item, name) for name, item in items or ()]
    told = number(body.get("itemsPerPage")) or _USUAL_PAGE
    return Page(events, min(told, _USUAL_PAGE), total, _following(body))


def _entries(entry: Any) -> list[tuple[str | None, Any]] | None:
    """Return the items of ``entry``, with their names where it is an object keyed by id; None where it is nothing."""
    if isinstance(entry, list):
        return [(None, item) for item in entry]
    if isinstance(entry, Mapping) and "url" in entry:
        return [(None, entry)]
    if isinstance(entry, Mapping) and entry:
        return [(str(name), item) for name, item in entry.items()]
    if entry is None or entry == {}:
        return None
    raise undocumented("the list of events has an entry that is neither a list nor an object")


def _following(body: Mapping[str, Any]) -> int | None:
    """Find where the next page begins; of its address only the index counts, never the host."""
    paging = body.get("paging")
    address = (paging if isinstance(paging, Mapping) else body).get("next")
    if address is None:
        return None
    try:
        indexes = parse_qs(urlsplit(str(address)).query).get("startIndex", [])
    except ValueError:
        indexes = []
    return number(indexes[0]) if indexes else None
