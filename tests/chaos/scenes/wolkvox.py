# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox: records of campaigns, and campaigns that are started; one request of a token at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..scene import Holding, Mark, Request, Scene, Truth

TOKEN = "not-a-secret-wolkvox-token"
LIST = "api=campaigns"
_FINGERPRINTS = {
    hashlib.sha256(f"{TOKEN}-{number}".encode()).hexdigest()[:12]: number for number in range(Scene.accounts)
}
_KEY = re.compile(r"campaign(?:_id)?=(\w+)")


class _Wolkvox(Scene):
    room: ClassVar[str] = "wolkvox"
    mounts: ClassVar[tuple[str, ...]] = ("wolkvox",)
    serial: ClassVar[bool] = True
    purposes: ClassVar[tuple[str, ...]] = ("read", "write", "list")
    write: ClassVar[str]

    def records(self, mark: Mark) -> dict[str, int]:
        """Return the records at first, by result."""
        others = {} if mark.kind.startswith("all") else {"NO ANSWER": 2}
        return {**others, "BUSY": mark.size} if mark.size else others

    def seed(self, marks: Sequence[Mark]) -> dict[str, Any]:
        tokens = [{"token": f"{TOKEN}-{number}", "daily_quota": 1_000_000} for number in range(self.accounts)]
        campaigns = {mark.key: self.campaign(mark) for mark in marks if mark.kind != "absent"}
        return {"tokens": tokens, "campaigns": campaigns}

    def campaign(self, mark: Mark) -> dict[str, Any]:
        return {"records": self.records(mark)}

    def target(self, mark: Mark) -> dict[str, Any]:
        return {"campaign_id": mark.key}

    def options(self, url: str, account: int, marks: Sequence[Mark]) -> dict[str, Any]:
        return {
            "base_url": f"{url}/wolkvox",
            "token": f"{TOKEN}-{account}",
            "targets": [self.target(mark) for mark in marks],
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

    def filter(self, mark: Mark, purpose: str) -> dict[str, Any]:
        if purpose == "list":
            return {"method": "GET", "query": LIST}
        if purpose == "read":
            return {"method": "GET", "query": f"api=campaign*campaign*={mark.key}"}
        return {"method": self.write, "query": f"api=*campaign_id={mark.key}*"}

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

    def target(self, mark: Mark) -> dict[str, Any]:
        what = {"result": "busy"} if mark.kind in ("busy", "absent") else {"all_records": True}
        return {"campaign_id": mark.key, **what, "allow_do_not_call": mark.kind == "all-dnc"}

    def holding(self, state: Mapping[str, Any], mark: Mark) -> Holding:
        results: dict[str, int] = state["wolkvox"]["campaigns"].get(mark.key, {"results": {}})["results"]
        return {word: number for word, number in results.items() if mark.kind.startswith("all") or word == "busy"}

    def others(self, state: Mapping[str, Any], mark: Mark) -> Any:
        results: dict[str, int] = state["wolkvox"]["campaigns"].get(mark.key, {"results": {}})["results"]
        return {} if mark.kind.startswith("all") else {w: n for w, n in results.items() if w != "busy"}

    def readable(self, mark: Mark, truth: Truth) -> bool:
        """Tell it also where an export makes the number by result unknown: it says "no data", or is one long void."""
        if mark.kind.startswith("all"):
            return True  # their number stands in the list
        first = truth.writes[0]["seq"] if truth.writes else float("inf")
        return not any(
            self.denied(request) or (request["fault"] == "huge" and _EXPORT in request["query"])
            for request in truth.reads
            if request["seq"] < first
        )

    def meddling(self, mark: Mark) -> list[dict[str, Any]]:
        if mark.kind == "absent":
            return []
        act = {"room": "wolkvox", "campaign": mark.key}
        return [{**act, "do": "add_records", "records": {"BUSY": 1}}, {**act, "do": "remove_records"}]

    def reads_first(self, mark: Mark) -> int:
        return 0 if mark.kind == "all-dnc" else 1


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

    def campaign(self, mark: Mark) -> dict[str, Any]:
        return {"records": 1, "status": "stopped" if mark.size else "started"}

    def target(self, mark: Mark) -> dict[str, Any]:
        return {"campaign_id": mark.key, "state": "started"}

    def reads_first(self, mark: Mark) -> int:
        return 0

    def holding(self, state: Mapping[str, Any], mark: Mark) -> Holding:
        campaign = state["wolkvox"]["campaigns"].get(mark.key)
        return {} if campaign is None or campaign["status"] == "started" else {"stopped": 1}

    def others(self, state: Mapping[str, Any], mark: Mark) -> Any:
        return state["wolkvox"]["campaigns"].get(mark.key, {}).get("results")
