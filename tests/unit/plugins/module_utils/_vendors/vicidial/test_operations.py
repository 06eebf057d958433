# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VICIdial against a script of expected calls: exactly these are made, in this order, with exactly these fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import responses
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import answers
from ansible_collections.telephony.outbound.tests.support.modules import run_module

URL = "https://dialer.example.com/vicidial"
CREDENTIALS = {"user": "api", "password": "not-a-secret"}
ANN = "5550100001"
COLUMNS = (
    "campaign_id campaign_name active user_group dial_method dial_level lead_order dial_statuses dial_timeout"
    " dial_prefix manual_dial_prefix three_way_dial_prefix"
)
LEAD = (
    "status user vendor_lead_code source_id list_id gmt_offset_now phone_code phone_number called_count"
    " last_local_call_time lead_id"
)
TABLE = {"stage": "tab", "header": "YES"}
script = responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)


def answer(function: str, body: str, *, http_status: int = 200, **fields: str) -> None:
    """Expect one call with exactly these fields."""
    form = {"source": "ansible", "user": "api", "pass": "not-a-secret", "function": function, **fields}
    match = [matchers.urlencoded_params_matcher(form), matchers.query_param_matcher({})]
    responses.post(f"{URL}/non_agent_api.php", body=body, status=http_status, content_type="text/html", match=match)


def campaigns(*rows: tuple[str, str, str], **asked: str) -> None:
    rest = "ADMIN\tRATIO\t1.0\tDOWN\t NEW CALLBK -\t60\t9\t\t\n"
    told = [f"{key}\t{name}\t{active}\t{rest}" for key, name, active in rows]
    answer("campaigns_list", COLUMNS.replace(" ", "\t") + "\n" + "".join(told), **asked, **TABLE)


def login() -> None:
    campaigns(("SPRING", "Spring", "Y"))


def spring(active: str) -> None:
    campaigns(("SPRING", "Spring", active), campaign_id="SPRING")


def hopper(*lead_ids: str) -> None:
    body = "ERROR: hopper_list THERE ARE NO LEADS IN THE HOPPER FOR THIS CAMPAIGN: |api|\n"
    if lead_ids:
        rows = [f"{order}\t0\t{lead_id}\t1001\t{ANN}\t1\n" for order, lead_id in enumerate(lead_ids, 1)]
        body = "hopper_order\tpriority\tlead_id\tlist_id\tphone_number\tphone_code\n" + "".join(rows)
    answer("hopper_list", body, campaign_id="SPRING", **TABLE)


def lead(status: str, *, lead_id: str = "101", number: str = ANN) -> None:
    row = f"{status}\t\t\t\t1001\t0\t1\t{number}\t0\t\t{lead_id}\n"
    answer("lead_all_info", LEAD.replace(" ", "\t") + "\n" + row, lead_id="101", **TABLE)


def search(*lead_ids: str) -> None:
    body = (
        f"{ANN}|{len(lead_ids)}|{'-'.join(lead_ids)}\n"
        if lead_ids
        else "ERROR: lead_search NO MATCHES FOUND IN THE SYSTEM: |api|\n"
    )
    answer("lead_search", body, phone_number=ANN, records="100000")


def callbacks(*statuses: str) -> None:
    rows = [f"101\tCURRENT\tANYONE\t{status}\tCALLBK\t2026-01-05\tcall\n" for status in statuses]
    none = "ERROR: lead_callback_info CALLBACK NOT FOUND: |api|\n"
    body = "lead_id\tsearch\trecipient\tstatus\tlead_status\ttime\tcomments\n" + "".join(rows) if rows else none
    answer("lead_callback_info", body, lead_id="101", **TABLE)


def lists() -> None:
    answer(
        "list_info", "list_id|list_name|campaign_id|active|x\n1001|First|SPRING|Y|2026\n", list_id="1001", header="YES"
    )


def check(*, listed: bool, **asked: str) -> None:
    on = f"ERROR: check_phone_number PHONE NUMBER IN DNC - {ANN}|api|\n"
    body = on if listed else f"AREACODE: 5|-5.00#PHONE: {ANN}|-5.00|\n"
    answer("check_phone_number", body, phone_number=ANN, phone_code="1", local_call_time="24hours", **asked)


def run(module: str, **options: Any) -> dict[str, Any]:
    more = {} if module.endswith("_info") else {"wait_timeout": 0.1}
    return run_module(f"vicidial_{module}", **{"base_url": URL, **CREDENTIALS, **more, **options})


def outcomes(result: dict[str, Any]) -> Sequence[str]:
    return [entry["outcome"] for entry in result["results"]]


@script
def test_a_campaign_is_stopped() -> None:
    login()
    spring("Y")
    answer(
        "update_campaign",
        "SUCCESS: update_campaign CAMPAIGN HAS BEEN UPDATED - api|SPRING\n",
        campaign_id="SPRING",
        active="N",
    )
    spring("N")
    assert outcomes(run("campaign", campaign_id="SPRING", state="stopped")) == ["changed"]


