# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox with a script of expected requests: exactly these are sent, in this order."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Kind,
    OptionError,
    OutboundError,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Snapshot
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.account import Wolkvox
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.api import MOST_RECORDS, whole_number
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign_clear import (
    CampaignClear,
    ClearState,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.export import (
    CLEAN,
    RESULTS,
    Export,
    ResultAliases,
)
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses

API = "https://wv0010.wolkvox.com/api/v2"
TOKEN = "not-a-secret-token"
HEADER = matchers.header_matcher({"wolkvox-token": TOKEN, "Accept": "application/json"})


def listed(records: str | int, **more: Any) -> None:
    row = {"campaign_id": "77", "campaign_name": "A", "type_campaign": "preview", "status": "Stopped"}
    responses.get(
        f"{API}/information.php",
        json={"code": "200", "error": None, "msg": "", "data": [{**row, "records": records, **more}]},
        match=[HEADER, matchers.query_param_matcher({"api": "campaigns", "campaign": "77"})],
    )


def exported(*words: str | None) -> None:
    records = [{"id_cliente": str(number), "resultado": word} for number, word in enumerate(words)]
    responses.get(
        f"{API}/campaign.php",
        json={"code": "200", "total_records": str(len(words)), "campaign_id": "77", "records": records},
        match=[HEADER, matchers.query_param_matcher({"api": "campaign_15", "campaign_id": "77"})],
    )


def cleared(**more: str) -> None:
    wanted = {"api": "clear_campaign", "type_campaign": "preview", "campaign_id": "77", **more}
    responses.delete(
        f"{API}/campaign.php",
        json={"code": 202, "error": None, "msg": "All records has been deleted"},
        status=202,
        match=[HEADER, matchers.query_param_matcher(wanted)],
    )


def clear(**options: Any) -> dict[str, Any]:
    defaults = {"server": "0010", "token": TOKEN, "campaign_id": "77", "wait_timeout": 0.1}
    return run_module("wolkvox_campaign_clear", **{**defaults, **options})


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_all_records() -> None:
    listed("2")
    exported("BUSY", "")
    listed("2")
    cleared()
    listed("0")
    exported()
    (entry,) = clear(all_records=True)["results"]
    assert entry["target"] == {"campaign_id": "77", "all_records": True}
    assert (entry["outcome"], entry["pending_before"]) == ("cleared", 2)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_one_result() -> None:
    listed("3")
    exported("BUSY", "busy", None)
    listed("3")
    cleared(result="busy")
    listed(1)
    exported(None)
    (entry,) = clear(result="busy", type_campaign="preview")["results"]
    assert entry["target"] == {"campaign_id": "77", "type_campaign": "preview", "result": "busy"}
    assert (entry["outcome"], entry["pending_before"], entry["pending_after"]) == ("cleared", 2, 0)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_list_and_export_where_nothing_is_there() -> None:
    listed("0", status="Started")
    exported()
    (entry,) = clear(result="busy")["results"]
    assert entry["outcome"] == "already_clear"


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_more_records_than_the_vendor_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.export.MOST_RECORDS", 3
    )
    listed("3")
    exported("BUSY", "BUSY", "BUSY")
    (entry,) = clear(all_records=True, allow_do_not_call=True, backup=True, backup_dir=str(tmp_path))["results"]
    assert entry["outcome"] == "refused"
    assert "exports no more than 3 records" in entry["error"]["message"]


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_records_without_a_result_field() -> None:
    listed("1")
    responses.get(f"{API}/campaign.php", json={"total_records": 1, "records": [{"tel1": "+15550100"}]})
    result = run_module(
        "wolkvox_campaign_clear", server="0010", token=TOKEN, campaign_id="77", result="busy", max_pending=1
    )
    (entry,) = result["results"]
    assert (entry["outcome"], entry["pending_before"]) == ("refused", None)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
