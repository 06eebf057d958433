# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: list the phone call events of extensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.options import Spec
from ..._core.query import Query
from .account import VoipNow
from .events import Event, check_type, list_events
from .extension import EXTENSION, ExtensionAddress, check_extension


class PhoneCallEventsInfo(Query[ExtensionAddress, "tuple[ExtensionAddress, tuple[Event, ...]]"]):
    """The events of extensions."""

    ACCOUNT = VoipNow
    OPTIONS: ClassVar[Spec] = {**EXTENSION, "event_type": {"type": "raw"}, "targets": options.targets_spec(EXTENSION)}

    def items(self) -> Sequence[ExtensionAddress]:
        """Return the extensions; each is read only once."""
        wanted = self.params["event_type"]
        self._type = None if wanted is None else check_type(wanted)
        places = options.check_targets(self.params, EXTENSION, check_extension)
        return list(dict.fromkeys(places))

    def fetch(self, item: ExtensionAddress, client: Client) -> tuple[ExtensionAddress, tuple[Event, ...]]:
        """List one extension's events."""
        return item, list_events(item, client)

    def result(self, answers: Sequence[tuple[ExtensionAddress, tuple[Event, ...]]]) -> dict[str, Any]:
        """Return the events of the requested type."""
        return {
            "events": [
                {**place.as_dict(), **event.as_dict(), "event_type_name": event.type_name}
                for place, events in answers
                for event in events
                if self._type in (None, event.event_type)
            ]
        }
