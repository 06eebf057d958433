# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow's phone calls: reports must agree with what the sandbox recorded. A hang-up always names one call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.results import outcome
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

APP, SECRET = "teardown-app", "not-a-secret-app"
PLACE = "0003*210"
BASE = f"/voipnow/uapi/phoneCalls/@me/{PLACE}"
NUMBER, OTHER = "+15550100101", "+15550100102"
CALLS: list[dict[str, Any]] = [
    {"id": "A", "number": NUMBER},
    {"id": "B", "number": OTHER},
    {"id": "C", "number": NUMBER, "flow": 8},
]
HANG_UP = {"method": "DELETE", "path": "*/phoneCalls/*"}
LOOK = {"method": "GET", "path": "*/phoneCalls/*"}

Run = Callable[..., dict[str, Any]]


def seed(sandbox: Sandbox, extensions: Any = None, **settings: Any) -> None:
    sandbox.seed(
        {
            "settings": {"voipnow": settings},
            "voipnow": {
                "apps": [
                    {"client_id": APP, "client_secret": SECRET},
                    {"client_id": "denied", "client_secret": SECRET, "denied": True},
                ],
                "extensions": {PLACE: {"calls": CALLS}} if extensions is None else extensions,
            },
        }
    )


def call(sandbox: Sandbox, module: str, options: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    connection = {"base_url": f"{sandbox.url}/voipnow", "client_id": APP, "client_secret": SECRET, "timeout": 2}
    return run_module(module, **{**connection, "extension": PLACE, **usual, **options})


@pytest.fixture
def hang_up(sandbox: Sandbox) -> Iterator[Run]:
    """Hang up the two calls of a number; in any case, every hang-up names one call by its id."""
    seed(sandbox)

    def run(**options: Any) -> dict[str, Any]:
        number = {} if {"call_id", "targets"} & options.keys() else {"phone_number": NUMBER}
        return call(sandbox, "voipnow_phone_calls", options, {"wait_timeout": 1, **number})

    yield run
    assert all(re.fullmatch(r"DELETE /voipnow/uapi/phoneCalls/[^/]+/[^/]+/[^/]+", sent) for sent in writes(sandbox))


@pytest.fixture
def listed(sandbox: Sandbox) -> Run:
    seed(sandbox)
    return lambda **options: call(sandbox, "voipnow_phone_calls_info", options, {})


def writes(sandbox: Sandbox) -> list[str]:
    return [entry for entry in sandbox.sent() if not entry.startswith("GET") and "token.php" not in entry]


def there(sandbox: Sandbox, extension: str = PLACE) -> list[str]:
    return [one["id"] for one in sandbox.state()["voipnow"]["extensions"][extension]["calls"]]


def ids(calls: list[dict[str, Any]]) -> list[str]:
    return [one["call_id"] for one in calls]


def ended(call_id: str) -> dict[str, Any]:
    return {"room": "voipnow", "do": "end_call", "extension": PLACE, "call_id": call_id}


def test_hangs_up_the_calls_of_a_number_one_by_one(hang_up: Run, sandbox: Sandbox) -> None:
    result = hang_up()
    (entry,) = result["results"]
    assert (entry["outcome"], entry["changed"], entry["verified"], entry["attempts"]) == ("cleared", True, True, 2)
    assert (entry["pending_before"], entry["pending_after"]) == (2, 0)
    assert entry["target"] == {"user_id": "@me", "extension": PLACE, "phone_number": NUMBER}
    assert ids(entry["selected"]) == ids(entry["ended"]) == ["A", "C"]
    assert [view["flow"] for one in entry["selected"] for view in one["views"]] == ["outgoing", "incoming"]
    assert writes(sandbox) == [f"DELETE {BASE}/A", f"DELETE {BASE}/C"]
    queries = [entry["query"] for entry in sandbox.journal() if entry["method"] == "DELETE"]
    assert queries == ["phoneNumber=%2B15550100101"] * 2
    assert there(sandbox) == ["B"]


def test_a_second_run_is_unchanged(hang_up: Run, sandbox: Sandbox) -> None:
    hang_up()
    result = hang_up()
    assert (outcome(result), result["changed"]) == ("already_clear", False)
    assert len(writes(sandbox)) == 2


def test_check_mode_only_reads(hang_up: Run, sandbox: Sandbox) -> None:
    result = hang_up(check=True, diff=True)
    (entry,) = result["results"]
    assert (entry["outcome"], entry["pending_before"], entry["ended"]) == ("would_clear", 2, [])
    assert "call A outgoing" in result["diff"]["before"]
    assert "no calls" in result["diff"]["after"]
    assert writes(sandbox) == []
    assert result["diff"] == hang_up(diff=True)["diff"]


def test_one_call_by_its_id(hang_up: Run, sandbox: Sandbox) -> None:
    assert outcome(hang_up(call_id="B")) == "cleared"
    assert there(sandbox) == ["A", "C"]


def test_an_id_and_a_number_have_both_to_fit(hang_up: Run, sandbox: Sandbox) -> None:
    assert outcome(hang_up(call_id="B", phone_number=NUMBER)) == "already_clear"
    assert outcome(hang_up(call_id="C", phone_number=NUMBER)) == "cleared"
    assert there(sandbox) == ["A", "B"]


@pytest.mark.parametrize("spelling", ["+1 555 010-0101", "+1 (555) 010.0101", " +15550100101".strip()])
def test_marks_between_digits_make_no_difference(hang_up: Run, sandbox: Sandbox, spelling: str) -> None:
    assert outcome(hang_up(phone_number=spelling)) == "cleared"
    assert there(sandbox) == ["B"]


NEAR = ["15550100101", "5550100101", "0015550100101", "95550100101", "sip:+15550100101@192.0.2.1"]


@pytest.mark.parametrize("listed_as", NEAR)
def test_another_form_is_told_and_left_alone(hang_up: Run, sandbox: Sandbox, listed_as: str) -> None:
    seed(sandbox, {PLACE: {"calls": [{"id": "A", "number": listed_as}, {"id": "B", "number": OTHER}]}})
    result = hang_up()
    assert (outcome(result), result["changed"]) == ("already_clear", False)
    assert ids(result["results"][0]["near_misses"]) == ["A"]
    (warning,) = result["warnings"]
    assert "A; they were left alone, see near_misses" in str(warning)
    assert "555" not in str(warning)
    assert there(sandbox) == ["A", "B"]


def test_another_format_under_another_id_is_no_near_miss(hang_up: Run, sandbox: Sandbox) -> None:
    seed(sandbox, {PLACE: {"calls": [{"id": "A", "number": NEAR[0]}, {"id": "B", "number": NEAR[0]}]}})
    result = hang_up(phone_number=NUMBER, call_id="A")
    assert ids(result["results"][0]["near_misses"]) == ["A"]


def test_warnings_come_in_one_order(hang_up: Run, sandbox: Sandbox) -> None:
    places = [f"0003*{number}" for number in range(210, 226)]
    seed(sandbox, {place: {"calls": [{"number": NEAR[0]}]} for place in places})
    result = hang_up(targets=[{"extension": place, "phone_number": NUMBER} for place in places], concurrency=16)
    found = [re.findall(r"0003\*\d+", str(warning))[0] for warning in result["warnings"]]
    assert found == places


def test_the_caller_id_is_no_party(hang_up: Run, sandbox: Sandbox) -> None:
    """The extension's own number, which every call shows, must not select every call."""
    shown = {"caller_id": f"Sales <{NUMBER}>"}
    seed(sandbox, {PLACE: {"calls": [{"id": "A", "number": OTHER, **shown}, {"id": "B", "number": OTHER, **shown}]}})
    result = hang_up()
    assert outcome(result) == "already_clear"
    assert ids(result["results"][0]["near_misses"]) == ["A", "B"]
    assert there(sandbox) == ["A", "B"]


@pytest.mark.parametrize("selection", [{"phone_number": NUMBER}, {"call_id": "A"}])
def test_a_call_without_parties_is_an_error(hang_up: Run, sandbox: Sandbox, selection: dict[str, str]) -> None:
    seed(sandbox, parties="missing")
    result = hang_up(**selection)
    if "call_id" in selection:
        assert outcome(result) == "cleared"
        return
    assert (outcome(result), result["results"][0]["error"]["kind"]) == ("failed", "protocol")
    assert "call A states no party" in result["results"][0]["error"]["message"]
    assert writes(sandbox) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"entry": "object"},
        {"wrapped": True},
        {"numbers_as_strings": False},
        {"parties": "text"},
        {"caller_id": "callerId"},
        {"answer_body": False},
        {"number_match": "digits"},
        {"empty": "missing"},
        {"empty": "empty"},
        {"total_results": False},
        {"lag": 0.2},
    ],
    ids=str,
)
def test_numbers_in_every_format_of_the_server(hang_up: Run, sandbox: Sandbox, settings: dict[str, Any]) -> None:
    seed(sandbox, **settings)
    assert outcome(hang_up(wait_timeout=5)) == "cleared"
    assert there(sandbox) == ["B"]


