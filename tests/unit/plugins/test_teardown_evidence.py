# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence: nothing planned is left out, nothing unknown is a number, no phone number can be read."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_csv import COLUMNS, as_csv, cells, safe
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_data import Unusable
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_evidence import make_evidence
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_mask import Masker, mask_lines
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import make_plan
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_table import as_table
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_words import OUTCOMES

RUN = {"start": "2026-03-01T09:00:00Z", "end": "2026-03-01T09:00:47Z", "reason": "End of season"}
NO = {"kind": "rejected", "status": 400, "code": 7, "message": "no"}


def campaign(number: str) -> dict[str, Any]:
    return {"campaign_id": number, "all_records": True}


def entry(number: str, outcome: str = "cleared", **more: Any) -> dict[str, Any]:
    return {
        "target": campaign(number),
        "outcome": outcome,
        "changed": outcome in ("would_clear", "cleared", "accepted", "in_doubt"),
        "pending_before": 120,
        "pending_after": 0,
        "verified": outcome == "cleared",
        "attempts": int(outcome in ("cleared", "accepted", "in_doubt")),
        "elapsed": 0.41,
        "error": None,
        **more,
    }


def account(*results: dict[str, Any], targets: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "account": "promo",
        "vendor": "wolkvox",
        "product": None,
        "address": "https://wv0010.wolkvox.com",
        "login": "token 3f0a11",
        "targets": [dict(result["target"]) for result in results] if targets is None else targets,
        "results": list(results),
        "error": None,
        **more,
    }


def plan_of(*accounts: dict[str, Any]) -> dict[str, Any]:
    return make_plan(list(accounts), created=RUN["start"])


PLAN = plan_of(account(entry("77", "would_clear"), entry("78", "would_clear")))


def evidence(*accounts: dict[str, Any], plan: Any = PLAN, **more: Any) -> dict[str, Any]:
    return make_evidence(list(accounts), plan=plan, run=RUN, **more)


def outcomes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(result["target"]["campaign_id"], result["outcome"]) for result in found["results"]]


# --- one entry a target -----------------------------------------------------------------------------------------------


def test_an_entry_is_the_modules_own_with_what_it_belongs_to() -> None:
    found = evidence(account(entry("77", backup_file="/b/77.jsonl"), entry("78", "accepted")))
    assert found["results"][0] == {
        "account": "promo",
        "vendor": "wolkvox",
        "product": None,
        "address": "https://wv0010.wolkvox.com",
        "login": "token 3f0a11",
        "name": None,
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
        "needs_person": False,
    }
    assert found["run"] == {**RUN, "seconds": 47}
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


def test_results_find_their_target_in_any_order() -> None:
    assert outcomes(evidence(account(entry("78", "failed"), entry("77")))) == [("77", "cleared"), ("78", "failed")]


def test_the_same_target_twice_has_two_results() -> None:
    plan = plan_of(account(entry("77", "would_clear"), entry("77", "would_clear")))
    found = evidence(account(entry("77"), entry("77", "already_clear")), plan=plan)
    assert outcomes(found) == [("77", "cleared"), ("77", "already_clear")]


def test_what_was_touched_beside_the_plan_is_not_left_out() -> None:
    found = evidence(account(entry("77"), entry("78"), entry("79")))
    assert outcomes(found) == [("77", "cleared"), ("78", "cleared"), ("79", "cleared")]
    assert outcomes(evidence(account(entry("77")), plan=None)) == [("77", "cleared")]


def test_what_nobody_worked_on_is_not_sent() -> None:
    found = evidence(account(entry("77")))
    assert outcomes(found) == [("77", "cleared"), ("78", "not_sent")]
    last = found["results"][1]
    assert last["error"] == {"kind": None, "status": None, "code": None, "message": "not begun"}
    assert (last["changed"], last["pending_before"], last["verified"], last["attempts"]) == (False, None, False, 0)
    assert found["summary"]["pending_before"] is None
    assert found["summary"]["pending_after"] is None


def test_an_account_that_the_play_did_not_have() -> None:
    found = evidence()
    assert [result["outcome"] for result in found["results"]] == ["not_sent", "not_sent"]
    assert found["results"][0]["error"]["message"] == "the play did not have this account"


