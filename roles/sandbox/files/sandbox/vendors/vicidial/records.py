# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a VICIdial server holds: users, campaigns, lists, leads with their callbacks, hopper rows, do-not-call lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...credentials import fingerprint
from ...errors import BadInput, amount, mapping

COLUMNS = (
    *("status", "user", "vendor_lead_code", "source_id", "list_id", "gmt_offset_now", "phone_code", "phone_number"),
    *("title", "first_name", "middle_initial", "last_name", "address1", "address2", "address3", "city", "state"),
    *("province", "postal_code", "country_code", "gender", "date_of_birth", "alt_phone", "email", "security_phrase"),
    *("comments", "called_count", "last_local_call_time", "rank", "owner", "entry_list_id", "lead_id"),
)
SYSTEM = "SYSTEM_INTERNAL"


@dataclass(slots=True, kw_only=True)
class User:
    """One user of the API, with what it may do."""

    user: str
    password: str
    active: bool = True
    user_level: int = 9
    functions: str = "ALL_FUNCTIONS"
    vdc_agent_api_access: bool = True
    view_reports: bool = True
    modify_campaigns: bool = True
    modify_leads: int = 1
    modify_lists: bool = True
    delete_from_dnc: bool = True
    list_restrict: bool = False
    second_factor: bool = False
    campaigns: list[str] = field(default_factory=list)
    """Ids of the campaigns that it may see; all where there are none."""
    failed: int = 0
    last_good: float | None = None

    def sees(self, campaign_id: str) -> bool:
        """Whether its user group is allowed this campaign."""
        return not self.campaigns or campaign_id in self.campaigns


@dataclass(slots=True, kw_only=True)
class Campaign:
    """One campaign; ``waiting`` are hopper rows of leads that nobody has to know."""

    campaign_id: str
    name: str = ""
    active: bool = False
    dial_statuses: list[str] = field(default_factory=lambda: ["NEW"])
    use_internal_dnc: bool = False
    use_campaign_dnc: bool = False
    other_campaign_dnc: str = ""
    waiting: int = 0


@dataclass(slots=True, kw_only=True)
class LeadList:
    """One list of leads."""

    list_id: str
    campaign: str
    name: str = ""
    active: bool = True


@dataclass(slots=True)
class Callback:
    """A callback of a lead."""

    recipient: str = "ANYONE"
    status: str = "ACTIVE"
    due: bool = False
    comments: str = ""


@dataclass(slots=True)
class Lead:
    """One lead: its columns, its callbacks and the states of its hopper rows."""

    lead_id: str
    columns: dict[str, str]
    callbacks: list[Callback]
    hopper: list[str]
    source: str = "S"

    @property
    def live(self) -> int:
        """The number of callbacks that may come due."""
        return sum(callback.status != "DEAD" for callback in self.callbacks)


class Records:
    """All of it, from a seed."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        """Read the seed; raise BadInput where it is wrong."""
        parts = {"users", "campaigns", "lists", "leads", "dnc", "campaign_dnc"}
        if unknown := sorted(seed.keys() - parts):
            raise BadInput(f"vicidial has unknown parts: {', '.join(map(str, unknown))}")
        self.users = [_made(User, each) for each in seed.get("users") or []]
        self.campaigns = {key: _made(Campaign, each, campaign_id=key) for key, each in _named(seed, "campaigns")}
        self.lists = {key: _made(LeadList, each, list_id=key) for key, each in _named(seed, "lists")}
        self.leads = {lead.lead_id: lead for lead in map(_lead, seed.get("leads") or [])}
        self.dnc: dict[str, list[str]] = {SYSTEM: [str(number) for number in seed.get("dnc") or []]}
        for key, numbers in _named(seed, "campaign_dnc"):
            self.dnc[key] = [str(number) for number in numbers]

    def campaign_of(self, lead: Lead) -> Campaign | None:
        """Find the campaign of a lead's list, where that is still there."""
        found = self.lists.get(lead.columns["list_id"])
        return self.campaigns.get(found.campaign) if found else None

    def hopper_of(self, campaign: Campaign) -> Iterator[tuple[Lead, str]]:
        """Yield lead and state of each row of a campaign's hopper."""
        for lead in self.leads.values():
            if lead.hopper and self.campaign_of(lead) is campaign:
                yield from ((lead, state) for state in lead.hopper)

    def snapshot(self) -> dict[str, Any]:
        """Show everything, passwords as fingerprints."""
        return {
            "users": [
                {"user": each.user, "pass": f"sha256:{fingerprint(each.password)}", "failed": each.failed}
                for each in self.users
            ],
            "campaigns": {
                key: {
                    "name": each.name,
                    "active": each.active,
                    "waiting": each.waiting,
                    "hopper": {lead.lead_id: state for lead, state in self.hopper_of(each)},
                }
                for key, each in self.campaigns.items()
            },
            "leads": {
                key: {
                    **{name: lead.columns[name] for name in ("status", "list_id", "phone_number", "vendor_lead_code")},
                    "hopper": lead.hopper,
                    "callbacks": [callback.status for callback in lead.callbacks],
                }
                for key, lead in self.leads.items()
            },
            "dnc": self.dnc,
        }


def _named(seed: Mapping[str, Any], part: str) -> Iterator[tuple[str, Any]]:
    yield from ((str(key), each) for key, each in mapping(seed.get(part) or {}, f"vicidial.{part}").items())


def _made(kind: Any, told: Any, **more: str) -> Any:
    try:
        made = kind(**{**mapping(told, f"a {kind.__name__} of vicidial"), **more})
    except TypeError as error:
        raise BadInput(f"a {kind.__name__} of vicidial is wrong: {error}") from error
    amount(getattr(made, "waiting", 0), "waiting")
    return made


def _lead(told: Any) -> Lead:
    known = dict(mapping(told, "a lead of vicidial"))
    callbacks = [_made(Callback, each) for each in known.pop("callbacks", [])]
    hopper = [str(state) for state in known.pop("hopper", [])]
    if unknown := sorted(known.keys() - set(COLUMNS)):
        raise BadInput(f"a lead of vicidial has no column {', '.join(unknown)}")
    columns = dict.fromkeys(COLUMNS, "") | {"status": "NEW", "phone_code": "1", "called_count": "0", "rank": "0"}
    columns |= {name: str(value) for name, value in known.items()}
    return Lead(columns["lead_id"], columns, callbacks, hopper)
