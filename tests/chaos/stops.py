# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of short tasks stopped in every way, each at a random moment between start and end.

After the stop, no write may be sent for a target without an earlier one. If the result is still read, it is complete
and true; otherwise the journal file is.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Scenario, TrialTarget

from .fault_mix import rng
from .forks import Forks
from .interrupts import Task, judge_first, task_options
from .tally import Tally, say
from .trial import Trial, let_end, make_targets

WAYS = ("SIGTERM", "SIGINT", "SIGHUP", "many signals", "nobody reads", "parent killed", "terminal gone")
TARGETS, FEW = 16, 6
CONCURRENCY = 3
SLOWEST = 1.0
"""Seconds that a busy machine may take from the check before a write to the server's record of it."""

_HANGS = 2.5
_MARGIN = 2.0
_PATIENCE = 90.0
_SHARES = (("median", 0.5), ("95 %", 0.95), ("99 %", 0.99), ("longest", 1.0))


def run(
    sandbox: Sandbox, scenario: Scenario, tally: Tally, seed: int, number: int, folder: Path, slack: float = 0.0
) -> None:
    """Stop this many tasks of one module, and report how long they took to end.

    ``slack``: seconds that a machine which does other work as well may take on top.
    """
    with closing(Stops(sandbox, folder, slack)) as stops:
        stops.run(scenario, tally, seed, number)
    seconds = sorted(stops.seconds)
    shown = ", ".join(f"{name} {seconds[int(part * (len(seconds) - 1))]:.2f}" for name, part in _SHARES)
    say(f"  {scenario.name}: seconds from the stop to the end: {shown}")


class Stops:
    """Stops modules, and records how long they took to end."""

    def __init__(self, sandbox: Sandbox, folder: Path, slack: float) -> None:
        self._slack = slack
        self.seconds: list[float] = []
        self._sandbox = sandbox
        self._folder = folder
        self._forks = Forks()
        self._offset = _offset(sandbox)

    def close(self) -> None:
        """Stop what was started."""
        self._forks.close()

    def run(self, scenario: Scenario, tally: Tally, seed: int, number: int) -> None:
        """Stop this many tasks of one module."""
        for turn in range(number):
            way = WAYS[turn % len(WAYS)]
            folder = self._folder / f"{scenario.name}-{turn}".replace(" ", "-")
            folder.mkdir(parents=True)
            found = self._stop(scenario, tally, way, rng(seed, "stop", scenario.name, str(turn)), folder)
            tally.injected(way)
            tally.disagreements.extend(f"stop {turn}, {way}: {text}" for text in found)

    def _stop(self, scenario: Scenario, tally: Tally, way: str, chance: random.Random, folder: Path) -> list[str]:
        trial = Trial(self._sandbox, scenario, targets := _marks(scenario, chance), tally, _settings(scenario))
        self._sandbox.settings(latency=chance.choice((0.005, 0.02, 0.05)))
        options = {
            **task_options(self._sandbox, scenario, targets, folder),
            "concurrency": CONCURRENCY,
            "timeout": 1.5,
            "wait_timeout": 5,
            **({"start_contact_center_session": chance.random() < 0.5} if scenario.vendor == "genesys" else {}),
        }
        if chance.random() < 0.15:
            trial.inject([_hang(scenario, chance, targets)])
        task = Task(scenario, options, folder)
        before = self._sandbox.state()
        stop, read = self._start(task, way)
        time.sleep(chance.uniform(0, _usual_seconds(scenario)))
        seconds = stop()
        stopped = time.monotonic() - seconds
        self.seconds.append(seconds)
        let_end(self._sandbox)
        late = list(_late(trial, before, stopped - self._offset, self._slack))
        found = list(judge_first(trial, task, targets, read(), before))
        if seconds > options["timeout"] + _MARGIN + self._slack:
            found.append(f"{scenario.name}: it took {seconds:.1f} s from the stop to the end")
        return [*found, *late, *_unfinished(scenario, task), *_still_open(trial, task)]

    def _start(self, task: Task, way: str) -> tuple[Callable[[], float], Callable[[], Mapping[str, Any] | None]]:
        """Start a module; return functions that stop it and wait for its end, and that read its result."""
        reader = -1
        if way == "nobody reads":
            os.mkfifo(task.output)
            reader = os.open(task.output, os.O_RDONLY | os.O_NONBLOCK)
        options = {**task.options, "_ansible_check_mode": False}
        module, parent = self._forks.start(
            task.scenario.module, options, task.output, terminal=way == "terminal gone", locks=task.folder / "locks"
        )
        ended = os.pidfd_open(module)

        def stop() -> float:
            if way == "parent killed":
                _await_handlers(module)  # until then it cannot know its parent
            began = time.monotonic()
            if way == "nobody reads":
                os.close(reader)
            elif way in ("parent killed", "terminal gone"):
                _kill_and_wait(parent)
                began = time.monotonic()  # the kernel tells the module of it while the parent ends
            else:
                _signal(ended, way)
            over = bool(select.select([ended], [], [], _PATIENCE)[0])
            seconds = time.monotonic() - began
            if not over:
                _kill(module, signal.SIGKILL)
            os.close(ended)
            return seconds

        def read() -> Mapping[str, Any] | None:
            if way in ("nobody reads", "terminal gone"):
                return None
            text = task.output.read_text() if task.output.exists() else ""
            # A module that ends during its import prints nothing, and has sent nothing.
            return {"failed": False, **json.loads(text)} if text.strip() else None

        return stop, read


