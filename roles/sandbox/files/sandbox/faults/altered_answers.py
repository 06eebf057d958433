# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that send the true answer in an unusual form."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from aiohttp import web

from .context import FaultContext
from .intermediary import corked, sent, write

PIECE = 64 * 1024
_FORGED = b"HTTP/1.1 204 No Content\r\n\r\n"
_FIRST_NAME = re.compile(rb'\{\s*("(?:[^"\\]|\\.)*")\s*:')


async def pad(context: FaultContext) -> web.StreamResponse | None:
    """Send white space before the true body."""
    answer = await context.carried_out()
    if not answer.body:
        context.did_nothing()
        return None
    response = answer.response()
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    padded = web.StreamResponse(status=response.status, headers=headers)
    padded.enable_chunked_encoding()
    context.exchange.answered(padded.status)
    await padded.prepare(context.exchange.request)
    left = context.fault.bytes
    while left > 0 and not context.exchange.client_left:
        size = min(left, PIECE)
        await padded.write(b" " * size)
        left -= size
    if not context.exchange.client_left:
        await padded.write(answer.body)
    return padded


async def extra(context: FaultContext) -> web.StreamResponse:
    """Send bytes after the true answer, in the same packet or later on the idle connection."""
    answer, pause = await context.carried_out(), context.fault.seconds or 0
    more = _FORGED if context.fault.body is None else context.body("")
    with corked(context.exchange, wanted=not pause):
        response = await sent(context.exchange, answer.response())
        await asyncio.sleep(pause)
        write(context.exchange, more)
    return response


async def duplicate(context: FaultContext) -> web.StreamResponse | None:
    """Repeat the first name of the first JSON object, with a different value the first time."""
    answer = await context.carried_out()
    found = _FIRST_NAME.search(answer.body)
    if found is None:
        context.did_nothing()
        return None
    at = found.start(1)
    body = answer.body[:at] + found[1] + b": null, " + answer.body[at:]
    return await sent(context.exchange, replace(answer, body=body).response())


async def encoding(context: FaultContext) -> web.StreamResponse | None:
    """Send the true body in another encoding, declared as such unless `headers` say otherwise."""
    answer = await context.carried_out()
    if not answer.body:
        context.did_nothing()
        return None
    charset = context.fault.charset or "utf-8"
    body = answer.body.decode().encode(charset, errors="replace")
    response = replace(answer, body=body).response()
    named = f"{answer.content_type or 'application/json'}; charset={charset.removesuffix('-sig')}"
    response.headers["Content-Type"] = context.headers.get("Content-Type", named)
    return await sent(context.exchange, response)
