# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill_half_way.py JOURNAL LINES COMMAND...: SIGKILL a command and its processes when the journal is that long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 120.0


def main(journal: Path, lines: int, command: list[str]) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end and length(journal) < lines:
        time.sleep(0.05)
    half_way = process.poll() is None and length(journal) >= lines
    for pid in [process.pid, *descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    if not half_way:
        sys.exit("it ended, or did not begin, before it could be killed")


def length(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") if journal.is_file() else 0


def descendants(pid: int) -> list[int]:
    """Return every process below this one; they are in sessions of their own, so no group holds them all."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            status = (folder / "stat").read_text(errors="replace")
            parents.setdefault(int(status.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found = list(parents.get(pid, ()))
    for child in found:
        found.extend(parents.get(child, ()))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
