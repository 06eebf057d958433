# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: the events of an extension after changes that check mode only predicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .events import Event


@dataclass
class Outlook:
    """Predicted changes of one extension's events; a new event has no id yet."""

    gone: set[tuple[int, str]] = field(default_factory=set)
    updated: dict[tuple[int, str], Event] = field(default_factory=dict)
    made: list[Event] = field(default_factory=list)

    def over(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Return the events after the changes."""
        kept = (self.updated.get(event.name, event) for event in events if event.name not in self.gone)
        return (*kept, *self.made)

    def add(self, other: Outlook) -> None:
        """Merge further changes."""
        self.gone |= other.gone
        self.updated |= other.updated
        self.made += other.made


def removal(events: Iterable[Event]) -> Outlook:
    """Return the removal of these events."""
    return Outlook(gone={event.name for event in events})
