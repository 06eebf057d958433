# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finished runs and their ledger: plan and journals are made up, the rest is written as in a run."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import format_time
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.evidence_writer import EvidenceWriter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run_folder import RunFolder, journal_name
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.sealing import Sealer
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked, merged
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given
from ansible_collections.telephony.outbound.tests.support import plans

VERSION = "9.9.9"
GIVEN = Given(version=VERSION)
CONTEXT = RunContext(about={"version": VERSION}, environment={}, show=lambda _line: None, check_mode=False)
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="OpenSSH's ssh-keygen is not installed"
)


def finished_run(root: Path, number: int, *, targets: int = 3, approver: Path | None = None, **options: Any) -> Path:
    """Write the folder of a finished run and its line in the ledger below ``root``; ``approver`` signs its plan."""
    settings = merged(checked({"mode": "apply", "reason": "A test of ledgers", **options}), {})
    folder = RunFolder(root / f"run-{number:03}")
    folder.make()
    plan = plans.plan_of(
        plans.preview(*(_preview(f"{number}{place}") for place in range(targets)), account="promo"),
        plans.preview(_phone(number), account="records", vendor="genesys", address="https://gws.example.com"),
    )
    run = {
        **plans.RUN,
        **CONTEXT.about,
        "mode": "apply",
        "run_id": "".join(chr(ord("a") + int(digit)) for digit in f"{number:08}"),
        "started": format_time(plans.CREATED + timedelta(seconds=40)),
        "plan_sha256": plan.sha256,
        "approval": approver and {"by": "x", "sha256": plan.sha256, "signed_by": f"{approver.name}@example.com"},
        "missing_accounts": [],
        "not_planned": [],
        **Sealer(settings, CONTEXT, folder).about(),
    }
    ended = [plans.ended(f"{number}{place}", "cleared" if place else "failed") for place in range(targets)]
    journals = {
        "promo": plans.cleared(*enumerate(ended)),
        "records": plans.cleared((targets, plans.ended("", target=_phone(number)["target"]))),
    }
    folder.claim(run)
    texts = {
        journal_name(name): plans.line("run", run_id=run["run_id"], plan_sha256=plan.sha256, account=name)
        + text
        + plans.line("finished")
        for name, text in journals.items()
    }
    folder.write({"plan.json": plan.text, **texts})
    if approver:
        signed(folder.path / "plan.json", approver)
    outcome: RunOutcome = EvidenceWriter(settings, CONTEXT, folder).write(plan, run, ended=True)
    closed = Sealer(settings, CONTEXT, folder).close(outcome)
    assert closed.reasons == []
    return folder.path


def key_pair(folder: Path, name: str, *, passphrase: str = "") -> Path:
    """Create an OpenSSH key pair; return the private key, next to which ``NAME.allowed`` lists its one signer."""
    key = folder / name
    program = shutil.which("ssh-keygen") or "ssh-keygen"
    subprocess.run([program, "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", key], check=True, timeout=30)
    public = key.with_name(f"{name}.pub").read_text(encoding="ascii")
    key.with_name(f"{name}.allowed").write_text(f"{name}@example.com {public}", encoding="ascii")
    return key


def signed(path: Path, key: Path) -> Path:
    """Sign a file with ssh-keygen, and return the signature's file."""
    program = shutil.which("ssh-keygen") or "ssh-keygen"
    command = [program, "-q", "-Y", "sign", "-n", "telephony.outbound", "-f", key, path]
    subprocess.run(command, check=True, timeout=30, capture_output=True)
    return path.with_name(f"{path.name}.sig")


def sealed_again(folder: Path) -> None:
    """Write SHA256SUMS again, as anyone with write access to the folder could."""
    RunFolder(folder).seal()


def files_below(root: Path) -> list[Path]:
    """Return every file below a folder, sorted."""
    return sorted(path for path in root.rglob("*") if path.is_file() and path.stat().st_size)


def _preview(number: str) -> dict[str, Any]:
    return plans.preview_result(number, campaign_name=f"Season {number}")


def _phone(number: int) -> dict[str, Any]:
    target = {"application_id": 134, "calling_list": "May", "phone_number": f"+1555010{number:04}"}
    return {**plans.preview_result(""), "target": target, "pending_before": None}
