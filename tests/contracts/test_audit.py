# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller counts as nodes: its queries, run by jq over real results, name the accounts and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, accounts, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

QUERIES = yaml.safe_load((catalog.PROJECT / "extensions/audit/event_query.yml").read_text("utf-8"))
JQ = shutil.which("jq")

needs_jq = pytest.mark.skipif(JQ is None, reason="jq is not installed")


def nodes(name: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a query makes of the result of a task; it may never fail."""
    command = [str(JQ), "-c", QUERIES[f"{catalog.COLLECTION}.{name}"]["query"]]
    done = subprocess.run(command, input=json.dumps(result), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for each in found:
        # A controller skips facts with null in them.
        assert all(isinstance(value, str) for value in each["canonical_facts"].values())
        assert not [canary for canary in CANARIES.values() if canary in json.dumps(each)]
    return found


def test_both_actions_that_work_on_accounts_have_a_query() -> None:
    assert QUERIES.keys() == {f"{catalog.COLLECTION}.{name}" for name in ("teardown", "stop_number")}


def test_modules_that_are_used_alone_name_no_account_that_could_be_counted() -> None:
    names = {"account", "accounts", "address", "base_url", "login", "server", "vendor"}
    for module in catalog.MODULES:
        returned = yaml.safe_load(
            import_module(f"ansible_collections.{catalog.COLLECTION}.plugins.modules.{module}").RETURN
        )
        keys = {*returned, *(returned.get("results", {}).get("contains") or {})}
        assert not keys & names, f"{module}: now it can be counted, so it needs a query"


@needs_jq
@pytest.mark.parametrize(
    "result",
    [
        {"censored": "the output has been hidden", "changed": True},
        {"skipped": True, "skip_reason": "Conditional result was False"},
        {"failed": True, "state": "nothing_sent", "msg": "Nothing was sent."},
        {"accounts": None},
        {"accounts": []},
        {"results": [{"failed": True, "item": "77"}, {"skipped": True}], "msg": "a loop"},
        {},
    ],
)
def test_what_reached_no_account_is_no_node(result: dict[str, Any]) -> None:
    assert nodes("teardown", result) == []


@needs_jq
def test_the_accounts_of_a_run_are_its_nodes(world: Sandbox, tmp_path: Path) -> None:
    given = accounts(world.url)
    (wrong,) = (each for each in given if each.vendor == "wolkvox")
    given[given.index(wrong)] = type(wrong)(
        wrong.name, wrong.vendor, {**wrong.connection, "token": "wrong-token"}, wrong.targets
    )
    planned = run(given, tmp_path / "plan", "plan")
    assert planned.failed
    found = nodes("teardown", planned.as_dict())
    others = sorted(each.vendor or "" for each in given if each.name != wrong.name)
    assert sorted(node["canonical_facts"]["vendor"] for node in found) == others
    applied = run(accounts(world.url), tmp_path / "apply")
    assert not applied.failed
    assert len(nodes("teardown", applied.as_dict())) == len(given)
    # Nothing is asked of anybody.
    assert nodes("teardown", run(accounts(world.url), tmp_path / "apply").as_dict()) == []
