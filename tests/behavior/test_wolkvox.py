# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole retry table for wolkvox: reports must agree with what the sandbox recorded."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import transport
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign import CampaignState
from ansible_collections.telephony.outbound.tests.support.broken_writes import broken_writes, fault_name
from ansible_collections.telephony.outbound.tests.support.guard import ends, until
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.results import entry, error, outcome
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

TOKEN = "not-a-secret-wolkvox-token"
CLEAR = {"method": "DELETE", "path": "*/campaign.php"}
LIST = {"method": "GET", "path": "*/information.php"}
EXPORT = {"method": "GET", "path": "*/campaign.php"}
RECHECK_DELAYS = ["campaigns", "campaign_15"]
RECORDS = {"clean": 3, "NO ANSWER": 2, "BUSY": 2}
ADD = {"do": "act", "act": {"room": "wolkvox", "do": "add_records", "campaign": "77"}}
Clear = Callable[..., dict[str, Any]]


def seed(sandbox: Sandbox, campaigns: dict[str, Any] | None = None, **settings: Any) -> None:
    campaigns = campaigns or {"77": {"name": "Reminders", "records": RECORDS}}
    sandbox.seed(
        {"settings": {"wolkvox": settings}, "wolkvox": {"tokens": [TOKEN, "another-token"], "campaigns": campaigns}}
    )


def run(sandbox: Sandbox, module: str, **options: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {"base_url": f"{sandbox.url}/wolkvox", "token": TOKEN, "timeout": 2}
    if module != "wolkvox_campaign_info":
        defaults["wait_timeout"] = 0.2
    return run_module(module, **{**defaults, **options})


@pytest.fixture
def clear(sandbox: Sandbox) -> Clear:
    """Clear all of a campaign of seven records, or those with one result."""
    seed(sandbox)

    def clear_(**options: Any) -> dict[str, Any]:
        what = {} if "result" in options else {"all_records": True}
        return run(sandbox, "wolkvox_campaign_clear", **{"campaign_id": "77", **what, **options})

    return clear_


@pytest.fixture
def switch(sandbox: Sandbox) -> Clear:
    seed(sandbox)

    def switch_(state: str = "started", **options: Any) -> dict[str, Any]:
        return run(sandbox, "wolkvox_campaign", **{"campaign_id": "77", "state": state, **options})

    return switch_


def calls(sandbox: Sandbox) -> list[str]:
    """Return the requests by the name of their call."""
    return [e["query"].split("api=")[1].split("&")[0] for e in sandbox.journal()]


def writes(sandbox: Sandbox) -> int:
    return sum(e["method"] != "GET" for e in sandbox.journal())


def left(sandbox: Sandbox, campaign: str = "77") -> dict[str, int]:
    return sandbox.state()["wolkvox"]["campaigns"][campaign]["results"]


def no_two_at_once(sandbox: Sandbox) -> bool:
    return max(e["concurrent"] for e in sandbox.journal()) == 1


class TestClear:
    def test_all_records_are_cleared_with_proof(self, clear: Clear, sandbox: Sandbox) -> None:
        result = clear()
        assert not result["failed"]
        assert result["changed"]
        found = entry(result)
        assert (found["outcome"], found["verified"], found["attempts"]) == ("cleared", True, 1)
        assert (found["pending_before"], found["pending_after"]) == (7, 0)
        assert (found["campaign_name"], found["type_campaign"], found["status"]) == (
            "Reminders",
            "predictive",
            "stopped",
        )
        assert calls(sandbox) == [*RECHECK_DELAYS, "campaigns", "clear_campaign", *RECHECK_DELAYS]
        assert left(sandbox) == {}
        assert "result=" not in sandbox.journal()[3]["query"]
        assert "between the last check of their number and the clear" in found["caveat"]

    def test_no_export_is_read_where_the_number_says_enough(self, clear: Clear, sandbox: Sandbox) -> None:
        assert outcome(clear(allow_do_not_call=True)) == "cleared"
        assert calls(sandbox) == ["campaigns", "clear_campaign", *RECHECK_DELAYS]

    def test_one_result_is_cleared_with_proof(self, clear: Clear, sandbox: Sandbox) -> None:
        found = entry(clear(result="no-answer"))
        assert (found["outcome"], found["pending_before"], found["pending_after"]) == ("cleared", 2, 0)
        assert found["target"] == {"campaign_id": "77", "result": "no-answer"}
        assert calls(sandbox) == [*RECHECK_DELAYS, "campaigns", "clear_campaign", *RECHECK_DELAYS]
        assert left(sandbox) == {"clean": 3, "busy": 2}
        assert "result=no-answer" in sandbox.journal()[3]["query"]

    @pytest.mark.parametrize("what", [{}, {"result": "busy"}])
    def test_a_second_run_sends_no_clear(self, clear: Clear, sandbox: Sandbox, what: dict[str, Any]) -> None:
        clear(**what)
        result = clear(**what)
        assert outcome(result) == "already_clear"
        assert entry(result)["verified"]
        assert not result["changed"]
        assert writes(sandbox) == 1

    @pytest.mark.parametrize("what", [{}, {"result": "busy"}, {"allow_do_not_call": True}])
    def test_check_mode_only_reads(self, clear: Clear, sandbox: Sandbox, tmp_path: Path, what: dict[str, Any]) -> None:
        result = clear(check=True, diff=True, backup=True, backup_dir=str(tmp_path), journal=f"{tmp_path}/j", **what)
        assert outcome(result) == "would_clear"
        assert result["changed"]
        assert {e["method"] for e in sandbox.journal()} == {"GET"}
        assert not sandbox.changes()
        assert list(tmp_path.iterdir()) == []

    def test_the_diff_counts_by_result(self, clear: Clear) -> None:
        diff = clear(check=True, diff=True, result="busy")["diff"]
        name = "campaign_id=77 result=busy"
        assert diff["before"] == f"{name}: 2 busy\n{name}: 3 clean\n{name}: 2 no-answer\n"
        assert diff["after"] == f"{name}: 3 clean\n{name}: 2 no-answer\n"
        diff = clear(diff=True)["diff"]
        assert diff["after"] == "campaign_id=77 all_records=true: 0 records\n"

    def test_the_true_type_is_sent(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"type": "preview", "records": 2}})
        assert outcome(clear()) == "cleared"
        assert "type_campaign=preview" in sandbox.journal()[3]["query"]

    def test_no_verification_when_not_wanted(self, clear: Clear, sandbox: Sandbox) -> None:
        assert outcome(clear(wait_timeout=0)) == "accepted"
        assert calls(sandbox)[-1] == "clear_campaign"

    def test_a_clear_that_takes_seconds_to_show(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, clear_lag=1)
        assert outcome(clear(wait_timeout=30, result="busy")) == "cleared"
        cleared, *looks, last = calls(sandbox)[3:]
        assert (cleared, set(looks), last) == ("clear_campaign", {"campaigns"}, "campaign_15")
        assert len(looks) > 1

    @pytest.mark.parametrize("what", [{}, {"result": "busy"}])
    def test_a_clear_that_never_shows_is_in_doubt(self, clear: Clear, sandbox: Sandbox, what: dict[str, Any]) -> None:
        seed(sandbox, clear_lag=60)
        result = clear(**what)
        assert (outcome(result), error(result)["kind"]) == ("in_doubt", "timeout")
        assert entry(result)["pending_after"] == (2 if what else 7)
        assert result["failed"]
        assert result["changed"]

    def test_many_campaigns_in_the_order_given(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {str(number): number for number in range(20)})
        result = clear(targets=[{"campaign_id": str(number)} for number in range(20)], concurrency=8)
        assert [e["outcome"] for e in result["results"]] == ["already_clear", *["cleared"] * 19]
        assert result["summary"]["pending_before"] == sum(range(20))
        assert no_two_at_once(sandbox)

    def test_the_same_campaign_twice(self, clear: Clear, sandbox: Sandbox) -> None:
        result = clear(targets=[{"campaign_id": "77"}] * 2)
        assert "campaign 77 is also targets[0]" in result["msg"]
        assert not sandbox.journal()