@script
def test_a_hopper_is_emptied() -> None:
    """The answer to a reset has two NOTICE lines, of which one says that nothing was updated."""
    login()
    spring("N")
    hopper("101", "102")
    body = "NOTICE: update_campaign NO UPDATES DEFINED: \nNOTICE: update_campaign HOPPER HAS BEEN RESET - api|SPRING|\n"
    answer("update_campaign", body, campaign_id="SPRING", reset_hopper="Y")
    spring("N")
    hopper()
    result = run("hopper_clear", campaign_id="SPRING", campaign_name="Spring")
    assert (outcomes(result), result["results"][0]["pending_before"]) == (["cleared"], 2)


FATAL = "<br />\n<b>Fatal error</b>:  Maximum execution time of 30 seconds exceeded"


@pytest.mark.parametrize(
    "behind",
    ["", f"{FATAL}\n", f"1\t0\t101\t1001\t{ANN}\t1\n{FATAL} in <b>functions.php</b> on line <b>44</b><br />\n"],
)
@script
def test_a_hopper_that_broke_off_is_not_known(behind: str) -> None:
    """An empty hopper is a phrase of its own; PHP that breaks off behind the header has sent status 200 before."""
    login()
    spring("N")
    body = f"hopper_order\tpriority\tlead_id\tlist_id\tphone_number\tphone_code\n{behind}"
    answer("hopper_list", body, campaign_id="SPRING", **TABLE)
    result = run("hopper_clear", campaign_id="SPRING")
    assert (outcomes(result), result["results"][0]["error"]["kind"]) == (["failed"], "protocol")


@script
def test_a_list_of_campaigns_without_rows_says_nothing() -> None:
    login()
    campaigns()
    result = run("campaign_info")
    assert "does not say that this user may see none" in result["msg"], result


@script
def test_an_answer_that_does_not_say_that_it_was_reset_is_a_doubt() -> None:
    login()
    spring("N")
    hopper("101")
    answer("update_campaign", "NOTICE: update_campaign NO UPDATES DEFINED: \n", campaign_id="SPRING", reset_hopper="Y")
    spring("N")
    hopper("101")
    result = run("hopper_clear", campaign_id="SPRING", wait_timeout=0, retries=0)
    assert outcomes(result) == ["in_doubt"]
    assert "does not say HOPPER HAS BEEN RESET" in result["results"][0]["error"]["message"]


@script
def test_the_leads_of_a_number_are_marked() -> None:
    login()
    search("101")
    lead("NEW")
    lists()
    spring("Y")
    hopper("101")
    callbacks("ACTIVE", "DEAD")
    body = (
        "SUCCESS: update_lead LEAD HAS BEEN UPDATED - api|101|1|\n"
        "NOTICE: update_lead SCHEDULED CALLBACK DELETED - api|101|1|1\n"
        "NOTICE: update_lead REMOVED FROM HOPPER - api|101|READY|api\n"
    )
    fields = {"search_method": "LEAD_ID", "lead_id": "101", "status": "DNC", "remove_from_hopper": "Y"}
    answer("update_lead", body, **fields, callback="REMOVE")
    search("101")
    lead("DNC")
    hopper()
    callbacks()
    (entry,) = run("lead", phone_number=ANN)["results"]
    assert (entry["outcome"], entry["pending_before"]) == ("changed", 1)
    assert entry["leads"] == [
        {
            "lead_id": "101",
            "list_id": "1001",
            "campaign_id": "SPRING",
            "status_before": "NEW",
            "status": "DNC",
            "hopper": "removed",
            "callbacks": 0,
        }
    ]


@script
def test_a_lead_with_an_apostrophe_is_read_field_by_field() -> None:
    """The empty 500 is not sent again."""
    login()
    search("101")
    answer("lead_all_info", "", http_status=500, lead_id="101", **TABLE)
    for name, value in (("status", "NEW"), ("list_id", "1001"), ("phone_number", ANN)):
        answer("lead_field_info", value, lead_id="101", field_name=name)
    assert run("lead_info", phone_numbers=[ANN], callbacks=False)["leads"][0]["status"] == "NEW"


@script
@pytest.mark.parametrize("other", [{"lead_id": "102"}, {"number": "5550100002"}])
def test_a_lead_that_is_not_the_one_asked_for(other: dict[str, str]) -> None:
    login()
    search("101")
    lead("NEW", **other)
    result = run("lead", phone_number=ANN)
    assert (outcomes(result), result["results"][0]["error"]["kind"]) == (["failed"], "protocol")


