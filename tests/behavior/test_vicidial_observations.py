# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VICIdial: what the program was seen to do, in twenty points, and what the modules make of each.

The number of each test is that of the point in the guide of what is known of VICIdial.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import hopper
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import leads as vicidial_leads
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

PASSWORD = "Api-Pass_4711"
ANN, BOB, CAT = "5550100001", "5550100002", "5550100003"
CAMPAIGNS = {"SPRING": {"name": "Spring promo", "active": True}, "WINTER": {"name": "Winter"}}
LISTS = {"1001": {"campaign": "SPRING"}, "1002": {"campaign": "WINTER"}}


def lead(lead_id: str, number: str = ANN, list_id: str = "1001", **more: Any) -> dict[str, Any]:
    return {"lead_id": lead_id, "phone_number": number, "list_id": list_id, **more}


def seed(sandbox: Sandbox, *leads: dict[str, Any], settings: dict[str, Any] | None = None, **more: Any) -> None:
    user = {"user": "api", "password": PASSWORD, **more.pop("user", {})}
    held = {"users": [user], "campaigns": CAMPAIGNS, "lists": LISTS, "leads": list(leads), **more}
    sandbox.seed({"settings": {"vicidial": settings or {}}, "vicidial": held})


def raw(sandbox: Sandbox, function: str, **fields: str) -> requests.Response:
    """Call a function as nobody should: without any care."""
    form = {"source": "test", "user": "api", "pass": PASSWORD, "function": function, **fields}
    return requests.post(f"{sandbox.url}/vicidial/non_agent_api.php", data=form, timeout=5)


