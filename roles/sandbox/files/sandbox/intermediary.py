# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of whoever stands between client and vendor: interim answers, answers of a gateway's own, outages."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import responses

from aiohttp import web

from .errors import BadInput
from .exchange import Exchange
from .shot import Shot

_GATEWAY_TIMEOUT = 504
_LATER = 0.2


async def interim(shot: Shot) -> web.StreamResponse:
    """Send interim answers, wait, and send the true one; without a wait all of them leave together."""
    exchange, pause = shot.exchange, shot.fault.seconds or 0
    exchange.entry["interim"] = list(shot.fault.interim)
    heads = b"".join(_interim_head(status, shot.headers) for status in shot.fault.interim)
    with corked(exchange, wanted=not pause):
        write(exchange, heads)
        await asyncio.sleep(pause)
        answer = await shot.carried_out()
        return await sent(exchange, answer.response())


async def late(shot: Shot) -> web.StreamResponse:
    """Answer in the vendor's place; the vendor carries the request out some time later."""
    response = web.Response(status=shot.fault.status or _GATEWAY_TIMEOUT, headers=shot.headers)
    # The client's next request comes on another connection: on this one it would wait for the change.
    response.force_close()
    await sent(shot.exchange, response)
    await asyncio.sleep(_LATER if shot.fault.seconds is None else shot.fault.seconds)
    await shot.carried_out()
    return response


async def outage(shot: Shot) -> web.StreamResponse:
    """Answer every request with a status, or break it off; the first one may lose sessions and the like."""
    if shot.fault.act is not None and shot.fault.fired == 1:
        act(shot)
    if shot.fault.status is None:
        return await reset(shot)
    response = web.Response(status=shot.fault.status, headers=shot.headers)
    shot.exchange.answered(response.status)
    return response


def act(shot: Shot) -> None:
    """Change the state behind the client's back."""
    try:
        shot.act(shot.fault.act)
    except BadInput as error:
        shot.exchange.entry["fault"] = f"act failed: {error}"


async def reset(shot: Shot) -> web.StreamResponse:
    """Break the connection off with a TCP RST."""
    transport = shot.exchange.request.transport
    if transport is not None:
        # lingering for 0 seconds makes the kernel send RST instead of FIN
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return gone()


def gone() -> web.Response:
    """Stand for an answer on a connection that is closed; aiohttp drops it."""
    return web.Response()


def write(exchange: Exchange, data: bytes) -> None:
    """Put bytes on the wire that are no answer of aiohttp's."""
    transport = exchange.request.transport
    if transport is not None and not transport.is_closing():
        transport.write(data)


async def sent(exchange: Exchange, response: web.StreamResponse) -> web.StreamResponse:
    """Send an answer to its end, and record its status."""
    exchange.answered(response.status)
    if not exchange.client_left:
        await response.prepare(exchange.request)
        await response.write_eof()
    return response


@contextmanager
def corked(exchange: Exchange, *, wanted: bool = True) -> Iterator[None]:
    """Hold back what is written, so that it leaves in one packet, where the system can do that."""
    transport, cork = exchange.request.transport, getattr(socket, "TCP_CORK", None)
    if not wanted or transport is None or cork is None:
        yield
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, cork, 1)
    try:
        yield
    finally:
        if not transport.is_closing():
            connection.setsockopt(socket.IPPROTO_TCP, cork, 0)


def _interim_head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {responses.get(status, '')}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
