# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many queries at once: which results are returned, and when no more are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.query import Query, fetch_all
from ansible_collections.telephony.outbound.plugins.module_utils._core.run_settings import RunSettings
from ansible_collections.telephony.outbound.tests.support.session import session_to

DENIED = OutboundError(Kind.DENIED, "no", failure_class=FailureClass.REJECTED)
UNREACHED = OutboundError(Kind.CONNECT, "refused", failure_class=FailureClass.CONNECT_FAILED)


class Echo(Query[str, str]):
    """Returns the item, or what the test defines for it."""

    def __init__(self, wrong: Mapping[str, Exception]) -> None:
        self.wrong = wrong
        self.asked: list[str] = []

    def items(self) -> Sequence[str]:
        return list("abc")

    def fetch(self, item: str, client: Client) -> str:
        assert 0 < client.deadline.left() <= 5
        self.asked.append(item)
        if item in self.wrong:
            raise self.wrong[item]
        return item.upper()

    def result(self, answers: Sequence[str]) -> dict[str, Any]:
        return {"answers": answers}


def asked(
    wrong: Mapping[str, Exception], *, reached: bool = True, stop_on_error: bool = False, interrupted: bool = False
) -> tuple[str, str, list[OutboundError]]:
    """Return the fetched items, the results and the errors."""
    clock = Clock()
    if interrupted:
        clock.stop.set()
    transport = SimpleNamespace(reached=reached)
    line = session_to(transport, clock)
    echo = Echo(wrong)
    settings = RunSettings(
        check_mode=False,
        timeout=5,
        target_timeout=5,
        wait_timeout=0,
        retries=0,
        concurrency=1,
        stop_on_error=stop_on_error,
    )
    answers, errors = fetch_all(echo, echo.items(), line, settings)
    return "".join(echo.asked), "".join(answers), errors


@pytest.mark.parametrize(
    ("wrong", "more", "expected"),
    [
        ({}, {}, ("abc", "ABC", [])),
        ({"b": DENIED}, {}, ("abc", "AC", [DENIED])),
        ({"b": DENIED}, {"stop_on_error": True}, ("ab", "A", [DENIED])),
        ({"a": UNREACHED}, {}, ("abc", "BC", [UNREACHED])),
        ({"a": UNREACHED}, {"reached": False}, ("a", "", [UNREACHED])),
        ({}, {"interrupted": True}, ("", "", [])),
    ],
)
def test_what_is_asked_and_answered(
    wrong: Mapping[str, Exception], more: dict[str, Any], expected: tuple[str, str, list[OutboundError]]
) -> None:
    assert asked(wrong, **more) == expected


def test_a_defect_of_ours_is_no_answer_and_takes_none_along() -> None:
    items, answers, (error,) = asked({"b": ZeroDivisionError()})
    assert (items, answers) == ("abc", "AC")
    assert error.message.startswith("internal error, please report it: ZeroDivisionError at test_query.py:")
