# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: list the phone calls of extensions that are in progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.inquiry import Inquiry
from ..._core.options import Spec
from .account import VoipNow
from .calls import PhoneCall, list_calls
from .place import Place
from .selection import SELECTION, check_selection


class PhoneCallsInfo(Inquiry[Place, "tuple[Place, tuple[PhoneCall, ...]]"]):
    """The calls of extensions, all of them or those of a number."""

    VENDOR = VoipNow
    OPTIONS: ClassVar[Spec] = {**SELECTION, "targets": options.targets_spec(SELECTION)}

    def questions(self) -> Sequence[Place]:
        """Return the extensions; one that is named several times is read once."""
        self._selections = list(dict.fromkeys(options.check_targets(self.params, SELECTION, check_selection)))
        return list(dict.fromkeys(selection.place for selection in self._selections))

    def ask(self, question: Place, client: Client) -> tuple[Place, tuple[PhoneCall, ...]]:
        """List one extension's calls, and see that they can be told apart as the task wants it."""
        calls = list_calls(question, client)
        for selection in self._selections:
            if selection.place == question:
                selection.of(calls)
        return question, calls

    def result(self, answers: Sequence[tuple[Place, tuple[PhoneCall, ...]]]) -> dict[str, Any]:
        """Return the calls that are meant, each once for each extension, and those that nearly are."""
        found: dict[str, list[dict[str, Any]]] = {"calls": [], "near_misses": []}
        for place, calls in answers:
            wanted = [selection for selection in self._selections if selection.place == place]
            meant = {call for selection in wanted for call in selection.of(calls)}
            near = {call for selection in wanted for call in selection.nearly(calls)} - meant
            for name, some in (("calls", meant), ("near_misses", near)):
                found[name] += [{**place.as_dict(), **call.as_dict()} for call in calls if call in some]
        return found
