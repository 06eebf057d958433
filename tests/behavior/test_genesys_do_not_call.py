# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys' do-not-call list: reports must agree with what the sandbox recorded, and no session is left open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.results import outcome
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

USERNAME, PASSWORD = "dialer", "not-a-secret-genesys-password"
FIRST, SECOND, THIRD, NOBODY = "+15550100101", "+15550100102", "+15550100103", "+15550100199"
REQUEST = {"method": "POST", "path": "*/outbound-records"}
ACKNOWLEDGED = "DoNotCallAcknowledge"


def seed(sandbox: Sandbox, **settings: Any) -> None:
    chain = [{"phone_number": number, "chain": "one-person"} for number in (FIRST, SECOND)]
    sandbox.seed(
        {
            "settings": {"genesys": settings},
            "genesys": {
                "accounts": [{"username": USERNAME, "password": PASSWORD, "devices": ["device-1"]}],
                "campaigns": {"Reminders": {"application_id": 134, "lists": ["May", "June"]}},
                "lists": {"May": chain, "June": [FIRST, THIRD]},
            },
        }
    )


@pytest.fixture
def suppress(sandbox: Sandbox) -> Iterator[Any]:
    """Suppress one number that is in two lists; afterwards no session may be open."""
    seed(sandbox)

    def run(*, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        call = {
            "base_url": f"{sandbox.url}/genesys",
            "username": USERNAME,
            "password": PASSWORD,
            "application_id": 134,
            "campaign_name": "Reminders",
            "timeout": 2,
            "wait_timeout": 5,
        }
        number = {} if "targets" in options else {"phone_number": FIRST}
        return run_module("genesys_do_not_call", check=check, diff=diff, **{**call, **number, **options})

    yield run
    assert sandbox.state()["genesys"]["sessions"] == []


def requests(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [
        json.loads(entry["body"])
        for entry in sandbox.journal(room="genesys")
        if entry["path"].endswith("/outbound-records")
    ]


def listed(sandbox: Sandbox) -> list[tuple[str, str | None]]:
    return [(entry["phone_number"], entry["list"]) for entry in sandbox.state()["genesys"]["do_not_call"]]


def publish(sandbox: Sandbox, data: dict[str, Any]) -> None:
    """Publish an event for the request with the id ``mine``, in place of its acknowledgement."""
    seed(sandbox, ack_copies=0)
    act = {"room": "genesys", "do": "publish", "data": {**data, "referenceId": "mine"}}
    sandbox.fault(**REQUEST, do="act", act=act)


def test_cleared_by_the_acknowledgement(suppress: Any, sandbox: Sandbox) -> None:
    result = suppress()
    assert (result["failed"], result["changed"]) == (False, True)
    (entry,) = result["results"]
    assert (entry["outcome"], entry["verified"], entry["attempts"]) == ("cleared", True, 1)
    assert (entry["pending_before"], entry["pending_after"]) == (None, 0)
    named = {"application_id": 134, "campaign_name": "Reminders", "phone_number": FIRST}
    assert entry["target"] == {**named, "chain_attribute": "RecordOnly"}
    assert result["summary"]["unit"] == "numbers"
    assert requests(sandbox) == [
        {
            "operationName": "DoNotCallRecord",
            "applicationId": 134,
            "campaignName": "Reminders",
            "phoneNumber": FIRST,
            "chainAttribute": "RecordOnly",
            "devicePath": "/devices/device-1",
            "referenceId": entry["reference_id"],
        }
    ]
    assert listed(sandbox) == [(FIRST, None)]


def test_a_calling_list_is_named_where_it_is_given(suppress: Any, sandbox: Sandbox) -> None:
    result = suppress(calling_list="May", chain_attribute="AllChain")
    assert outcome(result) == "cleared"
    assert result["results"][0]["target"]["calling_list"] == "May"
    assert requests(sandbox)[0]["callingList"] == "May"
    assert listed(sandbox) == [(FIRST, "May"), (SECOND, "May")]


def test_a_list_of_another_campaign_is_a_refusal(suppress: Any, sandbox: Sandbox) -> None:
    result = suppress(calling_list="July")
    assert (outcome(result), result["results"][0]["error"]["kind"]) == ("failed", "not_found")
    assert not listed(sandbox)


def test_a_second_run_is_acknowledged_again(suppress: Any, sandbox: Sandbox) -> None:
    for _run in range(2):
        result = suppress()
        assert (outcome(result), result["changed"]) == ("cleared", True)
    assert listed(sandbox) == [(FIRST, None)]


def test_check_mode_only_gets(suppress: Any, sandbox: Sandbox) -> None:
    result = suppress(check=True, diff=True)
    (entry,) = result["results"]
    assert (entry["outcome"], entry["changed"], entry["pending_before"]) == ("would_clear", True, None)
    assert "whether the number is on the do-not-call list already cannot be read" in entry["note"]
    assert "unknown numbers" in result["diff"]["before"]
    assert {entry["method"] for entry in sandbox.journal()} == {"GET"}


def test_many_numbers_over_one_session(suppress: Any, sandbox: Sandbox) -> None:
    result = suppress(targets=[{"phone_number": number} for number in (FIRST, SECOND, THIRD, NOBODY)])
    assert [entry["outcome"] for entry in result["results"]] == ["cleared"] * 4
    handshakes = [entry for entry in sandbox.journal() if "/meta/handshake" in str(entry["body"])]
    assert len(handshakes) == 1
    assert sorted(listed(sandbox)) == [(number, None) for number in (FIRST, SECOND, THIRD, NOBODY)]


def test_two_lists_of_one_campaign_are_two_targets(suppress: Any, sandbox: Sandbox) -> None:
    result = suppress(targets=[{"phone_number": FIRST, "calling_list": name} for name in ("May", "June")])
    assert not result["failed"]
    assert listed(sandbox) == [(FIRST, "May"), (FIRST, "June")]


@pytest.mark.parametrize("second", [{}, {"calling_list": "May"}])
def test_a_number_that_is_covered_twice_is_an_error(suppress: Any, sandbox: Sandbox, second: dict[str, str]) -> None:
    result = suppress(targets=[{"phone_number": FIRST}, {"phone_number": FIRST, **second}])
    assert result["msg"].startswith("targets[1]: this phone number in Reminders is also targets[0]")
    assert FIRST not in result["msg"]
    assert not sandbox.journal()


@pytest.mark.parametrize(
    "record",
    [{}, {"phoneNumber": FIRST}, {"phoneNumber": "15550100101"}, {"callingList": "May"}, {"callingList": "anything"}],
)
def test_an_acknowledgement_may_name_a_list_that_was_left_open(
    suppress: Any, sandbox: Sandbox, record: dict[str, str]
) -> None:
    publish(sandbox, {"notificationType": ACKNOWLEDGED, "record": record})
    assert outcome(suppress(reference_id="mine")) == "cleared"


@pytest.mark.parametrize(
    "data",
    [
        {"notificationType": "RecordCancelAcknowledge"},
        {"notificationType": ACKNOWLEDGED, "record": {"phoneNumber": SECOND}},
        {"notificationType": ACKNOWLEDGED, "record": {"campaignName": "Others"}},
        {"notificationType": ACKNOWLEDGED, "userData": {"GSW_USER_EVENT": "RecordCancelAcknowledge"}},
        {"notificationType": "DoNotCall"},
    ],
    ids=json.dumps,
)
def test_another_event_is_no_proof(suppress: Any, sandbox: Sandbox, data: dict[str, Any]) -> None:
    publish(sandbox, data)
    result = suppress(reference_id="mine", wait_timeout=0.8)
    assert (outcome(result), result["changed"]) == ("in_doubt", True)
    message = result["results"][0]["error"]["message"]
    assert message.startswith("the do-not-call request was accepted, but no acknowledgement came")


def test_another_list_than_the_one_that_was_named_is_no_proof(suppress: Any, sandbox: Sandbox) -> None:
    publish(sandbox, {"notificationType": ACKNOWLEDGED, "record": {"callingList": "June"}})
    assert outcome(suppress(reference_id="mine", calling_list="May", wait_timeout=0.8)) == "in_doubt"


@pytest.mark.parametrize(
    ("manner", "expected"),
    [("acknowledge", "cleared"), ("error_event", "failed"), ("status", "failed"), ("silence", "in_doubt")],
)
@pytest.mark.parametrize("setting", ["unknown_number", "listed_number"])
def test_what_is_not_documented(suppress: Any, sandbox: Sandbox, setting: str, manner: str, expected: str) -> None:
    """Whatever the vendor answers for an unknown or already listed number: never a false success."""
    seed(sandbox, **{setting: manner})
    number = NOBODY if setting == "unknown_number" else FIRST
    if setting == "listed_number":
        assert outcome(suppress()) == "cleared"
    result = suppress(phone_number=number, wait_timeout=1)
    assert outcome(result) == expected
    if expected == "cleared":
        assert (number, None) in listed(sandbox)


@pytest.mark.parametrize("manner", ["error_event", "status"])
def test_an_error_matching_already_gone_patterns_means_listed(suppress: Any, sandbox: Sandbox, manner: str) -> None:
    seed(sandbox, listed_number=manner)
    suppress()
    result = suppress(already_gone_patterns=["(?i)number is on the list already"])
    (entry,) = result["results"]
    assert (entry["outcome"], entry["changed"], entry["verified"]) == ("already_clear", False, True)


def test_a_missing_record_does_not_mean_a_listed_number(suppress: Any, sandbox: Sandbox) -> None:
    seed(sandbox, unknown_number="error_event")
    result = suppress(phone_number=NOBODY, already_gone_patterns=["(?i)record .*found"])
    assert "'(?i)record .*found' also matches an unrelated error" in result["msg"]
    assert not sandbox.journal()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        {"do": "reset"},
        {"do": "status", "status": 503},
        {"do": "cut", "status": 200},
        {"do": "interim", "interim": [102]},
    ],
    ids=lambda fault: str(fault["do"]),
)
def test_a_request_is_never_sent_twice(suppress: Any, sandbox: Sandbox, fault: dict[str, Any], when: str) -> None:
    sandbox.fault(**REQUEST, when=when, **fault)
    result = suppress(timeout=2 if fault["do"] == "interim" else 30, wait_timeout=1.2)
    done = bool(listed(sandbox))
    assert outcome(result) == ("cleared" if done else "in_doubt")
    assert len(requests(sandbox)) == result["results"][0]["attempts"] == 1


def test_the_journal_has_both_ends(suppress: Any, tmp_path: Path) -> None:
    suppress(check=True, journal=str(tmp_path / "journal.jsonl"))
    assert not list(tmp_path.iterdir())
    suppress(journal=str(tmp_path / "journal.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["begun", "ended"]
    assert lines[1]["result"]["outcome"] == "cleared"
