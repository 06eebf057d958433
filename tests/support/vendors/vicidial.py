# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VICIdial: campaigns, hoppers, leads and do-not-call lists, all of them readable; every request is a POST."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st

from ansible_collections.telephony.outbound.tests.support.vendor import (
    MISSING,
    SECRET,
    BadInput,
    NumberAccount,
    RunAccount,
    Secrets,
    Vendor,
)

from ..scenario import Conditions, Holding, Request, Scenario, TrialTarget, Truth, clean, true
from ..worlds import World, removed, worlds

CAMPAIGN, HOPPER, LEAD, DNC = "vicidial_campaign", "vicidial_hopper_clear", "vicidial_lead", "vicidial_dnc"
CAMPAIGN_INFO, LEAD_INFO, DNC_INFO = "vicidial_campaign_info", "vicidial_lead_info", "vicidial_dnc_info"
MODULES = (CAMPAIGN, CAMPAIGN_INFO, DNC, DNC_INFO, HOPPER, LEAD, LEAD_INFO)
USER = "api"
READS = ("*_list", "*_info", "lead_search", "check_phone_number")
NUMBER = "5550100001"


def user(secret: str, name: str = USER, **more: Any) -> dict[str, Any]:
    return {"user": name, "password": secret, **more}


def seed(secrets: Secrets) -> dict[str, Any]:
    return {
        "vicidial": {
            "users": [user(secrets["password"])],
            "campaigns": {
                "SPRING": {"name": "Spring promo", "active": True},
                "WINTER": {"name": "Winter renewals"},
            },
            "lists": {"1001": {"campaign": "SPRING"}, "1002": {"campaign": "WINTER"}},
            "leads": [
                {"lead_id": "101", "list_id": "1001", "phone_number": NUMBER, "hopper": ["READY"]},
                {"lead_id": "102", "list_id": "1002", "phone_number": "5550100002", "hopper": ["READY"]},
            ],
            "dnc": ["5550100009"],
        }
    }


ANN_HERE = "5550100007"
RUN_USER = {"user": USER, "password": "canary-vicidial-password-5"}

