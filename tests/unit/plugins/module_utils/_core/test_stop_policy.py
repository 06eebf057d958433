# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stops a task, and how it reports the targets that were not started."""

from __future__ import annotations

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.stop_policy import StopPolicy

UNREACHED = OutboundError(Kind.CONNECT, "refused", failure_class=FailureClass.CONNECT_FAILED)


def said_no(kind: Kind) -> OutboundError:
    return OutboundError(kind, "no", failure_class=FailureClass.REJECTED, status=401, code="E1")


def test_the_first_cause_is_told_with_all_that_is_known_of_it() -> None:
    stop_policy = StopPolicy(stop_on_error=False)
    assert stop_policy.reason() is None
    stop_policy.observe(said_no(Kind.AUTH), reached=True)
    stop_policy.trip(said_no(Kind.TLS))
    found = stop_policy.reason()
    assert found is not None
    assert vars(found) == {
        "kind": Kind.AUTH,
        "message": "not begun: no",
        "failure_class": FailureClass.NOT_SENT,
        "status": 401,
        "code": "E1",
        "words": "",
        "pause": None,
        "excerpt": None,
    }


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("stop_on_error", [False, True])
def test_what_a_vendor_says_stops_only_where_it_holds_for_all(kind: Kind, stop_on_error: bool) -> None:
    stop_policy = StopPolicy(stop_on_error=stop_on_error)
    stop_policy.observe(said_no(kind), reached=True)
    assert stop_policy.tripped == (stop_on_error or kind in (Kind.AUTH, Kind.TLS))


@pytest.mark.parametrize("between", [None, said_no(Kind.DENIED)])
def test_out_of_reach_is_counted_in_a_row(between: OutboundError | None) -> None:
    stop_policy = StopPolicy(stop_on_error=False)
    for error in (*[UNREACHED] * 4, between, *[UNREACHED] * 4):
        stop_policy.observe(error, reached=True)
    assert not stop_policy.tripped
    stop_policy.observe(UNREACHED, reached=True)
    assert stop_policy.tripped


def test_never_reached_is_enough_at_once() -> None:
    stop_policy = StopPolicy(stop_on_error=False)
    stop_policy.observe(said_no(Kind.DENIED), reached=False)
    assert not stop_policy.tripped
    stop_policy.observe(UNREACHED, reached=False)
    assert stop_policy.tripped