def test_a_target_that_the_plan_could_not_take_up() -> None:
    plan = plan_of(account(entry("77", "refused", error=NO)), {**account(targets=[campaign("9")]), "error": "no token"})
    found = evidence(account(results=[]), plan=plan)
    assert outcomes(found) == [("77", "not_sent"), ("9", "not_sent")]
    assert found["results"][0]["error"]["message"] == "the plan has it as refused: no"
    assert found["results"][1]["error"]["message"] == "the plan has it as failed: no token"


def line(event: str, number: str, **more: Any) -> str:
    return json.dumps({"event": event, "time": RUN["start"], "index": 0, "target": campaign(number), **more}) + "\n"


def test_the_journal_tells_what_a_killed_module_did() -> None:
    journal = (
        line("begun", "77")
        + line("ended", "77", result=entry("77"))
        + line("begun", "78")
        + '[1]\n{"event": "odd"}\n{"event": "en'
    )
    found = evidence(account(error="the module was killed", journal=journal))
    assert outcomes(found) == [("77", "cleared"), ("78", "in_doubt")]
    assert found["results"][1]["changed"] is True
    assert "begun" in found["results"][1]["error"]["message"]


def test_the_journal_of_a_killed_module_tells_of_stops_and_starts_too() -> None:
    def switched(state: str) -> str:
        target = {"campaign_id": "77", "state": state}
        result = {"target": target, "outcome": "changed", "error": None}
        return json.dumps({"event": "ended", "target": target, "result": result}) + "\n"

    journal = switched("stopped") + line("ended", "77", result=entry("77", note="a\u2028b")) + switched("started")
    (first, _second) = evidence(account(error="killed", journal=journal))["results"]
    assert (first["steps"], first["note"]) == (["stopped", "cleared", "started"], "a\u2028b")


def test_without_a_journal_a_module_that_ended_without_results_leaves_doubt() -> None:
    assert outcomes(evidence(account(error="killed"))) == [("77", "in_doubt"), ("78", "in_doubt")]
    found = evidence(account(error="token: is required", journal=""))
    assert outcomes(found) == [("77", "not_sent"), ("78", "not_sent")]
    assert found["results"][0]["error"]["message"] == "token: is required"


# --- stop and start ---------------------------------------------------------------------------------------------------


def switch(number: str, outcome: str, error: Any = None) -> dict[str, Any]:
    return {"target": {"campaign_id": number}, "outcome": outcome, "error": error}


def test_steps_beside_the_clear_are_told() -> None:
    stops = [switch("77", "changed"), switch("78", "unchanged")]
    found = evidence(account(entry("77"), entry("78"), stop_results=stops, restart_results=[switch("77", "accepted")]))
    assert [result["steps"] for result in found["results"]] == [["stopped", "cleared", "started"], ["cleared"]]


def test_check_mode_tells_what_would_be_done() -> None:
    found = evidence(account(entry("77", "would_clear"), stop_results=[switch("77", "would_change")]))
    assert found["results"][0]["steps"] == ["would_stop", "would_clear"]


@pytest.mark.parametrize(("outcome", "error"), [("failed", NO), ("in_doubt", None)])
def test_what_was_not_stopped_was_not_cleared(outcome: str, error: Any) -> None:
    found = evidence(account(entry("78"), stop_results=[switch("77", outcome, error)]))
    first = found["results"][0]
    assert (first["outcome"], first["steps"]) == (outcome, [f"stop_{outcome}"])
    assert first["error"]["message"] == f"it was not stopped: {'no' if error else 'no reason was given'}"


def test_what_was_stopped_and_not_cleared_says_so() -> None:
    (first, _second) = evidence(account(stop_results=[switch("77", "changed")]))["results"]
    assert (first["outcome"], first["steps"], first["changed"]) == ("not_sent", ["stopped"], True)


def test_what_was_cleared_and_not_started_again_needs_a_person() -> None:
    (first, second) = evidence(account(entry("77"), entry("78"), restart_results=[switch("77", "failed", NO)]))[
        "results"
    ]
    assert (first["outcome"], first["steps"]) == ("cleared", ["cleared", "start_failed"])
    assert first["error"] == {**NO, "message": "it was not started again: no"}
    assert (first["needs_person"], second["needs_person"]) == (True, False)


