# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a server in the background, in its own session, and waits until it answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from .ready_file import find_running, locked, without_secret

START_LIMIT = 30.0


def start(arguments: list[str], ready_file: Path, log_file: Path) -> int:
    """Start a server unless this ready file's runs; print its address with `started`, and return the exit code."""
    with locked(ready_file.parent):
        return _start(arguments, ready_file, log_file)


def _start(arguments: list[str], ready_file: Path, log_file: Path) -> int:
    if (running := find_running(ready_file)) is not None:
        print(json.dumps({**without_secret(running), "started": False}))
        return 0
    ready_file.unlink(missing_ok=True)
    log_file.touch(mode=0o600)
    command = [sys.executable, "-m", "sandbox", *arguments, "--ready-file", str(ready_file)]
    with log_file.open("w", encoding="utf-8") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end and child.poll() is None:
        if (running := find_running(ready_file)) is not None:
            print(json.dumps({**without_secret(running), "started": True}))
            return 0
        time.sleep(0.05)
    reason = "" if child.poll() is not None else f"the sandbox did not answer within {START_LIMIT:g} s\n"
    child.kill()
    child.wait()
    print(reason + log_file.read_text(encoding="utf-8").strip(), file=sys.stderr)
    return 1
