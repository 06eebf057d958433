# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The context in which a fault runs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiohttp import web

from ..exchange import Answer, Exchange
from .spec import Fault


@dataclass(slots=True)
class FaultContext:
    """A fault that applies to a request. `answer` is set if the request has already been handled."""

    fault: Fault
    exchange: Exchange
    answer: Answer | None
    elsewhere: str
    """Target of a redirect if the fault does not set one."""
    act: Callable[[Any], object]
    """Changes the state without a request of the client."""
    handle: Callable[[], Awaitable[Answer]]
    """Handles the request as the vendor."""

    @property
    def status(self) -> int:
        """The fault's status, otherwise that of the true answer, otherwise 200."""
        return self.fault.status or (self.answer.status if self.answer else 200)

    @property
    def headers(self) -> dict[str, str]:
        """The fault's headers."""
        return {name: str(value) for name, value in self.fault.headers.items()}

    def body(self, otherwise: str) -> bytes:
        """Return the fault's body, otherwise that of the true answer, otherwise the given one."""
        given = self.fault.body
        if given is None:
            return (self.answer.body if self.answer else b"") or otherwise.encode()
        return given.encode() if isinstance(given, str) else json.dumps(given).encode()

    @property
    def content_type(self) -> str:
        """The content type of the body."""
        if self.answer and self.answer.content_type and self.fault.body is None:
            return self.answer.content_type
        return "text/plain" if isinstance(self.fault.body, str) else "application/json"

    async def carried_out(self) -> Answer:
        """Handle the request unless that is done, and return the true answer."""
        if self.answer is None:
            self.answer = await self.handle()
        return self.answer

    def did_nothing(self) -> None:
        """Record that the fault did not apply: the true answer is sent unchanged."""
        self.exchange.entry["fault"] = None


FaultAction: TypeAlias = Callable[[FaultContext], Awaitable[web.StreamResponse | None]]
"""Returns the answer to send, or None to send the true one."""
