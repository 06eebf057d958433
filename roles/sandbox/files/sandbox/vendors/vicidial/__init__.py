# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial under /vicidial: the non-agent API, as the program itself was seen to answer.

It does much that its manual does not say. Each oddity is a setting, and has the value that was seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from multidict import CIMultiDictProxy

from ... import credentials as creds
from ...body_formats import FORM, read_form
from ...credentials import Credentials
from ...errors import BadInput, amount
from ...exchange import Answer, Change, Exchange
from ...vendor_app import VendorApp
from .campaigns import Campaigns
from .dnc import DoNotCall
from .filler import fill
from .leads import Leads
from .records import Callback, Records, User
from .words import cleaned, line, said

Function = Callable[[User, Mapping[str, str], Exchange], Answer]

_RIGHTS: Mapping[str, tuple[int, tuple[str, ...], tuple[int, ...]]] = {
    "campaigns_list": (8, ("vdc_agent_api_access", "view_reports"), ()),
    "hopper_list": (8, ("vdc_agent_api_access", "view_reports"), ()),
    "update_campaign": (8, ("vdc_agent_api_access", "modify_campaigns"), ()),
    "list_info": (8, ("vdc_agent_api_access", "modify_lists"), ()),
    "lead_search": (8, ("vdc_agent_api_access",), (1, 2, 3, 4, 5)),
    "lead_all_info": (7, ("vdc_agent_api_access", "view_reports"), (1, 2, 3, 4, 5)),
    "lead_field_info": (7, ("vdc_agent_api_access",), (1, 2, 3, 4)),
    "lead_callback_info": (7, ("vdc_agent_api_access", "view_reports"), ()),
    "update_lead": (8, ("vdc_agent_api_access",), (1, 2, 3, 4)),
    "add_dnc_phone": (8, ("modify_lists",), ()),
    "delete_dnc_phone": (8, ("modify_lists", "delete_from_dnc"), ()),
    "check_phone_number": (8, ("vdc_agent_api_access",), ()),
}
"""Function → least user level, rights, and the levels of modify_leads that do."""


