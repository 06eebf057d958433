# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault that fires on a request, with all that it needs."""

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
    """A fault that fires on a request. `answer` is there when the request was carried out before."""

    fault: Fault
    exchange: Exchange
    answer: Answer | None
    elsewhere: str
    """Where a redirect leads when the fault does not say."""
    act: Callable[[Any], object]
    """Changes the state behind the client's back."""
    handle: Callable[[], Awaitable[Answer]]
    """Carries the request out."""

    @property
    def status(self) -> int:
        """Give the fault's status, else that of the true answer, else 200."""
        return self.fault.status or (self.answer.status if self.answer else 200)

    @property
    def headers(self) -> dict[str, str]:
        """Give the fault's own headers."""
        return {name: str(value) for name, value in self.fault.headers.items()}

    def body(self, otherwise: str) -> bytes:
        """Give the fault's body, else that of the true answer, else this one."""
        given = self.fault.body
        if given is None:
            return (self.answer.body if self.answer else b"") or otherwise.encode()
        return given.encode() if isinstance(given, str) else json.dumps(given).encode()

    @property
    def content_type(self) -> str:
        """Give the type that goes with the body."""
        if self.answer and self.answer.content_type and self.fault.body is None:
            return self.answer.content_type
        return "text/plain" if isinstance(self.fault.body, str) else "application/json"

    async def carried_out(self) -> Answer:
        """Carry the request out, unless it was, and give the true answer."""
        if self.answer is None:
            self.answer = await self.handle()
        return self.answer

    def did_nothing(self) -> None:
        """Note that there was nothing to spoil: the true answer goes out as it is."""
        self.exchange.entry["fault"] = None


FaultAction: TypeAlias = Callable[[FaultContext], Awaitable[web.StreamResponse | None]]
"""Gives the answer to send; None leaves the true answer as it is."""
