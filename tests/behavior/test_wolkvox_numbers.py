# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox by phone number: records and the do-not-call list, with both variants of undocumented behavior."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

TOKEN = "not-a-secret-wolkvox-token"
ANN, BOB, CAT = "15550100001", "15550100002", "15550100003"
FIND = {"method": "GET", "query": "api=find_record*"}
LIST = {"method": "GET", "query": "api=get_dnc*"}


@pytest.fixture(autouse=True)
def own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TELEPHONY_OUTBOUND_LOCK_DIR", str(tmp_path / "locks"))


def person(customer: str, *numbers: str, result: str = "") -> dict[str, str]:
    numbered = {f"tel{place + 1}": number for place, number in enumerate(numbers)}
    return {"id_cliente": customer, "resultado": result, **numbered}


def seed(
    sandbox: Sandbox, campaigns: dict[str, Any] | None = None, dnc: Any = (), days: Any = (), **settings: Any
) -> None:
    people = {
        "77": {
            "status": "started",
            "records": [person("1", ANN), person("2", BOB, ANN, result="BUSY"), person("3", BOB)],
        },
        "78": [person("1", ANN, result="NO ANSWER"), person("4", CAT)],
    }
    sandbox.seed(
        {
            "settings": {"wolkvox": settings},
            "wolkvox": {
                "tokens": [TOKEN],
                "campaigns": people if campaigns is None else campaigns,
                "dnc": list(dnc),
                "dnc_for_days": list(days),
            },
        }
    )


def run(sandbox: Sandbox, module: str, **options: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {"base_url": f"{sandbox.url}/wolkvox", "token": TOKEN, "timeout": 2}
    if not module.endswith("_info"):
        defaults["wait_timeout"] = 0.2
    return run_module(module, **{**defaults, **options})


def one(result: dict[str, Any]) -> dict[str, Any]:
    (entry,) = result["results"]
    assert isinstance(entry, dict)
    return entry


def words(sandbox: Sandbox, campaign: str) -> dict[str, list[str]]:
    """Return customer → results in a campaign."""
    found: dict[str, list[str]] = {}
    for record in sandbox.state()["wolkvox"]["campaigns"][campaign].get("people", ()):
        found.setdefault(record["id_cliente"], []).append(record["resultado"])
    return found


def bodies(sandbox: Sandbox) -> list[Any]:
    """Return the bodies of all changes that were sent."""
    return [json.loads(request["body"]) for request in sandbox.journal() if request["method"] != "GET"]


def dnc(sandbox: Sandbox) -> dict[str, list[str]]:
    found: dict[str, list[str]] = sandbox.state()["wolkvox"]["dnc"]
    return found


# --- records ---------------------------------------------------------------------------------------------------------


def test_all_customers_that_share_a_number_are_marked_in_every_campaign(sandbox: Sandbox) -> None:
    seed(sandbox)
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN))
    assert (entry["outcome"], entry["pending_before"], entry["pending_after"], entry["attempts"]) == (
        "changed",
        3,
        0,
        2,
    )
    assert [(record["campaign_id"], record["customer_id"]) for record in entry["records"]] == [
        ("77", "1"),
        ("77", "2"),
        ("78", "1"),
    ]
    assert words(sandbox, "77") == {"1": ["do-not-call"], "2": ["do-not-call"], "3": ["clean"]}
    assert words(sandbox, "78") == {"1": ["do-not-call"], "4": ["clean"]}
    again = one(run(sandbox, "wolkvox_record", phone_number=ANN))
    assert (again["outcome"], again["verified"], again["attempts"]) == ("unchanged", True, 0)


def test_check_mode_reads_and_tells(sandbox: Sandbox) -> None:
    seed(sandbox)
    before = sandbox.state()["wolkvox"]["campaigns"]
    result = run(sandbox, "wolkvox_record", check=True, diff=True, phone_number=ANN)
    assert (one(result)["outcome"], one(result)["pending_before"]) == ("would_change", 3)
    assert "campaign 78 customer 1: no-answer" in result["diff"]["before"]
    assert "campaign 78 customer 1: do-not-call" in result["diff"]["after"]
    assert bodies(sandbox) == []
    assert sandbox.state()["wolkvox"]["campaigns"] == before


