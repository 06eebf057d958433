# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A teardown that is planned, signed, applied and verified by playbooks and ad-hoc commands."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core.version import VERSION
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import sha256_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import VERIFY_SPEC
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_ledger
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.ledgers import key_pair, needs_ssh_keygen, signed
from ansible_collections.telephony.outbound.tests.support.playbooks import run as run_plays
from ansible_collections.telephony.outbound.tests.support.runs import account, accounts, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


def verified(place: Path, /, **options: Any) -> tuple[int, dict[str, Any], str]:
    """Run the module in a play; return exit code, its result, and the output."""
    tasks = [
        {"telephony.outbound.teardown_verify": options, "register": "verified", "ignore_errors": True},
        {"ansible.builtin.copy": {"content": "{{ verified | to_json }}", "dest": str(place / "verified.json")}},
        {"ansible.builtin.assert": {"that": "verified is not failed"}},
    ]
    ran = run_plays([{"tasks": tasks}], place)
    return ran.rc, json.loads((place / "verified.json").read_text("utf-8")), ran.text


def test_runs_at_all_vendors_are_verified_and_a_changed_byte_is_named(world: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    running = account("wolkvox", world.url, {"campaign_id": "78", "all_records": True})
    run(accounts(world.url), root / "plan", "plan")
    run(accounts(world.url), root / "one", plan=str(root / "plan/plan.json"))
    run([running], root / "two", start_again=True, mask_phone_numbers=False)
    run(accounts(world.url), root / "three", mask_key="canary-mask-key")
    run(accounts(world.url), root / "three", again=True, mask_key="canary-mask-key")
    rc, result, text = verified(tmp_path / "in", ledger=str(root / "ledger.jsonl"), phone_numbers="+15550199999")
    assert (rc, result["findings"]) == (0, []), text[-3000:]
    assert result["msg"] == "4 runs are whole, unaltered and complete."
    assert (result["lookup"]["found"], result["lookup"]["places"]) == (None, [])
    assert "this proves nothing" in text
    assert [(entry["folder"], entry["mode"]) for entry in result["runs"]] == [
        ("plan", "plan"), ("one", "apply"), ("two", "apply"), ("three", "apply")
    ]  # fmt: skip
    # The version in runs of this test is 0.0.0, here word by word too.
    for key in ("", "canary-mask-key"):
        given = Given(version="0.0.0", mask_key=key)
        of_three = verify_ledger(root / "ledger.jsonl", given, only=root / "three" if key else None)
        assert of_three.findings == []

    evidence = root / "one/evidence.json"
    evidence.write_text(evidence.read_text("utf-8").replace('"cleared"', '"Cleared"', 1), "utf-8")
    rc, result, text = verified(tmp_path / "in", ledger=str(root / "ledger.jsonl"))
    assert rc == 2
    assert result["findings"][0]["file"] == "one/evidence.json"
    assert result["msg"].startswith("one/evidence.json: the file was altered or replaced")
    assert "one/evidence.json: the file was altered" in text


@needs_ssh_keygen
def test_a_plan_that_was_signed_is_applied_and_its_signer_is_named(world: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    grace, controller = key_pair(tmp_path, "grace"), key_pair(tmp_path, "controller")
    given = [account("wolkvox", world.url)]
    run(given, root / "plan", "plan", requested_by="grace@example.com")
    run(given, root / "other", "plan", requested_by="ada@example.com")

    def apply(name: str, **options: Any) -> Any:
        plan = root / name / "plan.json"
        told = {
            "plan": str(plan),
            "approved_sha256": sha256_of(plan.read_bytes()),
            "approval_signers": str(tmp_path / "grace.allowed"),
            "approval_signature": str(signed(plan, grace)),
            "sign_key": str(controller),
        }
        return run(given, root / f"{name}-{len(list(root.iterdir()))}", **{**told, **options})

    refused = apply("plan")
    assert (refused.state, "requested the teardown and signed its approval" in str(refused.reasons)) == (
        "nothing_sent", True
    )  # fmt: skip
    refused = apply("other", approval_signature=None)
    assert "campaign_teardown_approval_signature" in str(refused.reasons)
    assert [change for change in world.changes() if change["do"] != "token"] == []
    done = apply("other")
    assert done.state == "done", done.reasons
    folder = Path(done.folder)
    approved = json.loads((folder / "evidence.json").read_text("utf-8"))["run"]["approval"]
    assert (approved["by"], approved["signed_by"]) == ("grace@example.com", "grace@example.com")
    signers = tmp_path / "signers"
    signers.write_text("".join((tmp_path / f"{name}.allowed").read_text("ascii") for name in ("grace", "controller")))
    rc, result, text = verified(
        tmp_path / "in", ledger=str(root / "ledger.jsonl"), folder=str(folder), signers=str(signers)
    )
    assert rc == 0, text[-3000:]
    assert verify_ledger(root / "ledger.jsonl", Given(version="0.0.0", signers=str(signers))).findings == []
    assert sorted(result["signed_by"]) == ["controller@example.com", "grace@example.com"]


def test_the_playbook_and_ad_hoc(world: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    run([account("wolkvox", world.url)], root / "one")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(catalog.ROOT),
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "ANSIBLE_NOCOLOR": "1",
    }
    ledger = f"ledger={root}/ledger.jsonl"
    for program, *arguments in (
        ("ansible-playbook", "telephony.outbound.verify", "-e", ledger),
        ("ansible-playbook", "telephony.outbound.verify", "-e", f"folder={root}/one", "--check"),
        ("ansible", "localhost", "-m", "telephony.outbound.teardown_verify", "-a", ledger),
    ):
        done = subprocess.run(
            [catalog.BIN / program, *arguments],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 run is whole, unaltered and complete." in done.stdout + done.stderr or program == "ansible-playbook"
        assert "APPROVED BY" in done.stdout


UNVERIFIABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "one of the following is required: folder, ledger"),
    ({"folder": ""}, "one of the following is required: folder, ledger"),
    ({"ledger": "/nowhere/ledger.jsonl"}, "the ledger /nowhere/ledger.jsonl cannot be read"),
    ({"folder": "/nowhere"}, "/nowhere: the folder of a run is missing"),
    ({"folder": "/nowhere", "signers": "/nowhere/signers"}, "/nowhere/signers is not a file"),
    ({"folder": "/nowhere", "surplus": 1}, "surplus"),
]


def test_what_cannot_be_verified_is_no_success(tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {"telephony.outbound.teardown_verify": options, "register": f"case_{number}", "ignore_errors": True}
        for number, (options, _words) in enumerate(UNVERIFIABLE)
    ]
    results = ", ".join(task["register"] for task in tasks)
    kept = {"content": f"{{{{ [{results}] | to_json }}}}", "dest": str(tmp_path / "results.json")}
    ran = run_plays([{"tasks": [*tasks, {"ansible.builtin.copy": kept}]}], tmp_path)
    assert ran.rc == 0, ran.text[-3000:]
    told = json.loads((tmp_path / "results.json").read_text("utf-8"))
    for (options, words), result in zip(UNVERIFIABLE, told, strict=True):
        assert (result["failed"], words in result["msg"]) == (True, True), (options, result["msg"])
    assert "Traceback" not in ran.text


def test_the_page_has_the_options_of_the_spec() -> None:
    page = catalog.documentation()["teardown_verify"]["doc"]["options"]
    assert {name: option["type"] for name, option in page.items()} == {
        name: option["type"] for name, option in VERIFY_SPEC.items()
    }
    assert VERSION
