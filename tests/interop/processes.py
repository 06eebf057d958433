# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Third-party servers as child processes on a loopback port; a test without its server is skipped with a message."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

_STARTING = 30.0
_ENDING = 10.0
_PORTS = range(20000, 32000)
_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])


def program(name: str) -> str:
    """Return the path of a program; skip the test if it is not installed."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"{name} is not installed, so NOTHING was tried against it")
    return found


def free_port() -> int:
    """Return an unused port outside the range of ephemeral ports."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Process:
    """A third-party server; it is stopped with the test, by its process id."""

    def __init__(self, command: Sequence[str], port: int, folder: Path, environment: Mapping[str, str] | None = None):
        self.port = port
        self.log = folder / "output.log"
        with self.log.open("w") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_open()

    def stop(self) -> None:
        """Stop it, with SIGTERM first."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_ENDING)

    def _wait_until_open(self) -> None:
        end = time.monotonic() + _STARTING
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    self.stop()
                    pytest.fail(f"it did not start:\n{self.log.read_text()}")
                time.sleep(0.05)
            else:
                return
