# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: read a complete list page by page, and verify its consistency.

Pages may shift between requests: if an item of an earlier page is removed, the first item of the next page moves up
and is never seen. So a list of several pages counts only after two identical readings.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar
from urllib.parse import parse_qs, urlsplit

from ..._core.client import Client
from ..._core.errors import OutboundError, unexpected_response
from ..._core.http_messages import Request, path
from ..._core.retry import Purpose
from .extension import number

PAGE = 1000
LAST_INDEX = 5000
"""The largest start index that the vendor documents."""

MOST_PASSES = 6
"""Maximum number of readings of a list of several pages that keeps changing."""

_USUAL_PAGE = 20
_ROUND_PAGE = 5
"""A server that caps its pages below the usual size does so at a multiple of this."""

_COLLECTION_KEYS = frozenset(
    {"entry", "paging", "links", "next", "prev", "startIndex", "itemsPerPage", "totalResults", "count"}
)


Item = TypeVar("Item")


@dataclass(frozen=True)
class Collection(Generic[Item]):
    """The kind of items in a list; ``plural`` is its name in messages.

    ``read`` parses an item, given its name if the list is an object keyed by id. Items with the same ``key`` are the
    same. Every item has ``field``, which distinguishes a single item from an object of items.
    """

    plural: str
    read: Callable[[Any, str | None], Item]
    key: Callable[[Item], Hashable]
    field: str


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list; ``following`` is the start index of the next if the server states one.

    ``size`` is the page size that the server states, and ``total`` the number of items.
    """

    items: Sequence[Item] = ()
    size: int | None = None
    total: int | None = None
    following: int | None = None

    @property
    def full(self) -> int:
        """The smallest size of a full page."""
        return min(self.size or _USUAL_PAGE, _USUAL_PAGE)

    @property
    def may_be_last(self) -> bool:
        """Whether the page is shorter than any server's page size."""
        return len(self.items) < self.full and not self.may_be_capped

    @property
    def may_be_capped(self) -> bool:
        """Whether the page may be a full one of a server with small pages."""
        tells_nothing = self.total is None and not self.size
        return tells_nothing and bool(self.items) and not len(self.items) % _ROUND_PAGE


def list_all(address: str, kind: Collection[Item], client: Client) -> tuple[Item, ...]:
    """Return all items of the list at a path; raise OutboundError if some could be missing."""
    earlier: tuple[Item, ...] | None = None
    problem = f"the list of {kind.plural} changed each time it was read"
    for _pass in range(MOST_PASSES):
        try:
            items, pages = _read_through(address, kind, client)
        except _Shifted as shifted:
            earlier, problem = None, str(shifted)
            continue
        # One response is consistent; several must be identical twice.
        if pages == 1 or items == earlier:
            return items
        earlier = items
    raise unexpected_response(f"{problem}, {MOST_PASSES} times in a row")


class _Shifted(Exception):
    """Raised when pages of a list contradict each other, as they do if it changes between requests."""


def _read_through(address: str, kind: Collection[Item], client: Client) -> tuple[tuple[Item, ...], int]:
    """Read a list once; return items and number of pages. Raises _Shifted where reading again may help."""
    found: dict[Hashable, Item] = {}
    totals: set[int] = set()
    start, more, pages = 0, True, 0
    while more:
        page = _page(address, kind, client, start)
        pages += 1
        again = {kind.key(item): item for item in page.items}
        if _is_whole_again(page, again, found):
            break
        shown = len(found) + len(page.items)
        found.update(again)
        if page.total is not None:
            totals.add(page.total)
        # A total may reveal missing items, but does not end the list: what it counts is not documented.
        promised = page.following is not None or any(total > shown for total in totals)
        if len(found) < shown:
            _contradiction(f"the list of {kind.plural} contains one twice", pages)
        if promised and not page.items:
            _contradiction(f"the list of {kind.plural} states a larger total than it shows", pages)
        more = promised or not page.may_be_last
        start = _next_start(shown, page.following, kind) if more else shown
    if totals - {len(found)}:
        counted = " and ".join(map(str, sorted(totals)))
        _contradiction(f"the list of {kind.plural} counts {counted} and shows {len(found)}", pages)
    return tuple(found.values()), pages


def _is_whole_again(page: Page[Item], again: Mapping[Hashable, Item], found: Mapping[Hashable, Item]) -> bool:
    """Return whether a server that ignores start indexes returned the same complete list again."""
    counted = page.total == len(page.items) == len(found)
    believed = counted or (page.may_be_capped and len(found) < page.full)
    return bool(found) and again == found and believed and page.following is None


