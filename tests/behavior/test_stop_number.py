# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One number stopped over all vendors: what is said of each step is what the sandbox has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import numbers, person_pages
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.files import read_regular
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_ledger
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.vocabulary import NUMBER_OUTCOMES
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, everything
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.schemas import validator
from ansible_collections.telephony.outbound.tests.support.stops import (
    KNOWN,
    SEED,
    account,
    accounts,
    changes,
    stop,
    told,
)
from ansible_collections.telephony.outbound.tests.support.vendor import ANN, BOB
from ansible_collections.telephony.outbound.tests.support.vendors.vicidial import ANN_HERE
from ansible_collections.telephony.outbound.tests.support.vendors.voipnow import PLACE
from ansible_collections.telephony.outbound.tests.support.vendors.wolkvox import DIALED, DIGITS, person

LISTS = KNOWN["genesys"].places
NO_RECORD = {"already_gone_patterns": ["Record not found"]}
FIND = {"method": "GET", "query": "api=find_record*"}


@pytest.fixture
def people(sandbox: Sandbox) -> Sandbox:
    """Give Ann's number to every system: in two campaigns of wolkvox under two forms, in two lists of Genesys."""
    sandbox.seed(SEED)
    return sandbox


def rows(outcome: RunOutcome, name: str, step: str) -> list[dict[str, Any]]:
    return [entry for entry in outcome.entries if (entry["account"], entry["step"]) == (name, step)]


def marked(world: Sandbox, campaign: str) -> list[tuple[str, str]]:
    found = world.state()["wolkvox"]["campaigns"][campaign]["people"]
    return [(record["tel1"], record["resultado"]) for record in found]


def test_a_number_is_suppressed_cancelled_hung_up_and_looked_up_again(people: Sandbox, tmp_path: Path) -> None:
    done = stop(accounts(people.url), tmp_path / "ev", hang_up=True, requested_by="Ann")
    assert (done.state, done.failed, done.changed) == ("done", False, True)
    assert told(done) == {vendor: list(known.steps) for vendor, known in KNOWN.items()}
    state = people.state()
    assert marked(people, "77") == [(DIGITS, "do-not-call"), ("15550100099", "clean")]
    assert marked(people, "78") == [(DIALED, "do-not-call")]
    assert state["wolkvox"]["dnc"] == {DIGITS: ["outbound"], DIALED: ["outbound"]}
    assert [(each["phone_number"], each["list"]) for each in state["genesys"]["do_not_call"]] == [(ANN, None)]
    assert [call["id"] for call in state["voipnow"]["extensions"][PLACE]["calls"]] == ["B"]
    assert [lead["status"] for lead in state["vicidial"]["leads"].values()] == ["DNC", "DNC", "NEW"]
    assert list(state["vicidial"]["dnc"].values()) == [[ANN_HERE]]
    # The number is on the list before its records are touched, at every vendor that has one.
    sent = [f"{entry['path']} {entry['query']} {entry['body']}" for entry in people.journal() if entry["changes"]]
    for first, then in (("add_dnc", "block_predictive_dnc"), ("DoNotCallRecord", "CancelRecord")):
        assert [place for place, line in enumerate(sent) if first in line][-1] < min(
            place for place, line in enumerate(sent) if then in line
        )
    schema = json.loads((PROJECT / "docs/schemas/number_evidence.json").read_text("utf-8"))
    validator(schema).validate(json.loads((tmp_path / "ev/evidence.json").read_text()))
    assert set(schema["$defs"]["target"]["properties"]["outcome"]["enum"]) == set(NUMBER_OUTCOMES)
    # What came of it stands in files that agree with each other, and in which her number is masked but for the plan.
    verified = verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0"))
    assert verified.findings == []
    (tmp_path / "ev/plan.json").unlink()
    text = everything(tmp_path)
    forms = (ANN, DIGITS, DIALED, ANN_HERE)
    assert [canary for canary in [*CANARIES.values(), *forms] if canary in text] == []
    assert json.loads((tmp_path / "ev/run.json").read_text())["kind"] == "numbers"

    seen = len(changes(people))
    again = stop(accounts(people.url), tmp_path / "again")
    unchanged = [entry["changed"] for entry in again.entries if entry["account"] != "genesys"]
    assert (again.failed, unchanged) == (False, [False] * len(unchanged))
    assert [line for line in changes(people)[seen:] if "/genesys/" not in line] == []
    assert [entry["outcome"] for entry in rows(again, "voipnow", "look")] == ["not_found"]


