# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extensions of a server, with their phone call events and calls in progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ...errors import BadInput, amount, mapping

KINDS = ("phone_terminal", "queue", "conference", "ivr")
"""Kinds of extensions that can have events; any other kind cannot."""
FIELDS = ("url", "method", "status", "note")

Event = dict[str, str]
Call = dict[str, Any]


@dataclass(slots=True)
class Extension:
    """One extension; its events and its calls in progress, by id."""

    kind: str
    user: str
    events: dict[str, Event] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)


class Extensions(dict[str, Extension]):
    """All extensions by number, and the ids that were given so far."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        """Build the extensions of a seed."""
        super().__init__()
        self._made = 0
        self._begun = 0
        for number, given in seed.items():
            self._load(str(number), given)

    def _load(self, number: str, given: Any) -> None:
        if isinstance(given, int) and not isinstance(given, bool):
            given = {"events": given}
        parts = mapping(given, f"the extension {number}")
        if unknown := sorted(parts.keys() - {"kind", "user", "events", "calls"}):
            raise BadInput(f"an extension has unknown parts: {', '.join(unknown)}")
        extension = Extension(str(parts.get("kind", KINDS[0])), str(parts.get("user", "1")))
        self[number] = extension
        events = parts.get("events") or []
        for event in [{}] * amount(events, "events") if isinstance(events, int) else events:
            self.add_event(extension, event)
        calls = parts.get("calls") or []
        for call in [{}] * amount(calls, "calls") if isinstance(calls, int) else calls:
            self.add_call(number, extension, call)

    def add_event(self, extension: Extension, given: Mapping[str, Any]) -> Event:
        """Add an event to an extension; omitted fields get defaults."""
        self._made += 1
        given = {
            "id": f"Event{self._made:04}",
            "type": "0",
            "url": f"https://hooks.example.com/{self._made}",
            "method": "1",
            "status": "1",
            "modified": now(),
            **mapping(given, "an event"),
        }
        if unknown := sorted(given.keys() - {"id", "type", "modified", *FIELDS}):
            raise BadInput(f"an event has unknown fields: {', '.join(unknown)}")
        event = {name: str(value) for name, value in given.items() if value is not None}
        if event["id"] in extension.events:
            raise BadInput(f"the event {event['id']!r} already exists")
        extension.events[event["id"]] = event
        return event

    def add_call(self, number: str, extension: Extension, given: Mapping[str, Any]) -> Call:
        """Add a call between an extension and a number; omitted fields get defaults."""
        self._begun += 1
        known = {
            "id": f"Call{self._begun:04}",
            "number": f"1555{self._begun:07}",
            "flow": 4,
            "status": 5,
            "caller_id": "",
        }
        parts = {**known, **mapping(given, "a call")}
        if unknown := sorted(parts.keys() - known.keys()):
            raise BadInput(f"a call has unknown fields: {', '.join(unknown)}")
        if not all(isinstance(parts[name], str) and parts[name] for name in ("id", "number")):
            raise BadInput("id and number of a call are text, quoted")
        if parts["id"] in extension.calls:
            raise BadInput(f"the call {parts['id']!r} already exists")
        ours, theirs = [number], [parts["number"]]
        source, destination = (theirs, ours) if parts["flow"] == 8 else (ours, theirs)
        view: Call = {"id": "00", "extension": number, "source": source, "destination": destination}
        view |= {"flow": int(parts["flow"]), "status": int(parts["status"]), "callerID": str(parts["caller_id"])}
        call: Call = {"id": parts["id"], "extension": number, "ownerId": extension.user, "published": now()}
        extension.calls[parts["id"]] = {**call, "phoneCallView": [view]}
        return extension.calls[parts["id"]]


def now() -> str:
    """Return the time as the server writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
