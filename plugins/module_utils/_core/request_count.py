# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""How many requests this process has sent: some vendors count them against a quota of the day."""

from __future__ import annotations

from threading import Lock


class RequestCount:
    """A counter. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.sent = 0

    def add(self) -> None:
        """Count one more request."""
        with self._lock:
            self.sent += 1


REQUESTS = RequestCount()
