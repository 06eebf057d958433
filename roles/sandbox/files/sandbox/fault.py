# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault that a request can run into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Fault:
    """One armed fault. The names are those of the control request."""

    do: str
    method: str | None = None
    path: str = "*"
    query: str = "*"
    skip: int = 0
    times: int | None = 1
    probability: float = 1.0
    when: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float | None = None
    interval: float = 0.1
    bytes: int = 16 * 1024 * 1024
    location: str | None = None
    act: Any = None
    seen: int = 0
    fired: int = 0

    @property
    def spent(self) -> bool:
        """Whether it has fired as often as it may."""
        return self.times is not None and self.fired >= self.times

    def shown(self) -> dict[str, Any]:
        """Show it as it was armed, with its counters."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
