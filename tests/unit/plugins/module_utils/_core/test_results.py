# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries, totals, the summary message and the diff."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import results
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import OutcomeLabels
from ansible_collections.telephony.outbound.plugins.module_utils._core.outcomes import Outcome
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._core.results import Entry

WORDS = OutcomeLabels()
CLEAN = Redactor({"hush-hush"})


def entry(outcome: str, before: int | None = None, after: int | None = None, **more: Any) -> Entry:
    changed = outcome in ("cleared", "accepted", "in_doubt", "would_clear")
    return Entry(
        target={"id": "7"},
        outcome=Outcome(outcome),
        changed=changed,
        pending_before=before,
        pending_after=after,
        **more,
    )


def problem(message: str) -> OutboundError:
    return OutboundError(Kind.REJECTED, message, failure_class=FailureClass.REJECTED, status=400, code="no\nway")


@given(st.lists(st.tuples(st.sampled_from(results.outcomes(WORDS)), st.none() | st.integers(0, 9)), max_size=20))
def test_the_summary_adds_up(plans: list[tuple[str, int | None]]) -> None:
    entries = [entry(outcome, before) for outcome, before in plans]
    totals = results.summary(entries, WORDS, "calls")
    assert totals["targets"] == sum(totals[word] for word in results.outcomes(WORDS)) == len(plans)
    numbers = [before for _outcome, before in plans]
    assert totals["pending_before"] == (None if None in numbers else sum(numbers))
    assert totals["unit"] == "calls"


def test_the_summary_as_a_playbook_sees_it() -> None:
    entries = [entry("cleared", 4, 1, verified=True), entry("cleared", 3, 0, verified=True), entry("accepted", 2, 2)]
    assert results.summary(entries, WORDS, "calls") == {
        "targets": 3,
        **dict.fromkeys(results.outcomes(WORDS), 0),
        "cleared": 2,
        "accepted": 1,
        "changed": 3,
        "verified": 2,
        "pending_before": 9,
        "pending_after": 3,
        "unit": "calls",
    }


def test_the_summary_adds_up_where_changed_is_an_outcome() -> None:
    labels = OutcomeLabels(Outcome.UNCHANGED, Outcome.WOULD_CHANGE, Outcome.CHANGED)
    entries = [
        Entry(target={}, outcome=Outcome(outcome), changed=True) for outcome in ("changed", "changed", "in_doubt")
    ]
    totals = results.summary(entries, labels, "campaigns")
    assert totals["changed"] == 2
    assert totals["targets"] == sum(totals[word] for word in results.outcomes(labels))


def test_an_entry_as_a_playbook_sees_it() -> None:
    shown = entry("failed", 3, error=problem("\x1b[1mhush-hush\n"), details={"more": "hush-hush"}, elapsed=0.12345)
    assert shown.as_dict(CLEAN) == {
        "target": {"id": "7"},
        "outcome": "failed",
        "changed": False,
        "pending_before": 3,
        "pending_after": None,
        "verified": False,
        "attempts": 0,
        "elapsed": 0.123,
        "error": {"kind": "rejected", "status": 400, "code": "no way", "message": "[1m********"},
        "more": "********",
    }


@pytest.mark.parametrize("outcome", results.outcomes(WORDS))
def test_what_makes_a_task_fail(outcome: str) -> None:
    assert entry(outcome).failed == (outcome in ("refused", "in_doubt", "failed", "not_sent"))


def test_the_diff() -> None:
    entries = [
        entry("cleared", 3, 0),
        entry("would_clear", 3, diff_after=("0 calls",)),
        entry("accepted"),
        entry("failed", 3),
        entry("in_doubt", 3, 1, diff_before=("1 busy", "2 answer hush-hush"), diff_after=("1 busy\n",)),
    ]
    assert results.diff_text(entries, "calls", CLEAN) == {
        "before": "id=7: 3 calls\nid=7: 3 calls\nid=7: unknown calls\nid=7: 3 calls\n"
        "id=7: 1 busy\nid=7: 2 answer ********\n",
        "after": "id=7: 0 calls\nid=7: 0 calls\nid=7: unknown calls\nid=7: 3 calls\nid=7: 1 busy\n",
    }


def test_a_name_is_one_short_line_like_all_else() -> None:
    long = Entry(target={"id": "9" * 100_000}, outcome=Outcome.FAILED, error=problem("no"))
    turned = Entry(target={"turned": "a\u202eb\nc"}, outcome=Outcome.FAILED, error=problem("no"))
    shown = results.diff_text([long, turned], "calls", CLEAN)
    assert len(shown["before"]) < 2000
    assert "\u202e" not in shown["before"] + shown["after"]


def test_the_diff_names_a_target_without_the_state_that_is_wanted() -> None:
    switched = Entry(
        target={"id": "7", "state": "stopped"},
        outcome=Outcome.CHANGED,
        changed=True,
        diff_before=("started",),
        diff_after=("stopped",),
    )
    assert results.diff_text([switched], "campaigns", CLEAN) == {
        "before": "id=7: started\n",
        "after": "id=7: stopped\n",
    }