def _marks(scenario: Scenario, chance: random.Random) -> list[TrialTarget]:
    kinds = [kind for kind in scenario.kinds if kind != "absent"]
    sizes = [chance.randint(1, 3) for _target in range(FEW if scenario.serial else TARGETS)]
    return [replace(target, account=0) for target in make_targets(scenario, sizes, kinds)]


def _settings(scenario: Scenario) -> dict[str, Any]:
    return {"max_interval": 0.5} if scenario.vendor == "genesys" else {}


def _usual_seconds(scenario: Scenario) -> float:
    """Return the approximate duration of an undisturbed task."""
    return {"genesys": 1.2, "wolkvox": 1.2}.get(scenario.vendor, 0.7)


def _hang(scenario: Scenario, chance: random.Random, targets: list[TrialTarget]) -> dict[str, Any]:
    """Return a fault that makes some requests hang for longer than the module waits for an answer."""
    fault = {"do": "delay", "seconds": _HANGS, "skip": chance.randint(0, 4), "times": chance.choice((1, None))}
    return {**fault, **scenario.filter(chance.choice(targets), chance.choice(scenario.purposes))}


def _signal(process: int, way: str) -> None:
    numbers = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT] * 30 if way == "many signals" else [signal.Signals[way]]
    for number in numbers:
        try:
            signal.pidfd_send_signal(process, number)
        except ProcessLookupError:
            return


def _await_handlers(process: int) -> None:
    """Wait until a module handles signals."""
    bit = 1 << (signal.SIGTERM - 1)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            return
        caught = status.partition("SigCgt:")[2].split()
        if not caught or int(caught[0], 16) & bit:
            return
        time.sleep(0.005)


def _kill(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return


def _kill_and_wait(process: int) -> None:
    try:
        ended = os.pidfd_open(process)
    except ProcessLookupError:
        return
    _kill(process, signal.SIGKILL)
    select.select([ended], [], [], _PATIENCE)
    os.close(ended)


def _offset(sandbox: Sandbox) -> float:
    """Return the difference between this process's monotonic clock and that of the sandbox's journal."""
    sandbox.seed({})
    sandbox._http.get(f"{sandbox.url}/fuse/nothing", timeout=10)
    return time.monotonic() - float(sandbox.journal()[0]["time"])


def _late(trial: Trial, before: Mapping[str, Any], stopped: float, slack: float) -> Iterator[str]:
    """Find targets whose first write came after the stop, beyond the few that were in flight.

    On a machine that does other work too, each worker may get a turn before the thread that handles the signal.
    """
    first = {key: truth.writes[0]["time"] - stopped for key, truth in trial.look(before).items() if truth.writes}
    late = {key: round(seconds, 3) for key, seconds in first.items() if seconds > 0}
    if len(late) > CONCURRENCY * (2 if slack else 1) or any(seconds > SLOWEST + slack for seconds in late.values()):
        yield f"{trial.scenario.name}: written to after the stop, in seconds: {late}"


def _unfinished(scenario: Scenario, task: Task) -> Iterator[str]:
    """Find targets that the journal file starts and does not end."""
    lines = [json.loads(line) for line in task.journal.read_text().splitlines()] if task.journal.exists() else []
    begun, ended = (
        {scenario.key_of_target(line["target"]) for line in lines if line["event"] == event}
        for event in ("begun", "ended")
    )
    if begun - ended:
        yield f"{scenario.name}: begun and not ended in the journal file: {sorted(begun - ended)}"


def _still_open(trial: Trial, task: Task) -> Iterator[str]:
    """Find open sessions and unfinished backups."""
    state = trial.sandbox.state()
    if trial.scenario.vendor == "genesys" and any(account["agent_session"] for account in state["genesys"]["accounts"]):
        yield "genesys: an agent is still logged in"
    if drafts := list(task.backups.glob(".*.part")):
        yield f"{trial.scenario.name}: drafts are left: {drafts}"
