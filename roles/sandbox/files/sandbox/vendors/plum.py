# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plum Insight under /insight and Plum Fuse under /fuse: queues of outbound calls.

Follows docs.plumvoice.com. Settings cover what those pages leave open or contradict.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote

from ..body_formats import FORM, MULTIPART, media_type, prefers_xml, read_form, to_xml
from ..credentials import Credentials, fingerprint
from ..errors import BadInput, amount, mapping
from ..exchange import Answer, Change, Exchange
from ..owners import Owners
from ..vendor_app import VendorApp

_PARENTS = {"insight": "surveys", "fuse": "apps"}
_IDS = {"insight": "survey id and instance id", "fuse": "application id and deployment id"}
_HISTORY: Mapping[str, tuple[str, ...]] = {
    "canceled": ("queued", "canceled"),
    "dialing": ("queued", "dialing"),
    "connected": ("queued", "dialing", "connected"),
    "completed": ("queued", "dialing", "connected", "disconnected"),
}
_STATUS_FIELDS: Mapping[str, tuple[str, ...]] = {
    "insight": (
        "status",
        "attempts",
        "max_attempts",
        "queued_timestamp",
        "last_attempt_timestamp",
        "start_timestamp",
        "end_timestamp",
        "reattempt_wait",
    ),
    "fuse": (
        "status",
        "attempts",
        "max_attempts",
        "queued_timestamp",
        "start_timestamp",
        "end_timestamp",
        "reattempt_wait",
        "duration",
        "phone_number",
    ),
}
_UNSUCCESSFUL = ("failed", "rejected")
_MAX_ATTEMPTS = 3
Details = dict[str, Any]


@dataclass(slots=True)
class Queue:
    """The calls of one deployment or survey instance. `waiting` is maintained so that a cancel reads nothing else.

    A failed call with attempts left also waits, under the status of its last attempt: the vendor does not document its
    status between attempts.
    """

    name: str
    calls: dict[str, Details] = field(default_factory=dict)
    waiting: dict[str, Details] = field(default_factory=dict)

    def put(self, call_id: str, call: Details) -> None:
        """Add a call, or update its status."""
        self.calls[call_id] = call
        if _waits(call):
            self.waiting[call_id] = call
        else:
            self.waiting.pop(call_id, None)


@dataclass(slots=True)
class Product:
    """The state of Insight or of Fuse."""

    queues: dict[str, Queue] = field(default_factory=dict)
    where: dict[str, Queue] = field(default_factory=dict)
    """The queue of each call id."""
    last_id: int = 0

    def add(self, name: str, call_id: str, call: Details) -> None:
        """Add a call to a queue, and create the queue if it is new."""
        if call_id in self.where:
            raise BadInput(f"the call id {call_id!r} already exists")
        queue = self.queues.setdefault(name, Queue(name))
        self.where[call_id] = queue
        queue.put(call_id, call)

    def drop(self, name: str) -> int:
        """Delete a deployment with all its calls; return their number."""
        gone = self.queues.pop(name).calls
        for call_id in gone:
            del self.where[call_id]
        return len(gone)


