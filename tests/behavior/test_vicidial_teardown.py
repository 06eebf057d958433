# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VICIdial in a run over many accounts: plan, stop, settle, empty the hopper, look again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account
from ansible_collections.telephony.outbound.tests.support.runs import everything, evidence, outcomes, run
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

PASSWORD = "canary-vicidial-password-5"


def seed(sandbox: Sandbox) -> None:
    sandbox.seed(
        {
            "vicidial": {
                "users": [{"user": "api", "password": PASSWORD}],
                "campaigns": {
                    "SPRING": {"name": "Spring promo", "active": True, "waiting": 3},
                    "WINTER": {"name": "Winter", "waiting": 2},
                    "SUMMER": {"active": True},
                },
            }
        }
    )


def account(sandbox: Sandbox, *campaigns: str) -> Account:
    connection = {"base_url": f"{sandbox.url}/vicidial", "user": "api", "password": PASSWORD, "retries": 0}
    return Account("dialer", "vicidial", connection, [{"campaign_id": each} for each in campaigns])


def campaigns(sandbox: Sandbox) -> dict[str, Any]:
    held = sandbox.state()["vicidial"]["campaigns"]
    return {key: (one["active"], one["waiting"]) for key, one in held.items()}


def test_what_runs_is_stopped_first_and_then_emptied(sandbox: Sandbox, tmp_path: Path) -> None:
    """A campaign that runs is stopped although its hopper is empty: it would be filled within a minute."""
    seed(sandbox)
    planned = run([account(sandbox, "SPRING", "WINTER", "SUMMER")], tmp_path / "plan", "plan")
    assert (planned.state, sandbox.changes()) == ("nothing_sent", [])
    found = run([account(sandbox, "SPRING", "WINTER", "SUMMER")], tmp_path / "run")
    assert (found.state, found.failed) == ("done", False), (found.reasons, found.rows)
    assert outcomes(tmp_path / "run") == {"dialer": ["cleared", "cleared", "already_clear"]}
    assert campaigns(sandbox) == {"SPRING": (False, 0), "WINTER": (False, 0), "SUMMER": (False, 0)}
    assert [change["do"] for change in sandbox.changes()][:2] == ["set_active", "set_active"]
    assert evidence(tmp_path / "run")[0]["vendor_said"][0].startswith("HTTP 200 NOTICE: update_campaign")
    assert PASSWORD not in everything(tmp_path / "run")


def test_what_was_proved_clear_is_started_again_if_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    seed(sandbox)
    found = run([account(sandbox, "SPRING", "WINTER")], tmp_path / "run", start_again=True)
    assert (found.state, found.failed) == ("done", False), (found.reasons, found.rows)
    assert campaigns(sandbox) == {"SPRING": (True, 0), "WINTER": (False, 0), "SUMMER": (True, 0)}


def test_a_watch_finds_a_hopper_that_is_filled_again(sandbox: Sandbox, tmp_path: Path) -> None:
    seed(sandbox)
    run([account(sandbox, "SPRING", "WINTER")], tmp_path / "run")
    sandbox.act(room="vicidial", do="add_waiting", campaign="WINTER", leads=1)
    before = len(sandbox.changes())
    watched = run([account(sandbox, "SPRING", "WINTER")], tmp_path / "run", "watch")
    assert (watched.failed, len(sandbox.changes())) == (True, before)
    assert [entry["outcome"] for entry in watched.entries] == ["still_clear", "refilled"]
