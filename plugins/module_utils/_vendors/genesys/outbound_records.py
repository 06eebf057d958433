# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys: what all requests about outbound records by phone number have in common.

The response to such a request only says that it was passed on. Its outcome arrives later over CometD, as an event with
the same ``referenceId``; records cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from uuid import uuid4

from ..._core import options
from ..._core.client import Client
from ..._core.errors import (
    AlreadyGone,
    FailureClass,
    Kind,
    OptionError,
    OutboundError,
    WriteRejectedLate,
    unexpected_response,
)
from ..._core.http_messages import Request, path
from ..._core.operation import Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.retry import Purpose, may_have_been_applied
from .account import ME, Genesys, StatusCodeError, json_object, require_status_code_zero
from .bayeux import Bayeux
from .events import Acknowledgments, Gone, shown

DEVICES = path("api", "v2", "me", "devices")
FEATURES = path("api", "v2", "features")
OUTBOUND_RECORDS = path("api", "v2", "me", "outbound-records")
NOTIFICATIONS = path("api", "v2", "notifications")

_FIELDS = {
    "application_id": "applicationId",
    "campaign_name": "campaignName",
    "calling_list": "callingList",
    "phone_number": "phoneNumber",
    "chain_attribute": "chainAttribute",
}

SUBSCRIPTION = "/v2/me/*"
FEATURE = "api-voice-outbound"
PARTIAL_SUCCESS = 7


@dataclass(frozen=True)
class Record:
    """What one request names, without omitted options, and the id that identifies its acknowledgement."""

    names: Mapping[str, Any]
    reference_id: str


