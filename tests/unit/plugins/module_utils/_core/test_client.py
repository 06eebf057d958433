# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests sent for one call: logins before it, a new login after a refusal, and what counts as a write."""

from __future__ import annotations

import re
from collections import deque

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import encodings_of
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum.account import Plum
from ansible_collections.telephony.outbound.tests.support.session import session_to

LOGIN = Request(purpose=Purpose.LOGIN, method="POST", path="/login")
READ = Request(purpose=Purpose.READ, method="GET", path="/read")
WRITE = Request(purpose=Purpose.WRITE, method="DELETE", path="/write")
NO = OutboundError(Kind.AUTH, "no", failure_class=FailureClass.REJECTED)
BROKEN = OutboundError(Kind.TIMEOUT, "broken", failure_class=FailureClass.INTERRUPTED)
UNREACHED = OutboundError(Kind.CONNECT, "refused", failure_class=FailureClass.CONNECT_FAILED)


class Wire:
    """A fake transport: answers with the next item of its script, and then always successfully."""

    check_mode = False

    def __init__(self, *script: OutboundError | None) -> None:
        self.script = deque(script)
        self.sent: list[str] = []

    def exchange(self, request: Request, _deadline: Deadline, _permit: object) -> Response:
        self.sent.append(request.path)
        error = self.script.popleft() if self.script else None
        if error:
            raise error
        return Response(200, {}, b"")


class Token:
    """A login that fetches a token once, and a new one after a refusal."""

    def __init__(self) -> None:
        self.number = 0
        self.held = False

    def login(self, client: Client) -> int:
        if not self.held:
            client.send(LOGIN)
            self.number += 1
            self.held = True
        return self.number

    def should_relogin(self, _client: Client, used: int, error: OutboundError) -> bool:
        if error.kind is not Kind.AUTH or used != self.number:
            return False
        self.held = False
        return True


def client(*script: OutboundError | None, login: Token | None = None, retries: int = 0) -> tuple[Client, Wire]:
    wire = Wire(*script)
    line = session_to(wire, retries=retries, random=lambda: 0.0, login=login)
    return line.client(5), wire


def test_without_a_login_nothing_is_fetched() -> None:
    found, wire = client()
    assert found.log_in() == 0
    assert wire.sent == []


def test_a_login_comes_once_before_the_first_request() -> None:
    found, wire = client(login=Token())
    found.send(READ)
    found.send(WRITE)
    assert wire.sent == ["/login", "/read", "/write"]
    assert (found.writes, found.accepted) == (1, 1)


@pytest.mark.parametrize("request_", [READ, WRITE])
def test_a_refusal_causes_one_new_login(request_: Request) -> None:
    found, wire = client(None, NO, None, None, login=Token())
    found.send(request_)
    assert wire.sent == ["/login", request_.path, "/login", request_.path]
    found, wire = client(None, NO, None, NO, login=Token())
    with pytest.raises(OutboundError) as caught:
        found.send(request_)
    assert caught.value is NO
    assert len(wire.sent) == 4


def test_what_may_have_been_carried_out_is_not_sent_with_a_new_login() -> None:
    found, wire = client(None, BROKEN, login=Token())
    with pytest.raises(OutboundError):
        found.send(WRITE)
    assert wire.sent == ["/login", "/write"]
    assert (found.writes, found.accepted) == (1, 0)


@pytest.mark.parametrize(
    ("error", "failure_class"),
    [
        (BROKEN, FailureClass.NOT_SENT),
        (NO, FailureClass.REJECTED),
        (UNREACHED, FailureClass.CONNECT_FAILED),
    ],
)
def test_a_login_that_fails_leaves_no_doubt_about_the_write(error: OutboundError, failure_class: FailureClass) -> None:
    failing = OutboundError(error.kind, error.message, failure_class=error.failure_class)
    found, wire = client(failing, login=Token())
    with pytest.raises(OutboundError) as caught:
        found.send(WRITE)
    assert caught.value.failure_class is failure_class
    assert wire.sent == ["/login"]
    assert found.writes == 0


