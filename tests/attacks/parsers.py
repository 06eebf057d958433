# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that reads a vendor's words, by name, as functions of the bytes of a body.

A new vendor adds its readers here. Each returns, or raises OutboundError; anything else is a defect.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core import json_stream
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.message import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Vendor
from ansible_collections.telephony.outbound.plugins.module_utils._vendors import (
    genesys,
    plum,
    voipnow,
    voipnow_events,
    voipnow_targets,
    wolkvox,
    wolkvox_export,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.bayeux import Bayeux

Parser = Callable[[bytes], Any]
PIECE = 65536


class Told:
    """A client to whom a vendor always says the same; what its judge finds is raised, as by the real one."""

    check_mode = False

    def __init__(self, vendor: Vendor | None, body: bytes, status: int = 200) -> None:
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
        error = self._vendor.judge(response) if self._vendor else None
        if error is not None:
            raise error
        return response

    def hide(self, secret: str) -> None:
        """Hide nothing."""


PLUM = plum.Plum("insight", "dialer@example.com", "not-a-secret-key")
WOLKVOX = wolkvox.Wolkvox("0010", None, "not-a-secret-token")
VOIPNOW = voipnow.VoipNow({"client_id": "app", "client_secret": "not-a-secret"})
GENESYS = genesys.Genesys("service", "not-a-secret")
PLACE = voipnow_targets.Place("@me", "0003*210")


def client(vendor: Vendor | None, body: bytes, status: int = 200) -> Any:
    return Told(vendor, body, status)


def _stream(body: bytes) -> None:
    pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
    try:
        json_stream.read(pieces, ("records", "data"), lambda _value, _text: None)
    except ValueError as error:
        raise OutboundError.__new__(OutboundError) from error  # what every caller makes of it


def _bayeux(body: bytes) -> None:
    bayeux = Bayeux(
        "/notifications",
        "/v2/me/*",
        hear=lambda _channel, data: json.dumps(data),
        ended=lambda: None,
        refresh=lambda _client: None,
        headers=dict,
        longest_poll=5.0,
    )
    bayeux._open(client(GENESYS, body))


def _token(body: bytes) -> None:
    told = client(VOIPNOW, body)
    told.clock = Clock()
    VOIPNOW._fetch(told)


PARSERS: dict[str, Parser] = {}
