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
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

ANN, BOB = "+15550100007", "+15550100008"
DIGITS, DIALED = "15550100007", "95550100007"
"""Ann's number as one campaign of wolkvox has it, and as another has it."""

PLACE = "0003*211"
FORMS = {
    "wolkvox": ["digits", {"national": {"country_code": "1", "prefix": "9"}}],
    "genesys": ["as_is"],
    "voipnow": ["as_is"],
    "plum": ["as_is"],
}
PLACES: dict[str, list[dict[str, Any]]] = {
    "genesys": [
        {"application_id": 134, "campaign_name": "Reminders", "calling_list": name} for name in ("May", "June")
    ],
    "voipnow": [{"extension": PLACE}],
}


def person(customer: str, number: str, result: str = "") -> dict[str, str]:
    return {"id_cliente": customer, "resultado": result, "tel1": number}


SEED: dict[str, Any] = {
    **runs.SEED,
    "plum": {
        **runs.SEED["plum"],
        "fuse": {
            "100/200": {
                "c1": {"status": "queued", "phone_number": ANN},
                "c2": "queued",
                "c3": {"status": "queued", "phone_number": ""},
            }
        },
    },
    "wolkvox": {
        "tokens": [runs.CANARIES["token"]],
        "campaigns": {
            "77": {"name": "Winter", "status": "started", "records": [person("1", DIGITS), person("2", "15550100099")]},
            "78": {"name": "Spring", "records": [person("3", DIALED, "BUSY")]},
        },
    },
    "genesys": {
        **runs.SEED["genesys"],
        "campaigns": {"Reminders": {"application_id": 134, "lists": ["May", "June"]}},
        "lists": {"May": [ANN, "+15550100124"], "June": [ANN]},
    },
    "voipnow": {
        **runs.SEED["voipnow"],
        "extensions": {PLACE: {"calls": [{"id": "A", "number": ANN}, {"id": "B", "number": BOB}]}},
    },
}

_USER = {"user": "api", "password": "not-a-secret-vicidial"}
VICIDIAL: dict[str, Any] = {
    "vicidial": {
        "users": [_USER],
        "campaigns": {"SPRING": {"name": "Spring promo", "active": True}, "WINTER": {"name": "Winter renewals"}},
        "lists": {"1001": {"campaign": "SPRING"}, "1002": {"campaign": "WINTER"}},
        "leads": [
            {"lead_id": "101", "list_id": "1001", "phone_number": "5550100007", "hopper": ["READY"]},
            {"lead_id": "102", "list_id": "1002", "phone_number": "5550100007"},
            {"lead_id": "103", "list_id": "1001", "phone_number": "5550100008", "hopper": ["READY"]},
        ],
    }
}
"""Two leads of Ann, in two campaigns, without country code; and one of Bob."""


def vicidial(url: str, **more: Any) -> Account:
    """Return the account of VICIDIAL."""
    connection = {"base_url": f"{url}/vicidial", **_USER, "retries": 0}
    plain = Account("vicidial", "vicidial", connection, [], forms=[{"national": {"country_code": "1"}}])
    return replace(plain, **more)


def account(vendor: str, url: str, **more: Any) -> Account:
    """Return an account that has no campaigns, and knows how it stores numbers."""
    plain = replace(runs.account(vendor, url), targets=[], forms=FORMS[vendor], places=PLACES.get(vendor, ()))
    return replace(plain, **more)


def accounts(url: str) -> list[Account]:
    return [account(vendor, url) for vendor in ("plum", "wolkvox", "voipnow", "genesys")]


def stop(
    given: list[Account], folder: Path, mode: str = "apply", *, check_mode: bool = False, **options: Any
) -> RunOutcome:
    """Stop Ann's number, or those in ``options``, in this process; the engine is a process of its own."""
    named = {} if {"numbers", "file"} & options.keys() else {"numbers": [ANN]}
    told = {"mode": mode, "folder": str(folder), "reason": "She asked for it", **named, **options}
    around = RunContext(
        about={"version": "0.0.0"}, environment=dict(os.environ), show=lambda _line: None, check_mode=check_mode
    )
    return Run(merged(checked(told, NUMBERS), {}, NUMBERS), given, around).carry_out()


def told(outcome: RunOutcome) -> dict[str, list[tuple[str, str]]]:
    """Return account → steps with their outcomes, in the order of the plan."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in outcome.entries:
        found.setdefault(entry["account"], []).append((entry["step"], entry["outcome"]))
    return found


def changes(world: Sandbox) -> list[str]:
    """Return what changed something at a vendor, without the logins."""
    return [f"{entry['method']} {entry['path']}" for entry in world.journal() if entry["changes"]]
