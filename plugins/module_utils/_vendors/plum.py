# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plum Voice, Insight and Fuse: cancel the pending outbound calls of a queue, and look at single calls.

Neither product can list its queue; what can be read is one call by its id. So a queue counts as readable
only where the task's author vouches that the ids given are all of its calls.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .._core import options, strict_json
from .._core.answers import is_true, says_no
from .._core.client import Client
from .._core.errors import PROXY_LOGIN, Happening, Kind, OptionError, OutboundError, from_status, undocumented
from .._core.inquiry import Inquiry
from .._core.message import MIB, Request, Response, path
from .._core.operation import Operation, Params, Snapshot, Vendor
from .._core.options import Spec
from .._core.overlaps import Scope
from .._core.redact import basic
from .._core.retry import Purpose

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ENVIRONMENT = {"email": "PLUM_EMAIL", "developer_key": "PLUM_DEVELOPER_KEY"}

LONGEST_GLANCE = 10.0
"""Seconds that a cancel waits at most for looks that decide nothing, and half of what ``target_timeout`` leaves."""

GLANCE = "the time for reads that decide nothing"

NO_CALL = "0"
"""The id of a call that there cannot be."""

_MEETS_THE_CANCEL_TOO = (Happening.NOT_REACHED, Happening.TLS, Happening.REDIRECT)

PRODUCT: Spec = {"product": {"type": "str", "choices": ["insight", "fuse"], "required": True}}

NOTHING_ASKED = (
    "check mode sends no cancel, and without call_ids it reads nothing: neither address nor credentials were tried."
    " probe: true tries them by one harmless read."
)

IN_PROGRESS = frozenset({"dialing", "connected"})
ENDED = frozenset({"completed", "canceled"})
UNSUCCESSFUL = frozenset({"failed", "rejected"})
"""Words that are the last one only where no attempt is left: the vendor puts such numbers into the queue again."""

_PHASES = ("pending", "in_progress", "ended", "unknown")

_NUMBERS = (
    "attempts",
    "max_attempts",
    "queued_timestamp",
    "last_attempt_timestamp",
    "start_timestamp",
    "end_timestamp",
    "reattempt_wait",
)


class Plum(Vendor):
    """A Plum account: a login email and a developer key, sent as HTTP Basic at once."""

    OPTIONS: ClassVar[Spec] = {"email": {"type": "str"}, "developer_key": {"type": "str", "no_log": True}}

    def __init__(self, product: str, email: str, developer_key: str) -> None:
        """Keep the credentials, already checked."""
        self.product = product
        self._email = email
        self._developer_key = developer_key

    @classmethod
    def from_params(cls, params: Params) -> Plum:
        """Take the credentials from the task or the environment."""
        found = options.require(options.credentials(params, ENVIRONMENT), ENVIRONMENT)
        if ":" in found["email"]:
            raise OptionError("email", "cannot have a colon: HTTP Basic could not carry it")
        return cls(params["product"], found["email"], found["developer_key"])

    def base_url(self) -> str:
        """Return the product's public address."""
        return f"https://{self.product}.plumvoice.com"

    def secrets(self) -> Mapping[str, str]:
        """Return the developer key."""
        return {"developer_key": self._developer_key}

    def user(self) -> str:
        """Return the login email."""
        return self._email

    def headers(self) -> Mapping[str, str]:
        """Return the Basic header, and the content type that Insight asks for even without a body."""
        headers = {"Authorization": f"Basic {basic(self._email, self._developer_key)}"}
        if self.product == "insight":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers

    def judge(self, response: Response) -> OutboundError | None:
        """Judge by the status; the text comes from the body, whichever form that has."""
        return from_status(response.status, _error_text(response))


@dataclass(frozen=True)
class Queue:
    """The calls that one cancel takes, and the ids of those that can be looked at."""

    ids: Mapping[str, str]
    call_ids: tuple[str, ...]
    complete: bool


