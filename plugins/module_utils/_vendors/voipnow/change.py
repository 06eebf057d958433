# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.

"""VoipNow: send a write, and verify that the response confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.answers import says_no
from ..._core.client import Client
from ..._core.http_messages import Request, Response
from ..._core.retry import Purpose


def send_change(
    client: Client,
    method: str,
    address: str,
    body: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> Response:
    """Send a write; raise OutboundError unless the answer is 2xx without a body or with the changed object."""
    request = Request(purpose=Purpose.WRITE, method=method, path=address, json=body, params=params or {})
    response = client.send(request)
    if response.body.strip() and not _confirms(response.json()):
        raise response.unexpected("the answer to a change has a body that does not name the changed object")
    return response


def _confirms(body: Any) -> bool:
    """Return whether a body names the changed objects: ids, or objects with one, alone, in a list or a collection."""
    if isinstance(body, list):
        return all(_confirms(item) for item in body)
    if isinstance(body, Mapping):
        return ("id" in body or "entry" in body) and not says_no({**body, "status": None})
    if isinstance(body, str):
        return body.strip().isalnum() and not says_no({"result": body})
    return isinstance(body, int) and body > 0 and body is not True
