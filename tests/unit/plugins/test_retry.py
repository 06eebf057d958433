# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The retry table, row by row, with time and randomness in the test's hands."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import retry
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    Happening,
    Kind,
    OutboundError,
    from_status,
    refused,
    undocumented,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose

NOW = 1_800_000_000.0


def error(happening: Happening, retry_after: str | None = None) -> OutboundError:
    return OutboundError(Kind.UNAVAILABLE, "", happening=happening, retry_after=retry_after)


def wait(purpose: Purpose, problem: OutboundError, **changed: float) -> float | None:
    values = {"tries": 1, "retries": 3, "left": 100.0, "date": NOW, **changed}
    return retry.wait_before_next_try(purpose, problem, random=lambda: 1.0, **values)


AGAIN = {
    Happening.NOT_REACHED: {Purpose.LOGIN, Purpose.READ, Purpose.WRITE},
    Happening.TLS: set(),
    Happening.TURNED_AWAY: {Purpose.LOGIN, Purpose.READ, Purpose.WRITE},
    Happening.BROKEN: {Purpose.LOGIN, Purpose.READ},
    Happening.REDIRECT: set(),
    Happening.SAID_NO: set(),
    Happening.UNDOCUMENTED: set(),
    Happening.NOT_SENT: set(),
}
IN_DOUBT = {Happening.BROKEN, Happening.REDIRECT, Happening.UNDOCUMENTED}
NOT_SENT = {Happening.NOT_REACHED, Happening.TLS, Happening.NOT_SENT}


def test_every_happening_has_its_row() -> None:
    assert set(retry.TABLE) == set(AGAIN) == set(Happening)


@pytest.mark.parametrize("happening", Happening)
@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_sent_again(happening: Happening, purpose: Purpose) -> None:
    assert (wait(purpose, error(happening)) is not None) == (purpose in AGAIN[happening])


@pytest.mark.parametrize("happening", Happening)
def test_what_may_have_been_carried_out(happening: Happening) -> None:
    assert retry.perhaps_carried_out(error(happening)) == (happening in IN_DOUBT)
    assert retry.was_sent(error(happening)) == (happening not in NOT_SENT)


def test_tries_are_counted() -> None:
    problem = error(Happening.NOT_REACHED)
    assert wait(Purpose.READ, problem, tries=3, retries=3) is not None
    assert wait(Purpose.READ, problem, tries=4, retries=3) is None
    assert wait(Purpose.READ, problem, tries=1, retries=0) is None


def test_backoff_grows_to_its_bound() -> None:
    assert [retry.backoff(tries, lambda: 1.0) for tries in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]


@given(st.integers(1, 1000), st.floats(0, 1))
def test_backoff_stays_in_bounds(tries: int, random: float) -> None:
    assert 0 <= retry.backoff(tries, lambda: random) <= retry.BACKOFF_LONGEST


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        (format_datetime(datetime.fromtimestamp(NOW + 30, UTC), usegmt=True), 30.0),
        (format_datetime(datetime.fromtimestamp(NOW - 30, UTC), usegmt=True), 0.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry.retry_after_seconds(header, NOW) == seconds


@given(st.text())
def test_retry_after_takes_any_text(header: str) -> None:
    seconds = retry.retry_after_seconds(header, NOW)
    assert seconds is None or seconds >= 0


def test_retry_after_counts_only_where_the_vendor_turned_us_away() -> None:
    assert wait(Purpose.READ, error(Happening.TURNED_AWAY, "7")) == 7
    assert wait(Purpose.READ, error(Happening.TURNED_AWAY)) == 0.5
    assert wait(Purpose.READ, error(Happening.BROKEN, "7")) == 0.5


@pytest.mark.parametrize(("left", "expected"), [(7.1, 7.0), (7.0, None), (0.0, None)])
def test_a_wait_beyond_the_time_that_is_left_is_not_begun(left: float, expected: float | None) -> None:
    assert wait(Purpose.WRITE, error(Happening.TURNED_AWAY, "7"), left=left) == expected


@pytest.mark.parametrize(
    ("status", "retry_after", "kind", "happening"),
    [
        (300, None, Kind.PROTOCOL, Happening.UNDOCUMENTED),
        (301, None, Kind.PROTOCOL, Happening.UNDOCUMENTED),
        (400, None, Kind.REJECTED, Happening.SAID_NO),
        (401, None, Kind.AUTH, Happening.SAID_NO),
        (403, None, Kind.DENIED, Happening.SAID_NO),
        (404, None, Kind.NOT_FOUND, Happening.SAID_NO),
        (422, "5", Kind.REJECTED, Happening.SAID_NO),
        (429, None, Kind.BUSY, Happening.TURNED_AWAY),
        (429, "5", Kind.BUSY, Happening.TURNED_AWAY),
        (500, "5", Kind.UNAVAILABLE, Happening.BROKEN),
        (502, None, Kind.UNAVAILABLE, Happening.BROKEN),
        (503, None, Kind.UNAVAILABLE, Happening.BROKEN),
        (503, "5", Kind.UNAVAILABLE, Happening.TURNED_AWAY),
        (504, None, Kind.UNAVAILABLE, Happening.BROKEN),
    ],
)
def test_statuses(status: int, retry_after: str | None, kind: Kind, happening: Happening) -> None:
    found = from_status(status, retry_after=retry_after)
    assert found is not None
    assert (found.kind, found.happening, found.status) == (kind, happening, status)
    assert found.message == f"HTTP status {status}"


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_success_is_no_error(status: int) -> None:
    assert from_status(status) is None


def test_errors_of_our_own() -> None:
    assert (refused("no").kind, refused("no").happening) == (Kind.GUARD, Happening.NOT_SENT)
    assert undocumented("what", status=200).status == 200
