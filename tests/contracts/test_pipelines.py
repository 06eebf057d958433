# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pipelines to copy: their shell lines, run as each system runs them, plan and apply as they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog, playbooks
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

EXAMPLES = catalog.PROJECT / "docs/examples/pipelines"
TOKEN = CANARIES["wolkvox"]
REASON = """End of 'season', "all" of it $(touch injected)"""


@dataclass
class Job:
    """One job: the script of its shell, its own variables, and what it keeps as artifacts."""

    script: str
    variables: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    # Of the test: the shell that starts the script, and what the system's own programs print.
    program: tuple[str, ...] = ("bash", "-e", "-o", "pipefail", "-c")


def gitlab() -> dict[str, Job]:
    text: dict[str, Any] = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text("utf-8"))
    return {
        name: Job(
            "\n".join([*text["default"]["before_script"], *text[name]["script"]]),
            text[name].get("variables", {}),
            text[name]["artifacts"]["paths"],
            text[name]["artifacts"].get("exclude", []),
        )
        for name in text["stages"]
    }


def github() -> dict[str, Job]:
    jobs: dict[str, Any] = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text("utf-8"))["jobs"]
    found = {}
    for name, job in jobs.items():
        runs = [step["run"] for step in job["steps"] if "run" in step]
        assert not any("${{" in script for script in runs), "an expression in a script is text of others in a shell"
        (upload,) = (step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
        paths = upload["with"]["path"].split()
        found[name] = Job(
            "\n".join(runs),
            job["env"],
            [path for path in paths if not path.startswith("!")],
            [path[1:] for path in paths if path.startswith("!")],
        )
    return found


def jenkins() -> dict[str, Job]:
    text = (EXAMPLES / "Jenkinsfile").read_text("utf-8")
    scripts = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)
    left_out = re.search(r"excludes: '(.*?)'", text)
    assert left_out
    # Jenkins starts a script by its first line; without one it would print every command with its values.
    assert all(script.startswith("#!/bin/sh -eu\n") for script in scripts)
    return {
        "plan": Job(scripts[0], kept=["plan/"], program=("/bin/sh", "-eu", "-c")),
        "apply": Job(
            scripts[1], kept=["teardown/"], left_out=left_out[1].split(", "), program=("/bin/sh", "-eu", "-c")
        ),
    }


each_pipeline = pytest.mark.parametrize(
    "jobs", [pytest.param(read(), id=read.__name__) for read in (gitlab, github, jenkins)]
)


