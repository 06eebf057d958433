# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys Web Services 8.5: cancel records of calling lists, acknowledged over CometD.

The answer to a cancel only says that it was passed on. What became of it comes later as an event with the
same ``referenceId``; there is no way to read a record.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

from .._core import options
from .._core.client import Client
from .._core.errors import (
    AlreadyGone,
    Happening,
    Kind,
    OptionError,
    OutboundError,
    Undone,
    from_status,
    undocumented,
)
from .._core.message import Request, Response, path
from .._core.operation import Operation, Params, Snapshot, Vendor
from .._core.options import Spec
from .._core.redact import SHORT_SECRET, basic
from .._core.retry import Purpose, perhaps_carried_out
from .bayeux import Bayeux

ENVIRONMENT = {"username": "GENESYS_USERNAME", "password": "GENESYS_PASSWORD"}
URL_VARIABLE = "GENESYS_URL"

ME = path("api", "v2", "me")
DEVICES = path("api", "v2", "me", "devices")
FEATURES = path("api", "v2", "features")
OUTBOUND_RECORDS = path("api", "v2", "me", "outbound-records")
NOTIFICATIONS = path("api", "v2", "notifications")

SUBSCRIPTION = "/v2/me/*"
FEATURE = "api-voice-outbound"
ACKNOWLEDGED = "RecordCancelAcknowledge"
PARTIAL_SUCCESS = 7

MEANINGS: Mapping[int, str] = {
    1: "a required parameter is missing",
    2: "a parameter is not valid in the present state",
    3: "forbidden",
    4: "internal error",
    5: "no permission",
    6: "resource not found",
    7: "partial success",
    8: "the password has to be changed",
    9: "processing is incomplete",
    10: "the input is not valid",
    11: "a property is read-only",
    12: "could not be retrieved",
    13: "could not be created",
    14: "could not be deleted",
    15: "could not be updated",
    16: "could not be assigned",
    17: "could not be unassigned",
    18: "exists already",
    19: "is in use already",
    20: "not authenticated",
}

_KINDS = {
    3: Kind.DENIED,
    4: Kind.UNAVAILABLE,
    5: Kind.DENIED,
    6: Kind.NOT_FOUND,
    9: Kind.UNAVAILABLE,
    20: Kind.AUTH,
}

_CSRF_HEADER = re.compile("X-[A-Za-z0-9-]{1,60}", re.IGNORECASE)

NOTE = "that the record is there, and not cancelled yet, cannot be read; only login, feature and device were checked"


class StatusCodeError(OutboundError):
    """The vendor's own no: a ``statusCode`` other than 0. ``words`` is its text alone."""

    def __init__(self, kind: Kind, code: int, words: str, *, status: int) -> None:
        meaning = f"statusCode {code}: {MEANINGS.get(code, 'not documented')}"
        message = f"{words} ({meaning})" if words else meaning
        super().__init__(kind, message, happening=Happening.SAID_NO, status=status, code=code)
        self.words = words


class Genesys(Vendor):
    """An account of Genesys Web Services: a user name and a password, sent as HTTP Basic at once."""

    OPTIONS: ClassVar[Spec] = {"username": {"type": "str"}, "password": {"type": "str", "no_log": True}}

    def __init__(self, username: str, password: str) -> None:
        """Keep the credentials, already checked."""
        self._username = username
        self._password = password

    @classmethod
    def from_params(cls, params: Params) -> Genesys:
        """Take the credentials from the task or the environment."""
        found = options.require(options.credentials(params, ENVIRONMENT), ENVIRONMENT)
        if ":" in found["username"]:
            raise OptionError("username", "cannot have a colon: HTTP Basic could not carry it")
        return cls(found["username"], found["password"])

    def base_url(self) -> str:
        """Return the address from the environment: every site has its own."""
        url = os.environ.get(URL_VARIABLE)
        if not url:
            raise OptionError("base_url", f"is required, on the task or as {URL_VARIABLE}")
        return url

    def secrets(self) -> Mapping[str, str]:
        """Return the password."""
        return {"password": self._password}

    def user(self) -> str:
        """Return the user name."""
        return self._username

    def headers(self) -> Mapping[str, str]:
        """Return the Basic header."""
        return {"Authorization": f"Basic {basic(self._username, self._password)}"}

    def judge(self, response: Response) -> OutboundError | None:
        """Judge by the status and by the ``statusCode`` of the body: after one that is not 0 nothing was modified."""
        body = _object(response)
        code, words = _status_code(body), body.get("statusMessage")
        text = words if isinstance(words, str) else ""
        error = from_status(response.status, text, code=code)
        if not code or (error and error.happening is not Happening.SAID_NO):
            return error
        kind = _KINDS.get(code) or (error.kind if error else Kind.REJECTED)
        return StatusCodeError(kind, code, text, status=response.status)


