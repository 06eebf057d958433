# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The runner: read, decide, (check mode stops here,) write, confirm, result; the same for every vendor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from .client import Client, Session
from .clock import Clock
from .confirm import Confirmation, WriteResult, will_recheck
from .counts import number
from .dispatcher import Dispatcher
from .errors import (
    AlreadyGone,
    FailureClass,
    HeldBack,
    Interrupted,
    Kind,
    OptionError,
    OutboundError,
    defect,
    guard_error,
)
from .interrupt import Permit
from .journal import Journal
from .operation import Operation, Snapshot, State, Target
from .outcomes import Outcome
from .overlaps import Sums
from .redact import Redactor
from .results import Entry
from .run_settings import Guard, RunSettings
from .scheduler import Job, JobSteps, Scheduler, never

_FAREWELL = 1.5
"""Seconds that are left for closing what was opened, however long an interrupted task took until then."""


class Teardown(Generic[Target, State]):
    """Processes all targets of one task and returns their entries in the order given."""

    def __init__(
        self,
        operation: Operation[Target, State],
        session: Session,
        settings: RunSettings,
        redactor: Redactor,
        journal: Journal | None = None,
    ) -> None:
        self._operation = operation
        self._settings = settings
        self._redactor = redactor
        self._journal = journal
        self._dispatcher = Dispatcher(session, settings, self._probe, lambda: None in self._entries)
        self._scheduler = self._dispatcher.scheduler
        self._session = self._dispatcher.session
        self._targets: Sequence[Target] = ()
        self._entries: list[Entry | None] = []
        self._sums = Sums()
        self._clients: list[Client | None] = []
        self._crash: Exception | None = None
        self._closed = False
        self._lock = threading.Lock()
        session.clock.grace = settings.timeout

    def run(self, guarded: Sequence[tuple[Target, Guard]]) -> list[Entry]:
        """Tear down; never raises for a vendor's response, or for a failure in one target or at the end."""
        targets = [target for target, _guard in guarded]
        self._targets = targets
        self._entries = [None] * len(targets)
        self._clients = [None] * len(targets)
        try:
            if self._begin(targets[0]):
                self._scheduler.run(self._job(index, target, guard) for index, (target, guard) in enumerate(guarded))
        except OptionError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect here must not lose the results
            self._crash = error
        finally:
            self._finish()
        for index, target in enumerate(targets):
            if self._entries[index] is None:
                self._end(index, self._unended(index, target))
        with self._lock:
            self._closed = True
            return [entry for entry in self._entries if entry is not None]

    def _job(self, index: int, target: Target, guard: Guard) -> Job:
        work = partial(self._work, index, target, guard)
        return Job(work, self._operation.scope(target).place, partial(self._give_up, index))

    def _begin(self, first: Target) -> bool:
        """Do the work before the targets; return False if they cannot begin."""
        permit = Permit(self._session.clock.stop)
        client = self._session.client(self._settings.target_timeout, "target_timeout", permit=permit)
        done = _alone(
            self._session.clock, partial(self._operation.open, client), partial(permit.revoke, break_off=False)
        )
        if done.error is None:
            return done.ended
        if isinstance(done.error, OptionError):
            raise done.error
        error = done.error if isinstance(done.error, OutboundError) else defect(done.error)
        if self._undone(error, permit)[0] is not Outcome.NOT_SENT:
            self._end(0, Entry(target=self._operation.identify(first), outcome=Outcome.FAILED, error=error))
            self._dispatcher.stop_policy.trip(error)
        return False

    def _finish(self) -> None:
        """Close what was opened; a failure is a warning."""
        clock = self._session.clock
        clock.extend_grace(_FAREWELL)
        client = self._session.client(self._settings.timeout, permit=Permit(clock.stop, lasting=True))
        done = _alone(clock, partial(self._operation.close, client))
        if done.error is not None:
            self._operation.warnings.append(f"what was opened may still be open: {defect(done.error).message}")
        elif not done.ended:
            self._operation.warnings.append(
                "what was opened may still be open: closing it was not over in time after the interrupt"
            )

    def _probe(self, client: Client) -> None:
        self._operation.probe(self._targets[-1], client)

    def _give_up(self, index: int) -> bool:
        """After an interrupt, give up a target that has no write out."""
        client = self._clients[index]
        return client is None or client.permit.revoke()

    def _unended(self, index: int, target: Target) -> Entry:
        """Return the entry of a target that was not begun, or whose end was not awaited."""
        client = self._clients[index]
        entry = Entry(target=self._operation.identify(target), outcome=Outcome.NOT_SENT)
        if client is None:
            entry.error = self._dispatcher.stop_policy.reason() or Permit(self._session.clock.stop).interrupted()
        elif not client.permit.written:
            entry.outcome = Outcome.NOT_SENT if self._crash is None else Outcome.FAILED
            entry.error = client.permit.interrupted()
        else:
            entry.outcome, entry.changed, entry.attempts = Outcome.IN_DOUBT, True, max(1, client.writes)
            entry.trace = client.trace
            entry.error = OutboundError(
                Kind.TIMEOUT,
                f"interrupted, and what became of it did not show within timeout ({self._settings.timeout:g} seconds)",
                FailureClass.INTERRUPTED,
            )
        if self._crash is not None:
            entry.error = defect(self._crash)
        return entry

    def _end(self, index: int, entry: Entry) -> None:
        """Keep the first entry of a target, and record it in the journal."""
        with self._lock:
            if self._closed or self._entries[index] is not None:
                return
            self._entries[index] = entry
        if self._journal:
            try:
                self._journal.ended(index, entry.as_dict(self._redactor), entry.record(self._redactor))
            except OSError as error:
                self._dispatcher.stop_policy.trip(guard_error(f"the journal cannot be written: {error.strerror}"))

    def _work(self, index: int, target: Target, guard: Guard, job: Job) -> JobSteps:
        """Process one target from its first read to its entry."""
        clock = self._session.clock
        started = clock.now()
        entry = Entry(target=self._operation.identify(target), outcome=Outcome.FAILED, begun=clock.date())
        permit = Permit(clock.stop, before_first_write=partial(self._note_begun, index, entry))
        client = self._session.client(self._settings.target_timeout, "target_timeout", permit=permit)
        self._clients[index] = client
        try:
            self._operation.on_news(target, partial(self._scheduler.wake, job))
            yield from self._carry_out(index, target, guard, client, entry)
        except OutboundError as error:
            entry.outcome, entry.error = self._undone(error, permit)
            if entry.outcome is Outcome.NOT_SENT:
                entry.pending_after = entry.pending_before
        except Exception as error:  # noqa: BLE001 - a defect here must not lose the other targets' results
            entry.outcome = Outcome.IN_DOUBT if permit.written else Outcome.FAILED
            entry.error = defect(error)
        if entry.error and entry.outcome in (Outcome.FAILED, Outcome.IN_DOUBT):
            entry.error = self._tell_of_interrupt(entry.error)
        labels = self._operation.labels
        entry.changed = entry.outcome in (labels.would, labels.done, Outcome.ACCEPTED, Outcome.IN_DOUBT)
        entry.attempts = client.writes
        entry.elapsed = clock.now() - started
        entry.trace = client.trace
        entry.confirmed = clock.date() if entry.verified else None
        self._end(index, entry)
        self._dispatcher.observe(entry.error if entry.failed else None)

    def _undone(self, error: OutboundError, permit: Permit) -> tuple[Outcome, OutboundError]:
        """Return outcome and error of a target of which nothing was carried out."""
        # A request that an interrupt aborted or kept from a retry is no failure of the vendor.
        said = error.kind is Kind.GUARD or error.failure_class is FailureClass.REJECTED
        if permit.revoked or (self._session.clock.stop.is_set() and not said) or isinstance(error, Interrupted):
            return (Outcome.FAILED, error) if permit.written else (Outcome.NOT_SENT, permit.interrupted())
        if isinstance(error, HeldBack):
            return Outcome.NOT_SENT, error
        return (Outcome.REFUSED if error.kind is Kind.GUARD else Outcome.FAILED), error

    def _tell_of_interrupt(self, error: OutboundError) -> OutboundError:
        """Add the note that an interrupt may have shortened a pause or the rechecks."""
        reason = self._session.clock.stop.reason
        if reason is None or "interrupted" in error.message:
            return error
        return error.with_(message=f"{error.message}; the task was interrupted ({reason})")

    def _carry_out(self, index: int, target: Target, guard: Guard, client: Client, entry: Entry) -> JobSteps:
        """Fill the entry; raises OutboundError only if nothing was carried out."""
        operation, settings = self._operation, self._settings
        before = yield from self._read(target, client)
        entry.pending_before, entry.diff_before, entry.details = before.pending, before.diff_lines, before.details
        if before.pending == 0:
            entry.outcome, entry.pending_after, entry.verified = operation.labels.idle, 0, not before.partial
            return
        entry.pending_after = before.pending
        scope = operation.scope(target)
        if before.guard_message is not None:
            raise guard_error(before.guard_message)
        self._sums.check(scope, before.pending, guard, operation.UNIT)
        if settings.check_mode:
            entry.outcome, entry.pending_after, entry.diff_after = operation.labels.would, None, self._outlook(before)
            self._sums.add(scope.place, before.pending)
            operation.foresee(target, before)
            return
        entry.details = {**entry.details, **operation.prepare(target, before, client)}
        self._sums.add(scope.place, before.pending)
        entry.pending_after = None
        try:
            result = yield from Confirmation(operation, self._session, settings, target, before, client).run()
        except AlreadyGone as gone:
            result = WriteResult(operation.labels.idle, Snapshot(pending=0, words=str(gone)))
        entry.outcome, entry.error = result.outcome, result.error
        entry.verified = result.outcome in (operation.labels.done, operation.labels.idle) and not before.partial
        if result.seen is not None:
            entry.pending_after, entry.diff_after = result.seen.pending, result.seen.diff_lines
            entry.details = {**entry.details, **result.seen.details}
            entry.words = result.seen.words

    def _read(self, target: Target, client: Client) -> Generator[float, None, Snapshot[State]]:
        """Read the target; again if the circuit was open, since the state may have changed until it closed."""
        while True:
            yield from self._session.circuit_breaker.wait(client.deadline, client.clock.stop)
            before = self._operation.read(target, client)
            if self._session.circuit_breaker.cause is None or client.clock.stop.is_set():
                return before

    def _outlook(self, before: Snapshot[State]) -> Sequence[str]:
        """Return the expected state after the write for the diff, or unknown if no recheck can show it."""
        unit = self._operation.UNIT
        if not will_recheck(self._operation, self._settings, before):
            return (number(None, unit),)
        return before.diff_expected or (number(0 if self._operation.can_confirm(before) else None, unit),)

    def _note_begun(self, index: int, entry: Entry) -> None:
        if self._journal:
            try:
                self._journal.begun(index, self._redactor.clean(entry.target))
            except OSError as error:
                raise guard_error(f"the journal cannot be written: {error.strerror}") from error


@dataclass
class _Done:
    """How one step ended."""

    ended: bool = False
    error: Exception | None = None


def _alone(clock: Clock, step: Callable[[], None], give_up: Callable[[], bool] = never) -> _Done:
    """Run one step in its own thread, so that the caller notices an interrupt even if the step hangs."""
    done = _Done()

    def carry_out(_job: Job) -> JobSteps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - raised again by the waiting thread
            done.error = error
        done.ended = True
        yield from ()

    Scheduler(1, clock).run([Job(carry_out, give_up=give_up)])
    return done
