# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks for everyday jobs: nothing in check mode, exactly that job without it, and what was removed is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.playbooks import Ran, broken_check_mode
from ansible_collections.telephony.outbound.tests.support.playbooks import run as run_plays
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, accounts
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


def everyday(world: Sandbox, folder: Path, *arguments: str, **clear: str) -> Ran:
    """Run the three playbooks with one start of Ansible; the credentials are in the environment."""
    given = accounts(world.url)
    (extension,) = {target["extension"] for each in given for target in each.targets if "extension" in target}
    jobs = {
        "cancel_queue": {"base_url": f"{world.url}/fuse", "application_id": "100", "deployment_id": "201"},
        "clear_campaign": {"base_url": f"{world.url}/wolkvox", "campaign_id": "78", **clear},
        "remove_hooks": {"user_id": "1", "extension": extension},
    }
    plays = [{"import_playbook": f"{catalog.COLLECTION}.{name}", "vars": variables} for name, variables in jobs.items()]
    (folder / "jobs.json").write_text(json.dumps(plays), "utf-8")
    environment = {
        f"{each.vendor}_{option.removeprefix('base_')}".upper(): str(value)
        for each in given
        for option, value in each.connection.items()
    }
    jobs = str(folder / "jobs.json")
    return run_plays([{"tasks": []}], folder, *arguments, jobs, environment=environment, in_process=True)


def shown(ran: Ran) -> list[str]:
    """Return the messages that are shown without -v."""
    return re.findall(r'"msg": "(.*)"', ran.stdout)


def test_the_three_jobs_end_as_told_and_keep_what_they_removed(world: Sandbox, tmp_path: Path) -> None:
    ran = everyday(world, tmp_path, "--check", all_records="true")
    assert (ran.rc, broken_check_mode(world.journal())) == (0, []), ran.text
    assert shown(ran) == [
        "1 target: 1 would clear",
        "1 target: 1 would clear (9 records before)",
        "1 target: 1 would clear (3 events before)",
    ]
    assert [*tmp_path.glob("removed-hooks-*"), *tmp_path.glob("backups")] == []
    ran = everyday(world, tmp_path, all_records="true")
    assert ran.rc == 0, ran.text
    assert shown(ran) == [
        "1 target: 1 accepted",
        "1 target: 1 cleared (9 records before, 0 after)",
        "1 target: 1 cleared (3 events before, 0 after)",
    ]
    state = world.state()
    campaigns = state["wolkvox"]["campaigns"]
    assert [campaigns[each]["records"] for each in ("77", "78")] == [20, 0]
    assert campaigns["78"]["status"] == "stopped"
    assert [change["do"] for change in world.changes()].count("cancel") == 1
    assert len(list((tmp_path / "backups").iterdir())) == 1
    (kept,) = tmp_path.glob("removed-hooks-*.jsonl")
    (ended,) = [line for line in map(json.loads, kept.read_text("utf-8").splitlines()) if line["event"] == "ended"]
    assert len(ended["result"]["removed"]) == 3
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [secret for secret in CANARIES.values() if secret in ran.text] == []


def test_a_campaign_whose_clear_is_refused_goes_on(world: Sandbox, tmp_path: Path) -> None:
    ran = everyday(world, tmp_path, campaign_name="Winter", all_records="true")
    assert (ran.rc, "is named 'Spring', not 'Winter'" in ran.text) == (2, True), ran.text
    assert not (tmp_path / "backups").exists()
    assert world.state()["wolkvox"]["campaigns"]["78"]["status"] == "started"


def test_a_misspelled_name_of_an_optional_variable_ends_the_play(world: Sandbox, tmp_path: Path) -> None:
    ran = everyday(world, tmp_path, campaign_nmae="Winter", all_records="true")
    assert (ran.rc, "There is no variable campaign_nmae" in ran.text) == (2, True), ran.text
    assert world.state()["wolkvox"]["campaigns"]["78"]["status"] == "started"


@pytest.mark.parametrize("name", ["cancel_queue", "clear_campaign", "remove_hooks", "verify", "merge"])
def test_every_optional_variable_of_a_playbook_is_known(name: str) -> None:
    text = (catalog.PROJECT / f"playbooks/{name}.yml").read_text("utf-8")
    (play,) = yaml.safe_load(text)
    # Without a result, nothing is cleared.
    assert {*re.findall(r"{{ (\w+) \| default\(", text)} - {"result"} <= {*play["vars"]["optional"]}
