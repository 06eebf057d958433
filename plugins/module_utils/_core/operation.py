# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The interface of a vendor: its account, its operations on one target, and what a read of a target shows."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from .client import Client
from .clock import Clock
from .errors import OptionError, OutboundError
from .http_messages import Response
from .outcomes import Outcome
from .overlaps import Scope
from .redact import encodings_of
from .transport import RequestSlot

Target = TypeVar("Target")
State = TypeVar("State")
Params = Mapping[str, Any]


def _no_state() -> Any:
    return None


@dataclass(frozen=True)
class Snapshot(Generic[State]):
    """What a read showed of one target."""

    pending: int | None = None
    """How much would go; None where that cannot be known, 0 where there is nothing to do."""

    only_visible_part_gone: bool = False
    """What could be read is gone, although that is not everything."""

    state: State = field(default_factory=_no_state)
    """Equal in two reads only when nothing at all changed between them."""

    partial: bool = False
    """A part of what is asked for surely cannot be done, so the rest proves nothing about the whole."""

    guard_message: str | None = None
    """Why nothing may be sent, the first time or again."""

    details: Mapping[str, Any] = field(default_factory=dict)
    """Keys for the result entry."""

    diff_lines: Sequence[str] = ()
    """What a diff shows of this read, in place of the number."""

    diff_expected: Sequence[str] = ()
    """What a diff shows of a read after everything is done."""

    words: str = ""
    """The vendor's own words, where they came by another way than an answer."""

    @property
    def is_clear(self) -> bool:
        """Return whether nothing is left to wait for."""
        return self.pending == 0 or self.only_visible_part_gone


@dataclass(frozen=True)
class OutcomeLabels:
    """The outcomes of an operation: nothing to do, check mode would do it, done."""

    idle: Outcome = Outcome.ALREADY_CLEAR
    would: Outcome = Outcome.WOULD_CLEAR
    done: Outcome = Outcome.CLEARED


STATE_LABELS = OutcomeLabels(Outcome.UNCHANGED, Outcome.WOULD_CHANGE, Outcome.CHANGED)
"""The outcomes of an operation that sets a state."""