def test_many_pages(hang_up: Run, sandbox: Sandbox) -> None:
    calls = [{"id": f"c{number:03}", "number": NUMBER if number % 10 == 0 else OTHER} for number in range(70)]
    seed(sandbox, {PLACE: {"calls": calls}}, most=20)
    result = hang_up()
    assert (outcome(result), result["results"][0]["pending_before"]) == ("cleared", 7)
    assert len(there(sandbox)) == 63


GONE = ["no_content", "empty", "pc_phonecall_invalid", "not_found"]


@pytest.mark.parametrize("answer", GONE)
def test_a_call_that_ends_by_itself(hang_up: Run, sandbox: Sandbox, answer: str) -> None:
    seed(sandbox, ended_call=answer)
    sandbox.fault(**HANG_UP, do="act", when="before", act=ended("B"))
    result = hang_up(call_id="B")
    assert (outcome(result), result["changed"], result["failed"]) == ("already_clear", False, False)
    assert result["results"][0]["pending_after"] == 0


@pytest.mark.parametrize("answer", GONE)
def test_one_of_two_ends_by_itself(hang_up: Run, sandbox: Sandbox, answer: str) -> None:
    seed(sandbox, ended_call=answer)
    sandbox.fault(**HANG_UP, do="act", when="before", act=ended("A"))
    assert outcome(hang_up()) == "cleared"
    assert there(sandbox) == ["B"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 204}, "in_doubt"),
        ({"status": 200, "body": []}, "in_doubt"),
        ({"status": 200, "body": [{"id": "A"}]}, "in_doubt"),
        ({"status": 400, "body": {"error": {"code": "pc_phonecall_invalid", "message": "No such call."}}}, "failed"),
        ({"status": 404}, "failed"),
        ({"status": 200, "body": {"error": {"code": "pc_phonecall_invalid", "message": "No."}}}, "failed"),
    ],
    ids=str,
)
def test_a_call_that_goes_on_is_never_done(
    hang_up: Run, sandbox: Sandbox, fault: dict[str, Any], expected: str
) -> None:
    sandbox.fault(**HANG_UP, do="status", times=None, **fault)
    result = hang_up(call_id="B")
    assert (outcome(result), result["failed"]) == (expected, True)
    assert there(sandbox) == ["A", "B", "C"]


