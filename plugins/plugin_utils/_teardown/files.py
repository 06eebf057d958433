# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Files of runs: opened without following links or pipes, and flushed to disk before they get their name."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Return a file descriptor of a regular file, or raise OSError; a new file has mode 0600."""
    opened = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(0, "it is not a regular file")
    return opened


def read_regular(path: Path) -> bytes:
    """Return the content of a regular file, or raise OSError."""
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read()


def lock(opened: int, tries: int, seconds: float) -> bool:
    """Lock a file or folder for one process; return whether that succeeded in so many tries, each after a pause.

    Raises OSError where the file system has no locks.
    """
    for _try in range(tries):
        with suppress(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(seconds)
    return False


def reason_of(error: OSError | ValueError) -> str:
    """Return why a file could not be opened, in the words of the system; a ValueError is about its name."""
    return getattr(error, "strerror", None) or str(error)


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Create a new file and flush it to disk, or raise OSError."""
    with _new(path) as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)


def copy_new(source: Path, target: Path) -> None:
    """Copy a regular file to one that is not there yet, with mode 0600, and flush it to disk; or raise OSError."""
    with os.fdopen(open_regular(source), "rb") as read, _new(target) as file:
        shutil.copyfileobj(read, file)


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a regular file, or raise OSError."""
    with os.fdopen(open_regular(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
