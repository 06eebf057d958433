# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plum: the status of calls by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core.client import Client
from ..._core.options import Spec
from ..._core.query import Query
from .account import PRODUCT, Plum
from .calls import call_details, check_call_ids


class CallInfo(Query[str, "tuple[str, dict[str, Any] | None]"]):
    """The status of calls by their ids."""

    ACCOUNT = Plum
    OPTIONS: ClassVar[Spec] = {**PRODUCT, "call_ids": {"type": "list", "elements": "raw", "required": True}}

    def items(self) -> Sequence[str]:
        """Return the ids."""
        return check_call_ids(self.params["call_ids"])

    def fetch(self, item: str, client: Client) -> tuple[str, dict[str, Any] | None]:
        """Read one call."""
        return item, call_details(item, client)

    def result(self, answers: Sequence[tuple[str, dict[str, Any] | None]]) -> dict[str, Any]:
        """Return the calls known to the vendor, and the ids that are not."""
        return {
            "calls": [{"call_id": call_id, **call} for call_id, call in answers if call is not None],
            "missing": [call_id for call_id, call in answers if call is None],
        }