class OutboundRecords(Operation[Record, None]):
    """One operation of the Outbound API on records identified by phone number."""

    OPERATION: ClassVar[str]
    """The vendor's ``operationName``."""

    ACKNOWLEDGMENT: ClassVar[str]
    """The ``notificationType`` of the event that confirms the operation."""

    REQUEST: ClassVar[str]
    """The name of the request in messages, with its article."""

    NOTE: ClassVar[str]
    """What check mode cannot verify."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """Options that the vendor does not require."""

    ALREADY: ClassVar[str]
    """What an error text must mean to match ``already_gone_patterns``."""

    OTHER_ERRORS: ClassVar[tuple[str, ...]] = ()
    """Error texts that mean something else, in addition to those of every operation."""

    ACCOUNT = Genesys
    COUNTABLE = False
    BACKGROUND_CONNECTIONS = 1
    ACK_SECONDS = 1.0
    RECHECK_DELAYS = (3600.0,)
    """One long delay: the event wakes the waiting target."""

    TASK_OPTIONS: ClassVar[Spec] = {
        "device_path": {"type": "str"},
        "start_contact_center_session": {"type": "bool", "default": False},
        "already_gone_patterns": {"type": "list", "elements": "str"},
    }
    TARGET_OPTIONS: ClassVar[Spec] = {
        "application_id": {"type": "int"},
        "campaign_name": {"type": "raw"},
        "calling_list": {"type": "raw"},
        "phone_number": {"type": "raw"},
        "chain_attribute": {"type": "str", "choices": ["AllChain", "RecordOnly"], "default": "RecordOnly"},
        "reference_id": {"type": "raw"},
    }
    SETTINGS = frozenset({"chain_attribute"})

    def __init__(self, account: Genesys, params: Params) -> None:
        super().__init__(account, params)
        self._device_path = None if params["device_path"] is None else options.required_text(params, "device_path")
        self._gone = Gone(params["already_gone_patterns"] or (), self.ALREADY, self.OTHER_ERRORS)
        self._wants_agent_session = bool(params["start_contact_center_session"])
        self._agent_session = False
        self._reference_ids: set[str] = set()
        self._losses: dict[str, int] = {}
        """How often events may have been lost before a request went out, by its reference id."""

        self._answers = Acknowledgments(self._gone, self.ACKNOWLEDGMENT)
        self._events = Bayeux(
            NOTIFICATIONS,
            SUBSCRIPTION,
            on_event=self._answers.on_event,
            ended=self._answers.wake_all,
            refresh=account.forget_login,
            longest_poll=options.seconds(params, "target_timeout", account.TARGET_TIMEOUT)
            + options.seconds(params, "wait_timeout", account.WAIT_TIMEOUT, zero=True),
        )
        # A server that lost a login may have lost the subscription too.
        account.renewed = self._events.doubt

    def target(self, options_: Params) -> Record:
        """Validate one record's options."""
        if options_["application_id"] is None:
            raise OptionError("application_id", "is required")
        names = {
            "application_id": options.int_in_range(options_, "application_id", 1),
            **{
                name: options.required_text(options_, name)
                for name in ("campaign_name", "calling_list")
                if not (name in self.OPTIONAL and options_[name] is None)
            },
            "phone_number": options.phone_number(options_, "phone_number"),
            "chain_attribute": options_["chain_attribute"],
        }
        given = options_["reference_id"] is not None
        reference_id = options.required_text(options_, "reference_id") if given else str(uuid4())
        if reference_id in self._reference_ids:
            raise OptionError("reference_id", "belongs to an earlier target; each target needs its own")
        self._reference_ids.add(reference_id)
        return Record(names, reference_id)

    def identify(self, target: Record) -> dict[str, Any]:
        """Return what the request names."""
        return dict(target.names)

    def open(self, client: Client) -> None:
        """Check login, feature and device; unless in check mode, also subscribe and start the agent's session."""
        client.log_in()
        _check_feature(client)
        if self._device_path is None:
            self._device_path = _only_device(client)
        if client.check_mode:
            return
        self._events.start(client)
        if self._wants_agent_session:
            self._begin_agent_session(client)

    def close(self, client: Client) -> None:
        """End the agent's session and the notification session."""
        closing_client = client.sibling(client.deadline.left())
        if self._agent_session:
            self._end_agent_session(client)
        self._events.close(closing_client)

    def on_news(self, target: Record, wake: Callable[[], None]) -> None:
        """Register the callback that wakes the target when its event arrives."""
        self._answers.expect(target.reference_id, target.names, wake)

    def read(self, target: Record, client: Client) -> Snapshot[None]:
        """Return a snapshot without state: records cannot be read."""
        return Snapshot(details={"note": self.NOTE} if client.check_mode else {})

    def probe(self, target: Record, client: Client) -> None:
        """Read the account's own user."""
        require_status_code_zero(client.send(Request(purpose=Purpose.READ, method="GET", path=ME)))

    def prepare(self, target: Record, before: Snapshot[None], client: Client) -> Mapping[str, Any]:
        """Return the reference id, which the vendor's logs contain."""
        return {"reference_id": target.reference_id}

    def write(self, target: Record, _seen: Snapshot[None], client: Client) -> None:
        """Send the request; ``statusCode`` 0 means that it was passed on."""
        names = target.names
        body = {
            "operationName": self.OPERATION,
            **{_FIELDS[name]: value for name, value in names.items()},
            "devicePath": self._device_path,
            "referenceId": target.reference_id,
        }
        self._answers.accept(target.reference_id)
        self._losses.setdefault(target.reference_id, self._events.losses)
        try:
            self._post(OUTBOUND_RECORDS, body, client, ready=partial(self._wait_for_subscription, client))
        except StatusCodeError as error:
            sent = [*names.values(), self._device_path, target.reference_id]
            if error.status not in (401, 403) and self._gone.meant_by(error.words, error.kind, sent):
                raise AlreadyGone from None
            raise
        except OutboundError as error:
            if may_have_been_applied(error):
                # Whatever broke this connection may have broken the subscription too.
                self._events.doubt()
            raise

    def can_confirm(self, before: Snapshot[None]) -> bool:
        """Return True: the acknowledgement is proof."""
        return True

    def recheck(self, target: Record, before: Snapshot[None], client: Client, *, final: bool) -> Snapshot[None]:
        """Evaluate the events received for this record; nothing is sent."""
        heard = self._answers.get(target.reference_id)
        if heard.acknowledged:
            return Snapshot(pending=0, words=shown(heard.last or {}))
        if heard.gone:
            raise AlreadyGone(shown(heard.last or {}))
        failure = self._events.failure
        if not final and failure is None:
            # The acknowledgement may still arrive, and it overrides everything else.
            return Snapshot()
        # An error is the vendor's last word only if no acknowledgement can have been lost.
        lost_any = self._events.losses > self._losses.get(target.reference_id, 0)
        if heard.error is not None and not lost_any:
            error = heard.error
            text = f"the vendor answered with an error event: {shown(error.event)}"
            if error.kind is Kind.REJECTED:
                text += "; where its text means that there is no such record, name it in already_gone_patterns"
            raise WriteRejectedLate(error.kind, text, FailureClass.REJECTED, code=error.code)
        if failure is not None:
            text = f"no acknowledgement can be received any more: {failure.message}"
            raise OutboundError(failure.kind, text, FailureClass.REJECTED, status=failure.status, code=failure.code)
        raise self._silence(heard.last, client)

    def _silence(self, other: Mapping[str, Any] | None, client: Client) -> OutboundError:
        """Build the error for a missing acknowledgement, with its possible causes."""
        end = "before the task was interrupted" if client.clock.stop.is_set() else "within wait_timeout"
        text = f"{self.REQUEST} was accepted, but no acknowledgement came {end}"
        if other is not None:
            text += f"; the vendor sent another event with its id: {shown(other)}"
        if self._events.lost_sessions:
            text += "; the server had ended the notification session meanwhile, and events may be lost"
        if self._events.unread:
            text += (
                f"; the acknowledgement may have been in an answer that was lost: {self._events.unread} polls for"
                f" notifications returned incomplete answers ({self._events.unread_reason})"
            )
        return OutboundError(Kind.TIMEOUT, text, FailureClass.INTERRUPTED)

    def _wait_for_subscription(self, client: Client) -> None:
        """Wait until the subscription is active, or the acknowledgement would be lost."""
        while not self._events.subscribed(client, 0.2):
            client.permit.check(Purpose.WRITE)
            if not client.deadline.left():
                text = "the notification session was lost and not restored in time; nothing was sent"
                raise OutboundError(Kind.TIMEOUT, text, FailureClass.NOT_SENT)
        failure = self._events.failure
        if failure is not None:
            text = f"nothing was sent, because no acknowledgement could be received: {failure.message}"
            raise OutboundError(failure.kind, text, FailureClass.NOT_SENT, status=failure.status)

    def _post(
        self, where: str, body: Mapping[str, Any], client: Client, *, ready: Callable[[], None] | None = None
    ) -> None:
        request = Request(purpose=Purpose.WRITE, method="POST", path=where, json=body, ready=ready)
        require_status_code_zero(client.send(request))

    def _begin_agent_session(self, client: Client) -> None:
        self._agent_session = True
        try:
            self._post(ME, {"operationName": "StartContactCenterSession", "channels": ["voice"]}, client)
        except OutboundError as error:
            self._agent_session = may_have_been_applied(error) or error.code == PARTIAL_SUCCESS
            raise error.with_(message=f"the contact center session could not be started: {error.message}") from None

    def _end_agent_session(self, client: Client) -> None:
        body = {"operationName": "EndContactCenterSession"}
        try:
            try:
                self._post(ME, body, client)
            except OutboundError as error:
                if not may_have_been_applied(error):
                    raise
                self._post(ME, body, client)
        except OutboundError as error:
            self.warnings.append(
                f"the contact center session of {self.account.user()} may still be open, with its agent logged in:"
                f" {error.message}"
            )


