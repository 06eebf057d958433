# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox's API: reads that may have no data, changes, and the values in its answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..._core import strict_json
from ..._core.client import Client
from ..._core.errors import Kind, OutboundError
from ..._core.http_messages import LONGEST_BODY, Receiver, Request, Response
from ..._core.retry import Purpose

CAMPAIGN = "/api/v2/campaign.php"
CONFIGURATION = "/api/v2/configuration.php"
INFORMATION = "/api/v2/information.php"

MOST_RECORDS = 60_000
"""Records that one answer has at most."""

MOST_COUNT = 1_000_000_000
"""More records than any campaign can have; larger numbers are invalid."""


@dataclass
class Streamed:
    """The parsed form of a long response; ``head`` is the response without its rows."""

    head: Any = None


def read(
    client: Client,
    path: str,
    params: Mapping[str, str],
    *,
    max_bytes: int = LONGEST_BODY,
    receive: Receiver | None = None,
) -> Response | None:
    """Return the answer to a read; None for a 404 with the vendor's body: without it, the address may be wrong."""
    request = Request(
        purpose=Purpose.READ, method="GET", path=path, params=params, max_bytes=max_bytes, receive=receive
    )
    try:
        return client.send(request)
    except OutboundError as error:
        if error.kind is Kind.NOT_FOUND and whole_number(error.code) == 404:
            return None
        raise


def send_change(
    client: Client,
    method: str,
    params: Mapping[str, str],
    *,
    path: str = CAMPAIGN,
    json: Mapping[str, Any] | None = None,
) -> None:
    """Send a change; raise OutboundError unless the body has the documented code 200, 201 or 202."""
    response = client.send(Request(purpose=Purpose.WRITE, method=method, path=path, params=params, json=json))
    body = response.json()
    code = whole_number(body.get("code")) if isinstance(body, dict) else None
    if code not in (200, 201, 202):
        raise response.unexpected("the answer to a change has no success code")


def whole_number(value: Any) -> int | None:
    """Parse a count or code that may be text; return None unless it is an integer from 0 to MOST_COUNT."""
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        with suppress(ValueError):
            number = strict_json.whole(value.strip())
    return number if number is not None and 0 <= number <= MOST_COUNT else None


def as_rows(data: Any) -> Any:
    """Return the rows of an answer as a list: null is none, an object is one; anything else is returned unchanged."""
    if data is None:
        return []
    return [data] if isinstance(data, dict) else data
