# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plum with a script of expected requests: exactly these are sent, in this order."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import account as plum_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import bodies as plum_bodies
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import calls as plum_calls
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import (
    outbound_cancel as plum_outbound_cancel,
)
from ansible_collections.telephony.outbound.tests.support.modules import run_module

FUSE = "https://fuse.plumvoice.com/api"
INSIGHT = "https://insight.plumvoice.com/api"
LOGIN = {"email": "dialer@example.com", "developer_key": "not-a-secret-key"}
BASIC = {"Authorization": "Basic ZGlhbGVyQGV4YW1wbGUuY29tOm5vdC1hLXNlY3JldC1rZXk=", "Accept": "application/json"}
FORM = {**BASIC, "Content-Type": "application/x-www-form-urlencoded"}


def call(status: str) -> dict[str, Any]:
    return {"call_details": {"status": status, "attempts": "1", "max_attempts": "1"}}


def run(**options: Any) -> dict[str, Any]:
    return run_module("plum_outbound_cancel", **LOGIN, **options)


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_one_request_without_call_ids() -> None:
    responses.delete(f"{FUSE}/apps/100/200/cancel", status=202, match=[matchers.header_matcher(BASIC)])
    result = run(product="fuse", application_id="100", deployment_id="200")
    (entry,) = result["results"]
    assert entry["target"] == {"product": "fuse", "application_id": "100", "deployment_id": "200"}
    assert entry["outcome"] == "accepted"


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
def test_reads_before_and_after() -> None:
    header = matchers.header_matcher(FORM)
    responses.get(f"{INSIGHT}/outbound/7", json=call("queued"), match=[header])
    responses.get(f"{INSIGHT}/outbound/8", json=call("completed"), match=[header])
    responses.delete(f"{INSIGHT}/surveys/a%20b/@c*/cancel", status=202, match=[header])
    responses.get(f"{INSIGHT}/outbound/7", json=call("canceled"), match=[header])
    responses.get(f"{INSIGHT}/outbound/8", json=call("completed"), match=[header])
    result = run(
        product="insight",
        survey_id="a b",
        instance_id="@c*",
        call_ids=["7", "8", "7"],
        call_ids_complete=True,
        diff=True,
    )
    assert result["results"][0]["outcome"] == "cleared"
    name = "product=insight survey_id=a b instance_id=@c*"
    assert result["diff"] == {
        "before": f"{name}: 1 calls pending, 0 calls in progress, 1 calls ended, 0 calls unknown\n",
        "after": f"{name}: 0 calls pending, 0 calls in progress, 2 calls ended, 0 calls unknown\n",
    }


@responses.activate(registry=OrderedRegistry, assert_all_requests_are_fired=True)
@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({}, "unknown calls\n"),
        (
            {"call_ids": ["7"], "call_ids_complete": True},
            "0 calls pending, 0 calls in progress, 1 calls ended, 0 calls",
        ),
    ],
)
def test_check_mode_sends_no_cancel(options: dict[str, Any], left: str) -> None:
    if options:
        responses.get(f"{FUSE}/outbound/7", json=call("queued"))
    result = run(product="fuse", application_id="1", deployment_id="2", check=True, diff=True, **options)
    assert result["results"][0]["outcome"] == "would_clear"
    assert result["diff"]["after"].split(": ")[1].startswith(left)


