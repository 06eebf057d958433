# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VoipNow: an access token for an App, by OAuth 2.0 client credentials (RFC 6749, sections 2.3.1, 4.4 and 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from ..._core.errors import Kind, OutboundError, unexpected_response
from ..._core.http_messages import Request, Response
from ..._core.redact import SHORT_SECRET, basic
from ..._core.retry import Purpose

CLIENT_AUTH = ("body", "basic")
PATH = "/oauth/token.php"
LONGEST_MARGIN = 300.0
"""Seconds before its expiry at which a token is renewed; at most a tenth of its lifetime."""

_ADDRESS = "base_url has to be the address of the VoipNow server"
_BAD_APP = frozenset({"invalid_client", "unauthorized_client", "invalid_grant", "access_denied"})


@dataclass(frozen=True)
class Token:
    """An access token. ``end`` is the clock time at which to fetch another, None if unknown.

    From the clock time ``aging`` on (half of the lifetime), a refused token counts as expired.
    """

    text: str
    number: int = 0
    end: float | None = None
    aging: float | None = None


@dataclass(frozen=True)
class App:
    """An App registered at the server, and how it sends its secret."""

    client_id: str
    client_secret: str
    client_auth: str = "body"

    def basic(self) -> str:
        """Return HTTP Basic credentials: id and secret are form-encoded first, as OAuth requires."""
        return basic(quote_plus(self.client_id), quote_plus(self.client_secret))

    def request(self) -> Request:
        """Return the request for a token."""
        form = {"grant_type": "client_credentials", "type": "unifiedapi"}
        if self.client_auth == "basic":
            headers = {"Authorization": f"Basic {self.basic()}"}
        else:
            headers = {}
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return Request(purpose=Purpose.LOGIN, method="POST", path=PATH, form=form, headers=headers, anonymous=True)

    def login_error(self, error: OutboundError) -> OutboundError:
        """Return the error for a refused token request."""
        bad_app = error.code in _BAD_APP or error.status in (401, 403)
        hint = ""
        if error.status == 401 and self.client_auth == "body":
            hint = "; a server that wants the secret by HTTP Basic needs client_auth: basic"
        return error.with_(
            kind=Kind.AUTH if bad_app else error.kind, message=f"no token for this client_id: {error.message}{hint}"
        )


def read_token(response: Response, number: int, asked: float) -> Token:
    """Parse the response to a token request sent at clock time ``asked``; raise OutboundError if it is unusable."""
    try:
        body = response.json()
    except OutboundError as error:
        # No excerpt: what came may hold a token that nobody can mask.
        raise error.with_(message=f"{PATH}: {error.message}; {_ADDRESS}", excerpt=None) from None
    fields = body if isinstance(body, Mapping) else {}
    text, kind = fields.get("access_token"), fields.get("token_type")
    if not isinstance(text, str) or not text.strip() or not (text.isascii() and text.isprintable()):
        raise unexpected_response(f"{PATH} gave no access token; {_ADDRESS}", status=response.status)
    if len(text) < SHORT_SECRET:
        raise unexpected_response(f"{PATH} gave an access token that is too short", status=response.status)
    if kind is not None and not (isinstance(kind, str) and kind.strip().lower() == "bearer"):
        raise unexpected_response(
            f"{PATH} gave a token of the type {kind!r}; only bearer can be sent", status=response.status
        )
    life = _seconds(fields.get("expires_in"))
    if life is None:
        return Token(text, number)
    return Token(text, number, end=asked + life - min(LONGEST_MARGIN, life / 10), aging=asked + life / 2)


def _seconds(expires_in: Any) -> float | None:
    """Return the lifetime in seconds, or None if the server states none."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < float("inf") else None
