# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts how many threads are in a section at once."""

from __future__ import annotations

import threading


class Crowd:
    """A section entered with ``with``; ``most`` is the largest number of threads in it at once."""

    def __init__(self) -> None:
        self.most = 0
        self._inside = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
