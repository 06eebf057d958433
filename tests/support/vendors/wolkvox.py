# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox: records of campaigns, and starting campaigns; one request per token at a time."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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

from ..scenario import Holding, Request, Scenario, TrialTarget, Truth
from ..worlds import FOLDER, World, removed, worlds


def seed(secrets: Secrets) -> dict[str, Any]:
    campaign = {"name": "Reminders", "records": {"clean": 2, "BUSY": 1}}
    person = {"id_cliente": "1000001", "tel1": "15550100007"}
    return {
        "wolkvox": {
            "tokens": [secrets["token"]],
            "campaigns": {"77": campaign, "81": {"name": "Renewals", "records": [person]}},
            "dnc": ["15550100009"],
        }
    }


INFO, SWITCH, CLEAR = "wolkvox_campaign_info", "wolkvox_campaign", "wolkvox_campaign_clear"
RECORD, RECORD_INFO, DNC, DNC_INFO = "wolkvox_record", "wolkvox_record_info", "wolkvox_dnc", "wolkvox_dnc_info"
MODULES = (INFO, SWITCH, CLEAR, RECORD, RECORD_INFO, DNC, DNC_INFO)
ALL_IN_ANY_SPELLING = ("all", "All", "ALL", "a l l", "\uff21\uff2c\uff2c", "*", "todos", '["All"]')

DIGITS, DIALED, OTHER = "15550100007", "95550100007", "15550100099"
"""Ann's number as one campaign has it, and as another has it; and somebody else's."""
RUN_TOKEN = "canary-wolkvox-token-2"
WINTER = {"name": "Winter", "records": 20}


def person(customer: str, number: str, result: str = "") -> dict[str, str]:
    return {"id_cliente": customer, "resultado": result, "tel1": number}