@pytest.mark.parametrize("spelling", ["1 555 010-0001", "(1555) 010.0001", ANN])
@pytest.mark.parametrize("match", ["exact", "digits"])
def test_two_spellings_of_one_number(sandbox: Sandbox, spelling: str, match: str) -> None:
    """What the vendor finds is reported; what it does not find is only missing in this form."""
    seed(sandbox, find_match=match)
    entry = one(run(sandbox, "wolkvox_record", phone_number=spelling))
    found = match == "digits" or spelling == ANN
    assert entry["outcome"] == ("changed" if found else "unchanged")
    assert bool(entry["records"]) == found
    assert entry["target"]["phone_number"] == spelling
    missing = run(sandbox, "wolkvox_record_info", phone_number=spelling)["missing"]
    assert missing == ([] if found else [{"phone_number": spelling}])


@pytest.mark.parametrize("setting", [{"find_match": "suffix"}, {"find_filter": "ignored"}])
def test_records_without_the_number_are_never_touched(sandbox: Sandbox, setting: dict[str, str]) -> None:
    seed(sandbox, **setting)
    for state in ("do_not_call", "absent"):
        entry = one(run(sandbox, "wolkvox_record", phone_number="0100001", state=state))
        assert entry["outcome"] == "refused"
        assert "records that do not show phone number 0100001: campaign 77 customer 1" in entry["error"]["message"]
    assert bodies(sandbox) == []
    assert run(sandbox, "wolkvox_record_info", phone_number="0100001")["records"] == []
    assert run(sandbox, "wolkvox_record_info", phone_number="0100001")["other_records"] >= 3


def test_other_formats_that_are_marked_already_do_not_refuse(sandbox: Sandbox) -> None:
    seed(sandbox, find_match="suffix")
    result = run(sandbox, "wolkvox_record", targets=[{"phone_number": ANN}, {"phone_number": "0100001"}])
    assert [entry["outcome"] for entry in result["results"]] == ["changed", "unchanged"]
    preview = run(sandbox, "wolkvox_record", check=True, targets=[{"phone_number": CAT}, {"phone_number": "0100003"}])
    assert [entry["outcome"] for entry in preview["results"]] == ["would_change", "unchanged"]


@pytest.mark.parametrize("searched", [True, False])
def test_a_number_in_tel_extra(sandbox: Sandbox, searched: bool) -> None:
    seed(sandbox, {"77": [{"id_cliente": "1", "tel_extra": ANN}]}, find_tel_extra=searched)
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN))
    assert (entry["outcome"], len(entry["records"])) == (("changed", 1) if searched else ("unchanged", 0))


def test_a_record_of_a_preview_campaign_is_told_and_nothing_is_sent(sandbox: Sandbox) -> None:
    seed(sandbox, {"77": [person("1", ANN)], "80": {"type": "preview", "records": [person("2", ANN)]}})
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN))
    assert entry["outcome"] == "refused"
    assert "campaign 80 customer 2" in entry["error"]["message"]
    apart = [{"campaign_id": "77"}, {"campaign_id": "80"}]
    result = run(sandbox, "wolkvox_record", phone_number=ANN, targets=apart)
    assert [each["outcome"] for each in result["results"]] == ["changed", "refused"]
    removed = one(run(sandbox, "wolkvox_record", phone_number=ANN, campaign_id="80", state="absent"))
    assert removed["outcome"] == "changed"


def test_max_pending_counts_records_that_match(sandbox: Sandbox) -> None:
    seed(sandbox)
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN, max_pending=2))
    assert (entry["outcome"], "3 records would go" in entry["error"]["message"]) == ("refused", True)
    apart = [{"campaign_id": "77"}, {"campaign_id": "78"}]
    result = run(sandbox, "wolkvox_record", phone_number=ANN, max_pending=2, targets=apart)
    assert [each["outcome"] for each in result["results"]] == ["changed", "refused"]


