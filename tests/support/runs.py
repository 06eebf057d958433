# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs over many accounts against the sandbox, without Ansible."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account, RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.job_folders import JobFolders
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run import Run
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked, merged

_ROOT = Path(__file__).resolve().parents[5]
_ENGINE = Path(__file__).parent / "engine"

CANARIES = {
    "developer_key": "canary-developer-key-1",
    "token": "canary-wolkvox-token-2",
    "client_secret": "canary-client-secret-3",
    "password": "canary-genesys-password-4",
}
PLUM = {"email": "dialer@example.com", "developer_key": CANARIES["developer_key"]}
VOIPNOW = {"client_id": "teardown-app", "client_secret": CANARIES["client_secret"]}
GENESYS = {"username": "outbound-service", "password": CANARIES["password"]}
SEED: dict[str, Any] = {
    "plum": {"accounts": [PLUM], "fuse": {"100/200": {"c1": "queued", "c2": "queued"}, "100/201": 5}},
    "wolkvox": {
        "tokens": [CANARIES["token"]],
        "campaigns": {
            "77": {"name": "Winter", "records": 20},
            "78": {"name": "Spring", "status": "started", "records": {"clean": 5, "BUSY": 4}},
            "79": {"name": "Untouched", "status": "started", "records": 3},
        },
    },
    "voipnow": {"apps": [{**VOIPNOW, "organization": True}], "extensions": {"0003*211": {"events": 3}}},
    "genesys": {
        "accounts": [{**GENESYS, "devices": ["57fc644b"]}],
        "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
        "lists": {"May": ["+15550100123", "+15550100124"]},
    },
}


def account(vendor: str, url: str, *targets: dict[str, Any], **connection: Any) -> Account:
    """Return an account of the sandbox, named after its vendor."""
    given = {
        "plum": {"base_url": f"{url}/fuse", "product": "fuse", **PLUM},
        "wolkvox": {"base_url": f"{url}/wolkvox", "token": CANARIES["token"]},
        "voipnow": {"base_url": f"{url}/voipnow", **VOIPNOW},
        "genesys": {"base_url": f"{url}/genesys", **GENESYS},
    }[vendor]
    usual = {
        "plum": {"application_id": "100", "deployment_id": "201"},
        "wolkvox": {"name": "Winter", "campaign_id": "77", "all_records": True},
        "voipnow": {"user_id": "1", "extension": "0003*211", "all_events": True},
        "genesys": {
            "application_id": 134,
            "campaign_name": "Reminders",
            "calling_list": "May",
            "phone_number": "+15550100123",
        },
    }[vendor]
    return Account(vendor, vendor, {**given, "retries": 0, **connection}, list(targets) or [usual])


def accounts(url: str) -> list[Account]:
    """Return an account of each vendor."""
    return [account(vendor, url) for vendor in ("plum", "wolkvox", "voipnow", "genesys")]


def run(
    given: list[Account], folder: Path, mode: str = "apply", *, check_mode: bool = False, **options: Any
) -> RunOutcome:
    """Execute a run in this process; its engine is a separate process."""
    return make_run(given, folder, mode, check_mode=check_mode, **options).carry_out()


def make_run(
    given: list[Account],
    folder: Path,
    mode: str = "apply",
    *,
    check_mode: bool = False,
    job: JobFolders | None = None,
    **options: Any,
) -> Run:
    """Return a run that has not started, outside of an engine if no folders of a job are given."""
    told = {"mode": mode, "folder": str(folder), "reason": "A test of runs", "settle_seconds": 0, **options}
    around = RunContext(
        about={"version": "0.0.0"},
        environment=_environment(),
        show=lambda _line: None,
        check_mode=check_mode,
        job=job or JobFolders.here({}),
    )
    return Run(merged(checked(told), {}), given, around)


def _environment() -> dict[str, str]:
    """Return an environment in which the engine has short pauses."""
    path = os.pathsep.join(filter(None, [str(_ENGINE), str(_ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def evidence(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of a run's evidence."""
    found: list[dict[str, Any]] = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))["results"]
    return found


def outcomes(folder: Path) -> dict[str, list[str]]:
    """Return the outcomes of each account."""
    found: dict[str, list[str]] = {}
    for entry in evidence(folder):
        found.setdefault(entry["account"], []).append(entry["outcome"])
    return found


def everything(folder: Path) -> str:
    """Return the text of all files in a folder."""
    return "".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*")) if path.is_file())
