# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that an event asks for: carried out once, tried again until then, and named in evidence and ledger."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account, RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run import Run
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import RunFolder
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import (
    CAMPAIGNS,
    NUMBERS,
    Interface,
    checked,
    merged,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_ledger
from ansible_collections.telephony.outbound.tests.support.runs import reason
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import SEED, account, changes
from ansible_collections.telephony.outbound.tests.support.vendor import ANN, BOB

EVENT = "evt-0a1B.2"


@pytest.fixture
def people(sandbox: Sandbox) -> Sandbox:
    lists = {name: [ANN, BOB] for name in SEED["genesys"]["lists"]}
    sandbox.seed({**SEED, "genesys": {**SEED["genesys"], "lists": lists}})
    return sandbox


def stop(
    given: list[Account], root: Path, *numbers: str, interface: Interface = NUMBERS, **options: Any
) -> tuple[RunOutcome, list[str]]:
    """Carry an event out in this process; return the outcome and what was shown."""
    shown: list[str] = []
    told = {"mode": "apply", "root": str(root), "reason": reason(), "event_id": EVENT, **options}
    if numbers:
        told["numbers"] = list(numbers)
    around = RunContext(about={"version": "0.0.0"}, environment=dict(os.environ), show=shown.append, check_mode=False)
    return Run(merged(checked(told, interface), {}, interface), given, around).carry_out(), shown


def ledger(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / "ledger.jsonl").read_text().splitlines()]


def folders(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name.startswith("event-"))


def test_an_event_is_carried_out_once_and_named(people: Sandbox, tmp_path: Path) -> None:
    accounts = [account("genesys", people.url)]
    first, _shown = stop(accounts, tmp_path, ANN)
    sent = len(people.journal())
    again, shown = stop(accounts, tmp_path, "+1 (555) 010-0007")
    assert (first.state, first.failed, first.changed) == ("done", False, True)
    assert (again.state, again.failed, again.changed, again.folder) == ("done", False, False, first.folder)
    assert (again.summary, again.evidence_sha256) == (first.summary, first.evidence_sha256)
    assert len(people.journal()) == sent
    assert shown == [f"The event {EVENT} was carried out before, so nothing was sent."]
    assert folders(tmp_path) == [f"event-{EVENT}"]
    evidence = json.loads((tmp_path / f"event-{EVENT}/evidence.json").read_text())
    assert evidence["run"]["event_id"] == EVENT
    assert [line["event_id"] for line in ledger(tmp_path)] == [EVENT]
    assert verify_ledger(tmp_path / "ledger.jsonl", Given(version="0.0.0")).findings == []
    # Under the same id another person asks, or for one more account: nobody may take that for done.
    other, _shown = stop(accounts, tmp_path, BOB)
    assert (other.changed, folders(tmp_path)) == (True, [f"event-{EVENT}", f"event-{EVENT}+2"])
    more, _shown = stop([*accounts, account("plum", people.url)], tmp_path, ANN)
    assert (more.changed, folders(tmp_path)[-1]) == (True, f"event-{EVENT}+3")
    # Nor for a step, a form or a place more.
    wolkvox = account("wolkvox", people.url)
    assert stop([wolkvox], tmp_path, ANN, suppress=False)[0].changed
    assert stop([wolkvox], tmp_path, ANN)[0].folder == str(tmp_path / f"event-{EVENT}+5")
    corrected = replace(wolkvox, forms=["as_is", "digits"])
    assert stop([corrected], tmp_path, ANN)[0].folder == str(tmp_path / f"event-{EVENT}+6")
    assert not any(stop([each], tmp_path, ANN)[0].changed for each in (wolkvox, corrected))
    assert len(folders(tmp_path)) == 6
    # The three of them are known from now on.
    assert not any(stop(accounts, tmp_path, number)[0].changed for number in (ANN, BOB))


def test_a_request_again_after_a_failed_or_killed_run_is_carried_out(people: Sandbox, tmp_path: Path) -> None:
    accounts = [account("genesys", people.url)]
    broken = [replace(accounts[0], connection={**accounts[0].connection, "password": "wrong"})]
    failed, _shown = stop(broken, tmp_path, ANN)
    assert failed.failed
    assert changes(people) == []
    # A second try that was killed in its middle left no result.
    killed = RunFolder(tmp_path / f"event-{EVENT}+2")
    killed.make()
    killed.claim({"run_id": "killed", "mode": "apply", "event_id": EVENT})
    done, _shown = stop(accounts, tmp_path, ANN)
    assert (done.state, done.failed, done.changed) == ("done", False, True), done.reasons
    assert folders(tmp_path) == [f"event-{EVENT}{part}" for part in ("", "+2", "+3")]
    assert not stop(accounts, tmp_path, ANN)[0].changed


def test_of_two_tries_at_once_the_second_sends_nothing(
    people: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.files.time.sleep", id)
    at_work = RunFolder(tmp_path / f"event-{EVENT}")
    at_work.make()
    at_work.claim({"run_id": "one", "mode": "apply", "event_id": EVENT})
    with at_work.locked():
        second, _shown = stop([account("genesys", people.url)], tmp_path, ANN)
    assert (second.state, second.failed) == ("nothing_sent", True)
    assert "nother process works in" in second.reasons[0]
    assert (folders(tmp_path), people.journal()) == ([f"event-{EVENT}"], [])


def test_an_event_about_campaigns_is_carried_out_once(people: Sandbox, tmp_path: Path) -> None:
    accounts = [replace(account("plum", people.url), targets=[{"application_id": "100", "deployment_id": "200"}])]
    first, _shown = stop(accounts, tmp_path, interface=CAMPAIGNS)
    second, _shown = stop(accounts, tmp_path, interface=CAMPAIGNS)
    assert (first.state, first.changed, second.state, second.changed) == ("done", True, "done", False)
    assert [line["event_id"] for line in ledger(tmp_path)] == [EVENT]
    # The same id for another queue, or for a phone number, is another event.
    another = [replace(accounts[0], targets=[*accounts[0].targets, {"application_id": "100", "deployment_id": "201"}])]
    assert stop(another, tmp_path, interface=CAMPAIGNS)[0].changed
    assert not stop(accounts, tmp_path, interface=CAMPAIGNS)[0].changed
    assert stop([account("genesys", people.url)], tmp_path, ANN)[0].changed


def test_an_event_with_a_folder_or_a_plan_of_its_own_is_named_in_the_ledger(people: Sandbox, tmp_path: Path) -> None:
    done, _shown = stop([account("genesys", people.url)], tmp_path, ANN, folder="here")
    assert (done.state, done.folder) == ("done", str(tmp_path / "here"))
    assert [line["event_id"] for line in ledger(tmp_path)] == [EVENT]
