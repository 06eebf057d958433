# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One write, from its first request to its outcome."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, repeat
from typing import Generic

from .client import Client, Session, interrupted
from .clock import Deadline
from .errors import AlreadyGone, FailureClass, HeldBack, Kind, OutboundError, WriteRejectedLate
from .operation import Operation, Snapshot, State, Target
from .outcomes import Outcome
from .retry import backoff, may_have_been_applied, pause_before, was_sent
from .run_settings import RunSettings


def will_recheck(operation: Operation[Target, State], settings: RunSettings, before: Snapshot[State]) -> bool:
    """Return whether an accepted write is read again; if not, what is left is unknown."""
    return settings.wait_timeout > 0 and operation.can_observe(before)


@dataclass(frozen=True)
class WriteResult(Generic[State]):
    """How a write ended: the outcome to report, the last read, and the error."""

    outcome: Outcome
    seen: Snapshot[State] | None = None
    error: OutboundError | None = None


@dataclass(frozen=True)
class Resend(Generic[State]):
    """The write must be sent again, based on the last read."""

    seen: Snapshot[State] | None = None


@dataclass(frozen=True)
class _Look(Generic[State]):
    """One read after a write: what it saw, or why it failed, and whether no other follows."""

    seen: Snapshot[State] | None
    problem: OutboundError | None
    is_last: bool


Confirming = Generator[float, None, WriteResult[State]]
"""Yields the seconds to wait before it goes on, and returns how the write ended."""

Settling = Generator[float, None, WriteResult[State] | Resend[State]]