class OutboundCancel(Operation[Queue]):
    """Cancel all pending calls of a survey instance (Insight) or a deployment (Fuse)."""

    VENDOR = Plum
    UNIT = "calls"
    RESEND_UNREAD = True
    TASK_OPTIONS: ClassVar[Spec] = {**PRODUCT, "probe": {"type": "bool", "default": False}}
    TARGET_OPTIONS: ClassVar[Spec] = {
        "application_id": {"type": "raw"},
        "deployment_id": {"type": "raw"},
        "survey_id": {"type": "raw"},
        "instance_id": {"type": "raw"},
        "call_ids": {"type": "list", "elements": "raw"},
        "call_ids_complete": {"type": "bool", "default": False},
    }
    SETTINGS = frozenset({"call_ids", "call_ids_complete"})

    IDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "fuse": ("application_id", "deployment_id"),
        "insight": ("survey_id", "instance_id"),
    }
    FOLDERS: ClassVar[Mapping[str, str]] = {"fuse": "apps", "insight": "surveys"}

    def __init__(self, vendor: Plum, params: Params) -> None:
        """Keep which product this is about."""
        super().__init__(vendor, params)
        self._product = vendor.product
        self._probes = bool(params["probe"])

    def open(self, client: Client) -> None:
        """Prove address and credentials by one harmless read, where that is wanted."""
        if self._probes:
            call_details(NO_CALL, client)

    def target(self, options_: Params) -> Queue:
        """Check the ids of one queue and of its calls."""
        names = self.IDS[self._product]
        for product, foreign in self.IDS.items():
            for name in foreign if product != self._product else ():
                if options_[name] is not None:
                    raise OptionError(name, f"belongs to product: {product}, and this is {self._product}")
        ids = {name: options.identifier(options_, name) for name in names}
        call_ids = options_["call_ids"]
        if call_ids is None:
            if options_["call_ids_complete"]:
                raise OptionError("call_ids_complete", "needs call_ids")
            return Queue(ids, (), complete=False)
        return Queue(ids, _call_ids(call_ids), complete=bool(options_["call_ids_complete"]))

    def identify(self, target: Queue) -> dict[str, Any]:
        """Return product and ids."""
        return {"product": self._product, **target.ids}

    def scope(self, target: Queue) -> Scope:
        """Cover the queue: the cancel takes all of it, whichever calls were given."""
        ids = tuple(target.ids.values())
        return Scope(ids, f"queue {'/'.join(ids)}")

    def read(self, target: Queue, client: Client) -> Snapshot:
        """Look at the calls that were given."""
        if not target.call_ids:
            if client.check_mode and not self._probes and NOTHING_ASKED not in self.warnings:
                self.warnings.append(NOTHING_ASKED)
            return Snapshot()
        if target.complete:
            return self._before(target, client)
        # Calls go on being made meanwhile: what decides nothing must not keep the cancel waiting for long.
        brief = client.another(round(min(LONGEST_GLANCE, client.deadline.left() / 2), 1), GLANCE)
        try:
            return self._before(target, brief)
        except OutboundError as error:
            if error.kind is Kind.AUTH or error.happening in _MEETS_THE_CANCEL_TOO or error.status == PROXY_LOGIN:
                raise
            note = f"the calls were not counted before the cancel: {error.message}"
            return Snapshot(facts={"calls": {"before": None, "after": None}, "note": note})

    def _before(self, target: Queue, client: Client) -> Snapshot:
        statuses = self._statuses(target, client)
        counts = _count(statuses)
        return Snapshot(
            pending=self._pending(target, counts),
            mark=statuses,
            facts={"calls": {"before": counts, "after": None}},
            view=(_view(counts),),
            goal=(_view(_cancelled(counts)),),
        )

    def probe(self, target: Queue, client: Client) -> None:
        """Look at one call; that the vendor knows none of this id is an answer too."""
        call_details(next(iter(target.call_ids), NO_CALL), client)

    def write(self, target: Queue, _seen: Snapshot, client: Client) -> None:
        """Send the cancel; 202 without a body is the one documented success."""
        request = Request(
            purpose=Purpose.WRITE,
            method="DELETE",
            path=path("api", self.FOLDERS[self._product], *target.ids.values(), "cancel"),
        )
        response = client.send(request)
        if response.status != 202:
            raise undocumented("a cancel is answered with status 202", status=response.status)
        if response.text().strip() and not _says_yes(parse(response)):
            raise response.undocumented("the answer to a cancel has a body that does not say success: true alone")

    def watchable(self, before: Snapshot) -> bool:
        """Look again wherever calls were given: what became of them is worth telling."""
        return bool(before.facts)

    def look(self, target: Queue, before: Snapshot, client: Client, *, last: bool) -> Snapshot:
        """Look at the calls again."""
        statuses = self._statuses(target, client)
        counts = _count(statuses)
        return Snapshot(
            pending=self._pending(target, counts),
            quiet=not self.confirmable(before) and counts["pending"] == 0,
            mark=statuses,
            facts={"calls": {**before.facts["calls"], "after": counts}},
            view=(_view(counts),),
        )

    def _statuses(self, target: Queue, client: Client) -> tuple[str, ...]:
        calls = client.each(lambda call_id: call_details(call_id, client), target.call_ids)
        return tuple("unknown" if call is None else _counted_as(call) for call in calls)

    @staticmethod
    def _pending(target: Queue, counts: Mapping[str, int]) -> int | None:
        return counts["pending"] if target.complete and not counts["unknown"] else None


