# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One write, from its first sending to the word on what became of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, repeat
from typing import Generic

from .client import Client, Line, interrupted
from .clock import Deadline
from .errors import AlreadyGone, Happening, HeldBack, Kind, OutboundError, Undone
from .operation import Operation, Snapshot, Target
from .plan import Plan
from .retry import backoff, pause_before, perhaps_carried_out, was_sent


def looks(operation: Operation[Target], plan: Plan, before: Snapshot) -> bool:
    """Tell whether what the vendor accepts is looked at again; else what is left is not known."""
    return plan.wait_timeout > 0 and operation.watchable(before)


@dataclass(frozen=True)
class Verdict:
    """How a write ended; RESEND as outcome asks for one more write."""

    outcome: str
    seen: Snapshot | None = None
    error: OutboundError | None = None


RESEND = "resend"

Confirming = Generator[float, None, Verdict]
"""Yields the seconds to wait before it goes on, and returns the verdict."""


class Confirmation(Generic[Target]):
    """Sends the write of one target until the vendor's word, a read, or running out of tries settles it."""

    def __init__(
        self,
        operation: Operation[Target],
        line: Line,
        plan: Plan,
        target: Target,
        before: Snapshot,
        client: Client,
    ) -> None:
        self._operation = operation
        self._line = line
        self._plan = plan
        self._target = target
        self._before = before
        self._client = client
        self._doubt: OutboundError | None = None

    def run(self) -> Confirming:
        """Write and confirm; raises OutboundError where it is certain that nothing was carried out."""
        seen = self._before
        for tries in count(1):
            try:
                yield from self._line.circuit.wait(self._client.deadline, self._line.clock.stop)
                self._operation.write(self._target, seen, self._client)
            except HeldBack:
                if not self._doubt:
                    raise
                text = (
                    f"{self._doubt.message}; it was not sent again, since others had met this and no read got through"
                )
                return Verdict("in_doubt", error=self._doubt.with_(message=text))
            except AlreadyGone:
                if not self._doubt:
                    raise
                return Verdict(self._operation.words.done, Snapshot(pending=0))
            except OutboundError as broken:
                error = broken
            else:
                return (yield from self._watch_accepted())
            verdict = yield from self._weigh(error, tries)
            if verdict.outcome != RESEND:
                return verdict
            seen = verdict.seen or self._before
        raise AssertionError("count() has no end")

    def _weigh(self, error: OutboundError, tries: int) -> Confirming:
        """Find out what became of a write that ended in an error, or raise that nothing was carried out."""
        operation, perhaps = self._operation, perhaps_carried_out(error)
        half_way = operation.PIECEWISE and (self._client.writes > 1 or self._client.accepted > 0)
        if not (self._doubt or half_way or perhaps):
            return (yield from self._hear_out(error))
        # What was denied half-way is settled by one look: nothing of it is still under way.
        patience = self._plan.wait_timeout if self._doubt or perhaps else 0.0
        self._doubt = error if perhaps or not self._doubt else self._doubt
        pause, left = pause_before(error, tries, self._line.random), self._client.deadline.left()
        resend = error.happening is Happening.BROKEN and tries <= self._plan.retries
        if not operation.confirmable(self._before):
            return (yield from self._try_blindly(pause, resend=resend and operation.RESEND_UNREAD))
        if pause >= left:
            # It cannot be sent again in time, but a look need not wait for that.
            resend, pause = False, min(backoff(tries, self._line.random), left)
        verdict = yield from self._settle(error, resend, pause, patience)
        # What was carried out may show only after a time, and so may a piece that the vendor said yes to.
        late = not self._waited() if perhaps_carried_out(self._doubt) else self._client.accepted > 0
        return replace(verdict, outcome="in_doubt") if verdict.outcome == "failed" and late else verdict

    def _hear_out(self, error: OutboundError) -> Confirming:
        """Raise the error of a write that was refused, unless the vendor's own word comes by another way and says yes.

        Whoever stands between may refuse in the vendor's place, and after the vendor has done it.
        """
        if not was_sent(error) or not self._operation.WORD_SECONDS:
            raise error
        # The vendor's own no, and what ends the task, are not waited over.
        final = error.code is not None or error.kind is Kind.AUTH or self._plan.stop_on_error
        wait = Deadline(self._line.clock, 0.0 if final else self._operation.WORD_SECONDS)
        while True:
            yield wait.left()
            last = not wait.left() or self._interrupted()
            try:
                seen = self._look(wait, last=False)
            except Undone:
                raise
            except OutboundError:
                raise error from None
            if seen.gone:
                return Verdict(self._operation.words.done, seen)
            if last:
                raise error

    def _try_blindly(self, pause: float, *, resend: bool) -> Confirming:
        """Send a write again that no read can settle, where it may be."""
        doubt = self._doubt
        if resend and doubt and pause >= self._client.deadline.left():
            return Verdict("in_doubt", error=self._client.no_time_again(doubt))
        if resend and not self._interrupted():
            yield pause
            if self._has_time():
                return Verdict(RESEND)
        return Verdict("in_doubt", error=interrupted(doubt) if resend and doubt and self._interrupted() else doubt)

    def _watch_accepted(self) -> Confirming:
        """Look until what the vendor accepted shows, or until ``wait_timeout`` is over."""
        operation, before = self._operation, self._before
        if not looks(operation, self._plan, before):
            return Verdict("accepted")
        seen: Snapshot | None = None
        problem: OutboundError | None = None
        wait = Deadline(self._line.clock, self._plan.wait_timeout)
        for pause in _endless(operation.LOOKS):
            last = pause >= wait.left()
            yield min(pause, wait.left())
            last = last or self._interrupted()
            try:
                seen, problem = self._look(wait, last=last), None
            except Undone:
                raise
            except OutboundError as error:
                problem = error
            if last or (problem and problem.happening is Happening.SAID_NO) or (seen and seen.gone):
                break
        if not operation.confirmable(before):
            return Verdict("accepted", seen)
        if seen and seen.gone and not problem:
            return Verdict(operation.words.done, seen)
        return Verdict("in_doubt", seen, problem or self._still_there(seen))

    def _settle(self, error: OutboundError, resend: bool, pause: float, patience: float) -> Confirming:
        """Find out by looking what became of a write that got no clear answer."""
        operation, before = self._operation, self._before
        wait = Deadline(self._line.clock, patience)
        for following in _endless(operation.LOOKS[1:] or operation.LOOKS):
            last = pause >= wait.left()
            yield pause
            last = last or self._interrupted()
            try:
                seen = self._look(wait, last=last)
            except Undone:
                raise
            except OutboundError as problem:
                if last or problem.happening is Happening.SAID_NO:
                    return Verdict("in_doubt", error=error)
            else:
                if seen.gone:
                    return Verdict(operation.words.done, seen)
                if _grew(before, seen):
                    return Verdict("in_doubt", seen, error)
                untouched = before.pending is not None and seen.mark == before.mark
                if resend and (untouched or operation.PIECEWISE) and self._has_time():
                    return Verdict(RESEND, seen)
                if last:
                    return Verdict("failed" if untouched else "in_doubt", seen, error)
            pause = min(following, wait.left())
        raise AssertionError("the looks have no end")

    def _look(self, wait: Deadline, *, last: bool) -> Snapshot:
        """Look once; the look that begins last may still take one request's time."""
        client = self._client.another(max(wait.left(), self._plan.timeout))
        seen = self._operation.look(self._target, self._before, client, last=last)
        wait.extend(client.deadline.extended)
        return seen

    def _waited(self) -> bool:
        """Tell whether the looks went on for as long as the task wanted."""
        return self._plan.wait_timeout > 0 and not self._interrupted()

    def _has_time(self) -> bool:
        return self._client.deadline.left() > 0 and not self._interrupted()

    def _interrupted(self) -> bool:
        return self._line.clock.stop.is_set()

    def _still_there(self, seen: Snapshot | None) -> OutboundError:
        """Say what the last look showed of something that was accepted."""
        count_text = "some" if seen is None or seen.pending is None else str(seen.pending)
        end = "the task was interrupted" if self._interrupted() else "wait_timeout was over"
        return OutboundError(
            Kind.TIMEOUT,
            f"the vendor accepted, but {count_text} {self._operation.UNIT} were still there when {end}",
            happening=Happening.BROKEN,
        )


def _endless(pauses: Sequence[float]) -> Iterator[float]:
    """Yield the pauses, then the last one again and again."""
    return chain(pauses, repeat(pauses[-1]))


def _grew(before: Snapshot, seen: Snapshot) -> bool:
    return before.pending is not None and seen.pending is not None and seen.pending > before.pending
