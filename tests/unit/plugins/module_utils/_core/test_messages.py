# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The message of a task: counts, amounts, kinds, the vendor's quoted text, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import messages, results
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Kind,
    OutboundError,
    from_status,
    guard_error,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import OutcomeLabels
from ansible_collections.telephony.outbound.plugins.module_utils._core.outcomes import Outcome
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._core.results import Entry

CLEAR = OutcomeLabels()
SWITCH = OutcomeLabels(Outcome.UNCHANGED, Outcome.WOULD_CHANGE, Outcome.CHANGED)
CLEAN = Redactor({"hush-hush"})


def message(entries: Sequence[Entry], labels: OutcomeLabels = CLEAR, unit: str = "records") -> str:
    reasons = messages.Reasons(CLEAN, "token (from the task)")
    return messages.summary_message(entries, results.summary(entries, labels, unit), labels, CLEAN, reasons)


def failed(error: OutboundError | None, **target: Any) -> Entry:
    return Entry(target=target or {"id": "7"}, outcome=Outcome.FAILED, error=error)


def ours(text: str, kind: Kind = Kind.REJECTED) -> OutboundError:
    return OutboundError(kind, text, failure_class=FailureClass.REJECTED)


def test_the_first_reasons_are_named_and_the_rest_is_counted() -> None:
    entries = [failed(ours(f"reason {number}")) for number in range(5)]
    entries += [Entry(target={}, outcome=Outcome.CLEARED), Entry(target={}, outcome=Outcome.NOT_SENT, error=ours("no"))]
    assert message(entries) == (
        "7 targets: 1 cleared, 5 failed, 1 not sent. id=7: rejected: reason 0; id=7: rejected: reason 1;"
        " id=7: rejected: reason 2; and 2 more"
    )
    told = message([failed(ours(f"reason {number}"), id="A7", all_records=True) for number in range(3)])
    assert told.endswith("; id=A7 all_records=true: rejected: reason 2")


@pytest.mark.parametrize(
    ("outcome", "before", "after", "text"),
    [
        ("cleared", 420, 0, "1 target: 1 cleared (420 records before, 0 after)"),
        ("would_clear", 420, None, "1 target: 1 would clear (420 records before)"),
        ("already_clear", 0, 0, "1 target: 1 already clear (0 records before, 0 after)"),
        ("accepted", None, None, "1 target: 1 accepted"),
    ],
)
def test_a_green_run_says_what_went(outcome: str, before: int | None, after: int | None, text: str) -> None:
    entry = Entry(target={}, outcome=Outcome(outcome), pending_before=before, pending_after=after)
    assert message([entry]) == text


def test_a_switch_has_no_amounts() -> None:
    entry = Entry(target={}, outcome=Outcome.CHANGED, pending_before=1, pending_after=0)
    assert message([entry], SWITCH, "campaigns") == "1 target: 1 changed"


def test_the_vendors_words_are_quoted_and_ours_are_not() -> None:
    refused = from_status(401, "PLEASE VALIDATE TOKEN")
    assert message([failed(refused)]) == (
        '1 target: 1 failed. id=7: auth: the vendor says "PLEASE VALIDATE TOKEN"; look at token (from the task)'
    )
    assert message([failed(from_status(404))]).endswith("not_found: HTTP status 404; look at the ids and base_url")
    assert message([failed(guard_error("max_pending is 3"))]).endswith("guard: max_pending is 3")


def test_words_within_a_message_are_quoted_where_they_stand() -> None:
    error = from_status(400, "NOT NOW")
    assert error
    assert message([failed(error.with_(message=f"no token: {error.message}; the task was interrupted"))]).endswith(
        'rejected: no token: the vendor says "NOT NOW"; the task was interrupted'
    )


def test_where_to_look_stands_once_for_each_kind() -> None:
    told = message([failed(from_status(404, "NO")), failed(from_status(404, "NO"))])
    assert told.count("look at the ids") == 1


def test_no_secret_is_in_the_words_of_a_vendor() -> None:
    told = message([failed(from_status(400, "token hush-hush\x1b[1m is bad"), name="hush-hush")])
    assert told == '1 target: 1 failed. name=********: rejected: the vendor says "token ******** [1m is bad"'


def test_a_name_is_one_short_line_like_all_else() -> None:
    assert len(message([failed(ours("no"), id="9" * 100_000)] * 5)) < 2000
    assert message([failed(ours("no"), turned="a\u202eb\nc")]) == "1 target: 1 failed. turned=a b c: rejected: no"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"key": "x"}, "key and its login (from the task)"),
        ({"key": None}, "key and its login (from the environment)"),
    ],
)
def test_credentials_are_named_with_their_place(params: Mapping[str, Any], text: str) -> None:
    assert messages.credentials(["key"], "someone", params) == text
