# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence is a function of plan and journals: every planned target appears once, and unknown values are not
numbers.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.evidence import make_evidence
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.table import table_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.journal import AccountJournal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan import Plan
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.vocabulary import OUTCOMES
from ansible_collections.telephony.outbound.tests.support.plans import (
    NO,
    RUN,
    begins,
    campaign,
    cleared,
    ended,
    journal,
    line,
    plan_of,
    preview,
    preview_result,
    switched,
)

PLAN = plan_of(preview(preview_result("77"), preview_result("78")))
RUNNING = plan_of(
    preview(
        preview_result("77"),
        stops=[{"target": {"campaign_id": "77"}, "outcome": "would_change"}],
        starts=[{"target": {"campaign_id": "77"}, "outcome": "would_change"}],
    )
)


def switch(outcome: str = "changed", **more: Any) -> dict[str, Any]:
    changed = outcome in ("changed", "accepted", "in_doubt")
    return {"target": {"campaign_id": "77"}, "outcome": outcome, "changed": changed, "error": None, **more}


def evidence(*parts: str, plan: Plan = PLAN, run: dict[str, Any] | None = None, mask: bool = False) -> dict[str, Any]:
    journals = {"promo": journal(*parts)}
    return make_evidence(plan, {**RUN, **(run or {})}, journals, masker=Masker("key") if mask else None)


def outcomes(found: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(row["outcome"], (row["error"] or {}).get("message")) for row in found["results"]]


def test_an_entry_is_the_modules_own_with_what_it_belongs_to() -> None:
    found = evidence(
        begins(), cleared((0, ended("77", backup_file="/b/77.jsonl")), (1, ended("78", "accepted"))), line("finished")
    )
    assert found["results"][0] == {
        "account": "promo",
        "vendor": "wolkvox",
        "product": None,
        "address": "https://wv0010.wolkvox.com",
        "login": "token 3f0a11",
        "name": None,
        "place": 0,
        "target": campaign("77"),
        "steps": ["cleared"],
        "outcome": "cleared",
        "changed": True,
        "pending_before": 120,
        "pending_after": 0,
        "verified": True,
        "attempts": 1,
        "elapsed": 0.41,
        "error": None,
        "unit": "records",
        "backup_file": "/b/77.jsonl",
        "time": "2026-03-01T09:00:47.000+00:00",
        "needs_person": False,
        "no_such_record": False,
        "planned": {"outcome": "would_clear", "pending": 120},
        "times": {
            "begun": "2026-03-01T09:00:47.000+00:00",
            "sent": None,
            "answered": None,
            "confirmed": None,
        },
        "vendor_said": [],
    }
    assert found["planned"] == {
        "sha256": PLAN.sha256,
        "created": "2026-03-01T09:00:00Z",
        "expires": "2026-03-01T10:00:00Z",
        "targets": 2,
        "outcomes": {"would_clear": 2},
        "pending": 240,
    }
    assert found["run"]["seconds"] == 47
    assert found["run"]["plan_sha256"] == PLAN.sha256
    assert found["summary"] == {
        "targets": 2,
        **dict.fromkeys(OUTCOMES, 0),
        "accepted": 1,
        "cleared": 1,
        "changed": 2,
        "verified": 1,
        "needs_person": 0,
        "pending_before": 240,
        "pending_after": 0,
    }


def test_a_target_is_known_by_its_place_not_by_what_it_looks_like() -> None:
    plan = plan_of(preview(preview_result("77", "refused", error=NO), preview_result("77")))
    found = evidence(begins(), cleared((1, ended("77"))), plan=plan)
    assert [outcome for outcome, _why in outcomes(found)] == ["not_sent", "cleared"]
    assert "the plan has it as refused" in str(outcomes(found)[0][1])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), [("not_sent", "the run ended before this target was begun")] * 2),
        ((begins(), line("finished")), [("not_sent", "not begun")] * 2),
        ((begins(), cleared((0, None))), [("in_doubt", "the journal has it as begun, and not how it ended")]),
        ((begins(), cleared((0, ended("77"))), cleared((0, None))), [("in_doubt", None)]),
        ((begins(), line("account_failed", message="no vendor")), [("not_sent", "no vendor")] * 2),
        ((begins(), line("refused", place=1, error=NO)), [("not_sent", None), ("refused", "no")]),
    ],
)
def test_what_has_no_end_says_why(parts: tuple[str, ...], expected: list[tuple[str, str | None]]) -> None:
    found = outcomes(evidence(*parts))
    for (outcome, message), (wanted, words) in zip(found, expected, strict=False):
        assert outcome == wanted
        assert words is None or message == words


