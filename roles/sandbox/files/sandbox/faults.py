# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Armed faults: which request each one takes."""

from __future__ import annotations

import fnmatch
import random
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from .errors import BadInput
from .fault import Fault
from .mischief import AFTER_BY_NATURE, MISCHIEF

Listing: TypeAlias = list[dict[str, Any]]


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
    fault = Fault(**order)
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    """Refuse what could not be carried out later."""
    if fault.do not in MISCHIEF:
        raise BadInput(f"unknown fault {fault.do!r}; there are {', '.join(MISCHIEF)}")
    if not fault.when:
        fault.when = "after" if fault.do in AFTER_BY_NATURE else "before"
    if fault.when not in ("before", "after"):
        raise BadInput("a fault's `when` is before or after")
    if fault.do == "status" and fault.status is None:
        raise BadInput("the fault `status` needs a status")
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise BadInput("a fault's `status` is from 200 to 599")
    if fault.do == "delay" and fault.seconds is None:
        raise BadInput("the fault `delay` needs seconds")
    if fault.do == "act" and not isinstance(fault.act, Mapping):
        raise BadInput("the fault `act` needs an act")