VENDOR = Vendor(
    credentials=[{"user": USER, "password": SECRET}],
    secrets=["password"],
    seed=seed,
    path=lambda _options: "/vicidial",
    calls={
        CAMPAIGN: {"campaign_id": "SPRING", "state": "stopped"},
        CAMPAIGN_INFO: {"campaign_ids": ["SPRING"]},
        DNC: {"phone_number": NUMBER},
        DNC_INFO: {"phone_numbers": ["5550100009"]},
        HOPPER: {"campaign_id": "WINTER"},
        LEAD: {"phone_number": NUMBER},
        LEAD_INFO: {"phone_numbers": [NUMBER]},
    },
    ids={
        CAMPAIGN: ["campaign_id"],
        CAMPAIGN_INFO: ["campaign_ids"],
        DNC: [],
        DNC_INFO: [],
        HOPPER: ["campaign_id"],
        LEAD: [],
        LEAD_INFO: [],
    },
    texts={
        DNC: ["phone_number"],
        DNC_INFO: ["phone_numbers"],
        LEAD: ["phone_number"],
        LEAD_INFO: ["phone_numbers"],
    },
    reads=[f"POST /vicidial/non_agent_api.php *&function={name}&*" for name in READS],
    plain_secrets=True,
    repeats_errors=False,
    bad_input=[
        BadInput(CAMPAIGN, {"state": MISSING}, "state", "is required"),
        BadInput(CAMPAIGN, {"state": "paused"}, "state", "must be one of"),
        BadInput(CAMPAIGN, {"campaign_name": " "}, "campaign_name", "is empty"),
        BadInput(CAMPAIGN_INFO, {"campaign_ids": []}, "campaign_ids", "the list is empty"),
        BadInput(LEAD, {"phone_number": MISSING}, "phone_number", "is required; or lead_id"),
        BadInput(LEAD, {"lead_id": "101"}, "phone_number", "excludes lead_id"),
        BadInput(LEAD, {"state": "absent"}, "state", "must be one of"),
        BadInput(
            LEAD,
            {"phone_number": MISSING, "targets": [{"phone_number": NUMBER}, {"lead_id": "101"}]},
            "targets[1].lead_id",
            "cannot stand beside",
        ),
        *(BadInput(LEAD, {"status": word}, "status", "1 to 6 capital") for word in ("dnc", "", "DNCLONGER", "A B")),
        *(
            BadInput(LEAD, {"phone_number": MISSING, "lead_id": value}, "lead_id")
            for value in ("1x02", "0101", "-1", "1,2", "\u0661")
        ),
        BadInput(LEAD_INFO, {"phone_numbers": MISSING}, "phone_numbers", "is required; or lead_ids"),
        BadInput(LEAD_INFO, {"phone_numbers": []}, "phone_numbers", "the list is empty"),
        BadInput(DNC, {"state": "do_not_call"}, "state", "must be one of"),
        BadInput(DNC_INFO, {"system": False}, "campaign_ids", "is required where system is false"),
        BadInput(DNC_INFO, {"phone_numbers": []}, "phone_numbers", "the list is empty"),
        *(BadInput(DNC, {"campaign_id": word}, "campaign_id") for word in ("SYSTEM_INTERNAL", "system_internal", "")),
        *(
            BadInput(module, {"campaign_id": word}, "campaign_id", "2 to 8 letters")
            for module in (CAMPAIGN, HOPPER, DNC)
            for word in ("spr!ing", "SPRINGLONG", "S", "A B", "SPR\u0130NG")
        ),
        *(
            BadInput(module, {option: [number] if option.endswith("s") else number}, option)
            for module, option in ((DNC, "phone_number"), (LEAD, "phone_number"), (DNC_INFO, "phone_numbers"))
            for number in ("+15550100001", "(555) 010-0001", "555-010-0001", "12345", "1" * 19, "5550100001,5550100002")
        ),
        *(
            BadInput(module, {option: value}, option, says)
            for module in MODULES
            for option, value, says in (
                ("password", "Str@nge+1", "letters, digits, _ and -"),
                ("user", "a b", "letters, digits, _ and -"),
                ("source", "x", "2 to 20"),
                ("source", "my source", "2 to 20"),
                ("base_url", "https://dialer.example.com/vicidial/non_agent_api.php", "folder"),
                ("base_url", MISSING, "is required"),
            )
        ),
    ],
    run=RunAccount(
        connection=RUN_USER,
        seed={"users": [RUN_USER], "campaigns": {"FALL": {"name": "Fall offers", "waiting": 3}}},
        target={"campaign_id": "FALL"},
        torn_down={"campaigns": {"FALL": {"name": "Fall offers"}}},
    ),
    numbers=NumberAccount(
        seed={
            "campaigns": {"SPRING": {"name": "Spring promo", "active": True}, "WINTER": {"name": "Winter renewals"}},
            "lists": {"1001": {"campaign": "SPRING"}, "1002": {"campaign": "WINTER"}},
            # Two leads of Ann, in two campaigns, without country code; and one of Bob.
            "leads": [
                {"lead_id": "101", "list_id": "1001", "phone_number": ANN_HERE, "hopper": ["READY"]},
                {"lead_id": "102", "list_id": "1002", "phone_number": ANN_HERE},
                {"lead_id": "103", "list_id": "1001", "phone_number": "5550100008", "hopper": ["READY"]},
            ],
        },
        forms=[{"national": {"country_code": "1"}}],
        steps=[
            ("suppress", "suppressed"),
            ("cancel", "cancelled"),
            ("hang_up", "unsupported"),
            ("look", "still_clear"),
        ],
    ),
    hostile=lambda seed, text: [
        *(campaign.update(name=text) for campaign in seed["campaigns"].values()),
        *(lead.update(comments=text, vendor_lead_code=text) for lead in seed["leads"]),
    ],
)


# --- scenarios of the fault suite

PASSWORD = "not-a-secret-vicidial"
_FINGERPRINTS = {
    hashlib.sha256(f"{PASSWORD}-{number}".encode()).hexdigest()[:12]: number for number in range(Scenario.accounts)
}


