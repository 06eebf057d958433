# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches over all vendors: they report what the sandbox holds, and change nothing."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.tests.support import promtool
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.playbooks import broken_check_mode
from ansible_collections.telephony.outbound.tests.support.runs import (
    CANARIES,
    SEED,
    TORN_DOWN,
    VENDORS,
    account,
    accounts,
    everything,
    run,
)
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

CALLS = {"application_id": "100", "deployment_id": "200", "call_ids": ["c1", "c2"], "call_ids_complete": True}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the place of one run that every test watches a copy of."""
    return tmp_path_factory.mktemp("watched") / "runs"


@pytest.fixture
def folder(world: Sandbox, tmp_path: Path, original: Path) -> Path:
    """Tear everything down, and start a new record of requests."""
    if not original.exists():
        assert run(accounts(world.url), original / "ev").state == "done"
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    world.seed(TORN_DOWN)
    return tmp_path / "ev"


def watch(world: Sandbox, folder: Path, given: list[Account] | None = None, **options: Any) -> RunOutcome:
    """Watch, and assert that no request changed anything."""
    seen = len(world.journal())
    found = run(accounts(world.url) if given is None else given, folder, "watch", **options)
    assert broken_check_mode(world.journal()[seen:]) == []
    assert not found.changed
    return found


def words(found: RunOutcome) -> dict[str, str]:
    return {row["account"]: row["outcome"] for row in found.entries}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "watch.jsonl").read_text().splitlines()]


def refill(world: Sandbox, records: int = 25) -> None:
    world.act(room="wolkvox", do="add_records", campaign="77", records=records)


def test_what_stays_clear_is_told_and_what_cannot_be_read_too(world: Sandbox, folder: Path) -> None:
    found = watch(world, folder)
    assert words(found) == {vendor: description(vendor).run.watched for vendor in VENDORS}
    clear = [vendor for vendor in VENDORS if description(vendor).run.watched == "still_clear"]
    # Nothing is wrong, but nothing is confirmed either.
    assert (found.failed, found.state) == (False, "in_doubt")
    unread = f"{len(VENDORS) - len(clear)} of {len(VENDORS)} targets cannot be read"
    assert any(unread in text for text in found.warnings), found.warnings
    readable = [account(vendor, world.url) for vendor in clear]
    assert run(readable, folder.parent / "two").state == "done"
    assert watch(world, folder.parent / "two", readable).state == "done"


def test_what_fills_up_again_is_found_with_its_number(world: Sandbox, folder: Path) -> None:
    refill(world)
    found = watch(world, folder)
    assert (found.failed, found.state) == (True, "left")
    assert {row["account"]: row["pending"] for row in found.rows} == {"wolkvox": 25}
    assert "there are 25 records again" in found.as_dict()["attention"][0]["error"]
    (line,) = lines(folder)
    assert {item["account"]: item["pending"] for item in line["refilled"]} == {"wolkvox": 25}
    assert line["summary"] == found.summary
    assert line["state"] == "left"
    # It is part of what was sealed, and describes the run.
    assert json.loads((folder / "result.json").read_text())["state"] == "done"


def test_each_watch_adds_a_line_and_leaves_the_seal_whole(world: Sandbox, folder: Path) -> None:
    watch(world, folder)
    refill(world)
    watch(world, folder)
    assert [line["summary"]["refilled"] for line in lines(folder)] == [0, 1]
    assert stat.S_IMODE((folder / "watch.jsonl").stat().st_mode) == 0o600
    run([], folder, "evidence", mask_key="key")
    watch(world, folder)
    done = subprocess.run(
        ["/usr/bin/env", "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=False
    )
    assert done.returncode == 0
    assert len(lines(folder)) == 3


def test_guards_of_the_clear_hide_nothing(world: Sandbox, tmp_path: Path) -> None:
    winter = account("wolkvox", world.url, {"campaign_id": "77", "all_records": True, "max_pending": 20})
    run([winter], tmp_path / "ev")
    world.act(room="wolkvox", do="set_status", campaign="77", status="started")
    world.act(room="wolkvox", do="add_records", campaign="77", records={"do-not-call": 30})
    found = watch(world, tmp_path / "ev", [winter], stop_running=False)
    assert [(row["outcome"], row["pending"]) for row in found.entries] == [("refilled", 30)]


def test_another_campaign_in_its_place_is_not_taken_for_it(world: Sandbox, folder: Path) -> None:
    world.act(room="wolkvox", do="rename", campaign="77", name="Summer")
    found = watch(world, folder)
    assert words(found)["wolkvox"] == "cannot_be_read"
    assert found.failed


def test_calls_of_plum_are_read_by_the_ids_that_are_known(world: Sandbox, tmp_path: Path) -> None:
    given = [account("plum", world.url, CALLS)]
    assert run(given, tmp_path / "ev").state == "done"
    found = watch(world, tmp_path / "ev", given)
    assert [(row["outcome"], row["note"]) for row in found.entries] == [
        ("still_clear", "state readable: only call by call, by ids that you have")
    ]
    # The account's own target has newer ids than the plan of the run.
    newer = account("plum", world.url, {**CALLS, "call_ids": ["c1", "c2", "100-201-1"]})
    assert [row["pending"] for row in watch(world, tmp_path / "ev", [newer]).entries] == [1]


# --- unreadable vendors -----------------------------------------------------------------------------------------------


def test_a_vendor_that_is_down_is_never_green(world: Sandbox, folder: Path) -> None:
    down = [replace(each, connection={**each.connection, "base_url": "http://127.0.0.1:9/x"}) for each in accounts("")]
    same = accounts(world.url)
    world.fault(method="GET", path="/wolkvox/*", do="status", status=503, times=1000)
    found = watch(world, folder, same)
    assert words(found)["wolkvox"] == "cannot_be_read"
    assert "still_clear" in words(found).values()
    assert (found.failed, found.state) == (True, "in_doubt")
    assert "503" in found.rows[0]["error"]["message"]
    # Another address may be another vendor: no request is sent there.
    found = watch(world, folder, down)
    assert set(words(found).values()) == {"cannot_be_read"}
    assert "the address of this account is not" in found.rows[0]["error"]["message"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (None, "this play does not have the account"),
        ({"error": "campaign_teardown_connection cannot be read"}, "campaign_teardown_connection cannot be read"),
        ({"vendor": "plum"}, "the vendor of this account is not that of the record: wolkvox"),
        ({"connection": {}}, "campaign_teardown_connection"),
    ],
)
def test_an_account_that_is_not_there_is_told(
    world: Sandbox, folder: Path, broken: dict[str, Any] | None, message: str
) -> None:
    given = [
        each if each.name != "wolkvox" else replace(each, **(broken or {}))
        for each in accounts(world.url)
        if broken is not None or each.name != "wolkvox"
    ]
    found = watch(world, folder, given)
    assert found.failed
    (row,) = found.rows
    assert (row["account"], row["outcome"]) == ("wolkvox", "cannot_be_read")
    assert message in row["error"]["message"]
    if broken is None:
        assert not watch(world, folder, given, allow_missing_accounts=True).failed


def test_a_replaced_token_is_read_with_and_told(world: Sandbox, folder: Path) -> None:
    seed = json.loads(json.dumps(SEED))
    seed["wolkvox"]["tokens"] = ["another-token-of-the-same"]
    seed["wolkvox"]["campaigns"]["77"]["records"] = 0
    world.seed(seed)
    renewed = account("wolkvox", world.url, token="another-token-of-the-same")
    others = [each for each in accounts(world.url) if each.name != "wolkvox"]
    found = watch(world, folder, [renewed, *others])
    assert words(found)["wolkvox"] == "still_clear"
    assert any("wolkvox: the token is another one" in text for text in found.warnings)
    other_login = account("genesys", world.url, username="somebody-else")
    found = watch(world, folder, [other_login, *[each for each in accounts(world.url) if each.name != "genesys"]])
    assert (
        "the login of this account is not"
        in next(r for r in found.rows if r["account"] == "genesys")["error"]["message"]
    )


# --- the source of targets --------------------------------------------------------------------------------------------


def test_without_the_plan_the_record_and_the_play_are_enough(world: Sandbox, folder: Path) -> None:
    (folder / "plan.json").unlink()
    refill(world, 7)
    bare = [replace(each, targets=[]) for each in accounts(world.url)]
    for given in (accounts(world.url), bare):
        found = watch(world, folder, given)
        assert {row["account"]: row["pending"] for row in found.rows} == {"wolkvox": 7}


def test_only_what_was_torn_down_is_watched(world: Sandbox, tmp_path: Path) -> None:
    wrong = account(
        "wolkvox", world.url, {"campaign_id": "404", "all_records": True}, {"campaign_id": "77", "all_records": True}
    )
    run([wrong], tmp_path / "ev")
    found = watch(world, tmp_path / "ev", [wrong])
    assert (found.summary["targets"], found.summary["not_watched"], found.state) == (1, 1, "done")
    nothing = account("wolkvox", world.url, {"campaign_id": "404", "all_records": True})
    run([nothing], tmp_path / "none")
    found = watch(world, tmp_path / "none", [nothing])
    assert found.failed
    assert "so there is nothing to watch" in found.reasons[0]


# --- files of a watch -------------------------------------------------------------------------------------------------


def test_the_metrics_are_whole_and_promtool_takes_them(world: Sandbox, folder: Path, tmp_path: Path) -> None:
    refill(world)
    path = tmp_path / "textfile/teardown.prom"
    assert "is not a folder that can be written to" in watch(world, folder, metrics_file=str(path)).reasons[0]
    path.parent.mkdir()
    watch(world, folder, metrics_file=str(path))
    text = path.read_text()
    run_id = json.loads((folder / "run.json").read_text())["run_id"]
    labels = f'run="{run_id}",account="wolkvox",vendor="wolkvox"'
    assert f'telephony_outbound_watch_targets{{{labels},outcome="refilled"}} 1\n' in text
    assert f'telephony_outbound_watch_refilled_items{{{labels},unit="records"}} 25\n' in text
    assert [item.name for item in path.parent.iterdir()] == ["teardown.prom"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [canary for canary in CANARIES.values() if canary in text] == []
    assert promtool.check("metrics", text=text) == (0, "")


def test_check_mode_looks_and_leaves_nothing(world: Sandbox, folder: Path, tmp_path: Path) -> None:
    before = everything(folder)
    refill(world)
    found = watch(world, folder, check_mode=True, metrics_file=str(tmp_path / "x.prom"))
    assert found.state == "left"
    assert everything(folder) == before
    assert not (tmp_path / "x.prom").exists()


def test_no_secret_and_no_phone_number_is_left(world: Sandbox, folder: Path) -> None:
    found = watch(world, folder, metrics_file=str(folder.parent / "x.prom"))
    text = json.dumps([found.entries, found.as_dict(), found.warnings]) + (folder / "watch.jsonl").read_text()
    text += (folder.parent / "x.prom").read_text() + (folder / "result.json").read_text()
    assert [canary for canary in [*CANARIES.values(), "15550100123"] if canary in text] == []


@pytest.mark.parametrize("missing", ["run.json", "evidence.json"])
def test_a_folder_without_a_record_is_refused(world: Sandbox, folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    found = watch(world, folder)
    assert (found.failed, found.state, len(found.reasons)) == (True, "nothing_sent", 1)
