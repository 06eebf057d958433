# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial: what may dial a lead. Its list's campaign, the statuses that this dials, and its hopper.

All leads of a task share what was read of lists, campaigns and hoppers. Safe for threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from ..._core.errors import Kind, OutboundError
from .api import Api
from .campaigns import Campaign, find_campaign
from .hopper import Hopper, read_hopper

_SECONDS_FRESH = 2.0
"""A hopper is believed so long, and never by who changed a lead after it was read."""

Answer = TypeVar("Answer")

_NOT_FOR_US = (Kind.DENIED, Kind.NOT_FOUND, Kind.GUARD)


@dataclass(frozen=True)
class _Seen:
    began: float
    hopper: Hopper


class Dialing:
    """Lists, campaigns and hoppers, each read as seldom as can be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._campaigns: dict[str, Campaign | None] = {}
        self._hoppers: dict[str, _Seen | None] = {}

    def campaign(self, api: Api, list_id: str) -> Campaign | None:
        """Return the campaign of a list; None where this user cannot learn it."""
        with self._lock:
            if list_id not in self._campaigns:
                self._campaigns[list_id] = _if_shown(lambda: _campaign_of(api, list_id))
            return self._campaigns[list_id]

    def is_ready(self, api: Api, campaign_id: str, lead_id: str, after: float = -inf) -> bool | None:
        """Tell whether a lead waits in a hopper that was read later than ``after``; None where that cannot be known."""
        with self._lock:
            now = api.client.clock.now()
            known = self._hoppers.get(campaign_id, _Seen(-inf, Hopper(())))
            if known is not None and known.began <= max(after, now - _SECONDS_FRESH):
                known = _if_shown(lambda: _Seen(now, read_hopper(api, campaign_id)))
                self._hoppers[campaign_id] = known
        if known is None:
            return None
        return True if lead_id in known.hopper.lead_ids else None if known.hopper.cut else False


def _if_shown(read: Callable[[], Answer]) -> Answer | None:
    """Return what a read returns; None where VICIdial does not show it to this user."""
    try:
        return read()
    except OutboundError as error:
        if error.kind not in _NOT_FOR_US:
            raise
        return None


def _campaign_of(api: Api, list_id: str) -> Campaign | None:
    header, *rows = api.read("list_info", list_id=list_id, header="YES").text().strip().split("\n")
    fields = rows[0].rstrip("\r").split("|") if len(rows) == 1 else []
    # A name may hold the separator: then nobody can tell which field is which.
    if len(fields) != len(header.split("|")) or len(fields) < 4 or fields[0] != list_id:
        return None
    return find_campaign(api, fields[2])
