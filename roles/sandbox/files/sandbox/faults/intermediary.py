# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a proxy between client and vendor: interim responses, gateway errors, outages."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import responses

from aiohttp import web

from ..errors import BadInput
from ..exchange import Exchange
from .context import FaultContext

_GATEWAY_TIMEOUT = 504
_LATER = 0.2


async def interim(context: FaultContext) -> web.StreamResponse:
    """Send interim responses, wait, and send the true answer; without a wait, all are sent together."""
    exchange, pause = context.exchange, context.fault.seconds or 0
    exchange.entry["interim"] = list(context.fault.interim)
    heads = b"".join(_interim_head(status, context.headers) for status in context.fault.interim)
    with corked(exchange, wanted=not pause):
        write(exchange, heads)
        await asyncio.sleep(pause)
        answer = await context.carried_out()
        return await sent(exchange, answer.response())


async def late(context: FaultContext) -> web.StreamResponse:
    """Answer as a gateway; the vendor handles the request some time later."""
    response = web.Response(status=context.fault.status or _GATEWAY_TIMEOUT, headers=context.headers)
    # Force a new connection for the client's next request, which would otherwise wait for the change.
    response.force_close()
    await sent(context.exchange, response)
    await asyncio.sleep(_LATER if context.fault.seconds is None else context.fault.seconds)
    await context.carried_out()
    return response


async def outage(context: FaultContext) -> web.StreamResponse:
    """Answer every request with a status, or reset the connection; the first one may also run an act."""
    if context.fault.act is not None and context.fault.fired == 1:
        act(context)
    if context.fault.status is None:
        return await reset(context)
    response = web.Response(status=context.fault.status, headers=context.headers)
    context.exchange.answered(response.status)
    return response


def act(context: FaultContext) -> None:
    """Change the state without a request of the client."""
    try:
        context.act(context.fault.act)
    except BadInput as error:
        context.exchange.entry["fault"] = f"act failed: {error}"


async def reset(context: FaultContext) -> web.StreamResponse:
    """Reset the connection with a TCP RST."""
    transport = context.exchange.request.transport
    if transport is not None:
        # a linger time of 0 makes the kernel send RST instead of FIN
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return gone()


def gone() -> web.Response:
    """Return a placeholder answer for a closed connection; aiohttp drops it."""
    return web.Response()


def write(exchange: Exchange, data: bytes) -> None:
    """Write raw bytes to the connection, bypassing aiohttp."""
    transport = exchange.request.transport
    if transport is not None and not transport.is_closing():
        transport.write(data)


async def sent(exchange: Exchange, response: web.StreamResponse) -> web.StreamResponse:
    """Send a whole answer, and record its status."""
    exchange.answered(response.status)
    if not exchange.client_left:
        await response.prepare(exchange.request)
        await response.write_eof()
    return response


@contextmanager
def corked(exchange: Exchange, *, wanted: bool = True) -> Iterator[None]:
    """Delay writes so that they leave in one packet, if the system supports it."""
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