@dataclass(frozen=True)
class Record:
    """What one cancel names, and the id by which its acknowledgement is known."""

    names: Mapping[str, Any]
    reference_id: str


class RecordCancel(Operation[Record]):
    """Cancel records of calling lists by phone number."""

    VENDOR = Genesys
    UNIT = "records"
    COUNTED = False
    BACKGROUND_CONNECTIONS = 1
    WORD_SECONDS = 1.0
    LOOKS = (3600.0,)
    """One pause, as long as the waiting: whoever waits is woken by the event."""

    TASK_OPTIONS: ClassVar[Spec] = {
        "device_path": {"type": "str"},
        "start_contact_center_session": {"type": "bool", "default": False},
        "already_gone": {"type": "list", "elements": "str"},
    }
    TARGET_OPTIONS: ClassVar[Spec] = {
        "application_id": {"type": "int"},
        "campaign_name": {"type": "str"},
        "calling_list": {"type": "str"},
        "phone_number": {"type": "raw"},
        "chain_attribute": {"type": "str", "choices": ["AllChain", "RecordOnly"], "default": "RecordOnly"},
        "reference_id": {"type": "str"},
    }

    def __init__(self, vendor: Genesys, params: Params) -> None:
        """Check what stands on the task."""
        super().__init__(vendor, params)
        self._username = vendor.user()
        self._device_path = None if params["device_path"] is None else options.text(params, "device_path")
        self._already_gone = [_pattern(text) for text in params["already_gone"] or ()]
        self._wants_agent_session = bool(params["start_contact_center_session"])
        self._agent_session = False
        self._reference_ids: set[str] = set()
        self._csrf: Mapping[str, str] = {}
        self._answers = _Answers()
        self._events = Bayeux(
            NOTIFICATIONS,
            SUBSCRIPTION,
            hear=self._answers.hear,
            ended=self._answers.wake_all,
            refresh=self._log_in,
            headers=lambda: self._csrf,
            longest_poll=options.seconds(params, "target_timeout", vendor.TARGET_TIMEOUT)
            + options.seconds(params, "wait_timeout", vendor.WAIT_TIMEOUT, zero=True),
        )

    def target(self, options_: Params) -> Record:
        """Check one record's options."""
        if options_["application_id"] is None:
            raise OptionError("application_id", "is required")
        names = {
            "application_id": options.whole(options_, "application_id", 1),
            **{name: options.text(options_, name) for name in ("campaign_name", "calling_list", "phone_number")},
            "chain_attribute": options_["chain_attribute"],
        }
        given = options_["reference_id"] is not None
        reference_id = options.text(options_, "reference_id") if given else str(uuid4())
        if reference_id in self._reference_ids:
            raise OptionError("reference_id", "belongs to an earlier target; each needs one of its own")
        self._reference_ids.add(reference_id)
        return Record(names, reference_id)

    def identify(self, target: Record) -> dict[str, Any]:
        """Return what the cancel names."""
        return dict(target.names)

    def open(self, client: Client) -> None:
        """Check login, feature and device; unless in check mode, also listen and begin the agent's session."""
        self._log_in(client)
        _check_feature(client)
        if self._device_path is None:
            self._device_path = _only_device(client)
        if client.check_mode:
            return
        self._events.start(client)
        if self._wants_agent_session:
            self._begin_agent_session(client)

    def close(self, client: Client) -> None:
        """End the agent's session, and the notifications."""
        farewell = client.another(client.deadline.left())
        if self._agent_session:
            self._end_agent_session(client)
        self._events.close(farewell)

    def expect_wake(self, target: Record, wake: Callable[[], None]) -> None:
        """Keep how to wake whoever waits for this record's event."""
        self._answers.expect(target.reference_id, wake)

    def read(self, target: Record, client: Client) -> Snapshot:
        """Say that nothing can be read."""
        return Snapshot(facts={"note": NOTE} if client.check_mode else {})

    def prepare(self, target: Record, before: Snapshot, client: Client) -> Mapping[str, Any]:
        """Return the reference id, for the vendor's own logs."""
        return {"reference_id": target.reference_id}

    def write(self, target: Record, _seen: Snapshot, client: Client) -> None:
        """Send the cancel; ``statusCode`` 0 says that it was passed on."""
        self._be_subscribed(client)
        names = target.names
        body = {
            "operationName": "CancelRecord",
            "applicationId": names["application_id"],
            "campaignName": names["campaign_name"],
            "callingList": names["calling_list"],
            "phoneNumber": names["phone_number"],
            "chainAttribute": names["chain_attribute"],
            "devicePath": self._device_path,
            "referenceId": target.reference_id,
        }
        self._answers.heed(target.reference_id)
        try:
            self._post(OUTBOUND_RECORDS, body, client)
        except StatusCodeError as error:
            if self._means_gone(error.words):
                raise AlreadyGone from None
            raise

    def confirmable(self, before: Snapshot) -> bool:
        """Say that the acknowledgement is a proof."""
        return True

    def look(self, target: Record, before: Snapshot, client: Client, *, last: bool) -> Snapshot:
        """Look at what was heard of this record; nothing is sent."""
        event = self._answers.of(target.reference_id)
        if event is not None:
            return self._judge_event(event)
        if self._events.failure is not None:
            raise self._events.failure
        if last:
            raise self._silence(client)
        return Snapshot()

    def _judge_event(self, event: Mapping[str, Any]) -> Snapshot:
        kind = event.get("notificationType")
        if kind == ACKNOWLEDGED:
            return Snapshot(pending=0)
        shown = json.dumps(event, ensure_ascii=False)
        if self._means_gone(shown):
            raise AlreadyGone
        raise Undone(
            Kind.REJECTED,
            f"the vendor answered with another event: {shown}",
            happening=Happening.SAID_NO,
            code=kind if isinstance(kind, str) else None,
        )

    def _silence(self, client: Client) -> OutboundError:
        end = "before the task was interrupted" if client.clock.stop.is_set() else "within wait_timeout"
        text = f"the cancel was accepted, but no acknowledgement came {end}"
        if self._events.lost:
            text += "; the server had ended the notification session meanwhile, and events may be lost"
        return OutboundError(Kind.TIMEOUT, text, happening=Happening.BROKEN)

    def _means_gone(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._already_gone)

    def _be_subscribed(self, client: Client) -> None:
        """Wait while a lost session is made anew: an acknowledgement must not find nobody listening."""
        while not self._events.subscribed(0.2):
            if client.clock.stop.is_set() or not client.deadline.left():
                text = "the notification session was lost and not made anew in time; nothing was sent"
                raise OutboundError(Kind.TIMEOUT, text, happening=Happening.NOT_SENT)
        failure = self._events.failure
        if failure is not None:
            text = f"nothing was sent, since no acknowledgement could be heard: {failure.message}"
            raise OutboundError(failure.kind, text, happening=Happening.NOT_SENT, status=failure.status)

    def _log_in(self, client: Client) -> None:
        """Show the credentials, and take the token against forged requests where the server hands one out."""
        response = client.send(Request(purpose=Purpose.LOGIN, method="GET", path=ME))
        _insist_on_success(response)
        name, token = response.headers.get("x-csrf-header"), response.headers.get("x-csrf-token")
        if name and token:
            # The name is the server's choice, but not that of a header with a meaning of its own.
            if not _CSRF_HEADER.fullmatch(name) or not token.isprintable() or len(token) < SHORT_SECRET:
                raise undocumented("the token against forged requests is not one", status=response.status)
            client.hide(token)
            self._csrf = {name: token}

    def _post(self, where: str, body: Mapping[str, Any], client: Client) -> None:
        request = Request(purpose=Purpose.WRITE, method="POST", path=where, headers=self._csrf, json=body)
        _insist_on_success(client.send(request))

    def _begin_agent_session(self, client: Client) -> None:
        self._agent_session = True
        try:
            self._post(ME, {"operationName": "StartContactCenterSession", "channels": ["voice"]}, client)
        except OutboundError as error:
            self._agent_session = perhaps_carried_out(error) or error.code == PARTIAL_SUCCESS
            error.message = f"the contact center session could not be started: {error.message}"
            raise

    def _end_agent_session(self, client: Client) -> None:
        body = {"operationName": "EndContactCenterSession"}
        try:
            try:
                self._post(ME, body, client)
            except OutboundError as error:
                if not perhaps_carried_out(error):
                    raise
                self._post(ME, body, client)
        except OutboundError as error:
            self.warnings.append(
                f"the contact center session of {self._username} may still be open, with its agent logged in:"
                f" {error.message}"
            )


