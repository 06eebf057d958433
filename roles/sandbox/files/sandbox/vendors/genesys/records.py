# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a contact center holds: accounts, campaigns, and calling lists with records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...errors import BadInput, amount, mapping

Record = dict[str, Any]


@dataclass(slots=True)
class Account:
    """A login and its state."""

    username: str
    password: str
    devices: list[str]
    features: list[str]
    owns: list[str]
    """Names of campaigns and lists that other accounts do not see."""
    agent_session: bool = False


def accounts_from(given: Any) -> Iterable[Account]:
    """Build the accounts of a seed."""
    if not isinstance(given, list):
        raise BadInput("genesys.accounts must be a list")
    for account in given:
        defaults = {"devices": [], "features": ["api-voice", "api-voice-outbound"], "owns": []}
        known = {**defaults, **mapping(account, "an account")}
        if not all(isinstance(known.get(key), str) for key in ("username", "password")):
            raise BadInput("an account of genesys needs username and password")
        if unknown := sorted(known.keys() - {"username", "password", *defaults}):
            raise BadInput(f"an account of genesys has unknown fields: {', '.join(unknown)}")
        devices, features, owns = (list(known[key]) for key in defaults)
        yield Account(known["username"], known["password"], devices, features, owns)


def campaign_from(name: str, given: Any) -> Record:
    """Build a campaign of a seed."""
    campaign = mapping(given, f"the campaign {name}")
    if not isinstance(campaign.get("application_id"), int) or not isinstance(campaign.get("lists"), list):
        raise BadInput(f"the campaign {name} needs application_id, a number, and lists")
    return {"application_id": campaign["application_id"], "lists": [str(item) for item in campaign["lists"]]}


def records_from(name: str, given: Any) -> list[Record]:
    """Build a list from a seed: a number of records, or one mapping (or phone number) for each."""
    if isinstance(given, int) and not isinstance(given, bool):
        given = [f"1555{number:07d}" for number in range(1, amount(given, "records") + 1)]
    if not isinstance(given, list):
        raise BadInput(f"the list {name} must be a number or a list of records")
    records = []
    for handle, item in enumerate(given, start=1):
        record = {"phone_number": item} if isinstance(item, str) else dict(mapping(item, "a record"))
        made = {"handle": handle, "chain": f"chain-{handle}", "status": "ready", **record}
        if not isinstance(made.get("phone_number"), str) or len(made) > 4:
            raise BadInput(f"a record of {name} has phone_number (text, quoted), and may have chain, status and handle")
        records.append(made)
    return records
