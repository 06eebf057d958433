# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: assign the existing events of an extension to the wanted events, one to one.

The same pairing is used before and after a write, so that results refer to the same events.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .events import Content, DesiredEvent, Event


@dataclass(frozen=True)
class Step:
    """The action for one wanted event."""

    wanted: DesiredEvent
    event: Event | None
    fields: Mapping[str, str] = field(default_factory=dict)
    ambiguous: bool = False
    """Whether identical events make it impossible to know which of them is meant."""

    @property
    def outcome(self) -> str:
        """The outcome that the step would have."""
        if self.event is not None:
            return "would_update" if self.fields else "unchanged"
        return "not_done" if self.wanted.obstacle else "would_create"

    @property
    def pending(self) -> bool:
        """Whether a request has to be sent."""
        return self.outcome in ("would_create", "would_update")

    def as_dict(self, outcome: str) -> dict[str, Any]:
        """Return the event for results."""
        remarks = [*self.wanted.remarks, *([_AMBIGUOUS] if self.ambiguous else [])]
        return {
            "event_id": (self.event and self.event.event_id) or None,
            "old_event_id": self.wanted.old_id,
            "event_type": self.wanted.event_type,
            "url": self.wanted.url,
            "outcome": outcome,
            **({"restorable": False} if self.wanted.obstacle else {}),
            **({"remark": "; ".join(remarks)} if remarks else {}),
        }


Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Kind = tuple[tuple[str, str], ...]
"""The fields that matter to an entry, by name."""

_AMBIGUOUS = "the extension has events of the same content, which cannot be told apart"


def pair(wanted: Sequence[DesiredEvent], events: Sequence[Event]) -> tuple[Step, ...]:
    """Return a step for each wanted event, then one for each surplus event that has to be aligned.

    An entry with an old id matches the event with that id, or an unassigned one with the same content; it never
    changes another event. Any other entry matches an event of its type and URL: exact matches are preferred, for as
    many entries as possible. If the server has more such events than are wanted, the surplus is aligned with the last
    entry; otherwise a hook that is to be disabled would still be called.
    """
    free = {event.name: event for event in events}
    met = _by_id(wanted, free)
    ambiguous = _by_content(wanted, free, met)
    further = _by_key(wanted, free, met)
    steps = [_step(wish, met.get(index), index in ambiguous) for index, wish in enumerate(wanted)]
    return (*steps, *further)


def _step(wish: DesiredEvent, event: Event | None, ambiguous: bool = False) -> Step:
    return Step(wish, event, wish.changes(event) if event else {}, ambiguous)


def _by_id(wanted: Sequence[DesiredEvent], free: dict[tuple[int, str], Event]) -> dict[int, Event]:
    """Remove the events with the named ids from ``free`` and return them by entry."""
    names = {index: (wish.event_type, wish.old_id) for index, wish in enumerate(wanted) if wish.old_id is not None}
    return {index: free.pop(name) for index, name in names.items() if name in free}


def _by_content(wanted: Sequence[DesiredEvent], free: dict[tuple[int, str], Event], met: dict[int, Event]) -> set[int]:
    """Match entries with old ids to events with the same content; return the entries whose match is uncertain.

    Events that already remained when the entries were removed are not matched.
    """
    named = Counter(event.content for event in met.values())
    same = _grouped(free.values(), lambda event: event.content)
    ambiguous: set[int] = set()
    for indexes in _grouped(_unmatched(wanted, met), lambda index: wanted[index].content).values():
        contents = dict.fromkeys(content for index in indexes for content in wanted[index].contents)
        candidates = [event for content in contents for event in same.get(content, ())]
        left = min(wanted[index].left for index in indexes) - sum(named[content] for content in contents)
        spare = len(candidates) - max(0, left)
        for index, event in zip(indexes, candidates[: max(0, spare)], strict=False):
            met[index] = free.pop(event.name)
        if candidates and (left > 0 or spare > len(indexes)):
            ambiguous.update(indexes)
    return ambiguous


