# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wolkvox under /wolkvox: campaigns with records, do-not-call lists, and tokens with a quota.

Follows the vendor's pages. Settings cover what those pages leave open or contradict.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs

from ...credentials import Credentials, fingerprint
from ...errors import BadInput, mapping
from ...exchange import Answer, Change, Exchange
from ...owners import Owners
from ...vendor_app import VendorApp
from . import dnc, numbers
from .campaigns import Campaign, campaign_from, dial

FILTERS = (
    "no-answer",
    "answer-machine",
    "abandon",
    "busy",
    "congestion",
    "unknown",
    "failed",
    "do-not-call",
    "chanunavail",
    "answer",
)
_TYPES = ("predictive", "preview")
_ERRORS = {400: "BAD REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT FOUND"}


@dataclass(slots=True)
class Token:
    """A token of the Manager."""

    token: str
    daily_quota: int = 1000
    used_today: int = 0
    owns: list[str] = field(default_factory=list)
    """Ids of campaigns that other tokens do not see."""


class Wolkvox(VendorApp):
    """One wolkvox server."""

    key: ClassVar[str] = "wolkvox"
    prefixes: ClassVar[tuple[str, ...]] = ("wolkvox",)
    token_header: ClassVar[str | None] = "wolkvox-token"  # noqa: S105 - a name
    defaults: ClassVar[Mapping[str, Any]] = {
        "simultaneous": 2,
        "maintenance": False,
        "maintenance_msg": "THE APIS ARE NOT AVAILABLE DURING THE BACKUP OF THE SERVER",
        "error_status": "follows",
        "code_type": "documented",
        "numbers_as_strings": True,
        "list_shape": "data",
        "listed_records": "",
        "campaign_filter": "obeyed",
        "unknown_campaign": "empty",
        "clear_lag": 0.0,
        "clear_status": 202,
        "empty_clear": 202,
        "unknown_clear": 404,
        "result_filter": "obeyed",
        "unknown_result": "rejected",
        "switch_lag": 0.0,
        "export_shape": "records",
        "export_total": "all",
        "export_limit": 60_000,
        "export_pretty": False,
        "empty_export": "empty",
        "clean_word": "",
        "find_match": "exact",
        "find_filter": "obeyed",
        "find_scope": "every",
        "find_tel_extra": False,
        "empty_find": "404",
        "record_lag": 0.0,
        "mark_word": "DO-NOT-CALL",
        "unknown_mark": 202,
        "unknown_remove": 404,
        "dnc_lag": 0.0,
        "dnc_stored": "as_sent",
        "dnc_both": "one_row",
        "dnc_types": "many",
        "dnc_type_filter": "covering",
        "dnc_removal": "covering",
        "dnc_again": 201,
        "dnc_absent": 202,
        "dnc_days_listed": False,
        "dnc_limit": 60_000,
        "empty_dnc": "empty",
    }
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "error_status": ("follows", "always_200"),
        "code_type": ("documented", "int", "str"),
        "list_shape": ("data", "bare", "object"),
        "campaign_filter": ("obeyed", "ignored"),
        "unknown_campaign": ("empty", "404"),
        "clear_status": (200, 202),
        "empty_clear": (202, 404),
        "unknown_clear": (202, 404),
        "result_filter": ("obeyed", "ignored"),
        "unknown_result": ("rejected", "everything"),
        "export_shape": ("records", "data", "bare"),
        "export_total": ("all", "sent", "none"),
        "empty_export": ("empty", "404"),
        "find_match": ("exact", "digits", "suffix"),
        "find_filter": ("obeyed", "ignored"),
        "find_scope": ("every", "one"),
        "empty_find": ("empty", "404"),
        "unknown_mark": (202, 404),
        "unknown_remove": (202, 404),
        "dnc_stored": ("as_sent", "digits"),
        "dnc_both": ("one_row", "two_rows"),
        "dnc_types": ("many", "one"),
        "dnc_type_filter": ("covering", "own"),
        "dnc_removal": ("covering", "own"),
        "dnc_again": (201, 400),
        "dnc_absent": (202, 404),
        "empty_dnc": ("empty", "404"),
    }

    def load(self, seed: Mapping[str, Any]) -> None:
        """Load tokens, campaigns and do-not-call lists."""
        if unknown := sorted(seed.keys() - {"tokens", "campaigns", "dnc", "dnc_for_days"}):
            raise BadInput(f"wolkvox has unknown parts: {', '.join(map(str, unknown))}")
        self._tokens = {token.token: token for token in map(_token, _list(seed.get("tokens") or []))}
        given = mapping(seed.get("campaigns") or {}, "wolkvox.campaigns")
        self._campaigns = {str(name): campaign_from(str(name), campaign) for name, campaign in given.items()}
        self._dnc = dnc.from_seed(seed.get("dnc"), seed.get("dnc_for_days"))
        self._owners = Owners({token.token: token.owns for token in self._tokens.values()}, self._campaigns)

    def snapshot(self) -> dict[str, Any]:
        """Return tokens as fingerprints, campaigns with counts of their records, and the do-not-call list."""
        tokens = [
            {
                "token": f"sha256:{fingerprint(t.token)}",
                "daily_quota": t.daily_quota,
                "used_today": t.used_today,
                "owns": t.owns,
            }
            for t in self._tokens.values()
        ]
        campaigns = {name: c.snapshot() for name, c in self._campaigns.items()}
        return {"tokens": tokens, "campaigns": campaigns, "dnc": self._dnc.snapshot()}

    def accepts(self, credentials: Credentials) -> bool:
        """Return whether this is one of the tokens, sent in its own header."""
        return credentials.scheme == "token" and credentials.secret in self._tokens

    async def handle(self, exchange: Exchange) -> Answer:
        """Route by file and by `api=`."""
        asked = {name: values[-1] for name, values in parse_qs(exchange.query, keep_blank_values=True).items()}
        route = (exchange.method, exchange.path.removeprefix("/api/v2/"), asked.get("api"))
        routes: Mapping[tuple[str, str, str | None], Callable[[Exchange, Mapping[str, str]], Answer]] = {
            ("GET", "information.php", "campaigns"): self._list_campaigns,
            ("GET", "information.php", "token_info"): self._token_info,
            ("GET", "campaign.php", "campaign_15"): self._export,
            ("DELETE", "campaign.php", "clear_campaign"): self._clear,
            ("PUT", "campaign.php", "start"): self._switch,
            ("PUT", "campaign.php", "stop"): self._switch,
            ("GET", "campaign.php", "find_record"): self._find,
            ("DELETE", "campaign.php", "remove_record"): self._remove_record,
            ("PUT", "configuration.php", "block_predictive_dnc"): self._mark,
            ("GET", "information.php", "get_dnc"): self._get_dnc,
            ("POST", "configuration.php", "add_dnc"): self._add_dnc,
            ("DELETE", "configuration.php", "remove_dnc"): self._remove_dnc,
        }
        turned_away = self._guard(exchange)
        if turned_away is not None:
            return turned_away
        if route not in routes:
            return self._error(400, "THE API YOU WANT TO CONSULT DOES NOT EXIST")
        return routes[route](exchange, asked)

    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """Run `add_records`, `dial`, `remove_records`, `set_status`, `rename`, `remove_campaign`,

        or, without a campaign, `use_quota`, `add_dnc` and `remove_dnc`.
        """
        if order.get("do") == "use_quota":
            for token in self._tokens.values():
                token.used_today = token.daily_quota
            return [{"do": "use_quota", "tokens": len(self._tokens)}]
        if order.get("do") in ("add_dnc", "remove_dnc"):
            return self._act_on_dnc(order)
        name = str(order.get("campaign"))
        campaign = self._campaigns.get(name)
        if campaign is None:
            raise BadInput(f"there is no campaign {name!r}")
        match order:
            case {"do": "add_records", "records": given}:
                return [{"do": "add_records", "campaign": name, "records": campaign.add(given)}]
            case {"do": "dial", "result": str() as word}:
                return [{"do": "dial", "campaign": name, "records": dial(campaign, word, order.get("calls", 1))}]
            case {"do": "set_status", "status": str() as status}:
                campaign.status = status
            case {"do": "rename", "name": str() as title}:
                campaign.name = title
            case {"do": "remove_records"}:
                campaign.records = []
            case {"do": "remove_campaign"}:
                del self._campaigns[name]
            case _:
                raise BadInput(
                    "wolkvox can do add_records, dial, remove_records, set_status, rename, remove_campaign, use_quota,"
                    " add_dnc, remove_dnc"
                )
        return [{"do": order["do"], "campaign": name}]

    def _guard(self, exchange: Exchange) -> Answer | None:
        """Run the checks of every request; their order is not documented."""
        if exchange.credentials is None or exchange.credentials.scheme != "token":
            return self._error(401, "PLEASE ENTER THE WOLKVOX-TOKEN")
        if not exchange.authenticated:
            return self._error(403, "PLEASE VALIDATE TOKEN")
        most = self.settings["simultaneous"]
        if exchange.concurrent > most:
            return self._error(403, f"EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN ({most})")
        if self.settings["maintenance"]:
            return self._error(403, self.settings["maintenance_msg"])
        token = self._tokens[exchange.credentials.secret]
        if token.used_today >= token.daily_quota:
            return self._error(403, "TOKEN LIMIT EXCEEDED")
        token.used_today += 1
        return None

    def _list_campaigns(self, exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        wanted = asked.get("campaign")
        obeyed = wanted is not None and self.settings["campaign_filter"] == "obeyed"
        found = [c for c in self._seen_by(exchange) if not obeyed or c.campaign_id == wanted]
        if not found and self.settings["unknown_campaign"] == "404":
            return self._error(404, "NO DATA")
        rows = [self._row(campaign) for campaign in found]
        shape = self.settings["list_shape"]
        if shape == "bare":
            return _json(200, rows)
        data: Any = rows[0] if shape == "object" and len(rows) == 1 else rows
        return self._said(200, 200, msg=f"{len(rows)} campaigns were found", data=data)

    def _seen_by(self, exchange: Exchange) -> Iterator[Campaign]:
        token = exchange.credentials.secret if exchange.credentials else ""
        return (c for c in self._campaigns.values() if self._owners.sees(token, c.campaign_id))

    def _campaign(self, exchange: Exchange, campaign_id: str) -> Campaign | None:
        """Return a campaign of this token; other tokens' campaigns do not exist for it."""
        return next((c for c in self._seen_by(exchange) if c.campaign_id == campaign_id), None)

    def _row(self, campaign: Campaign) -> dict[str, Any]:
        return {
            "campaign_id": campaign.campaign_id,
            "campaign_name": campaign.name,
            "campaign_description": "",
            "type_campaign": campaign.type,
            "status": campaign.status.capitalize(),
            "records": self.settings["listed_records"] or self._number(len(campaign.records)),
            "speed": self._number(50),
            "dial_mode": campaign.dial_mode,
            "last_use": "20260105143000",
            "recycled": self._number(0),
            "turbo_dial": "no",
            "skill_id": campaign.skill_id,
        }

    def _token_info(self, exchange: Exchange, _asked: Mapping[str, str]) -> Answer:
        token = self._tokens[exchange.credentials.secret if exchange.credentials else ""]
        left = token.daily_quota - token.used_today
        given = {
            "description": "sandbox",
            "token_limit": self._number(token.daily_quota),
            "token_use_today": self._number(token.used_today),
            "all_token_today": self._number(token.used_today),
            "available_consumption_options": self._number(left),
        }
        return self._said(200, 200, msg="1 records were found", data=[given])

    def _export(self, exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        if "campaign_id" not in asked:
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        campaign = self._campaign(exchange, asked["campaign_id"])
        held = campaign.records if campaign else []
        if not held and (campaign is None or self.settings["empty_export"] == "404"):
            return self._error(404, "NO DATA")
        sent = held[: self.settings["export_limit"]]
        records = [record.shown(self.settings["clean_word"]) for record in sent]
        if self.settings["export_shape"] == "bare":
            return _json(200, records)
        total = {"all": len(held), "sent": len(sent)}.get(self.settings["export_total"])
        given = {
            "code": self._code(200, text=True),
            **({} if total is None else {"total_records": self._number(total)}),
            "campaign_id": asked["campaign_id"],
            self.settings["export_shape"]: records,
        }
        return _json(200, given, indent=4 if self.settings["export_pretty"] else None)

    def _clear(self, exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        if asked.get("type_campaign") not in _TYPES or not asked.get("campaign_id"):
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        name, wanted = asked["campaign_id"], asked.get("result")
        if wanted is not None and wanted not in FILTERS:
            if self.settings["unknown_result"] == "rejected":
                return self._error(400, "SOME PARAMETERS ARE REQUIRED")
            wanted = None
        if self.settings["result_filter"] == "ignored":
            wanted = None
        campaign = self._campaign(exchange, name)
        if campaign is None or campaign.type != asked["type_campaign"]:
            if self.settings["unknown_clear"] == 404:
                return self._error(404, "CAMPAIGN NOT FOUND")
        else:
            marked = {r.number for r in campaign.records if wanted in (None, r.word)}
            if not marked and self.settings["empty_clear"] == 404:
                return self._error(404, "NO DATA")
            self._later("clear_lag", lambda: _remove(exchange, campaign, marked))
        text = f"All records has been deleted of campaign_id {name} successfully"
        return self._said(self.settings["clear_status"], 202, msg=text)

    def _switch(self, exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        campaign = self._campaign(exchange, asked.get("campaign_id", ""))
        if campaign is None:
            return self._error(404, "CAMPAIGN NOT FOUND")
        status = "started" if asked["api"] == "start" else "stopped"

        def carry_out() -> None:
            if campaign.status != status:
                campaign.status = status
                exchange.changed(do="switch", campaign=campaign.campaign_id, status=status)

        self._later("switch_lag", carry_out)
        return self._said(202, 202, msg=f"The campaign_id {campaign.campaign_id} has been {status} successfully")

    def _find(self, exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        if not {"campaign_id", "customer_phone", "customer_id"} & asked.keys():
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        found = list(numbers.find(self._seen_by(exchange), asked, self.settings))
        if not found and self.settings["empty_find"] == "404":
            return self._error(404, "NO DATA")
        rows = [numbers.row(campaign, record, self.settings["clean_word"]) for campaign, record in found]
        return self._said(200, 200, text=True, msg=f"{len(rows)} records were found", data=rows)

    def _mark(self, exchange: Exchange, _asked: Mapping[str, str]) -> Answer:
        given = _object(exchange)
        ids = given.get("id_cliente")
        if not isinstance(given.get("id_campaing"), str) or not isinstance(ids, list) or not ids:
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        campaign = self._campaign(exchange, given["id_campaing"])
        held = campaign is not None and campaign.type == "predictive" and numbers.numbers_of(campaign, ids)
        if not campaign or not held:
            if self.settings["unknown_mark"] == 404:
                return self._error(404, "NO DATA")
            return self._marked(0, given["id_campaing"])

        def carry_out() -> None:
            marked = numbers.mark(campaign, ids, self.settings["mark_word"])
            if marked:
                exchange.changed(do="mark", campaign=campaign.campaign_id, customers=ids, records=marked)

        self._later("record_lag", carry_out)
        return self._marked(len(held), campaign.campaign_id)

    def _marked(self, records: int, campaign_id: str) -> Answer:
        text = f"{records} records were successfully marked as DO-NOT-CALL in campaign {campaign_id}"
        return self._said(202, 202, text=True, msg=text)

    def _remove_record(self, exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        given = _object(exchange).get("customer_id")
        if asked.get("type_campaign") not in _TYPES or not asked.get("campaign_id") or not isinstance(given, str):
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        campaign = self._campaign(exchange, asked["campaign_id"])
        ids = given.split(",")
        matches = campaign is not None and campaign.type == asked["type_campaign"]
        gone = numbers.numbers_of(campaign, ids) if campaign and matches else set()
        if campaign and gone:
            self._later("record_lag", lambda: _remove(exchange, campaign, gone))
        elif self.settings["unknown_remove"] == 404:
            return self._error(404, "NO DATA")
        return self._said(202, 202, msg=f"customer_id {given} has been deleted successfully")

    def _get_dnc(self, _exchange: Exchange, asked: Mapping[str, str]) -> Answer:
        if asked.get("type") not in dnc.COVERS:
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        listed = self._dnc.rows(asked["type"], self.settings)[: self.settings["dnc_limit"]]
        if not listed and self.settings["empty_dnc"] == "404":
            return self._error(404, "NO DATA")
        rows = [{"phone_number": item.phone_number, "type": item.type, "date_delete": item.date} for item in listed]
        return self._said(200, 200, text=True, msg=f"{len(rows)} records were found", data=rows)

    def _add_dnc(self, exchange: Exchange, _asked: Mapping[str, str]) -> Answer:
        given = _object(exchange)
        telephones = _texts(given.get("telephones"))
        if given.get("type_call") not in dnc.COVERS or not telephones:
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        known = self._dnc.snapshot()
        if self.settings["dnc_again"] == 400 and all(given["type_call"] in known.get(n, ()) for n in telephones):
            return self._error(400, "THE TELEPHONES ARE ALREADY REGISTERED")

        def carry_out() -> None:
            if added := self._dnc.add(telephones, given["type_call"], self.settings):
                exchange.changed(do="add_dnc", entries=[[item.phone_number, item.type] for item in added])

        self._later("dnc_lag", carry_out)
        return self._said(201, 201, msg=f"{len(telephones)} telephones were added")

    def _remove_dnc(self, exchange: Exchange, _asked: Mapping[str, str]) -> Answer:
        given = _object(exchange)
        telephones = _texts(given.get("telephones"))
        if given.get("type") not in dnc.COVERS or not telephones:
            return self._error(400, "SOME PARAMETERS ARE REQUIRED")
        if not self._dnc.taken_off(telephones, given["type"], self.settings) and self.settings["dnc_absent"] == 404:
            return self._error(404, "NO DATA")

        def carry_out() -> None:
            if gone := self._dnc.taken_off(telephones, given["type"], self.settings):
                self._dnc.entries = [item for item in self._dnc.entries if item not in gone]
                exchange.changed(do="remove_dnc", entries=[[item.phone_number, item.type] for item in gone])

        self._later("dnc_lag", carry_out)
        return self._said(202, 202, msg=f"{len(telephones)} telephones were deleted")

    def _act_on_dnc(self, order: Mapping[str, Any]) -> list[Change]:
        number, type_call = str(order.get("phone_number")), str(order.get("type", "outbound"))
        if type_call not in dnc.COVERS:
            raise BadInput(f"there is no type {type_call!r}")
        if order["do"] == "add_dnc":
            self._dnc.add([number], type_call, self.settings)
        else:
            gone = self._dnc.taken_off([number], type_call, self.settings)
            self._dnc.entries = [item for item in self._dnc.entries if item not in gone]
        return [{"do": order["do"], "phone_number": number, "type": type_call}]

    def _later(self, setting: str, carry_out: Callable[[], None]) -> None:
        if lag := self.settings[setting]:
            asyncio.get_running_loop().call_later(lag, carry_out)
        else:
            carry_out()

    def _number(self, value: int) -> Any:
        return str(value) if self.settings["numbers_as_strings"] else value

    def _code(self, code: int, *, text: bool = False) -> Any:
        kind = self.settings["code_type"]
        return str(code) if kind == "str" or (kind == "documented" and text) else code

    def _error(self, code: int, msg: str) -> Answer:
        status = code if self.settings["error_status"] == "follows" else 200
        return self._said(status, code, msg=msg, error=_ERRORS[code])

    def _said(
        self, status: int, code: int, *, msg: str, error: str | None = None, text: bool = False, **more: Any
    ) -> Answer:
        return _json(status, {"code": self._code(code, text=text), "error": error, "msg": msg, **more})


def _json(status: int, given: object, indent: int | None = None) -> Answer:
    return Answer(status, json.dumps(given, ensure_ascii=False, indent=indent).encode(), "application/json")


def _object(exchange: Exchange) -> Mapping[str, Any]:
    """Parse a body that is a JSON object; any other body counts as an empty one."""
    try:
        given = json.loads(exchange.body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _texts(value: Any) -> list[str]:
    """Return the given numbers, which may be a single text; empty for anything else."""
    values = value if isinstance(value, list) else [value]
    return values if all(isinstance(item, str) for item in values) else []


def _remove(exchange: Exchange, campaign: Campaign, marked: set[int]) -> None:
    """Remove the marked records that still exist."""
    gone = [record for record in campaign.records if record.number in marked]
    if gone:
        campaign.records = [record for record in campaign.records if record.number not in marked]
        results = dict(Counter(record.word for record in gone))
        exchange.changed(do="clear", campaign=campaign.campaign_id, records=len(gone), results=results)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput("wolkvox.tokens must be a list")
    return value


def _token(given: Any) -> Token:
    given = {"token": given} if isinstance(given, str) else mapping(given, "a token of wolkvox")
    try:
        token = Token(**given)
    except TypeError as error:
        raise BadInput("a token of wolkvox has token, daily_quota, used_today and owns") from error
    if not isinstance(token.token, str):
        raise BadInput("a token of wolkvox must be text")
    return token


VENDOR = Wolkvox
