# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of a simulated vendor. One vendor is one module in `vendors/` that assigns its class to `VENDOR`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from multidict import CIMultiDictProxy

from . import credentials as creds
from .credentials import Credentials
from .exchange import Answer, Change, Exchange


class VendorApp(ABC):
    """One vendor: state, routes and error texts."""

    key: ClassVar[str]
    """Its name in seeds, settings and snapshots."""
    prefixes: ClassVar[tuple[str, ...]]
    """The first path segments of its routes."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Its settings with their defaults, which follow the vendor's documentation."""
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    """The allowed values of settings that have only a few."""
    token_header: ClassVar[str | None] = None
    """The header in which this vendor expects a token, if it is not Authorization."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Store this vendor's settings, which can change at any time."""
        self.settings = settings

    def credentials(self, headers: CIMultiDictProxy[str], body: bytes = b"") -> Credentials | None:
        """Return the credentials of a request, or None; most vendors expect them in a header."""
        if self.token_header is not None and (token := headers.get(self.token_header)) is not None:
            return creds.from_token(token)
        return creds.from_headers(headers)

    @abstractmethod
    def accepts(self, credentials: Credentials) -> bool:
        """Return whether these credentials are valid."""

    @abstractmethod
    def load(self, seed: Mapping[str, Any]) -> None:
        """Replace the state by this seed; raise BadInput if it is wrong."""

    @abstractmethod
    def snapshot(self) -> dict[str, Any]:
        """Return the whole state, with secrets as fingerprints."""

    @abstractmethod
    async def handle(self, exchange: Exchange) -> Answer:
        """Answer one request as the vendor would."""

    @abstractmethod
    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """Make a change that no request causes; raise BadInput if the command is wrong."""
