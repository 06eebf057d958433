# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible side: what a user reads if something is missing, fails, or is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from ansible_collections.telephony.outbound.plugins.module_utils._core import module
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import (
    outbound_cancel as plum_outbound_cancel,
)
from ansible_collections.telephony.outbound.tests.support.guard import until
from ansible_collections.telephony.outbound.tests.support.modules import PACKAGE, run_module
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LOGIN = {"email": "dialer@example.com", "developer_key": "not-a-secret-key"}
FUSE = {"product": "fuse", "application_id": "1", "deployment_id": "2", **LOGIN}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox()
    queues = {f"1/{number}": 2 for number in range(40)}
    running.seed({"plum": {"accounts": [LOGIN], "fuse": queues}})
    yield running
    running.stop()


@pytest.mark.parametrize(("name", "more"), [("plum_outbound_cancel", {}), ("plum_call_info", {"call_ids": ["1"]})])
def test_a_missing_library_is_told_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch, name: str, more: dict[str, Any]
) -> None:
    monkeypatch.setattr(module, "MISSING_LIBRARY", "Traceback: No module named requests")
    result = run_module(name, **({**LOGIN, "product": "fuse", **more} if more else FUSE))
    assert result["failed"]
    assert "requests" in result["msg"]
    assert "pip install" in result["msg"] or "install" in result["msg"]


