# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who approved in a controller's workflow: only what its API says of the workflow that made the plan."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import workflow_approval as module
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.approval import approver_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import about_controller
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.workflow_approval import (
    Controller,
    NotProved,
    workflow_approval,
)
from ansible_collections.telephony.outbound.tests.support.controller_api import TOKEN, ControllerApi, controller_api

PLAN: dict[str, Any] = {"created": "2026-01-05T14:30:00Z", "automation_controller": {"workflow_job_id": 42}}
LATER = "2026-01-05T14:40:00.123456Z"


@pytest.fixture
def api() -> Iterator[ControllerApi]:
    with controller_api() as served:
        yield served


def told(api: ControllerApi, job: Any = 42, plan: dict[str, Any] = PLAN, **variables: str) -> dict[str, Any]:
    found = workflow_approval(plan, job, {**api.environment, **variables})
    assert TOKEN not in str(found)
    return found


def test_the_approver_is_named(api: ControllerApi) -> None:
    api.approved(42, "grace", LATER)
    found = told(api)
    assert found == {
        "workflow_job_id": 42,
        "approvals": [{"node": "Approve the plan", "by": "grace", "finished": LATER}],
        "not_proved": None,
    }
    assert {authorization for _path, authorization in api.requests} == {f"Bearer {TOKEN}"}
    assert approver_of({"workflow_approval": found}) == (
        "grace",
        "the controller's record of workflow job 42: grace",
    )


def test_a_slice_finds_the_workflow_that_made_the_plan(api: ControllerApi) -> None:
    api.approved(42, "grace", LATER)
    api.started_by(43, 42)
    assert [each["by"] for each in told(api, job="43")["approvals"]] == ["grace"]


@pytest.mark.parametrize(
    ("approval", "plan", "why"),
    [
        ({"status": "failed"}, PLAN, "no approval node of the workflow was approved after"),
        ({"finished": "2026-01-05T14:00:00Z"}, PLAN, "no approval node of the workflow was approved after"),
        ({"by": None}, PLAN, "no approval node of the workflow was approved after"),
        ({}, {"created": PLAN["created"]}, "the plan was not made in a workflow"),
        ({}, {**PLAN, "automation_controller": {"workflow_job_id": 41}}, "in another workflow job"),
    ],
)
def test_what_does_not_approve_this_plan_does_not_count(
    api: ControllerApi, approval: dict[str, Any], plan: dict[str, Any], why: str
) -> None:
    api.approved(42, **{"by": "grace", "finished": LATER, **approval})
    api.started_by(42, None)
    found = told(api, plan=plan)
    assert found["approvals"] == []
    assert why in found["not_proved"]
    assert approver_of({"workflow_approval": found}) == (None, f"not proved by the controller: {found['not_proved']}")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "answered 404 for workflow_jobs"),
        (b"<html>", "the controller's answer is not JSON"),
        ({"results": [{"summary_fields": {"job": {"type": "workflow_approval", "id": [1]}}}]}, "another form"),
        ({"results": "none"}, "no approval node"),
        (b" " * (4 * 1024 * 1024 + 1), "a larger answer than is read"),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_as_not_proved(api: ControllerApi, answer: Any, why: str) -> None:
    if answer is not None:
        api.resources["/api/v2/workflow_jobs/42/workflow_nodes/"] = answer
    assert why in told(api)["not_proved"]


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"CONTROLLER_OAUTH_TOKEN": ""}, "not in the environment"),
        ({"CONTROLLER_HOST": "http://controller.example.com"}, "plain http"),
        ({"CONTROLLER_HOST": "ftp://controller.example.com"}, "no address"),
        ({"CONTROLLER_HOST": "https://127.0.0.1:1"}, "Connection refused"),
        ({"CONTROLLER_OAUTH_TOKEN": "canary\n"}, "404"),
        ({"CONTROLLER_OAUTH_TOKEN": "can\nary"}, "another form"),
    ],
)
def test_a_controller_that_cannot_be_asked_is_told_as_not_proved(
    api: ControllerApi, variables: dict[str, str], why: str
) -> None:
    found = told(api, **variables)
    assert why in found["not_proved"]
    assert "canary" not in str(found)


def test_the_time_of_all_requests_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = {"CONTROLLER_HOST": f"http://127.0.0.1:{silent.getsockname()[1]}", "CONTROLLER_OAUTH_TOKEN": TOKEN}
        assert "no answer within" in workflow_approval(PLAN, 42, address)["not_proved"]


def test_addresses_as_the_credential_and_the_gateway_give_them() -> None:
    found = Controller.of(
        {
            "CONTROLLER_HOST": "controller.example.com",
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
            "CONTROLLER_VERIFY_SSL": "False",
            "CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX": "controller",
        }
    )
    assert (found.scheme, found.host, found.root) == ("https", "controller.example.com", "/api/controller/v2")
    assert not found.verify
    with pytest.raises(NotProved):
        Controller.of({})


def test_an_approval_by_hash_and_one_in_the_workflow_are_both_told() -> None:
    run = {
        "approval": {"by": "ada", "proved_by": "the SHA-256 of the plan, given to the apply"},
        "workflow_approval": {"workflow_job_id": 42, "approvals": [{"by": "grace"}], "not_proved": None},
    }
    by, proved_by = approver_of(run)
    assert (by, str(proved_by).endswith("workflow job 42: grace")) == ("ada", True)
    assert approver_of({}) == (None, None)


def test_job_workflow_and_user_are_in_every_record_and_no_phone_numbers() -> None:
    variables = {"awx_job_id": 4711001, "awx_workflow_job_id": 4711000, "awx_user_name": "ada", "tower_job_id": 1}
    found = about_controller(variables, version="1", ansible_core="2")["automation_controller"]
    assert Masker("key").data(found) == {"job_id": 4711001, "workflow_job_id": 4711000, "user_name": "ada"}