def _contradiction(text: str, pages: int) -> NoReturn:
    raise _Shifted(text) if pages > 1 else unexpected_response(text)


def _page(address: str, kind: Collection[Item], client: Client, start: int) -> Page[Item]:
    """Request the page that starts at an index."""
    request = Request(
        purpose=Purpose.READ,
        method="GET",
        path=address,
        params={"count": str(PAGE), **({"startIndex": str(start)} if start else {})},
    )
    response = client.send(request)
    if response.status == 204:
        return Page()
    if response.status != 200:
        raise unexpected_response("expected status 200 or 204 for a list", status=response.status)
    page = read_page(response.json(), kind, start)
    if page.following is not None and page.following <= start:
        raise unexpected_response(f"the list of {kind.plural} returns to an earlier page")
    return page


def _next_start(expected: int, stated: int | None, kind: Collection[Any]) -> int:
    """Return the start index of the next page; raise OutboundError if it would skip items."""
    start = expected if stated is None else stated
    if start > LAST_INDEX:
        raise unexpected_response(
            f"the list of {kind.plural} continues beyond {LAST_INDEX}, the last index that the vendor allows"
        )
    if start > expected:
        raise unexpected_response(
            f"the list of {kind.plural} continues at {start}, but {expected} {kind.plural} were shown"
        )
    return start


def read_page(body: Any, kind: Collection[Item], start: int = 0) -> Page[Item]:
    """Parse a page in the vendor's formats: ``entry`` as list or object, possibly wrapped in a list of one.

    ``start`` is the requested index. A page without ``entry`` is empty only if its own total confirms it; any other
    undocumented body raises OutboundError.
    """
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, Mapping) or not body.keys() <= _COLLECTION_KEYS:
        raise unexpected_response(f"the answer is not a list of {kind.plural}")
    stated = body.get("totalResults")
    total = number(stated)
    items = _entries(body.get("entry"), kind)
    # A total that is no number may be larger than what is shown.
    counted = total is not None and (items is not None or total <= start)
    if not counted and (items is None or stated is not None):
        raise unexpected_response(f"the answer is no list of {kind.plural}: it has neither items nor a readable total")
    _refuse_later_begin(number(body.get("startIndex")), kind, start)
    read = [kind.read(item, name) for name, item in items or ()]
    return Page(read, number(body.get("itemsPerPage")), total, _following(body, start + len(read)))


def _refuse_later_begin(begins: int | None, kind: Collection[Any], start: int) -> None:
    if begins is not None and begins > start + 1:  # some count from 1
        raise unexpected_response(f"the list of {kind.plural} begins at {begins}, and {start} was asked for")


def _entries(entry: Any, kind: Collection[Any]) -> list[tuple[str | None, Any]] | None:
    """Return the items of ``entry``, with their names if it is an object keyed by id; None if it is empty."""
    if isinstance(entry, list):
        return [(None, item) for item in entry]
    if isinstance(entry, Mapping) and kind.field in entry:
        return [(None, entry)]
    if isinstance(entry, Mapping) and entry:
        return [(str(name), item) for name, item in entry.items()]
    if entry is None or entry == {}:
        return None
    raise unexpected_response(f"the list of {kind.plural} has an entry that is neither a list nor an object")


def addressable(item_id: str, what: str) -> str:
    """Return an item's id; raise OutboundError if it is no path segment of its own, and might mean all."""
    try:
        path(item_id)
    except OutboundError as error:
        raise unexpected_response(f"the list has {what} whose id is {item_id!r}") from error
    return item_id


def _following(body: Mapping[str, Any], expected: int) -> int | None:
    """Return the start index of the next page; only the index of its address is used, never the host.

    Without an index it is ``expected``, behind this page: a page that names a next one is not the last.
    """
    address = _next_address(body)
    if not address:
        return None
    try:
        indexes = parse_qs(urlsplit(str(address)).query).get("startIndex", [])
    except ValueError:
        indexes = []
    stated = number(indexes[0]) if indexes else None
    return expected if stated is None else stated


def _next_address(body: Mapping[str, Any]) -> Any:
    """Return what names the next page, in the body or in any wrapper; nothing where there is no such page."""
    for part in (body, body.get("paging"), body.get("links")):
        if isinstance(part, Mapping) and part.get("next"):
            return part["next"]
        for link in part if isinstance(part, list) else ():
            if isinstance(link, Mapping) and link.get("rel") == "next":
                return link.get("href") or link["rel"]
    return None