@pytest.mark.parametrize(("mode", "check_mode"), [("plan", False), ("apply", True)])
def test_a_plan_reads_everything_and_changes_nothing(
    people: Sandbox, tmp_path: Path, mode: str, *, check_mode: bool
) -> None:
    done = stop(accounts(people.url), tmp_path / "ev", mode, check_mode=check_mode, hang_up=True)
    assert (done.state, done.failed) == ("nothing_sent", False)
    assert changes(people) == []
    assert (tmp_path / "ev").exists() == (mode == "plan")
    if mode == "plan":
        plan = json.loads((tmp_path / "ev/plan.json").read_text())["targets"]
        found = {(row["account"], row["target"]["step"], row["outcome"], row["pending"]) for row in plan}
        assert ("wolkvox", "cancel", "would_cancel", 1) in found
        assert ("voipnow", "hang_up", "would_hang_up", 1) in found
        assert ("plum", "cancel", "unsupported", None) in found
        # What was approved is what is applied; what was added for her since is meant too.
        people.act(room="wolkvox", do="add_records", campaign="78", records=[person("4", DIALED), person("5", DIALED)])
        done = stop(accounts(people.url), tmp_path / "two", plan=str(tmp_path / "ev/plan.json"), numbers=[])
        assert (done.state, marked(people, "78")) == ("done", [(DIALED, "do-not-call")] * 3)
        (entry,) = [
            each for each in rows(done, "wolkvox", "cancel") if each["planned"]["pending"] != each["pending_before"]
        ]
        assert (entry["planned"]["pending"], entry["pending_before"]) == (1, 3)


def test_what_is_added_between_suppress_and_cancel_is_seen(people: Sandbox, tmp_path: Path) -> None:
    act = {"room": "wolkvox", "do": "add_records", "campaign": "77", "records": [person("9", DIGITS)]}
    people.fault(method="POST", query="api=add_dnc*", do="act", act=act, times=1)
    done = stop([account("wolkvox", people.url)], tmp_path / "ev")
    assert [entry["pending_before"] for entry in rows(done, "wolkvox", "cancel")] == [2, 1]
    assert marked(people, "77").count((DIGITS, "do-not-call")) == 2
    assert [entry["outcome"] for entry in rows(done, "wolkvox", "look")] == ["still_clear"] * 2


def test_records_that_cannot_be_marked_do_not_keep_others_from_it(people: Sandbox, tmp_path: Path) -> None:
    campaigns = {**SEED["wolkvox"]["campaigns"], "79": {"type": "preview", "records": [person("7", DIGITS)]}}
    people.seed({**SEED, "wolkvox": {**SEED["wolkvox"], "campaigns": campaigns}})
    done = stop([account("wolkvox", people.url)], tmp_path / "ev")
    assert (done.state, done.failed) == ("left", True)
    assert marked(people, "77")[0] == (DIGITS, "do-not-call")
    assert marked(people, "79") == [(DIGITS, "clean")]
    refused, other = rows(done, "wolkvox", "cancel")
    assert (refused["outcome"], refused["changed"], other["outcome"]) == ("refused", True, "cancelled")
    assert "only records of predictive campaigns can be marked: campaign 79" in refused["error"]["message"]
    assert refused["error"]["message"].endswith("Campaign by campaign: 77 changed")
    assert [entry["outcome"] for entry in rows(done, "wolkvox", "look")] == ["refilled", "still_clear"]
    assert verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings == []


def test_what_is_added_behind_the_cancel_fails_the_run(people: Sandbox, tmp_path: Path) -> None:
    act = {"room": "wolkvox", "do": "add_records", "campaign": "78", "records": [person("9", DIALED)]}
    people.fault(**FIND, skip=4, do="act", act=act, times=1)
    done = stop([account("wolkvox", people.url)], tmp_path / "ev")
    assert (done.state, done.failed) == ("left", True)
    assert [(row["step"], row["outcome"], row["pending_after"]) for row in done.rows] == [("look", "refilled", 1)]


def test_a_wrong_form_is_not_found_and_nothing_more_is_said(people: Sandbox, tmp_path: Path) -> None:
    genesys = account("genesys", people.url, forms=["digits"])
    given = [
        account("wolkvox", people.url, forms=[{"national": {"country_code": "1", "prefix": "0"}}]),
        account("voipnow", people.url, forms=[{"literal": {ANN: ["5550100007"]}}]),
        account("genesys", people.url, forms=["digits"], connection={**genesys.connection, **NO_RECORD}),
    ]
    done = stop(given, tmp_path / "ev", hang_up=True, mask_phone_numbers=False)
    found = {
        (entry["account"], entry["step"]): (entry["outcome"], entry["error"]["message"])
        for entry in done.entries
        if entry["outcome"] in ("not_found", "in_progress")
    }
    assert found["wolkvox", "cancel"] == (
        "not_found",
        "not found as 05550100007; no other form was looked for in this step",
    )
    # A look finds no more than the cancel did.
    assert found["wolkvox", "look"] == found["wolkvox", "cancel"]
    assert found["genesys", "cancel"][0] == "not_found"
    # A call that may be with her is not said to be none.
    assert found["voipnow", "look"] == (
        "in_progress",
        "a call in progress may be with the number, which is written in another form there",
    )


