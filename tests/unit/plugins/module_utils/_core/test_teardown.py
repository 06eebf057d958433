# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The teardown engine with a scripted vendor: every outcome of a target."""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    AlreadyGone,
    FailureClass,
    Kind,
    OutboundError,
    WriteRejectedLate,
    guard_error,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.interrupt import Permit
from ansible_collections.telephony.outbound.plugins.module_utils._core.journal import Journal
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Operation, Snapshot
from ansible_collections.telephony.outbound.plugins.module_utils._core.overlaps import Scope
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._core.results import Entry
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._core.run_settings import Guard, RunSettings
from ansible_collections.telephony.outbound.plugins.module_utils._core.teardown import Teardown
from ansible_collections.telephony.outbound.tests.support.session import session_to

WRITE = Request(purpose=Purpose.WRITE, method="DELETE", path="/x")
OK = Response(202, {}, b"")

NO_GUARD = Guard()


def error(failure_class: FailureClass, kind: Kind = Kind.UNAVAILABLE) -> OutboundError:
    return OutboundError(kind, failure_class.name.lower(), failure_class=failure_class)


NO = error(FailureClass.REJECTED, Kind.DENIED)
BROKEN = error(FailureClass.INTERRUPTED)


class Wire:
    """A fake transport: answers every write with the next item of its script."""

    def __init__(self, *script: Response | Exception) -> None:
        self.reached = True
        self.script = deque(script)
        self.writes = 0

    def exchange(self, request: Request, _deadline: Deadline, permit: Permit) -> Response:
        with permit.used_for(request.purpose) as before_first_byte, socket.socket() as unused:
            before_first_byte(unused)
        self.writes += 1
        if not self.script:
            return OK
        answer = self.script.popleft()
        if isinstance(answer, Response):
            return answer
        raise answer


class Scripted(Operation[str, Any]):
    """A vendor with scripted reads."""

    UNIT = "calls"
    TARGET_OPTIONS: ClassVar[Mapping[str, Any]] = {}
    RECHECK_DELAYS = (0.0, 0.005)

    def __init__(self, before: Snapshot | Exception, *later: Snapshot | Exception) -> None:
        self.before = before
        self.later = deque(later)
        self.closed = 0
        self.prepared: dict[str, Any] = {}
        self.lasts: list[bool] = []

    def target(self, options: Mapping[str, Any]) -> str:
        return str(options["id"])

    def identify(self, target: str) -> dict[str, Any]:
        return {"id": target}

    def scope(self, target: str) -> Scope:
        return Scope(target, f"place {target}")

    def close(self, client: Client) -> None:
        self.closed += 1

    def read(self, target: str, client: Client) -> Snapshot:
        return self._show(self.before)

    def prepare(self, target: str, before: Snapshot, client: Client) -> Mapping[str, Any]:
        assert client.deadline.left() >= 0
        return self.prepared

    def write(self, target: str, seen: Snapshot, client: Client) -> None:
        client.send(WRITE)

    def recheck(self, target: str, before: Snapshot, client: Client, *, final: bool) -> Snapshot:
        assert target
        assert before is self.before
        self.lasts.append(final)
        return self._show(self.later.popleft() if len(self.later) > 1 else self.later[0])

    @staticmethod
    def _show(shown: Snapshot | Exception) -> Snapshot:
        if isinstance(shown, Exception):
            raise shown
        return shown


class Runner:
    def __init__(self, operation: Scripted, *script: Response | Exception, journal: Journal | None = None) -> None:
        self.operation = operation
        self.wire = Wire(*script)
        self.clock = Clock()
        self.journal = journal
        self.line = session_to(self.wire, self.clock, 3, random=lambda: 0.0)
        self.runner: Teardown[str] | None = None

    def run(self, *targets: str, guard: Guard = NO_GUARD, **plan: Any) -> list[Entry]:
        values = {
            "check_mode": False,
            "timeout": 1.0,
            "target_timeout": 5.0,
            "wait_timeout": 0.03,
            "retries": 3,
            "concurrency": 1,
            "stop_on_error": False,
            **plan,
        }
        self.runner = Teardown(self.operation, self.line, RunSettings(**values), Redactor(), self.journal)
        return self.runner.run([(target, guard) for target in targets or ("a",)])