BAD = [
    ({}, "missing required arguments: product"),
    ({"product": "quickfuse"}, "value of product must be one of"),
    ({"product": "fuse"}, "application_id: is required"),
    ({"product": "fuse", "application_id": "1"}, "deployment_id: is required"),
    ({"product": "fuse", "application_id": "1", "deployment_id": ""}, "deployment_id: is empty"),
    ({"product": "fuse", "survey_id": "1", "instance_id": "2"}, "survey_id: belongs to product: insight"),
    ({"product": "insight", "survey_id": "1", "instance_id": ".."}, "instance_id: '..' cannot be an id"),
    ({"product": "fuse", "targets": []}, "targets: the list is empty"),
    (
        {"product": "fuse", "application_id": "1", "targets": [{"deployment_id": "2"}, {"deployment_id": "3#"}]},
        "targets[1].deployment_id: has one of the characters",
    ),
    ({"product": "fuse", "targets": [{"deployment": "2"}]}, "module: targets.deployment."),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "call_ids": []}, "call_ids: the list is empty"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "call_ids": ["a/b"]}, "call_ids: has one of"),
    (
        {"product": "fuse", "application_id": "1", "deployment_id": "2", "call_ids_complete": True},
        "call_ids_complete: needs call_ids",
    ),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "email": "a:b@example.com"}, "email: cannot"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "developer_key": "a\nb-secret"}, "developer_key"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "concurrency": 33}, "concurrency: must be from"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "retries": -1}, "retries: must be"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "timeout": 0}, "timeout: must be"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "max_pending": -1}, "max_pending: must be"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "client_key": "/dev/null"}, "client_key: needs"),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "ca_path": "/nowhere"}, "ca_path: /nowhere"),
    (
        {"product": "fuse", "application_id": "1", "deployment_id": "2", "base_url": "http://192.0.2.1"},
        "base_url: http",
    ),
    ({"product": "fuse", "application_id": "1", "deployment_id": "2", "journal": "/nowhere/j"}, "journal: /nowhere/j"),
]


@responses.activate
@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_sends_nothing(options: dict[str, Any], message: str) -> None:
    result = run_module("plum_outbound_cancel", **{**LOGIN, **options})
    assert result["failed"]
    assert message in result["msg"]
    assert "results" not in result
    assert not responses.calls
    assert "b-secret" not in json.dumps(result)


def test_half_a_set_of_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUM_EMAIL", "other@example.com")
    monkeypatch.setenv("PLUM_DEVELOPER_KEY", "key-of-the-environment")
    options = {"product": "fuse", "application_id": "1", "deployment_id": "2"}
    for half, missing in (("email", "developer_key"), ("developer_key", "email")):
        result = run_module("plum_outbound_cancel", **options, **{half: LOGIN[half]})
        assert result["msg"].startswith(f"{missing}: is required")


@responses.activate
def test_credentials_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUM_EMAIL", LOGIN["email"])
    monkeypatch.setenv("PLUM_DEVELOPER_KEY", LOGIN["developer_key"])
    responses.delete(f"{FUSE}/apps/1/2/cancel", status=202, match=[matchers.header_matcher(BASIC)])
    result = run_module("plum_outbound_cancel", product="fuse", application_id="1", deployment_id="2")
    assert result["changed"]


@responses.activate
def test_a_short_secret_is_warned_about_and_a_proxy_hidden() -> None:
    responses.delete(f"{FUSE}/apps/1/2/cancel", status=403, json={"error": "proxy-secret says no"})
    result = run_module(
        "plum_outbound_cancel",
        email="me@example.com",
        developer_key="short",
        product="fuse",
        application_id="1",
        deployment_id="2",
        proxy="http://user:proxy-secret@127.0.0.1:9",
    )
    assert any("developer_key has fewer than 8 characters" in str(warning) for warning in result["warnings"])
    assert "proxy-secret" not in json.dumps(result)


def answer(body: str, status: int = 200) -> Response:
    return Response(status, {}, body.encode())


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"success": true}', {"success": True}),
        ("{'success':true, 'error': 'it\\'s \"so\"'}", {"success": True, "error": 'it\'s "so"'}),
        ("{'a': \"it's\"}", {"a": "it's"}),
        ("<result><error>No.</error></result>", {"error": "No."}),
        ("<?xml version='1.0'?><result><a><item>1</item><item>2</item></a><b/></result>", {"a": ["1", "2"], "b": ""}),
    ],
)
def test_bodies(body: str, value: Any) -> None:
    assert plum_bodies.parse(answer(body)) == value


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "<html><body>Log in</body></html>",
        "<result>",
        '<!DOCTYPE r [<!ENTITY a "b">]><result>&a;</result>',
        "[" * 100_000,
        "{'a': 'never closed",
        '"' + "\\" * 99_999,
    ],
)
def test_bodies_that_are_not_theirs(body: str) -> None:
    with pytest.raises(OutboundError):
        plum_bodies.parse(answer(body))