@pytest.mark.parametrize(
    ("run", "plan", "words"),
    [
        ({}, PLAN, "run.start is no time"),
        ({"start": RUN["start"]}, PLAN, "run.end is no time"),
        (RUN, [1], "plan is no mapping"),
        ("now", PLAN, "run is no mapping"),
    ],
)
def test_what_is_no_evidence_is_said_to_be_none(run: Any, plan: Any, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        make_evidence([account()], plan=plan, run=run)


def test_the_table_of_evidence() -> None:
    lines = as_table(
        evidence(account(entry("77", pending_before=1234567), entry("78", "failed", error=NO)))
    ).splitlines()
    assert lines[0].split() == ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "OUTCOME"]
    assert lines[1].endswith("120 → 0        failed: no")
    assert lines[2].endswith("1,234,567 → 0  cleared")
    assert lines[4] == "2 targets: 1 failed, 1 cleared"
    assert as_table(evidence(plan=None)).endswith("0 targets: none")


# --- phone numbers ----------------------------------------------------------------------------------------------------

SEPARATORS = ["", " ", "-", ".", "/", ") ", " (", "\u00a0", "\u2011", "\u200b", "%20", "\u202e", " - "]


@st.composite
def phone_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Return a phone number in some spelling, and its digits."""
    digits = draw(st.text("0123456789", min_size=7, max_size=15))
    spelled = digits[0] + "".join(draw(st.sampled_from(SEPARATORS)) + digit for digit in digits[1:])
    return draw(st.sampled_from(["", "+", "00", "tel:", "%2B", "x"])) + spelled, digits


NOT_A_NUMBER = st.text(st.characters(exclude_categories=["Cs", "Nd"], exclude_characters="/.+-()%"), max_size=8)


def runs(text: str) -> list[str]:
    """Return what is left in a text as a person, who reads over marks and spaces, would put digits together."""
    text = re.sub(r"%(20|2B)", "", text)
    return [re.sub(r"\D", "", run) for run in re.findall(r"(?:\d[^\w#|]{0,3})+", text)]


@given(phone_numbers(), NOT_A_NUMBER, NOT_A_NUMBER, st.sampled_from(["", "key"]))
def test_no_phone_number_can_be_read(phone: tuple[str, str], before: str, after: str, key: str) -> None:
    spelled, digits = phone
    if re.search(r"(?:19|20)\d\d-\d\d-\d\d", spelled):
        return  # a date
    said = f"{before}|{spelled}|{after}"
    dirty = {
        "target": {"phone_number": spelled, "campaign_name": said},
        "error": {"message": said, "code": said},
        said: [said, {"events": [said]}],
        "number": int(digits),
        "backup_file": f"/b/{spelled}.jsonl",
    }
    masker = Masker(key)
    masker.learn(dirty)
    shown = json.dumps(masker.data(dirty), ensure_ascii=False)
    for text in (
        shown,
        mask_lines(json.dumps(dirty) + "\n", key),
        mask_lines(said + "\n" + json.dumps(dirty, ensure_ascii=False)[:-1], key),
    ):
        assert [run for run in runs(text) if len(run) >= 7] == []
        assert digits not in text
    assert f"***{digits[-4:]}" in shown
    assert masker.data(masker.data(dirty)) == masker.data(dirty)


def test_a_masked_number_keeps_four_digits_and_a_hash_that_tells_equal_ones() -> None:
    masker = Masker("key")
    masked = masker.text("+1 (555) 555-0101")
    assert re.fullmatch(r"\*\*\*0101#[a-p]{12}", masked)
    assert masker.text("call 1-555-555-0101 now") == f"call {masked} now"
    assert Masker("other").text("15555550101") != masked
    assert Masker().text("15555550101") == "***0101"
    assert Masker().text("15555550101 15555550102, 15555550103") == "***0101 ***0102, ***0103"
    assert Masker().text("\u0661\u0665\u0665\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0661") == "***0101"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-03-01T09:00:00.123456+00:00",
        "ended 2026-03-01 09:00:47, took 12.5 s",
        "123456",
        "0003*210",
        "5f0c1c1e-1234-1234-1234-123456789012",
        "0123456789" * 6 + "abcd",
    ],
)
def test_what_is_no_phone_number_stays(text: str) -> None:
    assert Masker("key").text(text) == text


def test_ids_and_counts_stay_unless_they_are_known_to_be_phone_numbers() -> None:
    data = {
        "target": {"campaign_id": "12345678", "extension": "0001234567"},
        "pending_before": 12345678,
        "call_ids": ["5551234567", "15555550101"],
        "reference_id": "cancel-15555550101-1",
        "elapsed": 1234567.5,
        "verified": True,
    }
    masker = Masker()
    assert masker.data(data) == data
    masker.learn({"deep": [{"phone_number": "+1 555 555 0101"}, {"phone_number": None}, {"phone_number": []}]})
    masked = masker.data(data)
    assert masked["call_ids"] == ["5551234567", "***0101"]
    assert masked["reference_id"] == "cancel-***1011"
    assert masked["target"] == data["target"]


def test_masking_is_for_everything_in_the_evidence_and_can_be_switched_off() -> None:
    record = {"phone_number": "+15555550101"}
    said = {**NO, "message": "no record for 1-555-555-0101"}
    result = {**entry("1"), "target": record, "error": said}
    plan = plan_of(account({**result, "outcome": "would_clear"}, vendor="genesys"))
    run = {**RUN, "reason": "asked by +1 555 555 0101"}
    masked = make_evidence([account(result)], plan=plan, run=run, key="key")
    assert "5550101" not in re.sub(r"\D", "", json.dumps(masked).replace("0101#", ""))
    bare = make_evidence([account(result)], plan=plan, run=run, mask=False)
    assert bare["results"][0]["target"] == record


def test_long_text_is_masked_in_little_time() -> None:
    begin = time.monotonic()
    for piece in ("1", "1    ", "123456,", "1 ", "%20", "2026-03-01", "+", "a"):
        Masker("key").text(piece * (2**18 // len(piece)))
    assert time.monotonic() - begin < 30


# --- CSV --------------------------------------------------------------------------------------------------------------

BLANK = " \t\r\n\"'\u200b\u202e\ufeff\x00"
FORMULA = re.compile(rf"(?:\A|[;|\t\r\n])[{BLANK}]*(?<!')[=+\-@\uff1d\uff0b\uff0d\uff20]")


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize(
    "blank", ["", " ", '"', '""', "'", "\t", "\r", "\n", '" "', "\u202e", "x;", "x; ", "x\n", 'x\t"', "x|"]
)
def test_no_cell_starts_a_formula(sign: str, blank: str) -> None:
    guarded = safe(f"{blank}{sign}cmd|' /C calc'!A0")
    assert f"'{sign}" in guarded
    assert guarded.replace("'", "") == f"{blank}{sign}cmd|' /C calc'!A0".replace("'", "")
    assert guarded[0] not in "=+-@\t\r\n"


@given(st.text(max_size=30) | st.text("=+-@;|\t\r\n \"'x\uff21\uff1d", max_size=12))
def test_cells_are_guarded_and_come_back_whole(text: str) -> None:
    guarded = safe(text)
    assert not FORMULA.search(guarded)
    assert guarded[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    assert len(guarded.replace("'", "")) == len(text.replace("'", ""))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4))
def test_csv_comes_back_from_a_reader(names: list[str]) -> None:
    results = [{**entry("77"), "account": "a", "vendor": "wolkvox", "name": name} for name in names]
    text = as_csv({"results": results})
    assert read(text) == [list(COLUMNS), *map(cells, results)]
    assert text.endswith("\r\n")


def test_cells_say_unknown_and_never_nothing_for_a_count() -> None:
    (title, row) = read(as_csv(evidence(account(entry("77", "accepted", pending_before=None, error=NO)), plan=None)))
    told = dict(zip(title, row, strict=True))
    assert told["pending_before"] == "unknown"
    assert told["pending_after"] == "0"
    assert told["target"] == "campaign_id=77 all_records=yes"
    assert (told["changed"], told["verified"], told["name"]) == ("yes", "no", "")
    assert (told["error_kind"], told["error_status"], told["error_code"], told["error_message"]) == (
        "rejected",
        "400",
        "7",
        "no",
    )


def test_long_cells_are_guarded_in_little_time() -> None:
    begin = time.monotonic()
    for piece in ("\n", ";", ' "', "=", "x\n=", ";'"):
        safe(piece * (2**18 // len(piece)))
    assert time.monotonic() - begin < 30
