# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The runner: read, decide, (check mode stops here,) write, confirm, result - the same for every vendor."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Generic

from .breaker import Breaker
from .client import Client, Line
from .confirm import Confirmation, Verdict
from .crew import Crew, Job, Steps
from .errors import AlreadyGone, Happening, Kind, OutboundError, refused
from .journal import Journal
from .operation import Operation, Snapshot, Target
from .plan import Guard, Plan
from .redact import Redactor
from .results import Entry


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
        self._plan = plan
        self._redactor = redactor
        self._journal = journal
        self._breaker = Breaker(stop_on_error=plan.stop_on_error)
        self._crew = Crew(plan.concurrency, line.clock, self._may_begin)
        self._line = replace(line, each=self._crew.side_by_side)
        self._entries: list[Entry | None] = []

    def run(self, guarded: Sequence[tuple[Target, Guard]]) -> list[Entry]:
        """Tear down; never raises for what a vendor does."""
        targets = [target for target, _guard in guarded]
        self._entries = [None] * len(targets)
        opening = self._line.client(self._plan.target_timeout, "target_timeout")
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
        client = self._line.client(self._plan.target_timeout, "target_timeout")
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
            verdict = yield from Confirmation(operation, self._line, plan, target, before, client).run()
        except AlreadyGone:
            verdict = Verdict(operation.words.idle, Snapshot(pending=0))
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


def defect(error: Exception) -> OutboundError:
    """Report a defect of ours by its place alone: its text may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return OutboundError(
        Kind.PROTOCOL,
        f"internal error, please report it: {type(error).__name__} at {place}",
        happening=Happening.UNDOCUMENTED,
    )
