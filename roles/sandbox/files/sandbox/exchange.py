# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request and its answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from .credentials import Credentials

Change: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """The answer of a simulated vendor."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: Sequence[tuple[str, str]] = ()

    def response(self) -> web.Response:
        """Build the aiohttp response."""
        response = web.Response(status=self.status, body=self.body, content_type=self.content_type)
        for name, value in self.headers:
            response.headers.add(name, value)
        if not self.body and self.content_type is None:
            # aiohttp would set application/octet-stream for an empty body; the vendors send no type with it
            response.headers.popall("Content-Type", None)
        return response


def json_answer(value: object, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    """Build a JSON answer."""
    return Answer(status, json.dumps(value).encode(), "application/json", headers)


@dataclass(slots=True)
class Exchange:
    """A request in progress. Vendors read it and report their changes with `changed`."""

    request: web.BaseRequest
    prefix: str
    method: str
    path: str
    """The raw path below the prefix, with percent-escapes unchanged: `/api/apps/1/2/cancel`."""
    query: str
    body: bytes
    credentials: Credentials | None
    authenticated: bool
    concurrent: int
    """Number of requests in progress with the same credentials, including this one."""
    entry: dict[str, Any] = field(repr=False)

    def changed(self, **change: Any) -> None:
        """Record a change of the state when it is made."""
        self.entry["changes"].append(change)

    def answered(self, status: int) -> None:
        """Record the status, unless the client has disconnected."""
        if not self.client_left:
            self.entry["status"] = status

    @property
    def client_left(self) -> bool:
        """Whether the client has disconnected."""
        transport = self.request.transport
        return transport is None or transport.is_closing()