def test_a_removal_takes_every_record_of_the_customer_along_and_backs_all_of_them_up(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed(
        sandbox, {"77": [person("1", ANN), person("1", BOB, result="BUSY"), person("2", BOB)], "78": [person("1", BOB)]}
    )
    options = {"phone_number": ANN, "state": "absent", "backup": True, "backup_dir": str(tmp_path)}
    preview = one(run(sandbox, "wolkvox_record", check=True, **options))
    assert (preview["outcome"], preview["pending_before"], list(tmp_path.glob("*.jsonl"))) == ("would_change", 2, [])
    entry = one(run(sandbox, "wolkvox_record", **options))
    assert (entry["outcome"], entry["pending_before"], entry["backup_records"]) == ("changed", 2, 2)
    assert words(sandbox, "77") == {"2": ["clean"]}
    assert words(sandbox, "78") == {"1": ["clean"]}
    path = Path(entry["backup_file"])
    header, *records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert (header["phone_number"], header["state"], header["records"]) == (ANN, "absent", 2)
    assert {record["tel1"] for record in records} == {ANN, BOB}
    assert path.stat().st_mode & 0o777 == 0o600
    assert ANN not in path.name
    assert bodies(sandbox) == [{"customer_id": "1"}]


def test_a_backup_that_cannot_be_written_keeps_everything(sandbox: Sandbox, tmp_path: Path) -> None:
    seed(sandbox)
    folder = tmp_path / "gone"
    result = run(sandbox, "wolkvox_record", phone_number=ANN, state="absent", backup=True, backup_dir=str(folder))
    assert result["failed"]
    assert "not a folder" in result["msg"]
    assert sandbox.journal() == []


def test_an_opt_out_is_removed_only_where_that_is_said(sandbox: Sandbox) -> None:
    seed(sandbox, {"77": [person("1", ANN, result="DO NOT CALL")], "78": [person("2", BOB, result="NO LLAMAR")]})
    for number, says in ((ANN, "1 records are marked do-not-call"), (BOB, "these results are unknown")):
        entry = one(run(sandbox, "wolkvox_record", phone_number=number, state="absent"))
        assert (entry["outcome"], says in entry["error"]["message"]) == ("refused", True)
        allowed = run(sandbox, "wolkvox_record", phone_number=number, state="absent", allow_do_not_call=True)
        assert one(allowed)["outcome"] == "changed"


def test_results_defined_by_result_aliases(sandbox: Sandbox) -> None:
    seed(sandbox, {"77": [person("1", ANN)]}, mark_word="NO LLAMAR")
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN))
    assert entry["outcome"] == "in_doubt"
    known = one(run(sandbox, "wolkvox_record", phone_number=ANN, result_aliases={"no llamar": "do-not-call"}))
    assert known["outcome"] == "unchanged"


@pytest.mark.parametrize("customer", ["", "1,2", "ALL"])
def test_customers_that_cannot_be_named_alone_are_refused(sandbox: Sandbox, customer: str) -> None:
    seed(sandbox, {"77": [person(customer, ANN), person("2", BOB)]})
    for state in ("do_not_call", "absent"):
        assert one(run(sandbox, "wolkvox_record", phone_number=ANN, state=state))["outcome"] == "refused"
    assert bodies(sandbox) == []


def test_a_customer_in_one_campaign(sandbox: Sandbox) -> None:
    seed(sandbox)
    entry = one(run(sandbox, "wolkvox_record", customer_id="1", campaign_id="78"))
    assert (entry["outcome"], entry["pending_before"]) == ("changed", 1)
    assert words(sandbox, "77")["1"] == ["clean"]
    unknown = one(run(sandbox, "wolkvox_record", customer_id="1", campaign_id="99"))
    assert (unknown["outcome"], unknown["error"]["kind"]) == ("failed", "not_found")


def test_a_record_that_comes_back_meanwhile_is_seen(sandbox: Sandbox) -> None:
    """The number is uploaded again while it is marked."""
    seed(sandbox)
    more = {"room": "wolkvox", "do": "add_records", "campaign": "78", "records": [person("9", ANN)]}
    sandbox.fault(do="act", act=more, method="PUT", query="api=block_predictive_dnc", when="after")
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN))
    assert (entry["outcome"], entry["pending_after"]) == ("in_doubt", 1)
    assert one(run(sandbox, "wolkvox_record", phone_number=ANN))["outcome"] == "changed"


@pytest.mark.parametrize("unknown", [202, 404])
def test_records_that_vanish_before_they_are_removed(sandbox: Sandbox, unknown: int) -> None:
    seed(sandbox, {"77": [person("1", ANN)]}, unknown_remove=unknown)
    gone = {"room": "wolkvox", "do": "remove_records", "campaign": "77"}
    sandbox.fault(do="act", act=gone, method="DELETE", when="before")
    entry = one(run(sandbox, "wolkvox_record", phone_number=ANN, state="absent"))
    assert entry["outcome"] == {202: "changed", 404: "unchanged"}[unknown]


