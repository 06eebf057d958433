# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What opens the circuit, what closes it, and what becomes of those that wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import probing
from ansible_collections.telephony.outbound.plugins.module_utils._core.circuit import IN_A_ROW, Circuit
from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    Happening,
    HeldBack,
    Kind,
    OutboundError,
)
from ansible_collections.telephony.outbound.tests.support.lines import line_to

DOWN = OutboundError(Kind.UNAVAILABLE, "HTTP status 503", happening=Happening.BROKEN, status=503)
NO = OutboundError(Kind.NOT_FOUND, "no such id", happening=Happening.SAID_NO, status=404)
BY_THE_VENDOR = OutboundError(Kind.NOT_FOUND, "no such id", happening=Happening.SAID_NO, status=404, code="none")
PROXY = OutboundError(Kind.CONNECT, "the proxy wants a login", happening=Happening.NOT_SENT, status=407)


def of(happening: Happening) -> OutboundError:
    return OutboundError(Kind.UNAVAILABLE, happening.name, happening=happening)


def opened(cause: OutboundError = DOWN) -> Circuit:
    circuit = Circuit()
    for target in range(IN_A_ROW):
        circuit.failed(target, cause)
    return circuit


@pytest.mark.parametrize("happening", Happening)
def test_what_opens_it(happening: Happening) -> None:
    opens = {Happening.NOT_REACHED, Happening.BROKEN, Happening.REDIRECT, Happening.TLS}
    assert (opened(of(happening)).cause is not None) == (happening in opens)


def test_a_proxy_that_wants_a_login_opens_it() -> None:
    assert opened(PROXY).cause is PROXY


def test_it_is_opened_once_by_different_targets() -> None:
    calls: list[int] = []
    circuit = Circuit(lambda: calls.append(1))
    for target in (0, 0, 0, 0, 0, 0, 1, 2, 3):
        circuit.failed(target, DOWN)
    assert (circuit.cause, calls) == (None, [])
    for target in (4, 5, 6):
        circuit.failed(target, DOWN)
    assert (circuit.cause, calls) == (DOWN, [1])


@pytest.mark.parametrize("between", [None, NO, of(Happening.TURNED_AWAY)])
def test_an_answer_between_begins_the_row_anew(between: OutboundError | None) -> None:
    circuit = Circuit()
    for target in range(IN_A_ROW - 1):
        circuit.failed(target, DOWN)
    if between is None:
        circuit.went_well()
    else:
        circuit.failed("between", between)
    circuit.failed("last", DOWN)
    assert circuit.cause is None


@pytest.mark.parametrize("between", [of(Happening.UNDOCUMENTED), of(Happening.NOT_SENT)])
def test_what_says_nothing_of_the_vendor_does_not_count(between: OutboundError) -> None:
    circuit = Circuit()
    for target in range(IN_A_ROW):
        circuit.failed(target, DOWN)
        circuit.failed("between", between)
    assert circuit.cause is DOWN


def test_an_answer_from_before_does_not_close_it() -> None:
    circuit = opened()
    circuit.went_well()
    assert circuit.cause is DOWN
    circuit.close()
    assert circuit.cause is None
    circuit.failed("next", DOWN)
    assert circuit.cause is None


# --- who waits -------------------------------------------------------------------------------------------------------


def waiting(circuit: Circuit, seconds: float = 5.0, clock: Clock | None = None) -> Iterator[float]:
    clock = clock or Clock()
    return circuit.wait(Deadline(clock, seconds), clock.stop)


def test_a_closed_one_is_passed_at_once() -> None:
    assert list(waiting(Circuit())) == []


def test_who_waits_goes_on_when_it_is_closed() -> None:
    circuit = opened()
    steps = waiting(circuit)
    assert next(steps) > 0
    assert next(steps) > 0
    circuit.close()
    assert list(steps) == []


def test_who_waits_in_vain_is_held_back() -> None:
    with pytest.raises(HeldBack, match=r"^held back: 5 targets in a row .*: HTTP status 503$") as caught:
        list(waiting(opened(), 0))
    assert (caught.value.kind, caught.value.happening, caught.value.status) == (
        Kind.UNAVAILABLE,
        Happening.NOT_SENT,
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


class Vendor:
    """Answers reads with the next of its script, and then always well."""

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


def probed(circuit: Circuit, vendor: Vendor, seconds: float = 5.0) -> OutboundError | None:
    """Probe to the end, without sleeping the pauses."""
    return _result(probing.probe(circuit, line_to(None), seconds, vendor.read, lambda: True))


def _result(steps: Iterator[float]) -> OutboundError | None:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("script", [(), (BY_THE_VENDOR,), (DOWN,), (DOWN, NO, of(Happening.TURNED_AWAY), DOWN)])
def test_an_answer_closes_it(script: tuple[OutboundError, ...]) -> None:
    circuit, vendor = opened(), Vendor(*script)
    assert probed(circuit, vendor) is None
    assert circuit.cause is None
    assert vendor.reads == len(script) + (script != (BY_THE_VENDOR,))


def test_where_no_answer_comes_it_says_so() -> None:
    circuit = opened()
    error = probed(circuit, Vendor(*[DOWN] * 100_000), seconds=0.05)
    assert error is not None
    assert error.message == (
        "5 targets in a row met this, and no read got through within target_timeout (0.05 s): HTTP status 503"
    )
    assert circuit.cause is DOWN
    with pytest.raises(HeldBack):
        list(waiting(circuit))


LASTING = [
    of(Happening.REDIRECT),
    of(Happening.TLS),
    PROXY,
    OutboundError(Kind.AUTH, "no", happening=Happening.SAID_NO),
]


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_what_waiting_does_not_help_against_is_not_waited_for(error: OutboundError) -> None:
    circuit, vendor = opened(), Vendor(error)
    assert probed(circuit, vendor, seconds=3600) is not None
    assert vendor.reads == 1


def test_a_defect_of_ours_is_no_answer() -> None:
    circuit, vendor = opened(), Vendor(ValueError())
    assert probed(circuit, vendor) is None
    assert vendor.reads == 2


def test_it_ends_when_there_is_nothing_left_to_go_on_with() -> None:
    vendor = Vendor()
    assert _result(probing.probe(opened(), line_to(None), 3600, vendor.read, lambda: False)) is None
    assert vendor.reads == 0
