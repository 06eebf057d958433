# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stops a task, and what is then said of the targets that were not begun."""

from __future__ import annotations

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.breaker import Breaker
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import Happening, Kind, OutboundError

UNREACHED = OutboundError(Kind.CONNECT, "refused", happening=Happening.NOT_REACHED)


def said_no(kind: Kind) -> OutboundError:
    return OutboundError(kind, "no", happening=Happening.SAID_NO, status=401, code="E1")


def test_the_first_cause_is_told_with_all_that_is_known_of_it() -> None:
    breaker = Breaker(stop_on_error=False)
    assert breaker.reason() is None
    breaker.observe(said_no(Kind.AUTH), reached=True)
    breaker.trip(said_no(Kind.TLS))
    found = breaker.reason()
    assert found is not None
    assert vars(found) == {
        "kind": Kind.AUTH,
        "message": "not begun: no",
        "happening": Happening.NOT_SENT,
        "status": 401,
        "code": "E1",
        "pause": None,
        "excerpt": None,
    }


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("stop_on_error", [False, True])
def test_what_a_vendor_says_stops_only_where_it_holds_for_all(kind: Kind, stop_on_error: bool) -> None:
    breaker = Breaker(stop_on_error=stop_on_error)
    breaker.observe(said_no(kind), reached=True)
    assert breaker.tripped == (stop_on_error or kind in (Kind.AUTH, Kind.TLS))


@pytest.mark.parametrize("between", [None, said_no(Kind.DENIED)])
def test_out_of_reach_is_counted_in_a_row(between: OutboundError | None) -> None:
    breaker = Breaker(stop_on_error=False)
    for error in (*[UNREACHED] * 4, between, *[UNREACHED] * 4):
        breaker.observe(error, reached=True)
    assert not breaker.tripped
    breaker.observe(UNREACHED, reached=True)
    assert breaker.tripped


def test_never_reached_is_enough_at_once() -> None:
    breaker = Breaker(stop_on_error=False)
    breaker.observe(said_no(Kind.DENIED), reached=False)
    assert not breaker.tripped
    breaker.observe(UNREACHED, reached=False)
    assert breaker.tripped