def n(pending: int | None, **more: Any) -> Snapshot:
    return Snapshot(pending=pending, state=pending, **more)


def ended(operation: Scripted, *script: Response | Exception, **plan: Any) -> tuple[str, int]:
    """Return the outcome, and the number of writes."""
    runner = Runner(operation, *script)
    (entry,) = runner.run(**plan)
    assert entry.attempts == runner.wire.writes
    assert (entry.error is not None) == entry.failed
    assert entry.error is None or "internal error" not in entry.error.message
    assert entry.outcome != "already_clear" or entry.pending_after == 0
    assert entry.verified == (entry.outcome in ("cleared", "already_clear"))
    assert entry.changed == (entry.outcome in ("cleared", "accepted", "in_doubt", "would_clear"))
    assert operation.closed == 1
    return entry.outcome, runner.wire.writes


@pytest.mark.parametrize(
    ("before", "later", "script", "expected"),
    [
        (n(0), (), (), ("already_clear", 0)),
        (n(3), (n(0),), (), ("cleared", 1)),
        (n(3), (n(3), n(1), n(0)), (), ("cleared", 1)),
        (n(3), (n(3),), (), ("in_doubt", 1)),
        (n(3), (n(None),), (), ("in_doubt", 1)),
        (n(3), (BROKEN, n(0)), (), ("cleared", 1)),
        (n(3), (BROKEN,), (), ("in_doubt", 1)),
        (n(3), (NO, n(0)), (), ("in_doubt", 1)),
        (n(3), (), (NO,), ("failed", 1)),
        (n(3), (n(0),), (BROKEN,), ("cleared", 1)),
        (n(3), (n(3), n(0)), (BROKEN,), ("cleared", 2)),
        (n(3), (n(3, guard_message="it runs"),), (BROKEN,), ("failed", 1)),
        (n(3), (n(3, guard_message="it runs"), n(3), n(0)), (BROKEN,), ("cleared", 2)),
        (n(3), (n(0, guard_message="it runs"),), (BROKEN,), ("cleared", 1)),
        (n(3), (n(3),), (BROKEN,) * 4, ("failed", 4)),
        (n(3), (n(3), n(3), n(3), n(3), n(0)), (BROKEN,) * 4, ("cleared", 4)),
        (n(3), (n(2),), (BROKEN,), ("in_doubt", 1)),
        (n(3), (n(2), n(0)), (BROKEN,), ("cleared", 1)),
        (n(3), (n(4),), (BROKEN,), ("in_doubt", 1)),
        (n(3), (n(4), n(0)), (BROKEN,), ("in_doubt", 1)),
        (n(3), (NO, n(0)), (BROKEN,), ("in_doubt", 1)),
        (n(3), (BROKEN, n(0)), (BROKEN,), ("cleared", 1)),
        (n(3), (n(None),), (BROKEN,), ("in_doubt", 1)),
        (n(3), (NO,), (BROKEN,), ("in_doubt", 1)),
        (n(3), (BROKEN,), (BROKEN,), ("in_doubt", 1)),
        (n(3), (n(3), n(0)), (BROKEN, NO), ("cleared", 2)),
        (n(3), (n(3),), (BROKEN, NO), ("failed", 2)),
        (n(3), (n(0),), (error(FailureClass.REDIRECT),), ("cleared", 1)),
        (n(3), (n(3),), (error(FailureClass.REDIRECT),), ("failed", 1)),
        (n(3), (n(3),), (error(FailureClass.UNEXPECTED_RESPONSE),), ("failed", 1)),
        (n(3), (n(1),), (error(FailureClass.UNEXPECTED_RESPONSE),), ("in_doubt", 1)),
        (n(None), (), (), ("accepted", 1)),
        (n(None), (), (NO,), ("failed", 1)),
        (n(None), (), (BROKEN,), ("in_doubt", 1)),
        (NO, (), (), ("failed", 0)),
        (guard_error("no"), (), (), ("refused", 0)),
        (n(3, guard_message="it runs"), (), (), ("refused", 0)),
        (n(0, guard_message="it runs"), (), (), ("already_clear", 0)),
    ],
)
def test_how_a_target_ends(
    before: Any, later: tuple[Any, ...], script: tuple[Any, ...], expected: tuple[str, int]
) -> None:
    assert ended(Scripted(before, *later), *script) == expected


