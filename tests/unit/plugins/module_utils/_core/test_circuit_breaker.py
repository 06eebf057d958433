# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What opens and closes the circuit, and what happens to waiting requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import probing
from ansible_collections.telephony.outbound.plugins.module_utils._core.circuit_breaker import IN_A_ROW, CircuitBreaker
from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    HeldBack,
    Kind,
    OutboundError,
)
from ansible_collections.telephony.outbound.tests.support.session import session_to

DOWN = OutboundError(Kind.UNAVAILABLE, "HTTP status 503", failure_class=FailureClass.INTERRUPTED, status=503)
NO = OutboundError(Kind.NOT_FOUND, "no such id", failure_class=FailureClass.REJECTED, status=404)
BY_THE_VENDOR = OutboundError(
    Kind.NOT_FOUND, "no such id", failure_class=FailureClass.REJECTED, status=404, code="none"
)
PROXY = OutboundError(Kind.CONNECT, "the proxy wants a login", failure_class=FailureClass.NOT_SENT, status=407)


def of(failure_class: FailureClass) -> OutboundError:
    return OutboundError(Kind.UNAVAILABLE, failure_class.name, failure_class=failure_class)


def opened(cause: OutboundError = DOWN) -> CircuitBreaker:
    circuit_breaker = CircuitBreaker()
    for target in range(IN_A_ROW):
        circuit_breaker.failed(target, cause)
    return circuit_breaker


@pytest.mark.parametrize("failure_class", FailureClass)
def test_what_opens_it(failure_class: FailureClass) -> None:
    opens = {FailureClass.CONNECT_FAILED, FailureClass.INTERRUPTED, FailureClass.REDIRECT, FailureClass.TLS}
    assert (opened(of(failure_class)).cause is not None) == (failure_class in opens)


def test_a_proxy_that_wants_a_login_opens_it() -> None:
    assert opened(PROXY).cause is PROXY


def test_it_is_opened_once_by_different_targets() -> None:
    calls: list[int] = []
    circuit_breaker = CircuitBreaker(lambda: calls.append(1))
    for target in (0, 0, 0, 0, 0, 0, 1, 2, 3):
        circuit_breaker.failed(target, DOWN)
    assert (circuit_breaker.cause, calls) == (None, [])
    for target in (4, 5, 6):
        circuit_breaker.failed(target, DOWN)
    assert (circuit_breaker.cause, calls) == (DOWN, [1])


@pytest.mark.parametrize("between", [None, NO, of(FailureClass.THROTTLED)])
def test_an_answer_between_begins_the_row_anew(between: OutboundError | None) -> None:
    circuit_breaker = CircuitBreaker()
    for target in range(IN_A_ROW - 1):
        circuit_breaker.failed(target, DOWN)
    if between is None:
        circuit_breaker.went_well()
    else:
        circuit_breaker.failed("between", between)
    circuit_breaker.failed("last", DOWN)
    assert circuit_breaker.cause is None


@pytest.mark.parametrize("between", [of(FailureClass.UNEXPECTED_RESPONSE), of(FailureClass.NOT_SENT)])
def test_what_says_nothing_of_the_vendor_does_not_count(between: OutboundError) -> None:
    circuit_breaker = CircuitBreaker()
    for target in range(IN_A_ROW):
        circuit_breaker.failed(target, DOWN)
        circuit_breaker.failed("between", between)
    assert circuit_breaker.cause is DOWN


def test_an_answer_from_before_does_not_close_it() -> None:
    circuit_breaker = opened()
    circuit_breaker.went_well()
    assert circuit_breaker.cause is DOWN
    circuit_breaker.close()
    assert circuit_breaker.cause is None
    circuit_breaker.failed("next", DOWN)
    assert circuit_breaker.cause is None


# --- waiting requests ------------------------------------------------------------------------------------------------


