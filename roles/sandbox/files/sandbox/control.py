# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes below /_control: state, journal, faults, settings and acts."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from aiohttp import web

from . import access
from .app import App
from .errors import BadInput
from .exchange import json_answer

PREFIX = "/_control/"


async def _order(request: web.BaseRequest) -> Any:
    try:
        return json.loads(await access.read_body(request))
    except ValueError as error:
        raise BadInput(f"the body is not JSON: {error}") from error


def _since(query: str) -> int:
    try:
        return int(parse_qs(query).get("since", ["0"])[-1])
    except ValueError as error:
        raise BadInput("since must be a number") from error


async def _who(app: App, request: web.BaseRequest) -> object:
    return app.address


async def _end(app: App, request: web.BaseRequest) -> object:
    app.end()
    return {}


async def _journal(app: App, request: web.BaseRequest) -> object:
    return {"requests": app.recorder.since(_since(request.raw_path.partition("?")[2]))}


async def _forget_journal(app: App, request: web.BaseRequest) -> object:
    app.recorder.clear()
    return {}


async def _state(app: App, request: web.BaseRequest) -> object:
    return app.state.snapshot()


async def _reset(app: App, request: web.BaseRequest) -> object:
    app.reset(await _order(request))
    return {}


async def _faults(app: App, request: web.BaseRequest) -> object:
    return app.faults.listing()


async def _arm(app: App, request: web.BaseRequest) -> object:
    app.faults.arm(await _order(request))
    return app.faults.listing()


async def _disarm(app: App, request: web.BaseRequest) -> object:
    app.faults.clear()
    return {}


async def _settings(app: App, request: web.BaseRequest) -> object:
    app.state.change_settings(await _order(request))
    return app.state.settings


async def _act(app: App, request: web.BaseRequest) -> object:
    return {"changes": app.state.act(await _order(request))}


Route: TypeAlias = Callable[[App, web.BaseRequest], Awaitable[object]]
ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "server"): _who,
    ("DELETE", "server"): _end,
    ("GET", "journal"): _journal,
    ("DELETE", "journal"): _forget_journal,
    ("GET", "state"): _state,
    ("PUT", "state"): _reset,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _arm,
    ("DELETE", "faults"): _disarm,
    ("PATCH", "settings"): _settings,
    ("POST", "act"): _act,
}


async def answer(app: App, request: web.BaseRequest, path: str) -> web.Response:
    """Answer a control request: 400 with a message for wrong input, 403 without access."""
    if problem := access.control_problem(request, app.secret):
        return json_answer({"error": problem}, 403).response()
    route = ROUTES.get((request.method, path.removeprefix(PREFIX)))
    if route is None:
        known = ", ".join(f"{method} {PREFIX}{name}" for method, name in ROUTES)
        return json_answer({"error": f"unknown control route; known routes: {known}"}, 404).response()
    try:
        return json_answer(await route(app, request)).response()
    except BadInput as error:
        return json_answer({"error": str(error)}, 400).response()