VENDOR = Vendor(
    credentials=[{"token": SECRET}],
    secrets=["token"],
    seed=seed,
    path=lambda _options: "/wolkvox",
    calls={
        INFO: {"campaign_ids": ["77"]},
        SWITCH: {"campaign_id": "77", "state": "started"},
        CLEAR: {"campaign_id": "77", "all_records": True},
        RECORD: {"phone_number": "15550100007", "campaign_id": "81"},
        RECORD_INFO: {"phone_number": "15550100007", "campaign_id": "81"},
        DNC: {"phone_number": "15550100007"},
        DNC_INFO: {"phone_number": "15550100009"},
    },
    ids={
        INFO: ["campaign_ids"],
        SWITCH: ["campaign_id"],
        CLEAR: ["campaign_id"],
        RECORD: ["campaign_id"],
        RECORD_INFO: ["campaign_id"],
        DNC: [],
        DNC_INFO: [],
    },
    texts={module: ["phone_number"] for module in (RECORD, RECORD_INFO, DNC, DNC_INFO)},
    optional={module: ["campaign_id"] for module in (RECORD, RECORD_INFO)},
    bad_input=[
        BadInput(CLEAR, {"all_records": False}, "result", "is required"),
        BadInput(CLEAR, {"all_records": MISSING}, "result", "is required"),
        BadInput(CLEAR, {"result": "busy"}, "result", "is mutually exclusive with all_records"),
        BadInput(CLEAR, {"all_records": MISSING, "result": ""}, "result", "must be one of"),
        BadInput(CLEAR, {"all_records": MISSING, "result": "no_answer"}, "result", "must be one of"),
        BadInput(CLEAR, {"all_records": MISSING, "result": "clean"}, "result", "must be one of"),
        BadInput(CLEAR, {"type_campaign": "progressive"}, "type_campaign", "must be one of"),
        BadInput(CLEAR, {"campaign_name": " "}, "campaign_name", "is empty"),
        BadInput(CLEAR, {"result_aliases": {"FAX": "paper"}}, "result_aliases", "has to be one of"),
        BadInput(CLEAR, {"backup": True}, "backup_dir", "is required"),
        BadInput(CLEAR, {"backup": True, "backup_dir": "/nowhere/at/all"}, "backup_dir", "not a folder"),
        BadInput(CLEAR, {"backup": True, "backup_dir": ""}, "backup_dir", "is required"),
        BadInput(CLEAR, {"backup": True, "backup_dir": "/proc"}, "backup_dir", "is not a folder that can be written"),
        BadInput(INFO, {"result_aliases": {"X": "Y"}}, "result_aliases"),
        BadInput(CLEAR, {"base_url": MISSING}, "server", "is required"),
        BadInput(SWITCH, {"state": MISSING}, "state", "is required"),
        BadInput(
            SWITCH,
            {"state": MISSING, "targets": [{"campaign_id": "77", "state": "started"}, {"campaign_id": "78"}]},
            "targets[1].state",
            "is required",
        ),
        BadInput(SWITCH, {"state": "paused"}, "state", "must be one of"),
        BadInput(INFO, {"campaign_ids": []}, "campaign_ids", "the list is empty"),
        BadInput(RECORD, {"backup": True}, "backup_dir", "is required"),
        BadInput(RECORD, {"state": "present"}, "state", "must be one of"),
        BadInput(RECORD, {"result_aliases": {"FAX": "paper"}}, "result_aliases", "has to be one of"),
        BadInput(DNC, {"state": "do_not_call"}, "state", "must be one of"),
        *(
            row
            for module in (RECORD, RECORD_INFO)
            for row in (
                BadInput(module, {"phone_number": MISSING}, "phone_number", "is required; or customer_id"),
                BadInput(module, {"customer_id": "1000001"}, "phone_number", "is mutually exclusive with customer_id"),
                BadInput(module, {"phone_number": MISSING, "customer_id": "1,2"}, "customer_id", "a comma"),
                BadInput(module, {"phone_number": MISSING, "customer_id": " "}, "customer_id", "is empty"),
                BadInput(module, {"phone_number": MISSING, "customer_id": 1000001}, "customer_id", "quote it"),
            )
        ),
        *(
            BadInput(module, {"phone_number": MISSING, "customer_id": word}, "customer_id", "all records")
            for module in (RECORD, RECORD_INFO)
            for word in ("all", "All", "A L L", "\uff21\uff2c\uff2c", "[all]")
        ),
        *(
            BadInput(module, {"phone_number": word, **({"state": "absent"} if module == DNC else {})}, "phone_number")
            for module in (RECORD, RECORD_INFO, DNC, DNC_INFO)
            for word in ALL_IN_ANY_SPELLING
        ),
        *(
            BadInput(module, {"phone_number": number}, "phone_number", "as it is dialed")
            for module in (DNC, DNC_INFO)
            for number in ("1 555 010 0007", "1-555-0100007", "(555)0100007", "*0007", "5550100007#")
        ),
        *(BadInput(module, {"type_call": "both"}, "type_call", "must be one of") for module in (DNC, DNC_INFO)),
        *(
            BadInput(module, {"server": server}, "server", says)
            for module in MODULES
            for server, says in (
                (8, "quote it"),
                (10, "quote it"),
                ("wv0010", "four digits"),
                ("10", "four digits"),
                ("https://wv0010.wolkvox.com", "four digits"),
                (True, "quote it"),
                (["0010"], "quote it"),
                ("", "four digits"),
                ("\u0660\u0660\u0661\u0660", "four digits"),
                ("0010\n", "four digits"),
            )
        ),
    ],
    run=RunAccount(
        connection={"token": RUN_TOKEN},
        seed={
            "tokens": [RUN_TOKEN],
            "campaigns": {
                "77": WINTER,
                "78": {"name": "Spring", "status": "started", "records": {"clean": 5, "BUSY": 4}},
                "79": {"name": "Untouched", "status": "started", "records": 3},
            },
        },
        target={"name": "Winter", "campaign_id": "77", "all_records": True},
        torn_down={"campaigns": {"77": {**WINTER, "records": 0}}},
    ),
    numbers=NumberAccount(
        seed={
            "campaigns": {
                "77": {"name": "Winter", "status": "started", "records": [person("1", DIGITS), person("2", OTHER)]},
                "78": {"name": "Spring", "records": [person("3", DIALED, "BUSY")]},
            }
        },
        forms=["digits", {"national": {"country_code": "1", "prefix": "9"}}],
        steps=[
            *[("suppress", "suppressed")] * 2,
            *[("cancel", "cancelled")] * 2,
            ("hang_up", "unsupported"),
            *[("look", "still_clear")] * 2,
        ],
    ),
    hostile=lambda seed, text: seed["campaigns"]["77"].update(
        name=text, dial_mode=text, skill_id=text, records=[{"resultado": text, text: text}, {"resultado": "BUSY"}]
    ),
)


