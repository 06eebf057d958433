# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: the desired state of one extension's events, and the requests that establish it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..._core.client import Client
from ..._core.errors import AlreadyGone, Kind, OutboundError, guard_error
from ..._core.operation import Snapshot
from ..._core.overlaps import WHOLE, Part, part
from .change import send_change
from .events import DesiredEvent, Event, lines, list_events, obstacle_of
from .extension import ExtensionAddress
from .pairing import Step, pair

Events: TypeAlias = tuple[Event, ...]
Steps: TypeAlias = tuple[Step, ...]

GONE = "pce_id_invalid"


@dataclass
class Outlook:
    """Predicted changes of one extension's events; a new event has no id yet."""

    gone: set[tuple[int, str]] = field(default_factory=set)
    updated: dict[tuple[int, str], Event] = field(default_factory=dict)
    made: list[Event] = field(default_factory=list)

    def over(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Return the events after the changes."""
        kept = (self.updated.get(event.name, event) for event in events if event.name not in self.gone)
        return (*kept, *self.made)

    def add(self, other: Outlook) -> None:
        """Merge further changes."""
        self.gone |= other.gone
        self.updated |= other.updated
        self.made += other.made


def removal(events: Iterable[Event]) -> Outlook:
    """Return the removal of these events."""
    return Outlook(gone={event.name for event in events})


def _names(events: Sequence[Event]) -> set[tuple[int, str]]:
    return {event.name for event in events}


def _without(events: Sequence[Event], others: Sequence[Event]) -> list[Event]:
    """Return the events without the others."""
    names = _names(others)
    return [event for event in events if event.name not in names]


@dataclass(frozen=True)
class Absent:
    """Remove the events that match every given selector, or all events of the extension with ``all_events``.

    ``state`` of its snapshots holds the initially selected events that still exist: only they are removed.
    """

    place: ExtensionAddress
    all_events: bool
    selectors: Mapping[str, Any]

    def identify(self) -> dict[str, Any]:
        """Return the extension and the selectors."""
        return {**self.place.as_dict(), **({"all_events": True} if self.all_events else self.selectors)}

    def named(self) -> Sequence[Mapping[str, Any]]:
        """Return the selectors; empty for all events."""
        return [] if self.all_events else [self.selectors]

    def parts(self) -> Sequence[Part]:
        """Return the selection."""
        return (WHOLE if self.all_events else part(self.selectors),)

    def _matching(self, events: Sequence[Event]) -> tuple[Event, ...]:
        wanted = self.selectors.items()
        return tuple(event for event in events if all(getattr(event, name) == value for name, value in wanted))

    def before(self, events: Sequence[Event]) -> Snapshot[Events]:
        """Select the events to remove."""
        selected = self._matching(events)
        return Snapshot(
            pending=len(selected),
            state=selected,
            details={"selected": _removed(selected, _without(events, selected)), "removed": []},
            diff_lines=lines(events),
            diff_expected=lines(removal(selected).over(events)),
        )

    def outlook(self, before: Snapshot[Events]) -> Outlook:
        """Return the removal of the selected events."""
        return removal(before.state)

    def after(self, before: Snapshot[Events], events: Sequence[Event]) -> Snapshot[Events]:
        """Return which events are gone; new matching events count as pending, but are not touched."""
        there = _names(events)
        selected = before.state
        left = tuple(event for event in selected if event.name in there)
        return Snapshot(
            pending=len(self._matching(events)),
            state=left,
            guard_message=None if left else "what was selected is gone, and other events match now",
            details={"removed": _removed(_without(selected, left), events)},
            diff_lines=lines(events),
        )

    def details_before_write(self, before: Snapshot[Events]) -> Mapping[str, Any]:
        """Leave open which events were removed."""
        return {"removed": None}

    def write(self, seen: Snapshot[Events], client: Client) -> None:
        """Remove all events by one request, or each by type and id; never by type alone.

        The one request is not sent a second time where another event was created since the first.
        """
        untouched = client.writes == 0
        if self.all_events and seen.pending == len(seen.state):
            send_change(client, "DELETE", self.place.events())
            return
        now: tuple[Event, ...] | None = None
        removed = False
        for event in seen.state:
            try:
                send_change(client, "DELETE", self.place.events(*event.name))
                removed = True
            except OutboundError as error:
                if error.code != GONE:
                    raise
                if now is None or event.name in _names(now):
                    now = list_events(self.place, client)
                if event.name in _names(now):
                    raise
        # The list that follows shows whether an identical event was created in the meantime.
        if untouched and not removed and not self._matching(now or ()):
            raise AlreadyGone


@dataclass(frozen=True)
class Present:
    """Create or update the wanted events; other events of the extension are left alone.

    ``state`` of its snapshots holds a step for each event.
    """

    place: ExtensionAddress
    wanted: tuple[DesiredEvent, ...]
    single: bool

    def identify(self) -> dict[str, Any]:
        """Return the extension, and the event if it is a single one."""
        event = {"event_type": self.wanted[0].event_type, "url": self.wanted[0].url} if self.single else {}
        return {**self.place.as_dict(), **event}

    def named(self) -> Sequence[Mapping[str, Any]]:
        """Return the wanted events without an id; events with an id are restored exactly as recorded."""
        return [{"event_type": wish.event_type, "url": wish.url} for wish in self.wanted if wish.old_id is None]

    def parts(self) -> Sequence[Part]:
        """Return the events by type and URL, or by id for restored ones."""
        found: list[Part] = []
        for wish in self.wanted:
            key = {"event_type": wish.event_type, "url": wish.url}
            own = [part({"event_id": wish.old_id}), part({**key, "event_id": wish.old_id})]
            found += [part(key)] if wish.old_id is None else own
        return found

    def before(self, events: Sequence[Event]) -> Snapshot[Steps]:
        """Determine what to create and update; raise OutboundError if nothing can be restored."""
        steps = pair(self.wanted, events)
        undone = [step.wanted.obstacle for step in steps if step.outcome == "not_done"]
        if len(undone) == len(steps):
            raise guard_error(f"none of these events can be put back: {undone[0]}")
        return Snapshot(
            pending=sum(step.pending for step in steps),
            partial=bool(undone),
            state=steps,
            guard_message=_lacks_method(steps),
            details=_details(steps, [step.outcome for step in steps]),
            diff_lines=lines(events),
            diff_expected=lines(_changes(steps).over(events)),
        )

    def outlook(self, before: Snapshot[Steps]) -> Outlook:
        """Return the changes that the steps make."""
        return _changes(before.state)

    def after(self, before: Snapshot[Steps], events: Sequence[Event]) -> Snapshot[Steps]:
        """Return which events are now as wanted."""
        steps = pair(self.wanted, events)
        done = {"would_create": "created", "would_update": "updated"}
        words = [
            "not_done" if now.pending else done.get(then.outcome, then.outcome)
            for then, now in zip(before.state, steps, strict=False)
        ]
        return Snapshot(
            pending=sum(step.pending for step in steps),
            state=steps,
            guard_message=_lacks_method(steps),
            details=_details(steps, words),
            diff_lines=lines(events),
        )

    def details_before_write(self, before: Snapshot[Steps]) -> Mapping[str, Any]:
        """Leave open the outcome of each pending event."""
        steps = before.state
        return _details(steps, ["unknown" if step.pending else step.outcome for step in steps])

    def write(self, seen: Snapshot[Steps], client: Client) -> None:
        """Create missing events, and update differing ones with only the changed fields.

        If the server rejects an event, the others are still sent; the first error is raised afterwards.
        """
        denied: OutboundError | None = None
        for step in seen.state:
            try:
                self._take(step, client)
            except OutboundError as error:
                if error.kind is not Kind.REJECTED:
                    raise
                denied = denied or error
        if denied:
            raise denied

    def _take(self, step: Step, client: Client) -> None:
        if step.outcome == "would_create":
            send_change(client, "POST", self.place.events(), step.wanted.creation())
        elif step.event is not None and step.pending:
            send_change(client, "PUT", self.place.events(*step.event.name), step.fields)


ExtensionState: TypeAlias = Absent | Present
"""One extension and the desired state of its events."""


def _lacks_method(steps: Sequence[Step]) -> str | None:
    """Return why an event cannot be created, or None."""
    lacking = any(step.outcome == "would_create" and step.wanted.method is None for step in steps)
    return "there is no such event, and creating it requires method" if lacking else None


def _changes(steps: Sequence[Step]) -> Outlook:
    """Return the changes that pending steps make."""
    pending = [step for step in steps if step.pending]
    return Outlook(
        updated={step.event.name: step.wanted.made_of(step.event) for step in pending if step.event},
        made=[step.wanted.made_of(None) for step in pending if step.event is None],
    )


def _removed(events: Sequence[Event], left: Sequence[Event]) -> list[dict[str, Any]]:
    """Return removed events for results, with the details needed to restore them."""
    there = Counter(event.content for event in left)
    return [
        {
            **event.as_dict(),
            **({"left": there[event.content]} if there[event.content] else {}),
            **({"restorable": False} if obstacle_of(event.url) else {}),
        }
        for event in events
    ]


def _details(steps: Sequence[Step], words: Sequence[str]) -> dict[str, Any]:
    """Return the events with an outcome each, and a map from every old id to the new one."""
    shown = [step.as_dict(word) for step, word in zip(steps, words, strict=False)]
    ids = {event["old_event_id"]: event["event_id"] for event in shown if event["old_event_id"] and event["event_id"]}
    return {"events": shown, "event_ids": ids}
