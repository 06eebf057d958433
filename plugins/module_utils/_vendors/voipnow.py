# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: remove, restore and list the phone call events of extensions.

The events of an extension can be listed, so every decision is made on a list, and every outcome is read
from a new one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from .._core import options
from .._core.client import Client
from .._core.errors import Happening, Kind, OptionError, OutboundError, from_status
from .._core.inquiry import Inquiry
from .._core.message import Response
from .._core.operation import Operation, Params, Snapshot, Vendor, Words
from .._core.options import Spec
from .._core.overlaps import Scope
from .._core.redact import forms
from .voipnow_events import (
    EXTENSION,
    METHODS,
    STATUSES,
    Event,
    Wanted,
    check_own,
    check_place,
    check_type,
    check_wanted,
)
from .voipnow_list import Place, list_events
from .voipnow_near import near_misses, warning
from .voipnow_oauth import CLIENT_AUTH, App, Token, read_token
from .voipnow_outlook import Outlook
from .voipnow_targets import Absent, Present, Target

ENVIRONMENT = {
    "access_token": "VOIPNOW_ACCESS_TOKEN",
    "client_id": "VOIPNOW_CLIENT_ID",
    "client_secret": "VOIPNOW_CLIENT_SECRET",
}
ADDRESS = "VOIPNOW_URL"

SETTLED = 60.0
"""Seconds for which a refusal is believed after a new token was fetched because of one, unless that one was old."""

_KINDS = {
    "access_denied": Kind.AUTH,
    "access_denided": Kind.AUTH,
    "pce_access_denied": Kind.DENIED,
}


class VoipNow(Vendor):
    """A VoipNow server and one App's access to it: a token that is given, or that is fetched with the App's secret."""

    OPTIONS: ClassVar[Spec] = {
        "access_token": {"type": "str", "no_log": True},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "client_auth": {"type": "str", "choices": list(CLIENT_AUTH), "default": "body"},
    }

    def __init__(self, found: Mapping[str, str], client_auth: str = "body") -> None:
        """Keep the credentials, already checked: ``access_token``, or ``client_id`` and ``client_secret``."""
        self._found = found
        fixed = found.get("access_token")
        self._app = App(found["client_id"], found["client_secret"], client_auth) if fixed is None else None
        self._lock = threading.Lock()
        self._token = None if fixed is None else Token(fixed)
        self._fetched = 0
        self._renewed_at: float | None = None
        self._refusal: OutboundError | None = None

    @classmethod
    def from_params(cls, params: Params) -> VoipNow:
        """Take the credentials from the task or the environment."""
        found = options.credentials(params, ENVIRONMENT)
        token = {"access_token": found.pop("access_token")}
        by_token = token["access_token"] is not None
        by_app = any(value is not None for value in found.values())
        if by_token and by_app:
            raise OptionError("access_token", "cannot stand beside client_id and client_secret; give one or the other")
        if not by_token and not by_app:
            raise OptionError(
                "access_token",
                "is required, or client_id with client_secret,"
                f" on the task or in the environment as {', '.join(ENVIRONMENT.values())}",
            )
        if by_token and params["client_auth"] != "body":
            raise OptionError("client_auth", "is for client_id and client_secret; an access_token is sent as it is")
        return cls(options.require(token if by_token else found, ENVIRONMENT), params["client_auth"])

    def base_url(self) -> str:
        """Return the address from the environment: every operator has a server of its own."""
        url = os.environ.get(ADDRESS)
        if not url:
            raise OptionError("base_url", f"is required, on the task or as {ADDRESS}")
        return url

    def secrets(self) -> Mapping[str, str]:
        """Return the token or the App's secret; its id is none."""
        return {name: value for name, value in self._found.items() if name != "client_id"}

    def user(self) -> str | None:
        """Return the App's id, which goes with its secret in the other form that OAuth knows, HTTP Basic."""
        return self._found.get("client_id")

    def secret_forms(self) -> set[str]:
        """Return every form of every secret, and that in which HTTP Basic carries the App's."""
        return super().secret_forms() | (forms(self._app.basic()) if self._app else set())

    def headers(self) -> Mapping[str, str]:
        """Return the token, and the content type that the vendor's pages show for every request."""
        token = self._token
        return {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token.text}"} if token else {}),
        }

    def login(self, client: Client) -> int:
        """Fetch a token where there is none that is still good; one for all threads."""
        with self._lock:
            token = self._token
            if self._app and (token is None or (token.end is not None and client.clock.now() >= token.end)):
                if self._refusal is not None:
                    # A secret that was refused once is not tried again: that could lock the App.
                    raise self._refusal
                token = self._token = self._fetch(self._app, client)
            return token.number if token else 0

    def renew(self, client: Client, used: int, error: OutboundError) -> bool:
        """Give up a token that was refused, but not one that has just replaced another for that reason.

        A token in the second half of the life that the server gave it may have ended, however short that life is.
        """
        refused = error.kind is Kind.AUTH or (error.status == 403 and error.code not in _KINDS)
        if self._app is None or not refused:
            return False
        with self._lock:
            if self._token is None or self._token.number != used:
                return True
            now = client.clock.now()
            old = self._token.aging is not None and now >= self._token.aging
            if not old and self._renewed_at is not None and now < self._renewed_at + SETTLED:
                return False
            self._renewed_at, self._token = now, None
            return True

    def judge(self, response: Response) -> OutboundError | None:
        """Judge by the vendor's error object, which may come with any status; then by the status."""
        code, message = _error(response)
        status = response.status
        if code is None and not message:
            return from_status(status)
        by_status = from_status(status, message or str(code), code=code)
        if by_status is None:
            happening = Happening.BROKEN if code == "internal_server_error" else Happening.SAID_NO
            kind = Kind.UNAVAILABLE if code == "internal_server_error" else Kind.REJECTED
            by_status = OutboundError(kind, message or str(code), happening=happening, status=status, code=code)
        if by_status.happening is Happening.SAID_NO:
            return by_status.with_(kind=_KINDS.get(str(code), by_status.kind))
        return by_status

    def _fetch(self, app: App, client: Client) -> Token:
        """Ask for a token, or raise OutboundError."""
        asked = client.clock.now()
        try:
            response = client.send(app.request())
        except OutboundError as error:
            if error.happening is not Happening.SAID_NO:
                raise
            self._refusal = app.refusal(error)
            raise self._refusal from None
        token = read_token(response, self._fetched + 1, asked)
        client.hide(token.text)
        self._fetched = token.number
        return token


