# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Classify Genesys events: acknowledgement of a request, error, or neither.

The vendor documents only the acknowledgement and says that another event may come in its place. An event is matched by
the request's reference id and by every field of the record that the event contains.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..._core.errors import Kind, OptionError
from ..._core.phone_numbers import same_digits
from .account import KINDS

# Field names in the documented event and in the raw one of Outbound Contact Server.
_TYPES = ("notificationType", "GSW_USER_EVENT")
_REFERENCES = ("referenceId", "GSW_REFERENCE_ID")
_NAMES = {
    "callingList": "calling_list",
    "GSW_CALLING_LIST": "calling_list",
    "campaignName": "campaign_name",
    "GSW_CAMPAIGN_NAME": "campaign_name",
    "applicationId": "application_id",
    "GSW_APPLICATION_ID": "application_id",
    "phoneNumber": "phone_number",
    "GSW_PHONE": "phone_number",
}
_PARTS = ("record", "userData")

_ERROR = re.compile(r"error|exception|fail(?:ed|ure)|denied|refused|not_?found|invalid", re.IGNORECASE)
_ERROR_FIELD = re.compile(r"error|exception|fail(?:ed|ure)", re.IGNORECASE)
# Words in a state that contradict an acknowledgement, without being an error: whole words, and beginnings of words.
_NEGATIONS = ("no", "not", "false")
_CONTRARY = ("un", "reject", "declin", "abort", "cannot", "expire", "forbid", "timed", "timeout")
_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_STATE_FIELDS = frozenset({"status", "state", "result", "outcome"})
_SUCCESS_FIELDS = frozenset({"success", "successful"})
_CODE_FIELDS = frozenset({"statusCode"})
_TEXT_FIELDS = frozenset({"statusMessage", "message", "description", "reason", "details"})
_NOTHING = ("", "0", "false", "none", "null", "no", "ok", "0.0")

_LONGEST_TEXT = 2000
# Error texts of every site's servers that never mean that a record is gone.
_OTHER_ERRORS = ("", "internal error", "database is down", "no permission", "not authenticated")


@dataclass(frozen=True)
class EventError:
    """An error reported in an event: ``words`` is the vendor's text alone."""

    words: str
    kind: Kind
    code: str | int | None
    event: Mapping[str, Any]


class Gone:
    """The site's error texts that mean that the requested state exists already."""

    def __init__(self, expressions: Collection[str], already: str, other_errors: Collection[str] = ()) -> None:
        """Compile the expressions, or raise OptionError for one that would match unrelated errors too.

        ``already`` describes what a text must mean, ``other_errors`` are further texts that mean something else.
        """
        self._patterns = [_pattern(text, already, (*_OTHER_ERRORS, *other_errors)) for text in expressions]

    def meant_by(self, words: str, kind: Kind, sent: Collection[Any]) -> bool:
        """Return whether an error text has that meaning; values that only repeat what was ``sent`` are ignored."""
        if kind in (Kind.AUTH, Kind.DENIED):
            return False
        text = words[:_LONGEST_TEXT]
        for value in sorted((str(value) for value in sent), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "\ufffd", text, flags=re.IGNORECASE)
        return any(pattern.search(text) for pattern in self._patterns)


class Acknowledgments:
    """The events received for each request, by reference id. Thread-safe."""

    def __init__(self, gone: Gone, acknowledgment: str) -> None:
        """Accept the given ``notificationType`` as the acknowledgement, and errors that ``gone`` matches."""
        self._gone = gone
        self._acknowledgment = acknowledgment
        self._lock = threading.Lock()
        self._expected: dict[str, _Expected] = {}

    def expect(self, reference_id: str, names: Mapping[str, Any], wake: Callable[[], None]) -> None:
        """Store what a request names, and the callback that wakes the waiting target."""
        self._expected[reference_id] = _Expected(names, wake)

    def accept(self, reference_id: str) -> None:
        """Accept events with this id from now on: an earlier one belongs to another request."""
        with self._lock:
            self._expected[reference_id].accepting = True

    def on_event(self, _channel: str, data: Any) -> None:
        """Store an event; if it is decisive, wake the waiting target."""
        if not isinstance(data, dict):
            return
        reference_id = _reference_id(data)
        with self._lock:
            expected = self._expected.get(reference_id) if reference_id is not None else None
            if reference_id is None or expected is None or not expected.accepting or expected.is_decided():
                return
            self._note(expected, data, reference_id)
        if expected.is_decided():
            expected.wake()

    def get(self, reference_id: str) -> Heard:
        """Return what has been received so far."""
        return self._expected[reference_id].heard

    def wake_all(self) -> None:
        """Wake all waiting targets: no further event will arrive."""
        for expected in list(self._expected.values()):
            expected.wake()

    def _note(self, expected: _Expected, event: Mapping[str, Any], reference_id: str) -> None:
        heard = replace(expected.heard, last=event)
        if _matches(event, expected.names):
            error = _error_of(event)
            if error is not None:
                gone = self._gone.meant_by(error.words, error.kind, [*expected.names.values(), reference_id])
                heard = replace(heard, error=error, gone=gone)
            elif _type_of(event) == self._acknowledgment and not _contradicts_itself(event):
                heard = replace(heard, acknowledged=True)
        expected.heard = heard