class _Answers:
    """What was heard of each cancel, by its reference id. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakes: dict[str, Callable[[], None]] = {}
        self._heeded: set[str] = set()
        self._events: dict[str, Mapping[str, Any]] = {}

    def expect(self, reference_id: str, wake: Callable[[], None]) -> None:
        self._wakes[reference_id] = wake

    def heed(self, reference_id: str) -> None:
        """Take events with this id from now on: an earlier one speaks of something else."""
        with self._lock:
            self._heeded.add(reference_id)

    def hear(self, _channel: str, data: Any) -> None:
        """Keep the first event of each cancel; whatever else comes changes nothing."""
        if not isinstance(data, dict):
            return
        reference_id = str(data.get("referenceId"))
        with self._lock:
            if reference_id not in self._heeded or reference_id in self._events:
                return
            self._events[reference_id] = data
        self._wakes[reference_id]()

    def of(self, reference_id: str) -> Mapping[str, Any] | None:
        return self._events.get(reference_id)

    def wake_all(self) -> None:
        for wake in list(self._wakes.values()):
            wake()


def _pattern(text: str) -> re.Pattern[str]:
    if not text:
        raise OptionError("already_gone", "has an empty expression, which every text would match")
    try:
        return re.compile(text)
    except re.error as error:
        raise OptionError("already_gone", f"{text!r} is not a regular expression: {error}") from error


def _check_feature(client: Client) -> None:
    """Raise where the contact center tells its features, and the one that is needed is not among them."""
    try:
        body = _object(client.send(Request(purpose=Purpose.READ, method="GET", path=FEATURES)))
    except OutboundError as error:
        if error.kind is Kind.AUTH:
            raise
        return
    found = _ids(body, "features")
    if found and FEATURE not in found:
        text = f"this contact center does not have the feature {FEATURE}, which cancelling records needs"
        raise OutboundError(Kind.DENIED, text, happening=Happening.NOT_SENT)


def _only_device(client: Client) -> str:
    """Return the path of the account's one device, or raise OptionError that lists what there is."""
    response = client.send(Request(purpose=Purpose.READ, method="GET", path=DEVICES, params={"fields": "*"}))
    _insist_on_success(response)
    body = _object(response)
    if not isinstance(body.get("devices", body.get("uris")), list):
        raise undocumented("the answer lists no devices", status=response.status)
    found = [path("devices", device_id) for device_id in _ids(body, "devices")]
    if not found:
        raise OptionError("device_path", "is required, since the account has no device of its own")
    if len(found) > 1:
        raise OptionError("device_path", f"is required, since the account has several devices: {', '.join(found)}")
    return found[0]


def _ids(body: Mapping[str, Any], key: str) -> list[str]:
    """Return the ids of what an answer lists, whole (under ``key``) or as addresses that end in the id."""
    listed, uris = body.get(key), body.get("uris")
    whole: Iterable[Any] = listed if isinstance(listed, list) else ()
    addresses: Iterable[Any] = uris if isinstance(uris, list) else ()
    found = [item["id"] for item in whole if isinstance(item, dict) and isinstance(item.get("id"), str)]
    found += [uri.rstrip("/").rpartition("/")[2] for uri in addresses if isinstance(uri, str)]
    return list(dict.fromkeys(found))


def _object(response: Response) -> Mapping[str, Any]:
    """Return the body where it is a JSON object, and an empty one otherwise."""
    if not response.body.lstrip().startswith(b"{"):
        return {}
    try:
        body = response.json()
    except OutboundError:
        return {}
    return body if isinstance(body, dict) else {}


def _status_code(body: Mapping[str, Any]) -> int | None:
    code = body.get("statusCode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _insist_on_success(response: Response) -> None:
    if _status_code(_object(response)) != 0:
        raise undocumented("the answer has no statusCode, as one of Genesys Web Services has", status=response.status)