def test_a_call_that_begins_meanwhile_is_told_and_not_hung_up(hang_up: Run, sandbox: Sandbox) -> None:
    new = {"room": "voipnow", "do": "add_call", "extension": PLACE, "call": {"id": "New", "number": NUMBER}}
    sandbox.fault(**HANG_UP, do="act", when="after", act=new)
    result = hang_up()
    (entry,) = result["results"]
    assert (entry["outcome"], entry["pending_after"], ids(entry["ended"])) == ("in_doubt", 1, ["A", "C"])
    assert there(sandbox) == ["B", "New"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [
        {"do": "reset"},
        {"do": "cut"},
        {"do": "status", "status": 503},
        {"do": "status", "status": 503, "headers": {"Retry-After": "0"}},
        *({"do": "status", "status": status} for status in (408, 425)),
        {"do": "interim", "interim": [102, 103]},
        {"do": "html"},
    ],
    ids=str,
)
def test_a_doubt_is_settled_by_a_new_list(hang_up: Run, sandbox: Sandbox, fault: dict[str, Any], when: str) -> None:
    sandbox.fault(**HANG_UP, when=when, **fault)
    result = hang_up(timeout=1, wait_timeout=5)
    (entry,) = result["results"]
    assert entry["attempts"] == len(writes(sandbox))
    left = [one for one in there(sandbox) if one != "B"]
    assert entry["changed"] is (entry["outcome"] != "failed")
    assert (entry["outcome"] == "cleared") is (not left)
    assert entry["outcome"] in ("cleared", "in_doubt", *(["failed"] if len(left) == 2 else []))


