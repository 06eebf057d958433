# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The way to the vendor for one piece of work: sends as often as the retry table allows, within its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from .clock import Clock, Deadline
from .errors import OutboundError
from .message import Request, Response
from .retry import Purpose, wait_before_next_try, was_sent
from .transport import Transport

Judge = Callable[[Response], OutboundError | None]


@dataclass(frozen=True)
class Line:
    """What all clients of a task share."""

    transport: Transport
    clock: Clock
    retries: int
    judge: Judge
    random: Callable[[], float] = random

    def client(self, seconds: float) -> Client:
        """Open a way to the vendor that ends after so many seconds."""
        return Client(self, Deadline(self.clock, seconds))


class Client:
    """Sends requests that belong together; ``writes`` counts how often a write went out."""

    def __init__(self, line: Line, deadline: Deadline) -> None:
        self._line = line
        self.deadline = deadline
        self.writes = 0

    def send(self, request: Request) -> Response:
        """Return an answer that the vendor's judge finds no fault with, or raise OutboundError."""
        line = self._line
        tries = 0
        while True:
            tries += 1
            try:
                return self._once(request)
            except OutboundError as error:
                wait = wait_before_next_try(
                    request.purpose,
                    error,
                    tries=tries,
                    retries=line.retries,
                    left=self.deadline.left(),
                    date=line.clock.date(),
                    random=line.random,
                )
                if wait is None or not line.clock.pause(wait):
                    raise

    def _once(self, request: Request) -> Response:
        is_write = request.purpose is Purpose.WRITE
        try:
            response = self._line.transport.exchange(request, self.deadline)
        except OutboundError as broken:
            self.writes += is_write and was_sent(broken)
            raise
        self.writes += is_write
        error = self._line.judge(response)
        if error is not None:
            raise error
        return response
