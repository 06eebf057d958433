# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: list the phone calls in progress of extensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.options import Spec
from ..._core.query import Query
from .account import VoipNow
from .calls import PhoneCall, list_calls
from .extension import ExtensionAddress
from .selection import SELECTION, check_selection


class PhoneCallsInfo(Query[ExtensionAddress, "tuple[ExtensionAddress, tuple[PhoneCall, ...]]"]):
    """The calls of extensions, all of them or those of one number."""

    ACCOUNT = VoipNow
    OPTIONS: ClassVar[Spec] = {**SELECTION, "targets": options.targets_spec(SELECTION)}

    def items(self) -> Sequence[ExtensionAddress]:
        """Return the extensions; each is read only once."""
        self._selections = list(dict.fromkeys(options.check_targets(self.params, SELECTION, check_selection)))
        return list(dict.fromkeys(selection.place for selection in self._selections))

    def fetch(self, item: ExtensionAddress, client: Client) -> tuple[ExtensionAddress, tuple[PhoneCall, ...]]:
        """List one extension's calls, and verify that they can be filtered as requested."""
        calls = list_calls(item, client)
        for selection in self._selections:
            if selection.place == item:
                selection.of(calls)
        return item, calls

    def result(self, answers: Sequence[tuple[ExtensionAddress, tuple[PhoneCall, ...]]]) -> dict[str, Any]:
        """Return the selected calls, one entry per extension, and those that nearly match."""
        found: dict[str, list[dict[str, Any]]] = {"calls": [], "near_misses": []}
        for place, calls in answers:
            wanted = [selection for selection in self._selections if selection.place == place]
            meant = {call for selection in wanted for call in selection.of(calls)}
            near = {call for selection in wanted for call in selection.nearly(calls)} - meant
            for name, some in (("calls", meant), ("near_misses", near)):
                found[name] += [{**place.as_dict(), **call.as_dict()} for call in calls if call in some]
        return found