def away(pause: float | None) -> OutboundError:
    return OutboundError(Kind.BUSY, "later", failure_class=FailureClass.THROTTLED, pause=pause)


def test_a_throttled_request_is_sent_again() -> None:
    found, wire = client(away(0.01), retries=1)
    found.send(WRITE)
    assert wire.sent == ["/write", "/write"]
    assert (found.writes, found.accepted) == (2, 1)


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        (3600, "later; target_timeout (5 s) leaves no time to send it again after the 3600 s that the answer asks for"),
        (5, "later; target_timeout (5 s) leaves no time to send it again after the 5 s that the answer asks for"),
        (float("inf"), "later; target_timeout (5 s) leaves no time to send it again after the inf s"),
    ],
)
def test_a_pause_beyond_the_time_is_not_begun_and_told(pause: float, expected: str) -> None:
    wire = Wire(away(pause))
    found = session_to(wire, retries=3).client(5, "target_timeout")
    with pytest.raises(OutboundError, match=re.escape(expected)) as caught:
        found.send(WRITE)
    assert (caught.value.kind, caught.value.failure_class) == (Kind.BUSY, FailureClass.THROTTLED)
    assert wire.sent == ["/write"]


def test_an_interrupt_during_a_pause_is_told() -> None:
    clock = Clock()
    clock.stop.set()
    wire = Wire(away(None))
    found = session_to(wire, clock, retries=3).client(5, "target_timeout")
    with pytest.raises(OutboundError, match="later; the task was interrupted before it was sent again"):
        found.send(READ)
    assert wire.sent == ["/read"]


def test_the_end_of_our_own_time_is_told_as_ours() -> None:
    wire = Wire(None, None, OutboundError(Kind.TIMEOUT, "no answer", failure_class=FailureClass.INTERRUPTED))
    found = session_to(wire).client(0, "target_timeout")
    found.send(READ)
    found.send(READ)
    with pytest.raises(OutboundError, match=r"target_timeout \(0 s\) was over after 2 answers"):
        found.send(READ)
    other = session_to(Wire(OutboundError(Kind.TIMEOUT, "no answer", failure_class=FailureClass.INTERRUPTED))).client(
        5, "x"
    )
    with pytest.raises(OutboundError, match="no answer"):
        other.send(READ)


def test_an_answer_that_is_not_json_is_told_with_its_status() -> None:
    with pytest.raises(OutboundError) as caught:
        Response(202, {}, b"<html>").json()
    error = caught.value
    assert (error.kind, error.message, error.status) == (
        Kind.PROTOCOL,
        "the answer is not JSON (Expecting value at character 0)",
        202,
    )


def test_the_login_is_a_part_of_what_is_secret() -> None:
    found = Plum("insight", "dialer@example.com", "not-a-secret-key").secret_forms()
    assert found >= encodings_of("not-a-secret-key", "dialer@example.com")


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ((None, UNREACHED), Kind.TIMEOUT, "target_timeout (5 s) was over after 1 of 2 reads"),
        ((None, BROKEN), Kind.TIMEOUT, "target_timeout (5 s) was over after 1 of 2 reads"),
        ((UNREACHED,), Kind.CONNECT, "refused"),
    ],
)
def test_our_time_can_end_while_a_further_connection_is_opened(
    script: tuple[OutboundError | None, ...], kind: Kind, text: str
) -> None:
    found, _wire = client(*script)
    found.limit = "target_timeout (5 s)"

    def read(request: Request) -> Response:
        try:
            return found.send(request)
        except OutboundError:
            found.deadline = Deadline(found.clock, 0)
            raise

    with pytest.raises(OutboundError) as caught:
        found.each(read, [READ, READ])
    assert (caught.value.kind, caught.value.message) == (kind, text)
