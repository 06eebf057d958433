# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A preview equals the real run: random worlds, always with the same seed, and proof that a difference is detected.

CHAOS_SEED=7 uses another seed. `make chaos` tries thousands of worlds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import module as core_module
from ansible_collections.telephony.outbound.plugins.module_utils._core import overlaps, teardown
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Operation
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import (
    outbound_cancel as plum_outbound_cancel,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import events as events_module
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import pairing as voipnow_pairing
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import (
    phonecall_events as voipnow_phonecall_events,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.events import DesiredEvent
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.phonecall_events import (
    PhoneCallEvents,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign_clear import CampaignClear
from ansible_collections.telephony.outbound.tests.chaos import preview
from ansible_collections.telephony.outbound.tests.chaos.tally import Tally
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenarios import SCENARIOS
from ansible_collections.telephony.outbound.tests.support.worlds import FOLDER, World

SEED = int(os.environ.get("CHAOS_SEED", "20261121"))
WORLDS = 22
"""For each module; more than 300 in all."""


@pytest.mark.parametrize("worlds", [WORLDS, pytest.param(2 * WORLDS, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_preview_equals_the_action(sandbox: Sandbox, name: str, worlds: int) -> None:
    preview.run(sandbox, SCENARIOS[name], tally := Tally(SEED), SEED, worlds)
    assert not tally.disagreements, f"seed {SEED}"
    assert tally.targets.total() > worlds


def test_every_module_that_writes_is_tried() -> None:
    writes = {name for name in catalog.MODULES if catalog.made(name).writes}
    assert writes == {scenario.module for scenario in SCENARIOS.values()}


# --- every known kind of difference is detected ----------------------------------------------------------------------

Break = Callable[[pytest.MonkeyPatch], None]

HOOK = "https://crm.example.com/hook"
PLACE = "0003*210"


def extension(*events: Mapping[str, Any]) -> dict[str, Any]:
    named = [{"type": 0, "url": HOOK, "id": f"E{number}", **event} for number, event in enumerate(events)]
    return {"extensions": {PLACE: {"events": named}}}


def campaign() -> dict[str, Any]:
    return {"campaigns": {"77": {"status": "stopped", "records": {"BUSY": 4, "NO ANSWER": 5}}}}


def clears(*results: str | None) -> list[dict[str, Any]]:
    return [
        {"campaign_id": "77", "result": result, "all_records": result is None, "allow_do_not_call": True}
        for result in results
    ]


def queue(*calls: str) -> dict[str, Any]:
    return {"fuse": {"100/200": {f"c{number}": status for number, status in enumerate(calls)}}}


def known(*calls: str) -> dict[str, Any]:
    return {"deployment_id": "200", "call_ids": list(calls) or None, "call_ids_complete": bool(calls)}


def removal(*targets: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": "absent", "targets": [{"extension": PLACE, **target} for target in targets]}


def wishes(*events: Mapping[str, Any]) -> dict[str, Any]:
    wanted = [{"event_type": 0, "url": HOOK, **event} for event in events]
    return {"state": "present", "targets": [{"extension": PLACE, "events": wanted}]}


def an_id_says_nothing(patch: pytest.MonkeyPatch) -> None:
    own = events_module.check_own
    patch.setattr(
        voipnow_phonecall_events, "check_own", lambda options: replace(own(options), old_id=None, contents=())
    )


def addresses_are_held_against_rules(patch: pytest.MonkeyPatch) -> None:
    own = events_module.check_own

    def checked(options: Mapping[str, Any]) -> DesiredEvent:
        events_module.check_url(options["url"])
        return own(options)

    patch.setattr(voipnow_phonecall_events, "check_own", checked)


def words_are_held_against_rules(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(voipnow_phonecall_events, "check_own", events_module.check_wanted)


def targets_may_meet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(core_module.overlaps, "check", lambda *_arguments: None)


def nothing_is_counted(patch: pytest.MonkeyPatch) -> None:
    targets_may_meet(patch)
    patch.setattr(overlaps.Sums, "add", lambda *_arguments: None)


def all_will_be_gone(patch: pytest.MonkeyPatch) -> None:
    def outlook(self: Any, before: Any) -> Any:
        return before.diff_expected or (f"0 {self._operation.UNIT}",)

    patch.setattr(teardown.Teardown, "_outlook", outlook)


def calls_vanish(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plum_outbound_cancel, "_cancelled", lambda counts: {**counts, "pending": 0})


def the_journal_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(core_module, "check_journal", lambda _path: None)


def the_first_takes_the_first(patch: pytest.MonkeyPatch) -> None:
    def match(entries: Any, events: Any) -> dict[int, Any]:
        free, met = list(events), {}
        for exactly in (True, False):
            for place, entry in enumerate(entries):
                fit = next((event for event in free if not (exactly and entry.changes(event))), None)
                if fit is not None and place not in met:
                    free.remove(fit)
                    met[place] = fit
        return met

    patch.setattr(voipnow_pairing, "_match", match)


def each_target_is_seen_alone(patch: pytest.MonkeyPatch) -> None:
    for kind in (PhoneCallEvents, CampaignClear):
        patch.setattr(kind, "foresee", Operation.foresee)


SALES, SUPPORT = {"note": "sales", "method": "1"}, {"note": "support", "method": "0", "status": "0"}
GET, OFF = {"method": "get"}, {"method": "get", "status": "disabled"}
CUT = {"export_total": "none"}

DIFFERENCES: list[tuple[Break, str, World]] = [
    (an_id_says_nothing, "voipnow absent", World(extension(SALES, SUPPORT), removal({"note": "sales"}))),
    (
        addresses_are_held_against_rules,
        "voipnow absent",
        World(extension({"url": "https://h.example.com/a b"}, SALES), removal({"all_events": True})),
    ),
    (
        words_are_held_against_rules,
        "voipnow absent",
        World(extension({"method": None, "status": "7"}), removal({"all_events": True})),
    ),
    (
        nothing_is_counted,
        "wolkvox clear",
        World(campaign(), {"max_pending": 6, "targets": clears("busy", None)}),
    ),
    (
        targets_may_meet,
        "wolkvox switch",
        World(campaign(), {"targets": [{"campaign_id": "77", "state": state} for state in ("started", "stopped")]}),
    ),
    (targets_may_meet, "wolkvox clear", World(campaign(), {"targets": clears(None, None)})),
    (targets_may_meet, "plum fuse", World(queue("queued"), {"targets": [known("c0"), known("c0")]})),
    (all_will_be_gone, "wolkvox clear", World(campaign(), {"targets": clears("busy")}, CUT)),
    (calls_vanish, "plum fuse", World(queue("queued", "completed"), {"targets": [known("c0", "c1")]})),
    (all_will_be_gone, "plum fuse", World(queue("queued"), {"targets": [known()]})),
    *[
        (the_journal_is_not_looked_at, name, World(seed, {"targets": targets, "journal": f"{FOLDER}/nowhere/j.jsonl"}))
        for name, seed, targets in (
            ("wolkvox clear", campaign(), clears(None)),
            ("plum fuse", queue("queued"), [known("c0")]),
        )
    ],
    (
        the_first_takes_the_first,
        "voipnow present",
        World(extension({"method": "1"}, {"method": "0"}), wishes(GET, OFF)),
    ),
    (
        each_target_is_seen_alone,
        "voipnow absent",
        World(extension(SALES, {"type": 1, "note": "sales"}), removal({"note": "sales"}, {"event_type": 1})),
    ),
    (each_target_is_seen_alone, "wolkvox clear", World(campaign(), {"targets": clears("busy", "no-answer")})),
]


@pytest.mark.parametrize(
    ("broken", "name", "world"), DIFFERENCES, ids=[f"{broken.__name__}-{name}" for broken, name, _world in DIFFERENCES]
)
def test_a_difference_is_found(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, broken: Break, name: str, world: World
) -> None:
    assert World.from_json(repr(world)) == world, "what is shown can be tried again"
    assert preview.disagreements(sandbox, SCENARIOS[name], world, Tally(1)) == []
    broken(monkeypatch)
    assert preview.disagreements(sandbox, SCENARIOS[name], world, Tally(1))


def test_random_worlds_find_a_difference_and_make_it_small(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    calls_vanish(monkeypatch)
    preview.run(sandbox, SCENARIOS["plum fuse"], tally := Tally(1), SEED, 100)
    (text,) = tally.disagreements
    world = World.from_json(text.partition("the world: ")[2])
    assert len(world.options["targets"]) == 1
    assert preview.disagreements(sandbox, SCENARIOS["plum fuse"], world, Tally(1))


@pytest.mark.parametrize("what", ["removed", "kept", "miscounted"])
def test_the_judge_of_worlds_can_fail(what: str) -> None:
    entry = {"outcome": "cleared", "pending_before": 2 if what == "miscounted" else 1}
    last = {"removed": [], "kept": ["a", "b"], "miscounted": ["b"]}[what]
    scenario = SCENARIOS["genesys"]
    first = {"May": [{"phone_number": number, "status": "ready"} for number in "ab"]}
    target = {"phone_number": "a", "chain_attribute": "RecordOnly"}
    shown = {"May": [record for record in first["May"] if record["phone_number"] in last]}
    assert scenario.judge_world(World({}, {}), first, shown, [{**entry, "target": target}])
