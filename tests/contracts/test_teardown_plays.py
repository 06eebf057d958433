# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The teardown in real plays: guards hold with any keywords and variables, and reports match what was done."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.playbooks import Ran, broken_check_mode
from ansible_collections.telephony.outbound.tests.support.playbooks import run as run_plays
from ansible_collections.telephony.outbound.tests.support.runs import (
    CANARIES,
    SEED,
    VENDORS,
    Account,
    account,
    accounts,
)
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

ROLE = {"roles": ["telephony.outbound.campaign_teardown"]}


def host(given: Account, **variables: Any) -> dict[str, Any]:
    """Return the variables of an inventory host."""
    return {
        "campaign_teardown_vendor": given.vendor,
        "campaign_teardown_connection": dict(given.connection),
        "campaign_teardown_targets": list(given.targets),
        "ansible_connection": "local",
        **{f"campaign_teardown_{name}": value for name, value in variables.items()},
    }


def play(
    folder: Path,
    hosts: dict[str, Any],
    *arguments: str,
    keywords: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
    in_process: bool = False,
    **variables: Any,
) -> Ran:
    """Run the role for these hosts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "accounts.json").write_text(json.dumps({"accounts": {"hosts": hosts}}))
    given = {
        "reason": "A test",
        "settle_seconds": 0,
        "folder": str(folder / "ev"),
        **variables,
    }
    told = {f"campaign_teardown_{name}": value for name, value in given.items() if value is not ...}
    plays = [{**ROLE, **(keywords or {}), "hosts": "accounts"}]
    inventory = ("--inventory", str(folder / "accounts.json"))
    return run_plays(
        plays, folder, *inventory, *arguments, variables=told, environment=environment, in_process=in_process
    )


def writes(world: Sandbox) -> list[dict[str, Any]]:
    return [change for change in world.changes() if change["do"] != "token"]


def evidence(folder: Path) -> dict[str, tuple[str, str]]:
    """Return outcome and message of each account."""
    found = json.loads((folder / "ev/evidence.json").read_text())["results"]
    return {row["account"]: (row["outcome"], (row["error"] or {}).get("message") or "") for row in found}


@pytest.fixture
def all_hosts(world: Sandbox) -> dict[str, Any]:
    return {given.name: host(given) for given in accounts(world.url)}


def test_a_whole_teardown_tells_no_secret_at_any_verbosity(
    world: Sandbox, tmp_path: Path, all_hosts: dict[str, Any]
) -> None:
    ran = play(tmp_path, all_hosts, "-vvvv", "--diff", mode="apply")
    assert ran.rc == 0, ran.text[-3000:]
    assert {outcome for outcome, _why in evidence(tmp_path).values()} == {"cleared", "accepted"}
    text = ran.text + "".join(
        path.read_text(errors="replace")
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "accounts.json"
    )
    assert [canary for canary in CANARIES.values() if canary in text] == []
    assert "15550100123" not in ran.text


def test_a_watch_in_a_play_reads_only_and_tells_no_secret(
    world: Sandbox, tmp_path: Path, all_hosts: dict[str, Any]
) -> None:
    assert play(tmp_path, all_hosts, mode="apply").rc == 0
    # An inventory without targets suffices after the teardown.
    for variables in all_hosts.values():
        variables["campaign_teardown_targets"] = []
    metrics = tmp_path / "teardown.prom"
    for records, rc, message in (
        (0, 0, f"2 of {len(VENDORS)} targets cannot be read"),
        (25, 2, "1 refilled (wolkvox): there are 25 records again"),
    ):
        if records:
            world.act(room="wolkvox", do="add_records", campaign="77", records=records)
        seen = len(world.journal())
        ran = play(tmp_path, all_hosts, "-vvvv", "--diff", mode="watch", metrics_file=str(metrics))
        assert (ran.rc, message in ran.text) == (rc, True), ran.text[-3000:]
        sent = world.journal()[seen:]
        assert sent
        assert broken_check_mode(sent) == []
        text = ran.text + metrics.read_text() + (tmp_path / "ev/watch.jsonl").read_text()
        assert [canary for canary in [*CANARIES.values(), "15550100123"] if canary in text] == []


def test_ignored_errors_are_no_way_past_a_guard(world: Sandbox, tmp_path: Path) -> None:
    hosts = {"wolkvox": host(account("wolkvox", world.url))}
    play(tmp_path / "plan", hosts)
    file = tmp_path / "plan/ev/plan.json"
    file.write_text(file.read_text().replace('"campaign_id": "77"', '"campaign_id": "79"'))
    ran = play(
        tmp_path / "apply", hosts, keywords={"ignore_errors": True}, mode="apply", plan=str(file), require_approval=True
    )
    assert "Nothing was sent." in ran.text
    assert writes(world) == []


def test_what_one_host_says_holds_for_the_run(world: Sandbox, tmp_path: Path, all_hosts: dict[str, Any]) -> None:
    all_hosts["wolkvox"] = host(account("wolkvox", world.url), protected=["77"], require_approval="y", max_targets=1)
    ran = play(tmp_path / "one", all_hosts, mode="apply")
    assert ran.rc == 2
    assert "campaign_teardown_plan must name the one that was approved" in ran.text
    all_hosts["wolkvox"] = host(account("wolkvox", world.url), mode="apply")
    ran = play(tmp_path / "two", all_hosts)
    assert (ran.rc, "campaign_teardown_mode: only one value can hold for a run" in ran.text) == (2, True)
    assert writes(world) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-e", "campaign_teardown_protected=77,78"], "is protected by '77'"),
        (["--tags", "nightly"], "does not select the teardown, so nothing was done"),
        (["-e", "campaign_teardown_maxtargets=1"], "There is no variable campaign_teardown_maxtargets."),
        (["-e", "campaign_teardown_ticket=CHG 4711"], "-e has words that belong to no variable"),
    ],
)
def test_the_command_line_is_read_as_ansible_reads_it(
    world: Sandbox, tmp_path: Path, arguments: list[str], words: str
) -> None:
    ran = play(tmp_path, {"wolkvox": host(account("wolkvox", world.url))}, *arguments, mode="apply")
    assert (ran.rc, words in ran.text) == (2, True), ran.text[-2000:]
    assert writes(world) == []


def test_blank_answers_of_a_survey_are_none(world: Sandbox, tmp_path: Path) -> None:
    blank = dict.fromkeys(("max_pending_total", "concurrency", "ticket", "plan", "approved_sha256", "mask_key"), "")
    ran = play(tmp_path, {"wolkvox": host(account("wolkvox", world.url))}, mode="apply", **blank)
    assert ran.rc == 0, ran.text[-3000:]


def test_what_a_vendor_or_a_plan_says_is_never_a_template(world: Sandbox, tmp_path: Path) -> None:
    trace = tmp_path / "was-run"
    name = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trace}') }}}}"
    world.act(room="wolkvox", do="rename", campaign="77", name=name)
    hosts = {"wolkvox": host(account("wolkvox", world.url))}
    assert play(tmp_path / "plan", hosts).rc == 0
    document = json.loads((tmp_path / "plan/ev/plan.json").read_text())
    assert document["targets"][0]["vendor_name"] == name
    ran = play(tmp_path / "mapping", hosts, mode="apply", plan=document)
    assert (ran.rc, "campaign_teardown_plan: must be text" in ran.text) == (2, True)
    ran = play(tmp_path / "path", hosts, mode="apply", plan=str(tmp_path / "plan/ev/plan.json"))
    assert ran.rc == 0, ran.text[-3000:]
    assert not trace.exists()


@pytest.mark.parametrize(
    ("arguments", "keywords", "real"),
    [
        (["--check"], {}, False),
        ([], {"check_mode": True}, False),
        (["--check"], {"check_mode": False}, True),
    ],
)
def test_check_mode_is_what_the_task_obeys(
    world: Sandbox, tmp_path: Path, arguments: list[str], keywords: dict[str, Any], real: bool
) -> None:
    spring = account("wolkvox", world.url, {"campaign_id": "78", "all_records": True})
    ran = play(tmp_path, {"wolkvox": host(spring)}, *arguments, keywords=keywords, mode="apply")
    assert ran.rc == 0, ran.text[-3000:]
    assert (bool(writes(world)), (tmp_path / "ev/evidence.json").exists()) == (real, real)
    assert (tmp_path / "ev").exists() == real


@pytest.mark.parametrize("keywords", [{"serial": 1}, {"strategy": "free"}, {"strategy": "host_pinned"}])
def test_hosts_that_would_not_be_one_run_are_refused(
    world: Sandbox, tmp_path: Path, all_hosts: dict[str, Any], keywords: dict[str, Any]
) -> None:
    ran = play(tmp_path, all_hosts, keywords=keywords, mode="apply")
    assert ran.rc != 0
    assert writes(world) == []


def test_become_is_not_for_the_accounts(world: Sandbox, tmp_path: Path) -> None:
    keywords = {"become": True, "become_method": "su", "become_user": "nobody", "become_exe": "/bin/false"}
    ran = play(tmp_path, {"plum": host(account("plum", world.url))}, keywords=keywords, mode="apply")
    assert (ran.rc, evidence(tmp_path)["plum"][0]) == (0, "accepted"), ran.text[-2000:]


def test_a_host_whose_variables_cannot_be_read_is_told(world: Sandbox, tmp_path: Path) -> None:
    broken = host(account("wolkvox", world.url))
    broken["campaign_teardown_connection"]["token"] = "{{ vault_that_nobody_has }}"
    hosts = {"plum": host(account("plum", world.url)), "wolkvox": broken, "nothing": {"ansible_connection": "local"}}
    ran = play(tmp_path, hosts, mode="apply")
    assert ran.rc == 2
    told = evidence(tmp_path)
    assert told["plum"][0] == "accepted"
    assert "vault_that_nobody_has" in told["wolkvox"][1]
    assert "campaign_teardown_vendor is missing" in told["nothing"][1]


def test_a_timeout_ends_the_engine_with_the_task(world: Sandbox, tmp_path: Path) -> None:
    queues = [{"application_id": "100", "deployment_id": str(number)} for number in range(300, 360)]
    world.seed({**SEED, "plum": {**SEED["plum"], "fuse": {f"100/{each['deployment_id']}": 1 for each in queues}}})
    world.fault(do="delay", seconds=1, method="DELETE", path="/fuse/*", times=None)
    plum = account("plum", world.url, *queues, concurrency=1)
    task = {"telephony.outbound.teardown": {"mode": "apply", "max_targets": 500}, "timeout": 20}
    ran = play(tmp_path, {"plum": host(plum)}, keywords={"roles": [], "tasks": [task]})
    assert ran.rc == 2
    then = len(writes(world))
    time.sleep(3)
    assert len(writes(world)) == then
    rows = json.loads((tmp_path / "ev/evidence.json").read_text())["results"]
    assert sum(row["outcome"] == "not_sent" for row in rows) <= 60 - then
    assert sum(row["outcome"] in ("accepted", "in_doubt") for row in rows) >= then


def test_a_plan_goes_from_job_to_job_packed(world: Sandbox, tmp_path: Path) -> None:
    hosts = {"wolkvox": host(account("wolkvox", world.url))}
    task = {"telephony.outbound.teardown": {"hand_over": "packed"}}
    ran = play(
        tmp_path / "plan",
        hosts,
        keywords={"roles": [], "tasks": [task]},
        environment={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
    )
    assert ran.rc == 0, ran.text[-3000:]
    handed = json.loads(ran.stdout.partition("RUN: ")[2].strip().splitlines()[0])
    sha256 = hashlib.sha256((tmp_path / "plan/ev/plan.json").read_bytes()).hexdigest()
    assert handed["campaign_teardown_plan_sha256"] == sha256
    packed = handed["campaign_teardown_plan"]
    ran = play(tmp_path / "apply", hosts, mode="apply", plan=packed, approved_sha256=sha256, require_approval=True)
    assert ran.rc == 0, ran.text[-3000:]
