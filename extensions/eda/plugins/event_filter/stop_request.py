# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event filter of ansible-rulebook that lets only well-formed stop requests through."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

DOCUMENTATION = r"""
---
short_description: Let only well-formed stop requests through
version_added: 1.0.0
description:
  - An event whose C(payload) is a request to stop calls goes on as exactly the keys that are described here, each
    checked. Everything else of it is dropped, other keys and the headers of a webhook among them.
  - Any other event is dropped as a whole, with a warning in the log. The warning gives the reason, and the id if that
    can be used. It never has the phone number.
  - A webhook answers a request that is dropped like any other one, since the filter comes behind the source.
  - The key C(id) of the payload is required. It is the request's own id, of at most 64 letters, digits and C(. _ -),
    and must not have the phone number in it, since folders and the ledger are named by it.
  - The key C(requested_at) is required. It is the time of the request with its offset, such as C(2026-03-01T09:00:00Z).
  - The key C(scope) is required. It names the accounts that are meant.
  - The key C(number) is required for O(about=number). It is the phone number in E.164, as text with its plus. Spaces,
    dots, hyphens and parentheses in it are removed.
  - "The key C(ticket) is optional. It has at most 64 letters, digits and C(. _ # / : -), and must not have the phone
    number in it, since the evidence shows it as it is."
author:
  - Telephony Outbound contributors (@telephony-outbound)
options:
  about:
    description:
      - What a request is about. One about a V(campaign) has no phone number.
    type: str
    choices: [number, campaign]
    default: number
  scopes:
    description:
      - The scopes that a request may have, literally. V(all) is the group of Ansible with every host.
      - Without it every name of a host or group is let through, except V(all) and V(ungrouped). Then a condition of the
        rule has to say which ones are meant.
    type: list
    elements: str
  max_age:
    description:
      - After how many seconds a request is too old. It may be 5 minutes ahead of this machine's clock.
    type: int
    default: 604800
  max_bytes:
    description:
      - How long the payload may be as JSON, in bytes.
    type: int
    default: 4096
"""

EXAMPLES = r"""
- eda.builtin.webhook:
    port: 5000
    token: "{{ stop_events_token }}"
    hmac_secret: "{{ stop_events_hmac_secret }}"
  filters:
    - telephony.outbound.stop_request:
        scopes: [all]
"""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#/:-]{0,63}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"[ .()-]")
_DIALED_WITHIN_A_COUNTRY = re.compile(r"\( *0")
_AHEAD = timedelta(minutes=5)
_NOT_BY_NAME = frozenset({"all", "ungrouped"})

logger = logging.getLogger("telephony.outbound.stop_request")


class _Refused(Exception):
    """The request is not well-formed; the text gives the reason, and nothing that was in the request."""


def main(
    event: Mapping[str, Any],
    about: str = "number",
    scopes: Sequence[str] | None = None,
    max_age: int = 7 * 24 * 3600,
    max_bytes: int = 4096,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the checked request as an event, or an empty list, which drops it; ValueError for wrong options."""
    if about not in {"number", "campaign"} or isinstance(scopes, str):
        raise ValueError("stop_request: about must be number or campaign, and scopes a list")
    if not all(type(each) is int for each in (max_age, max_bytes)):
        raise ValueError("stop_request: max_age and max_bytes must be whole numbers")
    event_id = ""
    try:
        payload = _payload(event, max_bytes)
        number = {"number": _number(payload)} if about == "number" else {}
        event_id = _event_id(payload, number.get("number", ""))
        checked = {
            "id": event_id,
            "requested_at": _time(payload, max_age),
            "scope": _scope(payload, scopes),
            **number,
            **_ticket(payload, number.get("number", "")),
        }
    except _Refused as refused:
        logger.warning("A stop request was dropped%s: %s", f" ({event_id})" if event_id else "", refused)
        return []
    # Without the meta of the event: ansible-rulebook takes the hosts of an action from it.
    return {"payload": checked}


def _payload(event: Any, max_bytes: int) -> Mapping[str, Any]:
    # An error here would end a source, and whoever reaches the database of a queue can notify of anything.
    payload = event.get("payload") if isinstance(event, dict) else None
    if not isinstance(payload, dict):
        raise _Refused("it has no payload that is a JSON object")
    try:
        size = len(json.dumps(payload).encode())
    except (RecursionError, TypeError, ValueError):
        raise _Refused("its payload cannot be written as JSON") from None
    if size > max_bytes:
        raise _Refused(f"its payload is longer than {max_bytes} bytes")
    return payload


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    if value is None:
        raise _Refused(f"{key} is missing")
    if not isinstance(value, str):
        raise _Refused(f"{key} is not text; write it in quotes")
    return value


def _number(payload: Mapping[str, Any]) -> str:
    given = _text(payload, "number")
    number = _SEPARATORS.sub("", given)
    if not _NUMBER.fullmatch(number) or _DIALED_WITHIN_A_COUNTRY.search(given):
        raise _Refused("number is not in E.164, which is a plus and 7 to 15 digits that begin with the country code")
    return number


def _event_id(payload: Mapping[str, Any], number: str) -> str:
    event_id = _text(payload, "id")
    if not _ID.fullmatch(event_id):
        raise _Refused("id is not made of at most 64 letters, digits and . _ - that begin with a letter or digit")
    if number and _has(event_id, number):
        raise _Refused("id has the phone number in it")
    return event_id


def _has(text: str, number: str) -> bool:
    """Return whether the last seven digits of a number are in a text, however they are set apart."""
    return number[-7:] in re.sub(r"[^0-9]", "", text)


def _time(payload: Mapping[str, Any], max_age: int) -> str:
    text = _text(payload, "requested_at")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise _Refused("requested_at is not a time such as 2026-03-01T09:00:00Z") from None
    if time.tzinfo is None:
        raise _Refused("requested_at has no offset, such as Z")
    age = datetime.now(UTC) - time
    if age > timedelta(seconds=max_age):
        raise _Refused(f"requested_at is more than {max_age} seconds ago")
    if age < -_AHEAD:
        raise _Refused("requested_at is in the future")
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _scope(payload: Mapping[str, Any], scopes: Sequence[str] | None) -> str:
    scope = _text(payload, "scope")
    is_known = _NAME.fullmatch(scope) and scope not in _NOT_BY_NAME if scopes is None else scope in scopes
    if not is_known:
        raise _Refused("scope is not one of those that are known")
    return scope


def _ticket(payload: Mapping[str, Any], number: str) -> dict[str, str]:
    if payload.get("ticket") is None:
        return {}
    ticket = _text(payload, "ticket")
    if not _TICKET.fullmatch(ticket):
        raise _Refused("ticket is not made of at most 64 letters, digits and . _ # / : -")
    if number and _has(ticket, number):
        raise _Refused("ticket has the phone number in it")
    return {"ticket": ticket}