class _Vicidial(Scenario):
    vendor: ClassVar[str] = "vicidial"
    prefixes: ClassVar[tuple[str, ...]] = ("vicidial",)
    idle: ClassVar[str] = "unchanged"
    would: ClassVar[str] = "would_change"
    done: ClassVar[str] = "changed"
    key_pattern: ClassVar[str]
    """Where the key of a target stands in the body of a request."""
    read_form: ClassVar[str]
    write_form: ClassVar[str]
    """Globs of the bodies of reads and writes of a target, with its key in the place of KEY."""

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        return {"users": [user(f"{PASSWORD}-{number}", f"{USER}{number}") for number in range(self.accounts)]}

    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        return {
            "base_url": f"{url}/vicidial",
            "user": f"{USER}{account}",
            "password": f"{PASSWORD}-{account}",
            "targets": [self.target(target) for target in targets],
        }

    def target(self, target: TrialTarget) -> dict[str, Any]:
        raise NotImplementedError

    def secrets(self) -> Sequence[str]:
        return (PASSWORD,)

    def key_of(self, request: Request) -> str | None:
        found = re.search(self.key_pattern, request["body"])
        return found and found[1]

    def account_of(self, request: Request) -> int | None:
        """Tell it of every read that is about no target alone: a list, its campaign, its hopper."""
        return _FINGERPRINTS.get((request["credentials"] or {}).get("fingerprint"))

    def is_write(self, request: Request) -> bool:
        return bool(re.search(r"function=(update|add|delete)_", request["body"]))

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        form = self.read_form if purpose == "read" else self.write_form
        return {"method": "POST", "path": "/vicidial/*", "form": form.replace("KEY", target.key)}

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return {key: value for key, value in state["vicidial"].items() if key != "users"}


class Switch(_Vicidial):
    """Campaigns are stopped."""

    name: ClassVar[str] = "vicidial campaign"
    module: ClassVar[str] = CAMPAIGN
    kinds: ClassVar[tuple[str, ...]] = ("stop", "stop", "absent")
    key_pattern: ClassVar[str] = r"campaign_id=(\d{7})\b"
    read_form: ClassVar[str] = "*function=campaigns_list&campaign_id=KEY*"
    write_form: ClassVar[str] = "*function=update_campaign&campaign_id=KEY*"

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        campaigns = {each.key: {"active": bool(each.size), "waiting": 2} for each in targets if each.kind != "absent"}
        return {**super().seed(targets), "campaigns": campaigns}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"campaign_id": target.key, "state": "stopped"}

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["campaign_id"])

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        campaign = state["vicidial"]["campaigns"].get(target.key)
        return {"active": 1} if campaign and campaign["active"] else {}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return state["vicidial"]["campaigns"].get(target.key, {}).get("waiting")

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        act = {"room": "vicidial", "do": "set_active", "campaign": target.key}
        return [] if target.kind == "absent" else [{**act, "active": True}, {**act, "active": False}]

    def worlds(self) -> st.SearchStrategy[World]:
        targets = st.fixed_dictionaries(
            {
                "campaign_id": st.sampled_from(("SPRING", "WINTER", "winter", "NOPE")),
                "campaign_name": st.sampled_from((None, None, None, "Winter")),
                "state": st.sampled_from(("started", "stopped", "stopped")),
            }
        )
        return worlds(_campaigns(), targets, lambda target: target["campaign_id"])

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        expected = {key: campaign["active"] for key, campaign in first["campaigns"].items()}
        for entry in results:
            if entry["outcome"] in ("changed", "accepted", "unchanged"):
                expected[entry["target"]["campaign_id"]] = entry["target"]["state"] == "started"
        there = {key: campaign["active"] for key, campaign in last["campaigns"].items()}
        return [] if expected == there else [f"expected {expected}, but there is {there}"]

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        def told(result: Mapping[str, Any]) -> Any:
            return {one["campaign_id"]: (one["status"], one["hopper_ready"]) for one in result["campaigns"]}

        expected = {
            key: ("started" if one["active"] else "stopped", one["waiting"]) for key, one in last["campaigns"].items()
        }
        return CAMPAIGN_INFO, {"hopper": True}, told, expected


