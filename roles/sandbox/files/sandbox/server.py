# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two listeners: one for the vendors and the control routes, and the trap."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp import web

from . import access, control
from .app import App
from .errors import BadInput
from .exchange import Answer, Exchange, json_answer
from .faults.actions import ACTIONS
from .faults.context import FaultContext
from .vendor_app import VendorApp

TRAP = "trap"


class Server:
    """Listens, and answers requests with the app's state."""

    def __init__(self, app: App) -> None:
        """Store the app; nothing listens yet."""
        self._app = app
        self._runners: list[web.ServerRunner] = []

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> tuple[str, str]:
        """Open both listeners and return their addresses; the trap uses any free port."""
        main = await self._open(web.Server(self._serve, access_log=None), host, port, tls)
        trap = await self._open(web.Server(self._catch, access_log=None), host, 0, tls)
        return main, trap

    async def close(self) -> None:
        """Stop listening, and abort requests in progress."""
        for runner in self._runners:
            await runner.cleanup()

    async def _open(self, server: web.Server, host: str, port: int, tls: ssl.SSLContext | None) -> str:
        runner = web.ServerRunner(server, shutdown_timeout=0.2)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, port, ssl_context=tls, backlog=1024).start()
        bound = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if tls else 'http'}://{shown}:{bound}"

    async def _catch(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer any request to the trap; only the record of it matters."""
        path, query = _target(request)
        body = await access.read_body(request)
        app = self._app
        exchange = app.recorder.begin(request, TRAP, (path, query), body, app.state.credentials(request.headers), False)
        app.recorder.end(exchange)
        exchange.answered(200)
        return json_answer({}).response()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if problem := access.foreign_page(request):
            return json_answer({"error": problem}, 403).response()
        try:
            return await self._answer(request)
        except BadInput as error:
            return json_answer({"error": str(error)}, 413).response()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        app = self._app
        path, query = _target(request)
        if path.startswith(control.PREFIX):
            return await control.answer(app, request, path)
        prefix = path.split("/", 2)[1] if path.startswith("/") else ""
        vendor = app.state.vendor(prefix)
        body = await access.read_body(request)
        credentials = vendor.credentials(request.headers, body) if vendor else app.state.credentials(request.headers)
        valid = vendor is not None and credentials is not None and vendor.accepts(credentials)
        exchange = app.recorder.begin(request, prefix, (path, query), body, credentials, valid)
        try:
            if latency := app.state.settings["latency"]:
                await asyncio.sleep(latency)
            return await self._respond(vendor, exchange, path)
        finally:
            app.recorder.end(exchange)

    async def _respond(self, vendor: VendorApp | None, exchange: Exchange, path: str) -> web.StreamResponse:
        fault = self._app.faults.take(exchange.method, path, exchange.query, exchange.body)
        if fault is None:
            return _send(exchange, await _handle(vendor, exchange))
        exchange.entry["fault"] = fault.do
        elsewhere = self._app.address["trap_url"] + exchange.request.raw_path
        context = FaultContext(fault, exchange, None, elsewhere, self._app.state.act, lambda: _handle(vendor, exchange))
        if fault.when == "before":
            spoiled = await ACTIONS[fault.do](context)
            return spoiled or _send(exchange, await context.carried_out())
        answer = await context.carried_out()
        spoiled = await ACTIONS[fault.do](context)
        return spoiled or _send(exchange, answer)


async def _handle(vendor: VendorApp | None, exchange: Exchange) -> Answer:
    if vendor is None:
        return json_answer({"error": "No vendor is simulated at this address."}, 404)
    return await vendor.handle(exchange)


def _send(exchange: Exchange, answer: Answer) -> web.Response:
    exchange.answered(answer.status)
    return answer.response()


def _target(request: web.BaseRequest) -> tuple[str, str]:
    """Split the raw request target; a client that uses the sandbox as a proxy sends a whole URL."""
    target = request.raw_path
    if not target.startswith("/") and "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _mark, query = target.partition("?")
    return path, query
