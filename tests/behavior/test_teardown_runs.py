# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs over all vendors at once: the evidence agrees with the sandbox's record."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum.outbound_cancel import OutboundCancel
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import run_folder, sealing
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account, RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import FORMAT, packed
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.jobs import AccountJobs
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan_use import PlanUse
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_folder
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.vocabulary import OUTCOMES
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.guard import until
from ansible_collections.telephony.outbound.tests.support.in_process import carry_out
from ansible_collections.telephony.outbound.tests.support.runs import (
    CANARIES,
    SEED,
    VENDORS,
    account,
    accounts,
    everything,
    evidence,
    make_run,
    outcomes,
    run,
    run_with_engine,
)
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.schemas import validator

PROJECT = Path(__file__).parents[2]
FILES = {"run.json", "plan.json", "evidence.json", "evidence.csv", "report.html", "SHA256SUMS", "result.json"}


def writes(sandbox: Sandbox) -> list[str]:
    """Return the requests that changed something."""
    return [f"{entry['method']} {entry['path']}" for entry in sandbox.journal() if entry["changes"]]


def others(world: Sandbox, vendor: str) -> list[Account]:
    return [each for each in accounts(world.url) if each.vendor != vendor]


def plan_sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest()


def planned(world: Sandbox, folder: Path, *given: Account, **options: Any) -> dict[str, Any]:
    """Make a plan; return the options that apply it."""
    found = run(list(given) or accounts(world.url), folder / "plan", "plan", **options)
    assert not found.failed, found.reasons
    return {"plan": str(folder / "plan/plan.json"), "approved_sha256": plan_sha256(folder / "plan")}


# --- plan, apply, evidence --------------------------------------------------------------------------------------------


def test_a_plan_changes_nothing_anywhere(world: Sandbox, tmp_path: Path) -> None:
    found = run(accounts(world.url), tmp_path / "plan", "plan")
    assert (found.state, found.failed, found.changed) == ("nothing_sent", False, False), (found.reasons, found.rows)
    assert [change["do"] for change in world.changes() if change["do"] != "token"] == []
    names = {path.name for path in (tmp_path / "plan").iterdir()}
    assert names == {"run.json", "plan.json", "result.json", "SHA256SUMS"}
    assert found.plan_sha256 == plan_sha256(tmp_path / "plan")


def test_an_apply_does_what_was_approved_and_tells_it(world: Sandbox, tmp_path: Path) -> None:
    approved = planned(world, tmp_path)
    found = run_with_engine(
        accounts(world.url), tmp_path / "ev", require_approval=True, approved_by="Grace", **approved
    )
    assert (found.state, found.changed) == ("done", True), found
    assert outcomes(tmp_path / "ev") == {vendor: [description(vendor).run.outcome] for vendor in VENDORS}
    assert len(writes(world)) == len(VENDORS)
    campaigns = world.state()["wolkvox"]["campaigns"]
    assert [campaigns[number]["records"] for number in ("77", "78")] == [0, 9]
    document = json.loads((tmp_path / "ev/evidence.json").read_text())
    assert document["run"]["plan_sha256"] == approved["approved_sha256"]
    assert document["run"]["approval"]["by"] == "Grace"
    assert document["run"]["version"] == "0.0.0"
    assert json.loads((tmp_path / "ev/result.json").read_text())["state"] == "done"


def test_every_target_has_its_times_and_the_vendors_words(world: Sandbox, tmp_path: Path) -> None:
    run(accounts(world.url), tmp_path / "ev")
    for entry in evidence(tmp_path / "ev"):
        times = [entry["times"][name] for name in ("begun", "sent", "answered")]
        times += [entry["times"]["confirmed"]] if entry["verified"] else []
        assert None not in times, entry
        assert times == sorted(times)
        assert entry["verified"] or entry["times"]["confirmed"] is None
        assert entry["vendor_said"][0].startswith("HTTP 20")
    genesys = next(entry for entry in evidence(tmp_path / "ev") if entry["vendor"] == "genesys")
    assert "RecordCancelAcknowledge" in genesys["vendor_said"][1]
    assert next(entry["backup_file"] for entry in evidence(tmp_path / "ev") if entry["vendor"] == "wolkvox").startswith(
        "backups/"
    )
    assert not [secret for secret in CANARIES.values() if secret in everything(tmp_path / "ev")]


def test_evidence_has_the_shape_that_its_schema_says(world: Sandbox, tmp_path: Path) -> None:
    schema = json.loads((PROJECT / "docs/schemas/evidence.json").read_text(encoding="utf-8"))
    genesys = account("genesys", world.url)
    wrong = {**genesys.targets[0], "phone_number": "+15550100199"}
    given = [
        *others(world, "genesys"),
        account("genesys", world.url, genesys.targets[0], wrong, wait_timeout=2),
        replace(account("wolkvox", world.url), name="wrong", connection={}),
        account("plum", world.url, base_url="http://127.0.0.1:9/fuse", timeout=1),
    ]
    given[-1] = replace(given[-1], name="away")
    run(given, tmp_path / "one", mask_key="a key that somebody keeps", allow_missing_accounts=True)
    run(accounts(world.url), tmp_path / "two", mask_phone_numbers=False, again=True)
    words = set()
    for folder in ("one", "two"):
        found = json.loads((tmp_path / folder / "evidence.json").read_text(encoding="utf-8"))
        validator(schema).validate(found)
        words |= {entry["outcome"] for entry in found["results"]}
    assert words >= {"cleared", "accepted", "already_clear", "failed", "not_sent"}
    # The schema knows every word that this version writes.
    assert set(schema["$defs"]["target"]["properties"]["outcome"]["enum"]) == set(OUTCOMES)
    assert schema["properties"]["format"]["const"] == FORMAT


