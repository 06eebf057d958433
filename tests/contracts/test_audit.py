# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller counts as nodes: its queries, run by jq over real results, name the accounts and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES, GENESYS, PLUM, VOIPNOW, accounts, run
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


def test_every_module_and_action_has_a_query() -> None:
    assert {name.rpartition(".")[2] for name in QUERIES} == {*catalog.MODULES, "teardown", "stop_number"}


@needs_jq
@pytest.mark.parametrize(
    "result",
    [
        {"censored": "the output has been hidden", "changed": True},
        {"skipped": True, "skip_reason": "Conditional result was False"},
        {"failed": True, "msg": "token is required", "invocation": {"module_args": {"token": None}}},
        {"results": [{"failed": True, "item": "77"}, {"skipped": True}], "msg": "a loop"},
        {},
    ],
)
def test_what_reached_no_account_is_no_node(result: dict[str, Any]) -> None:
    for name in ("plum_outbound_cancel", "wolkvox_campaign_info", "genesys_record_cancel", "teardown"):
        assert nodes(name, result) == []


@needs_jq
def test_an_account_of_a_module_is_one_node(world: Sandbox) -> None:
    wolkvox = {"base_url": f"{world.url}/wolkvox", "token": CANARIES["token"], "retries": 0}
    given: dict[str, dict[str, Any]] = {
        "plum_outbound_cancel": {
            "base_url": f"{world.url}/fuse",
            **PLUM,
            "product": "fuse",
            "targets": [{"application_id": "100", "deployment_id": each} for each in ("200", "201")],
        },
        "wolkvox_campaign_info": wolkvox,
        "voipnow_phonecall_events_info": {"base_url": f"{world.url}/voipnow", **VOIPNOW, "extension": "0003*211"},
        "genesys_record_cancel": {
            "base_url": f"{world.url}/genesys",
            **GENESYS,
            "application_id": 134,
            "campaign_name": "Reminders",
            "calling_list": "May",
            "phone_number": "+15550100123",
        },
    }
    logins = {}
    for name, options in given.items():
        result = run_module(name, check=True, **options)
        assert not result["failed"], result
        (node,) = nodes(name, result)
        assert node["canonical_facts"]["address"] == options["base_url"]
        logins[name.partition("_")[0]] = node["canonical_facts"]["login"]
    assert logins == {
        "plum": PLUM["email"],
        "wolkvox": "by token",
        "voipnow": VOIPNOW["client_id"],
        "genesys": GENESYS["username"],
    }
    refused = run_module(
        "wolkvox_campaign_clear", **{**wolkvox, "token": "wrong-token"}, campaign_id="77", all_records=True
    )
    assert nodes("wolkvox_campaign_clear", refused) == []


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
    assert {node["canonical_facts"]["vendor"] for node in found} == {"plum", "voipnow", "genesys"}
    assert len(found) == 3
