# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Armed faults: which request each one takes."""

from __future__ import annotations

import fnmatch
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from .errors import BadInput
from .mischief import AFTER_BY_NATURE, MISCHIEF

Listing: TypeAlias = list[dict[str, Any]]


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

    def __post_init__(self) -> None:
        """Refuse what could not be carried out later."""
        if self.do not in MISCHIEF:
            raise BadInput(f"unknown fault {self.do!r}; there are {', '.join(MISCHIEF)}")
        if not self.when:
            self.when = "after" if self.do in AFTER_BY_NATURE else "before"
        if self.when not in ("before", "after"):
            raise BadInput("a fault's `when` is before or after")
        if self.do == "status" and self.status is None:
            raise BadInput("the fault `status` needs a status")
        if self.status is not None and not 200 <= self.status <= 599:
            raise BadInput("a fault's `status` is from 200 to 599")
        if self.do == "delay" and self.seconds is None:
            raise BadInput("the fault `delay` needs seconds")
        if self.do == "act" and not isinstance(self.act, Mapping):
            raise BadInput("the fault `act` needs an act")

    @property
    def spent(self) -> bool:
        """Whether it has fired as often as it may."""
        return self.times is not None and self.fired >= self.times

    def shown(self) -> dict[str, Any]:
        """Show it as it was armed, with its counters."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


_TYPES: Mapping[str, tuple[type, ...]] = {
    "do": (str,),
    "method": (str, type(None)),
    "path": (str,),
    "query": (str,),
    "skip": (int,),
    "times": (int, type(None)),
    "probability": (int, float),
    "when": (str,),
    "status": (int, type(None)),
    "headers": (Mapping,),
    "body": (object,),
    "seconds": (int, float, type(None)),
    "interval": (int, float),
    "bytes": (int,),
    "location": (str, type(None)),
    "act": (object,),
}


class Faults:
    """All armed faults. The first that matches and is not used up fires; those after it do not see the request."""

    def __init__(self, rng: random.Random) -> None:
        """Keep the shared random source."""
        self._random = rng
        self._armed: list[tuple[Fault, re.Pattern[str], re.Pattern[str]]] = []
        self._spent: list[Fault] = []

    def arm(self, orders: Any) -> None:
        """Arm one fault or several; none when one of them is wrong."""
        made = [_fault(order) for order in (orders if isinstance(orders, list) else [orders])]
        self._armed += [(fault, _glob(fault.path), _glob(fault.query)) for fault in made if not fault.spent]

    def clear(self) -> None:
        """Disarm everything."""
        self._armed = []
        self._spent = []

    def listing(self) -> dict[str, Listing]:
        """Show those that are left and those that are used up."""
        return {
            "faults": [fault.shown() for fault, *_rest in self._armed],
            "spent": [fault.shown() for fault in self._spent],
        }

    def take(self, method: str, path: str, query: str) -> Fault | None:
        """Find the fault that this request runs into."""
        for item in self._armed:
            fault, path_glob, query_glob = item
            if fault.method not in (None, method) or not path_glob.match(path) or not query_glob.match(query):
                continue
            fault.seen += 1
            if fault.seen <= fault.skip or (fault.probability < 1 and self._random.random() >= fault.probability):
                continue
            fault.fired += 1
            if fault.spent:
                self._armed.remove(item)
                self._spent.append(fault)
            return fault
        return None


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))


def _fault(order: Any) -> Fault:
    if not isinstance(order, Mapping) or "do" not in order:
        raise BadInput("a fault is a mapping that has `do`")
    for key, value in order.items():
        if key not in _TYPES:
            raise BadInput(f"unknown key {key!r} in a fault; there are {', '.join(_TYPES)}")
        if not isinstance(value, _TYPES[key]) or (isinstance(value, bool) and key != "body"):
            raise BadInput(f"{key!r} of a fault has a wrong type")
    return Fault(**order)
