# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs over many accounts against the sandbox, without Ansible."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account, RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.job_folders import JobFolders
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run import Run
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked, merged
from ansible_collections.telephony.outbound.tests.support.catalog import described_vendors, description
from ansible_collections.telephony.outbound.tests.support.in_process import carry_out

_ROOT = Path(__file__).resolve().parents[5]
_ENGINE = Path(__file__).parent / "engine"
_NUMBERS = itertools.count()

VENDORS = described_vendors()
SEED: dict[str, Any] = {vendor: dict(description(vendor).run.seed) for vendor in VENDORS}
"""What the sandbox holds for the accounts, before they are torn down."""

TORN_DOWN: dict[str, Any] = {
    vendor: {
        **SEED[vendor],
        **{part: {**SEED[vendor][part], **more} for part, more in description(vendor).run.torn_down.items()},
    }
    for vendor in VENDORS
}
"""The same after that, as far as it shows."""

CANARIES: dict[str, str] = {
    vendor: description(vendor).run.connection[name]
    for vendor in VENDORS
    for name in description(vendor).secrets
    if name in description(vendor).run.connection
}
"""The secret of each account."""


def account(vendor: str, url: str, *targets: dict[str, Any], **connection: Any) -> Account:
    """Return an account of the sandbox, named after its vendor."""
    described = description(vendor)
    usual = described.run
    given = {"base_url": f"{url}{described.path(usual.connection)}", **usual.connection, "retries": 0, **connection}
    return Account(vendor, vendor, given, list(targets) or [dict(usual.target)])


def accounts(url: str) -> list[Account]:
    """Return an account of each vendor."""
    return [account(vendor, url) for vendor in VENDORS]


def run(
    given: list[Account], folder: Path, mode: str = "apply", *, check_mode: bool = False, **options: Any
) -> RunOutcome:
    """Execute a run in this process, accounts included."""
    return carry_out(make_run(given, folder, mode, check_mode=check_mode, **options))


def run_with_engine(given: list[Account], folder: Path, mode: str = "apply", **options: Any) -> RunOutcome:
    """Execute a run as users do: its engine is a separate process, and so is each account."""
    return make_run(given, folder, mode, **options).carry_out()


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
    told = {"mode": mode, "folder": str(folder), "reason": reason(), "settle_seconds": 0, **options}
    around = RunContext(
        about={"version": "0.0.0"},
        environment=_environment(),
        show=lambda _line: None,
        check_mode=check_mode,
        job=job or JobFolders.here({}),
    )
    return Run(merged(checked(told), {}), given, around)


def reason() -> str:
    """Return a reason that no other run has: else plans that are made within one second are the same plan."""
    return f"Test run {next(_NUMBERS)}"


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
