# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: the state that the events of one extension shall be in, and the way there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .._core.client import Client
from .._core.errors import AlreadyGone, OutboundError
from .._core.message import Request
from .._core.operation import Snapshot
from .._core.retry import Purpose
from .voipnow_events import Event, Wanted, lines
from .voipnow_list import Place, list_events

GONE = "pce_id_invalid"


def _names(events: Sequence[Event]) -> set[tuple[int, str]]:
    return {event.name for event in events}


def _without(events: Sequence[Event], others: Sequence[Event]) -> list[Event]:
    """Return the events without those others."""
    names = _names(others)
    return [event for event in events if event.name not in names]


class Target(ABC):
    """One extension and the state that its events shall be in."""

    place: Place

    @abstractmethod
    def identify(self) -> dict[str, Any]:
        """Return what names the target in results."""

    @abstractmethod
    def named(self) -> Sequence[Mapping[str, Any]]:
        """Return what the author named events by, field → value for each."""

    @abstractmethod
    def before(self, events: Sequence[Event]) -> Snapshot:
        """Say what a first list means."""

    @abstractmethod
    def after(self, before: Snapshot, events: Sequence[Event]) -> Snapshot:
        """Say what a list after the write means."""

    @abstractmethod
    def tried(self, before: Snapshot) -> Mapping[str, Any]:
        """Return the facts of a target that is about to be written, and perhaps never read again."""

    @abstractmethod
    def write(self, seen: Snapshot, client: Client) -> None:
        """Send what is left to do."""


@dataclass(frozen=True)
class Absent(Target):
    """The events that match every selector given (all of the extension, where ``all_events``) shall be gone.

    ``mark`` of its snapshots holds the events that were selected at first and are still there: only they are removed.
    """

    place: Place
    all_events: bool
    selectors: Mapping[str, Any]

    def identify(self) -> dict[str, Any]:
        """Return the place and the selection."""
        return {**self.place.as_dict(), **({"all_events": True} if self.all_events else self.selectors)}

    def named(self) -> Sequence[Mapping[str, Any]]:
        """Return the selection; all events have no name."""
        return [] if self.all_events else [self.selectors]

    def _matching(self, events: Sequence[Event]) -> tuple[Event, ...]:
        wanted = self.selectors.items()
        return tuple(event for event in events if all(getattr(event, name) == value for name, value in wanted))

    def before(self, events: Sequence[Event]) -> Snapshot:
        """Select what has to go."""
        selected = self._matching(events)
        return Snapshot(
            pending=len(selected),
            mark=selected,
            facts={"selected": [event.as_dict() for event in selected], "removed": []},
            view=lines(events),
            goal=lines(_without(events, selected)),
        )

    def after(self, before: Snapshot, events: Sequence[Event]) -> Snapshot:
        """Tell what has gone; what appeared meanwhile counts as pending, but is not touched."""
        there = _names(events)
        selected = cast("tuple[Event, ...]", before.mark)
        left = tuple(event for event in selected if event.name in there)
        return Snapshot(
            pending=len(self._matching(events)),
            mark=left,
            facts={"removed": [event.as_dict() for event in _without(selected, left)]},
            view=lines(events),
        )

    def tried(self, before: Snapshot) -> Mapping[str, Any]:
        """Leave open what was removed."""
        return {"removed": None}

    def write(self, seen: Snapshot, client: Client) -> None:
        """Remove by the one call for all, or one by one by type and id; never by type alone."""
        untouched = client.writes == 0
        if self.all_events:
            _send(client, "DELETE", self.place.path())
            return
        now: tuple[Event, ...] | None = None
        removed = False
        for event in cast("tuple[Event, ...]", seen.mark):
            try:
                _send(client, "DELETE", self.place.path(*event.name))
                removed = True
            except OutboundError as error:
                if error.code != GONE:
                    raise
                if now is None or event.name in _names(now):
                    now = list_events(self.place, client)
                if event.name in _names(now):
                    raise
        # One of the same kind, made anew in between, is for the list that follows to tell.
        if untouched and not removed and not self._matching(now or ()):
            raise AlreadyGone


@dataclass(frozen=True)
class Step:
    """What has to be done for one event that shall be there."""

    wanted: Wanted
    event: Event | None
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """Say what would be done."""
        if self.event is None:
            return "would_create"
        return "would_update" if self.fields else "unchanged"

    @property
    def done(self) -> bool:
        """Tell whether nothing is to be done."""
        return self.outcome == "unchanged"

    def as_dict(self, outcome: str) -> dict[str, Any]:
        """Return the event as a playbook sees it."""
        return {
            "event_id": self.event and self.event.event_id,
            "old_event_id": self.wanted.old_id,
            "event_type": self.wanted.event_type,
            "url": self.wanted.url,
            "outcome": outcome,
        }


