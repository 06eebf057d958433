# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults: every row of the retry table, and the mix of faults for long runs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.telephony.outbound.tests.support.scenario import MOST_INTERIM, Scenario, TrialTarget

MIB = 1024 * 1024


def rng(*seeds: object) -> random.Random:
    """Return a reproducible source of randomness."""
    return random.Random("/".join(map(str, seeds)))


@dataclass(frozen=True)
class Row:
    """One fault of a request. ``after``: it can occur after the change too; ``before``: before it.

    A row whose answer says that nothing was applied has no "after": no client can detect that a vendor says so of a
    change that it made. One that alters a true answer has no "before".
    """

    name: str
    fault: Mapping[str, Any]
    after: bool = True
    before: bool = True
    slow: bool = False

    def times_of(self, purpose: str) -> list[str]:
        """Return whether it can occur before the change, and after it; "after" requires a change."""
        changing = purpose == "write"
        known = {"before": self.before, "after": self.after and (changing or not self.before)}
        return [when for when, possible in known.items() if possible]


def _status(status: int, **more: Any) -> dict[str, Any]:
    return {"do": "status", "status": status, **more}


def _interim(*statuses: int, **more: Any) -> dict[str, Any]:
    return {"do": "interim", "interim": list(statuses), **more}


LATER = 0.15
"""Seconds between a gateway's answer and the change."""
_SAID_LATER = {"headers": {"Retry-After": "0"}}
_WRONG_CHARSET = {"headers": {"Content-Type": "application/json; charset=utf-16"}}

ROWS: Sequence[Row] = (
    Row("429", _status(429), after=False),
    Row("429 with Retry-After", _status(429, **_SAID_LATER), after=False),
    Row("503 with Retry-After", _status(503, **_SAID_LATER)),
    Row("read timeout", {"do": "hang", "seconds": 3}, slow=True),
    Row("late answer", {"do": "delay", "seconds": 0.6}, slow=True),
    Row("reset", {"do": "reset"}),
    Row("closed", {"do": "close"}),
    Row("short body", {"do": "cut"}),
    Row("dripping body", {"do": "drip", "interval": 0.05}, slow=True),
    Row("dripping headers", {"do": "drip_headers", "interval": 0.05}, slow=True),
    *(Row(str(status), _status(status)) for status in (408, 425, 500, 502, 503, 504)),
    Row("504, and carried out later", {"do": "late", "status": 504, "seconds": LATER}, after=False),
    Row("503, and carried out later", {"do": "late", "status": 503, "seconds": LATER, **_SAID_LATER}, after=False),
    *(Row(f"{status}, then the answer", _interim(status, seconds=0.05)) for status in (102, 103)),
    Row("several 1xx with the answer", _interim(102, 103, 103)),
    Row("101", _interim(101, seconds=0.05)),
    Row("too many 1xx", _interim(*[103] * 2 * MOST_INTERIM)),
    Row("bytes behind the answer", {"do": "extra"}, before=False),
    *(Row(str(status), {"do": "redirect", "status": status}) for status in (301, 302, 303, 307, 308)),
    Row("403", _status(403), after=False),
    Row("407", _status(407), after=False),
    Row("404", _status(404), after=False),
    *(Row(str(status), _status(status), after=False) for status in (400, 409, 422)),
    Row("an HTML page", {"do": "html"}),
    Row("bad JSON", {"do": "bad_json"}),
    Row("a name twice", {"do": "duplicate"}, before=False),
    *(Row(charset, {"do": "encoding", "charset": charset}, before=False) for charset in ("utf-8-sig", "utf-16")),
    Row("said to be UTF-16", {"do": "encoding", "charset": "utf-8", **_WRONG_CHARSET}, before=False),
    Row("too much white space", {"do": "pad", "bytes": 9 * MIB}, before=False, slow=True),
    Row("too large", {"do": "huge", "bytes": 9 * MIB}, slow=True),
    Row("a gzip bomb", {"do": "gzip_bomb", "bytes": 64 * MIB}, slow=True),
)