def test_max_pending_counts_the_calls_that_are_meant(hang_up: Run, sandbox: Sandbox) -> None:
    result = hang_up(max_pending=1)
    assert (outcome(result), result["changed"]) == ("refused", False)
    result = hang_up(targets=[{"call_id": "B"}, {"phone_number": NUMBER}], max_pending=2, concurrency=1)
    assert [entry["outcome"] for entry in result["results"]] == ["cleared", "refused"]
    assert there(sandbox) == ["A", "C"]


@pytest.mark.parametrize("check", [True, False])
def test_selections_that_meet_are_counted_once(hang_up: Run, sandbox: Sandbox, check: bool) -> None:
    result = hang_up(targets=[{"phone_number": NUMBER}, {"call_id": "A"}, {"call_id": "B"}], check=check)
    done = "would_clear" if check else "cleared"
    assert [entry["outcome"] for entry in result["results"]] == [done, "already_clear", done]
    assert result["summary"]["pending_before"] == 3


def test_a_thousand_numbers_on_one_extension(hang_up: Run, sandbox: Sandbox) -> None:
    targets = [{"phone_number": f"+1555{number:07d}"} for number in range(1000)]
    seed(sandbox, {PLACE: {"calls": [{"id": "A", "number": targets[500]["phone_number"]}, CALLS[1]]}})
    result = hang_up(targets=targets, concurrency=8)
    assert (result["summary"]["cleared"], result["summary"]["already_clear"]) == (1, 999)
    assert there(sandbox) == ["B"]


def test_an_app_without_permission(hang_up: Run) -> None:
    result = hang_up(client_id="denied")
    assert (outcome(result), result["failed"]) == ("failed", True)


def test_the_journal_has_both_ends(hang_up: Run, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    hang_up(journal=str(path))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["begun", "ended"]
    assert ids(lines[1]["result"]["ended"]) == ["A", "C"]


# --- the list --------------------------------------------------------------------------------------------------------


def test_lists_all_calls(listed: Run) -> None:
    result = listed()
    assert (ids(result["calls"]), result["near_misses"], result["changed"]) == (["A", "B", "C"], [], False)
    first = result["calls"][0]
    assert (first["user_id"], first["extension"], first["charged_extension"]) == ("@me", PLACE, PLACE)
    assert first["parties"] == [PLACE, NUMBER]
    (view,) = first["views"]
    assert (view["flow"], view["status"], view["caller_id"]) == ("outgoing", "on_call", None)


def test_lists_the_calls_of_a_number(listed: Run, sandbox: Sandbox) -> None:
    seed(sandbox, {PLACE: {"calls": [*CALLS, {"id": "D", "number": "5550100101"}]}, "0003*211": 2, "0003*212": {}})
    result = listed(phone_number=NUMBER, targets=[{"extension": PLACE}, {"extension": "0003*212"}])
    assert (ids(result["calls"]), ids(result["near_misses"])) == (["A", "C"], ["D"])


def test_an_extension_is_read_once(listed: Run, sandbox: Sandbox) -> None:
    result = listed(targets=[{"phone_number": NUMBER}, {"phone_number": OTHER}, {"call_id": "A"}])
    assert ids(result["calls"]) == ["A", "B", "C"]
    assert sum(sent.startswith("GET") for sent in sandbox.sent()) == 1


def test_calls_without_parties_cannot_be_told_apart(listed: Run, sandbox: Sandbox) -> None:
    seed(sandbox, parties="missing")
    assert ids(listed()["calls"]) == ["A", "B", "C"]
    result = listed(phone_number=NUMBER)
    assert (result["failed"], result["error"]["kind"]) == (True, "protocol")