# --- scenarios of the fault suite

TOKEN = "not-a-secret-wolkvox-token"
LIST = "api=campaigns"
_FINGERPRINTS = {
    hashlib.sha256(f"{TOKEN}-{number}".encode()).hexdigest()[:12]: number for number in range(Scenario.accounts)
}
_KEY = re.compile(r"campaign(?:_id)?=(\w+)")


class _Wolkvox(Scenario):
    vendor: ClassVar[str] = "wolkvox"
    prefixes: ClassVar[tuple[str, ...]] = ("wolkvox",)
    serial: ClassVar[bool] = True
    purposes: ClassVar[tuple[str, ...]] = ("read", "write", "list")
    write: ClassVar[str]

    def records(self, target: TrialTarget) -> dict[str, int]:
        """Return the initial records, by result."""
        others = {} if target.kind.startswith("all") else {"NO ANSWER": 2}
        return {**others, "BUSY": target.size} if target.size else others

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        tokens = [{"token": f"{TOKEN}-{number}", "daily_quota": 1_000_000} for number in range(self.accounts)]
        campaigns = {target.key: self.campaign(target) for target in targets if target.kind != "absent"}
        return {"tokens": tokens, "campaigns": campaigns}

    def campaign(self, target: TrialTarget) -> dict[str, Any]:
        return {"records": self.records(target)}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"campaign_id": target.key}

    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        return {
            "base_url": f"{url}/wolkvox",
            "token": f"{TOKEN}-{account}",
            "targets": [self.target(target) for target in targets],
        }

    def secrets(self) -> Sequence[str]:
        return (TOKEN,)

    def key_of(self, request: Request) -> str | None:
        found = _KEY.search(request["query"].replace("type_campaign=", ""))
        return found and found[1]

    def account_of(self, request: Request) -> int | None:
        """Also return it for a list of all campaigns, which serves several targets."""
        if request["query"] != LIST or not request["credentials"]:
            return None
        return _FINGERPRINTS.get(request["credentials"]["fingerprint"])

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["campaign_id"])

    def is_write(self, request: Request) -> bool:
        return bool(request["method"] != "GET")

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        if purpose == "list":
            return {"method": "GET", "query": LIST}
        if purpose == "read":
            return {"method": "GET", "query": f"api=campaign*campaign*={target.key}"}
        return {"method": self.write, "query": f"api=*campaign_id={target.key}*"}

    def seeds(self) -> st.SearchStrategy[dict[str, Any]]:
        """Return two campaigns with records of some results; FAX is an undocumented result."""
        words = st.sampled_from(("BUSY", "NO ANSWER", "BUSY", "NO ANSWER", "clean", "DO NOT CALL", "FAX"))
        campaign = st.fixed_dictionaries(
            {
                "name": st.sampled_from(("Winter", "Spring")),
                "status": st.sampled_from(("stopped", "stopped", "started")),
                "records": st.dictionaries(words, st.integers(1, 3), min_size=1, max_size=3),
            }
        )
        return st.fixed_dictionaries({"campaigns": st.fixed_dictionaries({"77": campaign, "78": campaign})})

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return state["wolkvox"]["campaigns"]

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        def told(result: Mapping[str, Any]) -> Any:
            return {one["campaign_id"]: (one["status"], one["records"]) for one in result["campaigns"]}

        return "wolkvox_campaign_info", {}, told, {key: (one["status"], one["records"]) for key, one in last.items()}

    def denied(self, request: Request) -> bool:
        """Also return True for answers with status 200 whose body reports an error."""
        return super().denied(request) or (request["fault"] == "status" and request["status"] == 200)


# The query of an export. Its limit is far above what the fault "huge" sends, which is only an empty array.
_EXPORT = "campaign_id="


