# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of each fault: one small function each, in one table."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Mapping
from http.client import responses

from aiohttp import web

from . import altered_answers, intermediary
from .altered_answers import PIECE
from .context import FaultAction, FaultContext
from .intermediary import gone

HANG_LIMIT = 120.0
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"


def _plain(context: FaultContext, status: int, body: bytes, content_type: str) -> web.Response:
    headers = {"Content-Type": content_type, **context.headers}
    context.exchange.answered(status)
    return web.Response(status=status, body=body, headers=headers)


async def _status(context: FaultContext) -> web.StreamResponse:
    body = b"" if context.fault.body is None else context.body("")
    return _plain(context, context.status, body, context.content_type)


async def _delay(context: FaultContext) -> None:
    await asyncio.sleep(context.fault.seconds or 0)


async def _act(context: FaultContext) -> None:
    intermediary.act(context)


async def _hang(context: FaultContext) -> web.StreamResponse:
    end = time.monotonic() + min(context.fault.seconds or HANG_LIMIT, HANG_LIMIT)
    while time.monotonic() < end and not context.exchange.client_left:  # noqa: ASYNC110 - aiohttp tells nobody
        await asyncio.sleep(0.05)
    return await _close(context)


async def _close(context: FaultContext) -> web.StreamResponse:
    transport = context.exchange.request.transport
    if transport is not None:
        transport.close()
    return gone()


def _head(context: FaultContext, length: int) -> bytes:
    headers = {"Content-Type": context.content_type, "Content-Length": str(length), **context.headers}
    lines = [
        f"HTTP/1.1 {context.status} {responses.get(context.status, '')}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


async def _cut(context: FaultContext) -> web.StreamResponse:
    body = context.body('{"cut": ')
    transport = context.exchange.request.transport
    if transport is not None:
        context.exchange.answered(context.status)
        transport.write(_head(context, len(body) + 1000) + body)
    return await _close(context)


async def _drip(context: FaultContext) -> web.StreamResponse:
    body = context.body(" " * 64)
    length = {"Content-Length": str(len(body))}
    response = web.StreamResponse(
        status=context.status, headers={"Content-Type": context.content_type, **length, **context.headers}
    )
    context.exchange.answered(context.status)
    await response.prepare(context.exchange.request)
    for byte in body:
        if context.exchange.client_left:
            break
        await response.write(bytes([byte]))
        await asyncio.sleep(context.fault.interval)
    return response


async def _drip_headers(context: FaultContext) -> web.StreamResponse:
    body = context.body("")
    for byte in _head(context, len(body)):
        transport = context.exchange.request.transport
        if transport is None or transport.is_closing():
            return gone()
        transport.write(bytes([byte]))
        await asyncio.sleep(context.fault.interval)
    if (transport := context.exchange.request.transport) is not None:
        context.exchange.answered(context.status)
        transport.write(body)
    return await _close(context)


async def _huge(context: FaultContext) -> web.StreamResponse:
    response = web.StreamResponse(
        status=context.status, headers={"Content-Type": "application/json", **context.headers}
    )
    response.enable_chunked_encoding()
    context.exchange.answered(context.status)
    await response.prepare(context.exchange.request)
    await response.write(b"[")
    left = max(context.fault.bytes - 2, 0)
    while left and not context.exchange.client_left:
        size = min(left, PIECE)
        await response.write(b" " * size)
        left -= size
    if not context.exchange.client_left:
        await response.write(b"]")
    return response


async def _gzip_bomb(context: FaultContext) -> web.StreamResponse:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", **context.headers}
    response = web.StreamResponse(status=context.status, headers=headers)
    response.enable_chunked_encoding()
    context.exchange.answered(context.status)
    await response.prepare(context.exchange.request)
    packer = zlib.compressobj(level=1, wbits=31)
    await response.write(packer.compress(b"["))
    left = max(context.fault.bytes - 2, 0)
    while left and not context.exchange.client_left:
        size = min(left, 16 * PIECE)
        if packed := packer.compress(b" " * size):
            await response.write(packed)
        left -= size
        await asyncio.sleep(0)
    if not context.exchange.client_left:
        await response.write(packer.compress(b"]") + packer.flush())
    return response


async def _bad_json(context: FaultContext) -> web.StreamResponse:
    return _plain(context, context.fault.status or 200, b'{"success": tru', "application/json")


async def _html(context: FaultContext) -> web.StreamResponse:
    return _plain(context, context.fault.status or 200, _LOGIN_PAGE.encode(), "text/html")


async def _redirect(context: FaultContext) -> web.StreamResponse:
    response = _plain(context, context.fault.status or 302, b"", "text/plain")
    response.headers["Location"] = context.fault.location or context.elsewhere
    return response


ACTIONS: Mapping[str, FaultAction] = {
    "status": _status,
    "delay": _delay,
    "hang": _hang,
    "reset": intermediary.reset,
    "close": _close,
    "cut": _cut,
    "drip": _drip,
    "drip_headers": _drip_headers,
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
    "bad_json": _bad_json,
    "html": _html,
    "redirect": _redirect,
    "act": _act,
    "interim": intermediary.interim,
    "late": intermediary.late,
    "outage": intermediary.outage,
    "pad": altered_answers.pad,
    "extra": altered_answers.extra,
    "duplicate": altered_answers.duplicate,
    "encoding": altered_answers.encoding,
}
ONLY_AFTER = frozenset({"pad", "extra", "duplicate", "encoding"})
"""Faults that alter a true answer, so they require one."""
ONLY_BEFORE = frozenset({"late", "outage"})
"""Faults that answer before the change, or without any change."""
AFTER_BY_NATURE = frozenset({"cut", "drip", "drip_headers", "act"}) | ONLY_AFTER
"""Faults that by default apply after the change, because they alter or follow a true answer."""
