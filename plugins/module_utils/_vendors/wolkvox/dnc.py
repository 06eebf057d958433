# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: add phone numbers to the operation's do-not-call list, or remove them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.errors import AlreadyGone, OutboundError
from ..._core.operation import STATE_LABELS, Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import WHOLE, Scope, part
from .account import Wolkvox
from .api import CONFIGURATION, send_change
from .campaigns import RECHECK_DELAYS, is_so_already
from .dnc_list import NUMBER, DncList, Entry, Number, blocked


@dataclass(frozen=True)
class Block:
    """A number, and its desired state on the list."""

    number: Number
    state: str

    @property
    def present(self) -> bool:
        """Whether the number is to be on the list."""
        return self.state == "present"


class DncState(Operation[Block, "tuple[Entry, ...]"]):
    """Add numbers to the list or remove them."""

    ACCOUNT = Wolkvox
    UNIT = "numbers"
    RECHECK_DELAYS = RECHECK_DELAYS
    MULTI_REQUEST_WRITE = True
    labels = STATE_LABELS
    TARGET_OPTIONS: ClassVar[Spec] = {
        **NUMBER,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
    SETTINGS = frozenset({"type_call", "state"})

    def __init__(self, account: Wolkvox, params: Params) -> None:
        super().__init__(account, params)
        self._list = DncList()

    def target(self, options_: Params) -> Block:
        """Validate the number."""
        return Block(Number.from_options(options_), options_["state"])

    def identify(self, target: Block) -> dict[str, Any]:
        """Return number, type and desired state."""
        return {**target.number.as_dict(), "state": target.state}

    def scope(self, target: Block) -> Scope:
        """Cover the number, in one direction or both."""
        type_call = target.number.type_call
        directions = WHOLE if type_call == "all" else part({"type_call": type_call})
        number = target.number.phone_number
        return Scope(number, f"phone number {number}", [directions])

    def read(self, target: Block, client: Client) -> Snapshot[tuple[Entry, ...]]:
        """Look up the number."""
        return self._snapshot(target, target.number.directions, client)

    def recheck(
        self, target: Block, before: Snapshot[tuple[Entry, ...]], client: Client, *, final: bool
    ) -> Snapshot[tuple[Entry, ...]]:
        """Look up the number again; directions blocked before must stay blocked."""
        wanted = target.number.directions
        if target.present:
            wanted = wanted | blocked(before.state)
        return self._snapshot(target, wanted, client, fresh=final)

    def _snapshot(
        self, target: Block, wanted: frozenset[str], client: Client, *, fresh: bool = False
    ) -> Snapshot[tuple[Entry, ...]]:
        found = self._list.find(client, target.number, fresh=fresh, enough=wanted if target.present else None)
        entries = found.entries
        if target.present:
            there = wanted <= found.blocked
            pending = 0 if there else None if found.cut else 1
        else:
            entries = tuple(entry for entry in entries if entry.directions & wanted)
            pending = None if found.cut else int(bool(entries))
        return Snapshot(
            pending=pending,
            state=entries,
            guard_message=None if target.present else _refusal(target.number, entries),
            details={"entries": [entry.as_dict() for entry in found.entries]},
            diff_lines=() if pending is None else _view(found.blocked & target.number.directions),
            diff_expected=_view(target.number.directions if target.present else frozenset()),
        )

    def probe(self, target: Block, client: Client) -> None:
        """Look up the number."""
        self._list.find(client, target.number, fresh=True)

    def write(self, target: Block, seen: Snapshot[tuple[Entry, ...]], client: Client) -> None:
        """Send the number itself, never a keyword for several numbers."""
        number = target.number
        self._list.write_begins(number.phone_number)
        try:
            if target.present:
                body: dict[str, Any] = {"type_call": number.type_call, "telephones": [number.phone_number]}
                send_change(client, "POST", {"api": "add_dnc"}, path=CONFIGURATION, json=body)
            for type_call in [] if target.present else _types(target, seen):
                body = {"telephones": [number.phone_number], "type": type_call}
                send_change(client, "DELETE", {"api": "remove_dnc"}, path=CONFIGURATION, json=body)
        except OutboundError as error:
            if is_so_already(error, client, lambda: self.read(target, client)):
                raise AlreadyGone from error
            raise
        self._list.write_accepted(number.phone_number, client)


def _types(target: Block, seen: Snapshot[tuple[Entry, ...]]) -> Sequence[str]:
    """Return the types to remove a number from: the listed ones, or the requested one if the list is incomplete."""
    found = dict.fromkeys(entry.type_call for entry in seen.state)
    return list(found) or [target.number.type_call]


def _refusal(number: Number, entries: Iterable[Entry]) -> str | None:
    """Return why a number cannot be removed for one direction, or None."""
    if all(entry.directions <= number.directions for entry in entries):
        return None
    return "the number is blocked for calls in both directions at once; type_call: all takes it off"


def _view(blocked: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"{direction}: do not call" for direction in sorted(blocked)) or ("not on the list",)
