# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long tasks that are ended at a random moment, and then repeated: they end cleanly, and nothing is lost.

The module runs as a separate process, or in an ansible-playbook; it gets SIGTERM or SIGKILL, or the task has a
``timeout``. What was reported before the end, in the result or in the journal file, must be true, and every change
must be announced there.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.modules import PACKAGE
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario, TrialTarget

from . import oracle
from .fault_mix import rng
from .tally import Tally
from .trial import Trial, make_targets

TARGETS = 40
FEW = 12
LATENCY = 0.03
PATIENCE = 120
WAYS = ("SIGTERM", "SIGKILL", "playbook SIGTERM", "playbook SIGKILL", "playbook timeout")
NAMESPACE = "ansible_collections/telephony/outbound"


@dataclass
class Task:
    """One task as a user has it: options, a journal file, and backups for wolkvox."""

    scenario: Scenario
    options: Mapping[str, Any]
    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def environment(self) -> dict[str, str]:
        """Return the environment: a separate lock folder, and the collection that this file belongs to."""
        root = next(path for path in map(Path, sys.path) if (path / NAMESPACE).is_dir())
        return {
            **os.environ,
            "TELEPHONY_OUTBOUND_LOCK_DIR": str(self.folder / "locks"),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ANSIBLE_COLLECTIONS_PATH": str(root.absolute()),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "ansible"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        }

    def start(self, *, as_playbook: bool = False, seconds: int | None = None) -> subprocess.Popen[bytes]:
        """Start it; its output goes to a file, so that a module running on without Ansible does not block us."""
        command = self._playbook(seconds) if as_playbook else self._module()
        with self.output.open("wb") as output:
            return subprocess.Popen(command, env=self.environment(), stdout=output, stderr=subprocess.DEVNULL)

    def result(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Wait for a module's result."""
        process.wait(PATIENCE)
        return {"failed": False, **json.loads(self.output.read_text())}

    def _module(self) -> list[str]:
        file = self.folder / "arguments.json"
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": self.options}))
        return [sys.executable, "-m", f"{PACKAGE}.{self.scenario.module}", str(file)]

    def _playbook(self, seconds: int | None) -> list[str]:
        task = {f"telephony.outbound.{self.scenario.module}": self.options, **({"timeout": seconds} if seconds else {})}
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "tasks": [task],
        }
        file = self.folder / "playbook.json"
        file.write_text(json.dumps([play]))
        return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(file)]


def run(
    sandbox: Sandbox, scenario: Scenario, tally: Tally, seed: int, folder: Path, ways: Sequence[str] = WAYS
) -> None:
    """End a long task in these ways, each at a different moment."""
    for way in ways:
        chance = rng(seed, "interrupt", scenario.name, way)
        own = folder / f"{scenario.name}-{way}".replace(" ", "-")
        own.mkdir(parents=True)
        found = _interrupt(sandbox, scenario, tally, way, chance, own)
        tally.injected(way)
        tally.disagreements.extend(f"{way}: {text}" for text in found)


def _interrupt(
    sandbox: Sandbox, scenario: Scenario, tally: Tally, way: str, chance: random.Random, folder: Path
) -> list[str]:
    kinds = [kind for kind in scenario.kinds if kind != "absent"]
    sizes = [chance.randint(1, 3) for _target in range(FEW if scenario.serial else TARGETS)]
    targets = [replace(target, account=0) for target in make_targets(scenario, sizes, kinds)]
    shorter = {"max_interval": 0.5} if scenario.vendor == "genesys" else {}
    trial = Trial(sandbox, scenario, targets, tally, shorter)
    sandbox.settings(latency=LATENCY)
    task = Task(scenario, task_options(sandbox, scenario, targets, folder), folder)
    before = sandbox.state()
    process = task.start(as_playbook="playbook" in way, seconds=chance.randint(1, 2) if "timeout" in way else None)
    try:
        result = _end(trial, task, process, way, chance)
    finally:
        if "timeout" not in way:
            _wait_for_all(task)
            process.wait(PATIENCE)
    if "timeout" in way:
        return list(_overlapping(trial, task))
    found = list(judge_first(trial, task, targets, result, before))
    return [*found, *_second(trial, task, targets, task.result(task.start()))]


def task_options(sandbox: Sandbox, scenario: Scenario, targets: list[TrialTarget], folder: Path) -> dict[str, Any]:
    (folder / "backups").mkdir()
    (folder / "locks").mkdir(mode=0o700)
    backup = {"backup": True, "backup_dir": str(folder / "backups")} if scenario.name == "wolkvox clear" else {}
    return {
        **scenario.options(sandbox.url, 0, targets),
        **backup,
        "timeout": 5,
        "wait_timeout": 10,
        "concurrency": 4,
        "journal": str(folder / "journal.jsonl"),
    }