class Vicidial(VendorApp):
    """One server."""

    key: ClassVar[str] = "vicidial"
    prefixes: ClassVar[tuple[str, ...]] = ("vicidial",)
    defaults: ClassVar[Mapping[str, Any]] = {
        "sql_breaks": "500",
        "no_update": "acts",
        "hopper_hides": True,
        "hopper_limit": 10_000,
        "hopper_removal": "first",
        "reset_takes": "all",
        "ids": "cleaned",
        "login_echo": True,
        "login_limit": 10,
        "login_seconds": 900.0,
        "search_limit": 1_000,
        "deleted_lists": "left_out",
        "dnc_campaign": "unchecked",
        "other_campaign_dnc": True,
        "address_wins": True,
        "call_time": "24hours",
        "php_warnings": False,
    }
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "sql_breaks": ("500", "ordinary"),
        "no_update": ("acts", "dry"),
        "hopper_removal": ("first", "all"),
        "reset_takes": ("all", "ready"),
        "ids": ("cleaned", "checked"),
        "deleted_lists": ("left_out", "shown"),
        "dnc_campaign": ("unchecked", "checked"),
    }

    def load(self, seed: Mapping[str, Any]) -> None:
        """Begin with these users, campaigns, lists, leads and do-not-call lists."""
        self._records = Records(seed)
        campaigns = Campaigns(self._records, self.settings)
        leads = Leads(self._records, self.settings)
        dnc = DoNotCall(self._records, self.settings)
        self._functions: Mapping[str, Function] = {
            "campaigns_list": campaigns.list,
            "update_campaign": campaigns.update,
            "hopper_list": campaigns.hopper,
            "list_info": campaigns.list_info,
            "lead_search": leads.search,
            "lead_all_info": leads.all_info,
            "lead_field_info": leads.field_info,
            "lead_callback_info": leads.callback_info,
            "update_lead": leads.update,
            "add_dnc_phone": dnc.add,
            "delete_dnc_phone": dnc.delete,
            "check_phone_number": dnc.check,
        }

    def snapshot(self) -> dict[str, Any]:
        """Show everything, passwords as fingerprints."""
        return self._records.snapshot()

    def credentials(self, headers: CIMultiDictProxy[str], body: bytes = b"") -> Credentials | None:
        """Find user and password among the fields of the form."""
        form = read_form(body, headers.get("Content-Type"))
        return creds.make("form", form["user"], form["pass"]) if {"user", "pass"} <= form.keys() else None

    def accepts(self, credentials: Credentials) -> bool:
        """Whether these would be let in, were the user not locked."""
        return self._user(credentials.user or "", credentials.secret) is not None

    async def handle(self, exchange: Exchange) -> Answer:
        """Read the fields, let the user in, and call the function."""
        if exchange.path != "/non_agent_api.php":
            return Answer(404, b"<html><head><title>404 Not Found</title></head></html>", "text/html")
        form = read_form(exchange.body, FORM)
        address = dict(parse_qsl(exchange.query, keep_blank_values=True))
        asked = {**form, **address} if self.settings["address_wins"] else {**address, **form}
        answer = self._answer(asked, exchange)
        if self.settings["php_warnings"]:
            answer.body = b"<br />\n<b>Warning</b>:  Undefined variable in <b>x.php</b><br />\n" + answer.body
        return answer

    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """`fill` the hoppers, or change a campaign, a lead or a list."""
        match order:
            case {"do": "fill"}:
                return [{"do": "fill", "leads": fill(self._records)}]
            case {"do": "add_dnc" | "remove_dnc", "list": str() as name, "phone_number": str() as number}:
                held = [each for each in self._records.dnc.get(name, []) if each != number]
                self._records.dnc[name] = [*held, number] if order["do"] == "add_dnc" else held
            case {"do": "set_lead", "lead": str() as lead_id, **more} if lead_id in self._records.leads:
                lead = self._records.leads[lead_id]
                lead.hopper = more.pop("hopper", lead.hopper)
                lead.columns |= {name: str(more[name]) for name in ("status", "list_id") if name in more}
            case {"do": "add_callback", "lead": str() as lead_id} if lead_id in self._records.leads:
                self._records.leads[lead_id].callbacks.append(Callback())
            case {"do": str() as what, "campaign": str() as name} if name in self._records.campaigns:
                campaign = self._records.campaigns[name]
                if what == "set_active":
                    campaign.active = bool(order.get("active"))
                elif what == "add_waiting":
                    campaign.waiting += amount(order.get("leads", 1), "leads")
                elif what == "rename":
                    campaign.name = str(order.get("name"))
                else:
                    raise BadInput("vicidial can do set_active, add_waiting and rename to a campaign")
            case _:
                raise BadInput(
                    "vicidial can do fill, set_active, add_waiting, rename, set_lead, add_callback, add_dnc and"
                    " remove_dnc, to what is there"
                )
        return [dict(order)]

    def _answer(self, asked: Mapping[str, str], exchange: Exchange) -> Answer:
        if len(cleaned(asked.get("source", ""))) < 2:
            return said("ERROR: Invalid Source\nERROR: Invalid Source\n")
        name = asked.get("function", "")
        if name == "version":
            return said("VERSION: 2.14-194|BUILD: 241004-1518|DATE: 2026-01-05 14:30:00|EPOCH: 0\n")
        user = self._let_in(asked)
        if isinstance(user, Answer):
            return user
        if name not in self._functions:
            return said("ERROR: NO FUNCTION SPECIFIED\n")
        if "ALL_FUNCTIONS" not in user.functions and f" {name} " not in f" {user.functions} ":
            return said(line("ERROR", "auth", "USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION", user.user))
        level, rights, modify_leads = _RIGHTS[name]
        if (
            user.user_level < level
            or not all(getattr(user, right) for right in rights)
            or (modify_leads and user.modify_leads not in modify_leads)
        ):
            return said(line("ERROR", name, "USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION", user.user))
        return self._functions[name](user, asked, exchange)

    def _let_in(self, asked: Mapping[str, str]) -> User | Answer:
        """Return the user, or the answer to a wrong login, in which the cleaned password comes back."""
        name, password = cleaned(asked.get("user", "")), cleaned(asked.get("pass", ""))
        known = next((one for one in self._records.users if one.user.lower() == name.lower()), None)
        now = time.monotonic()
        if known and known.failed >= self.settings["login_limit"]:
            if known.last_good is not None and now - known.last_good < self.settings["login_seconds"]:
                return said(f"ERROR: Too many login attempts, try again in 15 minutes: |{name}|LOCK|\n")
            known.failed = 0
        user = self._user(name, password)
        if user is None:
            if known:
                known.failed += 1
            word = "2FA" if known and known.second_factor else "BAD"
            shown = password if self.settings["login_echo"] else ""
            return said(f"ERROR: Login incorrect, please try again: |{name}|{shown}|{word}|\n")
        user.failed, user.last_good = 0, now
        return user

    def _user(self, name: str, password: str) -> User | None:
        """Find an active user; capitals make no difference, and what is no letter, digit, _ or - is left out."""
        wanted = (cleaned(name).lower(), cleaned(password).lower())
        found = next((one for one in self._records.users if (one.user.lower(), one.password.lower()) == wanted), None)
        return found if found and found.active and found.user_level >= 7 and not found.second_factor else None


VENDOR = Vicidial