class TestUndocumentedBehavior:
    @pytest.mark.parametrize(
        "settings",
        [
            {"code_type": "int"},
            {"code_type": "str"},
            {"numbers_as_strings": False},
            {"list_shape": "bare"},
            {"list_shape": "object"},
            {"campaign_filter": "ignored"},
            {"clear_status": 200},
            {"export_shape": "data"},
            {"export_pretty": True},
            {"clean_word": "CLEAN"},
            {"empty_export": "404"},
            {"error_status": "always_200"},
        ],
        ids=str,
    )
    def test_both_variants_of_undocumented_behavior(
        self, clear: Clear, sandbox: Sandbox, settings: dict[str, Any]
    ) -> None:
        seed(sandbox, {"77": {"records": RECORDS}, "770": 5}, **settings)
        assert outcome(clear(result="busy")) == "cleared"
        assert outcome(clear()) == "cleared"
        assert outcome(clear()) == "already_clear"
        assert (left(sandbox), left(sandbox, "770")) == ({}, {"clean": 5})

    @pytest.mark.parametrize("unknown", ["empty", "404"])
    @pytest.mark.parametrize("status", ["follows", "always_200"])
    def test_an_unknown_campaign(self, clear: Clear, sandbox: Sandbox, unknown: str, status: str) -> None:
        seed(sandbox, unknown_campaign=unknown, error_status=status)
        result = clear(campaign_id="78")
        assert (outcome(result), error(result)["kind"]) == ("failed", "not_found")
        assert writes(sandbox) == 0

    def test_a_wrong_address_is_no_empty_list(self, sandbox: Sandbox) -> None:
        seed(sandbox)
        result = run(sandbox, "wolkvox_campaign_info", base_url=f"{sandbox.url}/elsewhere", campaign_ids=["77"])
        assert result["failed"]
        assert result["error"]["kind"] == "not_found"

    @pytest.mark.parametrize(("empty_clear", "expected"), [(202, "cleared"), (404, "failed")])
    def test_records_removed_between_read_and_clear(
        self, clear: Clear, sandbox: Sandbox, empty_clear: int, expected: str
    ) -> None:
        """The vendor's answer to clearing nothing is unknown; its 404 never means that it is done."""
        seed(sandbox, empty_clear=empty_clear)
        sandbox.fault(**CLEAR, do="act", when="before", act={**ADD["act"], "do": "remove_records"})
        assert outcome(clear()) == expected
        assert outcome(clear()) == "already_clear"

    def test_a_filter_that_the_vendor_ignores_does_not_pass_as_done(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, result_filter="ignored")
        result = clear(result="busy")
        assert outcome(result) == "in_doubt"
        assert "2 records were to be cleared, but 7 are gone" in error(result)["message"]

    @pytest.mark.parametrize("options", [{}, {"result": "busy"}], ids=["all", "by result"])
    def test_a_dry_run_says_that_it_stopped_nothing(
        self, clear: Clear, sandbox: Sandbox, options: dict[str, Any]
    ) -> None:
        """Whether an earlier task of the play would have stopped the campaign cannot be known."""
        seed(sandbox, {"77": {"status": "started", "records": RECORDS}})
        dry, real = (error(clear(**options, check=check))["message"] for check in (True, False))
        assert "A dry run stops nothing" in dry
        assert 'allow_running: "{{ ansible_check_mode }}"' in dry
        assert "allow_running: true" not in dry
        assert dry == real

    def test_while_it_runs_more_may_go_than_were_seen(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"status": "started", "records": RECORDS}})
        dial = {"room": "wolkvox", "do": "dial", "campaign": "77", "result": "BUSY"}
        sandbox.fault(**CLEAR, do="act", when="before", act=dial)
        assert outcome(clear(result="busy", allow_running=True)) == "cleared"
        assert left(sandbox) == {"clean": 2, "no-answer": 2}

    def test_an_undocumented_result_makes_the_number_unknown(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"records": {"clean": 3, "OCUPADO": 2}}})
        found = entry(clear(result="busy"))
        assert (found["outcome"], found["pending_before"], found["pending_after"]) == ("accepted", None, None)
        assert found["verified"] is False
        assert calls(sandbox) == [*RECHECK_DELAYS, "campaigns", "clear_campaign"]

    def test_a_result_defined_by_result_aliases(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"records": {"clean": 3, "BUSY": 1, "RE_AGENDADO": 2}}})
        found = entry(clear(result="busy", result_aliases={"re agendado": "unknown"}))
        assert (found["outcome"], found["pending_before"]) == ("cleared", 1)

    @pytest.mark.parametrize(
        "settings", [{"export_limit": 6}, {"export_total": "none"}, {"export_limit": 6, "export_total": "sent"}]
    )
    def test_an_export_that_may_be_incomplete(
        self, clear: Clear, sandbox: Sandbox, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        seed(sandbox, **settings)
        assert entry(clear(result="answer"))["pending_before"] is None
        seed(sandbox, **settings)
        result = clear()
        assert (outcome(result), entry(result)["pending_before"]) == ("refused", 7)
        assert "allow_do_not_call" in error(result)["message"]
        result = clear(allow_do_not_call=True, backup=True, backup_dir=str(tmp_path))
        assert outcome(result) == "refused"
        assert "the backup would not be complete" in error(result)["message"]
        assert writes(sandbox) == 0
        assert outcome(clear(allow_do_not_call=True)) == "cleared"

    def test_a_campaign_without_a_number_of_records(self, clear: Clear, sandbox: Sandbox) -> None:
        row = {"campaign_id": "77", "type_campaign": "predictive", "status": "Stopped", "records": ""}
        sandbox.fault(**LIST, do="status", status=200, body={"code": "200", "error": None, "data": [row]}, times=2)
        result = clear()
        assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
        assert run(sandbox, "wolkvox_campaign_info")["campaigns"][0]["records"] is None


ABSURD = ["-5", "-0", "1e308", "20.5", "20.0", "2000000000", "9" * 39, "20 records", "NaN", "0x14", "٢٠"]


class TestImplausibleNumbers:
    @pytest.mark.parametrize("told", ABSURD)
    @pytest.mark.parametrize("what", [{}, {"allow_do_not_call": True}, {"result": "busy"}], ids=str)
    def test_an_implausible_number_as_text(
        self, clear: Clear, sandbox: Sandbox, told: str, what: dict[str, Any]
    ) -> None:
        seed(sandbox, listed_records=told)
        result = clear(max_pending=0, **what)
        assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
        assert writes(sandbox) == 0
        assert run(sandbox, "wolkvox_campaign_info")["campaigns"][0]["records"] is None

    @pytest.mark.parametrize("told", [-5, 1e308, 20.5, 2_000_000_000, True, None, [20], {"n": 20}])
    def test_an_implausible_number_as_json(self, clear: Clear, sandbox: Sandbox, told: Any) -> None:
        row = {"campaign_id": "77", "type_campaign": "predictive", "status": "Stopped", "records": told}
        body = {"code": 200, "error": None, "data": [row]}
        sandbox.fault(**LIST, do="status", status=200, body=body, times=None)
        result = clear(max_pending=0, allow_do_not_call=True)
        assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
        assert writes(sandbox) == 0

    @pytest.mark.parametrize("total", [-7, "-7", 7.0, 1e308, 8, 0])
    def test_an_implausible_total_of_the_export(self, clear: Clear, sandbox: Sandbox, total: Any) -> None:
        body = {"code": "200", "total_records": total, "records": [{"resultado": "BUSY"}] * 7}
        sandbox.fault(**EXPORT, do="status", status=200, body=body)
        result = clear(result="busy", max_pending=9)
        assert (outcome(result), entry(result)["pending_before"]) == ("refused", None)
        assert writes(sandbox) == 0

    @pytest.mark.parametrize("what", [{}, {"allow_do_not_call": True}, {"result": "busy"}], ids=str)
    @pytest.mark.parametrize("check", [False, True])
    def test_a_list_that_says_0_while_records_are_exported(
        self, clear: Clear, sandbox: Sandbox, what: dict[str, Any], check: bool
    ) -> None:
        seed(sandbox, listed_records="0")
        result = clear(check=check, **what)
        assert outcome(result) == "refused"
        assert "lists 0 records and exports 7" in error(result)["message"]
        assert writes(sandbox) == 0

    @pytest.mark.parametrize("what", [{}, {"allow_do_not_call": True}, {"result": "busy"}], ids=str)
    def test_a_list_that_runs_ahead_of_the_records(self, clear: Clear, sandbox: Sandbox, what: dict[str, Any]) -> None:
        """The vendor accepts without any effect, and its list says 0: the export decides."""
        seed(sandbox, clear_lag=60)
        ahead = {"room": "wolkvox", "do": "remove_records", "campaign": "77"}
        row = {"campaign_id": "77", "type_campaign": "predictive", "status": "Stopped", "records": "0"}
        body = {"code": 200, "error": None, "data": [row]}
        looks = 1 if "allow_do_not_call" in what else 2
        sandbox.fault(**LIST, skip=looks, do="status", status=200, body=body, times=None)
        result = clear(**what)
        assert outcome(result) == "in_doubt"
        assert entry(result)["pending_after"] == (2 if "result" in what else 7)
        sandbox.act(**ahead)
        assert outcome(clear(**what)) == "already_clear"

    def test_a_404_of_a_gateway_is_no_empty_export(self, clear: Clear, sandbox: Sandbox) -> None:
        sandbox.fault(**EXPORT, do="html", status=404)
        result = clear(result="answer")
        assert (outcome(result), error(result)["kind"]) == ("failed", "not_found")

    @pytest.mark.parametrize("status", [202, 203, 206])
    @pytest.mark.parametrize("what", [LIST, EXPORT], ids=["list", "export"])
    def test_a_read_has_its_own_status(self, clear: Clear, sandbox: Sandbox, what: dict[str, Any], status: int) -> None:
        row = {"campaign_id": "77", "type_campaign": "predictive", "status": "Stopped", "records": "0"}
        body = {"code": 200, "error": None, "data": [row], "total_records": 0}
        body = body if what is LIST else {"code": 200, "total_records": 0, "records": []}
        sandbox.fault(**what, do="status", status=status, body=body)
        result = clear(result="busy")
        assert (outcome(result), error(result)["kind"], writes(sandbox)) == ("failed", "protocol", 0)

    def test_an_object_without_a_list_is_no_empty_list(self, sandbox: Sandbox) -> None:
        seed(sandbox)
        for body in ({}, {"code": 200, "error": None}, {"code": 200, "error": None, "data": "none"}):
            sandbox.fault(**LIST, do="status", status=200, body=body)
            result = run(sandbox, "wolkvox_campaign_info")
            assert (result["failed"], result["error"]["kind"]) == (True, "protocol")


class TestChangesBetweenReadAndClear:
    @pytest.mark.parametrize("what", [{}, {"result": "busy"}], ids=str)
    def test_an_upload_after_the_export(
        self, clear: Clear, sandbox: Sandbox, tmp_path: Path, what: dict[str, Any]
    ) -> None:
        sandbox.fault(**EXPORT, **ADD_RECORDS("BUSY", 400))
        result = clear(backup=True, backup_dir=str(tmp_path), max_pending=20, **what)
        assert (outcome(result), error(result)["kind"]) == ("refused", "guard")
        assert "had 7 records when they were read, and has 407 now" in error(result)["message"]
        assert not list(tmp_path.glob("*.jsonl"))
        assert writes(sandbox) == 0

    def test_an_upload_between_list_and_export(self, clear: Clear, sandbox: Sandbox) -> None:
        sandbox.fault(**LIST, **ADD_RECORDS("BUSY", 400))
        result = clear(max_pending=20)
        assert (outcome(result), entry(result)["pending_before"]) == ("refused", 407)
        assert writes(sandbox) == 0
        seed(sandbox)
        sandbox.fault(**LIST, **ADD_RECORDS("BUSY", 2))
        assert (outcome(clear(max_pending=9)), left(sandbox)) == ("cleared", {})

    @pytest.mark.parametrize(
        ("act", "outcome_", "says"),
        [
            ({"do": "remove_records"}, "refused", "has 0 now"),
            ({"do": "rename", "name": "Hotline"}, "refused", "campaign_name"),
            ({"do": "set_status", "status": "started"}, "refused", "allow_running"),
            ({"do": "remove_campaign"}, "failed", "does not know campaign 77"),
        ],
        ids=str,
    )
    def test_a_campaign_changed_since_it_was_read(
        self, clear: Clear, sandbox: Sandbox, act: dict[str, Any], outcome_: str, says: str
    ) -> None:
        sandbox.fault(**EXPORT, do="act", act={"room": "wolkvox", "campaign": "77", **act})
        result = clear(campaign_name="Reminders")
        assert outcome(result) == outcome_
        assert says in error(result)["message"]
        assert writes(sandbox) == 0

    @pytest.mark.parametrize("fault", [{"do": "reset"}, {"do": "html"}, {"do": "status", "status": 502}], ids=str)
    def test_a_failed_last_read_sends_nothing(self, clear: Clear, sandbox: Sandbox, fault: dict[str, Any]) -> None:
        sandbox.fault(**LIST, skip=1, **fault, times=None)
        result = clear(retries=1)
        assert (outcome(result), result["changed"], writes(sandbox)) == ("failed", False, 0)


class TestGuards:
    @pytest.mark.parametrize("check", [False, True])
    @pytest.mark.parametrize(
        ("campaign", "options", "says"),
        [
            ({"status": "started", "records": 2}, {}, "allow_running: "),
            ({"status": "started", "records": 2}, {"result": "busy"}, None),
            ({"status": "waiting", "records": 2}, {}, "the campaign is waiting"),
            ({"records": {"DO NOT CALL": 1, "BUSY": 2}}, {}, "allow_do_not_call: true"),
            ({"records": {"DO NOT CALL": 1, "BUSY": 2}}, {"result": "do-not-call"}, "allow_do_not_call: true"),
            ({"records": {"NO LLAMAR": 1, "BUSY": 2}}, {}, "NO LLAMAR"),
            ({"records": {"NO LLAMAR": 1}}, {"result_aliases": {"No Llamar": "do-not-call"}}, "1 records are marked"),
            ({"records": 2, "name": "Reminders"}, {"campaign_name": "Winter"}, "campaign_name"),
            ({"records": 2}, {"type_campaign": "preview"}, "type_campaign"),
            ({"records": 0}, {"type_campaign": "preview"}, "type_campaign"),
            ({"records": 2}, {"max_pending": 1}, "max_pending: 1"),
            ({"records": {"OCUPADO": 2}}, {"result": "busy", "max_pending": 5}, "allow_unknown: true"),
        ],
    )
    def test_a_guard_refuses(
        self,
        clear: Clear,
        sandbox: Sandbox,
        campaign: dict[str, Any],
        options: dict[str, Any],
        says: str | None,
        check: bool,
    ) -> None:
        seed(sandbox, {"77": campaign})
        result = clear(check=check, **options)
        if says is None:
            assert outcome(result) == "already_clear"
            return
        assert (outcome(result), error(result)["kind"]) == ("refused", "guard")
        assert says in error(result)["message"]
        assert writes(sandbox) == 0
        assert not result["changed"]

    @pytest.mark.parametrize(
        ("campaign", "options"),
        [
            ({"status": "started", "records": 2}, {"allow_running": True}),
            ({"records": {"DO NOT CALL": 1, "BUSY": 2}}, {"allow_do_not_call": True}),
            ({"records": {"DO NOT CALL": 1}}, {"result": "do-not-call", "allow_do_not_call": True}),
            ({"records": {"NO LLAMAR": 1}}, {"allow_do_not_call": True}),
            ({"records": {"NO LLAMAR": 1}}, {"result_aliases": {"NO LLAMAR": "busy"}}),
            ({"records": 2, "name": "Winter"}, {"campaign_name": "Winter", "type_campaign": "predictive"}),
            ({"records": 2}, {"max_pending": 2}),
            ({"records": {"DO NOT CALL": 1, "BUSY": 2}}, {"result": "busy"}),
        ],
    )
    def test_the_option_that_lifts_a_guard(
        self, clear: Clear, sandbox: Sandbox, campaign: dict[str, Any], options: dict[str, Any]
    ) -> None:
        seed(sandbox, {"77": campaign})
        assert outcome(clear(**options)) == "cleared"

    def test_an_empty_campaign_that_runs_is_clear(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"status": "started"}})
        assert outcome(clear()) == "already_clear"

    def test_an_undocumented_type(self, clear: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"type": "interaction_sms", "records": 1}})
        result = clear()
        assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
        assert writes(sandbox) == 0


