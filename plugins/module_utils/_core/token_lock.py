# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One request at a time for one token, across threads, forks and playbooks of a user on a machine.

An advisory lock of the kernel: it is gone as soon as its process is. Two files make a turnstile, so that
who holds the lock cannot take it again before those who wait for it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import random
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from .clock import Clock
from .errors import Happening, Kind, OptionError, OutboundError, refused
from .interrupt import Permit

VARIABLE = "TELEPHONY_OUTBOUND_LOCK_DIR"
PATIENCE = 600.0
"""Seconds to wait for a turn."""

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05


class TokenLock:
    """The right to send one request with a token to a host. Safe for threads."""

    def __init__(self, host: str, token: str, clock: Clock, *, patience: float = PATIENCE) -> None:
        """Open the folder of the locks, or raise OptionError."""
        self._folder = _open_folder()
        self._name = hashlib.sha256(f"{host.lower()}\n{token}".encode()).hexdigest()[:32]
        self._clock = clock
        self._patience = patience

    @contextmanager
    def turn(self, permit: Permit | None = None) -> Iterator[float]:
        """Hold the lock for one request; the value is the seconds that the waiting took.

        It is waited for as long as the permit would let the request out.

        Raises OutboundError, with nothing sent, where the turn does not come or the files cannot be used.
        """
        permit = permit or Permit(self._clock.stop)
        started = self._clock.now()
        with self._file("lock") as lock:
            with self._file("next") as following:
                self._wait_for(following, lock, started, permit)
                self._wait_for(lock, lock, started, permit)
                _write_holder(lock, self._clock)
            yield self._clock.now() - started

    @contextmanager
    def _file(self, which: str) -> Iterator[int]:
        """Open a file of its own for this turn: a lock belongs to the open file, so threads exclude each other."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            file = os.open(f"{self._name}.{which}", flags, 0o600, dir_fd=self._folder)
        except OSError as error:
            raise refused(f"the lock of the token cannot be used: {error.strerror}") from error
        try:
            yield file
        finally:
            with suppress(OSError):  # the answer that came meanwhile counts, whatever the file system says
                os.close(file)

    def _wait_for(self, file: int, lock: int, started: float, permit: Permit) -> None:
        pause = _FIRST_PAUSE
        while not _try(file):
            now = self._clock.now()
            if now - started > self._patience:
                raise _no_turn(f"the token is in use by {_holder(lock)}; no turn came in {self._patience:.0f} seconds")
            if now >= self._clock.end:
                raise _no_turn("the task was interrupted while it waited for its turn to use the token")
            permit.check()
            seconds = pause * random.uniform(0.5, 1.5)  # noqa: S311 - keeps waiters apart, no more
            if not self._clock.pause(seconds):
                permit.check()
                time.sleep(seconds)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise refused(f"the lock of the token cannot be used: {error.strerror}") from error
    return True


def _no_turn(message: str) -> OutboundError:
    return OutboundError(Kind.BUSY, message, happening=Happening.NOT_SENT)


def _write_holder(lock: int, clock: Clock) -> None:
    """Say who holds it, for the messages of those who wait; a full disk must not keep anybody from sending."""
    since = datetime.fromtimestamp(clock.date(), UTC).isoformat(timespec="seconds")
    with suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "since": since}).encode(), 0)


def _holder(lock: int) -> str:
    try:
        told = json.loads(os.pread(lock, 200, 0))
        return f"process {int(told['pid'])} since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _open_folder() -> int:
    """Open the folder that the environment names, or else the user's own; make it where it is not there."""
    named = os.environ.get(VARIABLE)
    candidates = [Path(named)] if named else _default_folders()
    for folder in candidates[:-1]:
        with suppress(OSError):
            return _open_own(folder)
    try:
        return _open_own(candidates[-1])
    except OSError as error:
        raise OptionError(VARIABLE, f"{candidates[-1]} cannot be used: {error.strerror}") from error


def _default_folders() -> list[Path]:
    """Return the same places for every process of a user, whatever session, service or sudo started it."""
    user = os.geteuid()
    found = []
    with suppress(KeyError):  # a container may run as a user that has no name
        found.append(Path(pwd.getpwuid(user).pw_dir, ".local", "state", "telephony.outbound", "locks"))
    return [*found, Path(tempfile.gettempdir(), f"telephony.outbound-{user}")]


def _open_own(folder: Path) -> int:
    """Open a folder that nobody else can write to; OSError where it cannot be opened, else OptionError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    found = os.fstat(opened)
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        os.close(opened)
        raise OptionError(VARIABLE, f"{folder} must belong to the user, and nobody else may write to it")
    return opened