def test_lines_of_another_run_never_speak_for_this_one() -> None:
    old = begins("anotherrun") + cleared((0, ended("77")))
    assert [outcome for outcome, _why in outcomes(evidence(old))] == ["in_doubt", "in_doubt"]
    assert [outcome for outcome, _why in outcomes(evidence(old, begins(), cleared((1, ended("78")))))] == [
        "not_sent",
        "cleared",
    ]
    # Lines before any first line belong to no run, or their first line is damaged.
    assert [outcome for outcome, _why in outcomes(evidence(cleared((0, ended("77")))))] == ["in_doubt"] * 2
    before = line("account_failed", message="was ended")
    assert [outcome for outcome, _why in outcomes(evidence(before, begins()))] == ["not_sent"] * 2


def test_a_run_that_went_on_tells_what_its_first_start_did() -> None:
    first = begins() + cleared((0, ended("77")), (1, None))
    second = begins() + cleared((1, ended("78", pending_before=7)))
    assert [row["pending_before"] for row in evidence(first, second)["results"]] == [120, 7]


@given(st.integers(0, 2000))
def test_a_line_that_was_cut_counts_for_nothing_and_nothing_else_is_lost(cut: int) -> None:
    text = begins() + cleared((0, ended("77")), (1, ended("78")))
    whole = text[: max(0, len(text) - cut)]
    found = outcomes(evidence(whole + "\n" + begins()))
    assert found[0][0] in ("cleared", "in_doubt", "not_sent")
    if cut == 0:
        assert [outcome for outcome, _why in found] == ["cleared", "cleared"]


@pytest.mark.parametrize("index", [-1, 2, "0", None])
def test_an_index_without_a_place_is_left_out(index: Any) -> None:
    text = line("call", step="clear", module="m", places=[0, 1])
    text += line("ended", index=index, target={}, result=ended("77"))
    assert journal(begins(), text).results == {}


@pytest.mark.parametrize("outcome", ["refused", "failed", "not_sent"])
def test_a_stop_that_was_begun_stays_a_doubt_when_a_later_start_gets_nowhere(outcome: str) -> None:
    begun = line("call", step="stop", places=[]) + line("begun", index=0, target={"campaign_id": "77"})
    nowhere = begins() + switched("stop", switch(outcome, error=NO))
    found = evidence(begins(), begun, nowhere, plan=RUNNING)
    assert (found["results"][0]["steps"], outcomes(found)[0][0]) == (["stop_in_doubt"], "in_doubt")
    assert journal(begins(), begun, nowhere).stopped == {"77"}
    # The end of the same start settles it.
    ended_there = switched("stop", switch(outcome, error=NO)).partition("\n")[2]
    assert outcomes(evidence(begins(), begun, ended_there, plan=RUNNING))[0][0] == outcome


@pytest.mark.parametrize("outcome", ["refused", "failed", "in_doubt", "not_sent"])
def test_what_was_not_stopped_was_not_cleared(outcome: str) -> None:
    found = evidence(begins(), switched("stop", switch(outcome, error=NO)), plan=RUNNING)
    assert outcomes(found) == [(outcome, "it was not stopped: no")]


def test_what_was_cleared_and_not_started_again_needs_attention() -> None:
    stopped = begins() + switched("stop", switch())
    done = stopped + cleared((0, ended("77")))
    (row,) = evidence(done, switched("start", switch()), line("finished"), plan=RUNNING)["results"]
    assert (row["steps"], row["needs_person"]) == (["stopped", "cleared", "started"], False)
    (row,) = evidence(done, switched("start", switch("failed", error=NO)), plan=RUNNING)["results"]
    assert (row["steps"], row["needs_person"]) == (["stopped", "cleared", "start_failed"], True)
    assert row["error"]["message"] == "it was not started again: no"
    (row,) = evidence(done, plan=RUNNING)["results"]
    assert (row["outcome"], row["needs_person"]) == ("cleared", True)
    assert row["error"]["message"] == "the campaign was stopped and not started again"


