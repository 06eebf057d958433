# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A Plum account: address, credentials, and the meaning of responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..._core.basic_auth import BasicAuthAccount
from ..._core.errors import OutboundError, from_status
from ..._core.http_messages import Response
from ..._core.operation import Params
from ..._core.options import Spec
from .bodies import parse

ENVIRONMENT = {"email": "PLUM_EMAIL", "developer_key": "PLUM_DEVELOPER_KEY"}

PRODUCT: Spec = {"product": {"type": "str", "choices": ["insight", "fuse"], "required": True}}


class Plum(BasicAuthAccount):
    """A Plum account: login email and developer key, sent preemptively as HTTP Basic."""

    OPTIONS: ClassVar[Spec] = {"email": {"type": "str"}, "developer_key": {"type": "str", "no_log": True}}

    CREDENTIALS: ClassVar[Mapping[str, str]] = ENVIRONMENT

    def __init__(self, product: str, email: str, developer_key: str) -> None:
        super().__init__(email, developer_key)
        self.product = product

    @classmethod
    def from_params(cls, params: Params) -> Plum:
        """Read the credentials from the task or the environment."""
        return cls(params["product"], *cls.credentials(params))

    def base_url(self) -> str:
        """Return the product's public address."""
        return f"https://{self.product}.plumvoice.com"

    def headers(self) -> Mapping[str, str]:
        """Return the Basic header, and the content type that Insight requires even without a body."""
        form = {"Content-Type": "application/x-www-form-urlencoded"} if self.product == "insight" else {}
        return {**super().headers(), **form}

    def error_from(self, response: Response) -> OutboundError | None:
        """Derive the error from the status; its text comes from the body in any of the vendor's formats."""
        return from_status(response.status, _error_text(response))


def _error_text(response: Response) -> str:
    """Return the vendor's error text from an unsuccessful response."""
    if response.status < 300:
        return ""
    try:
        body = parse(response)
    except OutboundError:
        return ""
    text = body.get("error") if isinstance(body, dict) else None
    return text if isinstance(text, str) else ""