@dataclass
class Confirmation(Generic[Target, State]):
    """Sends the write of one target until the vendor's answer, a read, or the last retry settles its outcome."""

    operation: Operation[Target, State]
    session: Session
    settings: RunSettings
    target: Target
    before: Snapshot[State]
    client: Client
    doubt: OutboundError | None = None

    def run(self) -> Confirming[State]:
        """Write and confirm; raise OutboundError if it is certain that nothing was carried out."""
        seen = self.before
        for tries in count(1):
            try:
                yield from self.session.circuit_breaker.wait(self.client.deadline, self.session.clock.stop)
                self.operation.write(self.target, seen, self.client)
            except HeldBack:
                if not self.doubt:
                    raise
                text = f"{self.doubt.message}; it was not sent again, since others had met this and no read got through"
                return WriteResult(Outcome.IN_DOUBT, error=self.doubt.with_(message=text))
            except AlreadyGone:
                if not self.doubt:
                    raise
                return WriteResult(self.operation.labels.done, Snapshot(pending=0))
            except OutboundError as broken:
                error = broken
            else:
                return (yield from self._watch_accepted())
            result = yield from self._resolve_failure(error, tries)
            if isinstance(result, WriteResult):
                return result
            seen = result.seen or self.before
        raise AssertionError("count() has no end")

    def _resolve_failure(self, error: OutboundError, tries: int) -> Settling[State]:
        """Determine the outcome of a write that ended in an error; raise if nothing was carried out."""
        operation, perhaps = self.operation, may_have_been_applied(error)
        if not (self.doubt or perhaps or self.client.accepted):
            return (yield from self._await_acknowledgment(error))
        # One read settles a write of several requests that was refused half-way: nothing of it is still under way.
        patience = self.settings.wait_timeout if self.doubt or perhaps else 0.0
        self.doubt = error if perhaps or not self.doubt else self.doubt
        pause, left = pause_before(error, tries, self.session.random), self.client.deadline.left()
        resend = error.failure_class is FailureClass.INTERRUPTED and tries <= self.settings.retries
        if not operation.can_confirm(self.before):
            return (yield from self._resend_unverified(pause, resend=resend and operation.SAFE_TO_RESEND))
        if pause >= left:
            # There is no time to send it again, but a read is still possible.
            resend, pause = False, min(backoff(tries, self.session.random), left)
        result = yield from self._settle(error, resend, pause, patience)
        if isinstance(result, Resend):
            return result
        if result.outcome is Outcome.FAILED and self._may_show_later(self.doubt):
            return replace(result, outcome=Outcome.IN_DOUBT)
        return result

    def _may_show_later(self, doubt: OutboundError) -> bool:
        """Return whether a change may show only after a time, or a part that the vendor accepted."""
        if may_have_been_applied(doubt):
            return self.settings.wait_timeout <= 0 or self._interrupted()
        return self.client.accepted > 0

    def _await_acknowledgment(self, error: OutboundError) -> Confirming[State]:
        """Raise the error of a refused write, unless the vendor acknowledges it over another channel.

        A gateway may answer with a refusal although the vendor has carried the write out.
        """
        if not was_sent(error) or not self.operation.ACK_SECONDS:
            raise error
        # No wait follows a refusal by the vendor, or an error that ends the task.
        final = error.code is not None or error.kind is Kind.AUTH or self.settings.stop_on_error
        wait = Deadline(self.session.clock, 0.0 if final else self.operation.ACK_SECONDS)
        while True:
            yield wait.left()
            final = not wait.left() or self._interrupted()
            try:
                seen = self._recheck(wait, final=False)
            except WriteRejectedLate:
                raise
            except OutboundError:
                raise error from None
            if seen.is_clear:
                return WriteResult(self.operation.labels.done, seen)
            if final:
                raise error

    def _resend_unverified(self, pause: float, *, resend: bool) -> Settling[State]:
        """Resend a write that no read can settle, if the retry table allows it."""
        doubt = self.doubt
        if resend and doubt and pause >= self.client.deadline.left():
            return WriteResult(Outcome.IN_DOUBT, error=self.client.no_time_again(doubt))
        if resend and not self._interrupted():
            yield pause
            if self._has_time():
                return Resend()
        return WriteResult(
            Outcome.IN_DOUBT, error=interrupted(doubt) if resend and doubt and self._interrupted() else doubt
        )

    def _watch_accepted(self) -> Confirming[State]:
        """Read until the accepted write shows, or until ``wait_timeout`` is over."""
        operation, before = self.operation, self.before
        if not will_recheck(operation, self.settings, before):
            return WriteResult(Outcome.ACCEPTED)
        seen: Snapshot[State] | None = None
        problem: OutboundError | None = None
        wait = Deadline(self.session.clock, self.settings.wait_timeout)
        for pause in _repeat_last(operation.RECHECK_DELAYS):
            look = yield from self._look(min(pause, wait.left()), wait)
            seen, problem = look.seen or seen, look.problem
            if look.is_last or (seen and seen.is_clear):
                break
        if not operation.can_confirm(before):
            return WriteResult(Outcome.ACCEPTED, seen)
        if seen and seen.is_clear and not problem:
            return WriteResult(operation.labels.done, seen)
        return WriteResult(Outcome.IN_DOUBT, seen, problem or self._timeout_error(seen))

    def _settle(self, error: OutboundError, resend: bool, pause: float, patience: float) -> Settling[State]:
        """Determine by reads the outcome of a write that got no clear answer."""
        wait = Deadline(self.session.clock, patience)
        for following in _repeat_last(self.operation.RECHECK_DELAYS[1:] or self.operation.RECHECK_DELAYS):
            look = yield from self._look(pause, wait)
            if look.seen is not None:
                result = self._settled(look.seen, error, resend=resend, is_last=look.is_last)
                if result is not None:
                    return result
            elif look.is_last:
                return WriteResult(Outcome.IN_DOUBT, error=error)
            pause = min(following, wait.left())
        raise AssertionError("the looks have no end")

    def _settled(
        self, seen: Snapshot[State], error: OutboundError, *, resend: bool, is_last: bool
    ) -> WriteResult[State] | Resend[State] | None:
        """Return what one read settles; None if a later read has to."""
        operation, before = self.operation, self.before
        if seen.is_clear:
            return WriteResult(operation.labels.done, seen)
        if before.pending is not None and seen.pending is not None and seen.pending > before.pending:
            return WriteResult(Outcome.IN_DOUBT, seen, error)
        untouched = before.pending is not None and seen.state == before.state
        if resend and (untouched or operation.MULTI_REQUEST_WRITE) and self._has_time():
            if seen.guard_message is None:
                return Resend(seen)
            error = error.with_(message=f"{error.message}; it was not sent again: {seen.guard_message}")
        if is_last:
            return WriteResult(Outcome.FAILED if untouched else Outcome.IN_DOUBT, seen, error)
        return None

    def _look(self, pause: float, wait: Deadline) -> Generator[float, None, _Look[State]]:
        """Read once after a pause; a read that the vendor refuses is the last one too."""
        final = pause >= wait.left()
        yield pause
        final = final or self._interrupted()
        try:
            return _Look(self._recheck(wait, final=final), None, final)
        except WriteRejectedLate:
            raise
        except OutboundError as problem:
            return _Look(None, problem, final or problem.failure_class is FailureClass.REJECTED)

    def _recheck(self, wait: Deadline, *, final: bool) -> Snapshot[State]:
        """Read once; the last read to begin may still take one request's timeout."""
        client = self.client.sibling(max(wait.left(), self.settings.timeout))
        seen = self.operation.recheck(self.target, self.before, client, final=final)
        wait.extend(client.deadline.extended)
        return seen

    def _has_time(self) -> bool:
        return self.client.deadline.left() > 0 and not self._interrupted()

    def _interrupted(self) -> bool:
        return self.session.clock.stop.is_set()

    def _timeout_error(self, seen: Snapshot[State] | None) -> OutboundError:
        """Return the error for an accepted write that does not show, with what the last read showed."""
        count_text = "some" if seen is None or seen.pending is None else str(seen.pending)
        end = "the task was interrupted" if self._interrupted() else "wait_timeout was over"
        return OutboundError(
            Kind.TIMEOUT,
            f"the vendor accepted, but {count_text} {self.operation.UNIT} were still there when {end}",
            FailureClass.INTERRUPTED,
        )


def _repeat_last(pauses: Sequence[float]) -> Iterator[float]:
    """Yield the pauses, then repeat the last one forever."""
    return chain(pauses, repeat(pauses[-1]))
