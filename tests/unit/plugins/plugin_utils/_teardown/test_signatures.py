# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH signatures of approvals, runs and ledgers; a key that cannot sign is reported before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import signatures
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.approval import (
    ApprovalError,
    are_one_person,
    signed_approval,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Refusal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.ledger import append
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan import Plan
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import RunFolder
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.sealing import Sealer
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked, merged
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.signatures import (
    SignatureError,
    check_alone,
    sign,
    verify,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import verify_folder, verify_ledger
from ansible_collections.telephony.outbound.tests.support import plans
from ansible_collections.telephony.outbound.tests.support.ledgers import (
    CONTEXT,
    GIVEN,
    finished_run,
    key_pair,
    needs_ssh_keygen,
    signed,
)

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)

pytestmark = needs_ssh_keygen


@pytest.fixture
def grace(tmp_path: Path) -> Path:
    return key_pair(tmp_path, "grace")


def allowed(key: Path) -> str:
    return str(key.with_name(f"{key.name}.allowed"))


# --- ssh-keygen -------------------------------------------------------------------------------------------------------


def test_who_signed_is_named(grace: Path, tmp_path: Path) -> None:
    signature = sign(b"plan", str(grace))
    found = verify(b"plan", signature, allowed(grace), at=NOW)
    assert found.signer == "grace@example.com"
    assert found.key == check_alone(b"plan", signature).key
    assert found.key.startswith("ED25519 SHA256:")
    other = key_pair(tmp_path, "other")
    for content, signers, words in (
        (b"plan", allowed(other), r"no line of .* allows its key at 2026-03-01"),
        (b"plam", allowed(grace), "the signature does not hold"),
        (b"plan", str(tmp_path / "nothing"), "is not a file"),
    ):
        with pytest.raises(SignatureError, match=words):
            verify(content, signature, signers, at=NOW)


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        ('namespaces="telephony.outbound" ', True),
        ('namespaces="git" ', False),
        ('valid-before="20260228" ', False),
        ('valid-after="20260228",valid-before="20260302" ', True),
    ],
)
def test_what_the_allowed_signers_say_holds(grace: Path, tmp_path: Path, options: str, holds: bool) -> None:
    public = grace.with_name("grace.pub").read_text(encoding="ascii")
    signers = tmp_path / "signers"
    signers.write_text(f"grace@example.com {options}{public}", encoding="ascii")
    signature = sign(b"plan", str(grace))
    if holds:
        assert verify(b"plan", signature, str(signers), at=NOW).signer == "grace@example.com"
    else:
        with pytest.raises(SignatureError):
            verify(b"plan", signature, str(signers), at=NOW)


def test_a_pattern_names_nobody(grace: Path, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    signers.write_text(f"*@example.com {grace.with_name('grace.pub').read_text(encoding='ascii')}", encoding="ascii")
    with pytest.raises(SignatureError, match="names no one person"):
        verify(b"plan", sign(b"plan", str(grace)), str(signers), at=NOW)


def test_every_byte_of_a_signature_counts(grace: Path) -> None:
    signature = sign(b"plan", str(grace))
    for place in range(len(signature)):
        for new in (signature[place] ^ 1, signature[place] ^ 64):
            altered = signature[:place] + bytes([new]) + signature[place + 1 :]
            # Most of it is refused without running the program.
            if place % 9 and signatures._ARMOR.fullmatch(altered):
                continue
            with pytest.raises(SignatureError):
                check_alone(b"plan", altered)


def test_what_cannot_sign_says_why(grace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = key_pair(tmp_path, "locked", passphrase="canary-pass-phrase")
    away = key_pair(tmp_path, "away")
    away.unlink()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nobody"))
    for key, words in (
        (str(locked), "the key has a pass phrase"),
        (f"{away}.pub", "no agent answers for it"),
        (str(away), "is not a file"),
        (f"{grace}.allowed", "nothing can be signed with"),
    ):
        with pytest.raises(SignatureError, match=words):
            sign(b"plan", key)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SignatureError, match="install the OpenSSH client"):
        sign(b"plan", str(grace))


def test_an_agent_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin/ssh-keygen"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="ascii")
    program.chmod(0o700)
    key = tmp_path / "key"
    key.touch()
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(signatures, "_SECONDS", 0.2)
    with pytest.raises(SignatureError, match="does the agent of SSH_AUTH_SOCK answer"):
        sign(b"plan", str(key))


# --- approvals --------------------------------------------------------------------------------------------------------


def approval(plan: Plan, folder: Path, key: Path, **options: Any) -> Any:
    (folder / "plan.json").write_text(plan.text, encoding="utf-8")
    signature = signed(folder / "plan.json", key)
    given = {
        "approval_signers": allowed(key),
        "approval_signature": str(signature),
        "approved_sha256": plan.sha256,
        **options,
    }
    return signed_approval(plan, merged(checked(given), {}), NOW)


def plan_by(**about: Any) -> Plan:
    return plans.plan_of(plans.preview(plans.preview_result("77")), about=about)


def test_a_signed_approval_names_its_signer(grace: Path, tmp_path: Path) -> None:
    found = approval(plan_by(requested_by="Ada <ada@example.com>"), tmp_path, grace)
    assert found.signer == "grace@example.com"
    assert found.about()["proved_by"] == "the signature of grace@example.com over plan.json"
    assert signed_approval(plan_by(), merged(checked({}), {}), NOW) is None


@pytest.mark.parametrize(
    ("about", "options"),
    [
        ({"requested_by": "grace@example.com"}, {}),
        ({"requested_by": "Grace Hopper <Grace@Example.com>"}, {}),
        ({"requested_by": "Grace"}, {}),
        ({"requested_by": "ada@example.com"}, {"requested_by": "grace@example.com"}),
        ({"system_user": "grace"}, {"requested_by": "ada@example.com"}),
        ({"automation_controller": {"user_name": "grace"}, "system_user": "awx"}, {}),
    ],
)
def test_who_requested_does_not_approve(grace: Path, tmp_path: Path, about: Any, options: Any) -> None:
    with pytest.raises(ApprovalError, match=r"grace@example\.com requested the teardown and signed its approval"):
        approval(plan_by(**about), tmp_path, grace, **options)


def test_another_name_for_the_same_key_does_not_help(grace: Path, tmp_path: Path) -> None:
    public = grace.with_name("grace.pub").read_text(encoding="ascii")
    signers = tmp_path / "grace.allowed"
    signers.write_text(f"other@example.com {public}ada@example.com {public}", encoding="ascii")
    with pytest.raises(ApprovalError, match="Let another person approve it"):
        approval(plan_by(requested_by="ada@example.com"), tmp_path, grace)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"approval_signers": None}, "campaign_teardown_approval_signers"),
        ({"approval_signature": None}, "campaign_teardown_approval_signature"),
        ({"approved_sha256": None}, "campaign_teardown_approved_sha256"),
        ({"approval_signature": "/nowhere"}, "cannot be read"),
        ({"approval_signers": "/nowhere"}, "is not a file"),
    ],
)
def test_half_an_approval_is_none(grace: Path, tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ApprovalError, match=words):
        approval(plan_by(), tmp_path, grace, **options)