def test_a_short_form_is_shown_nowhere_and_everything_agrees(people: Sandbox, tmp_path: Path) -> None:
    people.act(room="wolkvox", do="add_records", campaign="77", records=[person("8", "55501")])
    given = [account("wolkvox", people.url, forms=[{"literal": {ANN: ["55501", "55502"]}}])]
    done = stop(given, tmp_path / "ev")
    assert told(done)["wolkvox"][-2:] == [("look", "still_clear"), ("look", "not_found")]
    assert verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings == []
    (tmp_path / "ev/plan.json").unlink()
    text = everything(tmp_path) + json.dumps(done.as_dict())
    assert [canary for canary in ("55501", "55502", DIGITS) if canary in text] == []


def test_an_account_that_does_not_say_its_forms_is_left_out_and_told(people: Sandbox, tmp_path: Path) -> None:
    given = [account("wolkvox", people.url, forms=None), account("genesys", people.url, places=[])]
    done = stop([*given, account("voipnow", people.url)], tmp_path / "ev")
    assert (done.state, done.failed) == ("left", True)
    causes = {row["account"]: row["error"]["message"] for row in done.rows}
    assert "stop_number_forms is missing" in causes["wolkvox"]
    assert "stop_number_places is missing" in causes["genesys"]
    assert changes(people) == []
    # Its own campaigns name places too, and a number may bring its forms along.
    target = {"application_id": 134, "campaign_name": "Reminders", "calling_list": "May", "phone_number": BOB}
    given = [
        account("genesys", people.url, places=[], targets=[target]),
        account("wolkvox", people.url, forms=None),
    ]
    done = stop(given, tmp_path / "two", numbers=[{"number": ANN, "forms": {"wolkvox": [DIALED]}}])
    assert [entry["outcome"] for entry in done.entries] == [
        *("suppressed", "cancelled", "cannot_be_read"),
        *("suppressed", "cancelled", "still_clear"),
    ]


def test_a_call_in_progress_goes_on_where_nobody_hangs_up(people: Sandbox, tmp_path: Path) -> None:
    plum = account("plum", people.url, places=[{"call_ids": ["c1", "c2"]}])
    done = stop([plum, account("voipnow", people.url)], tmp_path / "ev", strict=True)
    assert [(row["outcome"], row["call_ids"]) for row in rows(done, "voipnow", "look")] == [("in_progress", ["A"])]
    (row,) = rows(done, "plum", "look")
    assert (row["outcome"], row["call_ids"]) == ("unsupported", ["c1"])
    assert row["error"]["message"].startswith("queued for this number: c1; plum_outbound_cancel")
    assert [call["id"] for call in people.state()["voipnow"]["extensions"][PLACE]["calls"]] == ["A", "B"]
    assert (done.state, done.failed) == ("left", True)
    assert any(reason.startswith("plum: cancel is unsupported") for reason in done.reasons)


@pytest.mark.parametrize(
    ("vendor", "places", "cause"),
    [
        ("genesys", [LISTS[0], {**LISTS[1], "calling_list": None}], "[1] has no calling_list"),
        ("voipnow", [{"extension": PLACE}, {"extention": "0003*212"}], "[1] has no extension"),
        ("plum", [{"call_ids": "c1"}], "[0].call_ids takes a list"),
    ],
)
def test_a_place_that_is_not_said_in_full_is_not_left_out(
    people: Sandbox, tmp_path: Path, vendor: str, places: list[dict[str, Any]], cause: str
) -> None:
    done = stop([account(vendor, people.url, places=places)], tmp_path / "ev")
    assert (done.failed, people.journal()) == (True, [])
    assert {row["error"]["message"] for row in done.rows} == {
        message for message in (row["error"]["message"] for row in done.rows) if f"stop_number_places{cause}" in message
    }


def test_a_call_of_plum_is_not_said_to_be_none_where_that_is_not_known(people: Sandbox, tmp_path: Path) -> None:
    given = [
        replace(account("plum", people.url, forms=forms, places=[{"call_ids": ids}]), name=name)
        for name, forms, ids in (
            ("other form", ["digits"], ["c1"]),
            ("no such call", ["as_is"], ["c9"]),
            ("no number", ["as_is"], ["c3"]),
            ("another person", ["as_is"], ["c2"]),
        )
    ]
    done = stop(given, tmp_path / "ev")
    found = {
        entry["account"]: (entry["outcome"], entry["pending_after"])
        for entry in done.entries
        if entry["step"] == "look"
    }
    assert found == {
        "other form": ("unsupported", None),
        "no such call": ("cannot_be_read", None),
        "no number": ("cannot_be_read", None),
        "another person": ("not_found", 0),
    }


