# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The runner: read, decide, (check mode stops here,) write, confirm, result - the same for every vendor."""

from __future__ import annotations

import traceback
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count, repeat
from pathlib import Path
from typing import Generic

from .breaker import Breaker
from .client import Client, Line
from .clock import Deadline
from .crew import Crew, Job, Steps
from .errors import AlreadyGone, Happening, Kind, OutboundError, Undone, refused
from .journal import Journal
from .operation import Operation, Snapshot, Target
from .redact import Redactor
from .results import Entry
from .retry import backoff, perhaps_carried_out


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a task wants its targets worked on; times in seconds."""

    check_mode: bool
    timeout: float
    target_timeout: float
    wait_timeout: float
    retries: int
    concurrency: int
    stop_on_error: bool


@dataclass(frozen=True)
class Guard:
    """How much of one target may go (None: any number), and whether an unknown number may."""

    max_pending: int | None = None
    allow_unknown: bool = False


@dataclass(frozen=True)
class _Verdict:
    """How the watching after a write ended; RESEND as outcome asks for one more write."""

    outcome: str
    seen: Snapshot | None = None
    error: OutboundError | None = None


_RESEND = "resend"


class Teardown(Generic[Target]):
    """Works on all targets of one task and returns their entries in the order given."""

    def __init__(
        self,
        operation: Operation[Target],
        line: Line,
        plan: Plan,
        redactor: Redactor,
        journal: Journal | None = None,
    ) -> None:
        self._operation = operation
        self._line = line
        self._plan = plan
        self._redactor = redactor
        self._journal = journal
        self._breaker = Breaker(stop_on_error=plan.stop_on_error)
        self._crew = Crew(plan.concurrency, line.clock, self._may_begin)
        self._entries: list[Entry | None] = []

    def run(self, guarded: Sequence[tuple[Target, Guard]]) -> list[Entry]:
        """Tear down; never raises for what a vendor does."""
        targets = [target for target, _guard in guarded]
        self._entries = [None] * len(targets)
        opening = self._line.client(self._plan.target_timeout)
        try:
            self._operation.open(opening)
            self._crew.run(
                Job(partial(self._work, index, target, guard), self._operation.lane(target))
                for index, (target, guard) in enumerate(guarded)
            )
        except OutboundError as error:
            self._end(0, Entry(target=self._operation.identify(targets[0]), outcome="failed", error=error))
            self._breaker.trip(error)
        finally:
            self._operation.close(self._line.client(self._plan.timeout))
        return [
            entry or self._end(index, self._not_sent(target))
            for index, (entry, target) in enumerate(zip(self._entries, targets, strict=True))
        ]

    def interrupt(self) -> None:
        """Begin no new target and settle what is under way."""
        self._line.clock.stop.set()
        self._crew.wake_all()

    def _may_begin(self) -> bool:
        return not self._breaker.tripped and not self._line.clock.stop.is_set()

    def _not_sent(self, target: Target) -> Entry:
        error = self._breaker.reason() or refused("the task was interrupted before this target was begun")
        return Entry(target=self._operation.identify(target), outcome="not_sent", error=error)

    def _end(self, index: int, entry: Entry) -> Entry:
        self._entries[index] = entry
        if self._journal:
            try:
                self._journal.ended(index, entry.as_dict(self._redactor))
            except OSError as error:
                self._breaker.trip(refused(f"the journal cannot be written: {error.strerror}"))
        return entry

    def _work(self, index: int, target: Target, guard: Guard, job: Job) -> Steps:
        """Do one target from its first read to its entry."""
        clock = self._line.clock
        started = clock.now()
        client = self._line.client(self._plan.target_timeout)
        entry = Entry(target=self._operation.identify(target), outcome="failed")
        try:
            self._operation.expect_wake(target, partial(self._crew.wake, job))
            yield from self._carry_out(index, target, guard, client, entry)
        except OutboundError as error:
            entry.outcome, entry.error = ("refused" if error.kind is Kind.GUARD else "failed"), error
        except Exception as error:  # noqa: BLE001 - a defect of ours must not take the other targets' results along
            entry.outcome = "in_doubt" if client.writes else "failed"
            entry.error = defect(error)
        words = self._operation.words
        entry.changed = entry.outcome in (words.would, words.done, "accepted", "in_doubt")
        entry.attempts = client.writes
        entry.elapsed = clock.now() - started
        self._end(index, entry)
        self._breaker.observe(entry.error if entry.failed else None, reached=self._line.transport.reached)

    def _carry_out(self, index: int, target: Target, guard: Guard, client: Client, entry: Entry) -> Steps:
        """Fill the entry; an OutboundError that leaves here means that nothing was carried out."""
        operation, plan = self._operation, self._plan
        before = operation.read(target, client)
        entry.pending_before, entry.view_before, entry.facts = before.pending, before.view, before.facts
        if before.pending == 0:
            entry.outcome, entry.pending_after, entry.verified = operation.words.idle, 0, True
            return
        entry.pending_after = before.pending
        self._check(before, guard)
        if plan.check_mode:
            entry.outcome, entry.pending_after, entry.view_after = operation.words.would, None, before.goal
            return
        entry.facts = {**entry.facts, **operation.prepare(target, before, client)}
        self._note_begun(index, entry)
        entry.pending_after = None
        try:
            verdict = yield from self._write_and_confirm(target, before, client)
        except AlreadyGone:
            verdict = _Verdict(operation.words.idle, Snapshot(pending=0))
        entry.outcome, entry.error = verdict.outcome, verdict.error
        entry.verified = verdict.outcome in (operation.words.done, operation.words.idle)
        if verdict.seen is not None:
            entry.pending_after, entry.view_after = verdict.seen.pending, verdict.seen.view
            entry.facts = {**entry.facts, **verdict.seen.facts}

    def _check(self, before: Snapshot, guard: Guard) -> None:
        """Raise where a guard says no."""
        if before.refusal is not None:
            raise refused(before.refusal)
        most = guard.max_pending
        if most is None:
            return
        unit = self._operation.UNIT
        if before.pending is None:
            if not guard.allow_unknown:
                raise refused(
                    f"max_pending is {most}, but how many {unit} would go cannot be known;"
                    " allow_unknown: true lets it go all the same"
                )
        elif before.pending > most:
            raise refused(f"{before.pending} {unit} would go, more than max_pending: {most} allows")

    def _note_begun(self, index: int, entry: Entry) -> None:
        if self._journal:
            try:
                self._journal.begun(index, self._redactor.clean(entry.target))
            except OSError as error:
                raise refused(f"the journal cannot be written: {error.strerror}") from error

    def _write_and_confirm(self, target: Target, before: Snapshot, client: Client) -> Generator[float, None, _Verdict]:
        """Send the write until the vendor's word, a read, or running out of tries settles it.

        Raises OutboundError where it is certain that nothing was carried out.
        """
        operation = self._operation
        doubt: OutboundError | None = None
        seen = before
        for tries in count(1):
            try:
                operation.write(target, seen, client)
            except AlreadyGone:
                if not doubt:
                    raise
                return _Verdict(operation.words.done, Snapshot(pending=0))
            except OutboundError as broken:
                error = broken
            else:
                return (yield from self._watch_accepted(target, before))
            half_way = operation.PIECEWISE and client.writes > 1
            if not (doubt or half_way or perhaps_carried_out(error)):
                raise error
            # What was denied half-way is settled by one look: nothing of it is still under way.
            patience = self._plan.wait_timeout if doubt or perhaps_carried_out(error) else 0.0
            doubt = error if perhaps_carried_out(error) or not doubt else doubt
            resend = error.happening is Happening.BROKEN and tries <= self._plan.retries
            pause = min(backoff(tries, self._line.random), client.deadline.left())
            if operation.confirmable(before):
                verdict = yield from self._settle(target, before, client, error, resend, pause, patience)
                # What was carried out may show only after a time, and so may a piece that the vendor said yes to.
                perhaps = not self._waited() if perhaps_carried_out(doubt) else client.accepted > 0
                if verdict.outcome == "failed" and perhaps:
                    verdict = replace(verdict, outcome="in_doubt")
            else:
                verdict = yield from self._try_blindly(client, doubt, pause, resend=resend and operation.RESEND_UNREAD)
            if verdict.outcome != _RESEND:
                return verdict
            seen = verdict.seen or before
        raise AssertionError("count() has no end")

    def _try_blindly(
        self, client: Client, doubt: OutboundError, pause: float, *, resend: bool
    ) -> Generator[float, None, _Verdict]:
        """Send a write again that no read can settle, where it may be."""
        if resend and self._has_time(client):
            yield pause
            if self._has_time(client):
                return _Verdict(_RESEND)
        return _Verdict("in_doubt", error=doubt)

    def _watch_accepted(self, target: Target, before: Snapshot) -> Generator[float, None, _Verdict]:
        """Look until what the vendor accepted shows, or until ``wait_timeout`` is over."""
        operation = self._operation
        if not self._plan.wait_timeout or not operation.watchable(before):
            return _Verdict("accepted")
        seen: Snapshot | None = None
        problem: OutboundError | None = None
        wait = Deadline(self._line.clock, self._plan.wait_timeout)
        for pause in _endless(operation.LOOKS):
            last = pause >= wait.left()
            yield min(pause, wait.left())
            last = last or self._line.clock.stop.is_set()
            try:
                seen, problem = self._look(target, before, wait, last=last), None
            except Undone:
                raise
            except OutboundError as error:
                problem = error
            if last or (problem and problem.happening is Happening.SAID_NO) or (seen and seen.gone):
                break
        if not operation.confirmable(before):
            return _Verdict("accepted", seen)
        if seen and seen.gone and not problem:
            return _Verdict(operation.words.done, seen)
        return _Verdict("in_doubt", seen, problem or self._still_there(seen))

    def _settle(
        self,
        target: Target,
        before: Snapshot,
        client: Client,
        error: OutboundError,
        resend: bool,
        pause: float,
        patience: float,
    ) -> Generator[float, None, _Verdict]:
        """Find out by looking what became of a write that got no clear answer."""
        operation = self._operation
        wait = Deadline(self._line.clock, patience)
        for following in _endless(operation.LOOKS[1:] or operation.LOOKS):
            last = pause >= wait.left()
            yield pause
            last = last or self._line.clock.stop.is_set()
            try:
                seen = self._look(target, before, wait, last=last)
            except Undone:
                raise
            except OutboundError as problem:
                if last or problem.happening is Happening.SAID_NO:
                    return _Verdict("in_doubt", error=error)
            else:
                if seen.gone:
                    return _Verdict(operation.words.done, seen)
                if _grew(before, seen):
                    return _Verdict("in_doubt", seen, error)
                untouched = before.pending is not None and seen.mark == before.mark
                if resend and (untouched or operation.PIECEWISE) and self._has_time(client):
                    return _Verdict(_RESEND, seen)
                if last:
                    return _Verdict("failed" if untouched else "in_doubt", seen, error)
            pause = min(following, wait.left())
        raise AssertionError("the looks have no end")

    def _look(self, target: Target, before: Snapshot, wait: Deadline, *, last: bool) -> Snapshot:
        """Look once; the look that begins last may still take one request's time."""
        client = self._line.client(max(wait.left(), self._plan.timeout))
        seen = self._operation.look(target, before, client, last=last)
        wait.extend(client.deadline.extended)
        return seen

    def _waited(self) -> bool:
        """Tell whether the looks went on for as long as the task wanted."""
        return self._plan.wait_timeout > 0 and not self._line.clock.stop.is_set()

    def _has_time(self, client: Client) -> bool:
        return client.deadline.left() > 0 and not self._line.clock.stop.is_set()

    def _still_there(self, seen: Snapshot | None) -> OutboundError:
        """Say what the last look showed of something that was accepted."""
        unit = self._operation.UNIT
        count_text = "some" if seen is None or seen.pending is None else str(seen.pending)
        end = "the task was interrupted" if self._line.clock.stop.is_set() else "wait_timeout was over"
        return OutboundError(
            Kind.TIMEOUT,
            f"the vendor accepted, but {count_text} {unit} were still there when {end}",
            happening=Happening.BROKEN,
        )


def _endless(pauses: Sequence[float]) -> Iterator[float]:
    """Yield the pauses, then the last one again and again."""
    return chain(pauses, repeat(pauses[-1]))


def _grew(before: Snapshot, seen: Snapshot) -> bool:
    return before.pending is not None and seen.pending is not None and seen.pending > before.pending


def defect(error: Exception) -> OutboundError:
    """Report a defect of ours by its place alone: its text may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return OutboundError(
        Kind.PROTOCOL,
        f"internal error, please report it: {type(error).__name__} at {place}",
        happening=Happening.UNDOCUMENTED,
    )