@given(st.text())
def test_any_text_is_read_or_refused(body: str) -> None:
    with suppress(OutboundError):
        plum_bodies.parse(answer(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(JSON)
def test_json_is_read_as_it_is(value: Any) -> None:
    assert plum_bodies.parse(answer(json.dumps(value))) == value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"error": "Because."}', "Because."),
        ("<result><error>Because.</error></result>", "Because."),
        ('{"error": 7}', "HTTP status 403"),
        ("[]", "HTTP status 403"),
        ("<html>", "HTTP status 403"),
    ],
)
def test_the_words_of_an_error(body: str, message: str) -> None:
    vendor = plum_account.Plum("fuse", "me@example.com", "not-a-secret")
    error = vendor.error_from(answer(body, 403))
    assert error is not None
    assert error.message == message
    assert vendor.error_from(answer(body, 200)) is None


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("queued", "pending"),
        ("Dialing", "in_progress"),
        ("connected", "in_progress"),
        ("completed", "ended"),
        ("CANCELED", "ended"),
        ("failed", "ended"),
        ("rejected", "ended"),
        ("cancelled", "pending"),
        ("", "pending"),
    ],
)
def test_phases(status: str, phase: str) -> None:
    assert plum_calls.phase(status, 3, 3) == phase


ATTEMPTS: list[tuple[Any, Any, bool]] = [
    (1, 3, True),
    (0, 1, True),
    (2, 3, True),
    (3, 3, False),
    (4, 3, False),
    (1, 1, False),
    (None, 3, True),
    (3, None, True),
    (None, None, True),
    (0, 0, True),
    (3, 0, True),
    (-1, -1, True),
    (3, -3, True),
    ("3", 3, True),
    ("soon", 3, True),
    (3.0, 3.0, True),
    (True, True, True),
    ([], {}, True),
]


@pytest.mark.parametrize("status", ["failed", "Rejected"])
@pytest.mark.parametrize(("attempts", "most", "again"), ATTEMPTS)
def test_a_call_that_may_be_tried_again_is_not_over(status: str, attempts: Any, most: Any, again: bool) -> None:
    assert plum_calls.phase(status, attempts, most) == ("unknown" if again else "ended")
    assert plum_calls.phase("canceled", attempts, most) == plum_calls.phase("completed", attempts, most) == "ended"


NO = [
    '{"success": false}',
    '{"success": "false"}',
    '{"success": "FALSE"}',
    '{"success": 0}',
    '{"success": null}',
    '{"success": "no"}',
    '{"success": "true", "errors": ["queue is locked"]}',
    '{"success": true, "error": "queue is locked"}',
    '{"success": true, "message": "queue is locked"}',
    '{"success": true, "success": false}',
    '{"Success": true}',
    "{'success': false}",
    "{'success': 'false'}",
    '{"errors": ["queue is locked"]}',
    '{"errors": []}',
    '{"error": {"code": 5}}',
    '{"error": ""}',
    '{"status": "error", "message": "queue is locked"}',
    '{"status": "failed"}',
    '{"code": 500, "message": "boom"}',
    '{"result": {"success": false}}',
    '{"canceled": 0}',
    "{}",
    "[]",
    "null",
    "true",
    "false",
    '"OK"',
    "0",
    "OK",
    "<result><success>false</success></result>",
    "<result><success>0</success></result>",
    "<result><success>true</success><success>false</success></result>",
    "<result>locked<success>true</success></result>",
    "<result><success>true</success>but locked</result>",
    "<result><status>error</status></result>",
    "<result><error>No.</error></result>",
    "<result/>",
    "<success>true</success>",
    "<html><body>Accepted</body></html>",
]


@responses.activate
@pytest.mark.parametrize("body", NO)
def test_an_answer_that_does_not_confirm_is_a_doubt(body: str) -> None:
    responses.delete(f"{FUSE}/apps/1/2/cancel", status=202, body=body)
    result = run(product="fuse", application_id="1", deployment_id="2")
    (entry,) = result["results"]
    assert (entry["outcome"], entry["error"]["kind"]) == ("in_doubt", "protocol")
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        "",
        " \r\n",
        '{"success": true}',
        '{"success": "true", "error": null}',
        "{'success':true}",
        "<?xml version='1.0'?><result><success>true</success><error/></result>",
    ],
)
def test_an_answer_that_confirms(body: str) -> None:
    responses.delete(f"{FUSE}/apps/1/2/cancel", status=202, body=body)
    result = run(product="fuse", application_id="1", deployment_id="2")
    assert result["results"][0]["outcome"] == "accepted"