class TestBackup:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "backups").mkdir()
        return tmp_path / "backups"

    def backed_up(self, clear: Clear, folder: Path, **options: Any) -> dict[str, Any]:
        return clear(backup=True, backup_dir=str(folder), **options)

    @pytest.mark.parametrize(("what", "words"), [({}, {"", "NO ANSWER", "BUSY"}), ({"result": "busy"}, {"BUSY"})])
    @pytest.mark.parametrize("pretty", [False, True])
    def test_cleared_records_are_on_disk(
        self, clear: Clear, sandbox: Sandbox, folder: Path, what: dict[str, Any], words: set[str], pretty: bool
    ) -> None:
        seed(sandbox, {"77": {"name": "Añil «2026»", "records": RECORDS}}, export_pretty=pretty)
        found = entry(self.backed_up(clear, folder, **what))
        assert found["outcome"] == "cleared"
        (path,) = folder.iterdir()
        assert found["backup_file"] == str(path)
        data = path.read_bytes()
        assert found["backup_sha256"] == hashlib.sha256(data).hexdigest()
        assert path.stat().st_mode & 0o777 == 0o600
        header, *records = map(json.loads, data.decode().splitlines())
        assert header["records"] == found["backup_records"] == len(records) == found["pending_before"]
        assert (header["campaign_id"], header["campaign_name"], header["server"]) == ("77", "Añil «2026»", "127.0.0.1")
        assert header["result"] == what.get("result")
        assert {record["resultado"] for record in records} == words
        assert {record["tel1"] for record in records} <= {f"1555555010{digit}" for digit in range(10)}

    def test_the_file_is_whole_before_the_clear_is_sent(self, clear: Clear, sandbox: Sandbox, folder: Path) -> None:
        """The clear hangs; when it arrives, the backup exists."""
        sandbox.fault(**CLEAR, do="hang", seconds=1.5)
        result: list[dict[str, Any]] = []
        worker = threading.Thread(target=lambda: result.append(self.backed_up(clear, folder, timeout=5)))
        # The module installs signal handlers, which only a main thread may.
        old, signal.signal = signal.signal, lambda *_: None  # a fake for this test
        try:
            worker.start()
            until(lambda: writes(sandbox))
            names = [path.suffix for path in folder.iterdir()]
            worker.join(60)
        finally:
            signal.signal = old
        assert names == [".jsonl"]
        assert outcome(result[0]) == "cleared"

    @pytest.mark.parametrize("options", [{"max_pending": 1}, {"type_campaign": "preview"}, {}])
    def test_a_refused_target_leaves_no_backup(
        self, clear: Clear, sandbox: Sandbox, folder: Path, options: dict[str, Any]
    ) -> None:
        seed(sandbox, {"77": {"status": "stopped" if options else "started", "records": 2}})
        assert outcome(self.backed_up(clear, folder, **options)) == "refused"
        assert list(folder.iterdir()) == []
        assert writes(sandbox) == 0

    def test_an_empty_campaign_leaves_no_backup(self, clear: Clear, folder: Path) -> None:
        assert outcome(self.backed_up(clear, folder, result="answer")) == "already_clear"
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize(
        "fault", [{"do": "cut"}, {"do": "bad_json"}, {"do": "html"}, {"do": "status", "status": 502}], ids=str
    )
    @pytest.mark.parametrize("check", [False, True])
    def test_an_export_that_cannot_be_read_is_refused(
        self, clear: Clear, sandbox: Sandbox, folder: Path, fault: dict[str, Any], check: bool
    ) -> None:
        sandbox.fault(**EXPORT, **fault, times=None)
        result = self.backed_up(clear, folder, retries=1, check=check)
        assert (outcome(result), error(result)["kind"]) == ("refused", "guard")
        assert "cannot be backed up" in error(result)["message"]
        assert list(folder.iterdir()) == []
        assert writes(sandbox) == 0

    def test_a_second_try_begins_the_backup_anew(self, clear: Clear, sandbox: Sandbox, folder: Path) -> None:
        sandbox.fault(**EXPORT, do="cut")
        found = entry(self.backed_up(clear, folder))
        assert (found["outcome"], found["backup_records"]) == ("cleared", 7)
        (path,) = folder.iterdir()
        assert len(path.read_text().splitlines()) == 8

    def test_a_quota_that_ends_before_the_backup_is_no_refusal(
        self, clear: Clear, sandbox: Sandbox, folder: Path
    ) -> None:
        sandbox.fault(**LIST, do="act", act={"room": "wolkvox", "do": "use_quota"})
        result = self.backed_up(clear, folder)
        assert (outcome(result), error(result)["kind"]) == ("failed", "quota")
        assert list(folder.iterdir()) == []

    def test_unknown_results_refuse_a_partial_backup(self, clear: Clear, sandbox: Sandbox, folder: Path) -> None:
        seed(sandbox, {"77": {"records": {"OCUPADO": 1, "BUSY": 1}}})
        result = self.backed_up(clear, folder, result="busy")
        assert outcome(result) == "refused"
        assert "OCUPADO; result_aliases can" in error(result)["message"]
        assert outcome(self.backed_up(clear, folder, allow_do_not_call=True)) == "cleared"

    def test_a_full_disk_refuses(
        self, clear: Clear, folder: Path, monkeypatch: pytest.MonkeyPatch, sandbox: Any
    ) -> None:
        def full(_file: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        result = self.backed_up(clear, folder)
        assert outcome(result) == "refused"
        assert "No space left on device" in error(result)["message"]
        assert list(folder.iterdir()) == []
        assert writes(sandbox) == 0

    def test_many_backups_in_one_task(self, clear: Clear, sandbox: Sandbox, folder: Path) -> None:
        seed(sandbox, {str(number): number for number in range(5)})
        targets = [{"campaign_id": str(number)} for number in range(5)]
        result = self.backed_up(clear, folder, targets=targets)
        assert sum(e["outcome"] == "cleared" for e in result["results"]) == 4
        assert len(list(folder.iterdir())) == 4


BROKEN = broken_writes(status=202)


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
@pytest.mark.parametrize("when", ["before", "after"])
class TestAWriteInDoubt:
    @pytest.mark.parametrize("what", [{}, {"result": "busy"}, {"allow_do_not_call": True}], ids=str)
    def test_is_settled_by_reading(
        self, clear: Clear, sandbox: Sandbox, fault: dict[str, Any], when: str, what: dict[str, Any]
    ) -> None:
        sandbox.fault(**CLEAR, when=when, **fault)
        result = clear(timeout=1.5, **what)
        assert outcome(result) == "cleared"
        assert writes(sandbox) == entry(result)["attempts"] == (1 if when == "after" else 2)
        assert "busy" not in left(sandbox)

    def test_an_unchanged_state_until_the_end_has_failed(
        self, clear: Clear, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**CLEAR, when=when, times=None, **fault)
        result = clear(timeout=1.5, retries=1)
        assert outcome(result) == ("cleared" if when == "after" else "failed")
        assert writes(sandbox) == (1 if when == "after" else 2)
        assert (left(sandbox) == {}) == (when == "after")

    def test_a_start_is_settled_by_reading(
        self, switch: Clear, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(method="PUT", when=when, **fault)
        assert outcome(switch(timeout=1.5)) == "changed"
        assert writes(sandbox) == (1 if when == "after" else 2)


class TestRecordsAddedMeanwhile:
    @pytest.mark.parametrize("number", [1, 7, 9])
    @pytest.mark.parametrize("words", ["clean", "BUSY"])
    def test_added_records_prevent_a_second_clear(
        self, clear: Clear, sandbox: Sandbox, number: int, words: str
    ) -> None:
        """Fewer, as many, more: only an unchanged state may be cleared again."""
        sandbox.fault(**CLEAR, do="reset", when="after")
        sandbox.fault(**LIST, skip=2, **ADD_RECORDS(words, number), when="before")
        result = clear()
        assert outcome(result) == "in_doubt"
        assert entry(result)["pending_after"] == number
        assert writes(sandbox) == 1
        assert sum(left(sandbox).values()) == number

    def test_a_repeated_upload_prevents_a_second_clear(self, clear: Clear, sandbox: Sandbox) -> None:
        """As many clean records as before, but different ones."""
        seed(sandbox, {"77": 5})
        sandbox.fault(**CLEAR, do="reset", when="after")
        sandbox.fault(**LIST, skip=2, **ADD_RECORDS("clean", 5), when="before")
        assert outcome(clear()) == "in_doubt"
        assert writes(sandbox) == 1

    def test_by_result_other_records_do_not_matter(self, clear: Clear, sandbox: Sandbox) -> None:
        sandbox.fault(**CLEAR, do="reset", when="after")
        sandbox.fault(**LIST, skip=2, **ADD_RECORDS("clean", 9), when="before")
        assert outcome(clear(result="busy")) == "cleared"
        assert writes(sandbox) == 1

    def test_by_result_more_are_in_doubt(self, clear: Clear, sandbox: Sandbox) -> None:
        sandbox.fault(**CLEAR, do="reset", when="after")
        sandbox.fault(**LIST, skip=2, **ADD_RECORDS("BUSY", 2), when="before")
        assert outcome(clear(result="busy")) == "in_doubt"
        assert writes(sandbox) == 1


def ADD_RECORDS(word: str, number: int) -> dict[str, Any]:  # noqa: N802 - a fault, like the others
    return {"do": "act", "act": {**ADD["act"], "records": {word: number}}}


TURNED_AWAY = [
    {"status": 429},
    {"status": 429, "headers": {"Retry-After": "0"}},
    *(
        {
            "status": status,
            "body": {
                "code": code,
                "error": "FORBIDDEN",
                "msg": "EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN (2)",
            },
        }
        for status in (403, 200)
        for code in (403, "403")
    ),
]


@pytest.mark.parametrize("fault", TURNED_AWAY, ids=fault_name)
@pytest.mark.parametrize("what", [LIST, EXPORT, CLEAR], ids=["list", "export", "clear"])
def test_a_throttled_request_is_sent_again(
    clear: Clear, sandbox: Sandbox, fault: dict[str, Any], what: dict[str, Any]
) -> None:
    sandbox.fault(**what, do="status", times=2, **fault)
    result = clear(result="busy")
    assert outcome(result) == "cleared"
    assert entry(result)["attempts"] == writes(sandbox) == (3 if what is CLEAR else 1)


@pytest.mark.parametrize(
    ("status", "code", "msg", "kind"),
    [
        (403, 403, "TOKEN LIMIT EXCEEDED", "quota"),
        (200, "403", "TOKEN LIMIT EXCEEDED", "quota"),
        (403, "403", "PLEASE VALIDATE TOKEN", "auth"),
        (200, 403, "Please validate token", "auth"),
        (403, 403, "THE APIS ARE CLOSED FOR MAINTENANCE", "denied"),
        (200, 403, "THE APIS ARE CLOSED FOR MAINTENANCE", "denied"),
        (401, 401, "PLEASE ENTER THE WOLKVOX-TOKEN", "auth"),
        (200, 401, "PLEASE ENTER THE WOLKVOX-TOKEN", "auth"),
        (400, 400, "SOME PARAMETERS ARE REQUIRED", "rejected"),
        (200, "400", "THE API YOU WANT TO CONSULT DOES NOT EXIST", "rejected"),
        (404, "404", "NO DATA", "not_found"),
        (200, 404, "NO DATA", "not_found"),
        (409, 409, "CONFLICT", "rejected"),
    ],
)
def test_a_refusal_is_final(clear: Clear, sandbox: Sandbox, status: int, code: Any, msg: str, kind: str) -> None:
    sandbox.fault(**CLEAR, do="status", status=status, body={"code": code, "error": "FORBIDDEN", "msg": msg})
    result = clear()
    assert error(result) == {"kind": kind, "status": status, "code": code, "message": msg}
    assert outcome(result) == "failed"
    assert writes(sandbox) == 1
    assert left(sandbox)


def test_an_error_with_a_code_of_success(clear: Clear, sandbox: Sandbox) -> None:
    for word, kind in (("UNAUTHORIZED", "auth"), ("SOMETHING", "protocol")):
        sandbox.fault(**CLEAR, do="status", status=200, body={"code": 200, "error": word, "msg": None})
        result = clear()
        assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert left(sandbox)


def test_a_body_does_not_override_a_server_error(clear: Clear, sandbox: Sandbox) -> None:
    body = {"code": 403, "error": "FORBIDDEN", "msg": "TOKEN LIMIT EXCEEDED"}
    sandbox.fault(**CLEAR, do="status", status=500, body=body, when="after")
    assert outcome(clear()) == "cleared"
    assert writes(sandbox) == 1


UNDOCUMENTED = [
    {"do": "html", "status": 200},
    {"do": "bad_json", "status": 202},
    {"do": "huge", "bytes": 9 * 1024 * 1024, "status": 202},
    {"do": "gzip_bomb", "bytes": 64 * 1024 * 1024, "status": 202},
    {"do": "status", "status": 200},
    {"do": "status", "status": 202, "body": []},
    {"do": "status", "status": 200, "body": {"code": 302, "error": None}},
    {"do": "status", "status": 200, "body": {"code": "OK", "error": None}},
    {"do": "status", "status": 202, "body": "null"},
    {"do": "status", "status": 202, "body": {"code": 202, "error": None, "success": "false"}},
    {"do": "status", "status": 202, "body": {"code": 202, "error": None, "errors": ["locked"]}},
    {"do": "status", "status": 202, "body": {"code": "202", "error": None, "status": "error"}},
    {"do": "status", "status": 202, "body": '{"code": 400, "error": null, "code": 202}'},
    {"do": "redirect"},
    {"do": "redirect", "status": 307},
]


@pytest.mark.parametrize("fault", UNDOCUMENTED, ids=fault_name)
@pytest.mark.parametrize(("when", "expected"), [("before", "failed"), ("after", "cleared")])
def test_an_undocumented_answer_is_settled_by_reading(
    clear: Clear, sandbox: Sandbox, fault: dict[str, Any], when: str, expected: str
) -> None:
    sandbox.fault(**CLEAR, when=when, **fault)
    result = clear()
    assert outcome(result) == expected
    if expected == "failed":
        assert error(result)["kind"] == ("redirect" if fault["do"] == "redirect" else "protocol")
    assert writes(sandbox) == 1
    assert not sandbox.journal(room="trap")


READS_GONE_WRONG = [
    ({"do": "html"}, "protocol"),
    ({"do": "bad_json"}, "protocol"),
    ({"do": "huge", "bytes": 9 * 1024 * 1024}, "protocol"),
    ({"do": "redirect"}, "redirect"),
    ({"do": "status", "status": 200, "body": {"code": 200, "error": None, "data": "none"}}, "protocol"),
    ({"do": "status", "status": 200, "body": {"code": 200, "error": None, "data": [{"records": "0"}]}}, "protocol"),
    ({"do": "status", "status": 200, "body": [{"campaign_id": "77"}, {"campaign_id": "77"}]}, "protocol"),
    ({"do": "status", "status": 200, "body": {"code": 200, "data": None}}, "not_found"),
    ({"do": "status", "status": 404}, "not_found"),
]


@pytest.mark.parametrize(("fault", "kind"), READS_GONE_WRONG, ids=str)
def test_a_failed_read(clear: Clear, sandbox: Sandbox, fault: dict[str, Any], kind: str) -> None:
    sandbox.fault(**LIST, **fault)
    result = clear()
    assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert writes(sandbox) == 0
    assert not sandbox.journal(room="trap")


EXPORTS_GONE_WRONG = [
    ({"do": "html"}, "protocol"),
    ({"do": "bad_json"}, "protocol"),
    ({"do": "huge", "bytes": 9 * 1024 * 1024}, None),
    ({"do": "redirect"}, "redirect"),
    ({"do": "status", "status": 200, "body": {"code": "200", "total_records": "7"}}, "protocol"),
    ({"do": "status", "status": 200, "body": {"code": "200", "records": ["one"]}}, "protocol"),
    ({"do": "status", "status": 200, "body": {"code": "200", "records": [], "data": []}}, "protocol"),
    ({"do": "status", "status": 200, "body": "7"}, "protocol"),
    ({"do": "status", "status": 200, "body": {"code": 403, "error": "FORBIDDEN", "msg": "?"}}, "denied"),
]


@pytest.mark.parametrize(("fault", "kind"), EXPORTS_GONE_WRONG, ids=str)
def test_a_failed_export(clear: Clear, sandbox: Sandbox, fault: dict[str, Any], kind: str | None) -> None:
    sandbox.fault(**EXPORT, **fault)
    result = clear(result="answer")
    if kind is None:  # a long empty list: it may be incomplete, so the number is unknown
        assert (outcome(result), entry(result)["pending_before"]) == ("accepted", None)
        return
    assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert writes(sandbox) == 0
    assert not sandbox.journal(room="trap")


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
@pytest.mark.parametrize("what", [LIST, EXPORT], ids=["list", "export"])
def test_a_read_is_sent_again(clear: Clear, sandbox: Sandbox, fault: dict[str, Any], what: dict[str, Any]) -> None:
    sandbox.fault(**what, **fault)
    assert outcome(clear(timeout=1.5)) == "cleared"
    assert writes(sandbox) == 1


def test_an_export_that_is_empty_although_the_campaign_is_not(clear: Clear, sandbox: Sandbox) -> None:
    body = {"code": 404, "error": "NOT FOUND", "msg": "NO DATA"}
    sandbox.fault(**EXPORT, do="status", status=404, body=body)
    assert entry(clear(result="busy", check=True))["pending_before"] is None


@pytest.mark.parametrize("what", [LIST, EXPORT], ids=["list", "export"])
def test_a_dripping_answer_ends_in_time(clear: Clear, sandbox: Sandbox, what: dict[str, Any]) -> None:
    sandbox.fault(**what, do="drip", interval=0.2)
    result = clear(timeout=1, retries=0)
    assert (outcome(result), error(result)["kind"]) == ("failed", "timeout")


def test_targets_after_a_refused_token_are_not_sent(clear: Clear, sandbox: Sandbox) -> None:
    result = clear(token="not-the-right-token", targets=[{"campaign_id": str(i)} for i in range(5)])
    assert [e["outcome"] for e in result["results"]] == ["failed", *["not_sent"] * 4]
    assert {e["error"]["kind"] for e in result["results"]} == {"auth"}
    assert len(sandbox.journal()) == 1


def test_a_vendor_out_of_reach_is_given_up(clear: Clear) -> None:
    result = clear(base_url="http://127.0.0.1:9", retries=1, targets=[{"campaign_id": str(i)} for i in range(200)])
    assert [e["outcome"] for e in result["results"]] == ["failed", *["not_sent"] * 199]
    assert result["results"][0]["error"]["kind"] == "connect"
    assert result["results"][0]["attempts"] == 0


def test_an_address_that_nobody_answers(clear: Clear, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the vendor's server does not allow our address."""
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.5)
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _connection in range(4):  # whom a full backlog keeps waiting
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with ends():
            result = clear(base_url=url, targets=[{"campaign_id": str(i)} for i in range(200)])
    assert [e["outcome"] for e in result["results"]] == ["failed", *["not_sent"] * 199]
    first = result["results"][0]["error"]
    assert first["kind"] == "connect"
    assert "no connection in time" in first["message"]


def test_other_targets_go_on_after_a_failure(clear: Clear, sandbox: Sandbox) -> None:
    targets = [{"campaign_id": "78"}, {"campaign_id": "77"}]
    result = clear(targets=targets)
    assert [e["outcome"] for e in result["results"]] == ["failed", "cleared"]
    seed(sandbox)
    result = clear(targets=targets, on_error="stop")
    assert [e["outcome"] for e in result["results"]] == ["failed", "not_sent"]


class TestRecordsRemovedMeanwhile:
    """By another run of the same task, between the list that several targets share and the export of one of them."""

    @pytest.mark.parametrize("what", [{"result": "busy"}, {"all_records": True}])
    def test_removed_records_are_no_gap_in_the_export(
        self, sandbox: Sandbox, tmp_path: Path, what: dict[str, Any]
    ) -> None:
        seed(sandbox, {"77": {"records": RECORDS}, "78": {"records": RECORDS}})
        gone = {"room": "wolkvox", "do": "remove_records", "campaign": "78"}
        sandbox.fault(**EXPORT, do="act", act=gone, when="after")
        targets = [{"campaign_id": "77", **what}, {"campaign_id": "78", **what}]
        result = run(sandbox, "wolkvox_campaign_clear", targets=targets, backup=True, backup_dir=str(tmp_path))
        assert [e["outcome"] for e in result["results"]] == ["cleared", "already_clear"]
        assert result["results"][1]["pending_before"] == 0
        assert writes(sandbox) == 1


class TestOneRequestAtATime:
    def test_two_playbooks_with_the_same_token(self, sandbox: Sandbox, tmp_path: Path) -> None:
        seed(sandbox, {str(number): 2 for number in range(20)}, simultaneous=1)
        sandbox.settings(latency=0.01)
        # Whoever is first is answered when the other has started too.
        sandbox.fault(method="GET", path="/wolkvox/*", do="delay", seconds=3)
        halves = [range(10), range(10, 20)]
        processes = [module_process(sandbox, tmp_path, [{"campaign_id": str(i)} for i in half]) for half in halves]
        results = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
        assert [result["summary"]["cleared"] for result in results] == [10, 10]
        assert no_two_at_once(sandbox)
        senders = [e["query"].rsplit("=", 1)[1] for e in sandbox.journal() if e["method"] == "DELETE"]
        first_of_each = [next(i for i, s in enumerate(senders) if int(s) in half) for half in halves]
        assert max(first_of_each) < 10, "neither waits until the other is through"

    def test_a_killed_process_leaves_no_lock(self, clear: Clear, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault(**CLEAR, do="hang")
        process = module_process(sandbox, tmp_path, [{"campaign_id": "77"}])
        until(lambda: writes(sandbox))
        process.kill()
        process.communicate(timeout=60)
        assert outcome(clear()) == "cleared"

    def test_another_token_does_not_wait(self, clear: Clear, sandbox: Sandbox) -> None:
        clear(check=True)
        (lock,) = Path(os.environ["TELEPHONY_OUTBOUND_LOCK_DIR"]).glob("*.lock")
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert outcome(clear(token="another-token")) == "cleared"

    def test_waiting_for_the_lock_does_not_use_the_targets_time(self, clear: Clear) -> None:
        clear(check=True)
        (lock,) = Path(os.environ["TELEPHONY_OUTBOUND_LOCK_DIR"]).glob("*.lock")
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            timer = threading.Timer(1.5, fcntl.flock, (held, fcntl.LOCK_UN))
            timer.start()
            assert outcome(clear(target_timeout=1, timeout=1)) == "cleared"
            timer.join()

    @pytest.mark.parametrize("kind", ["file", "open to all", "link"])
    def test_a_folder_that_cannot_be_trusted(
        self, clear: Clear, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        folder = tmp_path / "elsewhere"
        monkeypatch.setenv("TELEPHONY_OUTBOUND_LOCK_DIR", str(folder))
        if kind == "file":
            folder.touch()
        elif kind == "link":
            folder.symlink_to(tmp_path)
        else:
            folder.mkdir()
            folder.chmod(0o777)
        result = clear()
        assert result["failed"]
        assert result["msg"].startswith("TELEPHONY_OUTBOUND_LOCK_DIR: ")
        assert not sandbox.journal()


def module_process(sandbox: Sandbox, tmp_path: Path, targets: list[dict[str, Any]]) -> subprocess.Popen[str]:
    """Run the module as a separate process, as two playbooks would."""
    options = {
        "base_url": f"{sandbox.url}/wolkvox",
        "token": TOKEN,
        "all_records": True,
        "wait_timeout": 1,
        "targets": targets,
    }
    code = (
        "import json, sys; from ansible_collections.telephony.outbound.tests.support.modules import run_module;"
        "print(json.dumps(run_module('wolkvox_campaign_clear', **json.loads(sys.argv[1]))))"
    )
    return subprocess.Popen([sys.executable, "-c", code, json.dumps(options)], stdout=subprocess.PIPE, text=True)


class TestSwitch:
    def test_changed_with_proof(self, switch: Clear, sandbox: Sandbox) -> None:
        found = entry(switch())
        assert (found["outcome"], found["verified"], found["status"]) == ("changed", True, "started")
        assert calls(sandbox) == ["campaigns", "start", "campaigns"]
        found = entry(switch("stopped"))
        assert (found["outcome"], found["pending_before"], found["pending_after"]) == ("changed", 1, 0)

    def test_a_second_run_is_unchanged(self, switch: Clear, sandbox: Sandbox) -> None:
        result = switch("stopped")
        assert (outcome(result), result["changed"]) == ("unchanged", False)
        assert writes(sandbox) == 0

    def test_check_mode_only_reads(self, switch: Clear, sandbox: Sandbox) -> None:
        result = switch(check=True, diff=True)
        assert (outcome(result), result["changed"]) == ("would_change", True)
        assert result["diff"] == {
            "before": "campaign_id=77: stopped\n",
            "after": "campaign_id=77: started\n",
        }
        assert writes(sandbox) == 0

    def test_a_state_that_does_not_come_is_in_doubt(self, switch: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, switch_lag=60)
        assert outcome(switch()) == "in_doubt"

    def test_the_last_read_does_not_use_a_cached_list(
        self, switch: Clear, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CampaignState, "RECHECK_DELAYS", (0.1, 0.4))
        seed(sandbox, {"77": 1, "78": 1}, switch_lag=0.3)
        result = switch(targets=[{"campaign_id": "77"}, {"campaign_id": "78"}], wait_timeout=0.5)
        assert [e["outcome"] for e in result["results"]] == ["changed", "changed"]

    def test_each_to_its_own_state(self, switch: Clear, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": 1, "78": {"status": "started"}})
        result = switch(targets=[{"campaign_id": "77"}, {"campaign_id": "78", "state": "stopped"}])
        assert [e["outcome"] for e in result["results"]] == ["changed", "changed"]
        assert [c["status"] for c in sandbox.state()["wolkvox"]["campaigns"].values()] == ["started", "stopped"]


class TestInfo:
    def test_all_campaigns(self, sandbox: Sandbox) -> None:
        seed(sandbox, {"77": {"name": "Reminders", "records": RECORDS, "skill_id": "12"}, "78": {"type": "preview"}})
        result = run(sandbox, "wolkvox_campaign_info")
        assert result["campaigns"][0] == {
            "campaign_id": "77",
            "campaign_name": "Reminders",
            "type_campaign": "predictive",
            "status": "stopped",
            "records": 7,
            "dial_mode": "linear",
            "skill_id": "12",
            "records_by_result": None,
        }
        assert [c["type_campaign"] for c in result["campaigns"]] == ["predictive", "preview"]
        assert (result["missing"], result["changed"]) == ([], False)
        assert calls(sandbox) == ["campaigns"]

    @pytest.mark.parametrize("ids", [["78", "77", "80", "78"], ["80"], ["77"]])
    def test_by_ids_with_one_call(self, sandbox: Sandbox, ids: list[str]) -> None:
        seed(sandbox, {"77": 1, "78": 2, "79": 3})
        result = run(sandbox, "wolkvox_campaign_info", campaign_ids=ids)
        assert [c["campaign_id"] for c in result["campaigns"]] == [i for i in dict.fromkeys(ids) if i != "80"]
        assert result["missing"] == (["80"] if "80" in ids else [])
        assert len(calls(sandbox)) == 1

    def test_counts_by_result(self, sandbox: Sandbox) -> None:
        held = {**RECORDS, "FAX": 1, "NO LLAMAR": 1}
        seed(sandbox, {"77": {"records": held}, "78": 0}, empty_export="404")
        result = run(
            sandbox, "wolkvox_campaign_info", records_by_result=True, result_aliases={"no llamar": "do-not-call"}
        )
        first, second = result["campaigns"]
        assert first["records_by_result"] == {"FAX": 1, "busy": 2, "clean": 3, "do-not-call": 1, "no-answer": 2}
        assert second["records_by_result"] == {}

    def test_counts_of_an_incomplete_export_are_not_known(self, sandbox: Sandbox) -> None:
        seed(sandbox, export_limit=3)
        (found,) = run(sandbox, "wolkvox_campaign_info", records_by_result=True)["campaigns"]
        assert (found["records"], found["records_by_result"]) == (7, None)

    def test_works_in_check_mode(self, sandbox: Sandbox) -> None:
        seed(sandbox)
        assert run(sandbox, "wolkvox_campaign_info", check=True)["campaigns"]


def test_an_id_with_signs_of_a_query_travels_as_one(clear: Clear, sandbox: Sandbox) -> None:
    result = clear(campaign_id="77&result")
    assert result["results"][-1]["error"]["kind"] == "not_found"
    assert any(e["query"].endswith("campaign=77%26result") for e in sandbox.journal())


def test_credentials_and_address_from_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(sandbox)
    monkeypatch.setenv("WOLKVOX_TOKEN", TOKEN)
    monkeypatch.setenv("WOLKVOX_SERVER", "not looked at, since base_url wins")
    assert run(sandbox, "wolkvox_campaign_info", token=None)["campaigns"]
    assert "server: must be exactly four digits" in run(sandbox, "wolkvox_campaign_info", base_url=None)["msg"]


@pytest.mark.parametrize("do", ["html", "status", "reset", "redirect"])
def test_the_token_does_not_leak(clear: Clear, sandbox: Sandbox, tmp_path: Path, do: str) -> None:
    said = f"bad token {TOKEN} {base64.b64encode(TOKEN.encode()).decode()}"
    more = {"status": 403, "body": {"code": 403, "error": said, "msg": said}} if do == "status" else {}
    sandbox.fault(**CLEAR, do=do, times=None, **more)
    result = clear(diff=True, retries=1, backup=True, backup_dir=str(tmp_path), journal=str(tmp_path / "journal.jsonl"))
    text = json.dumps(result) + "".join(p.read_text() for p in tmp_path.rglob("*") if p.is_file())
    assert TOKEN not in text
    assert base64.b64encode(TOKEN.encode()).decode() not in text


def test_an_interrupt_settles_what_is_under_way(sandbox: Sandbox, tmp_path: Path) -> None:
    seed(sandbox, {str(number): 2 for number in range(9)})
    sandbox.fault(**CLEAR, do="delay", seconds=1.0)
    process = module_process(sandbox, tmp_path, [{"campaign_id": str(number)} for number in range(9)])
    until(lambda: writes(sandbox))
    process.terminate()
    result = json.loads(process.communicate(timeout=60)[0])
    assert [e["outcome"] for e in result["results"]] == ["cleared", *["not_sent"] * 8]
