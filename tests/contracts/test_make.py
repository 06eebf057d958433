# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make help` and CONTRIBUTING list every target; workflows and hooks call nothing but make."""

from __future__ import annotations

import re
import subprocess

import yaml

from ansible_collections.telephony.outbound.tests.support import catalog

# Targets that other targets call.
INTERNAL = {"pythons"}


def targets() -> set[str]:
    text = (catalog.PROJECT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE)) - INTERNAL


def test_help_lists_every_target() -> None:
    command = ["make", "--no-print-directory", "help"]
    said = subprocess.run(command, cwd=catalog.PROJECT, capture_output=True, text=True, check=True).stdout
    listed = dict(re.findall(r"^make ([a-z-]+) +(.+)$", said, re.MULTILINE))
    assert listed.keys() == targets()
    assert all(listed.values())


def test_contributing_names_every_target() -> None:
    text = (catalog.PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", text))
    every = {name for name in targets() if not name.startswith("lint-")}
    assert sorted(every - named) == []
    assert sorted(named - targets()) == []


def test_workflows_and_hooks_call_targets_of_make() -> None:
    workflows = sorted((catalog.PROJECT / ".github/workflows").glob("*.yml"))
    read = [yaml.safe_load(path.read_text("utf-8")) for path in workflows]
    steps = [step for workflow in read for job in workflow["jobs"].values() for step in job["steps"]]
    calls = [step["run"] for step in steps if "run" in step]
    hooks = yaml.safe_load((catalog.PROJECT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    calls += [hook["entry"] for repo in hooks for hook in repo["hooks"]]
    assert len(calls) >= len(workflows)
    calls = [call for call in calls if not call.startswith("sudo apt-get ")]
    assert {call.partition(" ")[0] for call in calls} == {"make"}
    assert {call.partition(" ")[2] for call in calls} <= targets()
    assert all(workflow["permissions"] == {"contents": "read"} for workflow in read)