@pytest.mark.parametrize("module", ["wolkvox_record", "wolkvox_record_info"])
@pytest.mark.parametrize(
    "answer",
    [
        {"do": "status", "status": 404, "body": "<h1>Not Found</h1>"},
        {"do": "status", "status": 200, "body": []},
        {"do": "status", "status": 200, "body": {"code": "200", "error": None, "msg": "0 records were found"}},
        {"do": "status", "status": 200, "body": {"code": "200", "msg": "2 records were found", "data": []}},
        {"do": "status", "status": 200, "body": {"code": "200", "error": None, "data": [{"tel1": ANN}]}},
        {"do": "status", "status": 200, "body": {"code": 200, "error": "NOT FOUND"}},
    ],
)
def test_not_found_is_believed_from_the_vendor_alone(sandbox: Sandbox, module: str, answer: dict[str, Any]) -> None:
    seed(sandbox)
    sandbox.fault(**{**answer, **FIND, "times": None})
    result = run(sandbox, module, phone_number=ANN)
    assert result["failed"]
    if module == "wolkvox_record":
        assert one(result)["outcome"] == "failed"


@pytest.mark.parametrize("empty", ["404", "empty"])
def test_a_number_that_nobody_has(sandbox: Sandbox, empty: str) -> None:
    seed(sandbox, empty_find=empty)
    entry = one(run(sandbox, "wolkvox_record", phone_number="15550100099"))
    assert (entry["outcome"], entry["records"], entry["verified"]) == ("unchanged", [], True)


# --- the do-not-call list --------------------------------------------------------------------------------------------

EITHER_WAY = [
    {"dnc_both": "one_row"},
    {"dnc_both": "two_rows"},
    {"dnc_type_filter": "own"},
    {"dnc_type_filter": "own", "dnc_both": "two_rows"},
    {"dnc_again": 400},
    {"dnc_removal": "own"},
    {"dnc_absent": 404},
    {"empty_dnc": "404"},
]


@pytest.mark.parametrize("setting", EITHER_WAY)
@pytest.mark.parametrize("type_call", ["outbound", "inbound", "all"])
def test_on_the_list_and_off_again(sandbox: Sandbox, setting: dict[str, Any], type_call: str) -> None:
    seed(sandbox, **setting)
    options = {"phone_number": ANN, "type_call": type_call}
    for state, outcome in (
        ("present", "changed"),
        ("present", "unchanged"),
        ("absent", "changed"),
        ("absent", "unchanged"),
    ):
        preview = one(run(sandbox, "wolkvox_dnc", check=True, state=state, **options))
        assert preview["outcome"] == {"changed": "would_change"}.get(outcome, outcome)
        entry = one(run(sandbox, "wolkvox_dnc", state=state, **options))
        assert (entry["outcome"], entry["verified"]) == (outcome, True)
        missing = run(sandbox, "wolkvox_dnc_info", **options)["missing"]
        assert missing == ([] if state == "present" else [options])
    assert dnc(sandbox) == {}


def test_many_numbers_share_the_lists(sandbox: Sandbox) -> None:
    seed(sandbox)
    targets = [{"phone_number": f"155501000{number:02}"} for number in range(20)]
    result = run(sandbox, "wolkvox_dnc", targets=targets, wait_timeout=10)
    assert result["summary"]["changed"] == 20
    lists = [request for request in sandbox.journal() if request["method"] == "GET"]
    assert len(lists) < 2 * len(targets)  # a slow machine reads a list again, since it gets old


def test_one_direction_of_a_number_that_is_blocked_in_both(sandbox: Sandbox) -> None:
    seed(sandbox, dnc=[{"phone_number": ANN, "type": "inbound/outbound"}])
    entry = one(run(sandbox, "wolkvox_dnc", phone_number=ANN, state="absent"))
    assert (entry["outcome"], "type_call: all" in entry["error"]["message"]) == ("refused", True)
    assert one(run(sandbox, "wolkvox_dnc", phone_number=ANN, state="absent", type_call="all"))["outcome"] == "changed"
    assert bodies(sandbox) == [{"telephones": [ANN], "type": "inbound/outbound"}]


@pytest.mark.parametrize("types", ["many", "one"])
def test_a_vendor_that_keeps_one_type_of_a_number_loses_the_other(sandbox: Sandbox, types: str) -> None:
    seed(sandbox, dnc=[ANN], dnc_types=types)
    entry = one(run(sandbox, "wolkvox_dnc", phone_number=ANN, type_call="inbound"))
    assert entry["outcome"] == {"many": "changed", "one": "in_doubt"}[types]


@pytest.mark.parametrize("stored", ["as_sent", "digits"])
def test_a_form_that_the_vendor_does_not_keep_is_no_proof(sandbox: Sandbox, stored: str) -> None:
    seed(sandbox, dnc_stored=stored)
    entry = one(run(sandbox, "wolkvox_dnc", phone_number=f"+{ANN}"))
    assert entry["outcome"] == {"as_sent": "changed", "digits": "in_doubt"}[stored]