class Clear(_Wolkvox):
    """Records are cleared."""

    name: ClassVar[str] = "wolkvox clear"
    module: ClassVar[str] = "wolkvox_campaign_clear"
    kinds: ClassVar[tuple[str, ...]] = ("all", "all-dnc", "busy", "busy", "absent")
    lag: ClassVar[str | None] = "clear_lag"
    write: ClassVar[str] = "DELETE"

    def target(self, target: TrialTarget) -> dict[str, Any]:
        what = {"result": "busy"} if target.kind in ("busy", "absent") else {"all_records": True}
        return {"campaign_id": target.key, **what, "allow_do_not_call": target.kind == "all-dnc"}

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        results: dict[str, int] = state["wolkvox"]["campaigns"].get(target.key, {"results": {}})["results"]
        return {word: number for word, number in results.items() if target.kind.startswith("all") or word == "busy"}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        results: dict[str, int] = state["wolkvox"]["campaigns"].get(target.key, {"results": {}})["results"]
        return {} if target.kind.startswith("all") else {w: n for w, n in results.items() if w != "busy"}

    def readable(self, target: TrialTarget, truth: Truth) -> bool:
        """Also return True if an export makes the count by result unknown: "no data", or an empty long answer."""
        if target.kind.startswith("all"):
            return True  # the list contains their number
        first = truth.writes[0]["seq"] if truth.writes else float("inf")
        return not any(
            self.denied(request) or (request["fault"] == "huge" and _EXPORT in request["query"])
            for request in truth.reads
            if request["seq"] < first
        )

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        if target.kind == "absent":
            return []
        act = {"room": "wolkvox", "campaign": target.key}
        return [{**act, "do": "add_records", "records": {"BUSY": 1}}, {**act, "do": "remove_records"}]

    def reads_first(self, target: TrialTarget) -> int:
        return 0 if target.kind == "all-dnc" else 1

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds in which the export may lack its number of records, or be incomplete.

        What a clear removes from an incomplete export is unknown in advance: later targets are not judged by it.
        """
        targets = st.fixed_dictionaries(
            {
                "campaign_id": st.sampled_from(("77", "77", "77", "78", "78", "99")),
                "result": st.sampled_from((None, "busy", "no-answer", "busy", "no-answer", "do-not-call", "answer")),
                "allow_running": st.sampled_from((True, True, True, False)),
                "allow_do_not_call": st.sampled_from((True, True, True, False)),
                "campaign_name": st.sampled_from((*[None] * 5, "Winter")),
                "backup": st.sampled_from((False, False, False, True)),
            }
        ).map(lambda target: {**target, "all_records": target["result"] is None, "backup_dir": FOLDER})
        settings = st.fixed_dictionaries(
            {
                "export_total": st.sampled_from((*["all"] * 5, "sent", "none")),
                "export_limit": st.sampled_from((*[60_000] * 6, 2)),
            }
        )
        return worlds(self.seeds(), targets, _named, settings=settings).map(_one_where_cut)

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        covered = [_records(first, entry["target"]["campaign_id"], entry["target"].get("result")) for entry in results]
        return removed(_records(first), _records(last), covered, results)


class Switch(_Wolkvox):
    """Campaigns are started."""

    name: ClassVar[str] = "wolkvox switch"
    module: ClassVar[str] = "wolkvox_campaign"
    kinds: ClassVar[tuple[str, ...]] = ("start", "start", "absent")
    lag: ClassVar[str | None] = "switch_lag"
    write: ClassVar[str] = "PUT"
    idle: ClassVar[str] = "unchanged"
    would: ClassVar[str] = "would_change"
    done: ClassVar[str] = "changed"

    def campaign(self, target: TrialTarget) -> dict[str, Any]:
        return {"records": 1, "status": "stopped" if target.size else "started"}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"campaign_id": target.key, "state": "started"}

    def reads_first(self, target: TrialTarget) -> int:
        return 0

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        campaign = state["wolkvox"]["campaigns"].get(target.key)
        return {} if campaign is None or campaign["status"] == "started" else {"stopped": 1}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return state["wolkvox"]["campaigns"].get(target.key, {}).get("results")

    def worlds(self) -> st.SearchStrategy[World]:
        targets = st.fixed_dictionaries(
            {
                "campaign_id": st.sampled_from(("77", "78", "99")),
                "state": st.sampled_from(("started", "stopped")),
            }
        )
        return worlds(self.seeds(), targets, _named)

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        expected = {key: dict(campaign) for key, campaign in first.items()}
        for entry in results:
            if entry["outcome"] in ("changed", "accepted", "unchanged"):
                expected[entry["target"]["campaign_id"]]["status"] = entry["target"]["state"]
        return [] if expected == last else [f"expected {expected}, but there is {last}"]


class _ByNumber(_Wolkvox):
    """Base of scenarios about a phone number: 1555 and the target's key."""

    idle: ClassVar[str] = "unchanged"
    would: ClassVar[str] = "would_change"
    done: ClassVar[str] = "changed"
    # A forged "no data" cannot be distinguished from a true one.
    believed: ClassVar[tuple[str, ...]] = ("200 whose body says '404'",)
    addressed: ClassVar[bool] = False

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["phone_number"]).removeprefix("1555")