class Clear(_Vicidial):
    """Hoppers are emptied."""

    name: ClassVar[str] = "vicidial hopper"
    module: ClassVar[str] = HOPPER
    kinds: ClassVar[tuple[str, ...]] = ("stopped", "stopped", "absent")
    idle: ClassVar[str] = "already_clear"
    would: ClassVar[str] = "would_clear"
    done: ClassVar[str] = "cleared"
    key_pattern: ClassVar[str] = r"campaign_id=(\d{7})\b"
    read_form: ClassVar[str] = "*function=*_list&campaign_id=KEY*"
    write_form: ClassVar[str] = "*function=update_campaign&campaign_id=KEY*"

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        campaigns = {each.key: {"waiting": each.size} for each in targets if each.kind != "absent"}
        return {**super().seed(targets), "campaigns": campaigns}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"campaign_id": target.key}

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["campaign_id"])

    def reads_first(self, target: TrialTarget) -> int:
        return 2

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        return {"leads": state["vicidial"]["campaigns"].get(target.key, {}).get("waiting", 0)}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        act = {"room": "vicidial", "do": "add_waiting", "campaign": target.key}
        return [] if target.kind == "absent" else [{**act, "leads": 1}]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds without what can never be called clear: started campaigns that are cleared all the same."""
        targets = st.fixed_dictionaries(
            {
                "campaign_id": st.sampled_from(("SPRING", "WINTER", "WINTER", "winter", "NOPE")),
                "campaign_name": st.sampled_from((None, None, None, "Winter")),
            }
        )
        return worlds(_campaigns(), targets, lambda target: target["campaign_id"])

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        covered = [_waiting(first, entry["target"]["campaign_id"]) for entry in results]
        return removed(_waiting(first), _waiting(last), covered, results)


class Leads(_Vicidial):
    """Leads of a number are marked. A lead's id is the target's key and a digit; beside it is somebody else's."""

    name: ClassVar[str] = "vicidial lead"
    module: ClassVar[str] = LEAD
    kinds: ClassVar[tuple[str, ...]] = ("mark", "mark", "waits")
    resends_blindly: ClassVar[bool] = True
    key_pattern: ClassVar[str] = r"(?:phone_number=555|lead_id=)(\d{7})\d?\b"
    read_form: ClassVar[str] = "*function=lead_*KEY*"
    write_form: ClassVar[str] = "*function=update_lead*lead_id=KEY*"

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        leads = []
        for target in targets:
            leads.append({"lead_id": f"{target.key}9", "list_id": "2", "phone_number": f"777{target.key}"})
            for number in range(target.size):
                waits = {"hopper": ["READY"], "callbacks": [{}]} if target.kind == "waits" else {}
                lead = {"lead_id": f"{target.key}{number}", "list_id": "1", "phone_number": f"555{target.key}"}
                leads.append({**lead, **waits})
        lists = {"1": {"campaign": "SPRING"}, "2": {"campaign": "SPRING"}}
        campaigns = {"SPRING": {"name": "Spring", "active": True}}
        return {**super().seed(targets), "campaigns": campaigns, "lists": lists, "leads": leads}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"phone_number": f"555{target.key}"}

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["phone_number"]).removeprefix("555")

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        leads = state["vicidial"]["leads"]
        return {
            key: 1
            for key, lead in leads.items()
            if lead["phone_number"] == f"555{target.key}" and _may_be_dialed(lead, "DNC")
        }

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return state["vicidial"]["leads"].get(f"{target.key}9")

    def piecewise(self, target: TrialTarget) -> bool:
        return target.size > 1

    def reads_first(self, target: TrialTarget) -> int:
        return 1 + 2 * target.size

    def settled(self, target: TrialTarget, truth: Truth, conditions: Conditions) -> bool:
        """Tell it only where what all targets share was clear too: a lead may wait in a hopper."""
        return super().settled(target, truth, conditions) and all(clean(request) for request in truth.shared_looks)

    def readable(self, target: TrialTarget, truth: Truth) -> bool:
        """Tell it also where a list or a hopper was denied to us before the write, or was said not to be there."""
        first = truth.writes[0]["seq"] if truth.writes else float("inf")
        before = (request for request in (*truth.shared, *truth.reads) if request["seq"] < first)
        return not any(request["status"] in (403, 404) for request in before)

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        if not target.size:
            return []
        act = {"room": "vicidial", "lead": f"{target.key}0"}
        return [{**act, "do": "set_lead", "status": "NEW"}, {**act, "do": "add_callback"}]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds in which leads have lost their list, or have fields that break the answer."""
        lead = st.fixed_dictionaries(
            {
                "list_id": st.sampled_from(("1", "1", "2", "9")),
                "phone_number": st.sampled_from(_NUMBERS),
                "status": st.sampled_from(("NEW", "NEW", "DNC", "SALE")),
                "last_name": st.sampled_from(("", "", "O'Hara", "tab\there", "line\nbreak")),
                "hopper": st.sampled_from(([], [], ["READY"])),
                "callbacks": st.sampled_from(([], [], [{}], [{"status": "DEAD"}])),
            }
        )
        seeds = st.builds(
            lambda base, leads: {**base, "leads": [{**one, "lead_id": f"{101 + n}"} for n, one in enumerate(leads)]},
            _campaigns(),
            st.lists(lead, max_size=4),
        )
        targets = st.fixed_dictionaries(
            {
                "phone_number": st.sampled_from((*_NUMBERS, "5550100003")),
                "status": st.sampled_from(("DNC", "DNC", "SALE")),
                "callbacks": st.sampled_from(("remove", "remove", "keep")),
                "allow_dialable_status": st.sampled_from((True, False)),
            }
        )
        return worlds(seeds, targets, lambda target: target["phone_number"])

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        found = []
        held = {key: dict(lead) for key, lead in first["leads"].items()}
        for number, entry in enumerate(results):
            target, given = entry["target"], world.options["targets"][number]
            keeps = given["callbacks"] == "keep"
            meant = {key: lead for key, lead in held.items() if lead["phone_number"] == target["phone_number"]}
            left = [key for key, lead in meant.items() if _may_be_dialed(lead, target["status"], keeps=keeps)]
            if entry["pending_before"] not in (None, len(left)):
                found.append(f"targets[{number}]: pending_before {entry['pending_before']}, but {len(left)} were there")
            if entry["outcome"] == "unchanged" and left:
                found.append(f"targets[{number}]: unchanged, but {left} were there")
            if entry["outcome"] in ("changed", "accepted", "in_doubt"):
                for lead in meant.values():
                    callbacks = lead["callbacks"] if keeps or not _live(lead) else []
                    lead |= {"status": target["status"], "hopper": [], "callbacks": callbacks}
        if held != last["leads"]:
            found.append(f"expected {held}, but there is {last['leads']}")
        return found

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        def told(result: Mapping[str, Any]) -> Any:
            return sorted((one["lead_id"], one["callbacks"]) for one in result["leads"])

        expected = sorted((key, _live(one)) for key, one in last["leads"].items() if one["phone_number"] in _NUMBERS)
        return LEAD_INFO, {"phone_numbers": list(_NUMBERS)}, told, expected


class DoNotCall(_Vicidial):
    """Numbers are put on the system's list, or taken off it."""

    name: ClassVar[str] = "vicidial dnc"
    module: ClassVar[str] = DNC
    kinds: ClassVar[tuple[str, ...]] = ("block", "block", "unblock")
    key_pattern: ClassVar[str] = r"phone_number=555(\d{7})\b"
    read_form: ClassVar[str] = "*function=check_phone_number&phone_number=555KEY*"
    write_form: ClassVar[str] = "*function=*_dnc_phone&phone_number=555KEY*"

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        there = [f"555{target.key}" for target in targets if (target.kind == "unblock") == bool(target.size)]
        return {**super().seed(targets), "dnc": ["7770000000", *there]}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        off = target.kind == "unblock"
        return {
            "phone_number": f"555{target.key}",
            "state": "absent" if off else "present",
            "allow_do_not_call": off,
        }

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["phone_number"]).removeprefix("555")

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        number = f"555{target.key}"
        there = number in state["vicidial"]["dnc"]["SYSTEM_INTERNAL"]
        return {number: 1} if there == (target.kind == "unblock") else {}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return "7770000000" in state["vicidial"]["dnc"]["SYSTEM_INTERNAL"]

    def denied(self, request: Request) -> bool:
        """Tell it also of a change that VICIdial did not make since it was so already."""
        return super().denied(request) or (true(request) and not request["changes"])

    def accepted(self, request: Request) -> bool:
        return super().accepted(request) and bool(request["changes"])

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        act = {"room": "vicidial", "list": "SYSTEM_INTERNAL", "phone_number": f"555{target.key}"}
        return [{**act, "do": "add_dnc"}, {**act, "do": "remove_dnc"}]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds in which a campaign may read another campaign's list."""
        numbers = st.lists(st.sampled_from(_NUMBERS), max_size=2, unique=True)
        lists = st.fixed_dictionaries({"SPRING": numbers, "WINTER": numbers})
        seeds = st.builds(
            lambda base, dnc, own: {**base, "dnc": dnc, "campaign_dnc": own}, _campaigns(), numbers, lists
        )
        targets = st.fixed_dictionaries(
            {
                "phone_number": st.sampled_from((*_NUMBERS, "5550100003")),
                "campaign_id": st.sampled_from((None, None, "SPRING", "WINTER", "winter", "NOPE")),
                "state": st.sampled_from(("present", "present", "absent")),
                "allow_do_not_call": st.sampled_from((True, True, False)),
            }
        )
        return worlds(seeds, targets, lambda target: (target["phone_number"], target["campaign_id"]))

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        held = {name: set(numbers) for name, numbers in first["dnc"].items()}
        found = []
        for number, entry in enumerate(results):
            target = entry["target"]
            own = held.setdefault(target.get("campaign_id", "SYSTEM_INTERNAL"), set())
            present, phone = target["state"] == "present", target["phone_number"]
            so = (phone in own) == present
            if entry["pending_before"] not in (None, int(not so)):
                found.append(f"targets[{number}]: pending_before {entry['pending_before']}, and that was so: {so}")
            if entry["outcome"] == "unchanged" and not so:
                found.append(f"targets[{number}]: unchanged, but it was not so")
            if entry["outcome"] in ("changed", "accepted", "in_doubt"):
                (own.add if present else own.discard)(phone)
        there = {name: set(numbers) for name, numbers in last["dnc"].items()}
        expected = {name: numbers for name, numbers in held.items() if name in there or numbers}
        return [] if expected == there else [f"expected {expected}, but there is {there}"]

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        def told(result: Mapping[str, Any]) -> Any:
            return {one["phone_number"]: one["system"] for one in result["numbers"]}

        listed = last["dnc"]["SYSTEM_INTERNAL"]
        return DNC_INFO, {"phone_numbers": list(_NUMBERS)}, told, {number: number in listed for number in _NUMBERS}


