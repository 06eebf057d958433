# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox: records of campaigns, and campaigns that are started; one request of a token at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st

from ansible_collections.telephony.outbound.tests.support.vendor import MISSING, SECRET, BadInput, Secrets, Vendor

from ..scenario import Holding, Request, Scenario, TrialTarget, Truth
from ..worlds import FOLDER, World, removed, worlds


def seed(secrets: Secrets) -> dict[str, Any]:
    campaign = {"name": "Reminders", "records": {"clean": 2, "BUSY": 1}}
    return {"wolkvox": {"tokens": [secrets["token"]], "campaigns": {"77": campaign}}}


INFO, SWITCH, CLEAR = "wolkvox_campaign_info", "wolkvox_campaign", "wolkvox_campaign_clear"

VENDOR = Vendor(
    credentials=[{"token": SECRET}],
    secrets=["token"],
    seed=seed,
    path=lambda _options: "/wolkvox",
    calls={
        INFO: {"campaign_ids": ["77"]},
        SWITCH: {"campaign_id": "77", "state": "started"},
        CLEAR: {"campaign_id": "77", "all_records": True},
    },
    ids={INFO: ["campaign_ids"], SWITCH: ["campaign_id"], CLEAR: ["campaign_id"]},
    bad_input=[
        BadInput(CLEAR, {"all_records": False}, "result", "is required"),
        BadInput(CLEAR, {"all_records": MISSING}, "result", "is required"),
        BadInput(CLEAR, {"result": "busy"}, "result", "excludes all_records"),
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
        *(
            BadInput(module, {"server": server}, "server", says)
            for module in (INFO, SWITCH, CLEAR)
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
        """Return the records at first, by result."""
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
        """Tell it of a list of all campaigns, which serves several targets."""
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
        """Return two campaigns with records of some results; FAX is a word that nobody documents."""
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
        """Tell it also of the answers whose status is 200 and whose body says no."""
        return super().denied(request) or (request["fault"] == "status" and request["status"] == 200)


# The query of an export. Its limit is far above what the fault "huge" sends, which is an empty array after all.
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
        """Tell it also where an export makes the number by result unknown: it says "no data", or is one long void."""
        if target.kind.startswith("all"):
            return True  # their number stands in the list
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
        """Return worlds in which the export may not say how many records it has, or be cut.

        What a clear takes out of one that is cut nobody knows beforehand: no later target is judged by it.
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


def _records(campaigns: Mapping[str, Any], campaign_id: str | None = None, result: str | None = None) -> list[str]:
    """Name every record of all campaigns, of one, or of one with a result; alike ones by number."""
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


SCENARIOS = (Clear(), Switch())
