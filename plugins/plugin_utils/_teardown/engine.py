# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The engine: a program that processes accounts in parallel, each in a forked child with all imports done.

Jobs are JSON lines on stdin up to an empty line; results are JSON lines on stdout up to an empty line, after which more
jobs may follow. While it works, stdin is the line to Ansible: when it ends, nothing more is begun, and what is under
way ends as at SIGTERM.
"""

from __future__ import annotations

import importlib
import io
import json
import multiprocessing
import os
import signal
import sys
import time
from contextlib import closing, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from .account_worker import COLLECTION, AccountError, StopSignal, steps_of, work
from .journal import JournalProgress, JournalWriter

SECONDS_BETWEEN_REPORTS = 10.0
_FORK = multiprocessing.get_context("fork")


class Child:
    """The child process of one account."""

    def __init__(self, job: dict[str, Any], stop: tuple[int, int]) -> None:
        self.job = job
        self._progress = JournalProgress(job.get("journal"))
        self._told = 0
        self.answer, theirs = _FORK.Pipe(duplex=False)
        self.process: ForkProcess = _FORK.Process(target=_child, args=(theirs, job, stop))
        self.process.start()
        theirs.close()

    def result(self) -> dict[str, Any]:
        """Return the child's result; if it sent none, its journal tells what was done."""
        found: dict[str, Any] | None = None
        with suppress(EOFError, OSError, ValueError):
            found = json.loads(self.answer.recv_bytes())
        self.process.join()
        self.answer.close()
        return {"error": self._died()} if found is None else found

    def news(self) -> int | None:
        """Return how many targets have ended in the journal; None if that was told before."""
        ended = self._progress.ended()
        if ended == self._told:
            return None
        self._told = ended
        return ended

    def _died(self) -> str:
        code = self.process.exitcode or 0
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        message = f"the process of this account was ended {how}"
        if path := self.job.get("journal"):
            try:
                with closing(JournalWriter(Path(path))) as writer:
                    writer.write("account_failed", message=message)
            except OSError as error:
                message = f"{message}, and its journal cannot be written: {error.strerror}"
        return message


def _child(answer: Connection, job: dict[str, Any], stop: tuple[int, int]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.close(stop[1])
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.stdout = io.StringIO()  # the parent reads only the result
    try:
        found = work(job, StopSignal(stop[0]))
    except BaseException as error:  # noqa: BLE001 - one account's failure must not end the others
        found = {"error": f"internal error, please report it: {type(error).__name__}"}
    answer.send_bytes(json.dumps(found).encode())
    # No clean-up of inherited objects: that is the parent's work.
    os._exit(0)


class Engine:
    """Runs jobs, a limited number at a time, until stdin is closed or a signal arrives."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []
        self._running: dict[Connection, Child] = {}
        self._untold: list[Child] = []
        self._stop = os.pipe()
        self._signals = os.pipe()
        self._parent: list[Any] = [sys.stdin, self._signals[0]]

    def serve(self) -> None:
        """Run one set of jobs after the other; return when no more will come."""
        while self._parent and wait(self._parent) == [sys.stdin] and (head := sys.stdin.readline()):
            self._waiting = [json.loads(line) for line in iter(sys.stdin.readline, "\n")]
            _preload({(job["vendor"], job["kind"]) for job in self._waiting})
            self._waiting.reverse()
            self._run(json.loads(head)["concurrency"])
            self._write("\n")

    def _run(self, concurrency: int) -> None:
        next_report = time.monotonic() + SECONDS_BETWEEN_REPORTS
        while self._waiting or self._running:
            while self._waiting and len(self._running) < concurrency:
                child = Child(self._waiting.pop(), self._stop)
                self._running[child.answer] = child
            ready = wait([*self._running, *self._parent], max(0.0, next_report - time.monotonic()))
            for answer in ready:
                if isinstance(answer, Connection):
                    child = self._running.pop(answer)
                    result = child.result()
                    self._untold.append(child)
                    self._say({"account": child.job["account"], "result": result})
                else:
                    self.stop()
            if time.monotonic() >= next_report:
                for child in (*self._untold, *self._running.values()):
                    if (ended := child.news()) is not None:
                        self._say({"account": child.job["account"], "ended": ended})
                self._untold.clear()
                next_report = time.monotonic() + SECONDS_BETWEEN_REPORTS
        self._untold.clear()

    def interrupt(self) -> None:
        """Make the run stop; safe in a signal handler."""
        os.write(self._signals[1], b".")

    def stop(self) -> None:
        """Start no more jobs, and end the running ones as at SIGTERM."""
        self._parent.clear()
        self._waiting.clear()
        if self._stop[1] >= 0:
            os.close(self._stop[1])
            self._stop = (self._stop[0], -1)
        for child in self._running.values():
            child.process.terminate()

    def _say(self, message: dict[str, Any]) -> None:
        self._write(json.dumps(message) + "\n")

    def _write(self, line: str) -> None:
        try:
            sys.stdout.write(line)
            sys.stdout.flush()
        except OSError:
            # The reader is gone; the journals have the results.
            self.stop()


def main() -> None:
    """Read jobs from stdin and run them."""
    engine = Engine()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: engine.interrupt())
    engine.serve()


def _preload(steps: set[tuple[str, str]]) -> None:
    """Import in the parent what every child needs: a fork then costs next to nothing."""
    vendors = {vendor for vendor, _kind in steps}
    for vendor, kind in steps:
        with suppress(AccountError):  # the child says it of its account
            steps_of(vendor, kind)
    folder = Path(__file__).parents[2] / "modules"
    for path in folder.glob("*.py"):
        if path.stem.partition("_")[0] in vendors:
            importlib.import_module(f"{COLLECTION}.plugins.modules.{path.stem}")
    with suppress(ImportError):
        importlib.import_module("requests")


if __name__ == "__main__":
    main()
