# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control: rejects web pages of other origins, host names other than loopback, and control requests without the
secret.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from typing import TYPE_CHECKING

from .errors import BadInput

if TYPE_CHECKING:
    from aiohttp import web

PROOF_HEADER = "X-Sandbox-Secret"
"""Header with the secret of the ready file."""

LARGEST_BODY = 64 * 1024 * 1024
"""Maximum bytes of one request body."""

_OWN_SITES = ("none", "same-origin")
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/@]+))(?::[0-9]+)?")
"""A Host header: an address in brackets or a name, and a port (RFC 9110, 7.2)."""


def is_loopback(host: str | None) -> bool:
    """Return whether a host name or address is a loopback one."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def foreign_page(request: web.BaseRequest) -> str | None:
    """Return why a request comes from a page of another origin, or None if it does not."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("Host"):
        return f"a page of {origin} may not use the sandbox"
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
        return "a page of another origin may not use the sandbox"
    return None


def control_problem(request: web.BaseRequest, secret: str | None) -> str | None:
    """Return why a control request is refused, or None. Without a ``secret``, none is required."""
    host = request.headers.get("Host", "")
    if not request.raw_path.startswith("/"):
        return "a control request names a path, not a whole URL"
    named = _HOST.fullmatch(host)
    if named is None or not is_loopback(named[1] or named[2]):
        return f"the control routes are available at a loopback address only, not at {host or 'no host'}"
    if request.can_read_body and request.content_type != "application/json":
        return "the body of a control request must be application/json"
    if secret is not None and not hmac.compare_digest(request.headers.get(PROOF_HEADER, ""), secret):
        return f"{PROOF_HEADER} must carry the secret of the ready file"
    return None


async def read_body(request: web.BaseRequest) -> bytes:
    """Read a whole body; raise BadInput if it is larger than the limit."""
    body = bytearray()
    while piece := await request.content.readany():
        body += piece
        if len(body) > LARGEST_BODY:
            raise BadInput(f"a request has at most {LARGEST_BODY} bytes")
    return bytes(body)