def test_a_look_that_fails_is_no_good_end(people: Sandbox, tmp_path: Path) -> None:
    people.fault(**FIND, skip=4, do="status", status=403)
    people.fault(method="GET", path="*phoneCalls*", do="status", status=400)
    done = stop([account("wolkvox", people.url), account("voipnow", people.url)], tmp_path / "ev")
    assert [(row["account"], row["step"], row["outcome"]) for row in done.rows] == [
        ("wolkvox", "look", "failed"),
        ("voipnow", "look", "failed"),
    ]
    assert (done.state, done.failed) == ("left", True)


def test_a_plan_that_lacks_a_number_is_not_applied_for_it(people: Sandbox, tmp_path: Path) -> None:
    given = [account("wolkvox", people.url)]
    stop(given, tmp_path / "ev", "plan")
    plan = str(tmp_path / "ev/plan.json")
    done = stop(given, tmp_path / "two", plan=plan, numbers=[ANN, BOB])
    assert (done.state, changes(people)) == ("nothing_sent", [])
    assert done.reasons == ["The plan lacks 1 of the numbers that were given: ***0008. Make a plan with all of them."]
    assert stop(given, tmp_path / "two", plan=plan, numbers=["+1 555 010 0007"]).state == "done"


def test_what_comes_back_later_is_found_by_a_watch(people: Sandbox, tmp_path: Path) -> None:
    given = [account("wolkvox", people.url), account("genesys", people.url)]
    stop(given, tmp_path / "ev")
    seen = len(changes(people))
    done = stop(given, tmp_path / "ev", "watch", numbers=[])
    assert {row["outcome"] for row in done.entries if row["account"] == "wolkvox"} == {"still_clear"}
    assert {row["outcome"] for row in done.entries if row["account"] == "genesys"} == {"cannot_be_read"}
    people.act(room="wolkvox", do="add_records", campaign="77", records=[person("9", DIGITS)])
    done = stop(given, tmp_path / "ev", "watch", numbers=[])
    assert (done.failed, [row["outcome"] for row in done.rows]) == (True, ["refilled"])
    assert len(changes(people)) == seen


def test_a_list_with_a_bad_line_sends_nothing_and_a_good_one_gives_everybody_a_page(
    people: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "today.csv"
    file.write_bytes(f"\ufeffname;Phone_Number\r\nAnn;{ANN}\r\n\r\nBob;0155501\r\n".encode())
    done = stop(accounts(people.url), tmp_path / "ev", file=str(file))
    assert done.reasons == [
        "stop_number_file, line 4: has no + and country code; give the number in E.164, such as +573000000007."
    ]
    assert (done.state, people.journal()) == ("nothing_sent", [])
    file.write_bytes(f"\ufeffname;Phone_Number\r\nAnn;{ANN}\r\nAnn;+1 (555) 010-0007\r\nBob;{BOB}\r\n".encode())
    opened: list[Path] = []
    monkeypatch.setattr(numbers, "read_regular", lambda path: opened.append(path) or read_regular(path))
    done = stop([account("wolkvox", people.url)], tmp_path / "two", file=str(file))
    assert opened == [file]
    assert {entry["outcome"] for entry in rows(done, "wolkvox", "suppress")} == {"suppressed"}
    assert len(rows(done, "wolkvox", "suppress")) == 4

    # Each of a few persons has a page about nobody else; of many, those that are asked for.
    pages = {path.name[:11]: path.read_text("utf-8") for path in (tmp_path / "two").glob("person-*.html")}
    assert sorted(pages) == ["person-0007", "person-0008"]
    assert ("***0007" in pages["person-0008"], "***0008" in pages["person-0008"]) == (False, True)
    for page in (tmp_path / "two").glob("person-*.html"):
        page.unlink()
    monkeypatch.setattr(person_pages, "MOST", 1)
    stop([], tmp_path / "two", "evidence", numbers=[])
    assert list((tmp_path / "two").glob("person-*.html")) == []
    stop([], tmp_path / "two", "evidence", numbers=[BOB])
    stop([], tmp_path / "two", "evidence", numbers=[])
    assert [path.name[:11] for path in (tmp_path / "two").glob("person-*.html")] == ["person-0008"]
    assert verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings == []
    refused = stop([], tmp_path / "two", "evidence", numbers=["+15550100099"])
    assert refused.reasons == [
        "The plan lacks 1 of the numbers that were given: ***0099. Make a plan with all of them."
    ]
