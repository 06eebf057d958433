# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every integration target once more with --check: whatever it says, the vendors must not have heard of a change.

Only the sandbox's journal is asked. A target keeps it outside before each seeding, which empties it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.gates import broken, facts
from ansible_collections.telephony.outbound.tests.gates.playbooks import Ran, broken_check_mode, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

FOLDER = facts.PROJECT / "tests/integration/targets"
TARGETS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("setup_"))
CONTROL = {"ansible.builtin.uri", "ansible.builtin.get_url"}
MUTANT = "a mutant that writes in check mode"


@dataclass(frozen=True)
class Checked:
    """A run in check mode, and everything that its sandbox heard."""

    ran: Ran
    heard: list[dict[str, Any]]


def check(play: dict[str, Any], folder: Path, root: Path = facts.ROOT) -> Checked:
    record = folder / "journal"
    sandbox = Sandbox()
    try:
        variables = {"sandbox_url": sandbox.url, "setup_sandbox_record": str(record)}
        ran = run([play], folder, "--check", root=root, variables=variables)
        kept = record.read_text("utf-8").splitlines() if record.is_file() else []
        return Checked(ran, [*(entry for line in kept for entry in json.loads(line)), *sandbox.journal()])
    finally:
        sandbox.stop()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Checked]]:
    """Run all targets, two at a time, and one of them with a copy that has forgotten what check mode is."""
    with ThreadPoolExecutor(2) as pool:
        found = {MUTANT: pool.submit(mutant, tmp_path_factory.mktemp("mutant"))}
        found |= {
            target: pool.submit(check, {"roles": [target]}, tmp_path_factory.mktemp(target)) for target in TARGETS
        }
    return found


def mutant(folder: Path) -> Checked:
    """The runner forgets check mode, and the vendor's file calls its write a read: both locks are open."""
    changes = {
        "plugins/module_utils/_core/teardown.py": broken.replaced("if plan.check_mode:", "if False:"),
        "plugins/module_utils/_vendors/plum.py": broken.replaced("purpose=Purpose.WRITE", "purpose=Purpose.READ"),
    }
    vendor, secrets = facts.gate("plum"), {"developer_key": "not-a-secret-1"}
    options = {**vendor.calls["plum_outbound_cancel"], "email": "dialer@example.com", **secrets}
    seed = {
        "ansible.builtin.include_role": {"name": "setup_sandbox", "tasks_from": "seed.yml"},
        "vars": {"setup_sandbox_seed": vendor.seed(secrets)},
    }
    cancel = {f"{facts.COLLECTION}.plum_outbound_cancel": {**options, "base_url": "{{ sandbox_url }}/fuse"}}
    # The second seed empties the journal, as targets do that test one thing after the other.
    return check({"tasks": [seed, cancel, seed]}, folder, broken.copy(folder / "broken", changes))


@pytest.mark.parametrize("target", TARGETS)
def test_vendors_hear_of_no_change(target: str, runs: dict[str, Future[Checked]]) -> None:
    checked = runs[target].result()
    assert broken_check_mode(checked.heard) == []
    assert checked.ran.rc == 0, checked.ran.text[-4000:]
    # Other targets may be about real runs alone.
    assert checked.heard or target not in facts.MODULES, "no vendor heard anything, so this run proves nothing"


def test_a_change_would_be_noticed(runs: dict[str, Future[Checked]]) -> None:
    found = broken_check_mode(runs[MUTANT].result().heard)
    assert any("DELETE /fuse/api/apps/100/200/cancel changed [{" in line for line in found)


def test_every_module_has_a_target() -> None:
    assert set(facts.MODULES) <= set(TARGETS)


def tasks(target: str) -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / target / "tasks").glob("*.yml")):
        yield from facts.walk(yaml.safe_load(path.read_text("utf-8")) or [])


def of_ours(task: dict[str, Any]) -> bool:
    return any(key.startswith(f"{facts.COLLECTION}.") for key in task)


def meant_to_fail(task: dict[str, Any]) -> bool:
    return " is not failed" in str(task.get("failed_when", ""))


@pytest.mark.parametrize("target", TARGETS)
def test_no_target_gets_round_this(target: str) -> None:
    """No task of ours may switch check mode off, and only setup_sandbox talks to the sandbox."""
    assert [task["name"] for task in tasks(target) if of_ours(task) and task.get("check_mode") is False] == []
    assert [task["name"] for task in tasks(target) if CONTROL & task.keys()] == []


@pytest.mark.parametrize("target", [target for target in TARGETS if target in facts.MODULES])
def test_everything_that_is_done_for_real_was_tried(target: str, runs: dict[str, Future[Checked]]) -> None:
    """Every task of ours that is for real in a real run has been run with --check, but those that must fail."""
    real = {
        task["name"] for task in tasks(target) if of_ours(task) and not meant_to_fail(task) and "check_mode" not in task
    }
    ran = set(
        re.findall(
            r"^TASK \[(?:[^\]]* : )?(.*)\] \*+\n(?:ok|changed|failed):", runs[target].result().ran.stdout, re.MULTILINE
        )
    )
    assert sorted(real - ran) == []
    assert real