def test_names_that_are_one_person() -> None:
    assert are_one_person("ada@example.com", "ADA")
    assert not are_one_person("ada@example.com", "ada@example.org")
    assert not are_one_person("ada@example.com", "Grace")


# --- runs and ledgers -------------------------------------------------------------------------------------------------


def test_a_key_that_does_not_sign_is_refused_before_anything_else(tmp_path: Path) -> None:
    locked = key_pair(tmp_path, "locked", passphrase="canary-pass-phrase")
    settings = merged(checked({"sign_key": str(locked)}), {})
    sealer = Sealer(settings, CONTEXT, RunFolder(tmp_path / "run"))
    with pytest.raises(Refusal, match=r"campaign_teardown_sign_key: nothing can be signed with .* pass phrase"):
        sealer.insist_on_usable()
    assert not (tmp_path / "run").exists()


def test_signed_runs_and_their_ledger(grace: Path, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    controller = key_pair(tmp_path, "controller")
    root.mkdir(mode=0o700)
    (root / "ledger.jsonl.copy.sig").write_text("a file of the user", "ascii")
    for number in range(3):
        finished_run(root, number, sign_key=str(controller), approver=grace)
    both = tmp_path / "both"
    both.write_text("".join(Path(allowed(key)).read_text(encoding="ascii") for key in (grace, controller)), "ascii")
    trusting = replace(GIVEN, signers=str(both))
    found = verify_ledger(root / "ledger.jsonl", trusting)
    assert (found.findings, found.warnings) == ([], [])
    assert sorted(found.signed_by) == ["controller@example.com", "grace@example.com"]
    assert {(run["approved_by"], run["signed_by"]) for run in found.runs} == {
        ("grace@example.com", "controller@example.com")
    }
    assert {path.name for path in root.glob("ledger.jsonl.*")} == {"ledger.jsonl.3.sig", "ledger.jsonl.copy.sig"}
    assert verify_folder(root / "run-001", trusting).findings == []
    assert all(name.startswith("ED25519 SHA256:") for name in verify_folder(root / "run-001", GIVEN).signed_by)

    for name, words in (
        ("run-001/SHA256SUMS.sig", "the file is missing: the run was signed with ED25519"),
        ("run-001/plan.json.sig", "the file is missing"),
        ("ledger.jsonl.3.sig", "no signature covers the lines from here on"),
    ):
        content = (root / name).read_bytes()
        (root / name).unlink()
        assert words in str(verify_ledger(root / "ledger.jsonl", trusting).findings), name
        (root / name).write_bytes(content)
    lines = (root / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (root / "ledger.jsonl").write_bytes(b"".join(lines[:2]))
    assert "it is over 3 lines, and the ledger has 2" in str(verify_ledger(root / "ledger.jsonl", trusting).findings)
    (root / "ledger.jsonl").write_bytes(b"".join(lines))
    append(root / "ledger.jsonl", {"event": "purge", "folder": "run-001", "removed": {}})
    (finding,) = verify_ledger(root / "ledger.jsonl", trusting).findings
    assert finding == {"file": "ledger.jsonl", "line": 4, "what": "no signature covers the lines from here on"}


def test_signers_that_signed_nothing(grace: Path, tmp_path: Path) -> None:
    trusting = replace(GIVEN, signers=allowed(grace))
    folder = finished_run(tmp_path / "runs", 1)
    assert "nothing here is signed by one of these signers" in str(verify_folder(folder, trusting).findings)
    folder = finished_run(tmp_path / "approved", 1, approver=grace)
    found = verify_folder(folder, trusting)
    assert found.findings == []
    assert "Only approvals are signed here" in found.warnings[0]
