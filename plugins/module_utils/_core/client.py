# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A client for one target: sends requests as often as the retry table allows, within its deadline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import random
from typing import Any, Protocol, TypeVar

from .circuit_breaker import CircuitBreaker
from .clock import Clock, Deadline
from .errors import FailureClass, Kind, OutboundError
from .http_messages import Request, Response
from .interrupt import Permit
from .retry import Purpose, may_have_been_applied, may_send_again, pause_asked, pause_before, was_sent
from .transport import Transport

ErrorFrom = Callable[[Response], "OutboundError | None"]

# Calls a function for every item, possibly on several threads, and returns the results in order.
Each = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Login(Protocol):
    """A login: credentials that must be fetched before they can be sent."""

    def login(self, client: Client) -> int:
        """Log in if needed; return the number of the login in use."""

    def should_relogin(self, client: Client, used: int, error: OutboundError) -> bool:
        """Return whether a request that failed with this error and this login is retried with a new login."""


@dataclass(frozen=True)
class Session:
    """What all clients of a task share."""

    transport: Transport
    clock: Clock
    retries: int
    error_from: ErrorFrom
    random: Callable[[], float] = random
    login: Login | None = None
    hide: Callable[[str], None] = lambda _secret: None
    each: Each = lambda function, items: [function(item) for item in items]
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    def client(self, seconds: float, option: str = "", *, permit: Permit | None = None) -> Client:
        """Return a client with a deadline in seconds, which the named option sets, restricted by the permit."""
        limit = f"{option} ({seconds:g} s)" if option else ""
        return Client(self, Deadline(self.clock, seconds), permit or Permit(self.clock.stop), limit)


@dataclass
class WriteTrace:
    """Time stamps of a target's first write and of the last answer to one, and that answer."""

    sent: float | None = None
    answered: float | None = None
    answer: str = ""


class Client:
    """Sends requests that belong together, within ``deadline``; ``limit`` names the option that sets it, for messages.

    ``answers`` counts successful responses, ``writes`` the writes that went out, and ``accepted`` those that
    succeeded. ``trace`` is kept of the writes for the record.
    """

    def __init__(self, session: Session, deadline: Deadline, permit: Permit, limit: str = "") -> None:
        self._session = session
        self.permit = permit
        self.clock = session.clock
        self.deadline = deadline
        self.limit = limit
        self.answers = 0
        self.writes = 0
        self.accepted = 0
        self.trace = WriteTrace()

    @property
    def check_mode(self) -> bool:
        """Return whether the task runs in check mode, where writes are refused."""
        return self._session.transport.check_mode

    def sibling(self, seconds: float, option: str = "", *, retries: int | None = None) -> Client:
        """Return another client for the same target, with its own deadline and, if given, number of retries."""
        session = self._session if retries is None else replace(self._session, retries=retries)
        return session.client(seconds, option, permit=self.permit)

    def lasting(self) -> Client:
        """Return a session that keeps working after an interrupt, for closing what was opened."""
        return self._session.client(self.deadline.left(), permit=Permit(self.clock.stop, lasting=True))

    def each(self, read: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
        """Read something of every item in parallel, within the task's ``concurrency``; or raise OutboundError.

        The first item is read alone, so that a general failure, such as a wrong secret, happens once.
        """
        done = count()

        def counted(item: Item) -> Answer:
            answer = read(item)
            next(done)
            return answer

        try:
            return [*map(counted, items[:1]), *self._session.each(counted, items[1:])]
        except OutboundError as error:
            answered = next(done)
            if answered and error.failure_class is FailureClass.CONNECT_FAILED:
                # Connecting was possible: where our time ended with it, that is not the vendor's failure.
                ended = error.with_(kind=Kind.TIMEOUT, failure_class=FailureClass.INTERRUPTED)
            else:
                ended = error
            if self._is_our_limit(ended):
                text = f"{self.limit} was over after {answered:,} of {len(items):,} reads"
                raise ended.with_(message=text) from None
            raise

    def send(self, request: Request) -> Response:
        """Return a successful response, or raise OutboundError."""
        login = self._session.login
        if login is None or request.purpose is Purpose.LOGIN:
            return self._send(request)
        used = self.log_in()
        try:
            return self._send(request)
        except OutboundError as error:
            # A refused request was not carried out, so a write may be retried too.
            if may_have_been_applied(error) or not login.should_relogin(self, used, error):
                raise
        self.log_in()
        return self._send(request)

    def log_in(self) -> int:
        """Log in if the vendor requires it and no login exists; return the number of the login.

        Raises OutboundError; nothing but the login can have been carried out then.
        """
        try:
            return self._session.login.login(self) if self._session.login else 0
        except OutboundError as error:
            if may_have_been_applied(error):
                raise error.with_(failure_class=FailureClass.NOT_SENT) from None
            raise

    def hide(self, secret: str) -> None:
        """Mask a secret that the vendor issued in all results."""
        self._session.hide(secret)

    def _is_our_limit(self, error: OutboundError) -> bool:
        """Return whether our own deadline ended a request, and not the request's timeout."""
        return bool(self.limit) and error.kind is Kind.TIMEOUT and not self.deadline.left()

    def no_time_again(self, error: OutboundError) -> OutboundError:
        """Return the error, extended by the note that no time was left for a retry."""
        asked = f" after the {error.pause:g} s that the answer asks for" if error.pause else ""
        text = f"{error.message}; {self.limit} leaves no time to send it again{asked}"
        return error.with_(message=text) if self.limit else error

    def _send(self, request: Request) -> Response:
        session = self._session
        for tries in count(1):
            try:
                return self._once(request)
            except OutboundError as error:
                if not may_send_again(request.purpose, error, tries=tries, retries=session.retries):
                    raise
                pause = pause_before(error, tries, session.random)
                # No wait begins that would outlast the deadline: it would end the same way, only later.
                if pause >= self.deadline.left():
                    raise self.no_time_again(error) from None
                if not session.clock.pause(pause):
                    raise interrupted(error) from None
        raise AssertionError("count() has no end")

    def _once(self, request: Request) -> Response:
        circuit_breaker = self._session.circuit_breaker
        try:
            response = self._exchange(request)
        except OutboundError as error:
            circuit_breaker.failed(self.permit, error)
            raise
        if request.purpose is not Purpose.LOGIN:  # successful polls for events say nothing about writes
            circuit_breaker.went_well()
        return response

    def _exchange(self, request: Request) -> Response:
        is_write = request.purpose is Purpose.WRITE
        if request.ready is not None:
            request.ready()
        begun = self.clock.date() if is_write else None
        try:
            response = self._session.transport.exchange(request, self.deadline, self.permit)
        except OutboundError as broken:
            if is_write and was_sent(broken):
                self.writes += 1
                self.trace.sent = self.trace.sent or begun
            if self._is_our_limit(broken):
                raise broken.with_(message=f"{self.limit} was over after {self.answers:,} answers") from None
            raise
        if is_write:
            self.writes += 1
            words = f"HTTP {response.status} {response.beginning()}"
            self.trace = WriteTrace(self.trace.sent or begun, self.clock.date(), words)
        error = self._session.error_from(response)
        if error is not None:
            raise response.explained(error).with_(pause=pause_asked(response.headers, self.clock.date()))
        self.answers += 1
        self.accepted += is_write
        return response


def interrupted(error: OutboundError) -> OutboundError:
    """Return the error, extended by the note that an interrupt prevented a retry."""
    return error.with_(message=f"{error.message}; the task was interrupted before it was sent again")