def _end(
    trial: Trial, task: Task, process: subprocess.Popen[bytes], way: str, chance: random.Random
) -> Mapping[str, Any] | None:
    """End the task at a random moment; return its result if it printed one."""
    if "timeout" in way:
        process.wait(PATIENCE)
        return None
    requests, last = (
        chance.randint(1, len(trial.targets) * (3 if trial.scenario.addressed else 1)),
        time.monotonic() + 60,
    )
    while len(trial.sandbox.journal()) < requests and process.poll() is None and time.monotonic() < last:
        time.sleep(0.02)
    if way == "SIGTERM":
        process.terminate()
        return task.result(process)
    if "SIGTERM" in way:
        process.terminate()
    else:
        _kill(task)
    return None


def processes_of(folder: Path) -> list[int]:
    """Return a task's processes by their unique lock folder: Ansible puts some into a session of their own."""
    marker = f"TELEPHONY_OUTBOUND_LOCK_DIR={folder / 'locks'}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if marker in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found


def _wait_for_all(task: Task) -> None:
    """Wait for processes that outlive the task, such as a module without its playbook; end them if that takes long."""
    end = time.monotonic() + PATIENCE
    while processes_of(task.folder) and time.monotonic() < end:
        time.sleep(0.1)
    _kill(task)


def _kill(task: Task) -> None:
    while found := processes_of(task.folder):
        for number in found:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.05)


def judge_first(
    trial: Trial, task: Task, targets: list[TrialTarget], result: Mapping[str, Any] | None, before: Mapping[str, Any]
) -> Iterator[str]:
    """Judge the report of the interrupted run, and what it left behind."""
    scenario = trial.scenario
    conditions = Conditions(interrupted=True)
    time.sleep(3 * LATENCY)
    seen = trial.look(before)
    if result is not None:
        trial.judge([(targets, result)], before, conditions)
    trial.forget()
    lines = list(_lines(task.journal))
    begun = {scenario.key_of_target(line["target"]) for line in lines if line["event"] == "begun"}
    ended = {scenario.key_of_target(line["target"]): line["result"] for line in lines if line["event"] == "ended"}
    by_key = {target.key: target for target in targets}
    saved = {json.loads(file.read_text().splitlines()[0])["campaign_id"] for file in task.backups.glob("*.jsonl")}
    for key, truth in seen.items():
        if truth.writes and key not in begun:
            yield f"{scenario.name}: {key} was written to, and the journal file does not say that it was begun"
        if truth.writes and "backup_dir" in task.options and key not in saved:
            yield f"{scenario.name}: {key} was written to, and there is no backup of it"
    for key, entry in ended.items():
        for text in oracle.judge(scenario, by_key[key], entry, seen[key], conditions):
            yield f"{scenario.name}: the journal file says {entry['outcome']} of {key}: {text}"
    yield from _left_behind(scenario, task)


def _second(trial: Trial, task: Task, targets: list[TrialTarget], result: Mapping[str, Any]) -> Iterator[str]:
    """Judge the repeated task: it accounts for every target, and all is gone."""
    trial.judge([(targets, result)], trial.state, Conditions(wait_timeout=10))
    yield from _all_is_well(trial, task, result)


def _overlapping(trial: Trial, task: Task) -> Iterator[str]:
    """Run the task again while the first run, which Ansible considers finished, is still running."""
    scenario = trial.scenario
    result = task.result(task.start())
    _wait_for_all(task)
    trial.count(result)
    yield from oracle.overlaps(scenario, trial.sandbox.journal())
    yield from _all_is_well(trial, task, result)
    begun = {scenario.key_of_target(line["target"]) for line in _lines(task.journal) if line["event"] == "begun"}
    for key, truth in trial.look(trial.sandbox.state()).items():
        if truth.writes and key not in begun:
            yield f"{scenario.name}: {key} was written to, and the journal file does not say that it was begun"


def _all_is_well(trial: Trial, task: Task, result: Mapping[str, Any]) -> Iterator[str]:
    scenario = trial.scenario
    for entry in result.get("results", ()):
        if entry["outcome"] not in (scenario.idle, scenario.done, "accepted"):
            yield f"{scenario.name}: the second run ended {entry['outcome']}: {entry['error']}"
    state = trial.sandbox.state()
    left = [target.key for target in trial.targets if any(scenario.holding(state, target).values())]
    if left:
        yield f"{scenario.name}: still there after the second run: {left}"
    if scenario.vendor == "genesys" and state["genesys"]["sessions"]:
        yield f"{scenario.name}: a notification session is left open"
    yield from _left_behind(scenario, task, ended=True)


def _left_behind(scenario: Scenario, task: Task, *, ended: bool = False) -> Iterator[str]:
    """Search for held locks, incomplete backups, and incomplete lines."""
    for file in (task.folder / "locks").iterdir():
        with file.open("rb") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield f"{scenario.name}: the lock {file.name} is still held"
    for file in task.backups.glob("*.jsonl"):
        head, *records = file.read_text().splitlines()
        if json.loads(head)["records"] != len(records) or file.stat().st_mode & 0o777 != 0o600:
            yield f"{scenario.name}: the backup {file.name} is not whole"
    if ended:
        for line in task.journal.read_text().splitlines():
            try:
                json.loads(line)
            except ValueError:
                yield f"{scenario.name}: a line of the journal file cannot be read: {line[:60]}"


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text().splitlines() if file.exists() else ():
        yield json.loads(line)