@script
def test_a_number_is_put_on_the_list_of_the_system() -> None:
    login()
    check(listed=False, dnc_check="Y")
    answer(
        "add_dnc_phone",
        "SUCCESS: add_dnc_phone DNC NUMBER HAS BEEN ADDED - api\n",
        phone_number=ANN,
        campaign_id="SYSTEM_INTERNAL",
    )
    check(listed=True, dnc_check="Y")
    assert outcomes(run("dnc", phone_number=ANN)) == ["changed"]


@script
def test_somebody_else_has_put_it_there_meanwhile() -> None:
    login()
    check(listed=False, dnc_check="Y")
    said = "ERROR: add_dnc_phone DNC NUMBER ALREADY EXISTS: |api|\n"
    answer("add_dnc_phone", said, phone_number=ANN, campaign_id="SYSTEM_INTERNAL")
    check(listed=True, dnc_check="Y")
    assert outcomes(run("dnc", phone_number=ANN)) == ["unchanged"]


@script
def test_a_second_try_of_ours_that_meets_the_first_is_changed() -> None:
    login()
    check(listed=False, dnc_check="Y")
    answer("add_dnc_phone", "", http_status=500, phone_number=ANN, campaign_id="SYSTEM_INTERNAL")
    check(listed=False, dnc_check="Y")
    said = "ERROR: add_dnc_phone DNC NUMBER ALREADY EXISTS: |api|\n"
    answer("add_dnc_phone", said, phone_number=ANN, campaign_id="SYSTEM_INTERNAL")
    check(listed=True, dnc_check="Y")
    assert outcomes(run("dnc", phone_number=ANN, wait_timeout=5)) == ["changed"]


@script
def test_an_opt_out_is_erased_only_where_that_is_said() -> None:
    login()
    check(listed=True, dnc_check="Y")
    result = run("dnc", phone_number=ANN, state="absent")
    assert (outcomes(result), "opt-out" in result["msg"]) == (["refused"], True)


@script
def test_the_login_that_is_refused_is_the_last_request() -> None:
    answer("campaigns_list", "ERROR: Login incorrect, please try again: |api|not-a-secret|BAD|\n", **TABLE)
    result = run("dnc", targets=[{"phone_number": ANN}, {"phone_number": "5550100002"}])
    # The second target may have begun meanwhile: then it meets the same refusal, and sends nothing either.
    assert outcomes(result)[0] == "failed"
    assert outcomes(result)[1] in ("failed", "not_sent")
    assert len(responses.calls) == 1
    assert "not-a-secret" not in str(result)


@script
def test_a_user_who_may_not_list_campaigns_is_let_in_all_the_same() -> None:
    answer("campaigns_list", "ERROR: auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION: |api|\n", **TABLE)
    check(listed=True, dnc_check="Y")
    assert run("dnc_info", phone_numbers=[ANN])["numbers"][0]["system"] is True


@pytest.mark.parametrize(
    ("text", "kind", "failure_class"),
    [
        ("ERROR: Login incorrect, please try again: |api|secret|BAD|", Kind.AUTH, FailureClass.REJECTED),
        ("ERROR: Too many login attempts, try again in 15 minutes: |api|LOCK|", Kind.AUTH, FailureClass.REJECTED),
        ("ERROR: Your IP Address is not allowed: |192.0.2.1|", Kind.DENIED, FailureClass.REJECTED),
        ("ERROR: update_lead NOT AN ALLOWED LIST ID, RESULTS: |101|", Kind.DENIED, FailureClass.REJECTED),
        ("ERROR: update_campaign CAMPAIGN DOES NOT EXIST: |X|", Kind.NOT_FOUND, FailureClass.REJECTED),
        ("ERROR: lead_all_info LEAD NOT FOUND: |api|", Kind.NOT_FOUND, FailureClass.REJECTED),
        ("ERROR: Invalid Source\nERROR: Invalid Source", Kind.REJECTED, FailureClass.REJECTED),
        ("ERROR: NO FUNCTION SPECIFIED", Kind.REJECTED, FailureClass.REJECTED),
        (
            "SUCCESS: update_lead LEAD HAS BEEN UPDATED - api|\nERROR: update_lead NOT AN ALLOWED LIST ID, RESULTS: |",
            Kind.DENIED,
            FailureClass.UNEXPECTED_RESPONSE,
        ),
    ],
)
def test_what_an_error_line_means(text: str, kind: Kind, failure_class: FailureClass) -> None:
    error = answers.error_in(answers.lines(text))
    assert error is not None
    assert (error.kind, error.failure_class) == (kind, failure_class)
    assert "secret" not in error.message


@pytest.mark.parametrize(
    "text", ["", "NEW", "campaign_id\tname\nERROR: Login incorrect\t", "<html>ERROR: x", "ERRORS: 3"]
)
def test_what_is_no_line_is_no_error(text: str) -> None:
    """People and other systems write what stands in data: only the first line of an answer can make it an error."""
    assert answers.error_in(answers.lines(text)) is None