@pytest.mark.parametrize(
    ("later", "script", "expected"),
    [
        (n(0), (), ("cleared", None, 0)),
        (n(0), (BROKEN,), ("cleared", None, 0)),
        (n(3), (), ("in_doubt", "the vendor accepted, but 3 calls were still there when wait_timeout was over", 3)),
        (
            n(None),
            (),
            ("in_doubt", "the vendor accepted, but some calls were still there when wait_timeout was over", None),
        ),
        (BROKEN, (), ("in_doubt", "interrupted", None)),
        (BROKEN, (error(FailureClass.REDIRECT),), ("in_doubt", "redirect", None)),
        (NO, (BROKEN,), ("in_doubt", "interrupted", None)),
        (n(2), (BROKEN,), ("in_doubt", "interrupted", 2)),
        (n(4), (BROKEN,), ("in_doubt", "interrupted", 4)),
        (n(3), (error(FailureClass.UNEXPECTED_RESPONSE),), ("failed", "unexpected_response", 3)),
        (n(3, guard_message="it runs"), (BROKEN,), ("failed", "interrupted; it was not sent again: it runs", 3)),
    ],
)
def test_what_is_said_of_it(later: Any, script: tuple[Any, ...], expected: tuple[str, str | None, int | None]) -> None:
    (entry,) = Runner(Scripted(n(3), later), *script).run()
    assert (entry.outcome, entry.error and entry.error.message, entry.pending_after) == expected
    assert (entry.target, entry.pending_before) == ({"id": "a"}, 3)
    if entry.error and "accepted" in entry.error.message:
        assert (entry.error.kind, entry.error.failure_class) == (Kind.TIMEOUT, FailureClass.INTERRUPTED)


@pytest.mark.parametrize("script", [(BROKEN,) * 4, (error(FailureClass.REDIRECT),)])
def test_without_waiting_nobody_knows_that_nothing_was_carried_out(script: tuple[OutboundError, ...]) -> None:
    assert ended(Scripted(n(3), n(3)), *script, wait_timeout=0.0) == ("in_doubt", len(script))


def test_when_the_time_of_the_target_is_over_nothing_is_sent_again() -> None:
    assert ended(Scripted(n(3), n(3)), BROKEN, target_timeout=0.0) == ("failed", 1)
    operation = Scripted(n(None))
    operation.SAFE_TO_RESEND = True
    assert ended(operation, BROKEN, target_timeout=0.0) == ("in_doubt", 1)


def test_a_write_that_asks_for_the_same_end_state_is_sent_again_unread() -> None:
    operation = Scripted(n(None))
    operation.SAFE_TO_RESEND = True
    assert ended(operation, BROKEN, BROKEN) == ("accepted", 3)
    assert ended(Scripted(n(None)), BROKEN) == ("in_doubt", 1)


@pytest.mark.parametrize("later", [NO, error(FailureClass.REDIRECT), error(FailureClass.UNEXPECTED_RESPONSE)])
def test_a_doubt_outlives_what_comes_later(later: OutboundError) -> None:
    operation = Scripted(n(None))
    operation.SAFE_TO_RESEND = True
    assert ended(operation, BROKEN, later) == ("in_doubt", 2)
    (entry,) = Runner(operation, BROKEN, later).run()
    assert entry.error is (BROKEN if later is NO else later)


class Piecewise(Scripted):
    MULTI_REQUEST_WRITE = True

    def write(self, target: str, seen: Snapshot, client: Client) -> None:
        for _piece in range(seen.pending or 0):
            client.send(WRITE)