def _unmatched(wanted: Sequence[DesiredEvent], met: Mapping[int, Event]) -> list[int]:
    return [index for index, wish in enumerate(wanted) if wish.old_id is not None and index not in met]


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, deque[Item]]:
    groups: dict[Key, deque[Item]] = {}
    for item in items:
        groups.setdefault(key(item), deque()).append(item)
    return groups


def _by_key(wanted: Sequence[DesiredEvent], free: dict[tuple[int, str], Event], met: dict[int, Event]) -> list[Step]:
    """Match entries without ids to events of their type and URL; return the steps of surplus events."""
    unnamed = (index for index, wish in enumerate(wanted) if wish.old_id is None)
    events = _grouped(free.values(), lambda event: event.key)
    further: list[Step] = []
    for key, indexes in _grouped(unnamed, lambda index: wanted[index].key).items():
        there = events.get(key, ())
        entries = [wanted[index] for index in indexes]
        entries += [entries[-1]] * (len(there) - len(entries))
        for place, event in _match(entries, there).items():
            if place < len(indexes):
                met[indexes[place]] = event
            else:
                further.append(_step(entries[place], event))
    return further


def _match(entries: Sequence[DesiredEvent], events: Sequence[Event]) -> dict[int, Event]:
    """Return entry → event: as many exact matches as possible, the others in order."""
    places = sorted(range(len(entries)), key=lambda place: -len(entries[place].fields()))
    kinds = _grouped(places, lambda place: tuple(sorted(entries[place].fields().items())))
    classes = _grouped(events, lambda event: event.content)
    samples = {content: alike[0] for content, alike in classes.items()}
    fits = {
        kind: [content for content, event in samples.items() if not entries[alike[0]].changes(event)]
        for kind, alike in kinds.items()
    }
    found: dict[int, Event] = {}
    demand = {kind: len(places) for kind, places in kinds.items()}
    supply = {content: len(alike) for content, alike in classes.items()}
    flow = _largest_flow(demand, supply, fits)
    for (kind, content), number in flow.items():
        for _unused in range(number):
            found[kinds[kind].popleft()] = classes[content].popleft()
    rest = (place for places in kinds.values() for place in places)
    found.update(zip(rest, (event for alike in classes.values() for event in alike), strict=False))
    return found


def _largest_flow(
    demand: Mapping[Kind, int], supply: Mapping[Content, int], fits: Mapping[Kind, Sequence[Content]]
) -> Counter[tuple[Kind, Content]]:
    """Return how many entries of each kind get events of each content, maximizing the number of matches."""
    flow: Counter[tuple[Kind, Content]] = Counter()
    room = Counter(supply)
    for kind, number in demand.items():
        missing = number
        for content in fits[kind]:
            given = min(missing, room[content])
            flow[kind, content] += given
            room[content] -= given
            missing -= given
        while missing and (path := _augmenting_path(kind, flow, room, fits)):
            for mover, content, origin in path:
                flow[mover, content] += 1
                if origin is not None:
                    flow[mover, origin] -= 1
            room[path[0][1]] -= 1
            missing -= 1
    return flow


def _augmenting_path(
    kind: Kind,
    flow: Mapping[tuple[Kind, Content], int],
    room: Mapping[Content, int],
    fits: Mapping[Kind, Sequence[Content]],
) -> list[tuple[Kind, Content, Content | None]]:
    """Return the moves that free an event for one more entry: (kind, to, from), last move first; or nothing."""
    came: dict[Content, tuple[Kind, Content | None]] = dict.fromkeys(fits[kind], (kind, None))
    todo = deque(came)
    still = set(fits) - {kind}
    while todo:
        content = todo.popleft()
        if room[content]:
            return _way_to(content, came)
        for mover in [mover for mover in still if flow[mover, content]]:
            still.remove(mover)
            fresh = [other for other in fits[mover] if other not in came]
            came.update((other, (mover, content)) for other in fresh)
            todo.extend(fresh)
    return []


def _way_to(
    content: Content, came: Mapping[Content, tuple[Kind, Content | None]]
) -> list[tuple[Kind, Content, Content | None]]:
    path: list[tuple[Kind, Content, Content | None]] = []
    at: Content | None = content
    while at is not None:
        mover, origin = came[at]
        path.append((mover, at, origin))
        at = origin
    return path
