# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slices of a play and their merge, as people run them: the role, the limit of the command line, the playbook."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import MERGE_SPEC
from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, VENDORS, accounts
from ansible_collections.telephony.outbound.tests.support.runs import run as run_here
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


def test_slices_of_a_play_are_merged_by_the_playbook(world: Sandbox, tmp_path: Path) -> None:
    inventory = {
        given.name: {
            "campaign_teardown_vendor": given.vendor,
            "campaign_teardown_connection": dict(given.connection),
            "campaign_teardown_targets": list(given.targets),
        }
        for given in accounts(world.url)
    }
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": inventory}}))
    sha256 = run_here(accounts(world.url), tmp_path / "plan", "plan").plan_sha256
    apply = {
        "campaign_teardown_mode": "apply",
        "campaign_teardown_slice": True,
        "campaign_teardown_plan": str(tmp_path / "plan/plan.json"),
        "campaign_teardown_root": str(tmp_path / "runs"),
        "campaign_teardown_reason": "A test",
        "campaign_teardown_settle_seconds": 0,
    }
    (tmp_path / "slice.json").write_text(json.dumps(apply))
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(catalog.ROOT),
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "ANSIBLE_NOCOLOR": "1",
    }

    def play(name: str, *arguments: str, inventory: str = "inventory.json") -> str:
        command = [
            catalog.BIN / "ansible-playbook",
            "-i",
            tmp_path / inventory,
            f"telephony.outbound.{name}",
            "-v",
        ]
        done = subprocess.run(
            [*command, *arguments],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    told = ""
    first, second, third, *others = VENDORS
    for limit in (f"{first},{second}", third, ",".join(others)):
        told += play("teardown", "--limit", limit, "-e", f"@{tmp_path}/slice.json")
    assert (
        f"This is a slice: it has 2 of the {len(VENDORS)} accounts of the plan. Everything of this slice is torn down."
        in told
    )
    # A slice that got no hosts, as a controller makes one.
    (tmp_path / "none.json").write_text(json.dumps({"all": {"hosts": {}}}))
    assert "skipping: no hosts matched" in play("teardown", "-e", f"@{tmp_path}/slice.json", inventory="none.json")
    variables = ("-e", f"folders={tmp_path}/runs", "-e", f"folder={tmp_path}/merged", "-e", f"plan_sha256={sha256}")
    told += play("merge", *variables, "--check")
    assert not (tmp_path / "merged").exists()
    told += play("merge", *variables)
    assert f"The evidence is one: {len(VENDORS)} targets." in told
    assert len(list((tmp_path / "merged/parts").iterdir())) == 3
    told += play("verify", "-e", f"folder={tmp_path}/merged")
    text = told + "".join(path.read_text("utf-8") for path in (tmp_path / "merged").rglob("*") if path.is_file())
    assert [canary for canary in CANARIES.values() if canary in text] == []
    assert "15550100123" not in told


def test_the_page_has_the_options_of_the_spec() -> None:
    page = catalog.documentation()["teardown_merge"]["doc"]["options"]
    assert page.keys() == MERGE_SPEC.keys()
    for name, option in MERGE_SPEC.items():
        for key in ("type", "elements", "choices", "default"):
            assert page[name].get(key) == option.get(key), name
        assert page[name].get("required", False) == option.get("required", False)
