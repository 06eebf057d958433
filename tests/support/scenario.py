# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a vendor's scenario tells the fault suite: how to set it up, and how to read from the sandbox what is true."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import strategies as st

from .worlds import World

MOST_INTERIM = 10
"""So many interim answers (1xx) a client reads before the final one."""
DISGUISED = ("encoding", "pad")
"""Faults that leave an answer true, in a form that a client may be able to read, or not."""
_CLEAR = (200, 204, 404)
_NO = frozenset(range(400, 500)) - {408, 425}

Request = Mapping[str, Any]
"""One entry of the sandbox's journal."""
Holding = Mapping[str, int]
"""What of a target would still go: thing → number."""


@dataclass(frozen=True)
class TrialTarget:
    """One target of a trial. All keys of a trial have the same length, so that no key is the beginning of another."""

    key: str
    kind: str
    size: int
    account: int = 0


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What the oracle has to know of how a run was made."""

    check: bool = False
    wait_timeout: float = 1.0
    lag: bool = False
    """Changes show only some time after their answer."""
    changed_by_others: frozenset[str] = frozenset()
    """Keys whose state somebody else may have changed meanwhile."""
    interrupted: bool = False
    acknowledged: bool = True
    """Genesys: acknowledgements are sent, and nothing disturbs their way."""
    stop: bool = False
    failover: bool = False
    """Another node took over, which knows nothing of tokens, cookies and sessions, and is well."""
    fronted: bool = False
    """Somebody stands in between who may lose requests and answers, and say what the vendor did not say."""
    wall: int | None = None
    """Every request failed alike from one moment on; so many targets may end in doubt before that is seen."""


@dataclass
class Truth:
    """What the sandbox saw of one target in one run."""

    before: Holding
    after: Holding
    others_before: Any
    others_after: Any
    writes: list[Request] = field(default_factory=list)
    reads: list[Request] = field(default_factory=list)
    shared: list[Request] = field(default_factory=list)
    """Reads with the same credentials that are about every target."""
    common: list[Request] = field(default_factory=list)
    """Requests that are about no target, such as logins and polls."""

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
        """The reads of this target alone that arrived after the last write."""
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
    """One request of a token at a time."""
    lag: ClassVar[str | None] = None
    """The setting that makes changes show later."""
    addressed: ClassVar[bool] = True
    """Every target has addresses of its own, so that a fault can be meant for one of them."""
    resends_blindly: ClassVar[bool] = False
    """A write that no read can settle may be sent again: it asks for the same end state."""
    repeatable: ClassVar[bool] = True
    """A write that arrives twice does no more than one: where it does, nobody can make good a late one."""
    failover: ClassVar[Mapping[str, Any] | None] = None
    """The act that loses what a session or a login has handed out."""
    patience: ClassVar[float] = 0.5
    """The ``wait_timeout`` of a short run in seconds: what the proof needs to find its way on a busy machine."""
    believed: ClassVar[tuple[str, ...]] = ()
    """Faults whose answer is the vendor's own word for "there is nothing": nobody can find out that it is false."""
    purposes: ClassVar[tuple[str, ...]] = ("read", "write")
    """What a request can be for; ``list`` is a read that is about every target."""

    @abstractmethod
    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        """Return the vendor's part of a seed."""

    @abstractmethod
    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        """Return the module's options, ``targets`` included."""

    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """Return what may stand in no result."""

    @abstractmethod
    def key_of(self, request: Request) -> str | None:
        """Return which target a request is about."""

    def account_of(self, request: Request) -> int | None:
        """Return of which account's targets a read tells; None for one that tells of a single target."""
        return None

    @abstractmethod
    def key_of_target(self, target: Mapping[str, Any]) -> str:
        """Return which target a result entry is about."""

    @abstractmethod
    def is_write(self, request: Request) -> bool:
        """Tell whether a request asks for a change of a target."""

    @abstractmethod
    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        """Return what of a target would still go."""

    @abstractmethod
    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        """Return what makes a fault meet only the reads, or the writes, of a target; or lists, which have no target."""

    # --- what a preview is compared with its action in ---

    @abstractmethod
    def worlds(self) -> st.SearchStrategy[World]:
        """Return random worlds, each with a task of the module."""

    @abstractmethod
    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        """Return what of the vendor a task is about: it may not change in check mode."""

    @abstractmethod
    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        """Hold what an action reported against what the vendor held first and last."""

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        """Return the info module, its options, how to read its result, and what that has to be; "" is for none."""
        return "", {}, lambda _result: None, None

    def undo(self, world: World, results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the options that put back what was removed; None where that cannot be."""
        return None

    def judge_undone(self, world: World, first: Any, last: Any) -> list[str]:
        """Hold what the vendor held before a removal against what it holds when that was undone."""
        return []

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        """Return what stands beside the target and may not change."""
        return None

    def settings(self) -> dict[str, Any]:
        """Return settings of the vendor."""
        return {}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        """Return acts that change the target behind our back."""
        return []

    def readable(self, target: TrialTarget, truth: Truth) -> bool:
        """Tell whether a read can show that it is gone."""
        return True

    def piecewise(self, target: TrialTarget) -> bool:
        """Tell whether a target takes several writes."""
        return False

    def reads_first(self, target: TrialTarget) -> int:
        """Return how many reads of the target alone come before the first write, where none goes wrong."""
        return 1

    def accepted(self, request: Request) -> bool:
        """Tell whether the vendor said yes to a write, and the answer came whole."""
        forged = request["fault"] == "status" and request["status"] == 202
        return (true(request) or forged) and request["status"] is not None and request["status"] < 300

    def perhaps_accepted(self, request: Request) -> bool:
        """Tell it also where not every client can read the answer."""
        disguised = request["fault"] in DISGUISED and request["status"] < 300
        return disguised or self.accepted(request)

    def denied(self, request: Request) -> bool:
        """Tell whether the answer to a write says that it was not carried out; 408 and 425 say nothing of that."""
        fault: str = request["fault"] or ""
        whole = true(request) or fault == "status" or fault.startswith("proxy: ")
        return whole and request["status"] is not None and request["status"] in _NO

    def settled(self, target: TrialTarget, truth: Truth, conditions: Conditions) -> bool:
        """Tell whether the last word on a write was clear: then nothing may be left in doubt.

        A look that fails ends with a read that failed, so the last read tells about the last look. Of lists nobody
        knows for which target they were read: alone they settle it when each of them was clear.
        """
        last = truth.looks[-1:] or truth.shared_looks
        if not self.readable(target, truth) or not last or not all(clean(request) for request in last):
            return False
        accepted = self.perhaps_accepted(truth.writes[-1])
        # A change may show only after a time: "as before" tells nothing to whoever does not wait.
        return truth.gone or (truth.untouched and not accepted and conditions.wait_timeout > 0)

    def proven(self, target: TrialTarget, truth: Truth) -> bool:
        """Tell whether there was anything that could show that it is gone."""
        return any(perhaps_clean(request) for request in (*truth.looks, *truth.shared_looks))


def true(request: Request) -> bool:
    """Tell whether the answer was the true one. A 204 has no body that could be spoiled."""
    fault: str | None = request["fault"]
    if fault in ("cut", "drip") and request["status"] == 204:
        return True
    if fault == "interim":
        return 101 not in request["interim"] and len(request["interim"]) <= MOST_INTERIM
    return fault in (None, "delay", "extra") or fault.startswith("act")


def clean(request: Request) -> bool:
    """Tell whether a request was answered truly and wholly."""
    return true(request) and request["status"] in _CLEAR


def perhaps_clean(request: Request) -> bool:
    """Tell it also where not every client can read the answer."""
    return clean(request) or (request["fault"] in DISGUISED and request["status"] in _CLEAR)
