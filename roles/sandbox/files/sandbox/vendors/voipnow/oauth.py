# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Apps of a server, and the tokens that they get."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from ...body_formats import FORM, media_type, read_form
from ...credentials import Credentials, fingerprint
from ...errors import BadInput, mapping
from ...exchange import Answer, Exchange, json_answer


@dataclass(slots=True)
class Token:
    """One token; `end` is a monotonic time, None means never."""

    app: Mapping[str, Any]
    end: float | None = None


class Tokens:
    """All Apps and tokens."""

    def __init__(self, settings: Mapping[str, Any], seed: Mapping[str, Any]) -> None:
        """Store the settings, which can change at any time, and the Apps and tokens of a seed."""
        self._settings = settings
        self._apps = {app["client_id"]: app for app in _list(seed, "apps", ("client_id", "client_secret"))}
        self._tokens = {given["token"]: Token(given) for given in _list(seed, "tokens", ("token",))}
        self._issued = 0

    def snapshot(self) -> dict[str, Any]:
        """Return Apps and tokens, with secrets as fingerprints."""
        return {
            "apps": [{**app, "client_secret": _shown(app["client_secret"])} for app in self._apps.values()],
            "tokens": [{"token": _shown(text), "valid": self.is_valid(text)} for text in self._tokens],
        }

    def app_of(self, text: str) -> Mapping[str, Any]:
        """Return the App of an existing token."""
        return self._tokens[text].app

    def revoke_all(self) -> int:
        """End all tokens; return how many there are."""
        for token in self._tokens.values():
            token.end = 0.0
        return len(self._tokens)

    def is_valid(self, text: str) -> bool:
        """Return whether a token exists and has not ended."""
        token = self._tokens.get(text)
        return token is not None and (token.end is None or time.monotonic() < token.end)

    def issue(self, exchange: Exchange) -> Answer:
        """Issue a token; errors follow OAuth, with a string for `error`."""
        if exchange.method != "POST":
            return json_answer({"error": "invalid_request"}, 405)
        content_type = exchange.request.headers.get("Content-Type")
        form = read_form(exchange.body, content_type) if media_type(content_type) == FORM else {}
        if form.get("grant_type") != "client_credentials":
            return json_answer({"error": "unsupported_grant_type"}, 400)
        basic = exchange.credentials if exchange.credentials and exchange.credentials.scheme == "basic" else None
        if basic and "client_secret" in form:
            return json_answer({"error": "invalid_request", "error_description": "Two ways at once."}, 400)
        if self._settings["client_auth"] not in ("any", "basic" if basic else "body"):
            return json_answer({"error": "invalid_client"}, 401, (("WWW-Authenticate", 'Basic realm="oauth"'),))
        app = self._app(form, basic)
        if app is None:
            return json_answer({"error": "invalid_client", "error_description": "The App is not known."}, 400)
        self._issued += 1
        text = f"{self._settings['token_prefix']}-{self._issued}"
        lifetime = self._settings["token_lifetime"]
        self._tokens[text] = Token(app, time.monotonic() + (self._settings["token_really_lives"] or lifetime))
        expires_in = str(int(lifetime)) if self._settings["numbers_as_strings"] else int(lifetime)
        return json_answer({"access_token": text, "token_type": self._settings["token_type"], "expires_in": expires_in})

    def _app(self, form: Mapping[str, str], basic: Credentials | None) -> Mapping[str, Any] | None:
        client_id, secret = form.get("client_id", ""), form.get("client_secret")
        if basic:
            client_id, secret = unquote_plus(basic.user or ""), unquote_plus(basic.secret)
        app = self._apps.get(client_id)
        return app if app and app["client_secret"] == secret and not app.get("suspended") else None


def _shown(secret: str) -> str:
    return f"sha256:{fingerprint(secret)}"


def _list(seed: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> list[Mapping[str, Any]]:
    given = seed.get(name) or []
    if not isinstance(given, list):
        raise BadInput(f"voipnow.{name} must be a list")
    for item in given:
        if not all(isinstance(mapping(item, f"an item of {name}").get(key), str) for key in keys):
            raise BadInput(f"an item of voipnow.{name} needs {' and '.join(keys)}")
    return given