def test_without_the_library_the_module_can_still_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise ImportError('not here')\n")
    arguments = tmp_path / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": FUSE}))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    ended = subprocess.run(
        [sys.executable, "-m", f"{PACKAGE}.plum_outbound_cancel", str(arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(ended.stdout)
    assert "Failed to import the required Python library (requests)" in told["msg"]
    assert not ended.stderr


def test_a_defect_outside_the_targets_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_arguments: Any) -> None:
        raise ZeroDivisionError("not-a-secret-key")

    monkeypatch.setattr(plum_outbound_cancel.OutboundCancel, "__init__", breaks)
    result = run_module("plum_outbound_cancel", **FUSE)
    assert result["failed"]
    assert result["msg"].startswith("internal error, please report it: ZeroDivisionError at test_module.py:")
    assert "not-a-secret-key" not in json.dumps(result)


def test_an_option_error_shows_no_secret() -> None:
    result = run_module("plum_outbound_cancel", **{**FUSE, "application_id": "not-a-secret-key/"})
    assert "not-a-secret-key" not in json.dumps(result)


def test_the_journal_of_a_task(sandbox: Sandbox, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    options = {**FUSE, "base_url": f"{sandbox.url}/fuse", "journal": str(journal)}
    run_module("plum_outbound_cancel", check=True, **options)
    assert not journal.exists()
    run_module("plum_outbound_cancel", **options)
    begun, ended = map(json.loads, journal.read_text().splitlines())
    assert (begun["event"], ended["event"]) == ("begun", "ended")
    assert ended["result"]["outcome"] == "accepted"


CANCEL = "https://fuse.plumvoice.com/api/apps/1/{}/cancel"


@pytest.mark.parametrize(
    ("on_error", "outcomes"), [("continue", ["failed", "accepted"]), ("stop", ["failed", "not_sent"])]
)
@responses.activate
def test_the_answer_of_a_write_module(on_error: str, outcomes: list[str]) -> None:
    responses.delete(CANCEL.format(2), status=404)
    responses.delete(CANCEL.format(3), status=202)
    targets = [{"deployment_id": "2"}, {"deployment_id": "3"}]
    result = run_module(
        "plum_outbound_cancel", **FUSE, targets=targets, on_error=on_error, concurrency=1, wait_timeout=0
    )
    assert result["failed"]
    assert [entry["outcome"] for entry in result["results"]] == outcomes
    assert result["changed"] == ("accepted" in outcomes)
    assert result["summary"] == {
        "targets": 2,
        "already_clear": 0,
        "would_clear": 0,
        "cleared": 0,
        "accepted": outcomes.count("accepted"),
        "refused": 0,
        "in_doubt": 0,
        "failed": 1,
        "not_sent": outcomes.count("not_sent"),
        "changed": outcomes.count("accepted"),
        "verified": 0,
        "pending_before": None,
        "pending_after": None,
        "unit": "calls",
    }


@pytest.mark.parametrize(
    ("guard", "outcome"),
    [({"max_pending": 0}, "refused"), ({"max_pending": 0, "allow_unknown": True}, "accepted"), ({}, "accepted")],
)
@responses.activate
def test_the_guard_of_a_task(guard: dict[str, Any], outcome: str) -> None:
    responses.delete(CANCEL.format(2), status=202)
    result = run_module("plum_outbound_cancel", **FUSE, **guard)
    assert [entry["outcome"] for entry in result["results"]] == [outcome]
    assert result["failed"] == (outcome == "refused")
    assert len(responses.calls) == (outcome == "accepted")


@responses.activate
def test_retries_are_those_of_the_task() -> None:
    responses.delete(CANCEL.format(2), status=500)
    result = run_module("plum_outbound_cancel", **FUSE, retries=0)
    assert result["results"][0]["outcome"] == "in_doubt"
    assert len(responses.calls) == 1


@responses.activate
def test_the_answer_of_an_info_module() -> None:
    call = "https://fuse.plumvoice.com/api/outbound/{}"
    responses.get(call.format("c1"), json={"call_details": {"status": "queued"}})
    responses.get(call.format("c2"), status=403)
    given = {"product": "fuse", "concurrency": 1, **LOGIN}
    result = run_module("plum_call_info", **given, call_ids=["c1"])
    assert (result["failed"], result["changed"]) == (False, False)
    assert not {"error", "msg"} & result.keys()
    assert [one["call_id"] for one in result["calls"]] == ["c1"]
    for on_error, asked in (("continue", 2), ("stop", 1)):
        responses.calls.reset()
        result = run_module("plum_call_info", **given, call_ids=["c2", "c1"], on_error=on_error)
        assert (result["failed"], result["changed"]) == (True, False)
        assert len(responses.calls) == asked
        assert result["error"] == {"kind": "denied", "status": 403, "code": None, "message": "HTTP status 403"}
        missed = 1 if on_error == "continue" else 2
        told = "denied: HTTP status 403; look at the rights of this account"
        assert result["msg"] == f"{missed} of 2 reads gave no answer: {told}"


def test_what_a_connection_is_made_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[module.Connection] = []

    def remember(connection: module.Connection, *_more: Any, **_options: Any) -> None:
        made.append(connection)
        raise ZeroDivisionError

    monkeypatch.setattr(module, "Transport", remember)
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    (tmp_path / "authorities").mkdir()
    values = {
        "base_url": "https://vendor.example.com/",
        "timeout": 7.0,
        "validate_certs": False,
        "ca_path": str(tmp_path / "authorities"),
        "client_cert": str(tmp_path / "cert"),
        "client_key": str(tmp_path / "key"),
        "proxy": "http://proxy.example.com:3128",
    }
    run_module("plum_outbound_cancel", **FUSE, **values, concurrency=5)
    assert made == [module.Connection(**{**values, "base_url": "https://vendor.example.com", "pool": 5})]


def test_a_short_secret_brings_a_warning() -> None:
    told = [
        run_module("plum_outbound_cancel", check=True, **{**FUSE, "developer_key": "x" * length}).get("warnings", [])
        for length in (7, 8)
    ]
    short = ["developer_key has fewer than 8 characters" in str(warnings) for warnings in told]
    assert short == [True, False]


def interrupted(sandbox: Sandbox, tmp_path: Path, number: signal.Signals, name: str, **options: Any) -> dict[str, Any]:
    arguments = tmp_path / "arguments.json"
    values = {"base_url": f"{sandbox.url}/fuse", "product": "fuse", "concurrency": 2, **LOGIN, **options}
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": values}))
    process = subprocess.Popen(
        [sys.executable, "-m", f"{PACKAGE}.{name}", str(arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: len(sandbox.journal()) >= 4)
    process.send_signal(number)
    output, _nothing = process.communicate(timeout=60)
    return json.loads(output)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_task_tells_what_was_done(sandbox: Sandbox, tmp_path: Path, number: signal.Signals) -> None:
    queues = {f"1/{number}": 2 for number in range(40)}
    sandbox.seed({"plum": {"accounts": [LOGIN], "fuse": queues}})
    sandbox.fault(method="DELETE", do="delay", seconds=0.3, times=None)
    targets = [{"deployment_id": str(deployment)} for deployment in range(40)]
    result = interrupted(sandbox, tmp_path, number, "plum_outbound_cancel", application_id="1", targets=targets)
    outcomes = [entry["outcome"] for entry in result["results"]]
    assert result["failed"]
    assert set(outcomes) == {"accepted", "not_sent"}
    reported = {entry["target"]["deployment_id"] for entry in result["results"] if entry["outcome"] == "accepted"}
    done = {change["queue"].split("/")[1] for change in sandbox.changes()}
    assert reported == done
    assert "interrupted" in result["results"][-1]["error"]["message"]


def test_an_interrupted_inquiry_is_no_answer(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed({"plum": {"accounts": [LOGIN], "fuse": {"1/1": {f"c{number}": "queued" for number in range(40)}}}})
    sandbox.fault(method="GET", do="delay", seconds=0.3, times=None)
    call_ids = [f"c{number}" for number in range(40)]
    result = interrupted(sandbox, tmp_path, signal.SIGTERM, "plum_call_info", call_ids=call_ids)
    assert result["failed"]
    assert 0 < len(result["calls"]) < 40
    assert result["error"] is None
    assert "the task was interrupted" in result["msg"]
