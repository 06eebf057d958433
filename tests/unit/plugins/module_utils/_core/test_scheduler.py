# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many jobs, few workers: all finish, none is lost, serial keys hold, and waits overlap."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.scheduler import Job, Scheduler
from ansible_collections.telephony.outbound.tests.support.crowd import Crowd

PAUSES = st.lists(st.floats(0, 0.002), max_size=4)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), PAUSES), min_size=1, max_size=25), st.integers(1, 8))
def test_every_job_runs_once_and_serial_keys_hold(plans: list[tuple[str | None, list[float]]], workers: int) -> None:
    done: list[int] = []
    inside: dict[str, int] = {"a": 0, "b": 0}
    order: dict[str, list[int]] = {"a": [], "b": []}

    def work(index: int, serial_key: str | None, pauses: list[float]) -> Iterator[float]:
        if serial_key:
            inside[serial_key] += 1
            order[serial_key].append(index)
            assert inside[serial_key] == 1
        yield from pauses
        if serial_key:
            inside[serial_key] -= 1
        done.append(index)

    jobs = [Job(lambda _job, args=(i, *plan): work(*args), plan[0]) for i, plan in enumerate(plans)]
    Scheduler(workers, Clock()).run(jobs)
    assert sorted(done) == list(range(len(plans)))
    for serial_key, indexes in order.items():
        assert indexes == sorted(indexes), serial_key


def test_no_more_workers_than_asked_for() -> None:
    crowd = Crowd()

    def work(_job: Job) -> Iterator[float]:
        with crowd:
            time.sleep(0.01)
        yield from ()

    Scheduler(3, Clock()).run([Job(work) for _index in range(12)])
    assert crowd.most == 3


def test_waiting_is_done_together() -> None:
    seen: list[str] = []

    def work(_job: Job) -> Iterator[float]:
        seen.append("begun")
        yield 0.5
        seen.append("ended")

    Scheduler(2, Clock()).run([Job(work) for _index in range(100)])
    assert seen.index("ended") > 2
    assert seen.count("ended") == 100


def waker(scheduler: Scheduler, sleeper: Job, waits: threading.Event) -> Job:
    """Return a job that wakes the sleeper just after it has started to wait."""

    def work(_job: Job) -> Iterator[float]:
        waits.wait(60)
        yield 0.02
        scheduler.wake(sleeper)

    return Job(work)


def test_a_job_is_woken_early_and_news_before_it_waits_is_not_lost() -> None:
    scheduler = Scheduler(2, Clock())
    waiting = threading.Event()
    seen: list[str] = []

    def sleeper(job: Job) -> Iterator[float]:
        scheduler.wake(job)  # news that arrives while it is still running
        yield 3600
        seen.append("early")
        waiting.set()
        yield 3600
        seen.append("woken")

    job = Job(sleeper)

    scheduler.run([job, waker(scheduler, job, waiting)])
    assert seen == ["early", "woken"]


def test_a_job_that_is_at_work_is_not_taken_by_another_worker() -> None:
    scheduler = Scheduler(2, Clock())

    def work(job: Job) -> Iterator[float]:
        for _turn in range(2):
            scheduler.wake(job)
            time.sleep(0.05)  # long enough for the other worker to take it, if it could
            yield 3600

    scheduler.run([Job(work)])


def test_news_shorten_one_pause_and_no_other() -> None:
    scheduler = Scheduler(1, Clock())
    pauses: list[float] = []

    def work(job: Job) -> Iterator[float]:
        for pause, wakes in ((60, True), (0.3, False), (0.1, False)):
            if wakes:
                scheduler.wake(job)
            started = time.monotonic()
            yield pause
            pauses.append(time.monotonic() - started)

    scheduler.run([Job(work)])
    # With a leftover second entry or second piece of news, it would have continued too early.
    assert [seconds >= pause for seconds, pause in zip(pauses, (60, 0.3, 0.1), strict=True)] == [False, True, True]


def test_an_entry_that_a_wake_has_outdated_wakes_nobody() -> None:
    scheduler = Scheduler(2, Clock())
    waits = threading.Event()
    slept: list[float] = []

    def sleeper(_job: Job) -> Iterator[float]:
        waits.set()
        yield 0.2  # woken at once; this entry remains
        started = time.monotonic()
        yield 0.5
        slept.append(time.monotonic() - started)

    job = Job(sleeper)

    scheduler.run([job, waker(scheduler, job, waits)])
    assert slept[0] >= 0.5


def test_jobs_waiting_for_their_serial_key_delay_no_other() -> None:
    free = threading.Event()
    seen: list[bool] = []

    def first(_job: Job) -> Iterator[float]:
        seen.append(free.wait(60))
        yield from ()

    def other(_job: Job) -> Iterator[float]:
        free.set()
        yield from ()

    def nothing(_job: Job) -> Iterator[float]:
        yield from ()

    Scheduler(2, Clock()).run([Job(first, "a"), Job(nothing, "a"), Job(other, "b")])
    assert seen == [True]


class Set(Clock):
    """A clock that only moves when it is set."""

    time = 0.0

    def now(self) -> float:
        return self.time


