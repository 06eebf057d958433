# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A wolkvox server: address, token, and the meaning of responses."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ..._core import options
from ..._core.answers import says_no
from ..._core.clock import Clock
from ..._core.errors import FailureClass, Kind, OptionError, OutboundError, from_status, unexpected_response
from ..._core.http_messages import Response
from ..._core.operation import Account, Params
from ..._core.options import Spec
from ..._core.token_lock import TokenLock
from ..._core.transport import RequestSlot
from .api import Streamed, whole_number

ENVIRONMENT = {"token": "WOLKVOX_TOKEN"}
SERVER = "WOLKVOX_SERVER"

_STATUS_OF_ERROR = {"BAD REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT FOUND": 404}


class Wolkvox(Account):
    """One wolkvox server and a token for it. The token is never used for two requests at a time."""

    OPTIONS: ClassVar[Spec] = {"server": {"type": "raw"}, "token": {"type": "str", "no_log": True}}
    TIMEOUT = 65.0
    TARGET_TIMEOUT = 300.0
    WAIT_TIMEOUT = 120.0
    MAX_CONCURRENCY = 1

    def __init__(self, server: str | None, base_url: str | None, token: str) -> None:
        self._server = server
        self._base_url = base_url
        self._token = token

    @classmethod
    def from_params(cls, params: Params) -> Wolkvox:
        """Read the token and the address from the task or the environment."""
        found = options.require_credentials(options.credentials(params, ENVIRONMENT), ENVIRONMENT)
        server, base_url = params["server"], params["base_url"]
        if server is None and base_url is None:
            server = os.environ.get(SERVER)
        return cls(None if server is None else _checked_server(server), base_url, found["token"])

    def base_url(self) -> str:
        """Return the server's public address."""
        if self._server is None:
            raise OptionError("server", f"is required, on the task or as {SERVER}; or set base_url")
        return f"https://wv{self._server}.wolkvox.com"

    @property
    def host(self) -> str:
        """The host name of the address in use."""
        return urlsplit(self._base_url or self.base_url()).hostname or ""

    def secrets(self) -> Mapping[str, str]:
        """Return the token."""
        return {"token": self._token}

    def headers(self) -> Mapping[str, str]:
        """Return the header with the token."""
        return {"wolkvox-token": self._token}

    def request_slot(self, clock: Clock) -> RequestSlot:
        """Return the lock that allows one request at a time per token, across threads and processes."""
        return TokenLock(self._token, clock).request_slot

    def error_from(self, response: Response) -> OutboundError | None:
        """Derive the error from the status and the body's ``code`` and ``error``; each may be the only sign of it."""
        body = _body(response)
        envelope = body if isinstance(body, dict) else {}
        code, error = envelope.get("code"), envelope.get("error")
        number = whole_number(code)
        status = response.status
        by_status = from_status(status)
        # The body must not override a status after which the request may have been applied.
        if by_status is None or by_status.failure_class is FailureClass.REJECTED:
            if number is not None and number >= 400:
                status = number
            elif status < 300 and error:
                status = _STATUS_OF_ERROR.get(str(error).upper(), status)
        text = next((word for word in (envelope.get("msg"), error) if isinstance(word, str) and word.strip()), "")
        found = from_status(status, text, code=code if isinstance(code, (int, str)) else None)
        if found is None:
            return _not_as_documented(response, body, error, number)
        found = found.with_(status=response.status)
        return _classify_403(found) if found.kind is Kind.DENIED else found


def _checked_server(server: Any) -> str:
    if not isinstance(server, str):
        raise OptionError("server", 'must be text: quote it, as in "0010", since YAML reads digits as a number')
    if not re.fullmatch("[0-9]{4}", server):
        raise OptionError("server", 'must be exactly four digits, as in "0010"; use base_url for a whole address')
    return server


def _body(response: Response) -> Any:
    """Return the body without its rows, or None if it is not JSON."""
    if isinstance(response.received, Streamed):
        return response.received.head
    with suppress(OutboundError):
        return response.json()
    return None


def _not_as_documented(response: Response, body: Any, error: Any, number: int | None) -> OutboundError | None:
    """Return the error of a response with a success status whose body contradicts it, or None."""
    status = response.status
    if not isinstance(body, (dict, list)):
        return response.unexpected("the answer is not the documented JSON")
    if error:
        return unexpected_response(f"the answer has a success code, and the error {error}", status=status)
    code = body.get("code") if isinstance(body, dict) else None
    if isinstance(body, dict) and says_no(body):
        return response.unexpected("the answer has a success code, and a word against it")
    if (code is not None and number is None) or (number and not 200 <= number < 300):
        return unexpected_response(f"the answer has the code {code}", status=status)
    return None


def _classify_403(denied: OutboundError) -> OutboundError:
    """Distinguish the vendor's kinds of 403 by their text; an unknown one stays DENIED."""
    text = denied.message.upper()
    if "SIMULTANEOUS REQUESTS" in text:
        return denied.with_(kind=Kind.BUSY, failure_class=FailureClass.THROTTLED)
    if "TOKEN LIMIT EXCEEDED" in text:
        return denied.with_(kind=Kind.QUOTA)
    return denied.with_(kind=Kind.AUTH) if "VALIDATE TOKEN" in text else denied
