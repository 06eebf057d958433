# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Genesys Web Services 8.5: account, login with the CSRF token, and the meaning of responses."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ..._core.basic_auth import BasicAuthAccount
from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OutboundError, from_status, unexpected_response
from ..._core.http_messages import Request, Response, path
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.redact import SHORT_SECRET
from ..._core.retry import Purpose

ENVIRONMENT = {"username": "GENESYS_USERNAME", "password": "GENESYS_PASSWORD"}
URL_VARIABLE = "GENESYS_URL"

ME = path("api", "v2", "me")

MEANINGS: Mapping[int, str] = {
    1: "a required parameter is missing",
    2: "a parameter is not valid in the present state",
    3: "forbidden",
    4: "internal error",
    5: "no permission",
    6: "resource not found",
    7: "partial success",
    8: "the password has to be changed",
    9: "processing is incomplete",
    10: "the input is not valid",
    11: "a property is read-only",
    12: "could not be retrieved",
    13: "could not be created",
    14: "could not be deleted",
    15: "could not be updated",
    16: "could not be assigned",
    17: "could not be unassigned",
    18: "exists already",
    19: "is in use already",
    20: "not authenticated",
}

KINDS = {3: Kind.DENIED, 4: Kind.UNAVAILABLE, 5: Kind.DENIED, 6: Kind.NOT_FOUND, 9: Kind.UNAVAILABLE, 20: Kind.AUTH}

_NOT_AUTHENTICATED = 20
_CSRF_HEADER = re.compile("X-[A-Za-z0-9-]{1,60}", re.IGNORECASE)
_MENTIONS_CSRF = re.compile("csrf|xsrf|forge", re.IGNORECASE)


class StatusCodeError(OutboundError):
    """A response with a ``statusCode`` other than 0. ``words`` is the vendor's text alone."""

    def __init__(self, kind: Kind, code: int, words: str, *, status: int) -> None:
        meaning = f"statusCode {code}: {MEANINGS.get(code, 'not documented')}"
        message = f"{words} ({meaning})" if words else meaning
        super().__init__(kind, message, FailureClass.REJECTED, status=status, code=code, words=words)


class Genesys(BasicAuthAccount):
    """An account of Genesys Web Services: user name and password, sent preemptively as HTTP Basic.

    A login is one ``GET me``: it sets the session cookie and, if the site requires one, returns the CSRF token.
    ``renewed`` is called after a login that replaced an earlier one.
    """

    OPTIONS: ClassVar[Spec] = {"username": {"type": "str"}, "password": {"type": "str", "no_log": True}}

    CREDENTIALS: ClassVar[Mapping[str, str]] = ENVIRONMENT
    URL_VARIABLE = URL_VARIABLE

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password)
        self.renewed: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._logins = 0
        self._logged_in = False
        self._csrf = CsrfToken()

    @classmethod
    def from_params(cls, params: Params) -> Genesys:
        """Read the credentials from the task or the environment."""
        return cls(*cls.credentials(params))

    def headers(self) -> Mapping[str, str]:
        """Return the Basic header and the current CSRF token; called again for each attempt."""
        return {**super().headers(), **self._csrf.header()}

    def login(self, client: Client) -> int:
        """Log in unless a valid login exists; all threads share one login. Return its number."""
        with self._lock:
            if self._logged_in:
                return self._logins
            response = client.send(Request(purpose=Purpose.LOGIN, method="GET", path=ME))
            require_status_code_zero(response)
            for token in self._csrf.take(response):
                client.hide(token)
            self._logins += 1
            if self._logins > 1:
                # Before anybody sends with this login: what depends on the session has to know first.
                self.renewed()
            self._logged_in = True
            return self._logins

    def should_relogin(self, client: Client, used: int, error: OutboundError) -> bool:
        """Invalidate a login whose token was refused, unless it has just replaced another one for that reason."""
        refused = error.status == 403 or error.code == _NOT_AUTHENTICATED
        mentions_csrf = error.kind in (Kind.DENIED, Kind.AUTH) and _MENTIONS_CSRF.search(error.message)
        if not mentions_csrf and not (refused and self._csrf.header()):
            return False
        with self._lock:
            if self._logins == used:
                self._logged_in = False
                self._csrf.refused = True
        return True

    def forget_login(self) -> None:
        """Log in again before the next request: a server that lost one kind of session may have lost all."""
        with self._lock:
            self._logged_in = False

    def error_from(self, response: Response) -> OutboundError | None:
        """Derive the error from status and ``statusCode``; if the latter is not 0, nothing was modified."""
        body = json_object(response)
        code, words = status_code(body), body.get("statusMessage")
        text = words if isinstance(words, str) else ""
        error = from_status(response.status, text, code=code)
        if not code or (error and error.failure_class is not FailureClass.REJECTED):
            return error
        kind = KINDS.get(code) or (error.kind if error else Kind.REJECTED)
        return StatusCodeError(kind, code, text, status=response.status)


class CsrfToken:
    """The CSRF token, if the site requires one.

    A proxy that adds its own headers can produce two values. The first one is sent; the next one if the first was
    ``refused`` although the server still returns it.
    """

    def __init__(self) -> None:
        self.refused = False
        self._header: Mapping[str, str] = {}

    def header(self) -> Mapping[str, str]:
        """Return the header to send; empty if no token is required."""
        return self._header

    def take(self, response: Response) -> list[str]:
        """Store the token of a login response and return all its values; raise OutboundError if it is malformed."""
        names, tokens = (_values(response, f"x-csrf-{what}") for what in ("header", "token"))
        if not names or not tokens:
            self._header, self.refused = {}, False
            return []
        # The server chooses the name, but it must not be that of a header with another meaning.
        if not _CSRF_HEADER.fullmatch(names[0]) or not all(
            token.isprintable() and len(token) >= SHORT_SECRET for token in tokens
        ):
            raise unexpected_response("the CSRF token is malformed", status=response.status)
        used = next(iter(self._header.values()), None)
        at = tokens.index(used) + self.refused if used in tokens else 0
        self._header, self.refused = {names[0]: tokens[at % len(tokens)]}, False
        return tokens


def json_object(response: Response) -> Mapping[str, Any]:
    """Return the body if it is a JSON object, otherwise an empty one."""
    try:
        body = response.json()
    except OutboundError:
        return {}
    return body if isinstance(body, dict) else {}


def status_code(body: Mapping[str, Any]) -> int | None:
    """Return the ``statusCode`` of a body, or None if it has none that is a number."""
    code = body.get("statusCode")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def require_status_code_zero(response: Response) -> None:
    """Raise OutboundError unless the response has ``statusCode`` 0."""
    if status_code(json_object(response)) != 0:
        raise response.unexpected("the answer has no statusCode, so it is not one of Genesys Web Services")


def _values(response: Response, name: str) -> list[str]:
    """Return the distinct values of a header, in order."""
    found = (value.strip() for value in response.headers.get(name, "").split(","))
    return list(dict.fromkeys(value for value in found if value))
