# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of modules as separate processes: forked by a process that has loaded everything.

Each job is a line of JSON on standard input; the answer is a line with two process ids: the module's, and its
parent's. The parent represents whatever starts modules: a shell, or the server of an ssh connection with a terminal.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.tests.support.modules import PACKAGE, module_arguments
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses

_WHERE = "ansible_collections.telephony.outbound.tests.chaos.forks"
_MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("[!_]*.py"))


class Forks:
    """The process that forks modules."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; from {_WHERE} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self, module: str, options: Mapping[str, Any], output: Path, *, terminal: bool, locks: Path
    ) -> tuple[int, int]:
        """Start a module; return its process id and its parent's."""
        assert self._process.stdin
        assert self._process.stdout
        job = {"module": module, "options": options, "output": str(output), "terminal": terminal}
        job["locks"] = str(locks)
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        module_id, parent_id = json.loads(self._process.stdout.readline())
        return module_id, parent_id

    def close(self) -> None:
        """Close it; the modules have ended."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Fork a module for every job."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # their exit status is not needed
    for number in (signal.SIGHUP, signal.SIGINT):  # undo what nohup or a shell may have set
        signal.signal(number, signal.SIG_DFL)
    for name in _MODULES:
        import_module(f"{PACKAGE}.{name}")
    with short_pauses():
        for line in sys.stdin:
            if not os.fork():
                _parent(json.loads(line))


def _parent(job: Mapping[str, Any]) -> None:
    """Start the module, report both process ids, and wait until it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Opened here, because opening a pipe waits for its reader, which may be gone when the module starts.
    output = -1 if job["terminal"] else os.open(job["output"], os.O_WRONLY | os.O_CREAT, 0o600)
    if job["terminal"]:
        module_id, terminal = pty.fork()
    else:
        module_id, terminal = os.fork(), -1
    if not module_id:
        _module(job, output)
    sys.stdout.write(json.dumps([module_id, os.getpid()]) + "\n")
    sys.stdout.flush()
    while terminal >= 0:
        try:
            os.read(terminal, 65536)
        except OSError:
            break
    os.waitpid(module_id, 0)
    os._exit(0)


def _module(job: Mapping[str, Any], output: int) -> None:
    if output >= 0:
        os.dup2(output, 1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    os.environ["TELEPHONY_OUTBOUND_LOCK_DIR"] = job["locks"]
    status = 1
    try:
        with module_arguments(job["options"]):
            import_module(f"{PACKAGE}.{job['module']}").main()
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        try:
            sys.stdout.flush()
        finally:
            os._exit(status)