def test_accounts_that_plan_and_play_do_not_share_are_told() -> None:
    run = {"missing_accounts": ["promo"], "not_planned": [{"account": "third", "vendor": "plum", "product": "fuse"}]}
    assert outcomes(evidence(run=run)) == [
        ("not_sent", "the play did not have this account"),
        ("not_sent", "the play did not have this account"),
        ("not_sent", "the plan does not have this account"),
    ]


def test_what_this_run_stopped_is_known_to_a_second_start() -> None:
    found = journal(begins(), switched("stop", switch()), begins())
    assert found.stopped == {"77"}
    assert journal(begins(), switched("stop", switch()), switched("start", switch("unchanged"))).stopped == set()
    assert AccountJournal().done == set()


def test_a_journal_speaks_for_its_run_plan_and_account_alone() -> None:
    text = begins() + cleared((0, ended("77", "cleared")))
    owner = {"plan_sha256": "", "account": "promo"}
    assert AccountJournal(text, "therun", **owner).done == {0}
    for other in ({"plan_sha256": "0" * 64}, {"account": "another"}):
        assert AccountJournal(text, "therun", **{**owner, **other}).done == set()
    assert AccountJournal(text, "another", **owner).done == set()


ANOTHER = [
    {"campaign_id": "78", "all_records": True},
    {"campaign_id": "77", "result": "busy"},
    {"user_id": "@me", "extension": "0003*211"},
    {},
]


@pytest.mark.parametrize("told", ANOTHER, ids=str)
def test_an_end_that_is_about_another_target_than_the_planned_one_is_a_doubt(told: dict[str, Any]) -> None:
    text = begins() + cleared((0, {**ended("77"), "target": told}))
    found = AccountJournal(text, "therun", dict(PLAN.of_account("promo")))
    assert (found.done, found.in_doubt) == (set(), {0})
    (first, second) = make_evidence(PLAN, RUN, {"promo": found}, masker=None)["results"]
    assert (first["outcome"], first["changed"], second["outcome"]) == ("in_doubt", True, "not_sent")
    assert "another target" in first["error"]["message"]
    # What is sent again tells its own end.
    again = AccountJournal(text + cleared((0, ended("77"))), "therun", dict(PLAN.of_account("promo")))
    assert (again.done, again.in_doubt) == ({0}, set())


def test_an_end_is_known_by_its_masked_number_and_belongs_to_its_step() -> None:
    target = {"campaign_name": "Reminders", "phone_number": "+15550100123"}
    options = {**target, "number": "+15550100123", "rule": "as_is", "also_means": []}
    rows: dict[int, dict[str, Any]] = {
        place: {"account": "promo", "identity": None, "target": {**options, "step": step}}
        for place, step in enumerate(("suppress", "cancel"))
    }
    told = {**ended("77"), "target": {**target, "application_id": 134}}

    def of(step: str, number: str) -> set[int]:
        result = {**told, "target": {**told["target"], "phone_number": number}}
        text = begins() + line("call", step=step, module="m", places=[0]) + line("ended", index=0, result=result)
        return AccountJournal(Masker("a key").lines(text), "therun", rows).done

    assert of("suppress", "+15550100123") == {0}
    assert of("suppress", "+15550100124") == of("cancel", "+15550100123") == of("clear", "+15550100123") == set()


def test_a_campaign_that_is_not_planned_is_never_started_again() -> None:
    begun = line("call", step="stop", places=[]) + line("begun", index=0, target={"campaign_id": "77"})
    for text in (begins() + switched("stop", switch()), begins() + begun):
        assert AccountJournal(text, "therun", {0: PLAN.targets[0]}).stopped == {"77"}
        assert AccountJournal(text, "therun", {1: PLAN.targets[1]}).stopped == set()


def test_a_place_of_another_account_proves_nothing() -> None:
    found = AccountJournal(begins() + cleared((1, ended("78"))), "therun", {0: PLAN.targets[0]})
    assert (found.done, found.in_doubt) == (set(), {0})


