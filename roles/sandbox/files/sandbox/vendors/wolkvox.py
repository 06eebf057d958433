# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wolkvox under /wolkvox: campaigns with records, and tokens with a quota.

Follows the vendor's pages. Where those are silent, or contradict themselves, there is a setting.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs

from ..credentials import Credentials, fingerprint
from ..errors import BadInput, amount, mapping
from ..exchange import Answer, Change, Exchange
from ..owners import Owners
from ..vendor_app import VendorApp

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
_CLEAN = "clean"
_ERRORS = {400: "BAD REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT FOUND"}
_FIELDS = (
    "nombre_cliente",
    "apellido_cliente",
    "tipo_doc",
    "id_cliente",
    "edad",
    "sexo",
    "pais",
    "departamento",
    "ciudad",
    "zona",
    "direccion",
    *(f"opt{number}" for number in range(1, 13)),
    *(f"tel{number}" for number in range(1, 11)),
    "tel_extra",
    "id_agent",
    "resultado",
    "fecha",
    "llamadas",
    "id_call",
    "cod_rslt1",
    "description_cod1",
    "cod_rslt2",
    "description_cod2",
    "comentarios",
    "rellamada",
    "rellamada_count",
    "email",
    "rellamada_tel",
    "last_dial_tele",
    "history_dial_tel",
    "rellamada_info",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One person to call; `told` is what the seed says of it, shared by records that are alike."""

    number: int
    told: Mapping[str, Any]

    @property
    def word(self) -> str:
        """Its result, as the filter spells it."""
        word = str(self.told.get("resultado") or _CLEAN)
        return word.lower().replace(" ", "-").replace("_", "-")

    def shown(self, clean_word: str) -> dict[str, Any]:
        """Show it as the export does."""
        filled = {
            "nombre_cliente": f"Person {self.number}",
            "tipo_doc": "CC",
            "id_cliente": str(1_000_000 + self.number),
            "pais": "Colombia",
            "tel1": f"155555501{self.number % 100:02}",
            "opt1": "Reminder of an appointment",
            "llamadas": "0" if self.word == _CLEAN else "1",
        }
        record = {**dict.fromkeys(_FIELDS, ""), **filled, **self.told}
        if self.word == _CLEAN:
            record["resultado"] = clean_word
        return record


@dataclass(slots=True)
class Campaign:
    """One campaign and its records."""

    campaign_id: str
    name: str
    type: str
    status: str
    dial_mode: str
    skill_id: str
    records: list[Record] = field(default_factory=list)
    last_number: int = 0

    def add(self, told: Any) -> int:
        """Add records, told as a number of clean ones, as numbers by result, or one by one."""
        before = len(self.records)
        if isinstance(told, int) and not isinstance(told, bool):
            told = {_CLEAN: told}
        if isinstance(told, Mapping):
            for word, number in told.items():
                if not isinstance(number, int):
                    raise BadInput(f"the number of records of {word!r} must be a whole number")
                alike = {} if word == _CLEAN else {"resultado": str(word)}
                for _record in range(amount(number, f"records of {word!r}")):
                    self._add(alike)
        elif isinstance(told, list):
            for record in told:
                self._add(mapping(record, "a record"))
        else:
            raise BadInput("records are a number, numbers by result, or a list")
        return len(self.records) - before

    def _add(self, told: Mapping[str, Any]) -> None:
        self.last_number += 1
        self.records.append(Record(self.last_number, told))

    def snapshot(self) -> dict[str, Any]:
        """Show it with its records counted."""
        return {
            "name": self.name,
            "type": self.type,
            "status": self.status,
            "records": len(self.records),
            "results": dict(Counter(record.word for record in self.records)),
        }


@dataclass(slots=True)
class Token:
    """A token of the Manager."""

    token: str
    daily_quota: int = 1000
    used_today: int = 0
    owns: list[str] = field(default_factory=list)
    """Ids of campaigns that other tokens do not see."""


class Wolkvox(VendorApp):
    """One server of wolkvox."""

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
    }

    def load(self, seed: Mapping[str, Any]) -> None:
        """Begin with these tokens and campaigns."""
        if unknown := sorted(seed.keys() - {"tokens", "campaigns"}):
            raise BadInput(f"wolkvox has unknown parts: {', '.join(map(str, unknown))}")
        self._tokens = {token.token: token for token in map(_token, _list(seed.get("tokens") or []))}
        told = mapping(seed.get("campaigns") or {}, "wolkvox.campaigns")
        self._campaigns = {str(name): _campaign(str(name), campaign) for name, campaign in told.items()}
        self._owners = Owners({token.token: token.owns for token in self._tokens.values()}, self._campaigns)

    def snapshot(self) -> dict[str, Any]:
        """Show tokens, as fingerprints, and campaigns with their records counted."""
        tokens = [
            {
                "token": f"sha256:{fingerprint(t.token)}",
                "daily_quota": t.daily_quota,
                "used_today": t.used_today,
                "owns": t.owns,
            }
            for t in self._tokens.values()
        ]
        return {"tokens": tokens, "campaigns": {name: c.snapshot() for name, c in self._campaigns.items()}}

    def accepts(self, credentials: Credentials) -> bool:
        """Whether this is one of the tokens, sent in its own header."""
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
        }
        turned_away = self._guard(exchange)
        if turned_away is not None:
            return turned_away
        if route not in routes:
            return self._error(400, "THE API YOU WANT TO CONSULT DOES NOT EXIST")
        return routes[route](exchange, asked)

    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """`add_records`, `dial`, `remove_records`, `set_status`, `rename`, `remove_campaign`, or `use_quota`."""
        if order.get("do") == "use_quota":
            for token in self._tokens.values():
                token.used_today = token.daily_quota
            return [{"do": "use_quota", "tokens": len(self._tokens)}]
        name = str(order.get("campaign"))
        campaign = self._campaigns.get(name)
        if campaign is None:
            raise BadInput(f"there is no campaign {name!r}")
        match order:
            case {"do": "add_records", "records": told}:
                return [{"do": "add_records", "campaign": name, "records": campaign.add(told)}]
            case {"do": "dial", "result": str() as word}:
                return [{"do": "dial", "campaign": name, "records": _dial(campaign, word, order.get("calls", 1))}]
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
                    "wolkvox can do add_records, dial, remove_records, set_status, rename, remove_campaign, use_quota"
                )
        return [{"do": order["do"], "campaign": name}]

    def _guard(self, exchange: Exchange) -> Answer | None:
        """Check what every call checks; the order is a guess, the vendor does not give one."""
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
        """Find a campaign of this token; that of another one is as good as unknown."""
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
        told = {
            "description": "sandbox",
            "token_limit": self._number(token.daily_quota),
            "token_use_today": self._number(token.used_today),
            "all_token_today": self._number(token.used_today),
            "available_consumption_options": self._number(left),
        }
        return self._said(200, 200, msg="1 records were found", data=[told])

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
        told = {
            "code": self._code(200, text=True),
            **({} if total is None else {"total_records": self._number(total)}),
            "campaign_id": asked["campaign_id"],
            self.settings["export_shape"]: records,
        }
        return _json(200, told, indent=4 if self.settings["export_pretty"] else None)

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

    def _said(self, status: int, code: int, *, msg: str, error: str | None = None, **more: Any) -> Answer:
        return _json(status, {"code": self._code(code), "error": error, "msg": msg, **more})


def _json(status: int, told: object, indent: int | None = None) -> Answer:
    return Answer(status, json.dumps(told, ensure_ascii=False, indent=indent).encode(), "application/json")


def _remove(exchange: Exchange, campaign: Campaign, marked: set[int]) -> None:
    """Take away those of the marked records that are still there."""
    gone = [record for record in campaign.records if record.number in marked]
    if gone:
        campaign.records = [record for record in campaign.records if record.number not in marked]
        results = dict(Counter(record.word for record in gone))
        exchange.changed(do="clear", campaign=campaign.campaign_id, records=len(gone), results=results)


def _dial(campaign: Campaign, word: str, calls: Any) -> int:
    """Give a result to the first so many records that have none."""
    clean = [index for index, record in enumerate(campaign.records) if record.word == _CLEAN]
    for index in clean[:calls]:
        record = campaign.records[index]
        campaign.records[index] = Record(record.number, {**record.told, "resultado": word})
    return len(clean[:calls])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput("wolkvox.tokens must be a list")
    return value


def _token(told: Any) -> Token:
    told = {"token": told} if isinstance(told, str) else mapping(told, "a token of wolkvox")
    try:
        token = Token(**told)
    except TypeError as error:
        raise BadInput("a token of wolkvox has token, daily_quota, used_today and owns") from error
    if not isinstance(token.token, str):
        raise BadInput("a token of wolkvox must be text")
    return token


def _campaign(campaign_id: str, told: Any) -> Campaign:
    """Make a campaign from a seed, which is its records or a mapping of what is known."""
    if not isinstance(told, Mapping):
        told = {"records": told}
    known = {"name", "type", "status", "dial_mode", "skill_id", "records"}
    if unknown := sorted(map(str, told.keys() - known)):
        raise BadInput(f"a campaign has unknown fields: {', '.join(unknown)}")
    campaign = Campaign(
        campaign_id=campaign_id,
        name=str(told.get("name", f"Campaign {campaign_id}")),
        type=str(told.get("type", "predictive")),
        status=str(told.get("status", "stopped")).lower(),
        dial_mode=str(told.get("dial_mode", "linear")),
        skill_id=str(told.get("skill_id", "1")),
    )
    campaign.add(told.get("records", 0))
    return campaign


VENDOR = Wolkvox
