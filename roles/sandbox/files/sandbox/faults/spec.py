# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The specification of one fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

OUTAGE = "outage"


@dataclass(slots=True)
class Fault:
    """One armed fault. The field names are those of the control request."""

    do: str
    method: str | None = None
    path: str = "*"
    query: str = "*"
    form: str = "*"
    """What the body of the request has to be, for vendors that say there what they want."""

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
    interim: Sequence[int] = (103,)
    charset: str | None = None
    seen: int = 0
    fired: int = 0
    ends: float | None = None
    """Monotonic time at which an outage ends; set when it starts."""

    def fire(self, now: float) -> None:
        """Count one use; an outage starts with its first request."""
        self.fired += 1
        if self.do == OUTAGE and self.ends is None and self.seconds is not None:
            self.ends = now + self.seconds

    def spent(self, now: float) -> bool:
        """Return whether it has applied as often, or for as long, as allowed."""
        return (self.times is not None and self.fired >= self.times) or (self.ends is not None and now >= self.ends)

    def shown(self) -> dict[str, Any]:
        """Return it as it was armed, with its counters."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
