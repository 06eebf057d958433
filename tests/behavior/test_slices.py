# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slices of one plan and their merge: the sandbox's record, the evidence of one run, and every broken part."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.purge import purge
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import (
    Given,
    verify_folder,
    verify_ledger,
)
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.ledgers import sealed_again
from ansible_collections.telephony.outbound.tests.support.merges import comparable, merge
from ansible_collections.telephony.outbound.tests.support.runs import (
    SEED,
    VENDORS,
    account,
    accounts,
    everything,
    outcomes,
    run,
    run_with_engine,
)
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.schemas import validator

PROJECT = Path(__file__).parents[2]
KEY = "a key that somebody keeps"
GIVEN = Given(version="0.0.0", mask_key=KEY)
ONE = ("genesys", "plum", "wolkvox")
SLICES = {"one": ONE, "two": tuple(vendor for vendor in VENDORS if vendor not in ONE)}
SIZES = {name: {"accounts": len(each), "of_accounts": len(VENDORS)} for name, each in SLICES.items()}


@dataclass(frozen=True)
class Divided:
    """One plan that two slices applied, and what the sandbox saw of it."""

    root: Path
    url: str
    states: dict[str, RunOutcome]
    changes: list[dict[str, Any]]

    @property
    def plan(self) -> dict[str, Any]:
        return {"plan": str(self.root / "plan/plan.json")}

    def copy(self, target: Path) -> list[Path]:
        """Return copies of the parts, for a test that changes them."""
        return [Path(shutil.copytree(self.root / name, target / name)) for name in SLICES]


def part(url: str, name: str) -> list[Account]:
    return [account(vendor, url) for vendor in SLICES[name]]


def changes(world: Sandbox) -> list[dict[str, Any]]:
    return [change for change in world.changes() if change["do"] != "token"]