@pytest.mark.parametrize(
    ("later", "script", "expected"),
    [
        ((n(0),), (), ("cleared", 3)),
        ((n(1), n(0)), (OK, OK, BROKEN), ("cleared", 4)),
        ((n(1, guard_message="it is another one"),), (OK, OK, BROKEN), ("in_doubt", 3)),
        ((n(2),), (OK, NO), ("in_doubt", 2)),
        ((n(3),), (OK, NO), ("in_doubt", 2)),
        ((n(3),), (error(FailureClass.THROTTLED), NO), ("failed", 2)),
        ((NO,), (error(FailureClass.THROTTLED), NO), ("failed", 2)),
        ((n(0),), (OK, NO), ("cleared", 2)),
        ((), (NO,), ("failed", 1)),
    ],
)
def test_a_write_in_pieces(later: tuple[Any, ...], script: tuple[Any, ...], expected: tuple[str, int]) -> None:
    assert ended(Piecewise(n(3), *later), *script) == expected


def test_an_incomplete_view_is_watched_but_proves_nothing() -> None:
    class Witnessed(Scripted):
        def can_observe(self, before: Snapshot) -> bool:
            return True

    operation = Witnessed(n(None), n(None), n(None, only_visible_part_gone=True, details={"calls": 1}))
    (entry,) = Runner(operation).run(wait_timeout=5)
    assert (entry.outcome, entry.details) == ("accepted", {"calls": 1})
    assert operation.lasts == [False, False]


@pytest.mark.parametrize(("pending", "after"), [(None, "unknown calls"), (3, "0 calls")])
def test_a_preview_shows_no_number_where_none_is_known(pending: int | None, after: str) -> None:
    class Witnessed(Scripted):
        def can_observe(self, before: Snapshot) -> bool:
            return True

    (entry,) = Runner(Witnessed(n(pending))).run(check_mode=True)
    assert (entry.outcome, *entry.diff_after) == ("would_clear", after)


def test_the_last_recheck_is_marked_as_final() -> None:
    operation = Scripted(n(3), n(3))
    Runner(operation).run()
    assert operation.lasts[-1] is True
    assert operation.lasts.count(True) == 1


def test_no_rechecks_without_wait() -> None:
    operation = Scripted(n(3), n(3))
    assert ended(operation, wait_timeout=0.0) == ("accepted", 1)
    assert not operation.lasts
    assert ended(Scripted(n(3), n(0)), BROKEN, wait_timeout=0.0) == ("cleared", 1)


@pytest.mark.parametrize("where", ["write", "look"])
def test_already_gone_as_reported_by_the_vendor(where: str) -> None:
    later = AlreadyGone() if where == "look" else n(0)
    (entry,) = Runner(Scripted(n(3), later), *([AlreadyGone()] if where == "write" else [])).run()
    assert (entry.outcome, entry.changed, entry.pending_after) == ("already_clear", False, 0)


def test_gone_already_after_a_doubt_may_be_our_own_doing() -> None:
    operation = Scripted(n(3), n(3))
    (entry,) = Runner(operation, BROKEN, AlreadyGone()).run()
    assert (entry.outcome, entry.changed, entry.pending_after) == ("cleared", True, 0)


def test_a_refusal_half_way_is_settled_by_one_read() -> None:
    operation = Piecewise(n(3), n(2))
    (entry,) = Runner(operation, OK, NO).run(wait_timeout=3600.0)
    assert entry.outcome == "in_doubt"
    assert operation.lasts == [True]


@pytest.mark.parametrize("script", [(), (BROKEN,)])
def test_a_late_rejection_of_a_write(script: tuple[Exception, ...]) -> None:
    late = WriteRejectedLate(Kind.REJECTED, "no such record", failure_class=FailureClass.REJECTED)
    (entry,) = Runner(Scripted(n(3), late), *script).run()
    assert (entry.outcome, entry.changed) == ("failed", False)
    assert entry.error is late


@pytest.mark.parametrize("most", [None, 3, 2])
def test_check_mode_stops_before_the_write(most: int | None) -> None:
    operation = Scripted(n(3, diff_expected=("nothing",)))
    runner = Runner(operation)
    (entry,) = runner.run(check_mode=True, guard=Guard(most))
    assert entry.outcome == ("refused" if most == 2 else "would_clear")
    assert runner.wire.writes == 0