def waiting(circuit_breaker: CircuitBreaker, seconds: float = 5.0, clock: Clock | None = None) -> Iterator[float]:
    clock = clock or Clock()
    return circuit_breaker.wait(Deadline(clock, seconds), clock.stop)


def test_a_closed_one_is_passed_at_once() -> None:
    assert list(waiting(CircuitBreaker())) == []


def test_who_waits_goes_on_when_it_is_closed() -> None:
    circuit_breaker = opened()
    steps = waiting(circuit_breaker)
    assert next(steps) > 0
    assert next(steps) > 0
    circuit_breaker.close()
    assert list(steps) == []


def test_who_waits_in_vain_is_held_back() -> None:
    with pytest.raises(HeldBack, match=r"^held back: 5 targets in a row .*: HTTP status 503$") as caught:
        list(waiting(opened(), 0))
    assert (caught.value.kind, caught.value.failure_class, caught.value.status) == (
        Kind.UNAVAILABLE,
        FailureClass.NOT_SENT,
        503,
    )
    lost = opened()
    lost.lose()
    with pytest.raises(HeldBack):
        list(waiting(lost))


def test_an_interrupt_ends_the_waiting() -> None:
    clock = Clock()
    steps = waiting(opened(), clock=clock)
    assert next(steps) > 0
    clock.stop.set()
    assert list(steps) == []


# --- probes ----------------------------------------------------------------------------------------------------------


class Account:
    """Answers reads with the next item of its script, and then always successfully."""

    def __init__(self, *script: OutboundError | Exception) -> None:
        self.script = deque(script)
        self.reads = 0

    def read(self, _client: Client) -> None:
        self.reads += 1
        if self.script:
            raise self.script.popleft()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PROBES", (0.0, 0.001))


def probed(circuit_breaker: CircuitBreaker, vendor: Account, seconds: float = 5.0) -> OutboundError | None:
    """Run probes to the end, without sleeping."""
    return _result(probing.probe(circuit_breaker, session_to(None), seconds, vendor.read, lambda: True))


def _result(steps: Iterator[float]) -> OutboundError | None:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("script", [(), (BY_THE_VENDOR,), (DOWN,), (DOWN, NO, of(FailureClass.THROTTLED), DOWN)])
def test_an_answer_closes_it(script: tuple[OutboundError, ...]) -> None:
    circuit_breaker, vendor = opened(), Account(*script)
    assert probed(circuit_breaker, vendor) is None
    assert circuit_breaker.cause is None
    assert vendor.reads == len(script) + (script != (BY_THE_VENDOR,))


def test_where_no_answer_comes_it_says_so() -> None:
    circuit_breaker = opened()
    error = probed(circuit_breaker, Account(*[DOWN] * 100_000), seconds=0.05)
    assert error is not None
    assert error.message == (
        "5 targets in a row met this, and no read got through within target_timeout (0.05 s): HTTP status 503"
    )
    assert circuit_breaker.cause is DOWN
    with pytest.raises(HeldBack):
        list(waiting(circuit_breaker))


LASTING = [
    of(FailureClass.REDIRECT),
    of(FailureClass.TLS),
    PROXY,
    OutboundError(Kind.AUTH, "no", failure_class=FailureClass.REJECTED),
]


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_what_waiting_does_not_help_against_is_not_waited_for(error: OutboundError) -> None:
    circuit_breaker, vendor = opened(), Account(error)
    assert probed(circuit_breaker, vendor, seconds=3600) is not None
    assert vendor.reads == 1


def test_a_defect_of_ours_is_no_answer() -> None:
    circuit_breaker, vendor = opened(), Account(ValueError())
    assert probed(circuit_breaker, vendor) is None
    assert vendor.reads == 2


def test_it_ends_when_there_is_nothing_left_to_go_on_with() -> None:
    vendor = Account()
    assert _result(probing.probe(opened(), session_to(None), 3600, vendor.read, lambda: False)) is None
    assert vendor.reads == 0