@dataclass(frozen=True)
class Heard:
    """The events received with one reference id; an acknowledgement overrides all else."""

    acknowledged: bool = False
    gone: bool = False
    """Whether an error said, by the site's patterns, that there is no such record."""

    error: EventError | None = None
    last: Mapping[str, Any] | None = None


@dataclass
class _Expected:
    names: Mapping[str, Any]
    wake: Callable[[], None]
    accepting: bool = False
    heard: Heard = Heard()

    def is_decided(self) -> bool:
        return self.heard.acknowledged or self.heard.gone


def shown(event: Mapping[str, Any]) -> str:
    """Return an event as text for a message."""
    return json.dumps(event, ensure_ascii=False)


def _pattern(text: str, already: str, other_errors: Collection[str]) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise OptionError("already_gone_patterns", f"{text!r} is not a regular expression: {error}") from error
    for other in other_errors:
        if pattern.search(other):
            what = "an unrelated error" if other else "an empty text"
            message = f"{text!r} also matches {what}, which does not mean that {already}; use a narrower expression"
            raise OptionError("already_gone_patterns", message)
    return pattern


def _parts(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield event
    for name in _PARTS:
        part = event.get(name)
        if isinstance(part, dict):
            yield part


def _found(event: Mapping[str, Any], names: Collection[str]) -> list[Any]:
    return [part[name] for part in _parts(event) for name in names if part.get(name) is not None]


def _reference_id(event: Mapping[str, Any]) -> str | None:
    """Return the reference id of an event, or None if it has none or two different ones."""
    found = {str(value) for value in _found(event, _REFERENCES)}
    return found.pop() if len(found) == 1 else None


def _type_of(event: Mapping[str, Any]) -> str | None:
    """Return the event's type, or None if it has none or two different ones; raw events have it in ``userData``."""
    found = [value for value in _found(event, _TYPES) if isinstance(value, str)]
    return found[0] if found and set(found) == {found[0]} else None


def _matches(event: Mapping[str, Any], names: Mapping[str, Any]) -> bool:
    """Return whether every field of the record in the event matches the request.

    For a chain, any phone number of the person matches; fields that the request left out match anything.
    """
    chain = names["chain_attribute"] == "AllChain"
    return all(
        _same(option, str(value), str(names[option]))
        for name, option in _NAMES.items()
        if option in names and not (chain and option == "phone_number")
        for value in _found(event, (name,))
    )


def _same(option: str, received: str, sent: str) -> bool:
    if option != "phone_number":
        return received == sent
    # A switch may add or drop the plus sign and punctuation.
    return received == sent or same_digits(received, sent)


def _error_of(event: Mapping[str, Any]) -> EventError | None:
    """Return the error reported by an event, or None if it reports none."""
    kind = _type_of(event)
    fields = [item for part in _parts(event) for item in part.items() if _tells_an_error(*item)]
    if not fields and not (kind and _ERROR.search(kind)):
        return None
    codes = [value for name, value in fields if name in _CODE_FIELDS and isinstance(value, int)]
    found = KINDS.get(codes[-1], Kind.REJECTED) if codes else Kind.REJECTED
    return EventError(_error_text(event, fields) or kind or "", found, codes[-1] if codes else kind, event)


def _error_text(event: Mapping[str, Any], fields: Sequence[tuple[str, Any]]) -> str:
    values = [value for name, value in fields if _ERROR_FIELD.search(name)]
    values += [part.get(name) for part in _parts(event) for name in _TEXT_FIELDS]
    return "; ".join(dict.fromkeys(text for value in values for text in _texts(value)))


def _tells_an_error(name: str, value: Any) -> bool:
    says_nothing = value is None or str(value).strip().lower() in _NOTHING or value in ([], {})
    if name in _SUCCESS_FIELDS:
        return value is False or str(value).strip().lower() in ("false", "0", "no")
    if name in _STATE_FIELDS:
        return isinstance(value, str) and bool(_ERROR.search(value))
    return not says_nothing and (name in _CODE_FIELDS or bool(_ERROR_FIELD.search(name)))


def _contradicts_itself(event: Mapping[str, Any]) -> bool:
    """Return whether a state in an acknowledgement says that the request was not carried out."""
    words = [word.lower() for state in _found(event, _STATE_FIELDS) for word in _words(state)]
    return any(word in _NEGATIONS or word.startswith(_CONTRARY) for word in words)


def _words(state: Any) -> list[str]:
    texts = ["false"] if state is False else _texts(state)
    return [word for text in texts for word in _WORD.findall(text)]


def _texts(value: Any) -> list[str]:
    """Return every text within a value; the JSON parser has limited its depth."""
    if isinstance(value, str):
        return [value]
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in within for text in _texts(item)]