class System:
    """Runs jobs as a pipeline does: each in a new checkout, with the artifacts of those before."""

    def __init__(self, folder: Path, world: Sandbox) -> None:
        self.folder = folder
        (folder / "in").mkdir()
        (folder / "in/ansible.cfg").touch()
        self.bin = folder / "bin"
        self.bin.mkdir()
        # What installs, and what asks GitHub who approved.
        for name, said in (("ansible-galaxy", ""), ("gh", "grace"), ("python3", "")):
            (self.bin / name).write_text(f"#!/bin/sh\n{f'echo {said}' if said else ':'}\n")
            (self.bin / name).chmod(0o755)
        (self.bin / "ansible-playbook").symlink_to(catalog.BIN / "ansible-playbook")
        token = "{{ lookup('ansible.builtin.env', 'WOLKVOX_TOKEN', default=undef()) }}"
        self.inventory = {
            "wolkvox-sales": {
                "campaign_teardown_vendor": "wolkvox",
                "campaign_teardown_connection": {"base_url": f"{world.url}/wolkvox", "token": token, "retries": 0},
                "campaign_teardown_targets": [{"name": "Winter", "campaign_id": "77", "all_records": True}],
                "campaign_teardown_settle_seconds": 0,
            }
        }
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir()
        self.text = ""

    def run(self, name: str, job: Job, **variables: str) -> int:
        """Run a job; ``variables`` are those of the project, of a person, and of the system."""
        workspace = self.folder / f"workspace-{name}"
        (workspace / "inventory").mkdir(parents=True)
        (workspace / "inventory/hosts.json").write_text(json.dumps({"all": {"hosts": self.inventory}}))
        shutil.copy(EXAMPLES / "apply.yml", workspace)
        shutil.copytree(self.artifacts, workspace, dirs_exist_ok=True)
        given = {
            **playbooks.surroundings(self.folder, catalog.ROOT),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": "example/teardown",
            "GITHUB_RUN_ID": "1",
            "GITLAB_USER_LOGIN": "grace",
            **variables,
        }
        for variable, text in job.variables.items():
            given[variable] = self.expanded(text, given)
        done = subprocess.run(
            [*job.program, job.script],
            cwd=workspace,
            env=given,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.text += done.stdout + done.stderr
        ignored = [Path(each.removesuffix("/**/*").removesuffix("/**")).name for each in job.left_out]
        for path in job.kept:
            if (workspace / path).is_dir():
                shutil.copytree(workspace / path, self.artifacts / path, ignore=shutil.ignore_patterns(*ignored))
        return done.returncode

    def expanded(self, text: str, given: Mapping[str, str]) -> str:
        """Return a variable as GitLab or GitHub reads it; a secret that is not there is empty text at GitHub."""
        outputs = self.folder / "output"
        told = dict(line.split("=", 1) for line in outputs.read_text().splitlines()) if outputs.exists() else {}

        def value(found: re.Match[str]) -> str:
            context, _dot, name = found[1].rpartition(".")
            return {"secrets": given, "inputs": {"reason": given.get("REASON", ""), "ticket": ""}}.get(
                context, told if context == "needs.plan.outputs" else {}
            ).get(name, "")

        return re.sub(r"\$\{\{ ([\w.]+) \}\}", value, re.sub(r"\$(\w+)", lambda name: given.get(name[1], ""), text))


@pytest.fixture
def system(tmp_path: Path, world: Sandbox) -> System:
    return System(tmp_path, world)


@each_pipeline
def test_plan_and_apply_are_jobs_of_their_own_and_numbers_stay_out_of_what_is_kept(
    system: System, world: Sandbox, jobs: dict[str, Job]
) -> None:
    assert system.run("plan", jobs["plan"], WOLKVOX_TOKEN=TOKEN) == 0, system.text
    assert world.changes() == []
    (sha256,) = re.findall(r"The SHA-256 of the plan is (\w+)", system.text)
    # What a person gives; GitHub has it from the job before.
    person = {"PLAN_SHA256": sha256, "REASON": REASON, "APPROVED_BY": "grace"}
    assert system.run("apply", jobs["apply"], WOLKVOX_TOKEN=TOKEN, **person) == 0, system.text
    assert {change["campaign"] for change in world.changes()} == {"77"}
    kept = system.artifacts / "teardown"
    run = json.loads((kept / "evidence.json").read_text())["run"]
    assert (run["approval"]["by"], run["approval"]["sha256"], run["reason"]) == ("grace", sha256, REASON)
    assert not list(system.folder.rglob("injected"))
    (suite,) = ET.parse(kept / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert not (kept / "plan.json").exists()
    assert not (kept / "backups").exists()
    files = [path for path in system.artifacts.rglob("*") if path.is_file()]
    assert TOKEN not in system.text + "".join(path.read_text(errors="replace") for path in files)


@each_pipeline
@pytest.mark.parametrize("given", [{}, {"WOLKVOX_TOKEN": ""}], ids=["unset", "empty"])
def test_a_secret_that_is_missing_is_an_error_before_anything_starts(
    system: System, world: Sandbox, given: dict[str, str], jobs: dict[str, Job]
) -> None:
    for name, job in jobs.items():
        assert system.run(name, job, REASON="x", PLAN_SHA256="0" * 64, **given) != 0
        assert "WOLKVOX_TOKEN is missing or empty" in system.text
    assert "PLAY" not in system.text
    assert world.journal() == []


@pytest.mark.parametrize("given", [{}, {"WOLKVOX_TOKEN": ""}], ids=["unset", "empty"])
def test_a_secret_that_is_missing_is_an_error_without_the_lines_of_the_shell_too(
    system: System, world: Sandbox, given: dict[str, str]
) -> None:
    assert system.run("plan", Job("ansible-playbook -i inventory telephony.outbound.teardown"), **given) == 2
    assert "wolkvox-sales" in system.text
    assert world.journal() == []


@each_pipeline
def test_what_the_person_has_to_give_is_an_error_where_it_is_missing(system: System, jobs: dict[str, Job]) -> None:
    job = jobs["apply"]
    assert system.run("without-plan", job, WOLKVOX_TOKEN=TOKEN, REASON="x") != 0
    assert "PLAN_SHA256 is missing" in system.text
    job.variables.pop("PLAN_SHA256", None)
    assert system.run("without-reason", job, WOLKVOX_TOKEN=TOKEN, PLAN_SHA256="0" * 64) != 0
    assert "REASON is missing" in system.text
