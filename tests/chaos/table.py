# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every row of the retry table, for every module, on logins, reads and writes, before and after the change."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario, TrialTarget

from .fault_mix import OUTAGES, TRIPPING, WALLS, Row, armed, rng, rows, shared
from .oracle import WALL
from .tally import Tally
from .tls_front import TlsFront
from .trial import Trial, make_targets

_AT_ONCE = 48
_ALWAYS: int | None = None
_SHORT = 5.0
"""Seconds for a target if every one may have to wait to the end."""


@dataclass(frozen=True)
class Case:
    """A row, and the request that it affects."""

    row: Row
    purpose: str
    when: str
    times: int | None

    def fault(self, scenario: Scenario, target: TrialTarget) -> dict[str, Any]:
        """Return the fault for one target."""
        skip = scenario.reads_first(target) if self.purpose == "look" else 0
        purpose = "read" if self.purpose == "look" else self.purpose
        return armed(scenario, target, purpose, self.row, self.when, skip=skip, times=self.times)


def cases(scenario: Scenario, purposes: Sequence[str], repetitions: Sequence[int | None]) -> list[Case]:
    """Return every case; fewer repetitions if each one takes its own time."""
    return [
        Case(row, purpose, when, times)
        for row in rows(scenario)
        for purpose in purposes
        for when in row.times_of(purpose)
        for times in repetitions
        if not (row.slow and scenario.serial and times != 1)
    ]


def run(sandbox: Sandbox, scenario: Scenario, tally: Tally, seed: int) -> None:
    """Run the whole table for one module."""
    chance = rng(seed, "table", scenario.name)
    apart = cases(scenario, ("read", "look", "write"), (1, 2, _ALWAYS)) if scenario.addressed else []
    chance.shuffle(apart)
    for start in range(0, len(apart), _AT_ONCE):
        _side_by_side(sandbox, scenario, tally, apart[start : start + _AT_ONCE], chance)
    for case in cases(scenario, shared(scenario), (1, _ALWAYS)):
        _one_by_one(sandbox, scenario, tally, case, chance)
    for fault, where in _everywhere(scenario):
        _all_alike(sandbox, scenario, tally, {**fault, **where})
    _out_of_reach(sandbox, scenario, tally)
    for _name, outage in OUTAGES:
        _outage(sandbox, scenario, tally, outage, chance)
    _walls(sandbox, scenario, tally)
    _failovers(sandbox, scenario, tally, chance)
    _refused_certificate(sandbox, scenario, tally)


def _drawn_marks(scenario: Scenario, number: int, chance: random.Random) -> list[TrialTarget]:
    kinds = [chance.choice([kind for kind in scenario.kinds if kind != "absent"]) for _mark in range(number)]
    return make_targets(scenario, [chance.randint(1, 3) for _mark in range(number)], kinds)


def _side_by_side(
    sandbox: Sandbox, scenario: Scenario, tally: Tally, drawn: Sequence[Case], chance: random.Random
) -> None:
    """Run every case with its own target in a single run; then again without faults."""
    targets = _drawn_marks(scenario, len(drawn), chance)
    trial = Trial(sandbox, scenario, targets, tally)
    trial.inject(case.fault(scenario, target) for case, target in zip(drawn, targets, strict=True))
    retries = chance.choice((0, 1, 3))
    if scenario.serial:
        trial.run_apart(Conditions(wait_timeout=scenario.patience), retries=min(retries, 1))
    else:
        trial.run(retries=retries)
    trial.clear_faults()
    trial.run()


def _one_by_one(sandbox: Sandbox, scenario: Scenario, tally: Tally, case: Case, chance: random.Random) -> None:
    """Run each case separately if targets share an address, or a list."""
    targets = [target for target in _drawn_marks(scenario, 3 * scenario.accounts, chance) if target.account == 0]
    trial = Trial(sandbox, scenario, targets, tally)
    first = chance.randint(0, 5 if case.purpose == "read" else 2)
    trial.inject([{**case.fault(scenario, targets[0]), "skip": first}])
    # A notification session that cannot be opened ends the run before its first target.
    conditions = Conditions(wait_timeout=scenario.patience, stop=case.purpose == "read")
    trial.run(conditions, retries=1, timeout=1.0, target_timeout=_SHORT)


