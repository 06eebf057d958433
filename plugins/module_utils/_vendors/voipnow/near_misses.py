# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: find events that nearly match what a task names. They are not touched, but reported.

A URL can be written in several ways: a hook entered as ``https://CRM.example.com/hook/`` still calls the server that
the task meant with ``https://crm.example.com/hook``.
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
"""Maximum number of nested escapes to decode."""

_MOST_SHOWN = 3
_SPACE = re.compile(r"\s+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class NearMiss:
    """An event that differs from a named one only in how some fields are written."""

    event: Event
    fields: Mapping[str, tuple[Any, Any]]
    """Field name → value of the event, and value named by the task."""

    def line(self) -> str:
        """Describe how the event differs."""
        differences = ", ".join(f"{name} {has!r} is not {named!r}" for name, (has, named) in self.fields.items())
        return f"event {self.event.event_id}: {differences}"


def near_misses(named: Iterable[Mapping[str, Any]], events: Sequence[Event]) -> tuple[NearMiss, ...]:
    """Return the events that nearly match one of the named field mappings and match none of them exactly."""
    found: dict[tuple[int, str], NearMiss] = {}
    exact: set[tuple[int, str]] = set()
    for fields in named:
        for event in events:
            differing = {
                name: (getattr(event, name), value) for name, value in fields.items() if getattr(event, name) != value
            }
            if not differing:
                exact.add(event.name)
            elif all(_similar(name, *both) for name, both in differing.items()):
                found.setdefault(event.name, NearMiss(event, differing))
    return tuple(miss for name, miss in found.items() if name not in exact)


def warning(place: str, misses: Sequence[NearMiss]) -> str:
    """Return the warning about events that nearly match and were left alone."""
    more = f"; and {len(misses) - _MOST_SHOWN} more" if len(misses) > _MOST_SHOWN else ""
    listed = "; ".join(miss.line() for miss in misses[:_MOST_SHOWN])
    return f"{place} has events that nearly match the task and were left alone: {listed}{more}"


def _similar(name: str, has: Any, named: Any) -> bool:
    form = _FORMS.get(name)
    return form is not None and isinstance(has, str) and isinstance(named, str) and form(has) == form(named)


def _text(text: str) -> str:
    """Normalize what is invisible in a text: escapes, case, white space, Unicode composition."""
    plain = unicodedata.normalize("NFKC", _unescaped(text, unescape))
    visible = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    return _SPACE.sub(" ", visible).strip().casefold()


def _address(text: str) -> str:
    """Normalize differences in a URL that are irrelevant or easily overlooked.

    Drops scheme and fragment, the default port, a dot after the host and a slash at the end.
    """
    # Decode percent-escapes first: the semicolon of an HTML escape may be one.
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