_PERSON = re.compile(r"customer_(?:phone=1555|id=)(\d{7})")
_CUSTOMER = re.compile(r"(\d{7})\d")


class Record(_ByNumber):
    """Records of a number are marked or removed, the first in one campaign and all others in another.

    A customer's id is the target's key and one more digit. Another person's record is next to each target.
    """

    name: ClassVar[str] = "wolkvox record"
    module: ClassVar[str] = "wolkvox_record"
    kinds: ClassVar[tuple[str, ...]] = ("mark", "mark", "remove", "absent")
    lag: ClassVar[str | None] = "record_lag"

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        campaigns: dict[str, Any] = {"1": {"records": []}, "2": {"records": []}}
        for target in targets:
            campaigns["1"]["records"].append({"id_cliente": f"9{target.key}", "tel1": f"1777{target.key}"})
            for number in range(0 if target.kind == "absent" else target.size):
                person = {"id_cliente": f"{target.key}{number}", "tel1": f"1555{target.key}"}
                campaigns["2" if number else "1"]["records"].append(person)
        return {**super().seed([]), "campaigns": campaigns}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        state = "absent" if target.kind == "remove" else "do_not_call"
        return {"phone_number": f"1555{target.key}", "state": state}

    def key_of(self, request: Request) -> str | None:
        found = _PERSON.search(request["query"]) or _CUSTOMER.search(request["body"])
        return found and found[1]

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        """Return a filter that matches all targets: a write has its customers in the body."""
        if purpose == "list":
            return {"method": "GET", "query": LIST}
        if purpose == "read":
            return {"method": "GET", "query": "api=find_record*"}
        return {"query": "api=*", "method": "DELETE" if target.kind == "remove" else "PUT"}

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        people = [(name, one) for name, one in _people(state["wolkvox"]["campaigns"]) if _is_of(one, target)]
        return Counter(
            f"{name} {one['id_cliente']}"
            for name, one in people
            if target.kind == "remove" or one["resultado"] != "do-not-call"
        )

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return [one for _name, one in _people(state["wolkvox"]["campaigns"]) if one["id_cliente"] == f"9{target.key}"]

    def piecewise(self, target: TrialTarget) -> bool:
        return target.size > 1

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        person = {"id_cliente": f"{target.key}9", "tel1": f"1555{target.key}"}
        return [{"room": "wolkvox", "do": "add_records", "campaign": "1", "records": [person]}]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds in which customers share numbers, and a number has two spellings, or is a suffix of
        another.
        """
        person = st.fixed_dictionaries(
            {
                "id_cliente": st.sampled_from(("1", "2", "2", "3")),
                "tel1": st.sampled_from((*_NUMBERS, _NUMBERS[0])),
                "tel2": st.sampled_from(("", "", _NUMBERS[1])),
                "resultado": st.sampled_from(("", "BUSY", "NO ANSWER", "DO NOT CALL", "FAX")),
            }
        )
        people = st.lists(person, max_size=3)
        seeds = st.fixed_dictionaries(
            {"77": people, "78": people, "79": people.map(lambda them: {"type": "preview", "records": them})}
        ).map(lambda campaigns: {"campaigns": campaigns})
        targets = st.fixed_dictionaries(
            {
                "phone_number": st.sampled_from((*_NUMBERS, *_NUMBERS, "1 555 010-0001", "5550100001")),
                "campaign_id": st.sampled_from((None, "77", "77", "78", "79", "99")),
                "state": st.sampled_from(("do_not_call", "do_not_call", "absent")),
                "allow_do_not_call": st.sampled_from((True, True, False)),
                "backup": st.sampled_from((False, False, True)),
            }
        ).map(lambda target: {**target, "backup_dir": FOLDER})
        settings = st.fixed_dictionaries(
            {
                "find_match": st.sampled_from(("exact", "digits", "digits", "suffix")),
                "empty_find": st.sampled_from(("404", "empty")),
            }
        )
        return worlds(seeds, targets, lambda target: target["phone_number"], settings=settings)

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        exact = world.settings["find_match"] == "exact"
        held = [(name, dict(one)) for name, one in _people(first)]
        found = []
        for number, entry in enumerate(results):
            target, marks = entry["target"], entry["target"]["state"] == "do_not_call"
            keys = {
                (name, one["id_cliente"])
                for name, one in held
                if target.get("campaign_id") in (None, name) and _shows(one, target["phone_number"], exact=exact)
            }
            meant = [
                (name, one)
                for name, one in held
                if (name, one["id_cliente"]) in keys
                and not (marks and one["resultado"] == "do-not-call")
                and (not marks or _shows(one, target["phone_number"], exact=exact))
            ]
            if entry["pending_before"] not in (None, len(meant)):
                found.append(
                    f"targets[{number}]: pending_before {entry['pending_before']}, but {len(meant)} were there"
                )
            if entry["outcome"] == "unchanged" and meant:
                found.append(f"targets[{number}]: unchanged, but {len(meant)} were there")
            if entry["outcome"] in ("changed", "accepted", "in_doubt") and marks:
                going = {(name, one["id_cliente"]) for name, one in meant}
                for name, one in held:
                    one["resultado"] = "do-not-call" if (name, one["id_cliente"]) in going else one["resultado"]
            elif entry["outcome"] in ("changed", "accepted", "in_doubt"):
                held = [pair for pair in held if pair not in meant]
        if held != list(_people(last)):
            found.append(f"expected {held}, but there is {list(_people(last))}")
        return found

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        def told(result: Mapping[str, Any]) -> Any:
            return sorted((one["campaign_id"], one["customer_id"]) for one in result["records"])

        expected = sorted((name, one["id_cliente"]) for name, one in _people(last) if _shows(one, _NUMBERS[0]))
        return "wolkvox_record_info", {"phone_number": _NUMBERS[0]}, told, expected


class DoNotCall(_ByNumber):
    """Numbers are added to the do-not-call list, or removed."""

    name: ClassVar[str] = "wolkvox dnc"
    module: ClassVar[str] = "wolkvox_dnc"
    kinds: ClassVar[tuple[str, ...]] = ("block", "block", "unblock")
    lag: ClassVar[str | None] = "dnc_lag"
    purposes: ClassVar[tuple[str, ...]] = ("write", "list")

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        there = [f"1555{target.key}" for target in targets if (target.kind == "unblock") == bool(target.size)]
        return {**super().seed([]), "dnc": ["17770000000", *there]}

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"phone_number": f"1555{target.key}", "state": "absent" if target.kind == "unblock" else "present"}

    def key_of(self, request: Request) -> str | None:
        if not self.is_write(request):
            return None
        return str(json.loads(request["body"])["telephones"][0]).removeprefix("1555")

    def account_of(self, request: Request) -> int | None:
        """Also return it for every list, because lists contain all numbers."""
        if not request["query"].startswith("api=get_dnc") or not request["credentials"]:
            return None
        return _FINGERPRINTS.get(request["credentials"]["fingerprint"])

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        """Return a filter that matches all targets: a write has its number in the body."""
        if purpose == "write":
            return {"query": "api=*_dnc", "method": "DELETE" if target.kind == "unblock" else "POST"}
        return {"method": "GET", "query": "api=get_dnc*"}

    def reads_first(self, target: TrialTarget) -> int:
        return 0

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        number = f"1555{target.key}"
        there = number in state["wolkvox"]["dnc"]
        return {number: 1} if there == (target.kind == "unblock") else {}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return state["wolkvox"]["dnc"].get("17770000000")

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        act = {"room": "wolkvox", "phone_number": f"1555{target.key}"}
        return [{**act, "do": "add_dnc"}, {**act, "do": "remove_dnc"}]

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return state["wolkvox"]["dnc"]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds that cover the vendor's undocumented behavior in both variants."""
        types = st.sampled_from(("outbound", "inbound", "inbound/outbound", "all"))
        entry = st.fixed_dictionaries({"phone_number": st.sampled_from(_NUMBERS), "type": types})
        seeds = st.fixed_dictionaries({"dnc": st.lists(entry, max_size=3, unique_by=lambda one: tuple(one.values()))})
        targets = st.fixed_dictionaries(
            {
                "phone_number": st.sampled_from((*_NUMBERS, "15550100003")),
                "type_call": st.sampled_from(("outbound", "outbound", "inbound", "all")),
                "state": st.sampled_from(("present", "present", "absent")),
            }
        )
        settings = st.fixed_dictionaries(
            {
                "dnc_both": st.sampled_from(("one_row", "two_rows")),
                "dnc_type_filter": st.sampled_from(("covering", "own")),
                "dnc_removal": st.sampled_from(("covering", "own")),
                "dnc_again": st.sampled_from((201, 400)),
                "empty_dnc": st.sampled_from(("404", "empty")),
            }
        )
        return worlds(seeds, targets, lambda target: target["phone_number"], settings=settings)

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        blocked = _blocked(first)
        found = []
        for number, entry in enumerate(results):
            target, present = entry["target"], entry["target"]["state"] == "present"
            wanted, phone = _DIRECTIONS[target["type_call"]], target["phone_number"]
            now = blocked.get(phone, set())
            so = wanted <= now if present else not wanted & now
            if entry["pending_before"] != int(not so):
                found.append(f"targets[{number}]: pending_before {entry['pending_before']}, and that was so: {so}")
            if entry["outcome"] == "unchanged" and not so:
                found.append(f"targets[{number}]: unchanged, but it was not so")
            if entry["outcome"] in ("changed", "accepted", "in_doubt"):
                blocked[phone] = now | wanted if present else now - wanted
        expected = {phone: now for phone, now in blocked.items() if now}
        return [] if expected == _blocked(last) else [f"expected {expected}, but there is {_blocked(last)}"]

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        def told(result: Mapping[str, Any]) -> Any:
            return sorted(one["phone_number"] for one in result["missing"])

        expected = sorted(number for number in _NUMBERS if "outbound" not in _blocked(last).get(number, ()))
        return "wolkvox_dnc_info", {"targets": [{"phone_number": number} for number in _NUMBERS]}, told, expected