def _error(response: Response) -> tuple[str | None, str]:
    """Return code and text of an error: an object at the API, a plain string at the token endpoint."""
    try:
        body = response.json()
    except OutboundError:
        return None, ""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        code, text = error.get("code"), error.get("message")
        return (None if code is None else str(code)), str(text or code or "the vendor reports an error")
    if error:
        return str(error), str(body.get("error_description") or error)
    return None, ""


class PhoneCallEvents(Operation[Target]):
    """Remove the events of extensions, or make sure that they are there."""

    VENDOR = VoipNow
    UNIT = "events"
    PIECEWISE = True
    TASK_OPTIONS: ClassVar[Spec] = {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
    EVENT: ClassVar[Spec] = {
        "event_id": {"type": "raw"},
        "event_type": {"type": "raw"},
        "url": {"type": "str"},
        "method": {"type": "str", "choices": list(METHODS)},
        "status": {"type": "str", "choices": list(STATUSES)},
        "note": {"type": "str"},
    }
    LISTED: ClassVar[Spec] = {
        **{name: {"type": spec["type"]} for name, spec in EVENT.items()},
        "modified": {"type": "str"},
        "restorable": {"type": "bool"},
        "left": {"type": "int"},
    }
    TARGET_OPTIONS: ClassVar[Spec] = {
        **EXTENSION,
        **EVENT,
        "all_events": {"type": "bool", "default": False},
        "events": {"type": "list", "elements": "dict", "options": LISTED},
    }
    ONLY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "absent": ("event_id", "all_events"),
        "present": ("method", "status", "events"),
    }

    def __init__(self, vendor: VoipNow, params: Params) -> None:
        """Keep the state, and the words that go with it."""
        super().__init__(vendor, params)
        self._outlooks: dict[str, Outlook] = {}
        self._state: str = params["state"]
        if self._state == "present":
            self.words = Words("unchanged", "would_change", "changed")

    def open(self, client: Client) -> None:
        """Log in before the first target, so that a login that fails is told once."""
        client.log_in()

    def target(self, options_: Params) -> Target:
        """Check what shall become of one extension's events."""
        place = Place(*check_place(options_))
        for state, names in self.ONLY.items():
            for name in names if state != self._state else ():
                if options_[name] not in (None, False):
                    raise OptionError(name, f"is for state: {state}")
        return _absent(place, options_) if self._state == "absent" else _present(place, options_)

    def identify(self, target: Target) -> dict[str, Any]:
        """Return the place, and what of it is meant."""
        return target.identify()

    def scope(self, target: Target) -> Scope:
        """Cover events of the extension, whichever user it is addressed by."""
        extension = target.place.extension
        return Scope(extension, f"extension {extension}", target.parts())

    def read(self, target: Target, client: Client) -> Snapshot:
        """List the extension's events, in check mode as earlier targets of the task would leave them.

        Those that nearly are what the task names are told, and so is what surely cannot be put back.
        """
        events = list_events(target.place, client)
        outlook = self._outlooks.get(target.place.extension)
        events = outlook.over(events) if outlook else events
        seen = target.before(events)
        if seen.partial:
            self.warnings.append(f"extension {target.place.extension}: some events cannot be put back; see the results")
        misses = near_misses(target.named(), events)
        if not misses:
            return seen
        self.warnings.append(warning(f"extension {target.place.extension}", misses))
        return replace(seen, facts={**seen.facts, "near_misses": [miss.as_dict() for miss in misses]})

    def foresee(self, target: Target, before: Snapshot) -> None:
        """Keep what the target would change."""
        self._outlooks.setdefault(target.place.extension, Outlook()).add(target.outlook(before))

    def probe(self, target: Target, client: Client) -> None:
        """List the extension's events."""
        list_events(target.place, client)

    def prepare(self, target: Target, before: Snapshot, client: Client) -> Mapping[str, Any]:
        """Leave open in the result what only a new list can tell."""
        return target.tried(before)

    def write(self, target: Target, seen: Snapshot, client: Client) -> None:
        """Send what is left to do."""
        target.write(seen, client)

    def look(self, target: Target, before: Snapshot, client: Client, *, last: bool) -> Snapshot:
        """List the events again."""
        return target.after(before, list_events(target.place, client))


