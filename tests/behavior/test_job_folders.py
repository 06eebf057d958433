# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in the folder of an engine's job: what would be lost is refused before anything is sent."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.job_folders import JobFolders
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run import Run
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import NUMBERS, checked, merged
from ansible_collections.telephony.outbound.tests.support.in_process import carry_out
from ansible_collections.telephony.outbound.tests.support.merges import merge
from ansible_collections.telephony.outbound.tests.support.runs import SEED, account, make_run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import ANN


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the private folder of a job of ansible-rulebook."""
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = tmp_path / "edak3_x9qzw"
    (folder / "project").mkdir(parents=True)
    return folder


def in_job(private: Path, world: Sandbox, mode: str, name: str = "ev", **options: Any) -> RunOutcome:
    """Run an account of Plum as a job with this private folder does."""
    job = JobFolders(private / "project", private / "artifacts/one")
    return carry_out(make_run([account("plum", world.url)], Path(name), mode, job=job, **options))


def test_an_apply_is_refused_where_its_evidence_would_be_lost(world: Sandbox, private: Path) -> None:
    found = in_job(private, world, "apply")
    assert found.state == "nothing_sent"
    (reason,) = found.reasons
    assert reason.startswith(f"Ansible-rulebook removes {private}/project/ev when this job has ended, and the evidence")
    assert "campaign_teardown_root or campaign_teardown_folder a place that lasts" in reason
    assert "or campaign_teardown_deliver tasks that carry the evidence away" in reason
    assert world.journal() == []


def test_an_apply_is_carried_out_where_its_evidence_is_kept(world: Sandbox, private: Path, tmp_path: Path) -> None:
    for options in ({"root": str(tmp_path / "lasts")}, {"deliver": "tasks.yml"}):
        assert in_job(private, world, "apply", **options).state == "done"
        assert [change["do"] for change in world.changes()] == ["cancel"]
        world.seed(SEED)
    assert (private / "project/ev/evidence.json").is_file()


def test_a_plan_that_no_later_job_will_find_is_told(world: Sandbox, private: Path, tmp_path: Path) -> None:
    (warning,) = in_job(private, world, "plan").warnings
    assert "No later job will find this plan: ansible-rulebook removes" in warning
    for options in ({"root": str(tmp_path / "lasts")}, {"name": "packed", "hand_over": "packed"}):
        assert in_job(private, world, "plan", **options).warnings == []


def test_a_number_is_not_stopped_where_the_evidence_would_be_lost(world: Sandbox, private: Path) -> None:
    settings = merged(checked({"mode": "apply", "numbers": [ANN], "reason": "A test of runs"}, NUMBERS), {}, NUMBERS)
    context = RunContext({}, dict(os.environ), lambda _line: None, False, JobFolders(private / "project"))
    found = Run(settings, [account("plum", world.url)], context).carry_out()
    assert "or stop_number_deliver tasks that carry" in str(found.reasons)
    assert world.journal() == []


def test_a_merge_is_refused_where_it_would_be_lost(world: Sandbox, private: Path, tmp_path: Path) -> None:
    in_job(private, world, "apply", root=str(tmp_path / "lasts"))
    found = merge([tmp_path / "lasts/ev"], private / "merged")
    assert "give root or folder a place that lasts" in str(found.reasons)
    assert json.loads((private / "merged/result.json").read_text())["state"] == "not_merged"
