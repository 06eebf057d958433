# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interface between a vendor and the fault suite: setup, and the true state according to the sandbox."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import strategies as st

from .worlds import World

MOST_INTERIM = 10
"""Number of interim responses (1xx) that a client reads before the final one."""
DISGUISED = ("encoding", "pad")
"""Faults whose answer is true, in a form that clients may or may not be able to read."""
_CLEAR = (200, 204, 404)
_NO = frozenset(range(400, 500)) - {408, 425}

Request = Mapping[str, Any]
"""One entry of the sandbox's journal."""
Holding = Mapping[str, int]
"""What would still be removed for a target: item → number."""


@dataclass(frozen=True)
class TrialTarget:
    """One target of a trial. All keys of a trial have the same length, so that no key is a prefix of another."""

    key: str
    kind: str
    size: int
    account: int = 0


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """The conditions of a run that the oracle takes into account."""

    check: bool = False
    wait_timeout: float = 1.0
    lag: bool = False
    """Whether changes become visible only some time after their answer."""
    changed_by_others: frozenset[str] = frozenset()
    """Keys whose state may have been changed by others in the meantime."""
    interrupted: bool = False
    acknowledged: bool = True
    """Genesys: whether acknowledgements are sent and nothing prevents their delivery."""
    stop: bool = False
    failover: bool = False
    """Whether another healthy node took over that has no tokens, cookies or sessions."""
    fronted: bool = False
    """Whether an intermediary may lose requests and answers, and send answers of its own."""
    wall: int | None = None
    """If every request failed alike from some moment on: the number of targets that may end in doubt before that is
    noticed.
    """


@dataclass
class Truth:
    """What the sandbox received for one target in one run."""

    before: Holding
    after: Holding
    others_before: Any
    others_after: Any
    writes: list[Request] = field(default_factory=list)
    reads: list[Request] = field(default_factory=list)
    shared: list[Request] = field(default_factory=list)
    """Reads with the same credentials that cover every target."""
    common: list[Request] = field(default_factory=list)
    """Requests for no target, such as logins and polls."""

    @property
    def gone(self) -> bool:
        return not any(self.after.values())

    @property
    def was_gone(self) -> bool:
        return not any(self.before.values())

    @property
    def untouched(self) -> bool:
        return dict(self.before) == dict(self.after)

    @property
    def changed_by_us(self) -> bool:
        return any(request["changes"] for request in self.writes)

    @property
    def looks(self) -> list[Request]:
        """The reads of only this target that arrived after its last write."""
        return self._after_the_last_write(self.reads)

    @property
    def shared_looks(self) -> list[Request]:
        """The reads of all targets that arrived after the last write of this one."""
        return self._after_the_last_write(self.shared)

    def _after_the_last_write(self, reads: Sequence[Request]) -> list[Request]:
        last = self.writes[-1]["seq"] if self.writes else 0
        return [request for request in reads if request["seq"] > last]


