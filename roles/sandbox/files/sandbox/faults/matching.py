# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Armed faults, and the matching of requests to them."""

from __future__ import annotations

import codecs
import fnmatch
import random
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ..errors import BadInput
from .actions import ACTIONS, AFTER_BY_NATURE, ONLY_AFTER, ONLY_BEFORE
from .spec import OUTAGE, Fault

Listing: TypeAlias = list[dict[str, Any]]
Armed: TypeAlias = tuple[Fault, re.Pattern[str], re.Pattern[str], re.Pattern[str]]


_TYPES: Mapping[str, tuple[type, ...]] = {
    "do": (str,),
    "method": (str, type(None)),
    "path": (str,),
    "query": (str,),
    "form": (str,),
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
    "interim": (list,),
    "charset": (str, type(None)),
}


class Faults:
    """All armed faults. The first matching one that is not spent applies; later ones do not count the request."""

    def __init__(self, rng: random.Random) -> None:
        """Store the shared random source."""
        self._random = rng
        self._armed: list[Armed] = []
        self._spent: list[Fault] = []

    def arm(self, orders: Any) -> None:
        """Arm one fault or several; if one is wrong, none is armed."""
        made = [_fault(order) for order in (orders if isinstance(orders, list) else [orders])]
        globs = [(fault, _glob(fault.path), _glob(fault.query), _glob(fault.form)) for fault in made]
        self._armed += [item for item in globs if not item[0].spent(0.0)]

    def clear(self) -> None:
        """Disarm all faults."""
        self._armed = []
        self._spent = []

    def listing(self) -> dict[str, Listing]:
        """Return the armed and the spent faults."""
        return {
            "faults": [fault.shown() for fault, *_rest in self._armed],
            "spent": [fault.shown() for fault in self._spent],
        }

    def take(self, method: str, path: str, query: str, body: bytes = b"") -> Fault | None:
        """Return the fault that applies to a request, or None."""
        now = time.monotonic()
        for item in [item for item in self._armed if item[0].spent(now)]:
            self._retire(item)
        for item in self._armed:
            fault, path_glob, query_glob, form_glob = item
            if fault.method not in (None, method) or not path_glob.match(path) or not query_glob.match(query):
                continue
            if fault.form != "*" and not form_glob.match(body.decode(errors="replace")):
                continue
            fault.seen += 1
            if fault.seen <= fault.skip or (fault.probability < 1 and self._random.random() >= fault.probability):
                continue
            fault.fire(now)
            if fault.spent(now):
                self._retire(item)
            return fault
        return None

    def _retire(self, item: Armed) -> None:
        self._armed.remove(item)
        self._spent.append(item[0])


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))


def _fault(order: Any) -> Fault:
    if not isinstance(order, Mapping) or "do" not in order:
        raise BadInput("a fault is a mapping that has `do`")
    for key, value in order.items():
        if key not in _TYPES:
            raise BadInput(f"unknown key {key!r} in a fault; known keys: {', '.join(_TYPES)}")
        if not isinstance(value, _TYPES[key]) or (isinstance(value, bool) and key != "body"):
            raise BadInput(f"{key!r} of a fault has a wrong type")
    fault = Fault(**order)
    _check(fault, order)
    return fault


def _check(fault: Fault, order: Mapping[str, Any]) -> None:
    """Raise BadInput for a fault that could not be executed."""
    if fault.do not in ACTIONS:
        raise BadInput(f"unknown fault {fault.do!r}; known faults: {', '.join(ACTIONS)}")
    if not fault.when:
        fault.when = "after" if fault.do in AFTER_BY_NATURE else "before"
    if fault.do == OUTAGE and "times" not in order:
        fault.times = None
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise BadInput("a fault's `status` must be from 200 to 599")
    for wrong, words in _wrong(fault):
        if wrong:
            raise BadInput(words)


def _wrong(fault: Fault) -> Iterator[tuple[bool, str]]:
    """Yield each requirement as (violated, message)."""
    impossible = (fault.do in ONLY_AFTER and fault.when == "before") or (
        fault.do in ONLY_BEFORE and fault.when == "after"
    )
    yield fault.when not in ("before", "after"), "a fault's `when` must be before or after"
    yield impossible, f"the fault {fault.do!r} cannot apply {fault.when} the change"
    yield fault.do == "status" and fault.status is None, "the fault `status` needs a status"
    yield fault.do == "delay" and fault.seconds is None, "the fault `delay` needs seconds"
    yield fault.do == "act" and not isinstance(fault.act, Mapping), "the fault `act` needs an act"
    yield fault.do == OUTAGE and fault.seconds is None and fault.times is None, "an `outage` needs seconds or times"
    yield (
        fault.do == "encoding" and not _is_codec(fault.charset),
        "the fault `encoding` needs a charset that Python knows",
    )
    yield (
        not all(_is_interim(status) for status in fault.interim),
        "a fault's `interim` must be a list of numbers from 100 to 199",
    )


def _is_codec(name: str | None) -> bool:
    try:
        return name is not None and bool(codecs.lookup(name))
    except LookupError:
        return False


def _is_interim(status: Any) -> bool:
    return isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 199
