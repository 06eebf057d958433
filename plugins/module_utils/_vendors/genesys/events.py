# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What Genesys says of a request by events: which one is its acknowledgement, which one an error, which one neither.

The vendor documents the acknowledgement alone, and says that another event may come in its place. An event is
matched by the request's reference id, and by every name of the record that the event has.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..._core.errors import Kind, OptionError
from .account import KINDS

# How the documented event and the raw one of Outbound Contact Server spell what they name.
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
_STATE_FIELDS = frozenset({"status", "state", "result", "outcome"})
_SUCCESS_FIELDS = frozenset({"success", "successful"})
_CODE_FIELDS = frozenset({"statusCode"})
_TEXT_FIELDS = frozenset({"statusMessage", "message", "description", "reason", "details"})
_NOTHING = ("", "0", "false", "none", "null", "no", "ok", "0.0")

_LONGEST_TEXT = 2000
# What every site's servers say, and none means by it that a record is gone.
_OTHER_ERRORS = ("", "internal error", "database is down", "no permission", "not authenticated")


@dataclass(frozen=True)
class EventError:
    """The vendor's own error in an event: ``words`` is its text alone."""

    words: str
    kind: Kind
    code: str | int | None
    event: Mapping[str, Any]


class Gone:
    """The error texts that mean, at this site, that what is asked for is so already."""

    def __init__(self, expressions: Collection[str], already: str, other_errors: Collection[str] = ()) -> None:
        """Take the expressions, or raise OptionError for one that would fit errors of another kind too.

        ``already`` is what a text has to say, ``other_errors`` are further texts that say something else.
        """
        self._patterns = [_pattern(text, already, (*_OTHER_ERRORS, *other_errors)) for text in expressions]

    def meant_by(self, words: str, kind: Kind, sent: Collection[Any]) -> bool:
        """Tell whether a vendor's error text says so; what was ``sent`` and is only repeated there does not count."""
        if kind in (Kind.AUTH, Kind.DENIED):
            return False
        text = words[:_LONGEST_TEXT]
        for value in sorted((str(value) for value in sent), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "\ufffd", text, flags=re.IGNORECASE)
        return any(pattern.search(text) for pattern in self._patterns)


class Acknowledgments:
    """What was heard of each request, by its reference id. Safe for threads."""

    def __init__(self, gone: Gone, acknowledgment: str) -> None:
        """Listen for the ``notificationType`` that says yes, and for errors that mean that it was so already."""
        self._gone = gone
        self._acknowledgment = acknowledgment
        self._lock = threading.Lock()
        self._expected: dict[str, _Expected] = {}

    def expect(self, reference_id: str, names: Mapping[str, Any], wake: Callable[[], None]) -> None:
        """Keep what a request names, and how to wake whoever waits for its acknowledgement."""
        self._expected[reference_id] = _Expected(names, wake)

    def accept(self, reference_id: str) -> None:
        """Take events with this id from now on: an earlier one speaks of something else."""
        with self._lock:
            self._expected[reference_id].heeded = True

    def on_event(self, _channel: str, data: Any) -> None:
        """Note an event; one that decides wakes whoever waits for it."""
        if not isinstance(data, dict):
            return
        reference_id = _reference_id(data)
        with self._lock:
            expected = self._expected.get(reference_id) if reference_id is not None else None
            if reference_id is None or expected is None or not expected.heeded or expected.is_decided():
                return
            self._note(expected, data, reference_id)
        if expected.is_decided():
            expected.wake()

    def get(self, reference_id: str) -> Heard:
        """Return what was heard so far."""
        return self._expected[reference_id].heard

    def wake_all(self) -> None:
        """Wake everybody: nothing will be heard any more."""
        for expected in list(self._expected.values()):
            expected.wake()

    def _note(self, expected: _Expected, event: Mapping[str, Any], reference_id: str) -> None:
        heard = replace(expected.heard, last=event)
        if _speaks_of(event, expected.names):
            error = _error_of(event)
            if error is not None:
                gone = self._gone.meant_by(error.words, error.kind, [*expected.names.values(), reference_id])
                heard = replace(heard, error=error, gone=gone)
            elif _type_of(event) == self._acknowledgment:
                heard = replace(heard, acknowledged=True)
        expected.heard = heard


@dataclass(frozen=True)
class Heard:
    """What the events with one reference id said so far; an acknowledgement outweighs all else."""

    acknowledged: bool = False
    gone: bool = False
    """The site's own word that there is no such record was in the error."""

    error: EventError | None = None
    last: Mapping[str, Any] | None = None


class _Expected:
    def __init__(self, names: Mapping[str, Any], wake: Callable[[], None]) -> None:
        self.names = names
        self.wake = wake
        self.heeded = False
        self.heard = Heard()

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
            what = "an error of another cause" if other else "an empty text"
            message = f"{text!r} fits {what} too, which does not say that {already}; write a narrower one"
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
    """Return the one id that an event carries; None where it has none, or two that differ."""
    found = {str(value) for value in _found(event, _REFERENCES)}
    return found.pop() if len(found) == 1 else None


def _type_of(event: Mapping[str, Any]) -> str | None:
    """Return what kind of event it is; the raw one's own name stands in ``userData``."""
    found = [value for value in _found(event, _TYPES) if isinstance(value, str)]
    return found[0] if found and set(found) == {found[0]} else None


def _speaks_of(event: Mapping[str, Any], names: Mapping[str, Any]) -> bool:
    """Tell whether everything that an event names of its record is what the request named.

    For a chain it may name any number of the person; of what the request left open it may name anything.
    """
    chain = names["chain_attribute"] == "AllChain"
    return all(
        _same(option, str(value), str(names[option]))
        for name, option in _NAMES.items()
        if option in names and not (chain and option == "phone_number")
        for value in _found(event, (name,))
    )


def _same(option: str, told: str, sent: str) -> bool:
    if option != "phone_number":
        return told == sent
    # A switch may add or drop the plus and the marks between digits.
    return told == sent or _digits(told) == _digits(sent) != ""


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _error_of(event: Mapping[str, Any]) -> EventError | None:
    """Return the error that an event tells; None where it tells none."""
    told: list[str] = []
    code: int | None = None
    kind = _type_of(event)
    is_error = bool(kind and _ERROR.search(kind))
    for part in _parts(event):
        for name, value in part.items():
            if _tells_an_error(name, value):
                is_error = True
                code = value if name in _CODE_FIELDS and isinstance(value, int) else code
                told += _texts(value) if _ERROR_FIELD.search(name) else ()
    if not is_error:
        return None
    told += [text for part in _parts(event) for name in _TEXT_FIELDS for text in _texts(part.get(name))]
    found = KINDS.get(code, Kind.REJECTED) if code is not None else Kind.REJECTED
    return EventError("; ".join(dict.fromkeys(told)) or kind or "", found, code if code is not None else kind, event)


def _tells_an_error(name: str, value: Any) -> bool:
    says_nothing = value is None or str(value).strip().lower() in _NOTHING or value in ([], {})
    if name in _SUCCESS_FIELDS:
        return value is False or str(value).strip().lower() in ("false", "0", "no")
    if name in _STATE_FIELDS:
        return isinstance(value, str) and bool(_ERROR.search(value))
    return not says_nothing and (name in _CODE_FIELDS or bool(_ERROR_FIELD.search(name)))


def _texts(value: Any) -> list[str]:
    """Return every text within a value, which is nested no deeper than JSON from strangers may be."""
    if isinstance(value, str):
        return [value]
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in within for text in _texts(item)]