@pytest.fixture(scope="module")
def divided(running_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Divided]:
    """Plan once, apply as two slices."""
    root = tmp_path_factory.mktemp("divided")
    running_sandbox.seed(SEED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TELEPHONY_OUTBOUND_LOCK_DIR", str(root / "locks"))
        run(accounts(running_sandbox.url), root / "plan", "plan")
        given = {"plan": str(root / "plan/plan.json"), "slice": True, "mask_key": KEY}
        states = {name: run(part(running_sandbox.url, name), root / name, **given) for name in SLICES}
        yield Divided(root, running_sandbox.url, states, changes(running_sandbox))


# --- slices -----------------------------------------------------------------------------------------------------------


def test_slices_are_green_and_their_evidence_merged_is_that_of_one_run(
    divided: Divided, world: Sandbox, tmp_path: Path
) -> None:
    for name, found in divided.states.items():
        assert (found.state, found.failed, found.slice) == ("done", False, SIZES[name]), found
        assert set(outcomes(divided.root / name)) == set(SLICES[name])
        size = f"it has {len(SLICES[name])} of the {len(VENDORS)} accounts"
        assert size in (divided.root / name / "report.html").read_text("utf-8")
    merged = merge([divided.root / "two", divided.root / "one"], divided.root / "merged", mask_key=KEY)
    assert (merged.state, merged.failed, merged.slice) == ("done", False, None), merged.reasons
    # The same world once more, in one run.
    run(accounts(world.url), tmp_path / "plan", "plan")
    assert run(accounts(world.url), tmp_path / "whole", plan=str(tmp_path / "plan/plan.json"), mask_key=KEY).state == (
        "done"
    )
    assert comparable(divided.root / "merged") == comparable(tmp_path / "whole")
    shared = [[change["do"] for change in record] for record in (divided.changes, changes(world))]
    assert sorted(shared[0]) == sorted(shared[1])
    document = json.loads((divided.root / "merged/evidence.json").read_text("utf-8"))
    schema = json.loads((PROJECT / "docs/schemas/evidence.json").read_text("utf-8"))
    validator(schema).validate(document)
    validator(schema).validate(json.loads((divided.root / "one/evidence.json").read_text("utf-8")))
    backup = next(entry["backup_file"] for entry in document["results"] if entry["account"] == "wolkvox")
    assert (divided.root / "merged" / backup).is_file()
    for given in (GIVEN, Given(version="0.0.0")):
        assert verify_folder(divided.root / "merged", given).findings == []
        assert verify_ledger(divided.root / "ledger.jsonl", given).findings == []


def test_limits_hold_however_it_is_sliced(world: Sandbox, tmp_path: Path) -> None:
    found = run(accounts(world.url), tmp_path / "plan", "plan", max_targets=3)
    assert f"{len(VENDORS)} targets, and 3 are allowed" in str(found.reasons)
    run(accounts(world.url), tmp_path / "good", "plan")
    for plan, limit in (("plan", {}), ("good", {"max_targets": 3}), ("good", {"protected": ["winter"]})):
        for name in SLICES:
            folder = tmp_path / f"{plan}-{name}-{len(limit)}-{len(str(limit))}"
            given = {"plan": str(tmp_path / plan / "plan.json"), "slice": True, **limit}
            found = run(part(world.url, name), folder, **given)
            assert (found.state, "A limit is exceeded" in str(found.reasons)) == ("nothing_sent", True), found
    assert changes(world) == []


@pytest.mark.parametrize(("mode", "words"), [("apply", "This slice has no plan"), ("plan", "slice is for applies")])
def test_a_slice_makes_no_plan_of_its_own(world: Sandbox, tmp_path: Path, mode: str, words: str) -> None:
    found = run(part(world.url, "one"), tmp_path / "ev", mode, slice=True)
    assert (found.state, words in str(found.reasons)) == ("nothing_sent", True), found
    assert changes(world) == []


def test_what_the_plan_does_not_have_is_nobodys_slice(world: Sandbox, divided: Divided, tmp_path: Path) -> None:
    stranger = replace(account("plum", world.url), name="stranger")
    found = run([stranger], tmp_path / "ev", slice=True, **divided.plan)
    assert "This play has the account stranger, and the plan does not" in str(found.reasons)
    assert changes(world) == []


def test_an_altered_part_of_the_plan_is_refused_by_the_slice_that_has_it(world: Sandbox, tmp_path: Path) -> None:
    run(accounts(world.url), tmp_path / "plan", "plan")
    file = tmp_path / "plan/plan.json"
    file.write_text(file.read_text().replace('"pending": 20,', '"pending": 2000,'))
    found = run(part(world.url, "one"), tmp_path / "ev", slice=True, plan=str(file))
    assert "its part of the account wolkvox does not fit its sha256" in str(found.reasons)
    assert changes(world) == []


def test_slices_in_one_folder_cannot_overwrite_each_other(world: Sandbox, tmp_path: Path) -> None:
    run(accounts(world.url), tmp_path / "plan", "plan")
    given = {"slice": True, "plan": str(tmp_path / "plan/plan.json")}
    slices = [VENDORS[:2], VENDORS[2:3], VENDORS[3:]]

    def applied(vendors: Sequence[str], folder: str = "ev") -> RunOutcome:
        return run_with_engine([account(vendor, world.url) for vendor in vendors], tmp_path / folder, **given)

    with ThreadPoolExecutor() as pool:
        all_three = list(pool.map(applied, slices))
    assert sorted(found.state for found in all_three) == ["done", "nothing_sent", "nothing_sent"], all_three
    own = slices.pop([found.state for found in all_three].index("done"))
    assert set(outcomes(tmp_path / "ev")) == set(own)
    assert len(changes(world)) == len(own)
    before = everything(tmp_path / "ev")
    again = applied(slices[0])
    assert "Slices need folders of their own" in str(again.reasons)
    assert (everything(tmp_path / "ev"), len(changes(world))) == (before, len(own))
    for place, vendors in enumerate(slices):
        assert applied(vendors, f"own{place}").state == "done"
    assert len(changes(world)) == len(VENDORS)


def test_an_account_of_a_plan_is_used_once(world: Sandbox, divided: Divided, tmp_path: Path) -> None:
    def applied(name: str, *vendors: str, **options: Any) -> RunOutcome:
        return run([account(vendor, world.url) for vendor in vendors], tmp_path / name, **divided.plan, **options)

    for name, vendors, options in (
        ("whole", VENDORS, {}),
        ("slice", SLICES["two"], {"slice": True}),
        ("overlap", ("genesys", "plum"), {"slice": True}),
    ):
        found = applied(name, *vendors, **options)
        assert (found.state, "was used before" in str(found.reasons)) == ("nothing_sent", True), found
    assert changes(world) == []


def test_one_token_under_two_hosts_is_refused(world: Sandbox, tmp_path: Path) -> None:
    second = replace(account("wolkvox", world.url, {"campaign_id": "78", "all_records": True}), name="again")
    for mode in ("plan", "apply"):
        found = run([account("wolkvox", world.url), second], tmp_path / mode, mode)
        words = "the accounts wolkvox, again have the same token of wolkvox: make them one inventory host"
        assert (found.state, words in str(found.reasons)) == ("nothing_sent", True), found
    assert changes(world) == []


# --- parts that cannot be merged --------------------------------------------------------------------------------------


def refused(folders: list[Path], target: Path, words: str, **options: Any) -> None:
    found = merge(folders, target, **options)
    assert (found.state, found.failed) == ("not_merged", True)
    assert any(words in reason for reason in found.reasons), found.reasons
    assert [path.name for path in target.iterdir()] == ["result.json"]


def test_an_altered_part_is_named(divided: Divided, tmp_path: Path) -> None:
    for file, old, new in (
        ("evidence.json", '"outcome": "cleared"', '"outcome": "already_clear"'),
        ("journal-wolkvox.jsonl", '"pending_after": 0', '"pending_after": 1'),
        ("run.json", '"wolkvox"', '"wolkvex"'),
    ):
        first, second = divided.copy(tmp_path / file)
        text = (first / file).read_text("utf-8")
        assert old in text
        (first / file).write_text(text.replace(old, new, 1), "utf-8")
        refused([first, second], tmp_path / f"{file}-merged", f"{first} is not as its run left it: {file}")
        # Whoever may write there can make new sums; the files still contradict each other.
        sealed_again(first)
        refused([first, second], tmp_path / f"{file}-sealed", f"{first} is not as its run left it")


def test_parts_that_do_not_belong_together_are_named(divided: Divided, world: Sandbox, tmp_path: Path) -> None:
    first, second = divided.copy(tmp_path)
    refused([first, second, first], tmp_path / "a", "are the same run: give each once")
    refused([first, second, divided.root / "one"], tmp_path / "b", f"{divided.root}/one and {first} are the same run")
    refused([first, divided.root / "plan"], tmp_path / "c", "are a plan and an apply")
    refused([first, second], tmp_path / "d", "has another plan", plan_sha256="0" * 64)
    run([account("plum", world.url)], tmp_path / "other")
    refused([first, tmp_path / "other"], tmp_path / "e", f"{tmp_path}/other has another plan")
    refused([tmp_path / "nowhere"], tmp_path / "f", "None of the folders is that of a run")
    refused([tmp_path], tmp_path / "g", "plan_sha256 must say of which plan")
    for name in ("evidence.json", "SHA256SUMS", "result.json"):
        (second / name).unlink()
    refused([first, second], tmp_path / "h", f"{second} has no evidence")


def test_what_no_part_tells_of_is_not_sent_and_named(divided: Divided, tmp_path: Path) -> None:
    found = merge([divided.root / "one", tmp_path / "empty"], tmp_path / "merged", mask_key=KEY)
    assert (found.state, found.failed) == ("left", True)
    assert f"No part has the accounts {', '.join(SLICES['two'])}" in found.reasons[0]
    assert f"{tmp_path}/empty holds no run" in found.warnings[0]
    done = {vendor: [description(vendor).run.outcome] for vendor in ONE}
    assert outcomes(tmp_path / "merged") == {**done, **{vendor: ["not_sent"] for vendor in SLICES["two"]}}
    assert "15550100123" not in (tmp_path / "merged/evidence.json").read_text("utf-8")
    for given in (GIVEN, Given(version="0.0.0")):
        assert verify_folder(tmp_path / "merged", given).findings == []


def test_an_account_that_two_parts_tell_of_is_there_twice(divided: Divided, world: Sandbox, tmp_path: Path) -> None:
    given = {"slice": True, "mask_key": KEY, **divided.plan}
    doubled = run([account("plum", world.url)], divided.root / "doubled", again=True, **given)
    assert doubled.state == "done", doubled.reasons
    folders = [divided.root / name for name in ("one", "two", "doubled")]
    found = merge(folders, tmp_path / "merged", mask_key=KEY)
    assert found.failed
    assert f"The account plum is in several parts: {folders[0]}, {folders[2]}" in found.reasons[0]
    assert outcomes(tmp_path / "merged")["plum"] == ["accepted", "accepted"]
    (twice,) = verify_folder(tmp_path / "merged", GIVEN).findings
    assert f"target {VENDORS.index('plum')} of the plan is told 2 times" in twice["what"]
    shutil.rmtree(divided.root / "doubled")


# --- what is merged ---------------------------------------------------------------------------------------------------


def test_a_folder_of_folders_gives_those_of_the_plan(divided: Divided, tmp_path: Path) -> None:
    divided.copy(tmp_path / "runs")
    sha256 = divided.states["one"].plan_sha256
    found = merge([tmp_path / "runs"], tmp_path / "merged", plan_sha256=sha256, check_mode=True)
    assert (found.state, found.folder, (tmp_path / "merged").exists()) == ("done", None, False), found.reasons
    found = merge([tmp_path / "runs"], tmp_path / "merged", plan_sha256=sha256)
    assert found.state == "done"
    refused([tmp_path / "merged"], tmp_path / "again", "was merged itself")


def test_a_changed_byte_in_a_merged_folder_is_found(divided: Divided, tmp_path: Path) -> None:
    merge([divided.root / name for name in SLICES], tmp_path / "merged")
    journal = f"parts/2/journal-{SLICES['two'][0]}.jsonl"
    names = ("evidence.json", "parts/1/evidence.json", journal, "parts/1/run.json", "run.json")
    for name in names:
        shutil.copytree(tmp_path / "merged", tmp_path / "altered")
        path = tmp_path / "altered" / name
        text = path.read_text("utf-8")
        path.write_text(text.replace("e", "f", 1), "utf-8")
        assert name in {item["file"] for item in verify_folder(tmp_path / "altered", GIVEN).findings}, name
        # Whoever may write there can make new sums.
        sealed_again(path.parent)
        sealed_again(tmp_path / "altered")
        assert verify_folder(tmp_path / "altered", GIVEN).findings, name
        shutil.rmtree(tmp_path / "altered")


def test_a_merged_folder_is_watched_purged_and_nothing_else(divided: Divided, world: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    merge([divided.root / name for name in SLICES], root / "merged", mask_key=KEY)
    assert "merge them again instead" in str(run([], root / "merged", "evidence").reasons)
    found = run(accounts(world.url), root / "merged", **divided.plan, again=True)
    assert "belongs to another run" in str(found.reasons)
    assert changes(world) == []
    # The world was seeded anew, so the campaign is full again.
    watched = run(accounts(world.url), root / "merged", "watch", mask_key=KEY)
    assert {row["account"]: row["outcome"] for row in watched.entries}["wolkvox"] == "refilled"
    removed: dict[str, str] = {}
    purged, warnings = purge(
        root, datetime.max.replace(tzinfo=UTC), KEY, lambda _folder, names, _left: removed.update(names)
    )
    assert (len(purged), warnings) == (1, [])
    assert {"plan.json", "parts/1/plan.json", "parts/2/plan.json"} < set(removed)
    assert any(name.startswith("parts/1/backups/") for name in removed)
    assert "+1555" not in everything(root)


def test_plans_of_two_sites_become_one(world: Sandbox, tmp_path: Path) -> None:
    most = max(map(len, SLICES.values()))
    for name in SLICES:
        run(part(world.url, name), tmp_path / name, "plan", max_targets=most, requested_by=f"{name}@example.com")
    folders = [tmp_path / name for name in SLICES]
    too_many = merge(folders, tmp_path / "narrow")
    assert f"the plan has {len(VENDORS)} targets, and {most} are allowed" in str(too_many.reasons)
    assert (too_many.state, too_many.failed) == ("nothing_sent", True)
    for name in SLICES:
        run(part(world.url, name), tmp_path / f"w-{name}", "plan", requested_by=f"{name}@example.com")
    folders = [tmp_path / f"w-{name}" for name in SLICES]
    found = merge(folders, tmp_path / "plan", hand_over="packed")
    assert (found.state, found.failed, found.reasons) == ("nothing_sent", False, [])
    assert json.loads((tmp_path / "plan/plan.json").read_text())["requested_by"] == "one@example.com, two@example.com"
    assert verify_folder(tmp_path / "plan", GIVEN).findings == []
    assert run(accounts(world.url), tmp_path / "ev", plan=found.plan).state == "done"
    run(part(world.url, "one"), tmp_path / "twice", "plan")
    refused([*folders, tmp_path / "twice"], tmp_path / "x", f"account {ONE[0]} is in several plans")