def run(sandbox: Sandbox, module: str, **options: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {"base_url": f"{sandbox.url}/vicidial", "user": "api", "password": PASSWORD}
    if not module.endswith("_info"):
        defaults["wait_timeout"] = 0.2
    return run_module(f"vicidial_{module}", **{**defaults, "timeout": 5, **options})


def one(result: dict[str, Any]) -> dict[str, Any]:
    (entry,) = result["results"]
    assert isinstance(entry, dict)
    return entry


def functions(sandbox: Sandbox) -> list[str]:
    """Return the functions that were called, in their order."""
    return [entry["body"].partition("function=")[2].partition("&")[0] for entry in sandbox.journal()]


def writes(sandbox: Sandbox) -> list[str]:
    return [name for name in functions(sandbox) if name.startswith(("update_", "add_", "delete_"))]


def leads_of(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.state()["vicidial"]["leads"]
    return found


def test_01_errors_come_with_200_and_a_broken_statement_with_an_empty_500(sandbox: Sandbox) -> None:
    """The lead of O'Hara is read field by field, and a lead is called done only by all that was read."""
    seed(sandbox, lead("101", last_name="O'Hara", hopper=["READY"]), lead("102", BOB))
    assert raw(sandbox, "update_campaign", campaign_id="NOPE", active="N").status_code == 200
    broken = raw(sandbox, "lead_all_info", lead_id="101")
    assert (broken.status_code, broken.text) == (500, "")
    quoted = raw(sandbox, "lead_field_info", lead_id="101", field_name="last_name")
    assert (quoted.status_code, quoted.text) == (500, "O'Hara")
    assert raw(sandbox, "update_lead", search_method="LEAD_ID", lead_id="101").text == ""
    entry = one(run(sandbox, "lead", phone_number=ANN))
    assert (entry["outcome"], entry["verified"], entry["leads"][0]["status"]) == ("changed", True, "DNC")
    (told,) = run(sandbox, "lead_info", lead_ids=["101"])["leads"]
    assert (told["status"], told["phone_number"], told["called_count"]) == ("DNC", ANN, None)


@pytest.mark.parametrize(("when", "outcome"), [("before", "in_doubt"), ("after", "changed")])
def test_01_half_done_is_no_refusal(sandbox: Sandbox, when: str, outcome: str) -> None:
    """SUCCESS in one line and ERROR in another: something may have been done, so a read has to settle it."""
    seed(sandbox, lead("102"))
    told = "SUCCESS: update_lead LEAD HAS BEEN UPDATED - api|102|1|"
    body = f"{told}\nERROR: update_lead NOT AN ALLOWED LIST ID, RESULTS: |102|\n"
    said = {"do": "status", "status": 200, "body": body, "headers": {"Content-Type": "text/html"}}
    sandbox.fault(**said, form="*function=update_lead*lead_id=102", when=when)
    entry = one(run(sandbox, "lead", phone_number=ANN, wait_timeout=0 if when == "before" else 0.5))
    assert entry["outcome"] == outcome
    assert when == "after" or "a part was carried out" in entry["error"]["message"]


@pytest.mark.parametrize("tail", [": |api|5550100001|", " - 5550100001|api|", ""])
def test_02_only_the_phrase_counts_not_what_stands_behind_it(sandbox: Sandbox, tail: str) -> None:
    seed(sandbox)
    said = {"do": "status", "status": 200, "headers": {"Content-Type": "text/html"}}
    sandbox.fault(**said, body=f"ERROR: check_phone_number PHONE NUMBER IN DNC{tail}", form="*function=check_*")
    assert one(run(sandbox, "dnc", phone_number=ANN))["outcome"] == "unchanged"
    assert writes(sandbox) == []


def test_03_the_dry_run_of_the_api_acts_and_is_never_used(sandbox: Sandbox) -> None:
    """In check mode of every module only reads are sent, and none with no_update."""
    seed(sandbox, lead("101", hopper=["READY"]), lead("102", hopper=["READY"]), campaigns={**CAMPAIGNS})
    dry = {"search_method": "PHONE_NUMBER", "phone_number": ANN, "no_update": "Y", "records": "10"}
    listed = raw(sandbox, "update_lead", **dry, remove_from_hopper="Y").text
    assert listed.count("101") + listed.count("102") >= 1
    assert [one["hopper"] for one in leads_of(sandbox).values()].count([]) == 1
    seed(sandbox, lead("101", hopper=["READY"]), campaigns={"SPRING": {"active": False, "waiting": 2}})
    for module, options in (
        ("lead", {"phone_number": ANN}),
        ("campaign", {"campaign_id": "SPRING", "state": "started"}),
        ("hopper_clear", {"campaign_id": "SPRING"}),
        ("dnc", {"phone_number": ANN}),
    ):
        assert run(sandbox, module, check=True, **options)["changed"], module
    assert writes(sandbox) == []
    assert not any("no_update" in entry["body"] for entry in sandbox.journal())
    assert sandbox.changes() == []


def test_04_rows_that_are_not_ready_cannot_be_seen(sandbox: Sandbox) -> None:
    seed(sandbox, lead("102", BOB, "1002", hopper=["INCALL"]), lead("103", CAT, "1002", hopper=["QUEUE"]))
    result = run(sandbox, "hopper_clear", campaign_id="WINTER")
    assert one(result)["outcome"] == "already_clear"
    assert "cannot be seen" in str(result["warnings"])
    always = one(run(sandbox, "hopper_clear", campaign_id="WINTER", always=True))
    assert (always["outcome"], always["pending_before"], always["verified"]) == ("accepted", None, False)
    assert leads_of(sandbox)["103"]["hopper"] == []


def test_04_a_hopper_that_is_cut_has_no_number(sandbox: Sandbox) -> None:
    seed(sandbox, campaigns={"WINTER": {"waiting": 10_500}})
    shown = raw(sandbox, "hopper_list", campaign_id="WINTER").text
    assert len(shown.splitlines()) == 1 + hopper.MOST_ROWS
    assert "search_method" not in "".join(entry["body"] for entry in sandbox.journal())
    refused = one(run(sandbox, "hopper_clear", campaign_id="WINTER", max_pending=20_000))
    assert (refused["outcome"], refused["pending_before"], refused["pending_at_least"]) == ("refused", None, 10_000)
    (told,) = run(sandbox, "campaign_info", hopper=True)["campaigns"]
    assert told["hopper_ready"] is None
    cleared = one(run(sandbox, "hopper_clear", campaign_id="WINTER", max_pending=20_000, allow_unknown=True))
    assert (cleared["outcome"], cleared["pending_after"]) == ("cleared", 0)


def test_05_a_call_in_progress_is_told_apart(sandbox: Sandbox) -> None:
    """update_lead refuses an INCALL row; with a READY row beside it, VICIdial names that one alone."""
    seed(sandbox, lead("101", hopper=["INCALL"]), lead("102", BOB, hopper=["INCALL", "READY"]))
    busy = one(run(sandbox, "lead", phone_number=ANN))
    assert (busy["outcome"], busy["leads"][0]["hopper"]) == ("in_doubt", "in_progress")
    assert "a call is in progress" in busy["error"]["message"]
    both = one(run(sandbox, "lead", phone_number=BOB))
    assert (both["outcome"], both["leads"][0]["hopper"]) == ("changed", "removed")
    assert leads_of(sandbox)["102"]["hopper"] == ["INCALL"]
    raw(sandbox, "update_campaign", campaign_id="SPRING", reset_hopper="Y")
    assert leads_of(sandbox)["101"]["hopper"] == []


def test_06_a_number_in_another_form_is_no_number(sandbox: Sandbox) -> None:
    """The program drops a plus and reports success; the module takes digits alone, and tells where no lead has them."""
    seed(sandbox, lead("101"))
    assert raw(sandbox, "add_dnc_phone", phone_number=f"+1{ANN}", campaign_id="SYSTEM_INTERNAL").text[:7] == "SUCCESS"
    assert sandbox.state()["vicidial"]["dnc"]["SYSTEM_INTERNAL"] == [f"1{ANN}"]
    for module in ("lead", "dnc"):
        assert "leaves a + out" in run(sandbox, module, phone_number=f"+1{ANN}")["msg"]
    result = run(sandbox, "lead", phone_number=f"1{ANN}")
    assert (one(result)["outcome"], one(result)["leads"]) == ("unchanged", [])
    assert "in the form that was given" in str(result["warnings"])
    found = run(sandbox, "lead_info", phone_numbers=[f"1{ANN}"])
    assert found["missing"] == [{"phone_number": f"1{ANN}"}]


@pytest.mark.parametrize("wrong", ["WrongSecret9", "api_wrong-1"])
def test_07_a_wrong_password_comes_back_and_is_never_shown(sandbox: Sandbox, wrong: str) -> None:
    """What comes back is the password without its special characters; one that has them is never sent."""
    seed(sandbox)
    assert "|WrongSecret9|BAD|" in raw(sandbox, "campaigns_list", **{"pass": "Wr!ong+Secret 9"}).text
    result = run(sandbox, "campaign", campaign_id="SPRING", state="stopped", password=wrong)
    assert (one(result)["error"]["kind"], wrong in str(result)) == ("auth", False)
    sandbox.seed(sandbox.state() and {"vicidial": {"users": [{"user": "api", "password": PASSWORD}]}})
    odd = run(sandbox, "campaign", campaign_id="SPRING", state="stopped", password=f"Wr!{wrong}")
    assert "letters, digits, _ and -" in odd["msg"]
    assert wrong not in str(odd)
    assert sandbox.journal() == []


def test_07_credentials_stand_in_bodies_alone(sandbox: Sandbox) -> None:
    seed(sandbox, lead("101"))
    run(sandbox, "lead", phone_number=ANN)
    assert all(entry["method"] == "POST" and not entry["query"] for entry in sandbox.journal())
    assert all("pass=***" in entry["body"] for entry in sandbox.journal())


def test_08_a_refused_login_is_never_tried_again(sandbox: Sandbox) -> None:
    """Twelve targets at once cost one wrong login: the first request of a task goes alone."""
    seed(sandbox)
    targets = [{"phone_number": f"55501000{number:02}"} for number in range(12)]
    result = run(sandbox, "dnc", password="api_wrong-1", targets=targets, concurrency=8, retries=3)
    assert result["summary"]["failed"] + result["summary"]["not_sent"] == 12
    assert (functions(sandbox), sandbox.state()["vicidial"]["users"][0]["failed"]) == (["campaigns_list"], 1)


def test_08_the_tenth_wrong_login_locks_the_user(sandbox: Sandbox) -> None:
    seed(sandbox)
    assert raw(sandbox, "campaigns_list").status_code == 200
    for _login in range(10):
        raw(sandbox, "campaigns_list", **{"pass": "wrong"})
    result = run(sandbox, "campaign_info")
    assert result["error"]["kind"] == "auth"
    assert "locked the user" in result["error"]["message"]


def test_08_a_login_that_is_refused_in_the_middle_ends_the_task(sandbox: Sandbox) -> None:
    seed(sandbox)
    body = "ERROR: Login incorrect, please try again: |api||BAD|"
    said = {"do": "status", "status": 200, "headers": {"Content-Type": "text/html"}, "times": None}
    sandbox.fault(**said, body=body, form="*phone_number=5550100001*")
    targets = [{"phone_number": f"555010000{number}"} for number in range(6)]
    result = run(sandbox, "dnc", targets=targets, concurrency=1)
    assert [entry["outcome"] for entry in result["results"]] == ["changed", "failed", *["not_sent"] * 4]
    assert len(functions(sandbox)) == 5


def test_09_version_is_no_login(sandbox: Sandbox) -> None:
    """It answers whoever asks; so the list of campaigns is what a task begins with."""
    seed(sandbox, lead("101"))
    assert raw(sandbox, "version", **{"pass": "wrong"}).text.startswith("VERSION:")
    run(sandbox, "lead_info", lead_ids=["101"], callbacks=False)
    assert functions(sandbox)[1:] == ["campaigns_list", "lead_all_info"]


def test_10_characters_that_are_not_compared(sandbox: Sandbox) -> None:
    """api-pass_4711 is let in where Api-Pass_4711 is stored; what has other characters can never be right."""
    seed(sandbox)
    assert not run(sandbox, "campaign_info", password=PASSWORD.lower())["failed"]
    before = len(functions(sandbox))
    for option in ("password", "user"):
        assert "leaves out before it compares" in run(sandbox, "campaign_info", **{option: "Str@nge+1"})["msg"]
    assert len(functions(sandbox)) == before


def test_11_ids_are_cleaned_and_compared_byte_for_byte(sandbox: Sandbox) -> None:
    seed(sandbox, lead("102", BOB), campaigns={"WINTER": {"active": True, "waiting": 2}})
    for module, more in (("campaign", {"state": "stopped"}), ("hopper_clear", {"allow_running": True})):
        entry = one(run(sandbox, module, campaign_id="winter", **more))
        assert entry["outcome"] == "refused"
        assert "VICIdial has this campaign as WINTER" in entry["error"]["message"]
    assert run(sandbox, "campaign_info", campaign_ids=["winter"])["missing"] == ["winter"]
    assert "digits of a lead's id" in run(sandbox, "lead", lead_id="1x02")["msg"]
    assert writes(sandbox) == []
    assert raw(sandbox, "update_campaign", campaign_id="winter ", active="n", reset_hopper="y").text[:6] == "NOTICE"
    assert raw(sandbox, "update_campaign", campaign_id="winter", active="N").text[:7] == "SUCCESS"
    assert not sandbox.state()["vicidial"]["campaigns"]["WINTER"]["active"]


def test_12_a_name_with_the_separator_in_it(sandbox: Sandbox) -> None:
    """Tables are asked for with tabs and a header; where a field has a tab too, nothing is guessed."""
    seed(
        sandbox,
        lead("101", comments="a\tb\nERROR: Login incorrect, please try again"),
        campaigns={"SPRING": {"name": "a|b|N", "active": True}},
    )
    assert raw(sandbox, "campaigns_list").text.split("|")[2] == "b"
    assert run(sandbox, "campaign_info")["campaigns"][0]["status"] == "started"
    entry = one(run(sandbox, "lead", phone_number=ANN))
    assert (entry["outcome"], entry["leads"][0]["status_before"]) == ("changed", "NEW")
    sandbox.act(room="vicidial", do="rename", campaign="SPRING", name="a\tb")
    assert one(run(sandbox, "campaign", campaign_id="SPRING", state="stopped"))["error"]["kind"] == "protocol"


def test_13_each_lead_is_changed_by_its_id(sandbox: Sandbox) -> None:
    """By number the program frees the first lead alone; a missing id never becomes the leads of a number."""
    seed(sandbox, lead("101", hopper=["READY"]), lead("102", hopper=["READY"]))
    by_number = {"search_method": "PHONE_NUMBER", "phone_number": ANN, "records": "10"}
    raw(sandbox, "update_lead", **by_number, status="DNC", remove_from_hopper="Y")
    assert [one["hopper"] for one in leads_of(sandbox).values()] == [["READY"], []]
    entry = one(run(sandbox, "lead", phone_number=ANN))
    assert (entry["outcome"], entry["pending_before"]) == ("changed", 1)
    assert all(not one["hopper"] for one in leads_of(sandbox).values())
    assert all("search_method=LEAD_ID&" in e["body"] for e in sandbox.journal()[1:] if "=update_lead" in e["body"])
    missing = one(run(sandbox, "lead", lead_id="999"))
    assert (missing["outcome"], missing["error"]["kind"]) == ("failed", "not_found")


def test_14_a_search_that_ends_early_is_no_proof(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number is asked for at a time, with a limit; a number that is shown with no lead is not called missing."""
    leads = [lead(str(number)) for number in range(101, 104)]
    seed(sandbox, *leads, lead("201", BOB), settings={"search_limit": 3})
    assert raw(sandbox, "lead_search", phone_number=f"{ANN},{BOB}").text.splitlines()[1] == f"{BOB}|0|"
    assert len(run(sandbox, "lead_info", phone_numbers=[ANN, BOB], callbacks=False)["leads"]) == 4
    assert all("records=100000" in e["body"] for e in sandbox.journal()[1:] if "=lead_search" in e["body"])
    monkeypatch.setattr(vicidial_leads, "_MOST_FOUND", 3)
    assert one(run(sandbox, "lead", phone_number=ANN))["error"]["kind"] == "protocol"
    said = {"do": "status", "status": 200, "headers": {"Content-Type": "text/html"}}
    sandbox.fault(**said, body=f"{BOB}|0|\n", form="*function=lead_search*")
    assert one(run(sandbox, "lead", phone_number=BOB))["error"]["kind"] == "protocol"


def test_15_a_lead_whose_list_was_deleted(sandbox: Sandbox) -> None:
    """The search shows it and the change meets it, but it cannot be read: never more than accepted."""
    seed(sandbox, lead("101"), lead("102", list_id="9"))
    assert raw(sandbox, "lead_all_info", phone_number=ANN, stage="tab").text.count("\n") == 2
    (deleted, _other) = run(sandbox, "lead_info", phone_numbers=[ANN])["leads"]
    assert (deleted["lead_id"], deleted["status"]) == ("102", None)
    entry = one(run(sandbox, "lead", phone_number=ANN))
    assert (entry["outcome"], entry["pending_before"], entry["verified"]) == ("accepted", None, False)
    assert [one["status"] for one in leads_of(sandbox).values()] == ["DNC", "DNC"]


def test_16_nothing_is_sent_that_need_not_be_sent(sandbox: Sandbox) -> None:
    """A status is stored as it comes, cut to six characters, and whatever comes along is written."""
    seed(sandbox, lead("101", vendor_lead_code="keep"))
    raw(sandbox, "update_lead", search_method="LEAD_ID", lead_id="101", status="DNCLONGER", vendor_lead_code="lost")
    assert (leads_of(sandbox)["101"]["status"], leads_of(sandbox)["101"]["vendor_lead_code"]) == ("DNCLON", "lost")
    for status in ("dnc", "DNCLONGER"):
        assert "1 to 6 capital letters" in run(sandbox, "lead", lead_id="101", status=status)["msg"]
    run(sandbox, "lead", lead_id="101")
    sent = next(entry["body"] for entry in reversed(sandbox.journal()) if "=update_lead" in entry["body"])
    names = [field.partition("=")[0] for field in sent.split("&")]
    assert sorted(names[4:]) == ["callback", "lead_id", "remove_from_hopper", "search_method", "status"]


def test_17_a_list_is_made_for_a_campaign_that_there_is_not(sandbox: Sandbox) -> None:
    seed(sandbox)
    for name, stored in (("NOPE", "NOPE"), ("SPRINGLONG", "SPRINGLO"), ("system_internal", "system_i")):
        assert raw(sandbox, "add_dnc_phone", phone_number=BOB, campaign_id=name).text[:7] == "SUCCESS"
        assert sandbox.state()["vicidial"]["dnc"][stored] == [BOB]
    assert raw(sandbox, "add_dnc_phone", phone_number=f"{ANN},{BOB}", campaign_id="SPRING").text[:7] == "SUCCESS"
    before = sandbox.state()["vicidial"]["dnc"]
    unknown = one(run(sandbox, "dnc", phone_number=ANN, campaign_id="OTHER"))
    assert (unknown["outcome"], unknown["error"]["kind"]) == ("failed", "not_found")
    assert one(run(sandbox, "dnc", phone_number=ANN, campaign_id="spring"))["outcome"] == "refused"
    for bad in ({"campaign_id": "SPRINGLONG"}, {"campaign_id": "System_Internal"}, {"phone_number": "1" * 19}):
        assert "results" not in run(sandbox, "dnc", **{"phone_number": ANN, **bad})
    assert sandbox.state()["vicidial"]["dnc"] == before


def test_18_not_on_the_list_is_the_very_number_coming_back(sandbox: Sandbox) -> None:
    """A check that is not asked in the right way answers as for "not on it"; another number proves nothing."""
    seed(sandbox, dnc=[ANN])
    ask = {"phone_number": ANN, "local_call_time": "24hours"}
    assert raw(sandbox, "check_phone_number", **ask, dnc_check="y").text.startswith("AREACODE:")
    assert one(run(sandbox, "dnc", phone_number=ANN))["outcome"] == "unchanged"
    assert one(run(sandbox, "dnc", phone_number=BOB, call_time="9to5"))["error"]["kind"] == "rejected"
    said = {"do": "status", "status": 200, "headers": {"Content-Type": "text/html"}}
    for body in (f"AREACODE: 5|-5.00#PHONE: {CAT}|", "AREACODE: 5|-5.00#PHONE: |", "", "<br />Warning"):
        sandbox.fault(**said, body=body, form="*function=check_*")
        assert one(run(sandbox, "dnc", phone_number=BOB))["error"]["kind"] == "protocol"
    assert writes(sandbox) == []


def test_18_an_area_code_covers_a_number_that_is_not_listed(sandbox: Sandbox) -> None:
    seed(sandbox, dnc=["555XXXXXXX", "7770100001"])
    result = run(sandbox, "dnc_info", phone_numbers=[ANN, "7770100001"], campaign_ids=["SPRING"])
    assert [(one["system"], one["area_code"]) for one in result["numbers"]] == [(False, True), (True, None)]
    assert result["numbers"][0]["campaigns"] == {"SPRING": False}


def test_19_a_campaign_that_reads_another_campaigns_list(sandbox: Sandbox) -> None:
    """Its own list takes the number, and the check still says "not on it", rightly."""
    seed(sandbox, campaigns={**CAMPAIGNS, "SPRING": {"other_campaign_dnc": "WINTER"}})
    first = one(run(sandbox, "dnc", phone_number=ANN, campaign_id="SPRING"))
    assert (first["outcome"], first["verified"]) == ("in_doubt", False)
    assert "another campaign's list" in first["error"]["message"]
    second = one(run(sandbox, "dnc", phone_number=ANN, campaign_id="SPRING"))
    assert (second["outcome"], second["error"]["kind"]) == ("failed", "rejected")
    assert "another campaign's list" in second["error"]["message"]
    assert sandbox.state()["vicidial"]["dnc"]["SPRING"] == [ANN]


def test_20_the_fields_of_the_address_win(sandbox: Sandbox) -> None:
    """So an address takes none, and none is ever sent."""
    seed(sandbox, campaigns={"SPRING": {"active": True}, "WINTER": {"active": True}})
    form = {"source": "test", "user": "api", "pass": PASSWORD, "function": "update_campaign", "active": "N"}
    place = f"{sandbox.url}/vicidial/non_agent_api.php?campaign_id=WINTER"
    requests.post(place, data={**form, "campaign_id": "SPRING"}, timeout=5)
    campaigns = sandbox.state()["vicidial"]["campaigns"]
    assert (campaigns["SPRING"]["active"], campaigns["WINTER"]["active"]) == (True, False)
    for url in (f"{sandbox.url}/vicidial/non_agent_api.php", f"{sandbox.url}/vicidial/?campaign_id=WINTER"):
        assert "base_url" in run(sandbox, "campaign_info", base_url=url)["msg"]


# --- what the hopper filler did


def filled(sandbox: Sandbox) -> Sequence[str]:
    sandbox.act(room="vicidial", do="fill")
    return [key for key, each in leads_of(sandbox).items() if each["hopper"]]


def test_a_started_campaign_fills_its_hopper_again(sandbox: Sandbox) -> None:
    """It is refused, and where it is cleared all the same, what comes back is told; empty, it is never called clear."""
    seed(sandbox, lead("101", hopper=["READY"]))
    refused = one(run(sandbox, "hopper_clear", campaign_id="SPRING"))
    assert (refused["outcome"], "stop it first" in refused["error"]["message"]) == ("refused", True)
    sandbox.fault(do="act", act={"room": "vicidial", "do": "fill"}, when="after", form="*function=update_campaign*")
    again = one(run(sandbox, "hopper_clear", campaign_id="SPRING", allow_running=True))
    assert (again["outcome"], again["pending_after"]) == ("in_doubt", 1)
    raw(sandbox, "update_campaign", campaign_id="SPRING", reset_hopper="Y")
    empty = one(run(sandbox, "hopper_clear", campaign_id="SPRING", allow_running=True))
    assert (empty["outcome"], empty["pending_before"]) == ("accepted", None)


def test_a_stop_leaves_the_hopper_and_a_callback_fills_it(sandbox: Sandbox) -> None:
    seed(sandbox, lead("101", hopper=["READY"]), lead("102", BOB, callbacks=[{"due": True}]))
    assert one(run(sandbox, "campaign", campaign_id="SPRING", state="stopped"))["outcome"] == "changed"
    assert leads_of(sandbox)["101"]["hopper"] == ["READY"]
    assert one(run(sandbox, "hopper_clear", campaign_id="SPRING"))["outcome"] == "cleared"
    assert filled(sandbox) == ["102"]


@pytest.mark.parametrize(("callbacks", "status", "dialed"), [("remove", "DNC", []), ("keep", "CALLBK", ["101"])])
def test_a_callback_that_is_kept_undoes_the_status(
    sandbox: Sandbox, callbacks: str, status: str, dialed: list[str]
) -> None:
    seed(sandbox, lead("101", callbacks=[{"due": True}, {"status": "DEAD"}]), dnc=[ANN])
    assert one(run(sandbox, "lead", phone_number=ANN, callbacks=callbacks))["outcome"] == "changed"
    assert filled(sandbox) == dialed
    assert leads_of(sandbox)["101"]["status"] == status


@pytest.mark.parametrize(("asks", "dialed"), [(True, []), (False, ["101"])])
def test_a_list_counts_only_where_the_campaign_asks_it(sandbox: Sandbox, asks: bool, dialed: list[str]) -> None:
    seed(sandbox, lead("101"), campaigns={"SPRING": {"active": True, "use_internal_dnc": asks}})
    assert one(run(sandbox, "dnc", phone_number=ANN))["outcome"] == "changed"
    assert filled(sandbox) == dialed


def test_a_status_that_a_campaign_dials_is_refused(sandbox: Sandbox) -> None:
    seed(sandbox, lead("101"), campaigns={"SPRING": {"active": True, "dial_statuses": ["NEW", "DNC"]}})
    entry = one(run(sandbox, "lead", phone_number=ANN))
    assert (entry["outcome"], "SPRING dials" in entry["error"]["message"]) == ("refused", True)
    assert one(run(sandbox, "lead", phone_number=ANN, allow_dialable_status=True))["outcome"] == "changed"
    assert filled(sandbox) == ["101"]


# --- who may do what


@pytest.mark.parametrize(
    ("rights", "module", "options", "kind"),
    [
        ({"modify_campaigns": False}, "campaign", {"campaign_id": "SPRING", "state": "stopped"}, "denied"),
        ({"view_reports": False}, "campaign", {"campaign_id": "SPRING", "state": "stopped"}, "denied"),
        ({"modify_leads": 5}, "lead", {"phone_number": ANN}, "denied"),
        ({"modify_lists": False}, "dnc", {"phone_number": ANN}, "denied"),
        ({"functions": "campaigns_list lead_search"}, "dnc", {"phone_number": ANN}, "denied"),
        ({"user_level": 7}, "campaign", {"campaign_id": "SPRING", "state": "stopped"}, "denied"),
        ({"user_level": 6}, "campaign", {"campaign_id": "SPRING", "state": "stopped"}, "auth"),
        ({"active": False}, "dnc", {"phone_number": ANN}, "auth"),
        ({"second_factor": True}, "dnc", {"phone_number": ANN}, "auth"),
        ({"campaigns": ["WINTER"]}, "campaign", {"campaign_id": "SPRING", "state": "stopped"}, "not_found"),
    ],
)
def test_what_a_user_may_not_do(
    sandbox: Sandbox, rights: dict[str, Any], module: str, options: dict[str, Any], kind: str
) -> None:
    seed(sandbox, lead("101"), user=rights)
    entry = one(run(sandbox, module, **options))
    assert (entry["outcome"], entry["error"]["kind"]) == ("failed", kind)
    assert sandbox.changes() == []


def test_a_hopper_that_this_user_may_not_read(sandbox: Sandbox) -> None:
    """The lead is changed, and nothing is claimed of what was not seen."""
    seed(sandbox, lead("101", hopper=["READY"]), user={"modify_lists": False})
    entry = one(run(sandbox, "lead", phone_number=ANN))
    assert (entry["outcome"], entry["leads"][0]["status"], entry["leads"][0]["hopper"]) == (
        "accepted",
        "DNC",
        "removed",
    )


def test_many_leads_take_the_requests_that_they_need(sandbox: Sandbox) -> None:
    """Of 300 numbers with 500 leads: one search a number, two reads and one change a lead, and the reads once more."""
    numbers = [f"55502{number:05}" for number in range(300)]
    seed(sandbox, *(lead(str(1000 + place), numbers[place % 300]) for place in range(500)))
    result = run(sandbox, "lead", targets=[{"phone_number": number} for number in numbers], wait_timeout=10)
    assert (result["summary"]["changed"], result["summary"]["pending_before"]) == (300, 500)
    called = functions(sandbox)
    counts = {name: called.count(name) for name in set(called)}
    # Numbers that are read at the same time share these.
    shared = [counts.pop(name) for name in ("campaigns_list", "hopper_list")]
    assert sum(shared) <= 600
    assert counts == {
        "list_info": 1,
        "lead_search": 600,
        "lead_all_info": 1000,
        "lead_callback_info": 1000,
        "update_lead": 500,
    }
    seen = len(called)
    again = run(sandbox, "lead", targets=[{"phone_number": number} for number in numbers[:20]])
    assert (again["changed"], again["summary"]["unchanged"]) == (False, 20)
    assert "update_lead" not in functions(sandbox)[seen:]


def test_the_first_request_goes_alone(sandbox: Sandbox) -> None:
    seed(sandbox)
    sandbox.fault(do="delay", seconds=0.3, form="*function=campaigns_list&stage*")
    numbers = [f"555010{number:04}" for number in range(6)]
    run(sandbox, "dnc", targets=[{"phone_number": number} for number in numbers], concurrency=6)
    first, *others = sandbox.journal()
    assert all(other["time"] >= first["ended"] for other in others)


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_lead_is_read_again_after_what_passes(sandbox: Sandbox, status: int) -> None:
    """Only the 500 that a field brings about is read around."""
    seed(sandbox, lead("101"))
    sandbox.fault(do="status", status=status, headers={"Retry-After": "0"}, form="*function=lead_all_info*")
    (told,) = run(sandbox, "lead_info", lead_ids=["101"], callbacks=False)["leads"]
    assert (told["called_count"], functions(sandbox).count("lead_all_info")) == ("0", 2)
