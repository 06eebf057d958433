# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: remove and restore the phone call events of extensions.

Events can be listed, so every decision is based on a list, and every outcome on a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.errors import OptionError
from ..._core.operation import STATE_LABELS, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from .account import VoipNow
from .desired_state import Absent, ExtensionState, Outlook, Present
from .events import METHODS, STATUSES, DesiredEvent, check_own, check_type, check_wanted, list_events
from .extension import EXTENSION, ExtensionAddress, check_extension
from .near_misses import near_misses, warning


class PhoneCallEvents(Operation[ExtensionState, Any]):
    """Remove the events of extensions, or ensure that they exist."""

    ACCOUNT = VoipNow
    UNIT = "events"
    MULTI_REQUEST_WRITE = True
    TASK_OPTIONS: ClassVar[Spec] = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
    EVENT: ClassVar[Spec] = {
        "event_id": {"type": "raw"},
        "event_type": {"type": "raw"},
        "url": {"type": "str"},
        "method": {"type": "str", "choices": list(METHODS)},
        "status": {"type": "str", "choices": list(STATUSES)},
        "note": {"type": "str"},
    }
    LISTED: ClassVar[Spec] = {
        **{name: {"type": spec["type"]} for name, spec in EVENT.items()},
        "modified": {"type": "str"},
        "restorable": {"type": "bool"},
        "left": {"type": "int"},
    }
    TARGET_OPTIONS: ClassVar[Spec] = {
        **EXTENSION,
        **EVENT,
        "all_events": {"type": "bool", "default": False},
        "events": {"type": "list", "elements": "dict", "options": LISTED},
    }
    ONLY: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "absent": ("event_id", "all_events"),
        "present": ("method", "status", "events"),
    }

    def __init__(self, account: VoipNow, params: Params) -> None:
        super().__init__(account, params)
        self._outlooks: dict[str, Outlook] = {}
        self._state: str = params["state"]
        if self._state == "present":
            self.labels = STATE_LABELS

    def open(self, client: Client) -> None:
        """Log in before the first target, so that a failed login is reported once."""
        client.log_in()

    def target(self, options_: Params) -> ExtensionState:
        """Validate one extension and the desired state of its events."""
        place = check_extension(options_)
        for state, names in self.ONLY.items():
            for name in names if state != self._state else ():
                if options_[name] not in (None, False):
                    raise OptionError(name, f"is for state: {state}")
        return _absent(place, options_) if self._state == "absent" else _present(place, options_)

    def identify(self, target: ExtensionState) -> dict[str, Any]:
        """Return the extension and the selected events."""
        return target.identify()

    def scope(self, target: ExtensionState) -> Scope:
        """Cover the selected events of the extension, whichever user it is addressed by."""
        extension = target.place.extension
        return Scope(extension, f"extension {extension}", target.parts())

    def read(self, target: ExtensionState, client: Client) -> Snapshot[Any]:
        """List the extension's events, in check mode as earlier targets would leave them; report near matches."""
        events = list_events(target.place, client)
        outlook = self._outlooks.get(target.place.extension)
        events = outlook.over(events) if outlook else events
        seen = target.before(events)
        if seen.partial:
            self.warnings.append(f"extension {target.place.extension}: some events cannot be put back; see the results")
        misses = near_misses(target.named(), events)
        if not misses:
            return seen
        self.warnings.append(warning(f"extension {target.place.extension}", misses))
        return replace(seen, details={**seen.details, "near_misses": [miss.event.as_dict() for miss in misses]})

    def foresee(self, target: ExtensionState, before: Snapshot[Any]) -> None:
        """Remember the predicted changes."""
        self._outlooks.setdefault(target.place.extension, Outlook()).add(target.outlook(before))

    def probe(self, target: ExtensionState, client: Client) -> None:
        """List the extension's events."""
        list_events(target.place, client)

    def prepare(self, target: ExtensionState, before: Snapshot[Any], client: Client) -> Mapping[str, Any]:
        """Leave open what only a new list can show."""
        return target.details_before_write(before)

    def write(self, target: ExtensionState, seen: Snapshot[Any], client: Client) -> None:
        """Send the remaining requests."""
        target.write(seen, client)

    def recheck(self, target: ExtensionState, before: Snapshot[Any], client: Client, *, final: bool) -> Snapshot[Any]:
        """List the events again."""
        return target.after(before, list_events(target.place, client))


def _absent(place: ExtensionAddress, options_: Params) -> Absent:
    """Validate which events to remove; omitting all selectors is an error."""
    selectors: dict[str, Any] = {}
    if options_["event_id"] is not None:
        selectors["event_id"] = options.path_segment("event_id", options_["event_id"])
    if options_["event_type"] is not None:
        selectors["event_type"] = check_type(options_["event_type"])
    for name in ("url", "note"):
        if options_[name] is not None:
            selectors[name] = options.required_text(options_, name)
    if options_["all_events"] and selectors:
        raise OptionError("all_events", f"selects every event, so it is mutually exclusive with {', '.join(selectors)}")
    if not options_["all_events"] and not selectors:
        raise OptionError("event_id", "or event_type, url, note or all_events: true is required for state: absent")
    return Absent(place, bool(options_["all_events"]), selectors)


def _present(place: ExtensionAddress, options_: Params) -> Present:
    """Validate the wanted events."""
    events = options_["events"]
    if events is None:
        return Present(place, (check_wanted(options_),), single=True)
    for name in ("event_type", "url", "method", "status", "note"):
        if options_[name] is not None:
            raise OptionError(name, "is mutually exclusive with events")
    if not events:
        raise OptionError("events", "the list is empty; omit the target if there is nothing to restore")
    wanted: list[DesiredEvent] = []
    ids: dict[str, int] = {}
    for index, event in enumerate(events):
        try:
            wanted.append(check_wanted(event) if event["event_id"] is None else check_own(event))
            first = ids.setdefault(event["event_id"] or f" {index}", index)
            if first != index:
                raise OptionError("event_id", f"is also events[{first}]; `| unique` takes repeats out of a list")
        except OptionError as error:
            raise OptionError(f"events[{index}].{error.option}", error.message) from error
    return Present(place, tuple(wanted), single=False)