def test_evidence_is_made_again_only_with_the_key_that_it_has(world: Sandbox, tmp_path: Path) -> None:
    run(accounts(world.url), tmp_path / "ev", mask_key="a key that somebody keeps")
    first = (tmp_path / "ev/evidence.json").read_bytes()
    assert json.loads(first)["run"]["masking"]["key"] == "kept"
    for key in ({}, {"mask_key": "another key, by mistake"}):
        found = run([], tmp_path / "ev", "evidence", **key)
        assert (found.state, found.failed) == ("nothing_sent", True)
        assert "mask_key is not the key" in found.reasons[0]
    assert run([], tmp_path / "ev", "evidence", mask_key="a key that somebody keeps").state == "done"
    assert (tmp_path / "ev/evidence.json").read_bytes() == first


def test_an_account_that_is_called_like_a_phone_number_is_refused(world: Sandbox, tmp_path: Path) -> None:
    """Journals are masked, so that a second start would not know what the first one has done."""
    for name in ("+1 555 010 0123", "desk +15550100123"):
        outcome = run([replace(account("plum", world.url), name=name)], tmp_path / "ev")
        assert outcome.state == "nothing_sent"
        assert "***0123 has a phone number, which the files of a run mask" in outcome.reasons[0]
    assert [entry["method"] for entry in world.journal()].count("DELETE") == 0
    assert "0100123" not in (tmp_path / "ev/result.json").read_text()


def test_evidence_with_a_forgotten_key_is_made_again_alike(world: Sandbox, tmp_path: Path) -> None:
    run(accounts(world.url), tmp_path / "ev")
    first = (tmp_path / "ev/evidence.json").read_bytes()
    assert json.loads(first)["run"]["masking"]["key"] == "forgotten"
    run([], tmp_path / "ev", "evidence")
    assert (tmp_path / "ev/evidence.json").read_bytes() == first


def test_evidence_is_not_made_of_another_plan_and_a_run_is_not_continued_on_lines_about_others(
    world: Sandbox, tmp_path: Path
) -> None:
    folder, given = tmp_path / "ev", [account("wolkvox", world.url)]
    run(given, folder)
    plan = (folder / "plan.json").read_text()
    (folder / "plan.json").write_text(plan.replace("A test of runs", "Another reason") + "\n")
    found = run([], folder, "evidence")
    assert (found.state, found.failed) == ("nothing_sent", True)
    assert "is not the plan of that run" in found.reasons[0]
    (folder / "plan.json").write_text(plan)
    # As if the run had been killed, and its journal told of the campaign 79.
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**about, "ended": None}))
    journal = folder / "journal-wolkvox.jsonl"
    journal.write_text(journal.read_text().replace('"campaign_id": "77"', '"campaign_id": "79"'))
    run(given, folder, "evidence")
    assert outcomes(folder) == {"wolkvox": ["in_doubt"]}
    world.act(room="wolkvox", do="add_records", campaign="77", records=15)
    assert run(given, folder).state == "done"
    assert world.state()["wolkvox"]["campaigns"]["77"]["records"] == 0


