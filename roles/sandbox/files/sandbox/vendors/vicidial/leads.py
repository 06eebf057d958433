# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VICIdial's functions about leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...exchange import Answer, Exchange
from .records import COLUMNS, Lead, Records, User
from .words import broken, cleaned, digits, line, said, table

_CALLBACK = ("lead_id", "search", "recipient", "status", "lead_status", "callback_time", "comments")
_WRITTEN = ("phone_code", "vendor_lead_code", "first_name", "last_name", "comments")
_LONGEST_NUMBER = 18


class Leads:
    """The functions, over what the server holds."""

    def __init__(self, records: Records, settings: Mapping[str, Any]) -> None:
        """Keep both."""
        self._records = records
        self._settings = settings

    def search(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """lead_search: the exact text alone; rows of all numbers count together."""
        left = int(digits(asked.get("records", "")) or self._settings["search_limit"])
        numbers = [digits(each) for each in asked.get("phone_number", "").split(",")]
        if all(len(each) > _LONGEST_NUMBER for each in numbers):
            return broken(self._settings)
        text = ""
        any_found = False
        for number in (each for each in numbers if 6 <= len(each) <= _LONGEST_NUMBER):
            found = [lead.lead_id for lead in self._of_number(number)]
            shown = found[:left]
            left -= len(shown)
            any_found = any_found or bool(shown)
            text += f"{number}|{len(shown)}|{'-'.join(shown)}\n"
        if not any_found:
            return said(line("ERROR", "lead_search", "NO MATCHES FOUND IN THE SYSTEM", user.user))
        return said(text)

    def all_info(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """lead_all_info."""
        if "lead_id" in asked:
            lead = self._records.leads.get(digits(asked["lead_id"]))
            problem = self._hidden(user, lead, "lead_all_info")
            found = [lead] if lead else []
        else:
            found = self._of_number(digits(asked.get("phone_number", "")))
            if self._settings["deleted_lists"] == "left_out":
                found = [lead for lead in found if self._records.campaign_of(lead)]
            problem = None if found else said(line("ERROR", "lead_all_info", "LEAD NOT FOUND", user.user))
        if problem is not None:
            return problem
        # By number the header comes before every lead.
        text = "".join(table(COLUMNS, [[lead.columns[name] for name in COLUMNS]]) for lead in found)
        breaks = any("'" in value for lead in found for value in lead.columns.values())
        return broken(self._settings, text, shown=False) if breaks else said(text)

    def field_info(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """lead_field_info."""
        lead = self._records.leads.get(digits(asked.get("lead_id", "")))
        name = asked.get("field_name", "")
        problem = self._hidden(user, lead, "lead_field_info")
        if lead is None or problem is not None:
            return problem or broken(self._settings)
        value = lead.columns.get(name)
        if value is None:
            return broken(self._settings)
        return broken(self._settings, value) if "'" in value else said(value)

    def callback_info(self, user: User, asked: Mapping[str, str], _exchange: Exchange) -> Answer:
        """lead_callback_info."""
        lead = self._records.leads.get(digits(asked.get("lead_id", "")))
        if lead is None or not lead.callbacks:
            return said(line("ERROR", "lead_callback_info", "CALLBACK NOT FOUND", user.user))
        rows = [
            (lead.lead_id, "CURRENT", one.recipient, one.status, "CALLBK", "2026-01-05 14:30:00", one.comments)
            for one in lead.callbacks
        ]
        return said(table(_CALLBACK, rows))

    def update(self, user: User, asked: Mapping[str, str], exchange: Exchange) -> Answer:
        """update_lead: one line for each effect."""
        found, first_alone = self._meant(asked)
        if not found:
            return said(line("ERROR", "update_lead", "NO MATCHES FOUND IN THE SYSTEM", user.user))
        if asked.get("no_update") == "Y":
            text = line("NOTICE", "update_lead", "MATCHES FOUND IN THE SYSTEM", user.user, found[0].lead_id)
            return said(
                text + ("" if self._settings["no_update"] == "dry" else self._hopper(user, asked, found[0], exchange))
            )
        changes = {name: asked[name] for name in ("status", *_WRITTEN) if name in asked}
        if not (changes or asked.keys() & {"remove_from_hopper", "callback", "add_to_hopper"}):
            return said("")
        text = ""
        for lead in found:
            if user.list_restrict and not self._seen_by(user, lead):
                return said(text + line("ERROR", "update_lead", "NOT AN ALLOWED LIST ID, RESULTS", lead.lead_id))
            text += self._written(user, lead, changes, exchange)
            if asked.get("callback") == "REMOVE" and lead.live:
                exchange.changed(do="remove_callbacks", lead=lead.lead_id, callbacks=lead.live)
                removed, lead.callbacks = lead.live, []
                text += line("NOTICE", "update_lead", "SCHEDULED CALLBACK DELETED", user.user, lead.lead_id, removed, 1)
        for lead in found[:1] if first_alone else found:
            text += self._hopper(user, asked, lead, exchange)
        return said(text)

    def _written(self, user: User, lead: Lead, changes: Mapping[str, str], exchange: Exchange) -> str:
        kept = {name: value[:6] if name == "status" else value for name, value in changes.items()}
        new = {name: value for name, value in kept.items() if lead.columns[name] != value}
        if new:
            exchange.changed(do="update_lead", lead=lead.lead_id, **new)
        lead.columns |= new
        return line("SUCCESS", "update_lead", "LEAD HAS BEEN UPDATED", user.user, lead.lead_id, int(bool(new)))

    def _hopper(self, user: User, asked: Mapping[str, str], lead: Lead, exchange: Exchange) -> str:
        if asked.get("add_to_hopper") == "Y" and not lead.hopper:
            exchange.changed(do="add_to_hopper", lead=lead.lead_id)
            lead.hopper = ["READY"]
            return line("NOTICE", "update_lead", "ADDED TO HOPPER", user.user, lead.lead_id)
        if asked.get("remove_from_hopper") != "Y" or not lead.hopper:
            return ""
        going = [state for state in lead.hopper if state != "INCALL"]
        if not going:
            return line(
                "NOTICE", "update_lead", "NOT REMOVED FROM HOPPER", user.user, lead.lead_id, "INCALL", user.user
            )
        exchange.changed(do="remove_from_hopper", lead=lead.lead_id, states=going)
        lead.hopper = [state for state in lead.hopper if state == "INCALL"]
        return line("NOTICE", "update_lead", "REMOVED FROM HOPPER", user.user, lead.lead_id, going[0], user.user)

    def _meant(self, asked: Mapping[str, str]) -> tuple[list[Lead], bool]:
        """Return the leads that a change meets, and whether only the first of them leaves the hopper."""
        if asked.get("search_method") == "LEAD_ID":
            lead = self._records.leads.get(digits(asked.get("lead_id", "")))
            return [lead] if lead else [], True
        if asked.get("search_method") != "PHONE_NUMBER":
            return [], True
        found = self._of_number(digits(asked.get("phone_number", "")))
        most = 1 if asked.get("no_update") == "Y" else int(digits(asked.get("records", "")) or 1)
        return found[:most], self._settings["hopper_removal"] == "first"

    def _of_number(self, number: str) -> list[Lead]:
        """Find the leads with exactly this number, the highest id first."""
        found = [lead for lead in self._records.leads.values() if lead.columns["phone_number"] == number]
        return sorted(found, key=lambda lead: -int(lead.lead_id))

    def _seen_by(self, user: User, lead: Lead) -> bool:
        found = self._records.lists.get(lead.columns["list_id"])
        return found is not None and user.sees(found.campaign)

    def _hidden(self, user: User, lead: Lead | None, function: str) -> Answer | None:
        """Answer for a lead that cannot be shown, else None."""
        if lead is None:
            return said(line("ERROR", function, "LEAD NOT FOUND", user.user))
        if lead.columns["list_id"] not in self._records.lists:
            return said(line("ERROR", function, "LIST NOT FOUND", user.user, cleaned(lead.columns["list_id"])))
        return None if self._seen_by(user, lead) else said(line("ERROR", function, "LEAD NOT FOUND", user.user))
