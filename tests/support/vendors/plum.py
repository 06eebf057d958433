# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plum: queues of calls, readable only if all call ids are given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st

from ansible_collections.telephony.outbound.tests.support.vendor import (
    ANN,
    MISSING,
    SECRET,
    BadInput,
    NumberAccount,
    RunAccount,
    Secrets,
    Vendor,
)

from ..scenario import Holding, Request, Scenario, TrialTarget, Truth
from ..worlds import World, removed, worlds

EMAIL = "dialer@example.com"


def seed(secrets: Secrets) -> dict[str, Any]:
    queues = {"100/200": {"c1": "queued", "c2": "completed"}}
    account = {"email": EMAIL, "developer_key": secrets["developer_key"]}
    return {"plum": {"accounts": [account], "fuse": queues, "insight": queues}}


CANCEL = "plum_outbound_cancel"
FUSE = {"product": "fuse", "application_id": "100", "deployment_id": "200"}
INSIGHT = {
    "product": "insight",
    "survey_id": "100",
    "instance_id": "200",
    "application_id": MISSING,
    "deployment_id": MISSING,
}

LOGIN = {"email": EMAIL, "developer_key": "canary-developer-key-1"}
ACCOUNT = {"product": "fuse", **LOGIN}

VENDOR = Vendor(
    credentials=[{"email": EMAIL, "developer_key": SECRET}],
    secrets=["developer_key"],
    seed=seed,
    path=lambda options: f"/{options['product']}",
    calls={
        CANCEL: {**FUSE, "call_ids": ["c1", "c2"], "call_ids_complete": True},
        "plum_call_info": {"product": "insight", "call_ids": ["c1"]},
    },
    ids={CANCEL: ["application_id", "deployment_id", "call_ids"], "plum_call_info": ["call_ids"]},
    bad_input=[
        BadInput(CANCEL, {"product": MISSING}, "product", "missing required arguments"),
        BadInput(CANCEL, {"product": None}, "product"),
        BadInput(CANCEL, {"product": "studio"}, "product", "must be one of"),
        BadInput("plum_call_info", {"product": ""}, "product", "must be one of"),
        BadInput(CANCEL, {**INSIGHT, "survey_id": MISSING}, "survey_id", "is required"),
        BadInput(CANCEL, {**INSIGHT, "instance_id": ".."}, "instance_id", "cannot be an id"),
        BadInput(CANCEL, {"survey_id": "10"}, "survey_id", "belongs to product"),
        BadInput(CANCEL, {"call_ids": MISSING}, "call_ids_complete", "needs call_ids"),
        BadInput(CANCEL, {"call_ids": []}, "call_ids", "is empty"),
        BadInput(CANCEL, {"email": "dialer:x@example.com"}, "email", "colon"),
    ],
    run=RunAccount(
        connection=ACCOUNT,
        seed={"accounts": [LOGIN], "fuse": {"100/200": {"c1": "queued", "c2": "queued"}, "100/201": 5}},
        target={"application_id": "100", "deployment_id": "201"},
        outcome="accepted",
        watched="cannot_be_read",
    ),
    numbers=NumberAccount(
        seed={
            "fuse": {
                "100/200": {
                    "c1": {"status": "queued", "phone_number": ANN},
                    "c2": "queued",
                    "c3": {"status": "queued", "phone_number": ""},
                }
            }
        },
        forms=["as_is"],
        steps=[(step, "unsupported") for step in ("suppress", "cancel", "hang_up")],
    ),
    hostile=lambda seed, text: seed["insight"]["100/200"].update(
        c1={"status": "queued", "phone_number": text, "events": [{"event": text, "timestamp": text}]}
    ),
)


# --- scenarios of the fault suite

KEY = "not-a-secret-developer-key"
_CALL = re.compile(r"/api/outbound/k(\w+)-")
_QUEUES = ("200", "201", "202")
_CANCEL = re.compile(r"/100/(\w+)/cancel$")


