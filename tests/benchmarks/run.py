# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The speed of one task with many targets, compared with loops and with a plain script.

Everything runs against a sandbox that answers after 20 ms, alternating, so that changes in the machine's speed favor
neither side. Prints medians of whole processes, and ratios; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

HERE = Path(__file__).resolve().parent
EMAIL, KEY = "dialer@example.com", "not-a-secret-developer-key"
LATENCY = 0.02
LOOP = 20
CANCEL = "telephony.outbound.plum_outbound_cancel"


@dataclass
class Timed:
    """One variant, and the times of its runs."""

    name: str
    command: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self) -> None:
        started = time.monotonic()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds.append(time.monotonic() - started)
        self.megabytes.append(usage.ru_maxrss / 1024)
        if process.returncode:
            raise SystemExit(f"{self.name} ended with {process.returncode}: {' '.join(self.command)}")

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Playbooks:
    """Writes playbooks of one task each, with the shared options."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._url = sandbox.url

    def _play(self, name: str, task: dict[str, Any]) -> list[str]:
        defaults = {"base_url": f"{self._url}/fuse", "email": EMAIL, "developer_key": KEY, "product": "fuse"}
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "module_defaults": {CANCEL: {**defaults, "application_id": "100"}},
            "tasks": [{"name": "Cancel", **task}],
        }
        file = self._folder / f"{name}.json"
        file.write_text(json.dumps([play]))
        return [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(file)]

    def one_task(self, targets: int, concurrency: int) -> list[str]:
        """Return the command for all targets in one task."""
        entries = [{"deployment_id": str(number)} for number in range(targets)]
        return self._play(f"task-{targets}", {CANCEL: {"targets": entries, "concurrency": concurrency}})

    def looped(self, items: int) -> list[str]:
        """Return the command for a loop over our module."""
        return self._play(
            f"loop-{items}", {CANCEL: {"deployment_id": "{{ item }}"}, "loop": list(map(str, range(items)))}
        )

    def single(self) -> list[str]:
        """Return the command for one target of our module."""
        return self._play("single", {CANCEL: {"deployment_id": "1"}})

    def uri(self, items: int | None) -> list[str]:
        """Return the command for a loop over ansible.builtin.uri, or for one such task."""
        call = {
            "url": f"{self._url}/fuse/api/apps/100/{'1' if items is None else '{{ item }}'}/cancel",
            "method": "DELETE",
            "url_username": EMAIL,
            "url_password": KEY,
            "force_basic_auth": True,
            "status_code": 202,
        }
        loop = {} if items is None else {"loop": list(range(items))}
        return self._play(f"uri-{items}", {"ansible.builtin.uri": call, **loop})

    def nothing(self) -> list[str]:
        """Return the command for a play that only starts."""
        return self._play("nothing", {"ansible.builtin.meta": "noop"})


def script(sandbox: Sandbox, targets: int, threads: int) -> list[str]:
    """Return the command for the plain script."""
    return [sys.executable, str(HERE / "plain_script.py"), sandbox.url, str(targets), str(threads)]


def measure(ways: Sequence[Timed], runs: int) -> None:
    """Run all variants alternately."""
    for _turn in range(runs):
        for way in ways:
            way.run()


def show(ways: Sequence[Timed]) -> None:
    for way in ways:
        low, high = min(way.seconds), max(way.seconds)
        print(f"  {way.name:<52} {way.median:7.2f} s  ({low:.2f} to {high:.2f})  {max(way.megabytes):5.0f} MB")


def thousand(books: Playbooks, sandbox: Sandbox, runs: int) -> None:
    start = Timed("a play that only starts", books.nothing())
    uri = Timed(f"(a) loop of ansible.builtin.uri, {LOOP} items", books.uri(LOOP))
    loop = Timed(f"(b) loop of plum_outbound_cancel, {LOOP} items", books.looped(LOOP))
    task = Timed("(c) one task, 1,000 targets, concurrency 8", books.one_task(1000, 8))
    plain = Timed("(d) plain script, 1,000 targets, 8 threads", script(sandbox, 1000, 8))
    measure([start, uri, loop, task, plain], runs)
    print("1,000 targets")
    show([start, uri, loop, task, plain])
    uri_item = (uri.median - start.median) / LOOP
    loop_item = (loop.median - start.median) / LOOP
    task_item = task.median / 1000
    print(f"  extrapolated to 1,000: (a) {uri_item * 1000:.0f} s, (b) {loop_item * 1000:.0f} s")
    beyond = {factor: task.median - factor * plain.median for factor in (1.1, 1.2)}
    print("  " + "; ".join(f"(c) = {factor} x (d) + {rest:.2f} s" for factor, rest in beyond.items()))
    print(f"  a target in (a) / a target in (c) = {uri_item / task_item:.0f}")
    print(f"  a target in (b) / a target in (c) = {loop_item / task_item:.0f}")


def ten_thousand(books: Playbooks, sandbox: Sandbox, runs: int) -> None:
    small = Timed("(c) one task, 1,000 targets, concurrency 32", books.one_task(1000, 32))
    task = Timed("(c) one task, 10,000 targets, concurrency 32", books.one_task(10_000, 32))
    plain = Timed("(d) plain script, 10,000 targets, 32 threads", script(sandbox, 10_000, 32))
    start = Timed("a play that only starts", books.nothing())
    measure([start, small, task, plain], runs)
    print("10,000 targets")
    show([start, small, task, plain])
    growth = (task.median - start.median) / (small.median - start.median)
    print(f"  10 times the targets take {growth:.1f} times the time; (c) / (d) = {task.median / plain.median:.2f}")


def single(books: Playbooks, runs: int) -> None:
    ours, uri = Timed("one task of plum_outbound_cancel", books.single()), Timed("one task of uri", books.uri(None))
    measure([ours, uri], runs * 2 + 1)
    ratios = sorted(mine / theirs for mine, theirs in zip(ours.seconds, uri.seconds, strict=True))
    print("One target")
    show([ours, uri])
    print(f"  ours / uri, pair by pair: median {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each way (default 3)")
    parser.add_argument("--only", choices=["single", "thousand", "ten-thousand"])
    arguments = parser.parse_args()
    sandbox = Sandbox("--latency", str(LATENCY))
    try:
        with tempfile.TemporaryDirectory() as folder:
            queues = {f"100/{number}": {} for number in range(10_000)}
            accounts = [{"email": EMAIL, "developer_key": KEY}]
            sandbox.seed({"settings": {"latency": LATENCY}, "plum": {"accounts": accounts, "fuse": queues}})
            books = Playbooks(Path(folder), sandbox)
            if arguments.only in (None, "single"):
                single(books, arguments.runs)
            if arguments.only in (None, "thousand"):
                thousand(books, sandbox, arguments.runs)
            if arguments.only in (None, "ten-thousand"):
                ten_thousand(books, sandbox, arguments.runs)
    finally:
        sandbox.stop()


if __name__ == "__main__":
    main()
