# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account that the play leaves out is not torn down: the teardown runs once, and Ansible checks one host alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.playbooks import Ran
from ansible_collections.telephony.outbound.tests.support.playbooks import run as run_plays
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

ROLE = "telephony.outbound.campaign_teardown"
INCLUDED = {"ansible.builtin.include_role": {"name": ROLE}}
HOSTS = ("first", "second", "third")
ACCOUNT = {"email": "operator@example.com", "developer_key": "not-a-secret-developer-key"}
OTHERS = "inventory_hostname != '{}'"
FAIL = {"ansible.builtin.fail": {"msg": "No"}, "when": "inventory_hostname == 'second'"}


@pytest.fixture
def calls(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox in which each host of the play has a queue of its own name."""
    sandbox.seed({"plum": {"accounts": [ACCOUNT], "fuse": {f"100/{name}": 1 for name in HOSTS}}})
    return sandbox


def run(sandbox: Sandbox, folder: Path, *plays: dict[str, Any]) -> Ran:
    """Run plays over three accounts; the evidence of each is in a folder named after its place."""
    connection = {"product": "fuse", "base_url": f"{sandbox.url}/fuse", **ACCOUNT}
    hosts = {
        name: {
            "ansible_connection": "local",
            "campaign_teardown_vendor": "plum",
            "campaign_teardown_connection": connection,
            "campaign_teardown_targets": [{"application_id": "100", "deployment_id": name}],
        }
        for name in HOSTS
    }
    (folder / "accounts.json").write_text(json.dumps({"accounts": {"hosts": hosts}}))
    numbered = [
        {"hosts": "accounts", "vars": {"campaign_teardown_folder": str(folder / str(number))}, **play}
        for number, play in enumerate(plays)
    ]
    settings = {"campaign_teardown_mode": "apply", "campaign_teardown_reason": "A test of hosts"}
    return run_plays(numbered, folder, "--inventory", str(folder / "accounts.json"), variables=settings)


def end_host(folder: Path, name: str) -> dict[str, Any]:
    """Return a task that ends a host, in a file that Ansible reads while the play runs."""
    (folder / "ended.yml").write_text(
        json.dumps([{"ansible.builtin.meta": "end_host", "when": f"inventory_hostname == '{name}'"}])
    )
    return {"ansible.builtin.include_tasks": str(folder / "ended.yml")}


def cancelled(sandbox: Sandbox) -> list[str]:
    return sorted(entry["path"].split("/")[-2] for entry in sandbox.journal() if entry["method"] == "DELETE")


def test_hosts_that_do_not_get_to_the_task_end_the_run(calls: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "first.yml").write_text(json.dumps([INCLUDED]))
    for name in HOSTS[1:]:
        (tmp_path / f"{name}.yml").write_text("[]")
    reached = [
        {"roles": [{"role": ROLE, "when": OTHERS.format("second")}]},
        {"roles": [{"role": ROLE, "when": OTHERS.format("first")}]},
        {"tasks": [{**INCLUDED, "when": OTHERS.format("second")}]},
        {"tasks": [{"block": [INCLUDED], "when": OTHERS.format("first")}]},
        {"tasks": [{"block": [{**FAIL, "ignore_errors": False}], "rescue": [INCLUDED]}]},
        {"tasks": [{"ansible.builtin.include_tasks": f"{tmp_path}/{{{{ inventory_hostname }}}}.yml"}]},
        {
            "tasks": [{"ansible.builtin.debug": {}, "changed_when": OTHERS.format("third"), "notify": "down"}],
            "handlers": [{"name": "down", "telephony.outbound.teardown": {}}],
        },
    ]
    ran = run(calls, tmp_path, *({**play, "ignore_errors": True} for play in reached))
    assert cancelled(calls) == []
    assert not [number for number in range(len(reached)) if (tmp_path / str(number)).exists()]
    for sentence in (
        "The condition (when) of the teardown is false for second.",
        "The condition (when) of the teardown is false for the first host of the play, and not for third.",
        "The condition (when) of the teardown is false for first.",
        "The play does not get to this task for first, third.",
        "The play does not get to this task for second, third.",
        "The teardown cannot be a handler",
    ):
        assert sentence in ran.stdout, ran.text


def test_hosts_that_left_the_play_are_not_torn_down_and_told(calls: Sandbox, tmp_path: Path) -> None:
    ended = end_host(tmp_path, "third")
    failing = {**FAIL, "ignore_errors": False}
    ran = run(
        calls,
        tmp_path,
        {"tasks": [ended, {"block": [ended], "always": [INCLUDED]}], "ignore_errors": True},
        {"tasks": [{"block": [failing], "always": [ended, INCLUDED]}], "ignore_errors": True},
        {"tasks": [ended, INCLUDED]},
    )
    # In always, the host that failed gets to the task too, and the one that was ended does not.
    assert cancelled(calls) == ["first"] * 3 + ["second"] * 2, ran.text
    assert ran.rc == 2
    rows = json.loads((tmp_path / "2/evidence.json").read_text())["results"]
    told = {row["account"]: (row["outcome"], (row["error"] or {}).get("message")) for row in rows}
    assert [told[name][0] for name in HOSTS] == ["accepted", "not_sent", "not_sent"]
    assert "left this host out" in told["second"][1]
    assert "left this host out" in told["third"][1]


def test_a_rescue_of_what_failed_once_for_all_is_for_all_that_were_left(calls: Sandbox, tmp_path: Path) -> None:
    once = {"ansible.builtin.fail": {"msg": "No"}, "run_once": True}
    ran = run(calls, tmp_path, {"tasks": [end_host(tmp_path, "third"), {"block": [once], "rescue": [INCLUDED]}]})
    assert cancelled(calls) == ["first", "second"], ran.text


def test_conditions_that_hold_for_all_change_nothing(calls: Sandbox, tmp_path: Path) -> None:
    each = {**INCLUDED, "loop": ["none", "all"], "when": "item == 'all'"}
    ran = run(calls, tmp_path, {"tasks": [{"block": [each], "when": "campaign_teardown_vendor == 'plum'"}]})
    assert (ran.rc, cancelled(calls)) == (0, sorted(HOSTS)), ran.text