@pytest.mark.parametrize(
    ("pending", "allow", "expected"), [(4, False, "refused"), (3, False, "cleared"), (None, False, "refused")]
)
def test_max_pending(pending: int | None, allow: bool, expected: str) -> None:
    (entry,) = Runner(Scripted(n(pending), n(0))).run(guard=Guard(3, allow))
    assert entry.outcome == expected
    if expected == "refused":
        assert entry.error is not None
        assert entry.error.message == (
            "4 calls would go, more than max_pending: 3 allows"
            if pending
            else "max_pending is 3, but how many calls would go cannot be known;"
            " allow_unknown: true permits it all the same"
        )
        assert entry.pending_after == pending


def test_an_unknown_number_has_to_be_allowed() -> None:
    (entry,) = Runner(Scripted(n(None))).run(guard=Guard(3, allow_unknown=True))
    assert entry.outcome == "accepted"


def test_a_defect_of_ours_is_told_by_its_place_alone() -> None:
    problem = ZeroDivisionError("secret words")
    (entry,) = Runner(Scripted(n(3), problem)).run()
    assert entry.outcome == "in_doubt"
    assert entry.error is not None
    assert "secret" not in entry.error.message
    place = traceback.extract_tb(problem.__traceback__)[-1].lineno
    assert f"ZeroDivisionError at test_teardown.py:{place}" in entry.error.message
    assert (entry.error.kind, entry.error.failure_class) == (Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE)
    (entry,) = Runner(Scripted(KeyError("secret words"))).run()
    assert entry.outcome == "failed"


class Opening(Scripted):
    def open(self, client: Client) -> None:
        raise error(FailureClass.REJECTED, Kind.AUTH)


def test_a_login_that_fails_leaves_the_rest_alone() -> None:
    operation = Opening(n(3))
    entries = Runner(operation).run("a", "b", "c")
    assert [entry.outcome for entry in entries] == ["failed", "not_sent", "not_sent"]
    assert [(entry.error.kind, entry.error.message) for entry in entries if entry.error] == [
        (Kind.AUTH, "rejected"),
        *[(Kind.AUTH, "not begun: rejected")] * 2,
    ]
    assert operation.closed == 1


def by_target(outcomes: Mapping[str, Exception]) -> Scripted:
    class ByTarget(Scripted):
        def read(self, target: str, client: Client) -> Snapshot:
            return self._show(outcomes.get(target, n(None)))

    return ByTarget(n(None))


UNREACHED = error(FailureClass.CONNECT_FAILED, Kind.CONNECT)


@pytest.mark.parametrize(
    ("failing", "reached", "plan", "expected"),
    [
        ({"b": error(FailureClass.REJECTED, Kind.AUTH)}, True, {}, "accepted failed not_sent not_sent"),
        ({"b": error(FailureClass.TLS, Kind.TLS)}, True, {}, "accepted failed not_sent not_sent"),
        ({"b": NO}, True, {}, "accepted failed accepted accepted"),
        ({"b": NO}, True, {"stop_on_error": True}, "accepted failed not_sent not_sent"),
        ({"b": guard_error("no")}, True, {"stop_on_error": True}, "accepted refused not_sent not_sent"),
        ({"b": error(FailureClass.NOT_SENT, Kind.BUSY)}, True, {}, "accepted failed not_sent not_sent"),
        ({"b": error(FailureClass.THROTTLED, Kind.BUSY)}, True, {}, "accepted failed accepted accepted"),
        ({"a": UNREACHED}, False, {}, "failed not_sent not_sent not_sent"),
        ({"a": UNREACHED, "b": UNREACHED}, True, {}, "failed failed accepted accepted"),
    ],
)
def test_when_targets_are_left_alone(
    failing: dict[str, Exception], reached: bool, plan: dict[str, Any], expected: str
) -> None:
    runner = Runner(by_target(failing))
    runner.wire.reached = reached
    entries = runner.run("a", "b", "c", "d", **plan)
    assert " ".join(entry.outcome for entry in entries) == expected
    assert [entry.target for entry in entries] == [{"id": name} for name in "abcd"]
    for entry in entries:
        assert (entry.error is not None) == entry.failed
        if entry.outcome == "not_sent":
            assert entry.error is not None
            assert entry.error.message.startswith("not begun: ")


