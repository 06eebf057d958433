# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every integration target with --check: the vendors must not receive any change.

Only the sandbox's journal is evaluated. A target saves it before each seeding, which empties it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.telephony.outbound.tests.contracts import mutated_copy
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import Ran, broken_check_mode, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

FOLDER = catalog.PROJECT / "tests/integration/targets"
TARGETS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("setup_"))
RAN = re.compile(r"^TASK \[(?:[^\]]* : )?(.*)\] \*+\n(?:ok|changed|failed):", re.MULTILINE)
# The first module that writes of each vendor, and the role; `make test-all` takes all of them.
FIRST = {
    next(name for name in catalog.modules_of(vendor) if not name.endswith("_info")) for vendor in catalog.VENDORS
} | {"role_campaign_teardown"}
CONTROL = {"ansible.builtin.uri", "ansible.builtin.get_url"}


@dataclass(frozen=True)
class Checked:
    """A run in check mode, and everything that its sandbox received."""

    ran: Ran
    heard: list[dict[str, Any]]


def check(play: dict[str, Any], folder: Path, sandbox: Sandbox, root: Path = catalog.ROOT) -> Checked:
    record = folder / "journal"
    sandbox.seed({})
    variables = {"sandbox_url": sandbox.url, "setup_sandbox_record": str(record)}
    ran = run([play], folder, "--check", root=root, variables=variables, in_process=True)
    kept = record.read_text("utf-8").splitlines() if record.is_file() else []
    return Checked(ran, [*(entry for line in kept for entry in json.loads(line)), *sandbox.journal()])


def mutant(folder: Path, sandbox: Sandbox) -> Checked:
    """Return a run of a mutated copy: the runner ignores check mode, and the vendor's file labels its write a read."""
    changes = {
        "plugins/module_utils/_core/teardown.py": mutated_copy.replaced("if settings.check_mode:", "if False:"),
        "plugins/module_utils/_vendors/plum/outbound_cancel.py": mutated_copy.replaced(
            "purpose=Purpose.WRITE", "purpose=Purpose.READ"
        ),
    }
    vendor, secrets = catalog.description("plum"), {"developer_key": "not-a-secret-1"}
    options = {**vendor.calls["plum_outbound_cancel"], "email": "dialer@example.com", **secrets}
    seed = {
        "ansible.builtin.include_role": {"name": "setup_sandbox", "tasks_from": "seed.yml"},
        "vars": {"setup_sandbox_seed": vendor.seed(secrets)},
    }
    cancel = {f"{catalog.COLLECTION}.plum_outbound_cancel": {**options, "base_url": "{{ sandbox_url }}/fuse"}}
    # The second seed empties the journal, as in targets that test several things one after the other.
    return check({"tasks": [seed, cancel, seed]}, folder, sandbox, mutated_copy.copy(folder / "broken", changes))


@pytest.mark.parametrize(
    "target", [pytest.param(name, marks=() if name in FIRST else pytest.mark.exhaustive) for name in TARGETS]
)
def test_vendors_hear_of_no_change(target: str, tmp_path: Path, sandbox: Sandbox) -> None:
    checked = check({"roles": [target]}, tmp_path, sandbox)
    assert broken_check_mode(checked.heard) == []
    assert checked.ran.rc == 0, checked.ran.text[-4000:]
    if target in catalog.MODULES:
        # Other targets may only be about real runs.
        assert checked.heard, "no vendor heard anything, so this run proves nothing"
        # Writes of a real run were attempted, except those that must fail.
        ours = [task for task in tasks(target) if of_ours(task) and not meant_to_fail(task)]
        real = {task["name"] for task in ours if "check_mode" not in task}
        assert real
        assert sorted(real - set(RAN.findall(checked.ran.stdout))) == []


def test_a_change_would_be_noticed(tmp_path: Path, sandbox: Sandbox) -> None:
    found = broken_check_mode(mutant(tmp_path, sandbox).heard)
    assert any("DELETE /fuse/api/apps/100/200/cancel changed [{" in line for line in found)


def test_every_module_has_a_target() -> None:
    assert set(catalog.MODULES) | FIRST <= set(TARGETS)


def tasks(target: str) -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / target / "tasks").glob("*.yml")):
        yield from catalog.walk(DataLoader().load_from_file(str(path)) or [])


def of_ours(task: dict[str, Any]) -> bool:
    return any(key.startswith(f"{catalog.COLLECTION}.") for key in task)


def meant_to_fail(task: dict[str, Any]) -> bool:
    return " is not failed" in str(task.get("failed_when", ""))


@pytest.mark.parametrize("target", TARGETS)
def test_no_target_gets_round_this(target: str) -> None:
    """No task may switch check mode off, and only setup_sandbox may access the sandbox's control routes."""
    assert [task["name"] for task in tasks(target) if of_ours(task) and task.get("check_mode") is False] == []
    assert [task["name"] for task in tasks(target) if CONTROL & task.keys()] == []