def test_the_folder_of_a_run_is_private_whole_and_sealed(world: Sandbox, tmp_path: Path) -> None:
    run(accounts(world.url), tmp_path / "ev")
    names = {path.name for path in (tmp_path / "ev").iterdir()}
    assert names == FILES | {"backups"} | {f"journal-{name}.jsonl" for name in VENDORS}
    for path in (tmp_path / "ev").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    checked = subprocess.run(
        ["/usr/bin/env", "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path / "ev", check=False
    )
    assert checked.returncode == 0
    text = everything(tmp_path)
    assert not [canary for canary in CANARIES.values() if canary in text]
    shown = (tmp_path / "ev/evidence.json").read_text() + (tmp_path / "ev/report.html").read_text()
    assert "15550100123" not in shown


def test_wolkvox_is_stopped_cleared_and_started_again(world: Sandbox, tmp_path: Path) -> None:
    spring = account("wolkvox", world.url, {"campaign_id": "78", "all_records": True})
    found = run([spring], tmp_path / "ev", start_again=True)
    assert found.state == "done", found
    assert evidence(tmp_path / "ev")[0]["steps"] == ["stopped", "cleared", "started"]
    campaign = world.state()["wolkvox"]["campaigns"]["78"]
    assert (campaign["status"], campaign["records"]) == ("started", 0)


def test_a_campaign_that_will_not_be_cleared_is_not_stopped(world: Sandbox, tmp_path: Path) -> None:
    refused = account("wolkvox", world.url, {"campaign_id": "78", "all_records": True, "campaign_name": "Autumn"})
    assert run([refused], tmp_path / "ev").failed
    assert writes(world) == []
    assert world.state()["wolkvox"]["campaigns"]["78"]["status"] == "started"


def test_check_mode_sends_nothing_and_writes_nothing(world: Sandbox, tmp_path: Path) -> None:
    for mode in ("plan", "apply"):
        found = run(accounts(world.url), tmp_path / "ev", mode, check_mode=True)
        assert (found.state, found.failed) == ("nothing_sent", False)
    assert writes(world) == []
    assert list(tmp_path.iterdir()) == []


# --- reasons not to apply ---------------------------------------------------------------------------------------------


def refused(world: Sandbox, folder: Path, words: str, given: list[Account] | None = None, **options: Any) -> None:
    found = run(accounts(world.url) if given is None else given, folder, **options)
    assert found.state == "nothing_sent"
    assert any(words in reason for reason in found.reasons), found.reasons
    assert writes(world) == []


def test_guards_are_data(world: Sandbox, tmp_path: Path) -> None:
    approved = planned(world, tmp_path)
    plan = {"plan": approved["plan"]}
    refused(world, tmp_path / "a", "is not approved", require_approval=True, **plan)
    refused(world, tmp_path / "b", "for another plan", approved_sha256="0" * 64, **plan)
    refused(world, tmp_path / "c", "is protected by 'winter'", protected=["winter"], **plan)
    refused(world, tmp_path / "d", f"{len(VENDORS)} targets, and 1 are allowed", max_targets=1, **plan)
    refused(world, tmp_path / "e", "expired", approved_until="2020-01-01", **approved)
    refused(world, tmp_path / "f", "this play does not", others(world, "plum"), **plan)
    refused(world, tmp_path / "g", "reason is required", reason=" ", **plan)
    refused(world, tmp_path / "h", "This apply has no plan", require_approval=True)
    elsewhere = [account("plum", world.url, email="other@example.com"), *others(world, "plum")]
    refused(world, tmp_path / "i", "The login of the account plum is not the planned one", elsewhere, **plan)
    os.mkfifo(tmp_path / "pipe")
    refused(world, tmp_path / "j", "it is not a regular file", plan=str(tmp_path / "pipe"))
    refused(world, tmp_path / "k", "cannot be read", plan="a\0b")
    for name in "abcdefghijk":
        assert [path.name for path in (tmp_path / name).iterdir()] == ["result.json"]
        assert json.loads((tmp_path / name / "result.json").read_text())["state"] == "nothing_sent"


def test_a_plan_that_broke_its_limits_cannot_be_applied(world: Sandbox, tmp_path: Path) -> None:
    found = run(accounts(world.url), tmp_path / "plan", "plan", protected=["Winter*"])
    assert found.reasons
    given = {"plan": str(tmp_path / "plan/plan.json"), "approved_sha256": plan_sha256(tmp_path / "plan")}
    refused(world, tmp_path / "ev", "is protected by 'Winter*'", **given)


def test_an_altered_plan_is_not_applied(world: Sandbox, tmp_path: Path) -> None:
    planned(world, tmp_path)
    file = tmp_path / "plan/plan.json"
    file.write_text(file.read_text().replace('"campaign_id": "77"', '"campaign_id": "79"'))
    refused(world, tmp_path / "ev", "was altered", plan=str(file))


def test_a_plan_is_used_once(world: Sandbox, tmp_path: Path) -> None:
    approved = planned(world, tmp_path, account("wolkvox", world.url))
    assert run([account("wolkvox", world.url)], tmp_path / "one", **approved).state == "done"
    world.act(room="wolkvox", do="add_records", campaign="77", records=15)
    for folder in ("one", "two"):
        found = run([account("wolkvox", world.url)], tmp_path / folder, **approved)
        assert found.state == "nothing_sent"
        assert "again" in found.reasons[0]
    assert world.state()["wolkvox"]["campaigns"]["77"]["records"] == 15
    assert outcomes(tmp_path / "one") == {"wolkvox": ["cleared"]}


@pytest.mark.parametrize("step", [(run_folder.RunFolder, "claim"), (PlanUse, "claim"), (run_folder.RunFolder, "write")])
def test_a_run_that_was_killed_before_it_sent_anything_goes_on(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[type, str]
) -> None:
    given, approved = [account("wolkvox", world.url)], planned(world, tmp_path, account("wolkvox", world.url))

    real = getattr(*step)

    def killed_before(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    def killed_after(*arguments: Any) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    for killed in (killed_before, killed_after):
        with monkeypatch.context() as patched:
            patched.setattr(*step, killed)
            with pytest.raises(KeyboardInterrupt):
                run(given, tmp_path / "ev", **approved)
    assert (writes(world), run(given, tmp_path / "ev", **approved).state) == ([], "done")


def test_a_plan_that_is_made_when_a_killed_run_goes_on_is_not_from_before_it(world: Sandbox, tmp_path: Path) -> None:
    claimed = {"format": FORMAT, "run_id": "therun", "mode": "apply", "started": "2026-01-01T00:00:00Z"}
    folder = run_folder.RunFolder(tmp_path / "ev")
    folder.make()
    folder.claim({**claimed, "version": "0.0.0"})
    assert run([account("wolkvox", world.url)], tmp_path / "ev").state == "done"
    assert verify_folder(tmp_path / "ev", Given(version="0.0.0")).findings == []


def test_a_copy_of_a_plan_is_the_plan(world: Sandbox, tmp_path: Path) -> None:
    """An approval holds for one use, however the plan is called or handed over."""
    approved = planned(world, tmp_path, account("wolkvox", world.url))
    assert run([account("wolkvox", world.url)], tmp_path / "one", **approved).state == "done"
    plan = Path(approved["plan"])
    copies = [plan.with_name("renamed.json"), tmp_path / "elsewhere/plan.json", tmp_path / "link.json"]
    copies[1].parent.mkdir()
    for copy in copies[:2]:
        copy.write_bytes(plan.read_bytes())
    copies[2].symlink_to(plan)
    (mark,) = plan.parent.glob(".*.applied")
    # Elsewhere no run is beside it, but the plan itself tells; and what was refused leaves no use behind.
    elsewhere = tmp_path / "another root/ev"
    for given, folder in (
        *((str(copy), tmp_path / f"copy-{copy.parent.name}-{copy.stem}") for copy in copies),
        (packed(plan.read_text("utf-8")), tmp_path / "packed"),
        (str(plan), elsewhere),
    ):
        found = run([account("wolkvox", world.url)], folder, **{**approved, "plan": given})
        assert "was used before" in str(found.reasons)
    # The same folder is no excuse where nothing in it is left of that run.
    shutil.rmtree(tmp_path / "one")
    assert "was used before" in str(run([account("wolkvox", world.url)], tmp_path / "one", **approved).reasons)
    assert len(writes(world)) == 1
    assert not list((elsewhere.parent / ".applied-plans").iterdir())
    # A run that was killed as it wrote the record of its use left it empty.
    mark.write_text("")
    found = run([account("wolkvox", world.url)], elsewhere, **approved)
    assert f"This plan was used before, as {mark} says. campaign_teardown_again: true" in str(found.reasons)


def test_what_became_another_campaign_is_refused(world: Sandbox, tmp_path: Path) -> None:
    approved = planned(world, tmp_path, account("wolkvox", world.url))
    world.act(room="wolkvox", do="rename", campaign="77", name="Emergency hotline")
    run([account("wolkvox", world.url)], tmp_path / "ev", **approved)
    assert outcomes(tmp_path / "ev") == {"wolkvox": ["refused"]}
    assert writes(world) == []


def test_a_folder_belongs_to_one_run(world: Sandbox, tmp_path: Path) -> None:
    run([account("wolkvox", world.url)], tmp_path / "ev")
    before = everything(tmp_path)
    world.seed(SEED)
    planned(world, tmp_path, account("plum", world.url))
    plan = {"plan": str(tmp_path / "plan/plan.json")}
    refused(world, tmp_path / "ev", "the run of another plan", [account("plum", world.url)], **plan)
    refused(world, tmp_path / "ev", "holds what is not this run's", mode="plan")
    assert before in everything(tmp_path)
    (tmp_path / "strange").mkdir(mode=0o700)
    (tmp_path / "strange/journal-wolkvox.jsonl").write_text("{}")
    refused(world, tmp_path / "strange", "holds what is not this run's")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    refused(world, tmp_path / "open", "nobody else may write to it")
    (tmp_path / "link").symlink_to(tmp_path / "strange")
    refused(world, tmp_path / "link", "cannot be used as the folder of a run")


# --- one faulty account -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"connection": {"base_url": "http://127.0.0.1:9/wolkvox"}}, "campaign_teardown_connection.token: is missing"),
        ({"connection": {"token": "", "base_url": "http://127.0.0.1:9"}}, "campaign_teardown_connection.token"),
        ({"connection": {"token": "x" * 9, "server": "12"}}, "campaign_teardown_connection.server"),
        ({"connection": {"token": "x" * 9, "server": "0010", "all_records": True}}, "all_records"),
        ({"connection": {"token": "x" * 9, "base_url": "http://u:canary-pw@127.0.0.1:9"}}, "base_url"),
        ({"vendor": "acme"}, "'acme' is not a vendor of this collection"),
        ({"error": "campaign_teardown_targets is missing or empty", "targets": []}, "missing or empty"),
        ({"targets": [{"campaign_id": "77"}]}, "campaign_teardown_targets[0].result"),
    ],
)
def test_an_account_that_is_wrong_is_told_and_the_others_go_on(
    world: Sandbox, tmp_path: Path, broken: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOLKVOX_TOKEN", account("wolkvox", world.url).connection["token"])
    wrong = replace(account("wolkvox", world.url), **broken)
    found = run([account("plum", world.url), wrong], tmp_path / "ev")
    assert found.state == "left"
    assert outcomes(tmp_path / "ev") == {"plum": ["accepted"], "wolkvox": ["not_sent"]}
    assert words in evidence(tmp_path / "ev")[1]["error"]["message"]
    assert "canary-pw" not in everything(tmp_path)
    assert len(writes(world)) == 1


def test_a_plum_that_cannot_be_reached_is_told_by_the_plan(world: Sandbox, tmp_path: Path) -> None:
    for connection in ({"developer_key": "a-wrong-developer-key"}, {"base_url": "http://127.0.0.1:9"}):
        found = run([account("plum", world.url, **connection)], tmp_path / str(len(connection)), check_mode=True)
        assert found.failed


# --- killed, canceled and resumed -------------------------------------------------------------------------------------

_RUN = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from ansible_collections.telephony.outbound.tests.support import runs
what = sys.argv[3]
kind = runs.accounts(sys.argv[1]) if what == "all" else []
if what == "genesys":
    kind = [runs.account(what, sys.argv[1])]
if what == "queues":
    for name, start in (("first", 300), ("second", 900)):
        queues = [{"application_id": "100", "deployment_id": str(number)} for number in range(start, start + 600)]
        kind.append(replace(runs.account("plum", sys.argv[1], *queues, concurrency=4), name=name))
runs.run_with_engine(kind, Path(sys.argv[2]), max_targets=5000)
"""


def start(url: str, folder: Path, what: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _RUN, url, str(folder), what])


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found += [int(entry.name), *children(int(entry.name))]
    return found


def send(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    send([*children(process.pid), process.pid], signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("point", ["run.json", "plan.json", "journal-wolkvox.jsonl", "write", "evidence.csv"])
def test_a_killed_run_is_told_truthfully_and_goes_on(world: Sandbox, tmp_path: Path, point: str) -> None:
    world.settings(latency=0.05)
    folder = tmp_path / "ev"
    process = start(world.url, folder, "all")
    if point == "write":
        until(lambda: writes(world) or process.poll() is not None)
    else:
        until(lambda: (folder / point).exists() or process.poll() is not None)
    kill_all(process)
    until(lambda: all(entry["ended"] for entry in world.journal()))
    done = {entry["path"].split("/")[1] for entry in world.journal() if entry["changes"]}
    if (folder / "plan.json").exists():
        told = run([], folder, "evidence")
        for entry in evidence(folder):
            vendor = {"plum": "fuse"}.get(entry["account"], entry["account"])
            if entry["outcome"] == "not_sent":
                assert vendor not in done, entry
        assert told.changed is False
    found = run(accounts(world.url), folder)
    if "carried out to its end" in str(found.reasons):
        return  # it was faster than the signal
    ended = {name: words[0] for name, words in outcomes(folder).items()}
    unread = {"plum": ("accepted",), "genesys": ("cleared", "in_doubt")}
    for vendor in VENDORS:
        assert ended[vendor] in unread.get(vendor, ("cleared", "already_clear")), ended
    assert found.state in ("done", "in_doubt")
    cleared = [change for change in world.changes() if change.get("do") == "clear"]
    assert [change["records"] for change in cleared if change["records"]] == [20]


def test_an_earlier_result_never_speaks_for_a_killed_run(world: Sandbox, tmp_path: Path) -> None:
    world.fault(do="hang", method="POST", path="/genesys/api/v2/me/outbound-records", seconds=60)
    folder = tmp_path / "ev"
    assert run([account("genesys", world.url)], folder, reason="").state == "nothing_sent"
    assert (folder / "result.json").exists()
    process = start(world.url, folder, "genesys")
    until(lambda: any(entry["path"].endswith("outbound-records") for entry in world.journal()))
    kill_all(process)
    assert not (folder / "result.json").exists()


def test_what_a_killed_run_of_genesys_left_open_is_not_sent_again_by_itself(world: Sandbox, tmp_path: Path) -> None:
    world.fault(do="hang", method="POST", path="/genesys/api/v2/me/outbound-records", seconds=60)
    process = start(world.url, tmp_path / "ev", "genesys")

    def cancels() -> list[dict[str, Any]]:
        return [entry for entry in world.journal() if entry["path"].endswith("outbound-records")]

    until(cancels)
    kill_all(process)
    found = run([account("genesys", world.url)], tmp_path / "ev")
    assert (found.state, outcomes(tmp_path / "ev")) == ("in_doubt", {"genesys": ["in_doubt"]})
    assert len(cancels()) == 1
    run([account("genesys", world.url)], tmp_path / "ev", again=True, resend_in_doubt=True)
    assert outcomes(tmp_path / "ev") == {"genesys": ["cleared"]}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_ansible_is_gone_nothing_more_is_begun(sandbox: Sandbox, tmp_path: Path, number: int) -> None:
    queues = {f"100/{queue}": 1 for queue in range(300, 1500)}
    sandbox.seed({**SEED, "plum": {**SEED["plum"], "fuse": queues}, "settings": {"latency": 0.02}})
    process = start(sandbox.url, tmp_path / "ev", "queues")
    until(lambda: len(writes(sandbox)) >= 10)
    engine = children(process.pid)
    process.send_signal(number)
    process.wait(60)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in engine))
    # An engine that went on would send all 1,200. How many are out when it notices depends on the machine.
    assert len(writes(sandbox)) < 600
    run([], tmp_path / "ev", "evidence")
    told = [word for words in outcomes(tmp_path / "ev").values() for word in words]
    assert told.count("accepted") + told.count("in_doubt") >= len(writes(sandbox))
    assert told.count("not_sent") <= 1200 - len(writes(sandbox))
    assert "not_sent" in told


def test_an_account_whose_process_dies_is_its_own_doubt(world: Sandbox, tmp_path: Path) -> None:
    world.fault(do="hang", method="DELETE", path="/wolkvox/*", seconds=60)
    process = start(world.url, tmp_path / "ev", "all")
    until(lambda: any(e["method"] == "DELETE" and e["path"].startswith("/wolkvox") for e in world.journal()))
    journal = tmp_path / "ev/journal-wolkvox.jsonl"
    until(lambda: '"begun"' in journal.read_text())
    (engine,) = [pid for pid in children(process.pid) if pid in _direct(process.pid)]
    send(_direct(engine), signal.SIGKILL)
    assert process.wait(60) == 0
    assert outcomes(tmp_path / "ev")["wolkvox"] == ["in_doubt"]


def _direct(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def test_a_folder_stays_locked_while_the_engine_of_a_killed_run_works(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fault(do="delay", method="DELETE", path="/wolkvox/*", seconds=5)
    process = start(world.url, tmp_path / "ev", "all")
    until(lambda: any(e["method"] == "DELETE" and e["path"].startswith("/wolkvox") for e in world.journal()))
    engine = children(process.pid)
    # As one that has much to do: it ends only when it was seen that it holds the folder.
    send(engine, signal.SIGSTOP)
    process.kill()
    process.wait()
    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "_LOOKS_AT_LOCK", 2)
        found = run(accounts(world.url), tmp_path / "ev")
    send(engine, signal.SIGCONT)
    assert "nother process works in" in str(found.reasons)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in engine))
    assert run(accounts(world.url), tmp_path / "ev").state in ("done", "in_doubt")
    assert outcomes(tmp_path / "ev")["wolkvox"] == ["cleared"]


def spring(world: Sandbox) -> Account:
    """Return an account whose one campaign is running."""
    return account("wolkvox", world.url, {"campaign_id": "78", "all_records": True})


def test_what_was_stopped_and_not_cleared_was_sent(world: Sandbox, tmp_path: Path) -> None:
    """The campaign grows while it settles, so the clear is refused."""
    approved = planned(world, tmp_path, spring(world))
    world.fault(
        do="act",
        method="PUT",
        path="/wolkvox/*",
        when="after",
        act={"room": "wolkvox", "do": "add_records", "campaign": "78", "records": 50},
    )
    found = run([spring(world)], tmp_path / "ev", **approved)
    (entry,) = evidence(tmp_path / "ev")
    assert (entry["outcome"], entry["steps"][:1]) == ("refused", ["stopped"])
    assert entry["changed"] is True
    assert (found.state, found.changed) == ("left", True)


@pytest.mark.parametrize("start_again", [True, False])
def test_a_stop_of_which_a_killed_run_tells_no_end_is_a_doubt(
    world: Sandbox, tmp_path: Path, start_again: bool
) -> None:
    approved = planned(world, tmp_path, spring(world), start_again=start_again)
    world.fault(do="hang", method="PUT", path="/wolkvox/*", when="after", seconds=60)
    script = _RUN.replace("_engine(kind,", f"_engine([runs.account('wolkvox', sys.argv[1], {SPRING})],")
    script = script.replace("max_targets=5000", f"start_again={start_again}, **{approved}")
    process = subprocess.Popen([sys.executable, "-c", script, world.url, str(tmp_path / "ev"), "none"])
    until(lambda: world.state()["wolkvox"]["campaigns"]["78"]["status"] == "stopped")
    kill_all(process)
    told = run([], tmp_path / "ev", "evidence")
    (entry,) = evidence(tmp_path / "ev")
    assert (told.state, entry["outcome"], entry["steps"]) == ("in_doubt", "in_doubt", ["stop_in_doubt"])
    assert run([spring(world)], tmp_path / "ev", start_again=start_again).state == "done"
    (entry,) = evidence(tmp_path / "ev")
    campaign = world.state()["wolkvox"]["campaigns"]["78"]
    assert (campaign["status"], campaign["records"]) == ("started" if start_again else "stopped", 0)
    assert entry["steps"] == (["cleared", "started"] if start_again else ["cleared"])


SPRING = {"campaign_id": "78", "all_records": True}


def test_a_cancel_in_doubt_is_not_sent_again_by_itself(world: Sandbox, tmp_path: Path) -> None:
    world.fault(do="reset", method="POST", path="/genesys/api/v2/me/outbound-records", when="before")
    genesys = account("genesys", world.url, wait_timeout=1)
    assert run([genesys], tmp_path / "ev").state == "in_doubt"
    assert run([genesys], tmp_path / "ev", again=True).state == "in_doubt"
    assert len([e for e in world.journal() if e["path"].endswith("outbound-records")]) == 1
    assert run([genesys], tmp_path / "ev", again=True, resend_in_doubt=True).state == "done"


@pytest.mark.parametrize("status", [401, 403])
def test_a_later_start_that_gets_nowhere_does_not_settle_a_doubt(world: Sandbox, tmp_path: Path, status: int) -> None:
    world.fault(do="reset", method="DELETE", when="after", times=2)
    given = [account(vendor, world.url, wait_timeout=0) for vendor in ("plum", "wolkvox")]
    world.fault(do="status", method="GET", path="/wolkvox/*", skip=5, times=None, status=500)
    assert run(given, tmp_path / "ev").state == "in_doubt"
    world.fault(do="status", status=status, times=None)
    found = run(given, tmp_path / "ev", again=True)
    assert (found.state, outcomes(tmp_path / "ev")) == ("in_doubt", {"plum": ["in_doubt"], "wolkvox": ["in_doubt"]})
    for entry in evidence(tmp_path / "ev"):
        assert entry["changed"]
        assert entry["error"]["message"].startswith("an earlier start of this run may have carried it out; then: ")
    assert {change["do"] for change in world.changes()} == {"cancel", "clear"}


def test_plans_of_one_moment_are_two_plans(world: Sandbox, tmp_path: Path) -> None:
    """An approval, and the use of a plan, are for one of two plans that say the same of the same second."""
    given, alike = [account("wolkvox", world.url)], {"reason": "End of season"}
    now = datetime.now(UTC)
    runs = [make_run(given, tmp_path / name, "plan", **alike) for name in ("one", "two")]
    for each in runs:
        each._parts = replace(each._parts, now=now)
        carry_out(each)
    one, two = (json.loads((tmp_path / name / "plan.json").read_text()) for name in ("one", "two"))
    assert {name for name in one if one[name] != two[name]} == {"plan_id"}
    approved = {"plan": str(tmp_path / "one/plan.json"), "approved_sha256": plan_sha256(tmp_path / "one"), **alike}
    assert "is for another plan" in str(
        run(given, tmp_path / "ev", **{**approved, "plan": str(tmp_path / "two/plan.json")}).reasons
    )


@pytest.mark.parametrize("failure", ["seal", "ledger"])
def test_what_was_done_is_told_when_it_cannot_be_sealed(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    if failure == "seal":
        monkeypatch.setattr(run_folder.RunFolder, "seal", broken)
    else:
        monkeypatch.setattr(sealing, "append", broken)
    found = run([account("wolkvox", world.url)], tmp_path / "ev")
    assert (found.state, found.changed, found.failed) == ("done", True, True)
    assert "not sealed and in the ledger: [Errno 5] Input/output error. campaign_teardown_mode=evidence" in str(
        found.reasons
    )
    result = json.loads((tmp_path / "ev/result.json").read_text())
    assert (result["state"], result["failed"], result["reasons"]) == ("done", True, found.reasons)
    assert len(writes(world)) == 1


def test_without_its_journal_a_cancel_is_not_sent_again_by_itself(world: Sandbox, tmp_path: Path) -> None:
    genesys = account("genesys", world.url)
    assert run([genesys], tmp_path / "ev").state == "done"
    (tmp_path / "ev/journal-genesys.jsonl").unlink()
    found = run([genesys], tmp_path / "ev", again=True)
    assert "nobody can know what was sent" in found.reasons[0]
    assert found.state == "in_doubt"
    cancel = "POST /genesys/api/v2/me/outbound-records"
    assert world.sent().count(cancel) == 1
    assert run([genesys], tmp_path / "ev", again=True, resend_in_doubt=True).state == "done"
    assert world.sent().count(cancel) == 2


def test_what_was_sent_is_never_told_as_not_sent_when_the_evidence_fails(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").write_text("")
    do = AccountJobs.do

    def engine(self: AccountJobs, jobs: Any) -> Any:
        told = do(self, jobs)
        for journal in (tmp_path / "ev").glob("journal-*"):
            journal.unlink()
            journal.symlink_to(tmp_path / "elsewhere")
        return told

    monkeypatch.setattr(AccountJobs, "do", engine)
    found = run([account("wolkvox", world.url)], tmp_path / "ev")
    assert writes(world)
    assert (found.state, found.failed) == ("in_doubt", True)
    assert json.loads((tmp_path / "ev/result.json").read_text())["state"] == "in_doubt"


@pytest.mark.parametrize("gone", ["ev", "ev/journal-plum.jsonl"])
def test_what_was_sent_is_a_doubt_when_its_journal_is_gone(
    gone: str, world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was removed, moved or unmounted meanwhile is no proof that nothing was sent."""
    do = AccountJobs.do

    def engine(self: AccountJobs, jobs: Any) -> Any:
        told = do(self, jobs)
        if writes(world):
            (tmp_path / gone).rename(tmp_path / "elsewhere")
        return told

    monkeypatch.setattr(AccountJobs, "do", engine)
    found = run([account("plum", world.url)], tmp_path / "ev")
    assert len(writes(world)) == 1
    assert (found.state, found.failed, found.changed) == ("in_doubt", True, True)
    assert [(entry["outcome"], entry["changed"]) for entry in found.entries] == [("in_doubt", True)]


def test_a_journal_that_is_removed_meanwhile_ends_the_account(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was recorded is gone, so the first target is a doubt; nothing is sent without a record."""
    cancel = OutboundCancel.write

    def remove(self: Any, *given: Any) -> None:
        cancel(self, *given)
        (tmp_path / "ev/journal-plum.jsonl").unlink()

    monkeypatch.setattr(OutboundCancel, "write", remove)
    queues = [{"application_id": "100", "deployment_id": number} for number in ("200", "201")]
    found = run([account("plum", world.url, *queues, concurrency=1)], tmp_path / "ev")
    assert len(writes(world)) == 1
    assert (found.state, found.failed) == ("in_doubt", True)
    assert [entry["outcome"] for entry in found.entries] == ["in_doubt"] * 2
    assert "it was removed meanwhile" in found.reasons[0]


def test_an_interrupt_whose_folder_is_gone_is_no_proof_that_nothing_was_sent(
    world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = AccountJobs.do

    def engine(self: AccountJobs, jobs: Any) -> Any:
        told = do(self, jobs)
        if writes(world):
            (tmp_path / "ev").rename(tmp_path / "elsewhere")
            raise TimeoutError
        return told

    monkeypatch.setattr(AccountJobs, "do", engine)
    shown: list[str] = []
    monkeypatch.setattr(RunContext, "show_table", lambda _self, table: shown.append(table))
    assert run([account("plum", world.url)], tmp_path / "ev").state == "in_doubt"
    assert "in_doubt" in shown[-1]


def test_evidence_in_check_mode_writes_nothing(world: Sandbox, tmp_path: Path) -> None:
    run([account("wolkvox", world.url)], tmp_path / "ev")
    before = {path: path.read_bytes() for path in (tmp_path / "ev").rglob("*") if path.is_file()}
    found = run([], tmp_path / "ev", "evidence", check_mode=True)
    assert found.state == "done"
    assert {path: path.read_bytes() for path in (tmp_path / "ev").rglob("*") if path.is_file()} == before


def test_a_talkative_engine_does_not_hang(world: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONVERBOSE", "1")
    assert run_with_engine([account("wolkvox", world.url)], tmp_path / "ev").state == "done"


def test_a_folder_of_something_else_is_left_as_it_is(world: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    (folder / "result.json").write_text("[1]")
    refused(world, tmp_path / "home", "holds what is not this run's")
    (folder / "letter.txt").write_text("dear")
    refused(world, tmp_path / "home", "holds what is not this run's")
    assert (folder / "result.json").read_text() == "[1]"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_run_that_sent_nothing_frees_only_its_own_use_of_a_plan(world: Sandbox, tmp_path: Path) -> None:
    approved = planned(world, tmp_path, account("wolkvox", world.url))
    assert run([account("wolkvox", world.url)], tmp_path / "one", **approved).state == "done"
    world.act(room="wolkvox", do="add_records", campaign="77", records=90)
    again = run([account("wolkvox", world.url)], tmp_path / "two", again=True, **approved)
    assert (again.state, outcomes(tmp_path / "two")) == ("nothing_sent", {"wolkvox": ["refused"]})
    refused_now = run([account("wolkvox", world.url)], tmp_path / "three", **approved)
    assert "was used before" in str(refused_now.reasons)


def test_a_credential_in_a_target_is_in_no_file(world: Sandbox, tmp_path: Path) -> None:
    wrong = account("wolkvox", world.url, {"campaign_id": "77", "all_records": True, "token": "canary-misplaced"})
    for connection in ({}, {"unheard_of": 1}):
        given = replace(wrong, connection={**wrong.connection, **connection})
        run([given], tmp_path / f"plan{len(connection)}", "plan")
        run([given], tmp_path / f"ev{len(connection)}")
    assert "canary-misplaced" not in everything(tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"plan": "~nobody-of-that-name/plan.json"}, "cannot be read"),
        ({"approved_until": "9999-12-31T23:59:59-12:00", "approved_sha256": "0" * 64}, "is not a time"),
    ],
)
def test_values_that_no_clock_or_folder_knows_are_told(
    world: Sandbox, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    refused(world, tmp_path / "ev", words, [account("wolkvox", world.url)], **options)


def test_what_a_kill_left_of_the_look_for_room_is_in_nobodys_way(world: Sandbox, tmp_path: Path) -> None:
    process = start(world.url, tmp_path / "ev", "all")
    until((tmp_path / "ev/plan.json").exists)
    kill_all(process)
    (tmp_path / "ev/.room.part").write_text("")
    found = run(accounts(world.url), tmp_path / "ev")
    assert found.state in ("done", "in_doubt") or "carried out" in str(found.reasons)


@pytest.mark.parametrize("given", ['["77"]', "['77', '78']", "[77]"])
def test_a_list_of_protected_names_may_be_written_as_text(world: Sandbox, tmp_path: Path, given: str) -> None:
    refused(world, tmp_path / "ev", "is protected by '77'", [account("wolkvox", world.url)], protected=given)


def test_when_only_the_parent_of_the_worker_is_killed_nothing_more_is_begun(sandbox: Sandbox, tmp_path: Path) -> None:
    """As when ansible-playbook is killed: its worker is a fork, and stays alive."""
    queues = {f"100/{queue}": 1 for queue in range(300, 1500)}
    sandbox.seed({**SEED, "plum": {**SEED["plum"], "fuse": queues}, "settings": {"latency": 0.1}})
    script = f"import os, sys\nif os.fork():\n    os.wait()\n    sys.exit()\n{_RUN}"
    process = subprocess.Popen([sys.executable, "-c", script, sandbox.url, str(tmp_path / "ev"), "queues"])
    until(lambda: len(writes(sandbox)) >= 10)
    workers = children(process.pid)
    process.kill()
    process.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert len(writes(sandbox)) < 300
    told = [word for words in outcomes(tmp_path / "ev").values() for word in words]
    assert told.count("accepted") + told.count("in_doubt") >= len(writes(sandbox))