def test_five_in_a_row_out_of_reach() -> None:
    names = [f"t{number}" for number in range(12)]
    failing = {name: UNREACHED for name in names if name != "t4"}
    entries = Runner(by_target(failing)).run(*names)
    assert [entry.outcome for entry in entries].index("not_sent") == 10


class Waiting(Scripted):
    """A clock that signals when a wait starts."""

    def __init__(self, arrived: Callable[[], None]) -> None:
        super().__init__(n(3), n(3))
        self.arrived = arrived

    def scope(self, target: str) -> Scope:
        return Scope("all targets one after the other", "the one place")

    def recheck(self, target: str, before: Snapshot, client: Client, *, final: bool) -> Snapshot:
        self.arrived()
        return super().recheck(target, before, client, final=final)


def test_an_interrupt_settles_what_is_under_way_and_begins_nothing() -> None:
    arrived = threading.Event()
    operation = Waiting(arrived.set)
    operation.RECHECK_DELAYS = (0.0, 3600.0)
    runner = Runner(operation)

    def interrupt() -> None:
        arrived.wait(60)
        runner.clock.stop.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    entries = runner.run("a", "b", wait_timeout=7200.0)
    thread.join()
    assert [entry.outcome for entry in entries] == ["in_doubt", "not_sent"]
    assert [entry.error and entry.error.message for entry in entries] == [
        "the vendor accepted, but 3 calls were still there when the task was interrupted",
        "interrupted before anything was sent (asked to stop)",
    ]
    assert operation.closed == 1


def test_an_interrupt_while_a_doubt_is_settled() -> None:
    arrived = threading.Event()
    operation = Waiting(arrived.set)
    operation.SAFE_TO_RESEND = True
    operation.before = n(None)
    runner = Runner(operation, BROKEN, BROKEN, BROKEN)
    runner.clock.stop.set()
    runner.line = session_to(runner.wire, runner.clock, 3, random=lambda: 1.0)
    assert runner.run("a")[0].outcome == "not_sent"


def journal_lines(file: Path) -> list[tuple[str, int, str | None]]:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["target"] for line in lines] == [{"id": "abc"[line["index"]]} for line in lines]
    return [(line["event"], line["index"], (line.get("result") or {}).get("outcome")) for line in lines]


def test_the_journal_has_both_ends(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    runner = Runner(by_target({"b": NO}), journal=Journal(str(file), Clock()))
    runner.run("a", "b", "c", stop_on_error=True)
    assert journal_lines(file) == [
        ("begun", 0, None),
        ("ended", 0, "accepted"),
        ("ended", 1, "failed"),
        ("ended", 2, "not_sent"),
    ]


class FullDisk(Journal):
    def __init__(self, fails_at: str) -> None:
        self.fails_at = fails_at

    def begun(self, index: int, target: Mapping[str, Any]) -> None:
        if self.fails_at == "begun":
            raise OSError(28, "No space left on device")

    def ended(self, index: int, result: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        if self.fails_at == "ended":
            raise OSError(28, "No space left on device")


def test_without_a_journal_line_nothing_is_sent() -> None:
    runner = Runner(Scripted(n(None)), journal=FullDisk("begun"))
    entries = runner.run("a", "b")
    assert [entry.outcome for entry in entries] == ["refused", "refused"]
    assert runner.wire.writes == 0
    runner = Runner(Scripted(n(None)), journal=FullDisk("ended"))
    entries = runner.run("a", "b")
    assert [entry.outcome for entry in entries] == ["accepted", "not_sent"]
    assert entries[1].error is not None
    assert entries[1].error.message == "not begun: the journal cannot be written: No space left on device"


def test_what_was_prepared_is_in_the_result_and_a_refusal_there_sends_nothing() -> None:
    operation = Scripted(n(3, details={"name": "x"}), n(0, details={"after": 1}))
    operation.prepared = {"backup_file": "f"}
    (entry,) = Runner(operation).run()
    assert entry.details == {"name": "x", "backup_file": "f", "after": 1}

    class Unprepared(Scripted):
        def prepare(self, target: str, before: Snapshot, client: Client) -> Mapping[str, Any]:
            raise guard_error("the disk is full")

    assert ended(Unprepared(n(3))) == ("refused", 0)
