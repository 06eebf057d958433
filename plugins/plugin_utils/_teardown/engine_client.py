# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The client of the engine: starts the program once for a run, writes jobs to its stdin, and reads results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .documents import Document
from .job_folders import ARTIFACTS

_PACKAGE = "ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.engine"
# The collection's own root, whatever package of that name is installed beside it.
_START = """
import runpy, sys, types
package = types.ModuleType("ansible_collections")
package.__path__ = [sys.argv.pop(1)]
sys.modules["ansible_collections"] = package
runpy.run_module(sys.argv[1], run_name="__main__")
"""
_ROOT = Path(__file__).resolve().parents[5]
_SECONDS_TO_END = 600.0
_SECONDS_BETWEEN_LOOKS = 1.0


class EngineClient:
    """The engine of one run: started with its first jobs, it does all of them, and has ended after ``close``."""

    def __init__(self, environment: Mapping[str, str], progress: Callable[[str, int], None]) -> None:
        """Keep what the engine is started with; ``progress`` is told an account and its ended targets."""
        self._environment = environment
        self._progress = progress
        self._started = ExitStack()
        self._engine: tuple[subprocess.Popen[str], IO[str]] | None = None
        """The process, and what it writes to stderr."""

    def run_jobs(
        self, jobs: Sequence[Mapping[str, Any]], *, concurrency: int, lock: int | None = None
    ) -> dict[str, Document]:
        """Run all jobs and return each account's result.

        Whatever ends this function, Ansible's own signals included, ends the engine too: nothing more is begun. The
        engine and its children hold ``lock``, a file descriptor, too: what it locks stays locked until the last of them
        has ended.
        """
        if not jobs:
            return {}
        try:
            if self._engine is None:
                self._engine = self._started.enter_context(_started(self._environment, lock))
            process, errors = self._engine
            _hand_over(process, concurrency, jobs)
            results = self._results(process)
            if missing := [str(job["account"]) for job in jobs if job["account"] not in results]:
                _end(process)
                errors.seek(0)
                why = errors.read().strip().rpartition("\n")[2] or f"exit code {process.returncode}"
                self.close()
        except BaseException:
            self.close()
            raise
        for account in missing:
            results[account] = {"error": f"the engine ended before this account was done: {why}"}
        return results

    def close(self) -> None:
        """End the engine, if one runs, and wait for that."""
        self._started.close()
        self._engine = None

    def _results(self, process: subprocess.Popen[str]) -> dict[str, Document]:
        results: dict[str, Document] = {}
        for line in process.stdout or ():
            if line == "\n":
                break
            message = json.loads(line)
            if "result" in message:
                results[message["account"]] = message["result"]
            else:
                self._progress(message["account"], message["ended"])
        return results


@contextmanager
def _started(environment: Mapping[str, str], lock: int | None) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start the engine; end it afterwards, or when this process's parent is gone.

    A killed ansible-playbook leaves its worker running. In a job of ansible-runner that one is watched too: killed, it
    leaves ansible-playbook running, unheard.
    """
    in_job = ARTIFACTS in environment
    parents = _parents(in_job)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            if _parents(in_job) != parents:
                process.send_signal(signal.SIGTERM)
                return

    # A file: a pipe without a reader would fill up and block the engine.
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(_ROOT), _PACKAGE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=dict(environment),
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
        )
        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield process, errors
        finally:
            ended.set()
            thread.join()
            _end(process)


def _hand_over(process: subprocess.Popen[str], concurrency: int, jobs: Iterable[Mapping[str, Any]]) -> None:
    if process.stdin is None:
        return
    # An engine that ended at once breaks the pipe; its error is reported with the results.
    with suppress(BrokenPipeError):
        for line in ({"concurrency": concurrency}, *jobs):
            process.stdin.write(json.dumps(line) + "\n")
        process.stdin.write("\n")
        process.stdin.flush()


def _parents(in_job: bool) -> tuple[int, str | None]:
    """Return this process's parent, and in a job the parent of that, where the system tells it."""
    parent = os.getppid()
    if not in_job:
        return parent, None
    try:
        fields = Path(f"/proc/{parent}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return parent, None
    return parent, fields[1]


def _end(process: subprocess.Popen[str]) -> None:
    """Close stdin, which makes the engine stop if it has not ended."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdin = None
    try:
        process.communicate(timeout=_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