class Plum(Scenario):
    """One product; the other one differs in names and answers."""

    module: ClassVar[str] = "plum_outbound_cancel"
    vendor: ClassVar[str] = "plum"
    kinds: ClassVar[tuple[str, ...]] = ("blind", "counted", "counted", "witness", "absent")
    lag: ClassVar[str | None] = "cancel_lag"
    resends_blindly: ClassVar[bool] = True
    product: ClassVar[str]
    ids: ClassVar[tuple[str, str]]

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        accounts = [{"email": _email(number), "developer_key": KEY} for number in range(self.accounts)]
        queues = {f"100/{target.key}": _calls(target) for target in targets if target.kind != "absent"}
        return {"accounts": accounts, self.product: queues}

    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        entries = []
        for target in targets:
            known = {} if target.kind in ("blind", "absent") else {"call_ids": list(_calls(target))}
            entries.append({self.ids[1]: target.key, **known, "call_ids_complete": target.kind == "counted"})
        return {
            "base_url": f"{url}/{self.product}",
            "product": self.product,
            "email": _email(account),
            "developer_key": KEY,
            self.ids[0]: "100",
            "targets": entries,
        }

    def secrets(self) -> Sequence[str]:
        return (KEY,)

    def key_of(self, request: Request) -> str | None:
        found = _CALL.search(request["path"]) or _CANCEL.search(request["path"])
        return found and found[1]

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target[self.ids[1]])

    def is_write(self, request: Request) -> bool:
        return bool(request["method"] == "DELETE")

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        calls = state["plum"][self.product].get(f"100/{target.key}", {})
        return {call_id: 1 for call_id, call in calls.items() if call["status"] == "queued"}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        calls = state["plum"][self.product].get(f"100/{target.key}", {})
        return {call_id for call_id, call in calls.items() if call["status"] == "completed"}

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        if purpose == "read":
            return {"method": "GET", "path": f"/{self.product}/api/outbound/k{target.key}-*"}
        return {"method": "DELETE", "path": f"/{self.product}/api/*/100/{target.key}/cancel"}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        """Return acts; if the task states that the ids are complete, no call with another id is queued."""
        if target.kind == "absent":
            return []
        act = {"room": self.product}
        first = f"k{target.key}-0"
        words = [{**act, "do": "set_status", "call_id": first, "status": word} for word in ("dialing", "queued")]
        more = {**act, "do": "queue", "queue": f"100/{target.key}", "calls": 1}
        return words if target.kind == "counted" else [*words, more]

    def readable(self, target: TrialTarget, truth: Truth) -> bool:
        """Also return True if the vendor said that it does not know one of the calls."""
        first = truth.writes[0]["seq"] if truth.writes else float("inf")
        return target.kind == "counted" and not any(r["status"] == 404 for r in truth.reads if r["seq"] < first)

    def reads_first(self, target: TrialTarget) -> int:
        return 0 if target.kind in ("blind", "absent") else len(_calls(target))

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds of three queues; the task never claims to be complete with a missing call."""
        queue = st.lists(
            st.sampled_from(("queued", "queued", "dialing", "completed", "canceled")), min_size=1, max_size=3
        )
        seeds = st.builds(
            lambda *queues: {
                self.product: {
                    f"100/{name}": {f"c{name}-{place}": status for place, status in enumerate(statuses)}
                    for name, statuses in zip(_QUEUES, queues, strict=True)
                }
            },
            *[queue] * len(_QUEUES),
        )
        return st.builds(self._with_calls, worlds(seeds, self._targets(), lambda target: target[self.ids[1]]))

    def _targets(self) -> st.SearchStrategy[dict[str, Any]]:
        """Return targets whose calls are added later."""
        known = st.sampled_from(("all", "all", "none", "first", "one more"))
        return st.fixed_dictionaries({self.ids[1]: st.sampled_from(_QUEUES), "call_ids": known})

    def _with_calls(self, world: World) -> World:
        targets = []
        for target in world.options["targets"]:
            calls = list(world.seed[self.product][f"100/{target[self.ids[1]]}"])
            named = {"none": None, "all": calls, "first": calls[:1], "one more": [*calls, "c-unknown"]}
            known = named[target["call_ids"]] or None
            complete = known is not None and target["call_ids"] in ("all", "one more")
            targets.append({**target, "call_ids": known, "call_ids_complete": complete})
        return World(world.seed, {**world.options, "targets": targets}, world.settings)

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return state["plum"][self.product]

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        def queued(state: Any, *queues: str) -> list[str]:
            calls = [item for queue in queues or state for item in state[queue].items()]
            return [call_id for call_id, call in calls if call["status"] == "queued"]

        covered = [queued(first, f"100/{entry['target'][self.ids[1]]}") for entry in results]
        return removed(queued(first), queued(last), covered, results)

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        statuses = {call_id: call["status"] for calls in last.values() for call_id, call in calls.items()}
        if not statuses:
            return super().inquiry(world, last)
        options = {"product": self.product, "call_ids": list(statuses)}
        return "plum_call_info", options, lambda r: {call["call_id"]: call["status"] for call in r["calls"]}, statuses


class Fuse(Plum):
    """Plum Fuse."""

    name: ClassVar[str] = "plum fuse"
    prefixes: ClassVar[tuple[str, ...]] = ("fuse",)
    product: ClassVar[str] = "fuse"
    ids: ClassVar[tuple[str, str]] = ("application_id", "deployment_id")


class Insight(Plum):
    """Plum Insight."""

    name: ClassVar[str] = "plum insight"
    prefixes: ClassVar[tuple[str, ...]] = ("insight",)
    product: ClassVar[str] = "insight"
    ids: ClassVar[tuple[str, str]] = ("survey_id", "instance_id")


def _email(account: int) -> str:
    return f"dialer-{account}@example.com"


def _calls(target: TrialTarget) -> dict[str, Any]:
    """Return calls with one attempt each, so that none is dialed again."""
    once = {"status": "queued", "max_attempts": 1}
    queued = {f"k{target.key}-{number}": once for number in range(target.size)}
    return {**queued, f"k{target.key}-{target.size}": "completed"}


SCENARIOS = (Fuse(), Insight())