_NUMBERS = ("15550100001", "15550100002")
_DIRECTIONS = {
    "outbound": {"outbound"},
    "inbound": {"inbound"},
    "inbound/outbound": {"inbound", "outbound"},
    "all": {"inbound", "outbound"},
}


def _people(campaigns: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield campaign and person."""
    for name, campaign in campaigns.items():
        yield from ((name, one) for one in campaign.get("people", ()))


def _is_of(person: Mapping[str, str], target: TrialTarget) -> bool:
    return person["tel1"] == f"1555{target.key}"


def _shows(person: Mapping[str, str], number: str, *, exact: bool = False) -> bool:
    """Return whether a record shows a number, verbatim or ignoring punctuation."""
    wanted = number if exact else re.sub(r"[ -]", "", number)
    return wanted in (person["tel1"], person.get("tel2"))


def _blocked(dnc: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return number → directions."""
    return {number: set().union(*(_DIRECTIONS[each] for each in types)) for number, types in dnc.items()}


def _records(campaigns: Mapping[str, Any], campaign_id: str | None = None, result: str | None = None) -> list[str]:
    """Return labels of the records of all campaigns, of one, or of one with a result; equal ones are numbered."""
    return [
        f"{key} {word} {place}"
        for key, campaign in campaigns.items()
        for word, number in campaign["results"].items()
        for place in range(number)
        if campaign_id in (None, key) and result in (None, word)
    ]


def _one_where_cut(world: World) -> World:
    number = 1 if world.settings["export_limit"] < 60_000 else None
    return World(world.seed, {**world.options, "targets": world.options["targets"][:number]}, world.settings)


def _named(target: Mapping[str, Any]) -> tuple[str, str | None]:
    return target["campaign_id"], target.get("result")


SCENARIOS = (Clear(), Switch(), Record(), DoNotCall())
