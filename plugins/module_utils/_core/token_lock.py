# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One request at a time for one token, across threads, forks and playbooks of a user on a machine.

An advisory lock of the kernel: it ends with its process. Two files make a turnstile, so that the holder of
the lock cannot take it again before the processes that wait for it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import pwd
import random
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from .clock import Clock
from .errors import FailureClass, Kind, OptionError, OutboundError, guard_error
from .folders import is_the_users_alone, open_folder
from .interrupt import Permit

VARIABLE = "TELEPHONY_OUTBOUND_LOCK_DIR"
PATIENCE = 600.0
"""Seconds to wait for a turn."""

TEMPORARY_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 - the folder below is checked to be the user's own
"""Where locks go without a home; TMPDIR does not count, since each session may have one of its own."""

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05


class TokenLock:
    """The right to send one request with a token. Thread-safe.

    The token alone names the lock: one server has many names, and a name may lead through a proxy.
    """

    def __init__(self, token: str, clock: Clock, *, patience: float = PATIENCE) -> None:
        """Open the folder of the locks, or raise OptionError."""
        self._folder = _open_folder()
        weakref.finalize(self, os.close, self._folder)
        self._name = hashlib.sha256(token.encode()).hexdigest()[:32]
        self._clock = clock
        self._patience = patience

    @contextmanager
    def request_slot(self, permit: Permit | None = None) -> Iterator[float]:
        """Hold the lock for one request that the permit allows; yields the seconds spent waiting.

        Raises OutboundError, with nothing sent, if the lock cannot be had in time or the files cannot be used.
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
        """Open a separate file description for this request: a lock belongs to it, so threads exclude each other."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            file = os.open(f"{self._name}.{which}", flags, 0o600, dir_fd=self._folder)
        except OSError as error:
            raise _unusable(error) from error
        try:
            with suppress(OSError):
                os.fchmod(file, 0o600)  # whatever the umask was that it was made under
            yield file
        finally:
            with suppress(OSError):  # the response counts, whatever the file system reports
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
            seconds = pause * random.uniform(0.5, 1.5)  # noqa: S311 - only spreads the waiting processes
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
        raise _unusable(error) from error
    return True


def _unusable(error: OSError) -> OutboundError:
    return guard_error(f"the lock of the token cannot be used: {error.strerror}; {VARIABLE} names another folder")


def _no_turn(message: str) -> OutboundError:
    return OutboundError(Kind.BUSY, message, FailureClass.NOT_SENT)


def _write_holder(lock: int, clock: Clock) -> None:
    """Record the holder, for the messages of waiting processes; a full disk must not prevent a request."""
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
    """Open the folder that the environment names, or else the user's own; create it if it is missing."""
    named = os.environ.get(VARIABLE)
    if named:
        folder = _named_folder(named)
        try:
            return _open_own(folder)
        except OSError as error:
            raise OptionError(VARIABLE, f"{folder} cannot be used: {error.strerror}") from error
    tried = []
    for folder in _default_folders():
        try:
            return _open_own(folder)
        except OSError as error:
            tried.append(f"{folder} ({error.strerror})")
    # Never the current folder: tasks that run elsewhere would not see a lock there.
    raise OptionError(VARIABLE, f"must name a folder for locks, since none of these can be used: {', '.join(tried)}")


def _named_folder(named: str) -> Path:
    """Return the folder that the environment names, the same from wherever it is read, or raise OptionError."""
    folder = Path(named)
    with suppress(RuntimeError):  # a home that cannot be found stays a ~
        folder = folder.expanduser()
    # No shell expands the value in YAML or in a unit file: a variable would become part of the name.
    if not folder.is_absolute() or "$" in named:
        raise OptionError(VARIABLE, f"must be an absolute path without variables (~ is expanded), and is {named!r}")
    return folder


def _default_folders() -> list[Path]:
    """Return the same folders for every process of a user, whether a session, a service or sudo started it."""
    user = os.geteuid()
    found = [Path(folder, f"telephony.outbound-{user}") for folder in TEMPORARY_FOLDERS]
    with suppress(KeyError):  # a container may run as a user that has no name
        home = Path(pwd.getpwuid(user).pw_dir)
        if home.is_absolute():
            found.insert(0, home / ".local" / "state" / "telephony.outbound" / "locks")
    return found


def _open_own(folder: Path) -> int:
    """Open a folder that only the user can write to; raise OSError if it cannot be used, else OptionError."""
    _make(folder)
    opened = open_folder(folder)
    if not is_the_users_alone(opened):
        os.close(opened)
        raise OptionError(VARIABLE, f"{folder} must belong to the user, and nobody else may write to it")
    if not os.access(folder, os.W_OK | os.X_OK):
        os.close(opened)
        raise PermissionError(errno.EACCES, "it cannot be written to")
    return opened


def _make(folder: Path) -> None:
    """Create a folder and its parents for the user alone, whatever the umask is."""
    if folder.exists():
        return
    _make(folder.parent)
    with suppress(FileExistsError):  # another process may have been faster
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
