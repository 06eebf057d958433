# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parsers of all vendors share: a client that always gets the same answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Account

PIECE = 65536
Parse = Callable[[bytes], Any]


class Parser(NamedTuple):
    """What reads a body, and a body of its vendor, with VALUE in the place of any value."""

    parse: Parse
    shape: str


class Told:
    """A client that always gets the same answer; errors found by its account are raised, as by the real one."""

    check_mode = False

    def __init__(self, vendor: Account | None, body: bytes, status: int = 200) -> None:
        self._vendor = vendor
        self._answer = (status, body)
        self._left = 20

    def send(self, request: Request) -> Response:
        self._left -= 1
        status, body = self._answer
        assert self._left, "it asks without an end"
        pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
        received = request.receive(pieces) if request.receive and status < 300 else None
        response = Response(status, {}, b"" if received is not None else body, received)
        error = self._vendor.error_from(response) if self._vendor else None
        if error is not None:
            raise error
        return response

    def hide(self, secret: str) -> None:
        """Mask nothing."""


def client(vendor: Account | None, body: bytes, status: int = 200) -> Any:
    return Told(vendor, body, status)


def errors(vendor: Account) -> Parse:
    def error_from(body: bytes) -> None:
        for status in (200, 403):
            vendor.error_from(Response(status, {}, body))

    return error_from
