# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The way to the vendor for one piece of work: sends as often as the retry table allows, within its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import random
from typing import Protocol

from .clock import Clock, Deadline
from .errors import Happening, OutboundError
from .interrupt import Permit
from .message import Request, Response
from .retry import Purpose, perhaps_carried_out, wait_before_next_try, was_sent
from .transport import Transport

Judge = Callable[[Response], "OutboundError | None"]


class Login(Protocol):
    """Credentials that have to be fetched before they can be sent."""

    def login(self, client: Client) -> int:
        """Fetch what is missing; return a number that names the login in use."""

    def renew(self, client: Client, used: int, error: OutboundError) -> bool:
        """Tell whether a request that ended so, with that login, is worth one more try with a new one."""


def _forget(_secret: str) -> None:
    """Hide nothing: there are no results to hide it in."""


@dataclass(frozen=True)
class Line:
    """What all clients of a task share."""

    transport: Transport
    clock: Clock
    retries: int
    judge: Judge
    random: Callable[[], float] = random
    login: Login | None = None
    hide: Callable[[str], None] = _forget

    def client(self, seconds: float, permit: Permit | None = None) -> Client:
        """Open a way to the vendor that ends after so many seconds, for what the permit allows."""
        return Client(self, Deadline(self.clock, seconds), permit or Permit(self.clock.stop))


class Client:
    """Sends requests that belong together; ``writes`` counts writes that went out, ``accepted`` the yeses to them."""

    def __init__(self, line: Line, deadline: Deadline, permit: Permit) -> None:
        self._line = line
        self.permit = permit
        self.clock = line.clock
        self.deadline = deadline
        self.writes = 0
        self.accepted = 0

    @property
    def check_mode(self) -> bool:
        """Tell whether a write would be stopped on its way."""
        return self._line.transport.check_mode

    def another(self, seconds: float) -> Client:
        """Open one more way to the same vendor for the same work, with its own time."""
        return self._line.client(seconds, self.permit)

    def lasting(self) -> Client:
        """Open one more way to the same vendor that an interrupt leaves open, for what closes what was opened."""
        return self._line.client(self.deadline.left(), Permit(self.clock.stop, lasting=True))

    def send(self, request: Request) -> Response:
        """Return an answer that the vendor's judge finds no fault with, or raise OutboundError."""
        login = self._line.login
        if login is None or request.purpose is Purpose.LOGIN:
            return self._send(request)
        used = self.log_in()
        try:
            return self._send(request)
        except OutboundError as error:
            # A request that was refused was not carried out, so that a write may be sent once more too.
            if perhaps_carried_out(error) or not login.renew(self, used, error):
                raise
        self.log_in()
        return self._send(request)

    def log_in(self) -> int:
        """Log in where the vendor wants that and it is not done; return a number that names the login.

        Raises OutboundError, of which nothing but the login can have been carried out.
        """
        try:
            return self._line.login.login(self) if self._line.login else 0
        except OutboundError as error:
            if perhaps_carried_out(error):
                error.happening = Happening.NOT_SENT
            raise

    def hide(self, secret: str) -> None:
        """Keep a secret that the vendor handed out from coming to light in results."""
        self._line.hide(secret)

    def _send(self, request: Request) -> Response:
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
            response = self._line.transport.exchange(request, self.deadline, self.permit)
        except OutboundError as broken:
            self.writes += is_write and was_sent(broken)
            raise
        self.writes += is_write
        error = self._line.judge(response)
        if error is not None:
            raise error
        self.accepted += is_write
        return response
