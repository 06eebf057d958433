# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A scheduler: worker threads that carry out many jobs together.

A job is a generator: it yields the seconds after which it continues, and while it waits its worker
thread runs another job. A thousand targets are confirmed together this way, not one by one.

The starting thread only waits, so it notices a request to stop even if all workers hang.
"""

from __future__ import annotations

import heapq
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from .clock import Clock
from .signals import STOPPING

JobSteps = Generator[float, None, None]

_CLEAN_UP = 0.5
"""Seconds that a job which was given up has to end by itself, and to remove what it made."""

_CHECK = 0.2
"""Seconds after which a worker that waits looks whether the task was interrupted."""


def never() -> bool:
    """Return False: the job cannot be given up."""
    return False


@dataclass(eq=False)
class Job:
    """One job. Jobs of the same ``serial_key`` run one after the other.

    ``give_up`` is called after an interrupt and returns whether the job's end need not be awaited.
    """

    begin: Callable[[Job], JobSteps]
    serial_key: Hashable = None
    give_up: Callable[[], bool] = never
    holds_key: bool = False
    steps: JobSteps | None = None
    waits: bool = False
    woken: bool = False
    generation: int = 0
    over: bool = False


class Share:
    """Calls of one function, shared by several threads; the first error ends the rest."""

    def __init__(self, function: Callable[[Any], Any], items: Sequence[Any]) -> None:
        self._function = function
        self._items = items
        self._results: list[Any] = [None] * len(items)
        self._change = threading.Condition()
        self._taken = 0
        self._under_way = 0
        self._error: BaseException | None = None

    @property
    def has_more(self) -> bool:
        """Return whether an item is left that no thread has taken."""
        return self._error is None and self._taken < len(self._items)

    def take_one(self) -> bool:
        """Process one item; return False if none is left."""
        with self._change:
            if not self.has_more:
                return False
            index = self._taken
            self._taken += 1
            self._under_way += 1
        try:
            self._results[index] = self._function(self._items[index])
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for the results
            self._error = self._error or error
        with self._change:
            self._under_way -= 1
            self._change.notify_all()
        return True

    def results(self) -> list[Any]:
        """Wait for the calls under way; return all results in the order of the items, or raise the first error."""
        with self._change:
            while self._under_way:
                self._change.wait()
        if self._error is not None:
            raise self._error
        return self._results


class Scheduler:
    """Runs jobs on a number of worker threads; new jobs begin only while ``may_begin`` returns true."""

    def __init__(self, workers: int, clock: Clock, may_begin: Callable[[], bool] = lambda: True) -> None:
        self._workers = workers
        self._clock = clock
        self._may_begin = may_begin
        self._change = threading.Condition()
        self._fresh: deque[Job] = deque()
        self._parked: dict[Hashable, deque[Job]] = {}
        self._shares: list[Share] = []
        self._due: list[tuple[float, int, int, Job]] = []
        self._count = 0
        self._open: set[Job] = set()
        self._crash: BaseException | None = None

    def run(self, jobs: Iterable[Job]) -> None:
        """Return when every job that began has ended, or was abandoned after an interrupt; jobs must not raise."""
        self._fresh.extend(jobs)
        # Also for fewer jobs: an idle worker takes a part of another job.
        wanted = self._workers if self._fresh else 0
        if wanted and not self._start(wanted):
            self._work()  # no thread could be started, so this one does the work
        stop = self._clock.stop
        while not (stop.is_set() or self._finished()):
            stop.await_news(inf)
        if not self._finished():
            self._wind_up()
        if self._crash is not None:
            raise self._crash

    def add(self, job: Job) -> None:
        """Add a job that begins at once; called from inside another job."""
        with self._change:
            self._open.add(job)
            self._schedule(job, self._clock.now())

    def wake(self, job: Job) -> None:
        """Resume a waiting job now."""
        with self._change:
            if job.waits:
                self._schedule(job, self._clock.now())
            else:
                job.woken = True

    def side_by_side(self, function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Call the function for every item, here and on idle workers; return all results, or raise the first error."""
        share = Share(function, items)
        with self._change:
            self._shares.append(share)
            self._change.notify_all()
        try:
            while share.take_one():
                pass
            return share.results()
        finally:
            with self._change:
                self._shares.remove(share)

    def _start(self, number: int) -> int:
        """Start workers; return how many, which is fewer if the system allows no more threads."""
        for started in range(number):
            try:
                threading.Thread(target=self._work_apart, daemon=True).start()
            except (RuntimeError, MemoryError):
                return started
        return number

    def _finished(self) -> bool:
        with self._change:
            return not self._open and not (self._fresh and self._may_begin())

    def _wind_up(self) -> None:
        """After an interrupt, wait only for jobs that cannot be given up, and only for a short time."""
        with self._change:
            given_up = {job for job in self._open if job.give_up()}
            self._change.notify_all()
        self._wait_until(lambda: all(job.over for job in given_up), self._clock.now() + _CLEAN_UP)
        self._leave_alone(given_up)
        self._wait_until(self._finished, self._clock.end)
        self._leave_alone(self._open)

    def _wait_until(self, reached: Callable[[], bool], end: float) -> None:
        while not reached() and (left := end - self._clock.now()) > 0:
            self._clock.stop.await_news(left)

    def _leave_alone(self, jobs: Iterable[Job]) -> None:
        """Count unfinished jobs as over; workers may be stuck in them, so replace these."""
        with self._change:
            left = [job for job in jobs if not job.over]
            for job in left:
                self._end(job)
            self._start(min(self._workers, len(self._open)) if left else 0)
            self._change.notify_all()

    def _work_apart(self) -> None:
        # Signals must wake only the thread that waits for them; threads started here inherit the mask.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        self._work()

    def _work(self) -> None:
        while True:
            job = self._next()
            if job is None:
                return
            if isinstance(job, Share):
                job.take_one()
                continue
            try:
                pause = self._step(job)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                self._crash = error
                pause = None
            self._settle(job, pause)

    def _step(self, job: Job) -> float | None:
        """Run one step of a job; None when it has ended."""
        if job.steps is None:
            job.steps = job.begin(job)
        return next(job.steps, None)

    def _next(self) -> Job | Share | None:
        """Wait for a job that can continue, or for a part of one; None when no more will come."""
        with self._change:
            while True:
                job = self._pop_due() or self._pop_fresh() or next((s for s in self._shares if s.has_more), None)
                if job is not None:
                    return job
                if not self._open:
                    self._change.notify_all()
                    self._clock.stop.tell()
                    return None
                self._change.wait(self._until_next_due())

    def _pop_due(self) -> Job | None:
        while self._due:
            due, _count, generation, job = self._due[0]
            outdated = not job.waits or generation != job.generation or job.over
            if not outdated and due > self._clock.now() and not self._clock.stop.is_set():
                return None
            heapq.heappop(self._due)
            if not outdated:
                job.waits = False
                return job
        return None

    def _pop_fresh(self) -> Job | None:
        while self._fresh and self._may_begin():
            job = self._fresh.popleft()
            if job.serial_key is not None and not job.holds_key:
                if job.serial_key in self._parked:
                    self._parked[job.serial_key].append(job)
                    continue
                self._parked[job.serial_key] = deque()
            self._open.add(job)
            return job
        return None

    def _settle(self, job: Job, pause: float | None) -> None:
        """Queue a job again, or start the next job of its ``serial_key``."""
        with self._change:
            if job.over:
                return
            if pause is not None:
                self._schedule(job, self._clock.now() + (0.0 if job.woken else pause))
                return
            self._end(job)
            if job.serial_key is not None:
                self._hand_on(job.serial_key)
            self._change.notify_all()

    def _hand_on(self, serial_key: Hashable) -> None:
        """Start the job that has waited longest for a ``serial_key``."""
        if self._parked[serial_key]:
            job = self._parked[serial_key].popleft()
            job.holds_key = True
            self._fresh.appendleft(job)
        else:
            del self._parked[serial_key]

    def _end(self, job: Job) -> None:
        job.over = True
        self._open.discard(job)
        if self._clock.stop.is_set():
            self._clock.stop.tell()

    def _schedule(self, job: Job, due: float) -> None:
        job.waits, job.woken = True, False
        job.generation += 1
        self._count += 1
        heapq.heappush(self._due, (due, self._count, job.generation, job))
        self._change.notify()

    def _until_next_due(self) -> float:
        return min(max(0.0, self._due[0][0] - self._clock.now()), _CHECK) if self._due else _CHECK
