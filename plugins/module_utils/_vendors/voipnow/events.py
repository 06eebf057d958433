# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow's phone call events: data model, parsing of lists, and validation of options.

An event is a call hook of an extension: a URL that the server requests when the extension dials or is called. It is
not a call, and removing it ends none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..._core import options
from ..._core.client import Client
from ..._core.errors import OptionError, unexpected_response
from ..._core.operation import Params
from .collection import Collection, addressable, list_all
from .extension import ExtensionAddress, number, text

TYPES = ("dial_in", "dial_out", "hangup", "answer_in", "answer_out")
METHODS = ("get", "post")
STATUSES = ("disabled", "enabled")

Content: TypeAlias = "tuple[int, str, str | None, str | None, str]"
"""All fields of an event except id and time: type, url, method, status, note."""

_USUAL = {"method": "post", "status": "enabled"}
"""Values for a restored event that was recorded without them, or with values that cannot be sent."""


@dataclass(frozen=True)
class _Hook:
    """What events and wanted events are compared by."""

    event_type: int
    url: str
    method: str | None
    status: str | None
    note: str | None

    @property
    def key(self) -> tuple[int, str]:
        """Events with the same key are the same for ``state: present`` if the task names no id."""
        return self.event_type, self.url

    @property
    def content(self) -> Content:
        """Events with the same content are identical; a missing note equals an empty one."""
        return self.event_type, self.url, self.method, self.status, self.note or ""


@dataclass(frozen=True)
class Event(_Hook):
    """One event as the server lists it; known codes as words, others as received."""

    event_id: str
    modified: str | None

    @property
    def name(self) -> tuple[int, str]:
        """Type and id, which address the event; the vendor requires both."""
        return self.event_type, self.event_id

    @property
    def type_name(self) -> str | None:
        """The type as a word, or None if the number is unknown."""
        return TYPES[self.event_type] if self.event_type < len(TYPES) else None

    def as_dict(self) -> dict[str, Any]:
        """Return the event for results."""
        return {"event_id": self.event_id, **asdict(self)}

    def line(self) -> str:
        """Describe the event for a diff."""
        name = self.type_name or f"type {self.event_type}"
        note = [f"({self.note})"] if self.note else []
        return " ".join([name, self.url, self.method or "?", self.status or "?", *note])


@dataclass(frozen=True)
class DesiredEvent(_Hook):
    """A wanted event; None means that a field does not matter.

    If ``old_id`` is set, the event was returned by an earlier removal: every field matters. ``contents`` then are the
    accepted contents: as recorded, and with the usual values in place of those that cannot be sent.
    """

    old_id: str | None = None
    left: int = 0
    """Number of events with the same content that remained when this one was removed."""
    contents: tuple[Content, ...] = ()
    remarks: tuple[str, ...] = ()
    """Remarks for the user, such as a field that cannot be restored."""
    obstacle: str | None = None
    """Why the event certainly cannot be created."""

    def changes(self, event: Event) -> dict[str, str]:
        """Return the fields that an update must send: only those that differ."""
        if event.content in self.contents:
            return {}
        wanted = {**self.fields(), **({"url": self.url, "note": self.note or ""} if self.old_id is not None else {})}
        return {name: value for name, value in wanted.items() if value != _fields(event)[name]}

    def fields(self) -> dict[str, str]:
        """Return the fields that matter in the format of the vendor's samples: numbers as strings."""
        fields = {}
        if self.method is not None:
            fields["method"] = str(METHODS.index(self.method))
        if self.status is not None:
            fields["status"] = str(STATUSES.index(self.status))
        if self.note is not None:
            fields["note"] = self.note
        return fields

    def creation(self) -> dict[str, str]:
        """Return the body of a creation; new events are enabled unless the task says otherwise."""
        return {"type": str(self.event_type), "url": self.url, "status": "1", **self.fields()}

    def made_of(self, event: Event | None) -> Event:
        """Return the event after the change; a new one has no id yet."""
        if event is None:
            return Event(self.event_type, self.url, self.method, self.status or "enabled", self.note, "", None)
        return replace(
            event,
            url=self.url,
            method=self.method or event.method,
            status=self.status or event.status,
            note=event.note if self.note is None and self.old_id is None else self.note,
        )


