# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-navigator without a container: plan and apply by the playbook of the collection."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import surroundings
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, account
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

NAVIGATOR = Path(os.environ.get("ENGINES_VENV", "/nonexistent"), "bin/ansible-navigator")

pytestmark = pytest.mark.skipif(not NAVIGATOR.exists(), reason="ansible-navigator is not installed")


def test_plan_and_apply(world: Sandbox, tmp_path: Path) -> None:
    given = account("wolkvox", world.url)
    variables = {
        "campaign_teardown_vendor": given.vendor,
        "campaign_teardown_connection": dict(given.connection),
        "campaign_teardown_targets": list(given.targets),
        "campaign_teardown_settle_seconds": 0,
    }
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ansible.cfg").touch()
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": {"wolkvox-sales": variables}}}))
    environment = {**surroundings(tmp_path, catalog.ROOT), "PATH": f"{catalog.BIN}:{os.environ['PATH']}"}

    def navigate(**options: str) -> str:
        extra = {f"campaign_teardown_{name}": value for name, value in options.items()}
        command = [NAVIGATOR, "run", "telephony.outbound.teardown", "-i", tmp_path / "inventory.json"]
        # By default it is put beside the playbook, into the tree that all tests share.
        command += ["--playbook-artifact-save-as", tmp_path / "kept/{time_stamp}.json"]
        command += ["--ee", "false", "-m", "stdout", "-e", json.dumps(extra)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    told = navigate(folder="plan")
    assert world.changes() == []
    told += navigate(mode="apply", plan="plan/plan.json", folder="teardown", reason="Season")
    assert {change["campaign"] for change in world.changes()} == {"77"}
    assert (tmp_path / "teardown/evidence.json").is_file()
    # The inventory has the secret; what navigator keeps of the run has not.
    assert len(list((tmp_path / "kept").glob("*.json"))) == 2
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "inventory.json"]
    text = told + "".join(path.read_text(errors="replace") for path in kept)
    assert [canary for canary in CANARIES.values() if canary in text] == []
