# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: events that nearly are what a task names. They are not touched, but a person has to hear of them.

An address can be written in several ways: a hook that was entered as ``https://CRM.example.com/hook/`` goes on calling
the server that ``https://crm.example.com/hook`` was meant to take out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from .events import Event

_MOST_LAYERS = 5
"""How often escapes of escapes are taken off."""

_MOST_SHOWN = 3
_SPACE = re.compile(r"\s+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class NearMiss:
    """An event that differs from what was named in how some of its fields are written."""

    event: Event
    fields: Mapping[str, tuple[Any, Any]]
    """Name of the field → what the event has, and what was named."""

    def as_dict(self) -> dict[str, Any]:
        """Return the event as a playbook sees it."""
        return self.event.as_dict()

    def line(self) -> str:
        """Say how the event differs."""
        differences = ", ".join(f"{name} {has!r} is not {named!r}" for name, (has, named) in self.fields.items())
        return f"event {self.event.event_id}: {differences}"


def near_misses(named: Iterable[Mapping[str, Any]], events: Sequence[Event]) -> tuple[NearMiss, ...]:
    """Return the events that nearly are one of those named, each by field → value, and are none of them exactly."""
    found: dict[tuple[int, str], NearMiss] = {}
    exact: set[tuple[int, str]] = set()
    for fields in named:
        for event in events:
            differing = {
                name: (getattr(event, name), value) for name, value in fields.items() if getattr(event, name) != value
            }
            if not differing:
                exact.add(event.name)
            elif all(_alike(name, *both) for name, both in differing.items()):
                found.setdefault(event.name, NearMiss(event, differing))
    return tuple(miss for name, miss in found.items() if name not in exact)


def warning(place: str, misses: Sequence[NearMiss]) -> str:
    """Say what was left alone although it nearly is what the task names."""
    more = f"; and {len(misses) - _MOST_SHOWN} more" if len(misses) > _MOST_SHOWN else ""
    told = "; ".join(miss.line() for miss in misses[:_MOST_SHOWN])
    return f"{place} has what nearly is what the task names, and it was left alone: {told}{more}"


def _alike(name: str, has: Any, named: Any) -> bool:
    form = _FORMS.get(name)
    return form is not None and isinstance(has, str) and isinstance(named, str) and form(has) == form(named)


def _text(text: str) -> str:
    """Return a text without what cannot be seen in it: escapes, case, white space, the composition of letters."""
    plain = unicodedata.normalize("NFKC", _unescaped(text, unescape))
    visible = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    return _SPACE.sub(" ", visible).strip().casefold()


def _address(text: str) -> str:
    """Return an address without what makes no other place of it, or is easily overlooked.

    Without its scheme and fragment, a port that goes without saying, a dot behind its host and a slash at its end.
    """
    # Percent-escapes first, all of them: the semicolon of an HTML escape may be one.
    plain = _text(_unescaped(text, lambda layer: unescape(_unescaped(layer, unquote)))).replace("+", " ")
    with suppress(ValueError):
        parts = urlsplit(plain)
        host = (parts.hostname or "").rstrip(".")
        with suppress(UnicodeError):
            host = host.encode("ascii").decode("idna")
        port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return f"{user}{host}{port}{parts.path.rstrip('/ ')}?{parts.query.rstrip('/& ')}"
    return plain


def _unescaped(text: str, unescape_once: Callable[[str], str]) -> str:
    for _layer in range(_MOST_LAYERS):
        text, before = unescape_once(text), text
        if text == before:
            break
    return text


_FORMS: Mapping[str, Callable[[str], str]] = {"url": _address, "note": _text, "event_id": _text}
