# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VoipNow under /voipnow: Apps, their tokens, and the phone call events and calls of extensions.

Follows the vendor's pages about the UnifiedAPI. Settings cover what those pages leave open or contradict.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, unquote

from ...credentials import Credentials
from ...errors import BadInput, mapping
from ...exchange import Answer, Change, Exchange, json_answer
from ...vendor_app import VendorApp
from .extensions import FIELDS, KINDS, Call, Event, Extension, Extensions, now
from .oauth import Tokens

_TYPES = frozenset("01234")
_USUAL_COUNT = 20
_MOST = 5000


class _No(Exception):
    """An error of the API."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        """Store status, code and text."""
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


class VoipNow(VendorApp):
    """One server."""

    key: ClassVar[str] = "voipnow"
    prefixes: ClassVar[tuple[str, ...]] = ("voipnow",)
    defaults: ClassVar[Mapping[str, Any]] = {
        "token_lifetime": 3600.0,
        "token_really_lives": 0.0,
        "token_prefix": "issued-token",
        "token_type": "Bearer",
        "client_auth": "any",
        "refused_status": 401,
        "entry": "list",
        "empty": "no_content",
        "wrapped": False,
        "numbers_as_strings": True,
        "urls": "plain",
        "paging": "next",
        "most": _MOST,
        "next_host": "",
        "total_results": True,
        "delete_status": 200,
        "create_status": 200,
        "update_status": 200,
        "answer_body": True,
        "gone": "pce_id_invalid",
        "type_alone": "all",
        "ended_call": "no_content",
        "number_match": "exact",
        "parties": "list",
        "caller_id": "callerID",
        "errors_in_200": False,
        "duplicates": True,
        "lag": 0.0,
    }
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "refused_status": (401, 403),
        "client_auth": ("any", "body", "basic"),
        "entry": ("list", "object"),
        "empty": ("no_content", "empty", "missing"),
        "urls": ("plain", "html", "percent"),
        "paging": ("next", "none"),
        "delete_status": (200, 204),
        "create_status": (200, 201, 204),
        "update_status": (200, 204),
        "gone": ("pce_id_invalid", "no_content", "not_found"),
        "type_alone": ("all", "type"),
        "ended_call": ("no_content", "pc_phonecall_invalid", "not_found", "empty"),
        "number_match": ("exact", "digits"),
        "parties": ("list", "text", "missing"),
        "caller_id": ("callerID", "callerId"),
    }

    def load(self, seed: Mapping[str, Any]) -> None:
        """Load Apps, tokens and extensions."""
        if unknown := sorted(seed.keys() - {"apps", "tokens", "extensions"}):
            raise BadInput(f"voipnow has unknown parts: {', '.join(unknown)}")
        self._tokens = Tokens(self.settings, seed)
        self._extensions = Extensions(mapping(seed.get("extensions") or {}, "voipnow.extensions"))

    def snapshot(self) -> dict[str, Any]:
        """Return the state, with secrets as fingerprints."""
        return {
            **self._tokens.snapshot(),
            "extensions": {
                number: {
                    "kind": one.kind,
                    "user": one.user,
                    "events": list(one.events.values()),
                    "calls": list(one.calls.values()),
                }
                for number, one in self._extensions.items()
            },
        }

    def accepts(self, credentials: Credentials) -> bool:
        """Return whether this is a valid token."""
        return credentials.scheme == "bearer" and self._tokens.is_valid(credentials.secret)

    async def handle(self, exchange: Exchange) -> Answer:
        """Route by the path below the prefix."""
        segments = [unquote(segment) for segment in exchange.path.removesuffix("/").split("/")[1:]]
        match segments:
            case ["oauth", "token.php"]:
                return self._tokens.issue(exchange)
            case ["uapi", "extensions", user, extension, "phoneCallEvents", *rest] if len(rest) <= 2:
                try:
                    return self._events(exchange, user, extension, rest)
                except _No as no:
                    return self._no(no)
            case ["uapi", "phoneCalls", user, extension, *rest] if len(rest) <= 1:
                try:
                    return self._phone_calls(exchange, user, extension, rest)
                except _No as no:
                    return self._no(no)
        return self._no(_No("request_not_implemented", "There is nothing at this address.", 501))

    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """Run `add_event`, `remove_event`, `add_call` and `end_call` of an extension, or `revoke_tokens`."""
        do = order.get("do")
        if do == "revoke_tokens":
            return [{"do": do, "tokens": self._tokens.revoke_all()}]
        number = str(order.get("extension"))
        extension = self._extensions.get(number)
        carry_out = {
            "add_event": self._act_add_event,
            "remove_event": self._act_remove_event,
            "add_call": self._act_add_call,
            "end_call": self._act_end_call,
        }.get(str(do))
        if extension is None or carry_out is None:
            raise BadInput(
                "voipnow can do revoke_tokens, and add_event, remove_event, add_call and end_call"
                " of an existing extension"
            )
        return [{"do": do, "extension": number, **carry_out(number, extension, order)}]

    def _act_add_event(self, _number: str, extension: Extension, order: Mapping[str, Any]) -> Change:
        return {"event_ids": [self._extensions.add_event(extension, order.get("event") or {})["id"]]}

    def _act_remove_event(self, _number: str, extension: Extension, order: Mapping[str, Any]) -> Change:
        if order.get("event_id") not in extension.events:
            raise BadInput("remove_event needs an existing event_id")
        del extension.events[order["event_id"]]
        return {"event_ids": [order["event_id"]]}

    def _act_add_call(self, number: str, extension: Extension, order: Mapping[str, Any]) -> Change:
        return {"call_ids": [self._extensions.add_call(number, extension, order.get("call") or {})["id"]]}

    def _act_end_call(self, _number: str, extension: Extension, order: Mapping[str, Any]) -> Change:
        if order.get("call_id") not in extension.calls:
            raise BadInput("end_call needs an existing call_id")
        del extension.calls[order["call_id"]]
        return {"call_ids": [order["call_id"]]}

    def _events(self, exchange: Exchange, user: str, number: str, rest: list[str]) -> Answer:
        """Answer a request about the events of one extension."""
        extension = self._allowed(exchange, user, number)
        match exchange.method, rest:
            case "GET", _:
                return self._list(exchange, extension, rest)
            case "POST", []:
                return self._create(exchange, number, extension)
            case "PUT", [kind, event_id]:
                return self._update(exchange, number, extension, kind, event_id)
            case "DELETE", [kind, event_id] if _is(extension, kind, event_id):
                return self._delete(exchange, number, extension, [event_id])
            case "DELETE", [_, _]:
                return self._gone()
            case "DELETE", _:
                one_type = bool(rest) and self.settings["type_alone"] == "type"
                ids = [key for key, event in extension.events.items() if not one_type or event["type"] == rest[0]]
                return self._delete(exchange, number, extension, ids)
        raise _No("request_not_implemented", "This operation is not implemented.", 501)

    def _phone_calls(self, exchange: Exchange, user: str, number: str, rest: list[str]) -> Answer:
        """Answer a request about the calls of one extension."""
        extension = self._allowed(exchange, user, number, kinds=None)
        match exchange.method:
            case "GET":
                found = [call for call_id, call in extension.calls.items() if rest in ([], [call_id])]
                return self._page(exchange, [self._shown_call(call) for call in found])
            case "DELETE":
                return self._hang_up(exchange, number, extension, rest)
        raise _No("request_not_implemented", "This operation is not implemented.", 501)

    def _hang_up(self, exchange: Exchange, number: str, extension: Extension, rest: list[str]) -> Answer:
        """Hang up a call by its id, the calls of a number, or those that match both; without either, all of them."""
        phone_number = parse_qs(exchange.query).get("phoneNumber", [None])[-1]
        if rest and rest[0] not in extension.calls:
            return self._no_such_call()
        ids = [
            call_id
            for call_id, call in extension.calls.items()
            if rest in ([], [call_id]) and (phone_number is None or self._is_party(call, phone_number))
        ]
        self._remove(exchange, number, extension.calls, ids, "hang_up", "call_ids")
        return self._done(200 if ids else 204, ids)

    def _no_such_call(self) -> Answer:
        match self.settings["ended_call"]:
            case "no_content":
                return Answer(204)
            case "empty":
                return json_answer([])
            case "not_found":
                raise _No("pc_phonecall_invalid", "The phone call must be an existing one.", 404)
        raise _No("pc_phonecall_invalid", "The phone call must be an existing one.")

    def _is_party(self, call: Call, phone_number: str) -> bool:
        def form(text: str) -> str:
            digits_alone = self.settings["number_match"] == "digits"
            return "".join(filter(str.isdigit, text)) if digits_alone else text

        parties = [party for view in call["phoneCallView"] for party in (*view["source"], *view["destination"])]
        return form(phone_number) in map(form, parties)

    def _allowed(self, exchange: Exchange, user: str, number: str, kinds: tuple[str, ...] | None = KINDS) -> Extension:
        """Return the extension, or raise the error; the order of the checks is not documented."""
        if not exchange.authenticated or exchange.credentials is None:
            status = self.settings["refused_status"]
            raise _No("access_denied", "You are not authorized to use this request.", status)
        app = self._tokens.app_of(exchange.credentials.secret)
        mine = str(app.get("user", "1"))
        extension = self._extensions.get(number)
        if number == "@self" or extension is None or not (kinds is None or extension.kind in kinds):
            raise _No("extension_invalid", "The extension must be an existing one and cannot be @self.")
        asked = {"@me": mine, "@viewer": mine, "@owner": extension.user}.get(user, user)
        if asked not in {mine, *(one.user for one in self._extensions.values())}:
            raise _No("user_invalid", "The user does not exist.")
        if app.get("denied") or (not app.get("organization") and mine != extension.user):
            raise _No("pce_access_denied", "You are not allowed to manage the phone call events.")
        return extension

    def _list(self, exchange: Exchange, extension: Extension, rest: list[str]) -> Answer:
        found = [
            event
            for event in sorted(extension.events.values(), key=lambda event: event["url"])
            if rest in ([], [event["type"]], [event["type"], event["id"]])
        ]
        return self._page(exchange, [self._shown(event) for event in found])

    def _page(self, exchange: Exchange, found: list[dict[str, Any]]) -> Answer:
        """Answer with a page of a list, in one of the known formats."""
        query = parse_qs(exchange.query)
        count = min(_whole(query, "count", _USUAL_COUNT, least=1), self.settings["most"])
        start = _whole(query, "startIndex", 0, least=0)
        shown = found[start : start + count]
        collection: dict[str, Any] = {}
        if self.settings["total_results"]:
            collection["totalResults"] = self._number(len(found))
        if self.settings["paging"] == "next" and start + count < len(found):
            where = self.settings["next_host"] or f"https://{exchange.request.headers.get('Host', 'localhost')}"
            address = f"{where}/{exchange.prefix}{quote(exchange.path, safe='/@*')}"
            collection["paging"] = {"next": f"{address}?count={count}&startIndex={start + count}"}
        if not shown and self.settings["empty"] == "no_content":
            return Answer(204)
        if shown or self.settings["empty"] == "empty":
            as_object = self.settings["entry"] == "object"
            collection["entry"] = {entry["id"]: entry for entry in shown} if as_object else shown
        return json_answer([collection] if self.settings["wrapped"] else collection)

    def _create(self, exchange: Exchange, number: str, extension: Extension) -> Answer:
        given = _body(exchange)
        if str(given.get("type")) not in _TYPES:
            raise _No("pcet_type_invalid", "The type is invalid.")
        self._check(given, required=True)
        same = any(
            (event["type"], event["url"]) == (str(given["type"]), given["url"]) for event in extension.events.values()
        )
        if same and not self.settings["duplicates"]:
            raise _No("pce_url_invalid", "There is such an event already.")
        event = self._extensions.add_event(extension, given)
        exchange.changed(do="create", extension=number, event_ids=[event["id"]])
        return self._done(self.settings["create_status"], [event["id"]])

    def _update(self, exchange: Exchange, number: str, extension: Extension, kind: str, event_id: str) -> Answer:
        if not _is(extension, kind, event_id):
            raise _No("pce_id_invalid", "The event must be an existing one.")
        given = _body(exchange)
        self._check(given, required=False)
        fields = {name: str(given[name]) for name in FIELDS if name in given}
        extension.events[event_id].update(fields, modified=now())
        exchange.changed(do="update", extension=number, event_ids=[event_id], fields=sorted(fields))
        return self._done(self.settings["update_status"], [event_id])

    def _delete(self, exchange: Exchange, number: str, extension: Extension, ids: list[str]) -> Answer:
        self._remove(exchange, number, extension.events, ids, "delete", "event_ids")
        return self._done(self.settings["delete_status"] if ids else 204, ids)

    def _remove(
        self, exchange: Exchange, number: str, things: dict[str, Any], ids: list[str], do: str, name: str
    ) -> None:
        """Remove existing items, at once or after the configured lag."""

        def remove() -> None:
            gone = [one for one in ids if things.pop(one, None)]
            if gone:
                exchange.changed(do=do, extension=number, **{name: gone})

        if lag := self.settings["lag"]:
            asyncio.get_running_loop().call_later(lag, remove)
        else:
            remove()

    def _gone(self) -> Answer:
        match self.settings["gone"]:
            case "no_content":
                return Answer(204)
            case "not_found":
                raise _No("pce_id_invalid", "The event must be an existing one.", 404)
        raise _No("pce_id_invalid", "The event must be an existing one.")

    def _check(self, given: Mapping[str, Any], *, required: bool) -> None:
        for name in ("method", "status"):
            if (required or name in given) and str(given.get(name)) not in ("0", "1"):
                raise _No(f"pce_{name}_invalid", f"The {name} is invalid.")
        if (required or "url" in given) and not str(given.get("url") or "").lower().startswith(("http://", "https://")):
            raise _No("pce_url_invalid", "The url is invalid.")

    def _shown(self, event: Event) -> dict[str, Any]:
        shown: dict[str, Any] = {"method": None, "status": None, **event}
        numbers = {name: self._number(int(shown[name])) for name in ("type", "method", "status") if shown[name]}
        write: Mapping[str, Callable[[str], str]] = {"plain": str, "html": escape, "percent": quote}
        return {**shown, **numbers, "url": write[self.settings["urls"]](event["url"])}

    def _shown_call(self, call: Call) -> dict[str, Any]:
        """Return a call in the configured format."""
        views = []
        for view in call["phoneCallView"]:
            shown = {name: value for name, value in view.items() if name not in ("source", "destination", "callerID")}
            shown |= {name: self._number(view[name]) for name in ("flow", "status")}
            if view["callerID"]:
                shown[self.settings["caller_id"]] = view["callerID"]
            if self.settings["parties"] != "missing":
                alone = self.settings["parties"] == "text"
                shown |= {name: view[name][0] if alone else view[name] for name in ("source", "destination")}
            views.append(shown)
        return {**call, "phoneCallView": views}

    def _number(self, value: int) -> Any:
        return str(value) if self.settings["numbers_as_strings"] else value

    def _done(self, status: int, ids: list[str]) -> Answer:
        if status == 204 or not self.settings["answer_body"]:
            return Answer(status)
        return json_answer([{"id": event_id} for event_id in ids], status)

    def _no(self, no: _No) -> Answer:
        status = 200 if self.settings["errors_in_200"] else no.status
        return json_answer({"error": {"code": no.code, "message": no.text}}, status)


def _is(extension: Extension, kind: str, event_id: str) -> bool:
    return event_id in extension.events and extension.events[event_id]["type"] == kind


def _body(exchange: Exchange) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(exchange.body), "the body")
    except ValueError as error:
        raise _No("request_invalid", "The body is not a JSON object.") from error


def _whole(query: Mapping[str, list[str]], name: str, default: int, *, least: int) -> int:
    text = query.get(name, [str(default)])[-1]
    if not text.isdecimal() or not least <= int(text) <= _MOST:
        raise _No(f"{name.lower()}_invalid", f"The parameter {name} is invalid.")
    return int(text)


VENDOR = VoipNow