@pytest.mark.parametrize(
    "damage", [{"outcome": None}, {"outcome": ["cleared"]}, {"error": "no"}, {"target": None}, {"pending_before": "9"}]
)
def test_an_end_that_is_no_result_is_a_doubt(damage: dict[str, Any]) -> None:
    result = {**ended("77"), **damage}
    found = evidence(begins(), call(0), line("ended", index=0, target={}, result=result))
    assert outcomes(found)[0] == ("in_doubt", "what the journal has as its end is no result")
    assert evidence(begins(), line("call", step="stop", places=[]), line("ended", index=0, result=result))["results"]


def test_what_an_ended_run_tells_in_no_journal_may_have_been_sent() -> None:
    over = {"ended": "2026-03-01T09:01:00Z"}
    missing = [("in_doubt", "the journal of this run about its account is missing: nobody can know")] * 2
    assert outcomes(evidence(run=over)) == missing
    assert outcomes(evidence(begins("another"), cleared((0, ended("77"))))) == missing
    # A journal is there before anything is sent.
    assert [word for word, _why in outcomes(evidence())] == ["not_sent"] * 2
    assert [word for word, _why in outcomes(evidence(begins(), run=over))] == ["not_sent"] * 2
    failed = AccountJournal()
    failed.errors.append("the variables of this account cannot be read")
    found = make_evidence(PLAN, {**RUN, **over}, {"promo": failed}, masker=None)
    assert outcomes(found) == [("not_sent", failed.errors[0])] * 2


def test_masking_is_for_everything() -> None:
    run = {"reason": "asked by +1 555 010 0123"}
    said = {**NO, "message": "no record for 1-555-010-0123"}
    text = str(evidence(begins(), cleared((0, ended("77", "failed", error=said))), run=run, mask=True))
    assert "***0123" in text
    assert "5550100123" not in "".join(char for char in text.replace("0123#", "") if char.isdigit())


TIMES = {"begun": "T1", "sent": "T2", "answered": "T3", "confirmed": "T4"}


def told(index: int, result: dict[str, Any], **more: Any) -> str:
    return line("ended", index=index, target=result["target"], **more, result=result)


def call(*places: int) -> str:
    return line("call", step="clear", module="m", places=list(places))


def test_times_and_the_vendors_words_come_from_the_journal() -> None:
    text = begins() + call(0) + told(0, ended("77"), times=TIMES, vendor_said=["HTTP 200 OK"])
    entry = evidence(text)["results"][0]
    assert entry["times"] == TIMES
    assert entry["vendor_said"] == ["HTTP 200 OK"]


def test_times_of_a_run_that_went_on_are_its_first_and_its_last() -> None:
    first = told(0, ended("77", "in_doubt"), times={**TIMES, "answered": None, "confirmed": None})
    second = told(0, ended("77"), times={"begun": "T5", "sent": None, "answered": None, "confirmed": "T6"})
    entry = evidence(begins(), call(0), first, begins(), call(0), second)["results"][0]
    assert entry["times"] == {"begun": "T1", "sent": "T2", "answered": None, "confirmed": "T6"}


def test_a_target_without_an_end_says_when_it_was_begun() -> None:
    entry = evidence(begins(), call(0), line("begun", index=0, target={}))["results"][0]
    assert entry["outcome"] == "in_doubt"
    assert entry["times"] == {
        "begun": "2026-03-01T09:00:47.000+00:00",
        **dict.fromkeys(("sent", "answered", "confirmed")),
    }


@pytest.mark.parametrize("times", [None, "x", 3, ["begun"], {"begun": None}, {"else": 1}])
def test_times_of_the_wrong_shape_say_nothing(times: Any) -> None:
    entry = evidence(begins(), call(0), told(0, ended("77"), times=times, vendor_said=times))["results"][0]
    assert entry["times"] == dict.fromkeys(("begun", "sent", "answered", "confirmed"))
    assert isinstance(entry["vendor_said"], list)


def test_paths_are_relative_to_the_folder_of_the_run() -> None:
    start = line("run", run_id="therun", plan_sha256="", account="promo", folder="/e/20260301T090000Z-a1b2c3")
    inside = ended("77", backup_file="/e/20260301T090000Z-a1b2c3/backups/77.jsonl")
    outside = ended("78", backup_file="/elsewhere/78.jsonl")
    found = evidence(start, cleared((0, inside), (1, outside)), mask=True)
    assert [row["backup_file"] for row in found["results"]] == ["backups/77.jsonl", "/elsewhere/78.jsonl"]


