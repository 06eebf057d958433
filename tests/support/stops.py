# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that stop phone numbers over all vendors, against the sandbox: people, accounts and what was sent."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account, RunContext
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.outcome import RunOutcome
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.run import Run
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import NUMBERS, checked, merged
from ansible_collections.telephony.outbound.tests.support import runs
from ansible_collections.telephony.outbound.tests.support.catalog import description
from ansible_collections.telephony.outbound.tests.support.in_process import carry_out
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.vendor import ANN, NumberAccount

KNOWN: dict[str, NumberAccount] = {
    vendor: known for vendor in runs.VENDORS if (known := description(vendor).numbers) is not None
}
"""The accounts of the vendors where phone numbers are stopped."""

SEED: dict[str, Any] = {vendor: {**runs.SEED[vendor], **known.seed} for vendor, known in KNOWN.items()}
"""What the sandbox holds for the accounts, with the numbers of Ann and Bob."""


def account(vendor: str, url: str, **more: Any) -> Account:
    """Return an account that has no campaigns, and knows how it stores numbers."""
    known = KNOWN[vendor]
    plain = replace(runs.account(vendor, url), targets=[], forms=known.forms, places=known.places)
    return replace(plain, **more)


def accounts(url: str) -> list[Account]:
    """Return an account of each vendor."""
    return [account(vendor, url) for vendor in KNOWN]


def stop(
    given: list[Account], folder: Path, mode: str = "apply", *, check_mode: bool = False, **options: Any
) -> RunOutcome:
    """Stop Ann's number, or those in ``options``, in this process, accounts included."""
    named = {} if {"numbers", "file"} & options.keys() else {"numbers": [ANN]}
    told = {"mode": mode, "folder": str(folder), "reason": runs.reason(), **named, **options}
    around = RunContext(
        about={"version": "0.0.0"}, environment=dict(os.environ), show=lambda _line: None, check_mode=check_mode
    )
    return carry_out(Run(merged(checked(told, NUMBERS), {}, NUMBERS), given, around))


def told(outcome: RunOutcome) -> dict[str, list[tuple[str, str]]]:
    """Return account → steps with their outcomes, in the order of the plan."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in outcome.entries:
        found.setdefault(entry["account"], []).append((entry["step"], entry["outcome"]))
    return found


def changes(world: Sandbox) -> list[str]:
    """Return what changed something at a vendor, without the logins."""
    return [f"{entry['method']} {entry['path']}" for entry in world.journal() if entry["changes"]]