def _check_feature(client: Client) -> None:
    """Raise OutboundError if the contact center lists its features and lacks the required one."""
    try:
        body = json_object(client.send(Request(purpose=Purpose.READ, method="GET", path=FEATURES)))
    except OutboundError as error:
        if error.kind is Kind.AUTH:
            raise
        return
    found = _ids(body, "features")
    if found and FEATURE not in found:
        text = f"this contact center does not have the feature {FEATURE}, which its outbound records need"
        raise OutboundError(Kind.DENIED, text, FailureClass.NOT_SENT)


def _only_device(client: Client) -> str:
    """Return the path of the account's only device; raise OptionError that lists the devices if there are several."""
    response = client.send(Request(purpose=Purpose.READ, method="GET", path=DEVICES, params={"fields": "*"}))
    require_status_code_zero(response)
    body = json_object(response)
    if not isinstance(body.get("devices", body.get("uris")), list):
        raise unexpected_response("the answer lists no devices", status=response.status)
    found = [path("devices", device_id) for device_id in _ids(body, "devices")]
    if not found:
        raise OptionError("device_path", "is required, since the account has no device of its own")
    if len(found) > 1:
        raise OptionError("device_path", f"is required, since the account has several devices: {', '.join(found)}")
    return found[0]


def _ids(body: Mapping[str, Any], key: str) -> list[str]:
    """Return the listed ids: from whole objects (under ``key``), or from addresses that end in the id."""
    listed, uris = body.get(key), body.get("uris")
    whole: Iterable[Any] = listed if isinstance(listed, list) else ()
    addresses: Iterable[Any] = uris if isinstance(uris, list) else ()
    found = [item["id"] for item in whole if isinstance(item, dict) and isinstance(item.get("id"), str)]
    found += [uri.rstrip("/").rpartition("/")[2] for uri in addresses if isinstance(uri, str)]
    return list(dict.fromkeys(found))
