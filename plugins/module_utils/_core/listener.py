# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The reader of the module's result: the process that started it, and the other end of standard output."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path

_STDOUT = 1
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL
_LONGEST_CHAIN = 32


class Listener:
    """Checks whether the reader is still there. Thread-safe."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._worker = _ansible_worker(self._parent)

    def gone(self) -> bool:
        """Return whether the reader is gone: the parent ended, or the other end of standard output is closed."""
        return os.getppid() != self._parent or _is_closed() or self._worker_is_alone()

    def _worker_is_alone(self) -> bool:
        """Return whether Ansible's worker still waits although its ansible-playbook is gone."""
        if self._worker is None:
            return False
        worker, playbook = self._worker
        return _parent_of(worker) != playbook


def _is_closed() -> bool:
    # A new object each time: two threads cannot use one at the same time.
    asked = select.poll()
    asked.register(_STDOUT, 0)
    return any(event & _GONE for _file, event in asked.poll(0))


def _ansible_worker(pid: int) -> tuple[int, int] | None:
    """Return the worker among the ancestors, and the ansible-playbook that it is a fork of; None if there is none.

    The wrapper of an asynchronous task is a fork as well, but keeps the result in a file and needs no reader.
    """
    for _level in range(_LONGEST_CHAIN):
        parent = _parent_of(pid)
        if parent <= 1:
            return None
        command = _command(pid)
        if b"ansible" in command and b"async_wrapper" not in command and command == _command(parent):
            return pid, parent
        pid = parent
    return None


def _parent_of(pid: int) -> int:
    """Return a process's parent; 0 if that cannot be determined."""
    with suppress(OSError, ValueError, IndexError):
        # The name in parentheses can hold anything.
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    return 0


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