class CallInfo(Inquiry[str, "tuple[str, dict[str, Any] | None]"]):
    """The status of calls by their ids."""

    VENDOR = Plum
    OPTIONS: ClassVar[Spec] = {**PRODUCT, "call_ids": {"type": "list", "elements": "raw", "required": True}}

    def questions(self) -> Sequence[str]:
        """Return the ids."""
        return _call_ids(self.params["call_ids"])

    def ask(self, question: str, client: Client) -> tuple[str, dict[str, Any] | None]:
        """Look at one call."""
        return question, call_details(question, client)

    def result(self, answers: Sequence[tuple[str, dict[str, Any] | None]]) -> dict[str, Any]:
        """Return the calls that the vendor knows, and the ids that it does not."""
        return {
            "calls": [{"call_id": call_id, **call} for call_id, call in answers if call is not None],
            "missing": [call_id for call_id, call in answers if call is None],
        }


def call_details(call_id: str, client: Client) -> dict[str, Any] | None:
    """Read one call; None where the vendor does not know it."""
    request = Request(purpose=Purpose.READ, method="GET", path=path("api", "outbound", call_id))
    try:
        response = client.send(request)
    except OutboundError as error:
        if error.kind is Kind.NOT_FOUND:
            return None
        raise
    if response.status != 200:
        raise undocumented("a call is told with status 200", status=response.status)
    body = parse(response)
    details = body.get("call_details") if isinstance(body, dict) else None
    if not isinstance(details, dict) or not isinstance(details.get("status"), str):
        raise response.undocumented("the answer has no call_details with a status")
    if says_no(body):
        raise response.undocumented("the answer has call_details, and says that it is an error")
    if str(details.get("call_id", call_id)) != call_id:
        raise undocumented("the answer tells of another call", status=response.status)
    return _normalised(details, response.status)


def phase(status: str, attempts: Any, max_attempts: Any) -> str:
    """Sort a status: ``pending``, ``in_progress``, ``ended``, or ``unknown`` for one that may be tried again.

    A word that nobody documents is not known to have ended, so it is pending.
    """
    word = status.lower()
    if word in IN_PROGRESS:
        return "in_progress"
    if word in UNSUCCESSFUL:
        return "unknown" if _may_be_tried_again(attempts, max_attempts) else "ended"
    return "ended" if word in ENDED else "pending"


def _counted_as(call: Mapping[str, Any]) -> str:
    """Return what a call counts as: one in progress goes back into the queue when it fails with attempts left."""
    again = _may_be_tried_again(call["attempts"], call["max_attempts"])
    return "unknown" if call["phase"] == "in_progress" and again else str(call["phase"])


def _may_be_tried_again(attempts: Any, max_attempts: Any) -> bool:
    """Tell whether an attempt may be left; numbers that are missing or make no sense rule nothing out."""
    known = all(isinstance(number, int) and not isinstance(number, bool) for number in (attempts, max_attempts))
    return not known or not 1 <= max_attempts <= attempts


def _says_yes(body: Any) -> bool:
    """Tell whether a body is the documented yes and nothing else: any further word may take it back."""
    return (
        isinstance(body, dict)
        and body.keys() <= {"success", "error"}
        and is_true(body.get("success"))
        and not body.get("error")
    )


