# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The passing of time, in one place so that tests can put their own in it."""

from __future__ import annotations

import threading
import time


class Clock:
    """Monotonic seconds, the date, and pauses that an interrupt cuts short."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def date(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def pause(self, seconds: float) -> bool:
        """Wait; return False when the task was interrupted meanwhile."""
        return not self.stop.wait(seconds)


class Deadline:
    """A moment that work has to end by."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.now() + seconds
        self.extended = 0.0

    def left(self) -> float:
        """Return the seconds left, never less than 0."""
        return max(0.0, self._end - self._clock.now())

    def extend(self, seconds: float) -> None:
        """Give back time that was spent waiting for a turn."""
        self._end += seconds
        self.extended += seconds