class PhoneCallEventsInfo(Inquiry[Place, "tuple[Place, tuple[Event, ...]]"]):
    """The events of extensions."""

    VENDOR = VoipNow
    OPTIONS: ClassVar[Spec] = {
        **EXTENSION,
        "event_type": {"type": "raw"},
        "targets": options.targets_spec(EXTENSION),
    }

    def questions(self) -> Sequence[Place]:
        """Return the extensions; one that is given twice is read once."""
        wanted = self.params["event_type"]
        self._type = None if wanted is None else check_type(wanted)
        places = options.check_targets(self.params, EXTENSION, check_place)
        return list(dict.fromkeys(Place(*place) for place in places))

    def ask(self, question: Place, client: Client) -> tuple[Place, tuple[Event, ...]]:
        """List one extension's events."""
        return question, list_events(question, client)

    def result(self, answers: Sequence[tuple[Place, tuple[Event, ...]]]) -> dict[str, Any]:
        """Return the events of the type that was asked for."""
        return {
            "events": [
                {**place.as_dict(), **event.as_dict(), "event_type_name": event.type_name}
                for place, events in answers
                for event in events
                if self._type in (None, event.event_type)
            ]
        }


def _absent(place: Place, options_: Params) -> Absent:
    """Check which events shall go; nothing is ever meant by leaving everything out."""
    selectors: dict[str, Any] = {}
    if options_["event_id"] is not None:
        selectors["event_id"] = options.segment("event_id", options_["event_id"])
    if options_["event_type"] is not None:
        selectors["event_type"] = check_type(options_["event_type"])
    for name in ("url", "note"):
        if options_[name] is not None:
            selectors[name] = options.text(options_, name)
    if options_["all_events"] and selectors:
        raise OptionError("all_events", f"takes every event, so it cannot stand beside {', '.join(selectors)}")
    if not options_["all_events"] and not selectors:
        raise OptionError("event_id", "or event_type, url, note or all_events: true is required for state: absent")
    return Absent(place, bool(options_["all_events"]), selectors)


def _present(place: Place, options_: Params) -> Present:
    """Check which events shall be there."""
    events = options_["events"]
    if events is None:
        return Present(place, (check_wanted(options_),), single=True)
    for name in ("event_type", "url", "method", "status", "note"):
        if options_[name] is not None:
            raise OptionError(name, "cannot stand beside events")
    if not events:
        raise OptionError("events", "the list is empty; leave the target out where there is nothing to restore")
    wanted: list[Wanted] = []
    ids: dict[str, int] = {}
    for index, event in enumerate(events):
        try:
            wanted.append(check_wanted(event) if event["event_id"] is None else check_own(event))
            first = ids.setdefault(event["event_id"] or f" {index}", index)
            if first != index:
                raise OptionError("event_id", f"is also events[{first}]; `| unique` takes repeats out of a list")
        except OptionError as error:
            raise OptionError(f"events[{index}].{error.option}", error.message) from error
    return Present(place, tuple(wanted), single=False)
