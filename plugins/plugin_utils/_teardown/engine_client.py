# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The client of the engine: starts the program, writes jobs to its stdin, and reads results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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


def run_jobs(
    jobs: Sequence[Mapping[str, Any]],
    *,
    concurrency: int,
    environment: Mapping[str, str],
    progress: Callable[[str, int], None],
    lock: int | None = None,
) -> dict[str, Document]:
    """Run all jobs and return each account's result. ``progress`` is told an account and its ended targets.

    Whatever ends this function, Ansible's own signals included, ends the engine too: nothing more is begun. The engine
    and its children hold ``lock``, a file descriptor, too: what it locks stays locked until the last of them has ended.
    """
    if not jobs:
        return {}
    # A file: a pipe without a reader would fill up and block the engine.
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        return _run(jobs, concurrency, environment, progress, lock, errors)


def _run(
    jobs: Sequence[Mapping[str, Any]],
    concurrency: int,
    environment: Mapping[str, str],
    progress: Callable[[str, int], None],
    lock: int | None,
    errors: IO[str],
) -> dict[str, Document]:
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
    results: dict[str, Document] = {}
    try:
        with _stopped_with_parent(process, in_job=ARTIFACTS in environment):
            _hand_over(process, concurrency, jobs)
            for message in _messages(process):
                if "result" in message:
                    results[message["account"]] = message["result"]
                else:
                    progress(message["account"], message["ended"])
    finally:
        _end(process)
    if missing := [str(job["account"]) for job in jobs if job["account"] not in results]:
        errors.seek(0)
        words = errors.read().strip().splitlines()
        why = words[-1] if words else f"exit code {process.returncode}"
        for account in missing:
            results[account] = {"error": f"the engine ended before this account was done: {why}"}
    return results


def _hand_over(process: subprocess.Popen[str], concurrency: int, jobs: Iterable[Mapping[str, Any]]) -> None:
    if process.stdin is None:
        return
    # An engine that ended at once breaks the pipe; its error is reported with the results.
    with suppress(BrokenPipeError):
        for line in ({"concurrency": concurrency}, *jobs):
            process.stdin.write(json.dumps(line) + "\n")
        process.stdin.write("\n")
        process.stdin.flush()


def _messages(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    for line in process.stdout or ():
        yield json.loads(line)


@contextmanager
def _stopped_with_parent(process: subprocess.Popen[str], *, in_job: bool) -> Iterator[None]:
    """Stop the engine when this process's parent is gone: a killed ansible-playbook leaves its worker running.

    In a job of ansible-runner that one is watched too: killed, it leaves ansible-playbook running, unheard.
    """
    parents = _parents(in_job)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            if _parents(in_job) != parents:
                process.send_signal(signal.SIGTERM)
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


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