@pytest.mark.parametrize(("state", "api", "was"), [("started", "start", "Stopped"), ("stopped", "stop", "STARTED")])
def test_start_and_stop(state: str, api: str, was: str) -> None:
    listed("2", status=was)
    responses.put(
        f"{API}/campaign.php",
        json={"code": "202", "error": None, "msg": "ok"},
        match=[HEADER, matchers.query_param_matcher({"api": api, "campaign_id": "77"})],
    )
    listed("2", status=state.title())
    result = run_module("wolkvox_campaign", server="0010", token=TOKEN, campaign_id="77", state=state, wait_timeout=0.1)
    assert result["results"][0]["outcome"] == "changed"


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_info_of_a_bare_list() -> None:
    row = {"campaign_id": 77, "campaign_name": None, "records": "12x", "dial_mode": "x", "status": None}
    responses.get(
        f"{API}/information.php", json=[row], match=[HEADER, matchers.query_param_matcher({"api": "campaigns"})]
    )
    (campaign,) = run_module("wolkvox_campaign_info", server="0010", token=TOKEN)["campaigns"]
    assert campaign == {
        "campaign_id": "77",
        "campaign_name": "",
        "type_campaign": "",
        "status": "",
        "records": None,
        "dial_mode": "x",
        "skill_id": None,
        "records_by_result": None,
    }


def vendor(**params: Any) -> Wolkvox:
    return Wolkvox.from_params({"server": "0010", "base_url": None, "token": TOKEN, **params})


def judged(status: int, body: Any) -> OutboundError | None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return vendor().error_from(Response(status, {}, data))


@pytest.mark.parametrize("body", [{"code": 202, "error": None}, {"code": "200"}, {"code": 0}, {"code": "0"}, [], {}])
def test_answers_that_are_well(body: Any) -> None:
    assert judged(200, body) is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "failure_class"),
    [
        (200, b"", Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, b"<html>", Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, b"[" * 100_000, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, 7, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 100}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": -1}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": "OK"}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 1e308}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, b'{"code": 400, "code": 200}', Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 200, "error": "?"}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 200, "success": False, "data": []}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 200, "status": "error", "data": []}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 200, "errors": ["?"], "data": []}, Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE),
        (200, {"code": 200, "error": "bad request"}, Kind.REJECTED, FailureClass.REJECTED),
        (200, {"code": "500", "error": "X"}, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
        (200, {"code": True, "error": "FORBIDDEN", "msg": 7}, Kind.DENIED, FailureClass.REJECTED),
        (403, b"<html>", Kind.DENIED, FailureClass.REJECTED),
        (403, {"code": 200, "msg": "validate token"}, Kind.AUTH, FailureClass.REJECTED),
        (429, {"code": 403, "msg": "TOKEN LIMIT EXCEEDED"}, Kind.BUSY, FailureClass.THROTTLED),
        (502, {"code": 403, "msg": "TOKEN LIMIT EXCEEDED"}, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
        (408, {"code": 400, "error": "BAD REQUEST"}, Kind.TIMEOUT, FailureClass.INTERRUPTED),
        (200, {"code": 408, "error": "X"}, Kind.TIMEOUT, FailureClass.INTERRUPTED),
        (200, {"code": 503, "error": "X"}, Kind.UNAVAILABLE, FailureClass.INTERRUPTED),
    ],
)
def test_answers_that_are_not(status: int, body: Any, kind: Kind, failure_class: FailureClass) -> None:
    error = judged(status, body)
    assert error is not None
    assert (error.kind, error.failure_class, error.status) == (kind, failure_class, status)


def test_a_simultaneous_request_is_throttled() -> None:
    text = "EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN (2)"
    error = judged(403, {"code": "403", "error": "FORBIDDEN", "msg": text})
    assert error is not None
    assert (error.kind, error.failure_class) == (Kind.BUSY, FailureClass.THROTTLED)


@given(st.binary(max_size=40) | st.dictionaries(st.sampled_from(["code", "error", "msg"]), st.integers() | st.text()))
def test_any_answer_is_an_error_or_none(body: Any) -> None:
    for status in (200, 202, 400, 403, 404, 500):
        judged(status, body)


