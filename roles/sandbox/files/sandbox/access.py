# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may ask: no page in a browser, no host name that was pointed at this machine, nobody without the secret."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .errors import BadInput

if TYPE_CHECKING:
    from aiohttp import web

PROOF_HEADER = "X-Sandbox-Secret"
"""Carries the secret of the ready file."""

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of one request."""

_OWN_SITES = ("none", "same-origin")


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name or address is this machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def foreign_page(request: web.BaseRequest) -> str | None:
    """Say why a request comes from a page of another origin; None where it does not."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_loopback(_host(origin)):
        return f"a page of {origin} may not use the sandbox"
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        return "a page of another origin may not use the sandbox"
    return None


def control_problem(request: web.BaseRequest, secret: str | None) -> str | None:
    """Say why a control request is refused; None where it is not. Without a ``secret`` none is asked for."""
    host = request.headers.get("Host", "")
    if not is_loopback(_host(f"//{host}")):
        return f"the control routes answer at a loopback address only, not at {host or 'no host'}"
    if request.can_read_body and request.content_type != "application/json":
        return "the body of a control request must be application/json"
    if secret is not None and not hmac.compare_digest(request.headers.get(PROOF_HEADER, ""), secret):
        return f"{PROOF_HEADER} must carry the secret of the ready file"
    return None


async def read_body(request: web.BaseRequest) -> bytes:
    """Read a body to its end; raise BadInput where it is larger than anything a test needs."""
    body = bytearray()
    while piece := await request.content.readany():
        body += piece
        if len(body) > LARGEST_BODY:
            raise BadInput(f"a request has at most {LARGEST_BODY} bytes")
    return bytes(body)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