def test_who_has_waited_longest_goes_first() -> None:
    clock = Set()
    order: list[str] = []

    def work(name: str) -> Iterator[float]:
        yield 1
        order.append(name)

    def later(_job: Job) -> Iterator[float]:
        clock.time = 5.0
        yield from ()

    Scheduler(1, clock).run([*(Job(lambda _job, name=name: work(name)) for name in "abc"), Job(later)])
    assert order == ["a", "b", "c"]


def test_workers_do_not_keep_the_process_alive() -> None:
    daemons: list[bool] = []

    def work(_job: Job) -> Iterator[float]:
        daemons.append(threading.current_thread().daemon)
        yield from ()

    Scheduler(1, Clock()).run([Job(work)])
    assert daemons == [True]


def test_stop_ends_all_waits() -> None:
    clock = Clock()
    scheduler = Scheduler(2, clock, lambda: not clock.stop.is_set())
    begun: list[int] = []

    def work(_job: Job) -> Iterator[float]:
        begun.append(1)
        yield 3600
        yield 3600  # after the stop, no pause is long

    timer = threading.Timer(0.2, clock.stop.set)
    timer.start()
    scheduler.run([Job(work, serial_key="one") for _index in range(3)])
    timer.join()
    assert len(begun) == 1


def test_no_new_job_is_begun_when_it_may_not() -> None:
    begun: list[int] = []

    def work(_job: Job) -> Iterator[float]:
        begun.append(1)
        yield from ()

    Scheduler(1, Clock(), lambda: len(begun) < 2).run([Job(work) for _index in range(5)])
    assert len(begun) == 2


def test_a_crash_reaches_the_one_who_waits() -> None:
    def work(_job: Job) -> Iterator[float]:
        yield 0
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Scheduler(2, Clock()).run([Job(work), Job(work)])


def test_nothing_to_do() -> None:
    Scheduler(4, Clock()).run([])


# --- one function for many items -------------------------------------------------------------------------------------


def shared(scheduler: Scheduler, function: Callable[[int], int], items: list[int], found: list[Any]) -> Job:
    """Return a job that calls the function for every item, and stores the results."""

    def work(_job: Job) -> Iterator[float]:
        try:
            found.append(scheduler.side_by_side(function, items))
        except ValueError as error:
            found.append(error)
        yield from ()

    return Job(work)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 30), max_size=4), st.integers(1, 6))
def test_every_item_is_done_once_and_in_order(sizes: list[int], workers: int) -> None:
    scheduler = Scheduler(workers, Clock())
    done: list[int] = []
    found: list[Any] = []

    def double(item: int) -> int:
        done.append(item)
        return 2 * item

    scheduler.run([shared(scheduler, double, list(range(size)), found) for size in sizes])
    assert sorted(map(len, found)) == sorted(sizes)
    assert all(results == [2 * item for item in range(len(results))] for results in found)
    assert len(done) == sum(sizes)


def test_items_are_done_side_by_side_but_by_no_more_than_the_workers() -> None:
    scheduler = Scheduler(3, Clock())
    meeting = threading.Barrier(3)
    crowd = Crowd()

    def meet(item: int) -> int:
        with crowd:
            meeting.wait(60)
        return item

    found: list[Any] = []
    scheduler.run([shared(scheduler, meet, list(range(9)), found)])
    assert (found, crowd.most) == ([list(range(9))], 3)


@pytest.mark.parametrize("workers", [1, 4])
def test_the_first_error_ends_the_rest(workers: int) -> None:
    scheduler = Scheduler(workers, Clock())
    done: list[int] = []

    def fail(item: int) -> int:
        done.append(item)
        if item == 3:
            raise ValueError(item)
        time.sleep(0.001)
        return item

    found: list[Any] = []
    scheduler.run([shared(scheduler, fail, list(range(1000)), found)])
    assert str(found[0]) == "3"
    assert len(done) < 1000


def test_jobs_come_before_parts_of_others() -> None:
    """Jobs waiting for a worker must not be delayed by the many items of a running one."""
    scheduler = Scheduler(2, Clock())
    order: list[str] = []
    begun = threading.Event()

    def part(item: int) -> int:
        order.append("part")
        begun.wait(60)
        time.sleep(0.001)
        return item

    def other(_job: Job) -> Iterator[float]:
        order.append("job")
        begun.set()
        yield 0.0
        order.append("job")

    scheduler.run([shared(scheduler, part, list(range(200)), []), Job(other)])
    assert [index for index, what in enumerate(order) if what == "job"][-1] < 100


def test_many_jobs_of_one_serial_key_run_one_by_one() -> None:
    """Each job is moved once, rather than once for every job waiting behind it."""
    scheduler = Scheduler(4, Clock())
    moved = 0

    class Counted(deque[Job]):
        def popleft(self) -> Job:
            nonlocal moved
            moved += 1
            return super().popleft()

    scheduler._fresh = Counted()
    done: list[int] = []

    def work(index: int) -> Iterator[float]:
        done.append(index)
        yield 0.0

    scheduler.run([Job(lambda _job, index=index: work(index), "one queue") for index in range(3000)])
    assert done == list(range(3000))
    assert moved <= 2 * 3000