def test_the_address() -> None:
    assert vendor().base_url() == "https://wv0010.wolkvox.com"
    assert vendor().host == "wv0010.wolkvox.com"
    assert vendor(base_url="https://proxy.example.com:8443/x").host == "proxy.example.com"
    assert vendor().secret_forms() >= {TOKEN}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", 12),
        (12, 12),
        (" 7 ", 7),
        ("", None),
        ("1.5", None),
        ("-1", None),
        (-1, None),
        (-5, None),
        (0, 0),
        (10**9, 10**9),
        (10**9 + 1, None),
        (str(10**9 + 1), None),
        ("9" * 41, None),
        (5.0, None),
        (1e308, None),
        ("1e3", None),
        ("+5", None),
        ("5 000", None),
        ("5,000", None),
        ("0x10", None),
        ([5], None),
        (None, None),
        (True, None),
        ("²", None),
    ],
)
def test_whole_number(value: Any, expected: int | None) -> None:
    assert whole_number(value) == expected


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("NO ANSWER", "no-answer"),
        ("Answer_Machine ", "answer-machine"),
        ("DO-NOT-CALL", "do-not-call"),
        ("", CLEAN),
        (None, CLEAN),
        (" ", CLEAN),
        (0, None),
        ("clean", CLEAN),
        ("no  llamar", "do-not-call"),
        ("FAX", None),
        (7, None),
    ],
)
def test_result_aliases(word: Any, meaning: str | None) -> None:
    assert ResultAliases.from_option({"NO LLAMAR": "do-not-call"}).meaning({"resultado": word}) == meaning


def test_aliases_of_every_result() -> None:
    assert [ResultAliases().meaning({"resultado": word.upper().replace("-", " ")}) for word in RESULTS] == list(RESULTS)
    assert ResultAliases().meaning({}) is None
    with pytest.raises(OptionError, match=r"'FAX' has to be one of no-answer, .*, clean; not 'paper'"):
        ResultAliases.from_option({"FAX": "paper"})


@pytest.mark.parametrize(
    ("records", "announced", "listed_", "says"),
    [
        (3, 3, 3, None),
        (3, 3, 2, None),
        (3, 3, None, None),
        (3, None, 3, "did not say how many"),
        (3, 4, 3, "announced 4 records and sent 3"),
        (4, 3, 3, "announced 3 records and sent 4"),
        (3, 3, 4, "lists 4 records and sent 3"),
        (MOST_RECORDS, MOST_RECORDS, MOST_RECORDS, "no more than 60000"),
    ],
)
def test_what_may_be_missing(records: int, announced: int | None, listed_: int | None, says: str | None) -> None:
    gap = Export(records=records, announced=announced).missing_reason(listed_)
    assert gap == says or (says is not None and gap is not None and says in gap)


@pytest.mark.parametrize(
    ("records", "announced", "listed_", "most"),
    [(0, None, 0, 0), (0, 0, 0, 0), (0, 5, 0, 5), (3, 3, 0, 3), (0, 0, 7, 7)],
)
def test_nothing_is_there_only_where_everything_says_so(
    records: int, announced: int | None, listed_: int, most: int
) -> None:
    assert Export(records=records, announced=announced).most(listed_) == most


def test_a_backup_of_another_campaign_is_none(tmp_path: Path) -> None:
    operation = CampaignClear(vendor(), {"targets": None})
    options = dict.fromkeys(CampaignClear.TARGET_OPTIONS)
    target = operation.target(
        {**options, "campaign_id": "77", "all_records": True, "backup": True, "backup_dir": str(tmp_path)}
    )
    with pytest.raises(OutboundError, match="is missing"):
        operation.prepare(target, Snapshot(pending=1), None)  # no request is needed


NUMBERS = st.sampled_from([0, "0", 3, "3", 7, -3, "-3", 3.0, 1e308, 10**12, None, "", True, [], {}])


class Telling:
    """A vendor with arbitrary list and export."""

    check_mode = True
    clock = SimpleNamespace(now=lambda: 0.0, date=lambda: 0.0)

    def __init__(self, listed_: Any, words: list[str], total: Any) -> None:
        row = {"campaign_id": "77", "campaign_name": "A", "type_campaign": "preview", "status": "Stopped"}
        self._list = json.dumps({"code": 200, "data": [{**row, "records": listed_}]}).encode()
        records = [{"resultado": word} for word in words]
        self._export = json.dumps({"code": "200", "total_records": total, "records": records}).encode()

    def send(self, request: Request) -> Response:
        if request.receive is not None:
            return Response(200, {}, b"", request.receive(iter([self._export])))
        return Response(200, {}, self._list)