class Plum(VendorApp):
    """Both products; they share accounts and settings."""

    key: ClassVar[str] = "plum"
    prefixes: ClassVar[tuple[str, ...]] = ("insight", "fuse")
    defaults: ClassVar[Mapping[str, Any]] = {
        "cancel_lag": 0.0,
        "cancel_body": "",
        "empty_cancel": 202,
        "single_quotes": False,
        "quoted_phone_number": False,
        "numbers_as_strings": True,
        "start_timestamp_key": "start_timestamp",
        "xml_root": "result",
        "xml_item": "item",
    }
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "empty_cancel": (202, 404),
        "start_timestamp_key": ("start_timestamp", "start_Timestamp"),
    }

    def load(self, seed: Mapping[str, Any]) -> None:
        """Load accounts and queues."""
        if unknown := sorted(seed.keys() - {"accounts", *self.prefixes}):
            raise BadInput(f"plum has unknown parts: {', '.join(unknown)}")
        self._accounts = {account["email"]: account for account in _accounts(seed.get("accounts") or [])}
        self._products = {prefix: Product() for prefix in self.prefixes}
        for prefix, product in self._products.items():
            for name, calls in mapping(seed.get(prefix) or {}, f"plum.{prefix}").items():
                self._fill(product, str(name), calls)
        self._owners = Owners(
            {email: account.get("owns", []) for email, account in self._accounts.items()},
            {name for product in self._products.values() for name in product.queues},
        )

    def snapshot(self) -> dict[str, Any]:
        """Return accounts and queues, developer keys as fingerprints."""
        accounts = [
            {**a, "developer_key": f"sha256:{fingerprint(a['developer_key'])}"} for a in self._accounts.values()
        ]
        queues = {
            prefix: {name: queue.calls for name, queue in product.queues.items()}
            for prefix, product in self._products.items()
        }
        return {"accounts": accounts, **queues}

    def accepts(self, credentials: Credentials) -> bool:
        """Return whether this is an active account; one without permission is accepted here and gets 403 later."""
        account = self._accounts.get(credentials.user or "")
        return (
            credentials.scheme == "basic"
            and account is not None
            and account["developer_key"] == credentials.secret
            and not account.get("inactive")
        )

    async def handle(self, exchange: Exchange) -> Answer:
        """Route by the path below the prefix."""
        match exchange.path.split("/"):
            case ["", "api", parent, first, second, "cancel"] if parent == _PARENTS[exchange.prefix]:
                return self._guard(exchange, "DELETE") or self._cancel(exchange, _queue_name(first, second))
            case ["", "api", parent, first, second, "queue"] if parent == _PARENTS[exchange.prefix]:
                return self._guard(exchange, "POST") or self._queue(exchange, _queue_name(first, second))
            case ["", "api", "outbound", call_id] if call_id:
                return self._guard(exchange, "GET") or self._status(exchange, unquote(call_id))
        return self._error(exchange, 404, "There is nothing at this address.")

    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """Run `queue` calls, `set_status` of one, or `remove_queue`."""
        product = self._products[prefix]
        match order.get("do"):
            case "queue":
                name = str(order.get("queue"))
                queued = self._fill(product, name, order.get("calls", 1))
                return [{"do": "queue", "queue": name, "call_ids": queued}]
            case "set_status":
                call_id, status = str(order.get("call_id")), order.get("status")
                if call_id not in product.where or not isinstance(status, str):
                    raise BadInput("set_status needs an existing call_id and a status")
                _move(product.where[call_id], call_id, status)
                return [{"do": "set_status", "call_id": call_id, "status": status}]
            case "remove_queue":
                name = str(order.get("queue"))
                if name not in product.queues:
                    raise BadInput(f"there is no queue {name!r}")
                return [{"do": "remove_queue", "queue": name, "calls": product.drop(name)}]
        raise BadInput("plum can do queue, set_status and remove_queue")

    def _fill(self, product: Product, name: str, calls: Any) -> list[str]:
        if name.count("/") != 1:
            raise BadInput(f"a queue is named id/id, not {name!r}")
        product.queues.setdefault(name, Queue(name))
        if isinstance(calls, int) and not isinstance(calls, bool):
            calls = {self._next_id(product, name): "queued" for _call in range(amount(calls, "calls"))}
        added = []
        for call_id, given in mapping(calls, f"the queue {name}").items():
            product.add(name, str(call_id), _call(given))
            added.append(str(call_id))
        return added

    def _next_id(self, product: Product, name: str) -> str:
        product.last_id += 1
        return f"{name.replace('/', '-')}-{product.last_id}"

    def _guard(self, exchange: Exchange, method: str) -> Answer | None:
        """Run the checks of every route; their order is not documented."""
        if not exchange.authenticated:
            return self._error(exchange, 401, "The authentication headers are invalid or the account is inactive.")
        if exchange.method != method:
            return self._error(exchange, 405, f"Invalid HTTP method. Only {method} is allowed.")
        kind = media_type(exchange.request.headers.get("Content-Type"))
        if exchange.prefix == "insight" and kind != FORM:
            return self._error(exchange, 415, f"The Content-Type must be {FORM}.")
        if self._account(exchange).get("denied"):
            return self._error(exchange, 403, "The account does not have appropriate permissions.")
        return None

    def _account(self, exchange: Exchange) -> Mapping[str, Any]:
        return self._accounts[(exchange.credentials and exchange.credentials.user) or ""]

    def _sees(self, exchange: Exchange, name: str) -> bool:
        return self._owners.sees(self._account(exchange)["email"], name)

    def _cancel(self, exchange: Exchange, name: str) -> Answer:
        queue = self._products[exchange.prefix].queues.get(name)
        if queue is None or not self._sees(exchange, name):
            return self._error(exchange, 404, f"No deployment was found by that {_IDS[exchange.prefix]}.")
        if not queue.waiting:
            if self.settings["empty_cancel"] == 404:
                return self._error(exchange, 404, "No pending calls were found.")
            return self._cancelled()
        marked = list(queue.waiting)
        if lag := self.settings["cancel_lag"]:
            asyncio.get_running_loop().call_later(lag, _carry_out, exchange, name, queue, marked)
        else:
            _carry_out(exchange, name, queue, marked)
        return self._cancelled()

    def _cancelled(self) -> Answer:
        """Answer without a body, as documented, or with the configured one."""
        body = str(self.settings["cancel_body"])
        return Answer(202, body.encode(), "application/json" if body else None)

    def _status(self, exchange: Exchange, call_id: str) -> Answer:
        queue = self._products[exchange.prefix].where.get(call_id)
        if queue is None:
            return self._error(exchange, 404, "No call was found by that call id.")
        call = queue.calls[call_id]
        if call["owner"] not in (None, self._account(exchange)["email"]) or not self._sees(exchange, queue.name):
            return self._error(exchange, 403, "The call is owned by another user.")
        shown = {name: self._worded(call[name]) for name in _STATUS_FIELDS[exchange.prefix]}
        if exchange.prefix == "fuse" and self.settings["quoted_phone_number"]:
            shown["phone_number"] = f"'{shown['phone_number']}'"
        shown[self.settings["start_timestamp_key"]] = shown.pop("start_timestamp")
        # in the samples, numbers of events are strings at Insight, and numbers at Fuse
        events = [
            {**event, "timestamp": self._worded(event["timestamp"])} if exchange.prefix == "insight" else event
            for event in call["events"]
        ]
        return self._result(exchange, 200, {"call_details": {**shown, "events": events}})

    def _queue(self, exchange: Exchange, name: str) -> Answer:
        product = self._products[exchange.prefix]
        if name not in product.queues or not self._sees(exchange, name):
            return self._error(exchange, 404, f"No deployment was found by that {_IDS[exchange.prefix]}.")
        content_type = exchange.request.headers.get("Content-Type")
        if media_type(content_type) not in (FORM, MULTIPART):
            return self._error(exchange, 400, "The parameters must be sent as a form.")
        form = read_form(exchange.body, content_type)
        try:
            given = _queue_parameters(form)
        except ValueError as error:
            return self._error(exchange, 400, str(error))
        call_id = self._next_id(product, name)
        product.add(name, call_id, _call(given))
        exchange.changed(do="queue", queue=name, call_ids=[call_id])
        link = f"/{exchange.prefix}/api/outbound/{call_id}"
        return self._result(exchange, 200, {"call_id": call_id}, (("Link", f"<{link}>"),))

    def _worded(self, value: Any) -> Any:
        return str(value) if self.settings["numbers_as_strings"] else value

    def _error(self, exchange: Exchange, status: int, text: str) -> Answer:
        return self._result(exchange, status, {"error": text})

    def _result(
        self, exchange: Exchange, status: int, content: Mapping[str, Any], headers: tuple[tuple[str, str], ...] = ()
    ) -> Answer:
        """Build an answer: Insight adds `success` to each body; both send XML on request."""
        if exchange.prefix == "insight":
            content = {"success": status < 400, **content}
        if prefers_xml(exchange.request.headers.get("Accept")):
            body = to_xml(self.settings["xml_root"], content, self.settings["xml_item"])
            return Answer(status, body, "application/xml", headers)
        text = json.dumps(content)
        if exchange.prefix == "insight" and self.settings["single_quotes"]:
            text = text.replace('"', "'")
        return Answer(status, text.encode(), "application/json", headers)


