# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""An account whose user and secret are sent as HTTP Basic with every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from . import options
from .errors import OptionError
from .operation import Account, Params
from .redact import basic


class BasicAuthAccount(Account):
    """An account with a user and a secret. ``CREDENTIALS``: option → environment variable, of both."""

    CREDENTIALS: ClassVar[Mapping[str, str]]

    def __init__(self, user: str, secret: str) -> None:
        self._user = user
        self._secret = secret

    @classmethod
    def credentials(cls, params: Params) -> tuple[str, str]:
        """Return user and secret from the task or the environment, or raise OptionError."""
        found = options.require_credentials(options.credentials(params, cls.CREDENTIALS), cls.CREDENTIALS)
        user, secret = cls.CREDENTIALS
        if ":" in found[user]:
            raise OptionError(user, "cannot have a colon: HTTP Basic could not carry it")
        return found[user], found[secret]

    def secrets(self) -> Mapping[str, str]:
        """Return the secret."""
        _user, secret = self.CREDENTIALS
        return {secret: self._secret}

    def user(self) -> str:
        """Return the user."""
        return self._user

    def headers(self) -> Mapping[str, str]:
        """Return the Basic header."""
        return {"Authorization": f"Basic {basic(self._user, self._secret)}"}
