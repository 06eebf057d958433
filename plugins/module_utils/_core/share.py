# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One function for many items, called by every thread that is idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any


class Share:
    """Calls of one function, shared by several threads; the first error ends the rest."""

    def __init__(self, function: Callable[[Any], Any], items: Sequence[Any]) -> None:
        self._function = function
        self._items = items
        self._results: list[Any] = [None] * len(items)
        self._change = threading.Condition()
        self._taken = 0
        self._under_way = 0
        self._error: BaseException | None = None

    @property
    def has_more(self) -> bool:
        """Return whether an item is left that no thread has taken."""
        return self._error is None and self._taken < len(self._items)

    def take_one(self) -> bool:
        """Process one item; return False if none is left."""
        with self._change:
            if not self.has_more:
                return False
            index = self._taken
            self._taken += 1
            self._under_way += 1
        try:
            self._results[index] = self._function(self._items[index])
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for the results
            self._error = self._error or error
        with self._change:
            self._under_way -= 1
            self._change.notify_all()
        return True

    def results(self) -> list[Any]:
        """Wait for the calls under way; return all results in the order of the items, or raise the first error."""
        with self._change:
            while self._under_way:
                self._change.wait()
        if self._error is not None:
            raise self._error
        return self._results
