# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The clock, in one place so that tests can replace it."""

from __future__ import annotations

import time
from math import inf

from .interrupt import Interrupt


class Clock:
    """Monotonic seconds, the date, and pauses that an interrupt cuts short."""

    grace = 30.0
    """Seconds that what is under way may take after an interrupt."""

    def __init__(self) -> None:
        self.stop = Interrupt()
        self._end = inf

    @property
    def end(self) -> float:
        """The moment at which every deadline is over: infinity, unless the task was interrupted."""
        if self.stop.is_set() and self._end == inf:
            self._end = self.now() + self.grace
        return self._end

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def date(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def pause(self, seconds: float) -> bool:
        """Wait; return False if the task was interrupted meanwhile."""
        return not self.stop.wait(seconds)

    def extend_grace(self, seconds: float) -> None:
        """Extend the time after an interrupt to at least this many seconds."""
        if self.stop.is_set():
            self._end = max(self.end, self.now() + seconds)


class Deadline:
    """The moment by which some work has to end."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.now() + seconds
        self.extended = 0.0

    def left(self) -> float:
        """Return the seconds left, never less than 0."""
        return max(0.0, min(self._end, self._clock.end) - self._clock.now())

    def extend(self, seconds: float) -> None:
        """Add seconds that were spent waiting for a request slot."""
        self._end += seconds
        self.extended += seconds