@dataclass(frozen=True)
class Present(Target):
    """Events shall be there as wanted; others of the extension are left alone.

    ``mark`` of its snapshots holds a step for each event.
    """

    place: Place
    wanted: tuple[Wanted, ...]
    single: bool

    def identify(self) -> dict[str, Any]:
        """Return the place, and the event where it is one."""
        event = {"event_type": self.wanted[0].event_type, "url": self.wanted[0].url} if self.single else {}
        return {**self.place.as_dict(), **event}

    def named(self) -> Sequence[Mapping[str, Any]]:
        """Return the events that an author made up; the server's own are met as they are."""
        return [{"event_type": wish.event_type, "url": wish.url} for wish in self.wanted if wish.old_id is None]

    def before(self, events: Sequence[Event]) -> Snapshot:
        """Find out what has to be created and updated."""
        steps = plan(self.wanted, events)
        lacking = [step.wanted for step in steps if step.event is None and step.wanted.method is None]
        changed = {step.event: step for step in steps if step.event}
        goal = [changed[event].wanted.line(event) if event in changed else event.line() for event in events]
        return Snapshot(
            pending=sum(not step.done for step in steps),
            mark=steps,
            refusal="there is no such event, and to create it method is needed" if lacking else None,
            facts=_facts(steps, [step.outcome for step in steps]),
            view=lines(events),
            goal=[*goal, *(step.wanted.line(None) for step in steps if step.event is None)],
        )

    def after(self, before: Snapshot, events: Sequence[Event]) -> Snapshot:
        """Tell which of them are as wanted now."""
        steps = plan(self.wanted, events)
        done = {"would_create": "created", "would_update": "updated", "unchanged": "unchanged"}
        words = [
            done[then.outcome] if now.done else "not_done"
            for then, now in zip(cast("tuple[Step, ...]", before.mark), steps, strict=False)
        ]
        return Snapshot(
            pending=sum(not step.done for step in steps),
            mark=steps,
            facts=_facts(steps, words),
            view=lines(events),
        )

    def tried(self, before: Snapshot) -> Mapping[str, Any]:
        """Leave open what became of each."""
        steps = cast("tuple[Step, ...]", before.mark)
        return _facts(steps, ["unchanged" if step.done else "unknown" for step in steps])

    def write(self, seen: Snapshot, client: Client) -> None:
        """Create what is missing, and update what differs by its changed fields alone."""
        for step in cast("tuple[Step, ...]", seen.mark):
            if step.event is None:
                _send(client, "POST", self.place.path(), step.wanted.creation())
            elif not step.done:
                _send(client, "PUT", self.place.path(*step.event.name), step.fields)


def plan(wanted: Sequence[Wanted], events: Sequence[Event]) -> tuple[Step, ...]:
    """Pair what is wanted with what is there, one to one, what is equal first.

    Where the server holds more events of one type and url than are wanted, the others become like the
    last one wanted: else a hook that shall be off would go on being called.
    """
    free: dict[tuple[int, str], list[Event]] = {}
    for event in events:
        free.setdefault(event.key, []).append(event)
    paired: dict[int, Event] = {}
    for exactly in (True, False):
        for index, wish in enumerate(wanted):
            same = free.get(wish.key, [])
            fit = next((event for event in same if not (exactly and wish.changes(event))), None)
            if fit is not None and index not in paired:
                same.remove(fit)
                paired[index] = fit
    steps = [_step(wish, paired.get(index)) for index, wish in enumerate(wanted)]
    last = {wish.key: wish for wish in wanted}
    return (*steps, *(_step(wish, event) for key, wish in last.items() for event in free.get(key, ())))


def _step(wanted: Wanted, event: Event | None) -> Step:
    return Step(wanted, event, wanted.changes(event) if event else {})


def _facts(steps: Sequence[Step], words: Sequence[str]) -> dict[str, Any]:
    """Return the events with an outcome each, and the new id of every old one."""
    shown = [step.as_dict(word) for step, word in zip(steps, words, strict=False)]
    ids = {event["old_event_id"]: event["event_id"] for event in shown if event["old_event_id"] and event["event_id"]}
    return {"events": shown, "event_ids": ids}


def _send(client: Client, method: str, address: str, body: Mapping[str, str] | None = None) -> None:
    """Send a write; the answer is 2xx with JSON or without a body."""
    response = client.send(Request(purpose=Purpose.WRITE, method=method, path=address, json=body))
    if response.body.strip():
        response.json()
