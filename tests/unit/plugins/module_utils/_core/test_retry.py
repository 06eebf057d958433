# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The retry table, row by row, with time and randomness controlled by the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import retry
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Kind,
    OutboundError,
    WriteRejectedLate,
    from_status,
    guard_error,
    unexpected_response,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose

NOW = 1_800_000_000.0


def error(failure_class: FailureClass, pause: float | None = None) -> OutboundError:
    return OutboundError(Kind.UNAVAILABLE, "", failure_class=failure_class, pause=pause)


def again(purpose: Purpose, failure_class: FailureClass, tries: int = 1, retries: int = 3) -> bool:
    return retry.may_send_again(purpose, error(failure_class), tries=tries, retries=retries)


AGAIN = {
    FailureClass.CONNECT_FAILED: {Purpose.LOGIN, Purpose.READ, Purpose.WRITE},
    FailureClass.TLS: set(),
    FailureClass.THROTTLED: {Purpose.LOGIN, Purpose.READ, Purpose.WRITE},
    FailureClass.INTERRUPTED: {Purpose.LOGIN, Purpose.READ},
    FailureClass.REDIRECT: set(),
    FailureClass.REJECTED: set(),
    FailureClass.UNEXPECTED_RESPONSE: set(),
    FailureClass.NOT_SENT: set(),
}
IN_DOUBT = {FailureClass.INTERRUPTED, FailureClass.REDIRECT, FailureClass.UNEXPECTED_RESPONSE}
NOT_SENT = {FailureClass.CONNECT_FAILED, FailureClass.TLS, FailureClass.NOT_SENT}


def test_every_failure_class_has_its_row() -> None:
    assert set(retry.TABLE) == set(AGAIN) == set(FailureClass)


@pytest.mark.parametrize("failure_class", FailureClass)
@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_sent_again(failure_class: FailureClass, purpose: Purpose) -> None:
    assert again(purpose, failure_class) == (purpose in AGAIN[failure_class])


@pytest.mark.parametrize("failure_class", FailureClass)
def test_what_may_have_been_carried_out(failure_class: FailureClass) -> None:
    assert retry.may_have_been_applied(error(failure_class)) == (failure_class in IN_DOUBT)
    assert retry.was_sent(error(failure_class)) == (failure_class not in NOT_SENT)


def test_tries_are_counted() -> None:
    assert again(Purpose.READ, FailureClass.CONNECT_FAILED, tries=3, retries=3)
    assert not again(Purpose.READ, FailureClass.CONNECT_FAILED, tries=4, retries=3)
    assert not again(Purpose.READ, FailureClass.CONNECT_FAILED, tries=1, retries=0)


def test_backoff_grows_to_its_bound() -> None:
    assert [retry.backoff(tries, lambda: 1.0) for tries in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]


@given(st.integers(1, 1000), st.floats(0, 1))
def test_backoff_stays_in_bounds(tries: int, random: float) -> None:
    assert 0 <= retry.backoff(tries, lambda: random) <= retry.BACKOFF_LONGEST


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def asctime(seconds: float) -> str:
    """Return the third format of an HTTP date, which has no time zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %b %e %H:%M:%S %Y")


def rfc_850(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%A, %d-%b-%y %H:%M:%S GMT")


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set this machine's time zone to one after the other."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        (http_date(NOW + 30), 30.0),
        (http_date(NOW - 30), 0.0),
        (asctime(NOW + 30), 30.0),
        (rfc_850(NOW + 30), 30.0),
        (http_date(NOW + 30).replace("GMT", "-0000"), 30.0),
        (http_date(NOW + 30).replace(" GMT", ""), 30.0),
        (http_date(NOW + 30).replace("GMT", "+0100"), 0.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
    ],
)
@pytest.mark.usefixtures("zone")
def test_retry_after(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"retry-after": header}
    assert retry.pause_asked(headers, NOW) == seconds


@pytest.mark.parametrize("form", [http_date, asctime, rfc_850])
@pytest.mark.parametrize("skew", [-86_400.0, 0.0, 86_400.0])
@pytest.mark.usefixtures("zone")
def test_a_date_counts_from_the_date_of_its_answer(form: Callable[[float], str], skew: float) -> None:
    headers = {"retry-after": form(NOW + skew + 30), "date": form(NOW + skew)}
    assert retry.pause_asked(headers, NOW) == 30.0


def test_a_date_of_the_answer_that_cannot_be_read_is_none() -> None:
    assert retry.pause_asked({"retry-after": http_date(NOW + 30), "date": "today"}, NOW) == 30.0


@given(st.text(), st.text())
def test_retry_after_takes_any_text(header: str, date: str) -> None:
    seconds = retry.pause_asked({"retry-after": header, "date": date}, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(("asked", "expected"), [(None, 0.5), (0.0, 0.5), (0.2, 0.5), (7.0, 7.0)])
def test_a_pause_is_never_shorter_than_the_backoff(asked: float | None, expected: float) -> None:
    assert retry.pause_before(error(FailureClass.THROTTLED, asked), 1, lambda: 1.0) == expected


@pytest.mark.parametrize(
    ("status", "kind", "failure_class"),
    [
        (300, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (301, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (400, Kind.REJECTED, FailureClass.REJECTED),
        (401, Kind.AUTH, FailureClass.REJECTED),
        (403, Kind.DENIED, FailureClass.REJECTED),
        (404, Kind.NOT_FOUND, FailureClass.REJECTED),
        (408, Kind.TIMEOUT, FailureClass.INTERRUPTED),
        (421, Kind.REJECTED, FailureClass.REJECTED),
        (422, Kind.REJECTED, FailureClass.REJECTED),
        (425, Kind.REJECTED, FailureClass.INTERRUPTED),
        (429, Kind.BUSY, FailureClass.THROTTLED),
        (500, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
        (502, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
        (503, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
        (504, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
    ],
)
def test_statuses(status: int, kind: Kind, failure_class: FailureClass) -> None:
    found = from_status(status)
    assert found is not None
    assert (found.kind, found.failure_class, found.status) == (kind, failure_class, status)
    assert found.message == f"HTTP status {status}"


def test_an_error_with_other_values_is_another_of_its_class() -> None:
    first = WriteRejectedLate(Kind.REJECTED, "no", failure_class=FailureClass.REJECTED, status=400, code=7)
    other = first.with_(message="not so", status=None)
    assert isinstance(other, WriteRejectedLate)
    assert (str(first), first.status) == ("no", 400)
    assert (str(other), other.message, other.status, other.code) == ("not so", "not so", None, 7)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_success_is_no_error(status: int) -> None:
    assert from_status(status) is None


def test_errors_of_our_own() -> None:
    assert (guard_error("no").kind, guard_error("no").failure_class) == (Kind.GUARD, FailureClass.NOT_SENT)
    assert unexpected_response("what", status=200).status == 200
