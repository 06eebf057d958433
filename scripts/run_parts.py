# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run all parts of `make test`, a few at a time, and report the result of each.

The last line counts parts, and the exit code agrees with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

# The longest first, so that the last one running is a short one; engines, docs and browser need programs that .ci/run
# installs meanwhile.
PARTS = (
    "unit",
    "contracts",
    "integration",
    "sanity",
    "lint",
    "interop",
    "oldest",
    "engines",
    "docs",
    "browser",
    "build",
    "docs-lint",
)
# Most of what a part runs waits: two parts leave a sixth of two processors unused, three next to nothing.
AT_ONCE = max(3, (os.cpu_count() or 2) // 2)
LIMIT = 30 * 60.0
PATIENCE = 10.0


@dataclass(frozen=True)
class Outcome:
    part: str
    code: int
    seconds: float
    output: str

    @property
    def word(self) -> str:
        if self.code:
            return "failed"
        return "skipped" if self.last_line.startswith("SKIPPED:") else "passed"

    @property
    def last_line(self) -> str:
        return next((line for line in reversed(self.output.splitlines()) if line.strip()), "")


class Runner:
    """Runs each part as a process, and stops all of them when it is stopped itself."""

    def __init__(self, make: Sequence[str], logs: Path) -> None:
        self.make = make
        self.logs = logs
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, part: str) -> Outcome:
        began = time.monotonic()
        log = self.logs / f"{part}.log"
        # Use a file instead of a pipe: a process left behind by a part would keep the pipe open.
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*self.make, "--no-print-directory", "KEEP_TREE=1", part],
                env={**os.environ, "NO_COLOR": "1", "ANSIBLE_NOCOLOR": "1", "PY_COLORS": "0"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.processes.append(process)
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                end(process)
                output.write(f"\nended after {LIMIT:.0f} seconds\n".encode())
        seconds = time.monotonic() - began
        return Outcome(part, process.returncode, seconds, log.read_text(encoding="utf-8", errors="replace"))

    def end(self) -> None:
        for process in self.processes:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(make: Sequence[str], logs: Path, parts: Sequence[str], at_once: int = AT_ONCE) -> list[Outcome]:
    """Run parts with the given make command, and report each result as it arrives."""
    logs.mkdir(parents=True, exist_ok=True)
    runner = Runner(make, logs)
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(runner.run, part) for part in parts]
        try:
            for future in as_completed(futures):
                outcome = future.result()
                outcomes.append(outcome)
                show(outcome)
        except BaseException:
            for future in futures:
                future.cancel()
            runner.end()
            raise
    return outcomes


def main(make: Sequence[str], logs: Path) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    outcomes = run(make, logs, PARTS)
    if "ALL=1" not in make:
        print("\nnot run: what only repeats a kind for every module and version; `make test-all` runs it")
    counts = {word: sum(outcome.word == word for outcome in outcomes) for word in ("passed", "failed", "skipped")}
    print(f"\n{len(outcomes)} parts in {time.monotonic() - began:.0f} s; logs are in {logs}")
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 1 if counts["failed"] else 0


def show(outcome: Outcome) -> None:
    if outcome.code:
        print(f"\n----- {outcome.part} -----\n{outcome.output.rstrip()}\n----- end of {outcome.part} -----\n")
    note = f"  ({outcome.last_line.removeprefix('SKIPPED: ')})" if outcome.word == "skipped" else ""
    print(f"{outcome.part:12} {outcome.word:8} {outcome.seconds:6.1f} s{note}", flush=True)


if __name__ == "__main__":
    logs_folder, *called = sys.argv[1:]
    sys.exit(main(called, Path(logs_folder)))