def _carry_out(exchange: Exchange, name: str, queue: Queue, marked: list[str]) -> None:
    """Cancel the marked calls that are still waiting."""
    canceled = [call_id for call_id in marked if call_id in queue.waiting]
    for call_id in canceled:
        _move(queue, call_id, "canceled")
    if canceled:
        exchange.changed(do="cancel", queue=name, call_ids=canceled)


def _move(queue: Queue, call_id: str, status: str) -> None:
    call = queue.calls[call_id]
    call["attempts"] += status == "dialing"
    call["status"] = status
    call["events"].append({"event": status, "timestamp": int(time.time())})
    queue.put(call_id, call)


def _waits(call: Details) -> bool:
    """Return whether a call will be dialed."""
    status = call["status"]
    return status == "queued" or (status in _UNSUCCESSFUL and int(call["attempts"]) < int(call["max_attempts"]))


def _queue_name(first: str, second: str) -> str:
    return f"{unquote(first)}/{unquote(second)}"


def _call(given: Any) -> Details:
    """Build a call from a seed: a status, or a mapping of its fields."""
    given = {"status": given} if isinstance(given, str) else mapping(given, "a call")
    now = int(time.time())
    status = str(given.get("status", "queued"))
    tried = status not in ("queued", "canceled")
    attempts = given.get("max_attempts", _MAX_ATTEMPTS) if status in _UNSUCCESSFUL else int(tried)
    queued_at = given.get("queued_timestamp", now)
    call: Details = {
        "status": status,
        "phone_number": "15555550100",
        "attempts": attempts,
        "max_attempts": _MAX_ATTEMPTS,
        "queued_timestamp": queued_at,
        "last_attempt_timestamp": now if tried else "",
        "start_timestamp": now if tried else "",
        "end_timestamp": now if status == "completed" else "",
        "reattempt_wait": 3600,
        "duration": 0,
        "owner": None,
        "events": [{"event": word, "timestamp": queued_at} for word in _HISTORY.get(status, ("queued",))],
    }
    if unknown := sorted(map(str, given.keys() - call.keys())):
        raise BadInput(f"a call has unknown fields: {', '.join(unknown)}")
    return {**call, **given, "status": status}


def _queue_parameters(form: Mapping[str, str]) -> Details:
    given: Details = {key: form[key] for key in ("phone_number", "start_timestamp", "end_timestamp") if key in form}
    if not given.get("phone_number"):
        raise ValueError("The parameter phone_number is required.")
    for key, least, most in (("max_attempts", 1, 10), ("reattempt_wait", 60, 86400)):
        if key in form:
            if not form[key].isdecimal() or not least <= int(form[key]) <= most:
                raise ValueError(f"The parameter {key} must be from {least} to {most}.")
            given[key] = int(form[key])
    return given


def _accounts(given: Any) -> list[Mapping[str, Any]]:
    if not isinstance(given, list):
        raise BadInput("plum.accounts must be a list")
    for account in given:
        if not all(isinstance(mapping(account, "an account").get(key), str) for key in ("email", "developer_key")):
            raise BadInput("an account of plum needs email and developer_key")
    return given


VENDOR = Plum
