# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow in runs over many accounts: events that the plan showed are removed, and a watch finds new ones."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.tests.support.playbooks import broken_check_mode
from ansible_collections.telephony.outbound.tests.support.runs import account, evidence, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


def writes(sandbox: Sandbox) -> list[str]:
    """Return the requests that changed something."""
    return [f"{entry['method']} {entry['path']}" for entry in sandbox.journal() if entry["changes"]]


def watch(world: Sandbox, folder: Path, given: list[Account], **options: str) -> RunOutcome:
    """Watch, and assert that no request changed anything."""
    seen = len(world.journal())
    found = run(given, folder, "watch", **options)
    assert broken_check_mode(world.journal()[seen:]) == []
    return found


def add_event(world: Sandbox, url: str = "https://new.example.com/hook") -> None:
    world.act(room="voipnow", do="add_event", extension="0003*211", event={"type": 1, "url": url})


def test_events_that_the_plan_did_not_show_are_not_removed(world: Sandbox, tmp_path: Path) -> None:
    voipnow = account("voipnow", world.url)
    assert not run([voipnow], tmp_path / "plan", "plan").failed
    add_event(world)
    run([voipnow], tmp_path / "ev", max_growth_percent=500, plan=str(tmp_path / "plan/plan.json"))
    (entry,) = evidence(tmp_path / "ev")
    assert entry["outcome"] == "refused"
    assert "these events are not in the plan" in entry["error"]["message"]
    assert writes(world) == []


def test_what_could_not_be_read_again_is_not_removed(world: Sandbox, tmp_path: Path) -> None:
    """The read that compares the events with those of the plan fails, and the next one would show a new event."""
    voipnow = account("voipnow", world.url)
    assert not run([voipnow], tmp_path / "plan", "plan").failed
    add_event(world)
    world.fault(method="GET", path="*phoneCallEvents", do="bad_json")
    run([voipnow], tmp_path / "ev", max_growth_percent=500, plan=str(tmp_path / "plan/plan.json"))
    (entry,) = evidence(tmp_path / "ev")
    assert (entry["outcome"], entry["error"]["kind"]) == ("failed", "protocol")
    assert writes(world) == []


def test_an_event_that_is_there_again_is_found_with_its_number(world: Sandbox, tmp_path: Path) -> None:
    given = [account("voipnow", world.url)]
    assert run(given, tmp_path / "ev").state == "done"
    assert [row["outcome"] for row in watch(world, tmp_path / "ev", given).entries] == ["still_clear"]
    add_event(world)
    found = watch(world, tmp_path / "ev", given)
    assert [(row["outcome"], row["pending"]) for row in found.rows] == [("refilled", 1)]


def test_an_event_that_two_selections_cover_is_told_of_both(world: Sandbox, tmp_path: Path) -> None:
    hook = {"user_id": "1", "extension": "0003*211"}
    url = "https://crm.example.com/hook"
    given = [account("voipnow", world.url, {**hook, "url": url}, {**hook, "event_type": "dial_out"})]
    assert run(given, tmp_path / "ev").state == "done"
    add_event(world, url)
    found = watch(world, tmp_path / "ev", given)
    assert [(row["outcome"], row["pending"]) for row in found.entries] == [("refilled", 1)] * 2


def test_a_masked_target_is_found_again_by_the_key_alone(world: Sandbox, tmp_path: Path) -> None:
    hook = {"user_id": "1", "extension": "0003*211", "url": "https://crm.example.com/hook?caller=15550100123"}
    given = [account("voipnow", world.url, hook)]
    add_event(world, hook["url"])
    assert run(given, tmp_path / "ev", mask_key="the key of that run").state == "done"
    assert "15550100123" not in (tmp_path / "ev/evidence.json").read_text()
    add_event(world, hook["url"])
    assert [row["outcome"] for row in watch(world, tmp_path / "ev", given).entries] == ["refilled"]
    (tmp_path / "ev/plan.json").unlink()
    found = watch(world, tmp_path / "ev", given, mask_key="the key of that run")
    assert [row["outcome"] for row in found.entries] == ["refilled"]
    for key in ("", "another key"):
        found = watch(world, tmp_path / "ev", given, mask_key=key)
        assert ([row["outcome"] for row in found.entries], found.failed) == (["cannot_be_read"], True)
        assert "it cannot be found again" in found.rows[0]["error"]["message"]
    assert "15550100123" not in (tmp_path / "ev/watch.jsonl").read_text()