_NUMBERS = ("5550100001", "5550100002")


def _campaigns() -> st.SearchStrategy[dict[str, Any]]:
    """Return two campaigns, each with a list; WINTER may dial leads that were sold to."""
    campaign = st.fixed_dictionaries(
        {
            "name": st.sampled_from(("Winter", "Spring")),
            "active": st.booleans(),
            "waiting": st.integers(0, 3),
            "dial_statuses": st.sampled_from((["NEW"], ["NEW", "SALE"])),
        }
    )
    campaigns = st.fixed_dictionaries({"SPRING": campaign, "WINTER": campaign})
    lists = {"1": {"campaign": "SPRING"}, "2": {"campaign": "WINTER", "name": "second"}}
    return campaigns.map(lambda made: {"campaigns": made, "lists": lists})


def _waiting(state: Mapping[str, Any], campaign_id: str | None = None) -> list[str]:
    """Name every lead in the hoppers of all campaigns, or of one."""
    return [
        f"{key} {place}"
        for key, campaign in state["campaigns"].items()
        for place in range(campaign["waiting"])
        if campaign_id in (None, key)
    ]


def _live(lead: Mapping[str, Any]) -> int:
    return _count(lead["callbacks"])


def _count(callbacks: Iterable[str]) -> int:
    return sum(status != "DEAD" for status in callbacks)


def _may_be_dialed(lead: Mapping[str, Any], status: str, *, keeps: bool = False) -> bool:
    return bool(lead["status"] != status or lead["hopper"] or (not keeps and _live(lead)))


SCENARIOS = (Switch(), Clear(), Leads(), DoNotCall())
