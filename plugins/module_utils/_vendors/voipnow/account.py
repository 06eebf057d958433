# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A VoipNow server and one App's access to it: the token, and the meaning of responses."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OptionError, OutboundError, from_status
from ..._core.http_messages import Response
from ..._core.operation import Account, Params
from ..._core.options import Spec
from ..._core.redact import encodings_of
from .oauth import CLIENT_AUTH, App, Token, read_token

ENVIRONMENT = {
    "access_token": "VOIPNOW_ACCESS_TOKEN",
    "client_id": "VOIPNOW_CLIENT_ID",
    "client_secret": "VOIPNOW_CLIENT_SECRET",
}
URL_VARIABLE = "VOIPNOW_URL"

SETTLED = 60.0
"""Seconds after a renewal during which a refused token is not renewed again, unless it is old."""

_KINDS = {"access_denied": Kind.AUTH, "access_denided": Kind.AUTH, "pce_access_denied": Kind.DENIED}


class VoipNow(Account):
    """A VoipNow server and one App's access to it: a given token, or one fetched with the App's secret."""

    OPTIONS: ClassVar[Spec] = {
        "access_token": {"type": "str", "no_log": True},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "client_auth": {"type": "str", "choices": list(CLIENT_AUTH), "default": "body"},
    }
    URL_VARIABLE = URL_VARIABLE

    def __init__(self, found: Mapping[str, str], client_auth: str = "body") -> None:
        """Store the credentials, already validated: ``access_token``, or ``client_id`` and ``client_secret``."""
        self._found = found
        fixed = found.get("access_token")
        self._app = App(found["client_id"], found["client_secret"], client_auth) if fixed is None else None
        self._lock = threading.Lock()
        self._token = None if fixed is None else Token(fixed)
        self._fetched = 0
        self._renewed_at: float | None = None
        self._login_error: OutboundError | None = None

    @classmethod
    def from_params(cls, params: Params) -> VoipNow:
        """Read the credentials from the task or the environment."""
        found = options.credentials(params, ENVIRONMENT)
        token = {"access_token": found.pop("access_token")}
        by_token = token["access_token"] is not None
        by_app = any(value is not None for value in found.values())
        if by_token and by_app:
            raise OptionError("access_token", "is mutually exclusive with client_id and client_secret")
        if not by_token and not by_app:
            raise OptionError(
                "access_token",
                "is required, or client_id with client_secret,"
                f" on the task or in the environment as {', '.join(ENVIRONMENT.values())}",
            )
        if by_token and params["client_auth"] != "body":
            raise OptionError("client_auth", "is for client_id and client_secret; an access_token is sent as it is")
        return cls(options.require_credentials(token if by_token else found, ENVIRONMENT), params["client_auth"])

    def secrets(self) -> Mapping[str, str]:
        """Return the token or the App's secret; its id is not a secret."""
        return {name: value for name, value in self._found.items() if name != "client_id"}

    def user(self) -> str | None:
        """Return the App's id, which HTTP Basic combines with the secret."""
        return self._found.get("client_id")

    def secret_forms(self) -> set[str]:
        """Return every encoding of every secret, including the App's HTTP Basic credentials."""
        return super().secret_forms() | (encodings_of(self._app.basic()) if self._app else set())

    def headers(self) -> Mapping[str, str]:
        """Return the token, and the content type that the vendor documents for every request."""
        token = self._token
        return {"Content-Type": "application/json", **({"Authorization": f"Bearer {token.text}"} if token else {})}

    def login(self, client: Client) -> int:
        """Fetch a token unless a valid one exists; all threads share it. Return its number."""
        with self._lock:
            token = self._token
            if self._app and (token is None or (token.end is not None and client.clock.now() >= token.end)):
                if self._login_error is not None:
                    # Do not retry a refused secret: that could lock the App.
                    raise self._login_error
                token = self._token = self._fetch(self._app, client)
            return token.number if token else 0

    def should_relogin(self, client: Client, used: int, error: OutboundError) -> bool:
        """Discard a refused token, unless it has just replaced another one for that reason.

        A token past half of its stated lifetime may have expired, however short that lifetime is.
        """
        refused = error.kind is Kind.AUTH or (error.status == 403 and error.code not in _KINDS)
        if self._app is None or not refused:
            return False
        with self._lock:
            if self._token is None or self._token.number != used:
                return True
            now = client.clock.now()
            old = self._token.aging is not None and now >= self._token.aging
            if not old and self._renewed_at is not None and now < self._renewed_at + SETTLED:
                return False
            self._renewed_at, self._token = now, None
            return True

    def error_from(self, response: Response) -> OutboundError | None:
        """Derive the error from the vendor's error object, which may come with any status, or else from the status."""
        code, message = _error(response)
        status = response.status
        if code is None and not message:
            return from_status(status)
        by_status = from_status(status, message or str(code), code=code)
        if by_status is None:
            failure_class = FailureClass.INTERRUPTED if code == "internal_server_error" else FailureClass.REJECTED
            kind = Kind.UNAVAILABLE if code == "internal_server_error" else Kind.REJECTED
            text = message or str(code)
            by_status = OutboundError(kind, text, failure_class, status=status, code=code, words=text)
        if by_status.failure_class is FailureClass.REJECTED:
            return by_status.with_(kind=_KINDS.get(str(code), by_status.kind))
        return by_status

    def _fetch(self, app: App, client: Client) -> Token:
        """Request a token, or raise OutboundError."""
        asked = client.clock.now()
        try:
            response = client.send(app.request())
        except OutboundError as error:
            if error.failure_class is not FailureClass.REJECTED:
                raise
            self._login_error = app.login_error(error)
            raise self._login_error from None
        token = read_token(response, self._fetched + 1, asked)
        client.hide(token.text)
        self._fetched = token.number
        return token


def _error(response: Response) -> tuple[str | None, str]:
    """Return code and text of an error: an object in the API, a plain string at the token endpoint."""
    try:
        body = response.json()
    except OutboundError:
        return None, ""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        code, text = error.get("code"), error.get("message")
        return (None if code is None else str(code)), str(text or code or "the vendor reports an error")
    if error:
        return str(error), str(body.get("error_description") or error)
    return None, ""