class Scenario(ABC):
    """One write module of one vendor."""

    name: ClassVar[str]
    module: ClassVar[str]
    vendor: ClassVar[str]
    prefixes: ClassVar[tuple[str, ...]]
    kinds: ClassVar[tuple[str, ...]]
    accounts: ClassVar[int] = 3
    concurrency: ClassVar[int] = 8
    idle: ClassVar[str] = "already_clear"
    would: ClassVar[str] = "would_clear"
    done: ClassVar[str] = "cleared"
    serial: ClassVar[bool] = False
    """Whether only one request per token is allowed at a time."""
    lag: ClassVar[str | None] = None
    """The setting that delays the visibility of changes."""
    addressed: ClassVar[bool] = True
    """Whether every target has its own addresses, so that a fault can be aimed at one."""
    resends_blindly: ClassVar[bool] = False
    """Whether a write that no read can confirm may be sent again, because it sets a final state."""
    repeatable: ClassVar[bool] = True
    """Whether a write that arrives twice has no further effect; otherwise a late one cannot be undone."""
    failover: ClassVar[Mapping[str, Any] | None] = None
    """The act that invalidates sessions or logins."""
    login: ClassVar[Mapping[str, Any] | None] = None
    """The fault filter for logins, where they are requests of their own."""
    patience: ClassVar[float] = 0.5
    """The ``wait_timeout`` of a short run in seconds: long enough for the proof to arrive on a busy machine."""
    believed: ClassVar[tuple[str, ...]] = ()
    """Faults whose answer equals the vendor's "there is nothing", so that no client can detect them."""
    purposes: ClassVar[tuple[str, ...]] = ("read", "write")
    """The purpose of a request; ``list`` is a read that covers every target."""

    @abstractmethod
    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        """Return the vendor's part of a seed."""

    @abstractmethod
    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        """Return the module's options, including ``targets``."""

    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """Return the secrets, which no result may contain."""

    @abstractmethod
    def key_of(self, request: Request) -> str | None:
        """Return the key of the target that a request is about."""

    def account_of(self, request: Request) -> int | None:
        """Return the account whose targets a read covers; None for a read of a single target."""
        return None

    @abstractmethod
    def key_of_target(self, target: Mapping[str, Any]) -> str:
        """Return the key of the target that a result entry is about."""

    @abstractmethod
    def is_write(self, request: Request) -> bool:
        """Return whether a request changes a target."""

    @abstractmethod
    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        """Return what would still be removed for a target."""

    @abstractmethod
    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        """Return the fault filter for the reads or the writes of a target, or for lists, which have no target."""

    # --- comparison of previews with real runs -----------

    @abstractmethod
    def worlds(self) -> st.SearchStrategy[World]:
        """Return random worlds, each with a task of the module."""

    @abstractmethod
    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        """Return the vendor's state that a task is about, which must not change in check mode."""

    @abstractmethod
    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        """Compare what an action reported with the vendor's state before and after."""

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        """Return the info module, its options, how to read its result, and the expected value; "" if there is none."""
        return "", {}, lambda _result: None, None

    def undo(self, world: World, results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the options that restore what was removed, or None if that is impossible."""
        return None

    def judge_undone(self, world: World, first: Any, last: Any) -> list[str]:
        """Compare the vendor's state before a removal with its state after the restoration."""
        return []

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        """Return the items next to the target that must not change."""
        return None

    def settings(self) -> dict[str, Any]:
        """Return settings of the vendor."""
        return {}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        """Return acts that change the target without a request of the module."""
        return []

    def readable(self, target: TrialTarget, truth: Truth) -> bool:
        """Return whether a read can prove the target's removal."""
        return True

    def piecewise(self, target: TrialTarget) -> bool:
        """Return whether a target requires several writes."""
        return False

    def reads_first(self, target: TrialTarget) -> int:
        """Return the number of reads of only this target before the first write if none fails."""
        return 1

    def accepted(self, request: Request) -> bool:
        """Return whether the vendor accepted a write, and the answer was complete."""
        forged = request["fault"] == "status" and request["status"] == 202
        return (true(request) or forged) and request["status"] is not None and request["status"] < 300

    def perhaps_accepted(self, request: Request) -> bool:
        """Like ``accepted``, but also for answers that not every client can read."""
        disguised = request["fault"] in DISGUISED and request["status"] < 300
        return disguised or self.accepted(request)

    def denied(self, request: Request) -> bool:
        """Return whether the answer to a write says that it was not applied; 408 and 425 do not say so."""
        fault: str = request["fault"] or ""
        whole = true(request) or fault == "status" or fault.startswith("proxy: ")
        return whole and request["status"] is not None and request["status"] in _NO

    def settled(self, target: TrialTarget, truth: Truth, conditions: Conditions) -> bool:
        """Return whether the last read after a write was clear: then the target must not end in doubt.

        A failed check ends with a failed read, so the last read decides. It is unknown for which target a shared list
        was read: such lists decide only if all of them were clear.
        """
        last = truth.looks[-1:] or truth.shared_looks
        if not self.readable(target, truth) or not last or not all(clean(request) for request in last):
            return False
        accepted = self.perhaps_accepted(truth.writes[-1])
        # A change may become visible late: without a wait, an unchanged state proves nothing.
        return truth.gone or (truth.untouched and not accepted and conditions.wait_timeout > 0)

    def proven(self, target: TrialTarget, truth: Truth) -> bool:
        """Return whether any read could have proved the removal."""
        return any(perhaps_clean(request) for request in (*truth.looks, *truth.shared_looks))


def true(request: Request) -> bool:
    """Return whether the answer was the true one. A 204 has no body that a fault could alter."""
    fault: str | None = request["fault"]
    if fault in ("cut", "drip") and request["status"] == 204:
        return True
    if fault == "interim":
        return 101 not in request["interim"] and len(request["interim"]) <= MOST_INTERIM
    return fault in (None, "delay", "extra") or fault.startswith("act")


def clean(request: Request) -> bool:
    """Return whether a request got a true and complete answer."""
    return true(request) and request["status"] in _CLEAR


def perhaps_clean(request: Request) -> bool:
    """Like ``clean``, but also for answers that not every client can read."""
    return clean(request) or (request["fault"] in DISGUISED and request["status"] in _CLEAR)