@pytest.mark.parametrize("shown", [True, False])
def test_a_number_that_is_blocked_for_some_days_is_not_on_the_list(sandbox: Sandbox, shown: bool) -> None:
    seed(sandbox, days=[{"phone_number": ANN, "days_block": 30}], dnc_days_listed=shown)
    found = run(sandbox, "wolkvox_dnc_info", phone_number=ANN)
    assert (len(found["entries"]), len(found["missing"])) == (int(shown), 1)
    assert one(run(sandbox, "wolkvox_dnc", phone_number=ANN))["outcome"] == "changed"
    assert dnc(sandbox) == {ANN: ["outbound"]}


def test_a_number_changed_by_others_in_the_meantime(sandbox: Sandbox) -> None:
    seed(sandbox, dnc_again=400)
    there = {"room": "wolkvox", "do": "add_dnc", "phone_number": ANN}
    sandbox.fault(do="act", act=there, method="POST", when="before")
    assert one(run(sandbox, "wolkvox_dnc", phone_number=ANN))["outcome"] == "unchanged"


def test_a_list_that_may_be_cut_proves_nothing(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    where = "ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.dnc_list.MOST_RECORDS"
    monkeypatch.setattr(where, 2)
    seed(sandbox, dnc=[BOB, CAT], dnc_limit=2)
    for state in ("present", "absent"):
        entry = one(run(sandbox, "wolkvox_dnc", phone_number=ANN, state=state))
        assert (entry["outcome"], entry["pending_before"], entry["verified"]) == ("accepted", None, False)
        guarded = one(run(sandbox, "wolkvox_dnc", phone_number=ANN, state=state, max_pending=5))
        assert guarded["outcome"] == "refused"
    found = run(sandbox, "wolkvox_dnc_info", phone_number=ANN)
    assert (found["missing"], len(found["unknown"])) == ([], 1)
    assert one(run(sandbox, "wolkvox_dnc", phone_number=BOB))["outcome"] == "unchanged"


@pytest.mark.parametrize("word", ["all", "All", "ALL", " all", "a-l-l", "\uff21\uff2c\uff2c", "(all)", "*", "todos"])
@pytest.mark.parametrize("form", ["one", "targets", "list"])
def test_the_word_for_the_whole_list_is_never_sent(sandbox: Sandbox, word: str, form: str) -> None:
    seed(sandbox, dnc=[ANN, BOB])
    given = {
        "one": {"phone_number": word},
        "targets": {"targets": [{"phone_number": word}]},
        "list": {"phone_number": [word]},
    }
    result = run(sandbox, "wolkvox_dnc", state="absent", **given[form])
    assert result["failed"]
    assert "phone_number" in result["msg"]
    assert sandbox.journal() == []


def test_the_sandbox_would_empty_the_list(sandbox: Sandbox) -> None:
    """Otherwise the test above proves nothing."""
    seed(sandbox, dnc=[ANN, BOB])
    sandbox.act(room="wolkvox", do="remove_dnc", phone_number="All", type="all")
    assert dnc(sandbox) == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"do": "status", "status": 404, "body": "<h1>Not Found</h1>"},
        {"do": "status", "status": 200, "body": []},
        {"do": "status", "status": 200, "body": {"code": "200", "error": None}},
        {"do": "status", "status": 200, "body": {"code": "200", "data": [{"phone_number": ANN}]}},
        {"do": "huge", "bytes": 9_000_000},
        {"do": "cut"},
    ],
)
def test_an_answer_that_is_no_list_proves_nothing(sandbox: Sandbox, answer: dict[str, Any]) -> None:
    seed(sandbox, dnc=[ANN])
    sandbox.fault(**{**answer, **LIST, "times": None})
    entry = one(run(sandbox, "wolkvox_dnc", phone_number=ANN, state="absent", retries=0))
    assert (entry["outcome"], entry["changed"]) == ("failed", False)
    assert dnc(sandbox) == {ANN: ["outbound"]}


@pytest.mark.parametrize("status", [408, 425])
@pytest.mark.parametrize("module", ["wolkvox_record", "wolkvox_dnc"])
def test_a_change_that_was_made_and_answered_by_a_gateway_counts_as_ours(
    sandbox: Sandbox, module: str, status: int
) -> None:
    """Such a status does not say that nothing was carried out, so the state that is found then is no earlier one."""
    seed(sandbox)
    for method in ("PUT", "POST"):
        sandbox.fault(do="status", status=status, method=method, when="after")
    entry = one(run(sandbox, module, phone_number=ANN))
    assert (entry["outcome"], entry["changed"]) == ("changed", True)