def _fields(event: Event) -> dict[str, str | None]:
    """Return an event's fields in the vendor's format; a missing note is empty."""
    return {
        "method": str(METHODS.index(event.method)) if event.method in METHODS else event.method,
        "status": str(STATUSES.index(event.status)) if event.status in STATUSES else event.status,
        "note": event.note or "",
        "url": event.url,
    }


def check_type(value: Any) -> int:
    """Return an event type given as number or word, or raise OptionError."""
    if isinstance(value, str) and value in TYPES:
        return TYPES.index(value)
    number = int(value) if isinstance(value, str) and value in set("01234") else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(TYPES):
        raise OptionError("event_type", f"is {value!r}; it must be 0 to 4, or {', '.join(TYPES)}")
    return number


def check_url(value: str | None) -> str:
    """Return a hook's URL, or raise OptionError."""
    if value is None:
        raise OptionError("url", "is required")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise OptionError("url", "must begin with http:// or https:// and name a host")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise OptionError("url", "must be percent-encoded: printable ASCII without spaces")
    return value


def check_wanted(options_: Params) -> DesiredEvent:
    """Validate one wanted event, or raise OptionError."""
    if options_["event_type"] is None:
        raise OptionError("event_type", "is required")
    for name, words in (("method", METHODS), ("status", STATUSES)):
        if options_[name] not in (None, *words):
            raise OptionError(name, f"is {options_[name]!r}; it must be one of {', '.join(words)}")
    return DesiredEvent(
        event_type=check_type(options_["event_type"]),
        url=check_url(options_["url"]),
        method=options_["method"],
        status=options_["status"],
        note=options_["note"],
    )


def check_own(options_: Params) -> DesiredEvent:
    """Validate one event to restore, whose values are taken as recorded; or raise OptionError."""
    event_id = options.required_text(options_, "event_id")
    code = number(options_["event_type"])
    event_type = check_type(options_["event_type"]) if code is None else code
    if options_["url"] is None:
        raise OptionError("url", "is required")
    fields, remarks = {}, []
    for name, words in (("method", METHODS), ("status", STATUSES)):
        came = options_[name]
        fields[name] = came if came in words else _USUAL[name]
        if came not in words:
            what = "nothing" if came is None else repr(came)
            remarks.append(f"its {name} was {what}, which cannot be sent; a new event gets {_USUAL[name]}")
    found = DesiredEvent(
        event_type=event_type,
        url=options_["url"],
        method=fields["method"],
        status=fields["status"],
        note=options_["note"],
        old_id=event_id,
        left=max(0, options_["left"] or 0),
    )
    as_it_came = (event_type, found.url, options_["method"], options_["status"], found.note or "")
    obstacle = obstacle_of(found.url)
    return replace(
        found,
        contents=tuple(dict.fromkeys((found.content, as_it_came))),
        remarks=(*remarks, *([f"it cannot be put back: {obstacle}"] if obstacle else [])),
        obstacle=obstacle,
    )


def obstacle_of(url: str) -> str | None:
    """Return why an event with this URL certainly cannot be created, or None."""
    if not url:
        return "it has no address, and the vendor requires one"
    return "its address has a control character" if options.CONTROL.search(url) else None


def lines(events: Iterable[Event]) -> tuple[str, ...]:
    """Describe events for a diff, sorted so that the server's order does not matter."""
    return tuple(sorted(event.line() for event in events)) or ("no events",)


def read_event(item: Any, name: str | None) -> Event:
    """Parse one event; it must have an id and a type, which its removal needs."""
    found = item if isinstance(item, Mapping) else {}
    event_id = text(found.get("id")) or name
    event_type = number(found.get("type"))
    url = text(found.get("url"))
    if not event_id or event_type is None or url is None:
        raise unexpected_response("the list has an event without id, type or url")
    return Event(
        event_id=addressable(event_id, "an event"),
        event_type=event_type,
        url=url,
        method=_word(METHODS, found.get("method")),
        status=_word(STATUSES, found.get("status")),
        note=text(found.get("note")),
        modified=text(found.get("modified")),
    )


EVENTS = Collection("events", read_event, lambda event: event.name, "url")


def list_events(place: ExtensionAddress, client: Client) -> tuple[Event, ...]:
    """Return all events of an extension; raise OutboundError if some could be missing."""
    return list_all(place.events(), EVENTS, client)


def _word(words: Sequence[str], value: Any) -> str | None:
    index = number(value)
    return words[index] if index is not None and index < len(words) else text(value)
