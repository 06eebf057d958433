# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One number stopped in real plays: what hosts say is read, nothing of a person or a secret is printed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import Ran, surroundings
from ansible_collections.telephony.outbound.tests.support.playbooks import run as run_plays
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, everything
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import SEED, account, accounts, changes
from ansible_collections.telephony.outbound.tests.support.vendor import ANN, BOB
from ansible_collections.telephony.outbound.tests.support.vendors.wolkvox import DIALED, DIGITS


@pytest.fixture
def people(sandbox: Sandbox) -> Sandbox:
    sandbox.seed(SEED)
    return sandbox


def play(world: Sandbox, folder: Path, *arguments: str, in_process: bool = False, **variables: Any) -> Ran:
    """Run the role for an account of each vendor."""
    folder.mkdir(parents=True, exist_ok=True)
    hosts = {
        each.name: {
            "campaign_teardown_vendor": each.vendor,
            "campaign_teardown_connection": dict(each.connection),
            "stop_number_forms": each.forms,
            "stop_number_places": list(each.places),
            "ansible_connection": "local",
        }
        for each in accounts(world.url)
    }
    (folder / "accounts.json").write_text(json.dumps({"accounts": {"hosts": hosts}}))
    given = {"reason": "She asked for it", "folder": str(folder / "ev"), **variables}
    told = {f"stop_number_{name}": value for name, value in given.items() if value is not ...}
    plays = [{"roles": ["telephony.outbound.stop_number"], "hosts": "accounts"}]
    inventory = ("--inventory", str(folder / "accounts.json"))
    return run_plays(plays, folder, *inventory, *arguments, variables=told, in_process=in_process)


def test_a_play_stops_a_number_and_shows_neither_it_nor_a_secret(people: Sandbox, tmp_path: Path) -> None:
    ran = play(people, tmp_path, "-vvvv", "--diff", mode="apply", numbers=[ANN], hang_up=True, mask_key="k" * 20)
    assert ran.rc == 0, ran.text[-3000:]
    assert "Every step was carried out that these systems have." in ran.text
    assert changes(people)
    # What a person has to approve names her number; what is printed, kept and sent on does not.
    (tmp_path / "ev/plan.json").unlink()
    for part in ("accounts.json", "in"):  # what the caller wrote
        path = tmp_path / part
        for file in [path] if path.is_file() else path.iterdir():
            file.unlink()
    text = ran.text + everything(tmp_path)
    assert [canary for canary in [*CANARIES.values(), ANN, DIGITS, DIALED] if canary in text] == []
    page = (tmp_path / "ev/report.html").read_text()
    assert "***0007" in page
    assert "<script" not in page


def test_what_is_wrong_is_told_under_the_names_of_the_role(people: Sandbox, tmp_path: Path) -> None:
    ran = play(people, tmp_path / "reason", mode="apply", numbers=[ANN], reason="")
    assert (ran.rc, "stop_number_reason is required for stop_number_mode=apply" in ran.text) == (2, True), ran.text
    ran = play(people, tmp_path / "number", "--check", mode="apply", numbers=["5550100007"])
    assert (ran.rc, "stop_number_numbers[0]: has no + and country code" in ran.text) == (2, True), ran.text
    assert people.journal() == []


def test_of_a_burst_in_one_run_each_request_is_judged_alone_if_anything_is_left(
    people: Sandbox, tmp_path: Path
) -> None:
    genesys = account("genesys", people.url)
    variables = {
        "campaign_teardown_vendor": "genesys",
        "campaign_teardown_connection": dict(genesys.connection),
        "stop_number_forms": [{"literal": {ANN: [ANN]}}],  # so Bob's number cannot be stopped there
        "stop_number_places": list(genesys.places),
    }
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": {"genesys": variables}}}))
    asked = [
        {"id": f"evt-{place}", "requested_at": "2026-03-01T09:00:00Z", "scope": "all", "number": number, **more}
        for place, (number, more) in enumerate([(ANN, {"ticket": "DNC-7"}), (BOB, {})])
    ]
    events = {f"m_{place}": {"payload": payload} for place, payload in enumerate(asked)}
    told = {"stop_number_root": str(tmp_path / "runs"), "ansible_eda": {"events": events}}
    (tmp_path / "told.json").write_text(json.dumps(told))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ansible.cfg").touch()
    done = subprocess.run(
        [
            *(catalog.BIN / "ansible-playbook", "telephony.outbound.stop_number_gathered", "-v"),
            *("--inventory", tmp_path / "hosts.json", "--extra-vars", f"@{tmp_path / 'told.json'}"),
        ],
        cwd=tmp_path,
        env=surroundings(tmp_path, catalog.ROOT),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    text = done.stdout + done.stderr
    assert done.returncode == 2, text
    lines = [json.loads(line) for line in (tmp_path / "runs/ledger.jsonl").read_text().splitlines()]
    named = [(line.get("event_ids"), line.get("event_id"), line["state"]) for line in lines]
    assert named == [(["evt-0", "evt-1"], None, "left"), (None, "evt-0", "done"), (None, "evt-1", "left")]
    folders = [tmp_path / "runs" / line["folder"] for line in lines]
    assert json.loads((folders[0] / "evidence.json").read_text())["run"]["event_ids"] == ["evt-0", "evt-1"]
    runs = [json.loads((folder / "run.json").read_text()) for folder in folders]
    assert [run["ticket"] for run in runs] == [None, "DNC-7", None]
    assert [number for number in (ANN, BOB) if number[1:] in text] == []