WORDS = st.text(max_size=8) | st.sampled_from(["true", "false", "error", "ok"]) | st.booleans() | st.integers()


@given(st.dictionaries(st.sampled_from(["success", "error", "errors", "status", "message"]), WORDS | st.none()))
def test_a_body_with_other_fields_does_not_confirm(body: dict[str, Any]) -> None:
    if plum_outbound_cancel._confirms(body):
        assert str(body["success"]).strip().lower() == "true"
        assert not [name for name, value in body.items() if value and name != "success"]


@responses.activate
@pytest.mark.parametrize(
    "details",
    [
        "{}",
        "[]",
        '{"call_details": []}',
        '{"call_details": {}}',
        '{"call_details": {"status": 1}}',
        '{"call_details": {"status": "queued", "status": "canceled"}}',
        '{"call_details": {"Status": "queued", "status": "canceled"}}',
        '{"call_details": {"status": "queued"}, "call_details": {"status": "canceled"}}',
        '{"call_details": {"call_id": "8", "status": "canceled"}}',
        '{"call_details": {"status": "canceled"}, "success": false}',
        '{"call_details": {"status": "canceled"}, "success": "false"}',
        '{"call_details": {"status": "canceled"}, "error": "The database is down."}',
        "<result><call_details><status>queued</status><status>canceled</status></call_details></result>",
        "<result><call_details>?<status>canceled</status></call_details></result>",
    ],
)
def test_a_status_that_is_not_there(details: str) -> None:
    responses.get(f"{FUSE}/outbound/7", body=details)
    result = run_module("plum_call_info", product="fuse", call_ids=["7"], **LOGIN)
    assert result["error"]["kind"] == "protocol"
    assert result["msg"].startswith("1 of 1 reads gave no answer")


@responses.activate
@pytest.mark.parametrize("status", [201, 202, 203, 206])
def test_a_call_needs_status_200(status: int) -> None:
    responses.get(f"{FUSE}/outbound/7", json=call("completed"), status=status)
    result = run_module("plum_call_info", product="fuse", call_ids=["7"], **LOGIN)
    assert result["error"]["kind"] == "protocol"


@responses.activate
def test_one_call_as_a_playbook_sees_it() -> None:
    details = {
        "status": "queued",
        "attempts": "2",
        "max_attempts": 3,
        "queued_timestamp": "2026-01-01 00:00:00",
        "start_Timestamp": "1767225600",
        "end_timestamp": "",
        "reattempt_wait": None,
        "phone_number": "'15550100'",
        "events": [{"event": "queued", "timestamp": "1767225600"}, "noise"],
    }
    responses.get(f"{FUSE}/outbound/7", json={"call_details": details})
    responses.get(f"{FUSE}/outbound/8", status=404)
    result = run_module("plum_call_info", product="fuse", call_ids=["7", "8", "7"], **LOGIN)
    assert result["missing"] == ["8"]
    assert result["calls"] == [
        {
            "call_id": "7",
            "status": "queued",
            "phase": "pending",
            "attempts": 2,
            "max_attempts": 3,
            "queued_timestamp": "2026-01-01 00:00:00",
            "last_attempt_timestamp": None,
            "start_timestamp": 1767225600,
            "end_timestamp": None,
            "reattempt_wait": None,
            "phone_number": "15550100",
            "events": [{"event": "queued", "timestamp": 1767225600}],
        }
    ]


@responses.activate
def test_reading_stops_when_it_is_of_no_use() -> None:
    responses.get(f"{FUSE}/outbound/7", status=401, json={"error": "Invalid."})
    result = run_module("plum_call_info", product="fuse", call_ids=["7", "8", "9"], concurrency=1, **LOGIN)
    assert len(responses.calls) == 1
    assert result["error"] == {"kind": "auth", "status": 401, "code": None, "message": "Invalid."}
    assert "3 of 3 reads" in result["msg"]
