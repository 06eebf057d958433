# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What a vendor file tells the runner: the questions that it answers about one target."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from .client import Client
from .clock import Clock
from .errors import OutboundError
from .message import Response
from .overlaps import Scope
from .redact import forms
from .transport import Turn

Target = TypeVar("Target")
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """What a read showed of one target.

    ``pending`` is how much would go (None: it cannot be known, 0: there is nothing to do); ``quiet`` says
    that what could be looked at is gone, although that is not everything; ``partial`` says that a part of what is asked
    for surely cannot be done, so that the rest proves nothing of the whole; ``mark`` tells whether anything
    changed between two reads; ``refusal`` says why nothing may be sent; ``facts`` are keys for the result
    entry; ``view`` is what a diff shows in place of the number, and ``goal`` what a look will show when all is done.
    """

    pending: int | None = None
    quiet: bool = False
    mark: object = None
    partial: bool = False
    refusal: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    view: Sequence[str] = ()
    goal: Sequence[str] = ()

    @property
    def gone(self) -> bool:
        """Tell whether nothing is left to look for."""
        return self.pending == 0 or self.quiet


@dataclass(frozen=True)
class Words:
    """The outcome words for: nothing to do, check mode would do it, done."""

    idle: str = "already_clear"
    would: str = "would_clear"
    done: str = "cleared"


class Vendor(ABC):
    """One vendor, for one task: its address, its credentials and what its error answers mean."""

    OPTIONS: ClassVar[Mapping[str, Any]]
    """Argument spec of the vendor's own connection options."""

    TIMEOUT: ClassVar[float] = 30.0
    TARGET_TIMEOUT: ClassVar[float] = 120.0
    WAIT_TIMEOUT: ClassVar[float] = 30.0

    @classmethod
    @abstractmethod
    def from_params(cls, params: Params) -> Vendor:
        """Make it from the task's options, or raise OptionError."""

    @abstractmethod
    def base_url(self) -> str:
        """Return the vendor's public address, for where the task names none; or raise OptionError."""

    @abstractmethod
    def secrets(self) -> Mapping[str, str]:
        """Return option name → secret, of those that were given."""

    def user(self) -> str | None:
        """Return the login that goes with the secrets in HTTP Basic."""
        return None

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """Return the headers that prove who asks."""

    @abstractmethod
    def judge(self, response: Response) -> OutboundError | None:
        """Say what an answer means: None where the vendor says that it is well."""

    def login(self, client: Client) -> int:
        """Fetch what ``headers`` needs, where that has to be fetched; return a number that names the login.

        Called before every request but a login; it sends with the client, which hides what it is told to.
        """
        return 0

    def renew(self, client: Client, used: int, error: OutboundError) -> bool:
        """Tell whether a request that ended so, with that login, is worth one more try with a new one."""
        return False

    def turn(self, clock: Clock) -> Turn | None:
        """Return the right to send that has to be waited for, where the vendor wants one; or raise OptionError."""
        return None

    def secret_forms(self) -> set[str]:
        """Return every form of every secret that must not come to light."""
        return {form for secret in self.secrets().values() for form in forms(secret, self.user())}


class Operation(ABC, Generic[Target]):
    """One write module. All methods but ``target`` may raise OutboundError, and are called from threads."""

    VENDOR: ClassVar[type[Vendor]]
    UNIT: ClassVar[str]
    """What ``pending`` counts, in the plural."""

    TASK_OPTIONS: ClassVar[Mapping[str, Any]] = {}
    TARGET_OPTIONS: ClassVar[Mapping[str, Any]]
    SETTINGS: ClassVar[frozenset[str]] = frozenset()
    """Target options that say how a target is worked on, not which one is meant."""

    COUNTED: ClassVar[bool] = True
    """What would go can be counted, at least for some targets, so that ``max_pending`` means something."""

    words: Words = Words()
    MAX_CONCURRENCY: ClassVar[int] = 32
    BACKGROUND_CONNECTIONS: ClassVar[int] = 0
    """Connections that are in use all the time, besides one for each target under way."""

    LOOKS: ClassVar[tuple[float, ...]] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
    """Pauses between the reads that confirm, in seconds; the last one goes on."""

    RESEND_UNREAD: ClassVar[bool] = False
    """A write in doubt that no read can settle asks for the same end state, so it may be sent again."""

    PIECEWISE: ClassVar[bool] = False
    """A write is made of pieces that are each sent once: when some are done, the rest may be sent again."""

    WORD_SECONDS: ClassVar[float] = 0.0
    """Seconds after a refused write within which the vendor's own word on it may come by another way, which ``look``
    tells without sending anything; 0 where there is no other way."""

    def __init__(self, vendor: Vendor, params: Params) -> None:
        """Keep what stands on the task; OptionError where that cannot be used."""
        self.vendor = vendor
        self.params = params
        self.warnings: list[str] = []
        """What a person should know although every target may have ended well."""

    @abstractmethod
    def target(self, options: Params) -> Target:
        """Check one target's options and return the target, or raise OptionError."""

    @abstractmethod
    def identify(self, target: Target) -> dict[str, Any]:
        """Return what names the target in results: never a secret."""

    @abstractmethod
    def scope(self, target: Target) -> Scope:
        """Return what the target covers. Targets of one place are worked on one after the other, in the order given."""

    def open(self, client: Client) -> None:
        """Do what comes before the first target."""

    def close(self, client: Client) -> None:
        """Do what comes after the last target, also after a failure; it must not raise OutboundError."""

    @abstractmethod
    def read(self, target: Target, client: Client) -> Snapshot:
        """Look at the target; a Snapshot with ``pending`` None where the vendor cannot be read."""

    def foresee(self, target: Target, before: Snapshot) -> None:
        """Take note, in check mode, of what the target would change: a later one of its place is to see it done."""

    def probe(self, target: Target, client: Client) -> None:
        """Read something cheap, to learn whether the vendor answers; or raise OutboundError."""
        self.read(target, client)

    def prepare(self, target: Target, before: Snapshot, client: Client) -> Mapping[str, Any]:
        """Do what must be safe before the write, such as a backup; return facts for the result."""
        return {}

    @abstractmethod
    def write(self, target: Target, seen: Snapshot, client: Client) -> None:
        """Make what was seen go; return when the vendor accepted it, or raise AlreadyGone."""

    def confirmable(self, before: Snapshot) -> bool:
        """Tell whether ``look`` can show that it is gone."""
        return before.pending is not None

    def watchable(self, before: Snapshot) -> bool:
        """Tell whether ``look`` shows something worth reporting, proof or not."""
        return self.confirmable(before)

    def look(self, target: Target, before: Snapshot, client: Client, *, last: bool) -> Snapshot:
        """Look again after the write; ``last`` is the one look where an expensive read is worth it.

        Raises Undone, or AlreadyGone, where the vendor says so of a write that it had accepted.
        """
        return self.read(target, client)

    def expect_wake(self, target: Target, wake: Callable[[], None]) -> None:
        """Take a function to call when there is news of the target before the next look."""