WOLKVOX_ROWS: Sequence[Row] = (
    Row(
        "403 simultaneous requests",
        _status(403, body={"code": 403, "error": "FORBIDDEN", "msg": "EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS"}),
        after=False,
    ),
    Row(
        "403 token limit",
        _status(403, body={"code": "403", "error": "FORBIDDEN", "msg": "TOKEN LIMIT EXCEEDED"}),
        after=False,
    ),
    *(
        Row(f"200 whose body says {code!r}", _status(200, body={"code": code, "error": "NO", "msg": "no"}), after=False)
        for code in (400, "404")
    ),
    Row("200 whose body has an error", _status(200, body={"code": 200, "error": "NOT FOUND"}), after=False),
)

TRIPPING: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("401", _status(401)),
    ("403 validate token", _status(403, body={"code": 403, "error": "FORBIDDEN", "msg": "PLEASE VALIDATE TOKEN"})),
)


OUTAGES: Sequence[tuple[str, Mapping[str, Any]]] = (
    *((f"{status} for a time", {"status": status, "seconds": 0.4}) for status in (502, 503, 504)),
    ("503 with Retry-After for a time", {"status": 503, "seconds": 0.4, **_SAID_LATER}),
    ("resets for a time", {"seconds": 0.4}),
    ("502 for some requests", {"status": 502, "times": 12}),
    ("resets for some requests", {"times": 12}),
)
"""Faults of every request, for any target, from some moment on."""
WALLS: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("502", _status(502)),
    ("reset", {"do": "reset"}),
    ("redirect", {"do": "redirect", "status": 302}),
    ("407", _status(407)),
)
"""Permanent faults of every request: a gateway without a server, a wrong address, a proxy that requires a login."""


def rows(scenario: Scenario) -> Sequence[Row]:
    """Return the rows that apply to this vendor."""
    known = [row for row in ROWS if scenario.repeatable or row.fault["do"] != "late"]
    known += WOLKVOX_ROWS if scenario.vendor == "wolkvox" else []
    return [row for row in known if row.name not in scenario.believed]


def armed(
    scenario: Scenario, target: TrialTarget, purpose: str, row: Row, when: str, *, skip: int = 0, times: int | None = 1
) -> dict[str, Any]:
    """Return the fault that causes a row for a target."""
    return {**row.fault, **scenario.filter(target, purpose), "when": when, "skip": skip, "times": times}


CHANCES: Sequence[tuple[float, str, Mapping[str, Any]]] = (
    (0.02, "before", _status(429)),
    (0.01, "after", {"do": "reset"}),
    (0.01, "after", _status(500)),
    (0.005, "after", {"do": "drip", "interval": 0.05}),
    (0.005, "after", _status(503, **_SAID_LATER)),
    (0.005, "before", _interim(103, seconds=0.05)),
    (0.005, "after", _interim(102, seconds=0.05)),
    (0.0025, "before", {"do": "late", "status": 504, "seconds": LATER}),
)
"""The mix: the probability of each for one request."""
_FORESEEN = 4
"""Number of requests of a kind to plan for each target."""


def fault_mix(
    scenario: Scenario, targets: Sequence[TrialTarget], seed: int, harder: float = 1.0
) -> list[dict[str, Any]]:
    """Return the faults of a long run; which target gets which one depends only on the seed, if targets can be
    addressed.
    """
    found = list(_by_target(scenario, targets, seed, harder)) if scenario.addressed else []
    for purpose in shared(scenario):
        found += _by_chance(scenario, targets[0], purpose, harder) if purpose != "read" else ()
    return found


def shared(scenario: Scenario) -> list[str]:
    """Return what all targets have in common: an address, or a list."""
    return [purpose for purpose in scenario.purposes if purpose == "list" or not scenario.addressed]


def _by_target(
    scenario: Scenario, targets: Sequence[TrialTarget], seed: int, harder: float
) -> Iterator[dict[str, Any]]:
    for target in targets:
        chance = rng(seed, target.key)
        for purpose in ("write", "read"):
            for skip in range(_FORESEEN):
                drawn = chance.random() / harder
                for share, when, fault in CHANCES:
                    drawn -= share
                    if drawn < 0:
                        if scenario.repeatable or fault["do"] != "late":
                            yield {**fault, **scenario.filter(target, purpose), "when": when, "skip": skip}
                        break


def _by_chance(scenario: Scenario, target: TrialTarget, purpose: str, harder: float) -> Iterator[dict[str, Any]]:
    """Yield faults for an address that all targets share: the sandbox draws the random numbers."""
    for share, when, fault in CHANCES:
        common = {**scenario.filter(target, purpose), "times": None, "probability": min(1.0, share * harder)}
        yield {**fault, **common, "when": when}