def _everywhere(scenario: Scenario) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield faults for every target: refused credentials, and failing logins."""
    prefix = f"/{scenario.prefixes[0]}"
    for _name, fault in TRIPPING:
        for method in ("GET", "DELETE", "PUT", "POST"):
            yield fault, {"method": method, "path": f"{prefix}/*", "skip": 2}
    if scenario.login is None:
        return
    for row in rows(scenario):
        for times in (1, _ALWAYS):
            yield row.fault, {**scenario.login, "when": row.times_of("login")[0], "times": times}


def _all_alike(sandbox: Sandbox, scenario: Scenario, tally: Tally, fault: Mapping[str, Any]) -> None:
    targets = make_targets(scenario, [1] * 4, [kind for kind in scenario.kinds if kind != "absent"])
    trial = Trial(sandbox, scenario, targets, tally)
    trial.inject([fault])
    conditions = Conditions(wait_timeout=scenario.patience, stop=True)
    trial.run(conditions, retries=1, timeout=1.0, target_timeout=_SHORT, concurrency=1)


def _out_of_reach(sandbox: Sandbox, scenario: Scenario, tally: Tally) -> None:
    """Run with a closed port, an unknown name, and a server without TLS."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    places = {
        "refused": f"http://127.0.0.1:{port}",
        "DNS": "https://nobody.invalid",
        "TLS": sandbox.url.replace("http://", "https://"),
    }
    for name, url in places.items():
        targets = make_targets(scenario, [1] * 4, [kind for kind in scenario.kinds if kind != "absent"])
        tally.injected(name)
        Trial(sandbox, scenario, targets, tally).run(url=url, retries=1)


def _of_one_account(scenario: Scenario, number: int) -> list[TrialTarget]:
    """Return targets of the first account; fewer if a token allows one request at a time."""
    wanted = number // 4 if scenario.serial else number
    kinds = [kind for kind in scenario.kinds if kind != "absent"]
    targets = make_targets(scenario, [1] * wanted * scenario.accounts, kinds)
    return [target for target in targets if target.account == 0]


def _outage(
    sandbox: Sandbox, scenario: Scenario, tally: Tally, outage: Mapping[str, Any], chance: random.Random
) -> None:
    """Let every request fail for a while from some moment on; then run again without faults."""
    targets = _of_one_account(scenario, 32)
    trial = Trial(sandbox, scenario, targets, tally)
    trial.inject(
        [{"do": "outage", "path": f"/{scenario.prefixes[0]}/*", "skip": chance.randint(1, len(targets)), **outage}]
    )
    trial.run(Conditions(wait_timeout=scenario.patience))
    trial.clear_faults()
    trial.run(Conditions(wait_timeout=scenario.patience))


def _walls(sandbox: Sandbox, scenario: Scenario, tally: Tally) -> None:
    """Let every request fail permanently: most targets must be left alone."""
    for _name, fault in WALLS:
        targets = _of_one_account(scenario, 40)
        trial = Trial(sandbox, scenario, targets, tally)
        trial.inject([{**fault, "path": f"/{scenario.prefixes[0]}/*", "skip": len(targets) // 2, "times": _ALWAYS}])
        wall = WALL + (1 if scenario.serial else scenario.concurrency)
        trial.run(Conditions(wait_timeout=scenario.patience, wall=wall), retries=1, target_timeout=2)


def _failovers(sandbox: Sandbox, scenario: Scenario, tally: Tally, chance: random.Random) -> None:
    """Switch to another node in the middle, which has no tokens, cookies or sessions."""
    if scenario.failover is None:
        return
    act = {"do": "act", "act": scenario.failover, "path": f"/{scenario.prefixes[0]}/*"}
    for when in ("before", "after"):
        targets = _of_one_account(scenario, 32)
        trial = Trial(sandbox, scenario, targets, tally)
        trial.inject([{**act, "when": when, "skip": chance.randint(2, len(targets))}])
        trial.run(Conditions(wait_timeout=scenario.patience, failover=True))
        trial.run(Conditions(wait_timeout=scenario.patience, failover=True))


def _refused_certificate(sandbox: Sandbox, scenario: Scenario, tally: Tally) -> None:
    """Require a client certificate that we do not have: with TLS 1.3, the server reports it after the request was
    sent.
    """
    for let_in in (0, 1):
        targets = _of_one_account(scenario, 16)
        trial = Trial(sandbox, scenario, targets, tally)
        tally.injected("TLS 1.3 alert")
        with closing(TlsFront(sandbox.url, let_in=let_in)) as front:
            # Neither acknowledgements nor the end of a session arrive.
            unheard = Conditions(wait_timeout=scenario.patience, acknowledged=False)
            trial.run(unheard, url=front.url, ca_path=front.ca_file, concurrency=1, retries=1)
