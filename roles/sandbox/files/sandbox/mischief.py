# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each fault is carried out: one small function each, in one table."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Mapping
from http.client import responses

from aiohttp import web

from . import disguise, intermediary
from .disguise import PIECE
from .intermediary import gone
from .shot import Mischief, Shot

HANG_LIMIT = 120.0
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"


def _plain(shot: Shot, status: int, body: bytes, content_type: str) -> web.Response:
    headers = {"Content-Type": content_type, **shot.headers}
    shot.exchange.answered(status)
    return web.Response(status=status, body=body, headers=headers)


async def _status(shot: Shot) -> web.StreamResponse:
    body = b"" if shot.fault.body is None else shot.body("")
    return _plain(shot, shot.status, body, shot.content_type)


async def _delay(shot: Shot) -> None:
    await asyncio.sleep(shot.fault.seconds or 0)


async def _act(shot: Shot) -> None:
    intermediary.act(shot)


async def _hang(shot: Shot) -> web.StreamResponse:
    end = time.monotonic() + min(shot.fault.seconds or HANG_LIMIT, HANG_LIMIT)
    while time.monotonic() < end and not shot.exchange.client_left:  # noqa: ASYNC110 - aiohttp tells nobody
        await asyncio.sleep(0.05)
    return await _close(shot)


async def _close(shot: Shot) -> web.StreamResponse:
    transport = shot.exchange.request.transport
    if transport is not None:
        transport.close()
    return gone()


def _head(shot: Shot, length: int) -> bytes:
    headers = {"Content-Type": shot.content_type, "Content-Length": str(length), **shot.headers}
    lines = [f"HTTP/1.1 {shot.status} {responses.get(shot.status, '')}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


async def _cut(shot: Shot) -> web.StreamResponse:
    body = shot.body('{"cut": ')
    transport = shot.exchange.request.transport
    if transport is not None:
        shot.exchange.answered(shot.status)
        transport.write(_head(shot, len(body) + 1000) + body)
    return await _close(shot)


async def _drip(shot: Shot) -> web.StreamResponse:
    body = shot.body(" " * 64)
    length = {"Content-Length": str(len(body))}
    response = web.StreamResponse(
        status=shot.status, headers={"Content-Type": shot.content_type, **length, **shot.headers}
    )
    shot.exchange.answered(shot.status)
    await response.prepare(shot.exchange.request)
    for byte in body:
        if shot.exchange.client_left:
            break
        await response.write(bytes([byte]))
        await asyncio.sleep(shot.fault.interval)
    return response


async def _drip_headers(shot: Shot) -> web.StreamResponse:
    body = shot.body("")
    for byte in _head(shot, len(body)):
        transport = shot.exchange.request.transport
        if transport is None or transport.is_closing():
            return gone()
        transport.write(bytes([byte]))
        await asyncio.sleep(shot.fault.interval)
    if (transport := shot.exchange.request.transport) is not None:
        shot.exchange.answered(shot.status)
        transport.write(body)
    return await _close(shot)


async def _huge(shot: Shot) -> web.StreamResponse:
    response = web.StreamResponse(status=shot.status, headers={"Content-Type": "application/json", **shot.headers})
    response.enable_chunked_encoding()
    shot.exchange.answered(shot.status)
    await response.prepare(shot.exchange.request)
    await response.write(b"[")
    left = max(shot.fault.bytes - 2, 0)
    while left and not shot.exchange.client_left:
        size = min(left, PIECE)
        await response.write(b" " * size)
        left -= size
    if not shot.exchange.client_left:
        await response.write(b"]")
    return response


async def _gzip_bomb(shot: Shot) -> web.StreamResponse:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", **shot.headers}
    response = web.StreamResponse(status=shot.status, headers=headers)
    response.enable_chunked_encoding()
    shot.exchange.answered(shot.status)
    await response.prepare(shot.exchange.request)
    packer = zlib.compressobj(level=1, wbits=31)
    await response.write(packer.compress(b"["))
    left = max(shot.fault.bytes - 2, 0)
    while left and not shot.exchange.client_left:
        size = min(left, 16 * PIECE)
        if packed := packer.compress(b" " * size):
            await response.write(packed)
        left -= size
        await asyncio.sleep(0)
    if not shot.exchange.client_left:
        await response.write(packer.compress(b"]") + packer.flush())
    return response


async def _bad_json(shot: Shot) -> web.StreamResponse:
    return _plain(shot, shot.fault.status or 200, b'{"success": tru', "application/json")


async def _html(shot: Shot) -> web.StreamResponse:
    return _plain(shot, shot.fault.status or 200, _LOGIN_PAGE.encode(), "text/html")


async def _redirect(shot: Shot) -> web.StreamResponse:
    response = _plain(shot, shot.fault.status or 302, b"", "text/plain")
    response.headers["Location"] = shot.fault.location or shot.elsewhere
    return response


MISCHIEF: Mapping[str, Mischief] = {
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
    "pad": disguise.pad,
    "extra": disguise.extra,
    "duplicate": disguise.duplicate,
    "encoding": disguise.encoding,
}
ONLY_AFTER = frozenset({"pad", "extra", "duplicate", "encoding"})
"""Those that are nothing without a true answer."""
ONLY_BEFORE = frozenset({"late", "outage"})
"""Those in which the answer comes before the change, or there is no change."""
AFTER_BY_NATURE = frozenset({"cut", "drip", "drip_headers", "act"}) | ONLY_AFTER
"""Those that spoil or follow a true answer, so that they come after the change unless told otherwise."""
