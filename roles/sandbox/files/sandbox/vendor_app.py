# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each simulated vendor implements. One vendor is one file in `vendors/` that names its class `VENDOR`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from multidict import CIMultiDictProxy

from . import credentials as creds
from .credentials import Credentials
from .exchange import Answer, Change, Exchange


class VendorApp(ABC):
    """One vendor: its state, its addresses and its words."""

    key: ClassVar[str]
    """Its name in seeds, settings and snapshots."""
    prefixes: ClassVar[tuple[str, ...]]
    """The first path segments that it answers."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Its settings, set to what the vendor documents."""
    choices: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    """Settings that allow only some values."""
    token_header: ClassVar[str | None] = None
    """The header in which this vendor expects a token, if it is not Authorization."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Keep the live settings of this vendor; they may change at any time."""
        self.settings = settings

    def credentials(self, headers: CIMultiDictProxy[str]) -> Credentials | None:
        """Find the credentials of a request."""
        if self.token_header is not None and (token := headers.get(self.token_header)) is not None:
            return creds.from_token(token)
        return creds.from_headers(headers)

    @abstractmethod
    def accepts(self, credentials: Credentials) -> bool:
        """Whether these credentials would be let in."""

    @abstractmethod
    def load(self, seed: Mapping[str, Any]) -> None:
        """Forget everything and begin with this seed; raise BadInput when it is wrong."""

    @abstractmethod
    def snapshot(self) -> dict[str, Any]:
        """Show the whole state, secrets as fingerprints."""

    @abstractmethod
    async def handle(self, exchange: Exchange) -> Answer:
        """Answer one request as the vendor would."""

    @abstractmethod
    def act(self, prefix: str, order: Mapping[str, Any]) -> list[Change]:
        """Change the state behind the client's back; raise BadInput when the order is wrong."""
