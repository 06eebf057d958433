# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Web Services 8.5 under /genesys: calling lists, a do-not-call list, and acknowledgements over CometD.

Follows docs.genesys.com. Settings cover what is not documented. The vendor documents no error event; the events here
are invented and marked with a `sandbox` key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, ClassVar
from uuid import uuid4

from ...credentials import Credentials, fingerprint
from ...errors import BadInput, mapping
from ...exchange import Answer, Change, Exchange, json_answer
from ...owners import Owners
from ...vendor_app import VendorApp
from .cometd import Cometd
from .messages import (
    ACKNOWLEDGEMENTS,
    OUTBOUND,
    Event,
    Message,
    acknowledgement,
    error_event,
    parsed,
    raw_acknowledgement,
)
from .records import Account, accounts_from, campaign_from, records_from

NOTIFICATIONS = "/api/v2/notifications"
_META = frozenset({"handshake", "connect", "subscribe", "unsubscribe", "disconnect"})
_STATUS_BY_CODE = {1: 400, 2: 409, 3: 403, 4: 500, 5: 403, 6: 404, 10: 400, 20: 401}
_MANNERS = ("acknowledge", "error_event", "status", "silence")
_REQUIRED = ("applicationId", "campaignName", "phoneNumber", "devicePath")


class Genesys(VendorApp):
    """One contact center."""

    key: ClassVar[str] = "genesys"
    prefixes: ClassVar[tuple[str, ...]] = ("genesys",)
    defaults: ClassVar[Mapping[str, Any]] = {
        "csrf": False,
        "csrf_on_notifications": True,
        "csrf_values": "one",
        "cometd": True,
        "errors_as_status": False,
        "show_features": True,
        "poll_timeout": 30.0,
        "poll_interval": 0.0,
        "max_interval": 10.0,
        "lost_openings": 0,
        "ack_extension": False,
        "ack_delay": 0.0,
        "ack_copies": 1,
        "ack_shape": "documented",
        "ack_names": "record",
        "ack_error": "",
        "event_before": "",
        "other_megabytes": 0,
        "events_after_reply": False,
        "noise": True,
        "absent_record": "error_event",
        "cancelled_record": "acknowledge",
        "unknown_number": "acknowledge",
        "listed_number": "acknowledge",
        "needs_agent_session": False,
    }
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "csrf_values": ("one", "foreign_first", "foreign_last"),
        "ack_shape": ("documented", "raw"),
        "ack_names": ("record", "nothing", "another"),
        **dict.fromkeys(("absent_record", "cancelled_record", "unknown_number", "listed_number"), _MANNERS),
    }

    def load(self, seed: Mapping[str, Any]) -> None:
        """Load accounts, campaigns and lists; the do-not-call list is empty."""
        if unknown := sorted(seed.keys() - {"accounts", "campaigns", "lists"}):
            raise BadInput(f"genesys has unknown parts: {', '.join(unknown)}")
        self._accounts = {account.username: account for account in accounts_from(seed.get("accounts") or [])}
        self._lists = {
            str(name): records_from(str(name), given)
            for name, given in mapping(seed.get("lists") or {}, "genesys.lists").items()
        }
        self._campaigns = {
            str(name): campaign_from(str(name), given)
            for name, given in mapping(seed.get("campaigns") or {}, "genesys.campaigns").items()
        }
        self._owners = Owners(
            {account.username: account.owns for account in self._accounts.values()},
            {*self._campaigns, *self._lists},
        )
        self._do_not_call: list[Event] = []
        self._browsers: dict[str, str] = {}
        self._cometd = Cometd(self.settings)

    def snapshot(self) -> dict[str, Any]:
        """Return the state; `sessions` are the open CometD sessions, expired ones are counted."""
        return {
            "accounts": [
                {
                    "username": account.username,
                    "password": f"sha256:{fingerprint(account.password)}",
                    "devices": account.devices,
                    "features": account.features,
                    "owns": account.owns,
                    "agent_session": account.agent_session,
                }
                for account in self._accounts.values()
            ],
            "campaigns": self._campaigns,
            "lists": self._lists,
            "do_not_call": self._do_not_call,
            "sessions": [
                {"client_id": s.client_id, "user": s.user, "subscriptions": s.subscriptions, "queued": len(s.queue)}
                for s in self._cometd.sessions.values()
            ],
            "expired_sessions": self._cometd.expired,
        }

    def accepts(self, credentials: Credentials) -> bool:
        """Return whether these are the credentials of an account."""
        account = self._accounts.get(credentials.user or "")
        return credentials.scheme == "basic" and account is not None and account.password == credentials.secret

    async def handle(self, exchange: Exchange) -> Answer:
        """Route by the path below the prefix."""
        if (exchange.method, exchange.path) == ("GET", "/api/v2/diagnostics/version"):
            return json_answer({"statusCode": 0, "version": "8.5.200.50"})
        if not exchange.authenticated:
            return self._no(20, "Access denied")
        browser, cookies = self._browser(exchange)
        answer = self._forged(exchange, browser) or await self._route(exchange, browser)
        headers = [*answer.headers, *cookies]
        if exchange.method == "GET" and self.settings["csrf"]:
            headers += [("X-CSRF-HEADER", "X-CSRF-TOKEN"), *self._tokens(browser)]
        return Answer(answer.status, answer.body, answer.content_type, headers)

    def _tokens(self, browser: str) -> list[tuple[str, str]]:
        """Return the token headers, with that of another party next to it if set."""
        own, foreign = ("X-CSRF-TOKEN", self._browsers[browser]), ("X-CSRF-TOKEN", "a-token-of-somebody-else")
        return {"one": [own], "foreign_first": [foreign, own], "foreign_last": [own, foreign]}[
            self.settings["csrf_values"]
        ]

    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """Run `expire_sessions`, `forget_logins`, `renew_tokens`, `publish` an event, or `set_status` of records."""
        match order.get("do"):
            case "expire_sessions":
                return [{"do": "expire_sessions", "sessions": self._cometd.expire(self._cometd.sessions.values())}]
            case "forget_logins":
                gone = len(self._browsers)
                self._browsers.clear()
                ended = self._cometd.expire(self._cometd.sessions.values())
                return [{"do": "forget_logins", "logins": gone, "sessions": ended}]
            case "renew_tokens":
                self._browsers = {browser: uuid4().hex for browser in self._browsers}
                return [{"do": "renew_tokens", "logins": len(self._browsers)}]
            case "publish":
                event = {"channel": str(order.get("channel", OUTBOUND)), "data": order.get("data")}
                return [{"do": "publish", "sessions": self._cometd.publish(event, order.get("user"))}]
            case "set_status":
                name, phone, status = str(order.get("list")), order.get("phone_number"), order.get("status")
                found = [record for record in self._lists.get(name, []) if record["phone_number"] == phone]
                if not found or not isinstance(status, str):
                    raise BadInput("set_status needs an existing list and phone_number, and a status")
                for record in found:
                    record["status"] = status
                return [{"do": "set_status", "list": name, "handles": [r["handle"] for r in found], "status": status}]
        raise BadInput("genesys can do expire_sessions, forget_logins, renew_tokens, publish and set_status")

    async def _route(self, exchange: Exchange, browser: str) -> Answer:
        account = self._account(exchange)
        match exchange.method, _plain(exchange.path):
            case "GET", "/api/v2/me":
                return self._yes(user={"userName": account.username, "uri": _uri(exchange, "me")})
            case "GET", "/api/v2/me/devices":
                return self._listing(exchange, "devices", account.devices, deviceState="Active")
            case "GET", "/api/v2/features" if self.settings["show_features"]:
                return self._listing(exchange, "features", account.features)
            case "POST", "/api/v2/me":
                return self._agent(exchange, account)
            case "POST", "/api/v2/me/outbound-records":
                return self._outbound(exchange, account)
            case "POST", path if path == NOTIFICATIONS and self.settings["cometd"]:
                return await self._cometd.answer(exchange, account.username, browser)
        return Answer(404, b"<html><body>Not Found</body></html>", "text/html")

    def _account(self, exchange: Exchange) -> Account:
        return self._accounts[(exchange.credentials and exchange.credentials.user) or ""]

    def _browser(self, exchange: Exchange) -> tuple[str, list[tuple[str, str]]]:
        """Return the HTTP session of the cookie, or a new one."""
        try:
            cookie = SimpleCookie(exchange.request.headers.get("Cookie", "")).get("JSESSIONID")
        except CookieError:
            cookie = None
        if cookie is not None and cookie.value in self._browsers:
            return cookie.value, []
        browser = uuid4().hex
        self._browsers[browser] = uuid4().hex
        return browser, [("Set-Cookie", f"JSESSIONID={browser}; Path=/; HttpOnly")]

    def _forged(self, exchange: Exchange, browser: str) -> Answer | None:
        """Refuse a request without the token if tokens are required."""
        exempt = _plain(exchange.path) == NOTIFICATIONS and not self.settings["csrf_on_notifications"]
        if not self.settings["csrf"] or exempt or exchange.method == "GET":
            return None
        if exchange.request.headers.get("X-CSRF-TOKEN") == self._browsers[browser]:
            return None
        return json_answer({"statusCode": 3, "statusMessage": "Missing or invalid Csrf token"}, 403)

    def _yes(self, **more: Any) -> Answer:
        return json_answer({"statusCode": 0, **more})

    def _no(self, code: int, text: str) -> Answer:
        """Return an error in the body; the HTTP status of a code is not documented."""
        status = _STATUS_BY_CODE[code] if self.settings["errors_as_status"] else 200
        return json_answer({"statusCode": code, "statusMessage": text}, status)

    def _listing(self, exchange: Exchange, kind: str, ids: list[str], **more: Any) -> Answer:
        if "fields=*" in exchange.query or "fields=%2A" in exchange.query:
            return self._yes(**{kind: [{"id": item, **more} for item in ids]})
        return self._yes(uris=[_uri(exchange, f"{kind}/{item}") for item in ids])

    def _agent(self, exchange: Exchange, account: Account) -> Answer:
        """Start or end the agent's session."""
        begins = {"StartContactCenterSession": True, "EndContactCenterSession": False}
        order = parsed(exchange.body)
        operation = order.get("operationName") if isinstance(order, dict) else None
        if operation not in begins:
            return self._no(10, "operationName is not valid")
        account.agent_session = begins[operation]
        exchange.changed(do="agent_session", user=account.username, open=account.agent_session)
        return self._yes()

    # --- outbound records -------------------------------------------------------------------------------------------

    def _outbound(self, exchange: Exchange, account: Account) -> Answer:
        order = parsed(exchange.body)
        operation = order.get("operationName") if isinstance(order, dict) else None
        if operation not in ACKNOWLEDGEMENTS:
            return self._no(10, "operationName is not valid")
        if refusal := self._refusal(order, account):
            return refusal
        carry_out = self._cancel if operation == "CancelRecord" else self._suppress
        return carry_out(exchange, order, account)

    def _cancel(self, exchange: Exchange, order: Message, account: Account) -> Answer:
        found = self._named(order, [order["callingList"]])
        left = [record for record in found if record["status"] != "cancelled"]
        for record in left:
            record["status"] = "cancelled"
        if left:
            exchange.changed(do="cancel", list=order["callingList"], handles=[record["handle"] for record in left])
            return self._carried_out("acknowledge", order, account, found)
        return self._carried_out(self.settings["cancelled_record" if found else "absent_record"], order, account, found)

    def _suppress(self, exchange: Exchange, order: Message, account: Account) -> Answer:
        """Add a number to the list, for a campaign or one of its lists; with its chain, all numbers of the chain."""
        campaign, calling_list = str(order["campaignName"]), order.get("callingList")
        lists = self._campaigns[campaign]["lists"] if calling_list is None else [calling_list]
        found = self._named(order, lists)
        if not found and self.settings["unknown_number"] != "acknowledge":
            return self._carried_out(self.settings["unknown_number"], order, account, found)
        numbers = dict.fromkeys([order["phoneNumber"], *(record["phone_number"] for record in found)])
        entries = [{"phone_number": number, "campaign": campaign, "list": calling_list} for number in numbers]
        new = [entry for entry in entries if entry not in self._do_not_call]
        if not new:
            text = "Phone number is on the list already"
            return self._carried_out(self.settings["listed_number"], order, account, found, text)
        self._do_not_call += new
        exchange.changed(do="do_not_call", entries=new)
        return self._carried_out("acknowledge", order, account, found)

    def _named(self, order: Message, lists: Iterable[str]) -> list[Event]:
        """Return the records in these lists with the requested number, with their chains if requested."""
        found: list[Event] = []
        for name in lists:
            records = self._lists.get(name, [])
            chains = {record["chain"] for record in records if record["phone_number"] == order["phoneNumber"]}
            whole = order.get("chainAttribute") == "AllChain"
            found += [
                record
                for record in records
                if record["phone_number"] == order["phoneNumber"] or (whole and record["chain"] in chains)
            ]
        return found

    def _refusal(self, order: Message, account: Account) -> Answer | None:
        """Validate the fields of a request; the vendor does not document which codes it uses."""
        for name in (*_REQUIRED, *(("callingList",) if order["operationName"] == "CancelRecord" else ())):
            if name not in order:
                return self._no(1, f"{name} is required")
        name = str(order["campaignName"])
        campaign = self._campaigns.get(name) if self._owners.sees(account.username, name) else None
        if campaign is None or campaign["application_id"] != order["applicationId"]:
            return self._no(6, "Campaign not found")
        calling_list = order.get("callingList")
        seen = calling_list in campaign["lists"] and self._owners.sees(account.username, str(calling_list))
        if "callingList" in order and not seen:
            return self._no(6, "Calling list not found")
        if str(order["devicePath"]).removeprefix("/devices/") not in account.devices:
            return self._no(6, "Device not found")
        if order.get("chainAttribute", "RecordOnly") not in ("RecordOnly", "AllChain"):
            return self._no(10, "chainAttribute is not valid")
        if self.settings["needs_agent_session"] and not account.agent_session:
            return self._no(2, "No contact center session")
        return None

    def _carried_out(
        self, manner: str, order: Message, account: Account, found: list[Event], error: str = "Record not found"
    ) -> Answer:
        if manner == "status":
            return self._no(6, error)
        if manner != "silence":
            handle = found[0]["handle"] if found else None
            events = self._acknowledgement(order, handle) if manner == "acknowledge" else [error_event(order, error)]
            copies = self.settings["ack_copies"] if manner == "acknowledge" else 1
            asyncio.get_running_loop().call_later(
                self.settings["ack_delay"],
                self._cometd.publish_all,
                self._others(order) + events * copies,
                account.username,
            )
        return self._yes()

    def _acknowledgement(self, order: Message, handle: Any) -> list[Event]:
        """Build the acknowledgement in the configured shape."""
        event, noise = acknowledgement(order, handle)
        if self.settings["ack_shape"] == "raw":
            return [raw_acknowledgement(order, noise["data"]["userData"])]
        data = event["data"]
        if self.settings["ack_names"] != "record":
            another = {**data["record"], "callingList": "a list that nobody named"}
            data["record"] = another if self.settings["ack_names"] == "another" else {}
        if self.settings["ack_error"]:
            data["errorMessage"] = self.settings["ack_error"]
        return [event, noise] if self.settings["noise"] else [event]

    def _others(self, order: Message) -> list[Event]:
        """Build the events before an acknowledgement: another one with its id, and other events of a busy account."""
        calls = [{"channel": "/v2/me/calls", "data": {"text": "x" * 1_000_000}}] * self.settings["other_megabytes"]
        if not self.settings["event_before"]:
            return calls
        word = {"messageType": "OutboundRecordMessage", "notificationType": self.settings["event_before"]}
        return [{"channel": OUTBOUND, "data": {**word, "referenceId": order.get("referenceId")}}, *calls]


def _plain(path: str) -> str:
    """Return a path without a final slash, and without the message type that some clients append."""
    place, _slash, last = path.rstrip("/").rpartition("/")
    return place if place == NOTIFICATIONS and last in _META else path.rstrip("/")


def _uri(exchange: Exchange, what: str) -> str:
    return f"http://{exchange.request.host}/{exchange.prefix}/api/v2/{what}"


VENDOR = Genesys
