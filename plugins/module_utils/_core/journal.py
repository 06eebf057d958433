# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The journal: the progress of a task, readable after a crash. JSON Lines, mode 0600."""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .backup import sync_folder
from .clock import Clock
from .errors import OptionError

_CLOSED = -1


def check_journal(path: str) -> None:
    """Raise OptionError if a Journal could not be opened; nothing is created or changed."""
    try:
        try:
            os.close(_open(path))
        except FileNotFoundError:
            # A path that ends in a slash names a folder, which Path would overlook.
            tempfile.TemporaryFile(dir=Path(f"{path}-").parent).close()
    except OSError as error:
        raise _cannot_be_written(path, error) from error


class Journal:
    """Appends one line per event and returns when it is on disk. Thread-safe; lines written together share a flush."""

    def __init__(self, path: str, clock: Clock) -> None:
        """Open the file, or raise OptionError."""
        self._clock = clock
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._written = self._flushed = 0
        self._unflushed: OSError | None = None
        try:
            self._file = _open(path, os.O_CREAT)
        except OSError as error:
            raise _cannot_be_written(path, error) from error
        os.fchmod(self._file, 0o600)
        with suppress(OSError):  # a folder that may be written to need not be readable
            sync_folder(Path(path).absolute().parent)

    def begun(self, index: int, target: Mapping[str, Any]) -> None:
        """Record that a target's first write is about to be sent."""
        self._append("begun", {"index": index, "target": target})

    def ended(self, index: int, result: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        """Record how a target ended, with details that only the journal keeps."""
        self._append("ended", {"index": index, "target": result["target"], **record, "result": result})

    def close(self) -> None:
        """Close the file; what is written later raises OSError."""
        with self._flushing, self._lock:
            file, self._file = self._file, _CLOSED
        os.close(file)

    def _append(self, event: str, more: Mapping[str, Any]) -> None:
        with self._lock:
            # The time is taken under the lock, so that lines stand in the order of their times.
            time = datetime.fromtimestamp(self._clock.date(), UTC)
            write_line(self._file, time, event, more)
            self._written += 1
            number = self._written
        self._flush(number)

    def _flush(self, number: int) -> None:
        """Return when the line of this number is on disk, or raise OSError."""
        with self._flushing:
            if self._flushed >= number:
                return
            if self._unflushed:  # a second try may succeed although the lines of the first were lost
                raise self._unflushed
            with self._lock:
                file, written = self._file, self._written
            try:
                os.fsync(file)
            except OSError as error:
                self._unflushed = error
                raise
            self._flushed = written


def write_line(file: int, time: datetime, event: str, more: Mapping[str, Any]) -> None:
    """Append one event to an open journal, or raise OSError; it is on disk after a flush."""
    found = os.fstat(file)
    if found.st_nlink == 0:
        raise FileNotFoundError(errno.ENOENT, "it was removed meanwhile")
    # A line that a crash cut must not take this one along; one that a full disk cut is removed.
    is_cut = found.st_size > 0 and os.pread(file, 1, found.st_size - 1) != b"\n"
    # ASCII: a vendor's text must not control a terminal or look like more than one line.
    line = json.dumps({"event": event, "time": time.isoformat(timespec="milliseconds"), **more}) + "\n"
    text = ("\n" * is_cut + line).encode("ascii")
    data = memoryview(text)
    try:
        while data:
            data = data[os.write(file, data) :]
    except OSError:
        os.ftruncate(file, os.fstat(file).st_size - (len(text) - len(data)))
        raise


def _open(path: str, more: int = 0) -> int:
    """Open the file to append to it; raise OSError, or OptionError if it is no file that may be written."""
    # Opening a pipe must not wait for its reader.
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    opened = os.open(path, flags | more, 0o600)
    found = os.fstat(opened)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
        os.close(opened)
        raise OptionError("journal", f"{path} is not a file of the user's own, with one name")
    return opened


def _cannot_be_written(path: str, error: OSError) -> OptionError:
    return OptionError("journal", f"{path} cannot be written: {error.strerror}")