@given(NUMBERS, st.lists(st.sampled_from(["BUSY", "", "FAX"]), max_size=4), NUMBERS, st.sampled_from([None, "busy"]))
def test_nothing_is_there_only_where_list_and_export_say_so(
    listed_: Any, words: list[str], total: Any, result: str | None
) -> None:
    operation = CampaignClear(vendor(), {"targets": None})
    options = {**dict.fromkeys(CampaignClear.TARGET_OPTIONS), "campaign_id": "77"}
    what = {"result": result} if result else {"all_records": True, "allow_do_not_call": True}
    target = operation.target({**options, **what})
    client = cast(Client, Telling(listed_, words, total))
    before = Snapshot(pending=9, state=ClearState(9, 9, 9, None), details={"status": "stopped"})
    for recheck in (
        lambda: operation.read(target, client),
        lambda: operation.recheck(target, before, client, final=True),
    ):
        with suppress(OutboundError):
            seen = recheck()
            least = words.count("BUSY") if result else len(words)
            assert seen.pending is None or seen.pending >= (least if seen.pending == 0 else 0)
            if seen.is_clear and not result:
                assert (whole_number(listed_), words, whole_number(total) or 0) == (0, [], 0)
            if seen.is_clear and "FAX" in words:
                raise AssertionError("nobody says what FAX means")


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers()))
def test_a_count_is_what_was_written_or_unknown(value: Any) -> None:
    count = whole_number(value)
    assert count is None or (0 <= count <= 10**9 and int(str(value).strip()) == count)


def clear_breaks() -> None:
    responses.delete(f"{API}/campaign.php", status=502)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": "Started"}, "not sent again: the campaign is started"),
        ({"campaign_name": "Emergency"}, "not sent again: campaign 77 is named 'Emergency'"),
        ({"type_campaign": "predictive"}, "not sent again: campaign 77 is of type 'predictive'"),
    ],
)
@short_pauses()
def test_what_forbids_the_first_clear_forbids_the_next(change: dict[str, str], says: str) -> None:
    """Between two tries a campaign may be started, or become another one."""
    listed("2")
    clear_breaks()
    listed("2", **change)
    exported("BUSY", "")
    given = {"campaign_name": "A", "type_campaign": "preview", "all_records": True, "allow_do_not_call": True}
    (entry,) = clear(**given, wait_timeout=0)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("in_doubt", 1)
    assert says in entry["error"]["message"]


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
@short_pauses()
def test_a_shorter_list_is_not_the_state_of_before() -> None:
    """The export lags behind the list, which shows that some records are gone."""
    listed("3")
    exported("BUSY", "", "")
    listed("3")
    clear_breaks()
    listed("2")
    exported("BUSY", "", "")
    (entry,) = clear(result="busy", wait_timeout=0)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("in_doubt", 1)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
@short_pauses()
@pytest.mark.parametrize(("words", "outcome"), [(("BUSY", ""), "failed"), ((), "in_doubt")])
def test_a_list_alone_does_not_show_that_nothing_was_done(words: tuple[str, ...], outcome: str) -> None:
    """The list may lag behind the records."""
    listed("2")
    clear_breaks()
    listed("2")
    exported(*words)
    options = {"all_records": True, "allow_do_not_call": True, "wait_timeout": 1e-9, "retries": 0}
    (entry,) = clear(**options)["results"]
    assert (entry["outcome"], entry["attempts"]) == (outcome, 1)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
@short_pauses()
def test_a_list_that_lags_for_long_sends_no_second_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The export has shown that the records are gone."""
    monkeypatch.setattr(CampaignClear, "RECHECK_DELAYS", (0.0, 0.0))
    listed("2")
    clear_breaks()
    for _look in range(2):
        listed("2")
        exported()
    listed("0")
    exported()
    (entry,) = clear(all_records=True, allow_do_not_call=True, wait_timeout=60)["results"]
    assert (entry["outcome"], entry["attempts"]) == ("cleared", 1)
