# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""How the targets of one account are torn down in a run over many accounts: which modules are called, in which order.

A vendor subclasses ``AccountSteps`` where more than one module call is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from .errors import OptionError
from .operation import Operation
from .options import BULK, CONNECTION, COUNT_GUARD, WRITE, Spec, base_url
from .outcomes import CLEAR
from .redact import token_login

Result = dict[str, Any]
Target = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StepSettings:
    """What a run wants of every account; ``backup_dir`` is where backups go, or in a preview could go."""

    stop_running: bool
    settle_seconds: float
    start_again: bool
    backup: bool
    backup_dir: str


@dataclass(frozen=True)
class PlannedTarget:
    """One target to work on: its place in the plan, its options, and the plan's row about it."""

    place: int
    options: Target
    row: Mapping[str, Any]


@dataclass
class Preview:
    """What check mode reported: one result per target, and for campaigns what would be stopped and started."""

    results: list[Result]
    stops: list[Result] = field(default_factory=list)
    starts: list[Result] = field(default_factory=list)


class Calls(Protocol):
    """Calls modules with the account's connection; their results also go into the journal."""

    @property
    def stopped(self) -> bool:
        """Return whether the run was asked to stop; no further step begins then."""

    def preview(self, module: str, **options: Any) -> Result:
        """Call a module in check mode; return its answer, or raise CallFailed."""

    def write(self, step: str, module: str, places: Sequence[int], **options: Any) -> list[Result]:
        """Call a module that changes something; return its results, or raise CallFailed."""

    def refuse(self, place: int, message: str) -> None:
        """Note that a guard of the run refused a target."""

    def note(self, step: str, places: Sequence[int], results: Sequence[Result]) -> None:
        """Keep what a step that changes nothing found."""

    def pause(self, seconds: float) -> None:
        """Wait, or return early when the run is asked to stop."""


class CallFailed(Exception):
    """A module gave no results; the text is its message."""


class AccountSteps:
    """One call of one module, in check mode for the plan and for real in an apply."""

    OPERATION: ClassVar[type[Operation[Any, Any]]]
    MODULE: ClassVar[str]
    OPTIONS: ClassVar[Mapping[str, Any]] = {}
    """Options of every call."""

    PREVIEW_OPTIONS: ClassVar[Mapping[str, Any]] = {}
    """Options of calls in check mode besides."""

    WATCH_OPTIONS: ClassVar[Mapping[str, Any]] = {}
    """Options of a target that is only read again: no guard of a write may keep its number from being read."""

    SETTINGS: ClassVar[type[Any]] = StepSettings
    """What ``settings`` are that the methods take."""

    REPEATABLE: ClassVar[bool] = True
    """A target of which a killed run tells no end may be worked on again."""

    def connection_spec(self) -> dict[str, Any]:
        """Return the argument spec of how an account is reached: no option that says what is torn down."""
        task = {**self.OPERATION.ACCOUNT.OPTIONS, **self.OPERATION.TASK_OPTIONS}
        own = {name: spec for name, spec in task.items() if name not in {*self.OPTIONS, *self.PREVIEW_OPTIONS}}
        return {**CONNECTION, **BULK, "wait_timeout": WRITE["wait_timeout"], **own}

    def identify(self, connection: Mapping[str, Any]) -> dict[str, Any]:
        """Return address, login and product of an account, or raise OptionError. Nothing is sent."""
        vendor = self.OPERATION.ACCOUNT.from_params(connection)
        return {
            "product": connection.get("product"),
            "address": base_url(connection, vendor.base_url),
            "login": vendor.user() or token_login(vendor.secrets().values()),
        }

    def complete(self, targets: Sequence[Target], settings: Any) -> list[Target]:
        """Return the options of the targets with what the run adds to them."""
        return [dict(target) for target in targets]

    def preview(self, calls: Calls, targets: Sequence[Target], settings: Any) -> Preview:
        """Say what would be done."""
        options = {**self.OPTIONS, **self.PREVIEW_OPTIONS}
        return Preview(list(calls.preview(self.MODULE, targets=list(targets), **options)["results"]))

    def cost(self, targets: Sequence[Target]) -> str:
        """Say what an apply of these targets takes of a quota; empty where there is none to mind."""
        return ""

    def pin(self, target: PlannedTarget) -> Target:
        """Return the options that restrict the module to what the plan showed."""
        return target.options

    def can_watch(self, target: Target) -> bool:
        """Return whether a read shows the state of a target."""
        return True

    def watch(self, calls: Calls, targets: Sequence[PlannedTarget]) -> list[Result | None]:
        """Read torn-down targets again in check mode; None for each target that cannot be read."""
        found: list[Result | None] = [None] * len(targets)
        readable = [index for index, target in enumerate(targets) if self.can_watch(target.options)]
        if readable:
            asked = [
                {name: value for name, value in self.pin(targets[index]).items() if name not in COUNT_GUARD}
                for index in readable
            ]
            options = {**self.OPTIONS, "on_error": "continue"}
            answer = calls.preview(self.MODULE, targets=[{**each, **self.WATCH_OPTIONS} for each in asked], **options)
            for index, result in zip(readable, answer["results"], strict=True):
                found[index] = result
        return found

    def apply(self, calls: Calls, targets: Sequence[PlannedTarget], settings: Any, journal: Any) -> None:
        """Tear the targets down. ``journal`` tells what an earlier start of this run did."""
        if targets:
            pinned = [self.pin(target) for target in targets]
            calls.write(CLEAR, self.MODULE, [target.place for target in targets], targets=pinned, **self.OPTIONS)


def option_message(prefix: str, options: Spec, error: OptionError) -> str:
    """Return an option's error message under the name that the user wrote."""
    if options.get(error.option) in (None, ""):
        return f"{prefix}.{error.option}: is missing or empty, and nothing is taken from the environment here"
    return f"{prefix}.{error.option}: {error.message}"