class Account(ABC):
    """One account of a vendor, for one task: its address, its credentials and what its error responses mean."""

    OPTIONS: ClassVar[Mapping[str, Any]]
    """Argument spec of the vendor's own connection options."""

    URL_VARIABLE: ClassVar[str]
    """The variable of the environment with the address of a vendor that has no public one."""

    TIMEOUT: ClassVar[float] = 30.0
    TARGET_TIMEOUT: ClassVar[float] = 120.0
    WAIT_TIMEOUT: ClassVar[float] = 30.0
    MAX_CONCURRENCY: ClassVar[int] = 32

    @classmethod
    @abstractmethod
    def from_params(cls, params: Params) -> Account:
        """Create it from the task's options, or raise OptionError."""

    def base_url(self) -> str:
        """Return the address if the task names none, the vendor's or the environment's; or raise OptionError."""
        url = os.environ.get(self.URL_VARIABLE)
        if not url:
            raise OptionError("base_url", f"is required, on the task or as {self.URL_VARIABLE}")
        return url

    @abstractmethod
    def secrets(self) -> Mapping[str, str]:
        """Return option name → secret, for the secrets that were given."""

    def user(self) -> str | None:
        """Return the login that goes with the secrets in HTTP Basic."""
        return None

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate a request."""

    @abstractmethod
    def error_from(self, response: Response) -> OutboundError | None:
        """Return the error that a response represents, or None for success."""

    def login(self, client: Client) -> int:
        """Fetch what ``headers`` needs, if anything; return the number of the login.

        Called before every request but a login; requests go out through the client, which also masks issued secrets.
        """
        return 0

    def should_relogin(self, client: Client, used: int, error: OutboundError) -> bool:
        """Return whether a request that ended in this error with this login is retried with a new login."""
        return False

    def request_slot(self, clock: Clock) -> RequestSlot | None:
        """Return what must be held during a request if the vendor limits concurrency; or raise OptionError."""
        return None

    def secret_forms(self) -> set[str]:
        """Return every form of every secret that must be masked."""
        return {form for secret in self.secrets().values() for form in encodings_of(secret, self.user())}


class Operation(ABC, Generic[Target, State]):
    """One write module. All methods but ``target`` may raise OutboundError, and are called from threads."""

    ACCOUNT: ClassVar[type[Account]]
    UNIT: ClassVar[str]
    """What ``pending`` counts, in the plural."""

    TASK_OPTIONS: ClassVar[Mapping[str, Any]] = {}
    TARGET_OPTIONS: ClassVar[Mapping[str, Any]]
    SETTINGS: ClassVar[frozenset[str]] = frozenset()
    """Target options that say how a target is worked on, not which one is meant."""

    COUNTABLE: ClassVar[bool] = True
    """What would go can be counted, at least for some targets, so that ``max_pending`` means something."""

    labels: OutcomeLabels = OutcomeLabels()
    BACKGROUND_CONNECTIONS: ClassVar[int] = 0
    """Connections that are in use all the time, besides one for each target under way."""

    RECHECK_DELAYS: ClassVar[tuple[float, ...]] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
    """Pauses between the reads that confirm, in seconds; the last one goes on."""

    SAFE_TO_RESEND: ClassVar[bool] = False
    """A write in doubt that no read can settle asks for the same end state, so it may be sent again."""

    MULTI_REQUEST_WRITE: ClassVar[bool] = False
    """A write is made of pieces that are each sent once: when some are done, the rest may be sent again."""

    ACK_SECONDS: ClassVar[float] = 0.0
    """Seconds after a rejected write within which its acknowledgment may still arrive by another channel; ``recheck``
    reports it without sending anything. 0 where there is no other channel."""

    def __init__(self, account: Account, params: Params) -> None:
        """Keep the task's options; raise OptionError if they are invalid."""
        self.account = account
        self.params = params
        self.warnings: list[str] = []
        """What a person should know although every target may have ended well."""

    @abstractmethod
    def target(self, options: Params) -> Target:
        """Check one target's options and return the target, or raise OptionError."""

    @abstractmethod
    def identify(self, target: Target) -> dict[str, Any]:
        """Return the keys that identify the target in results, never a secret."""

    @abstractmethod
    def scope(self, target: Target) -> Scope:
        """Return what the target covers. Targets of one place are processed one after the other, in the order given."""

    def open(self, client: Client) -> None:
        """Do the work before the first target."""

    def close(self, client: Client) -> None:
        """Do the work after the last target, also after a failure; must not raise OutboundError."""

    @abstractmethod
    def read(self, target: Target, client: Client) -> Snapshot[State]:
        """Read the target; return a Snapshot with ``pending`` None if the vendor has no read for it."""

    def foresee(self, target: Target, before: Snapshot[State]) -> None:
        """In check mode, record what the target would change, so that a later target of the same place sees it."""

    def probe(self, target: Target, client: Client) -> None:
        """Do a cheap read, to learn whether the vendor answers; or raise OutboundError."""
        self.read(target, client)

    def prepare(self, target: Target, before: Snapshot[State], client: Client) -> Mapping[str, Any]:
        """Do what must be complete before the write, such as a backup; return facts for the result."""
        return {}

    @abstractmethod
    def write(self, target: Target, seen: Snapshot[State], client: Client) -> None:
        """Remove what the read showed; return when the vendor accepted it, or raise AlreadyGone."""

    def can_confirm(self, before: Snapshot[State]) -> bool:
        """Return whether ``recheck`` can prove the end state."""
        return before.pending is not None

    def can_observe(self, before: Snapshot[State]) -> bool:
        """Return whether ``recheck`` shows something to report, proof or not."""
        return self.can_confirm(before)

    def recheck(self, target: Target, before: Snapshot[State], client: Client, *, final: bool) -> Snapshot[State]:
        """Read again after a write; ``final`` is true for the last read, which may be an expensive one.

        Raises WriteRejectedLate or AlreadyGone if the vendor reports that about an accepted write.
        """
        return self.read(target, client)

    def on_news(self, target: Target, callback: Callable[[], None]) -> None:
        """Register a function to call when the vendor reports about the target before the next recheck."""