def parse(response: Response) -> Any:
    """Read a body: JSON, the single-quoted kind of Insight's pages, or XML under ``result``."""
    text = response.text().strip()
    if len(text) <= _LONGEST_ODD:
        if text.startswith("<"):
            try:
                return _from_xml(text, response.status)
            except OutboundError as error:
                raise response.undocumented(error.message) from None
        with suppress(ValueError):
            return strict_json.parse(text)
        text = _QUOTED.sub(_double_quoted, text)
    try:
        return strict_json.parse(text)
    except json.JSONDecodeError:
        raise response.undocumented("the answer is neither JSON nor XML") from None
    except ValueError as error:
        raise undocumented(f"the answer cannot be relied on: {error}", status=response.status) from None


# Characters of an answer in another form than JSON: it tells of one call, and reading it takes more than JSON takes.
_LONGEST_ODD = MIB

# A string that is never closed runs to the end: else every quote in it would start the search anew.
_QUOTED = re.compile(r""""(?:[^"\\]|\\.?)*+(?:"|\Z)|'((?:[^'\\]|\\.?)*+)(?:'|\Z)""", re.DOTALL)


def _double_quoted(match: re.Match[str]) -> str:
    inner = match.group(1)
    return match.group() if inner is None else json.dumps(re.sub(r"\\(.)", r"\1", inner))


def _from_xml(text: str, status: int) -> Any:
    """Read the vendor's XML; a document type is refused, since entities could blow up."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - XML is rare, and the import would slow down every task

    if "<!" in text:
        raise undocumented("the answer is XML with a declaration that is not expected", status=status)
    try:
        root = ET.fromstring(text)  # noqa: S314 - no entity can be declared where no declaration is let in
    except ET.ParseError as error:
        raise undocumented("the answer is not XML that can be read", status=status) from error
    if root.tag != "result":
        raise undocumented("the answer is not XML of this vendor", status=status)
    return _value(root, status)


def _value(element: Element, status: int, depth: int = 1) -> Any:
    children = list(element)
    if depth > strict_json.MOST_NESTED:
        raise undocumented("the answer is XML that is nested too deeply", status=status)
    if not children:
        return element.text or ""
    if any(text and text.strip() for text in (element.text, *(child.tail for child in children))):
        raise undocumented("the answer is XML with text between its elements", status=status)
    if all(child.tag == "item" for child in children):
        return [_value(child, status, depth + 1) for child in children]
    try:
        return strict_json.unique([(child.tag, _value(child, status, depth + 1)) for child in children])
    except ValueError as error:
        raise undocumented(f"the answer cannot be relied on: {error}", status=status) from error


def _error_text(response: Response) -> str:
    """Find the vendor's words in an answer that is no success."""
    if response.status < 300:
        return ""
    try:
        body = parse(response)
    except OutboundError:
        return ""
    text = body.get("error") if isinstance(body, dict) else None
    return text if isinstance(text, str) else ""


def _call_ids(values: Iterable[str]) -> tuple[str, ...]:
    checked = tuple(options.segment("call_ids", value) for value in values)
    if not checked:
        raise OptionError("call_ids", "the list is empty")
    return tuple(dict.fromkeys(checked))


def _count(phases: Iterable[str]) -> dict[str, int]:
    counted = Counter(phases)
    return {name: counted[name] for name in _PHASES}


def _cancelled(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts as a cancel leaves them: what was pending has ended."""
    return {**counts, "pending": 0, "ended": counts["ended"] + counts["pending"]}


def _view(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} calls {name.replace('_', ' ')}" for name, number in counts.items())


def _normalised(details: Mapping[str, Any], status: int) -> dict[str, Any]:
    """Return one call with numbers as numbers, whichever spelling the product uses."""
    try:
        lower = strict_json.unique([(key.lower(), value) for key, value in details.items()])
    except ValueError as error:
        raise undocumented(f"the answer cannot be relied on: {error}", status=status) from error
    phone_number = lower.get("phone_number")
    numbers = {name: _number(lower.get(name)) for name in _NUMBERS}
    return {
        "status": details["status"],
        "phase": phase(details["status"], numbers["attempts"], numbers["max_attempts"]),
        **numbers,
        "phone_number": str(phone_number).strip("'\"") if phone_number else None,
        "events": [
            {"event": event.get("event"), "timestamp": _number(event.get("timestamp"))}
            for event in lower.get("events") or []
            if isinstance(event, dict)
        ],
    }


def _number(value: Any) -> Any:
    """Return digits as a number, nothing as None, and anything else as it came."""
    if isinstance(value, str):
        if value.isascii() and value.isdigit():
            with suppress(ValueError):
                return strict_json.whole(value)
        return value or None
    return value