def test_the_vendors_word_that_there_is_no_such_record_is_told_as_that() -> None:
    gone = ended("77", "already_clear", attempts=1)
    read = ended("78", "already_clear", attempts=0)
    found = evidence(begins(), cleared((0, gone), (1, read)))
    assert [row["no_such_record"] for row in found["results"]] == [True, False]
    assert [row["needs_person"] for row in found["results"]] == [False, False]


def test_targets_of_one_name_are_told_apart_in_the_table() -> None:
    lists = [
        {"application_id": 134, "campaign_name": "May", "calling_list": name, "phone_number": number}
        for name, number in (
            ("Prospects of the north", "+15550100123"),
            ("Old", "+15550100123"),
            ("Old", "+15550110123"),
        )
    ]
    entries = [
        {
            "account": "g",
            "vendor": "genesys",
            "name": "Stop request 4711 of the twelfth of May",
            "target": ids,
            "place": place,
        }
        for place, ids in enumerate(lists)
    ]
    shown = table_of({"results": []}, [{**entry, "outcome": "cleared"} for entry in entries], rows=9).splitlines()[1:4]
    assert len(set(shown)) == 3
    assert "Prospects of the north" in shown[0]
    assert "15550100123" not in "".join(shown)
    assert all(row.endswith("cleared") for row in shown)


def test_the_table_of_evidence() -> None:
    text = begins() + cleared((0, ended("77", pending_before=1234567)), (1, ended("78", "failed", error=NO)))
    found = evidence(text)
    lines = table_of(found, found["results"], rows=50).splitlines()
    assert lines[0].split() == ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "OUTCOME"]
    assert lines[1].endswith("120 \u2192 0        failed: no")
    assert lines[2].endswith("1,234,567 \u2192 0  cleared")
    assert lines[4] == "2 targets: 1 failed, 1 cleared"


@pytest.mark.parametrize(
    "event",
    [
        {"event": "call", "step": "clear", "places": 3},
        {"event": "call", "step": "clear", "places": ["a"]},
        {"event": "refused"},
        {"event": "refused", "place": "0", "error": 7},
        {"event": "ended", "index": 0, "result": 7},
        {"event": ["call"]},
    ],
)
def test_lines_of_the_wrong_shape_prove_nothing(event: dict[str, Any]) -> None:
    text = begins() + line(**event) + line("ended", index=0, target={}, result=ended("77"))
    assert [outcome for outcome, _why in outcomes(evidence(text))] == ["in_doubt", "in_doubt"]


@pytest.mark.parametrize(
    "damaged",
    [
        '{"event": "begun", "time":\n',
        line("begun", index=7, target={}),
        line("begum", index=1, target={}),
        line("begun", target={}).replace('"begun"', '["begun"]'),
    ],
)
def test_what_a_damaged_journal_does_not_tell_is_a_doubt(damaged: str) -> None:
    before, after = begins() + call(0, 1), line("ended", index=0, target={}, result=ended("77"))
    doubt = ("in_doubt", "a line of the journal of its account is damaged: nobody can know")
    assert outcomes(evidence(before, damaged, after, line("finished"))) == [("cleared", None), doubt]
    assert AccountJournal(before + damaged + after, "therun", dict(enumerate(PLAN.targets))).in_doubt == {1}


def test_what_a_crash_cut_is_no_damage() -> None:
    cut, goes_on = '{"event": "begun", "time":', line("ended", index=0, target={}, result=ended("77"))
    for after in ("", "\n", "\n" + begins() + call(0) + goes_on, "\n" + line("account_failed", message="was ended")):
        assert outcomes(evidence(begins(), call(0, 1), cut, after))[1][0] == "not_sent"


def test_a_time_that_is_none_costs_no_evidence() -> None:
    found = evidence(begins(), cleared((0, ended("77"))), line("finished").replace("2026-", "2O26-"))
    assert (outcomes(found)[0], found["run"]["end"]) == (("cleared", None), "2026-03-01T09:00:47Z")
