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

from .oracle import WALL
from .scene import Conditions, Mark, Scene
from .tally import Tally
from .tls_front import TlsFront
from .trial import Trial, make_marks
from .weather import OUTAGES, TRIPPING, WALLS, Row, armed, dice, rows, shared

_AT_ONCE = 48
_ALWAYS: int | None = None
_SHORT = 5.0
"""Seconds for a target where every one may have to wait to the end."""


@dataclass(frozen=True)
class Case:
    """A row, and where it strikes."""

    row: Row
    purpose: str
    when: str
    times: int | None

    def fault(self, scene: Scene, mark: Mark) -> dict[str, Any]:
        """Return the fault for one target."""
        skip = scene.reads_first(mark) if self.purpose == "look" else 0
        purpose = "read" if self.purpose == "look" else self.purpose
        return armed(scene, mark, purpose, self.row, self.when, skip=skip, times=self.times)


def cases(scene: Scene, purposes: Sequence[str], repetitions: Sequence[int | None]) -> list[Case]:
    """Return every case; where each one costs a time of its own, fewer repetitions."""
    return [
        Case(row, purpose, when, times)
        for row in rows(scene)
        for purpose in purposes
        for when in row.times_of(purpose)
        for times in repetitions
        if not (row.slow and scene.serial and times != 1)
    ]


def run(sandbox: Sandbox, scene: Scene, tally: Tally, seed: int) -> None:
    """Carry out the whole table for one module."""
    chance = dice(seed, "table", scene.name)
    apart = cases(scene, ("read", "look", "write"), (1, 2, _ALWAYS)) if scene.addressed else []
    chance.shuffle(apart)
    for start in range(0, len(apart), _AT_ONCE):
        _side_by_side(sandbox, scene, tally, apart[start : start + _AT_ONCE], chance)
    for case in cases(scene, shared(scene), (1, _ALWAYS)):
        _one_by_one(sandbox, scene, tally, case, chance)
    for fault, where in _everywhere(scene):
        _all_alike(sandbox, scene, tally, {**fault, **where})
    _out_of_reach(sandbox, scene, tally)
    for _name, outage in OUTAGES:
        _outage(sandbox, scene, tally, outage, chance)
    _walls(sandbox, scene, tally)
    _failovers(sandbox, scene, tally, chance)
    _refused_certificate(sandbox, scene, tally)


def _drawn_marks(scene: Scene, number: int, chance: random.Random) -> list[Mark]:
    kinds = [chance.choice([kind for kind in scene.kinds if kind != "absent"]) for _mark in range(number)]
    return make_marks(scene, [chance.randint(1, 3) for _mark in range(number)], kinds)


def _side_by_side(sandbox: Sandbox, scene: Scene, tally: Tally, drawn: Sequence[Case], chance: random.Random) -> None:
    """Give every case a target of its own, all in one run; then the same again, when all is well."""
    marks = _drawn_marks(scene, len(drawn), chance)
    trial = Trial(sandbox, scene, marks, tally)
    trial.arm(case.fault(scene, mark) for case, mark in zip(drawn, marks, strict=True))
    retries = chance.choice((0, 1, 3))
    if scene.serial:
        trial.run_apart(Conditions(wait_timeout=scene.patience), retries=min(retries, 1))
    else:
        trial.run(retries=retries)
    trial.calm()
    trial.run()


def _one_by_one(sandbox: Sandbox, scene: Scene, tally: Tally, case: Case, chance: random.Random) -> None:
    """Give a case a run of its own, where targets share an address, or a list."""
    marks = [mark for mark in _drawn_marks(scene, 3 * scene.accounts, chance) if mark.account == 0]
    trial = Trial(sandbox, scene, marks, tally)
    first = chance.randint(0, 5 if case.purpose == "read" else 2)
    trial.arm([{**case.fault(scene, marks[0]), "skip": first}])
    # A notification session that cannot be opened ends the run before its first target.
    conditions = Conditions(wait_timeout=scene.patience, stop=case.purpose == "read")
    trial.run(conditions, retries=1, timeout=1.0, target_timeout=_SHORT)


def _everywhere(scene: Scene) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield faults that meet every target, and where: refused credentials, and logins that go wrong."""
    mount = f"/{scene.mounts[0]}"
    for _name, fault in TRIPPING:
        for method in ("GET", "DELETE", "PUT", "POST"):
            yield fault, {"method": method, "path": f"{mount}/*", "skip": 2}
    login = {
        "voipnow": {"method": "POST", "path": "/voipnow/oauth/token.php"},
        "genesys": {"method": "GET", "path": "/genesys/api/v2/me"},
    }.get(scene.room)
    if login is None:
        return
    for row in rows(scene):
        for times in (1, _ALWAYS):
            yield row.fault, {**login, "when": row.times_of("login")[0], "times": times}


def _all_alike(sandbox: Sandbox, scene: Scene, tally: Tally, fault: Mapping[str, Any]) -> None:
    marks = make_marks(scene, [1] * 4, [kind for kind in scene.kinds if kind != "absent"])
    trial = Trial(sandbox, scene, marks, tally)
    trial.arm([fault])
    conditions = Conditions(wait_timeout=scene.patience, stop=True)
    trial.run(conditions, retries=1, timeout=1.0, target_timeout=_SHORT, concurrency=1)


def _out_of_reach(sandbox: Sandbox, scene: Scene, tally: Tally) -> None:
    """Nobody listens, the name is nobody's, or what answers speaks no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    places = {
        "refused": f"http://127.0.0.1:{port}",
        "DNS": "https://nobody.invalid",
        "TLS": sandbox.url.replace("http://", "https://"),
    }
    for name, url in places.items():
        marks = make_marks(scene, [1] * 4, [kind for kind in scene.kinds if kind != "absent"])
        tally.injected(name)
        Trial(sandbox, scene, marks, tally).run(url=url, retries=1)


def _of_one_account(scene: Scene, number: int) -> list[Mark]:
    """Return targets of the first account; where one request of a token is sent at a time, fewer."""
    wanted = number // 4 if scene.serial else number
    kinds = [kind for kind in scene.kinds if kind != "absent"]
    marks = make_marks(scene, [1] * wanted * scene.accounts, kinds)
    return [mark for mark in marks if mark.account == 0]


def _outage(sandbox: Sandbox, scene: Scene, tally: Tally, outage: Mapping[str, Any], chance: random.Random) -> None:
    """Let every request fail from one moment on, for a while; then the same again, when all is well."""
    marks = _of_one_account(scene, 32)
    trial = Trial(sandbox, scene, marks, tally)
    trial.arm([{"do": "outage", "path": f"/{scene.mounts[0]}/*", "skip": chance.randint(1, len(marks)), **outage}])
    trial.run(Conditions(wait_timeout=scene.patience))
    trial.calm()
    trial.run(Conditions(wait_timeout=scene.patience))


def _walls(sandbox: Sandbox, scene: Scene, tally: Tally) -> None:
    """Let every request fail for good: most targets are to be left alone."""
    for _name, fault in WALLS:
        marks = _of_one_account(scene, 40)
        trial = Trial(sandbox, scene, marks, tally)
        trial.arm([{**fault, "path": f"/{scene.mounts[0]}/*", "skip": len(marks) // 2, "times": _ALWAYS}])
        wall = WALL + (1 if scene.serial else scene.concurrency)
        trial.run(Conditions(wait_timeout=scene.patience, wall=wall), retries=1, target_timeout=2)


def _failovers(sandbox: Sandbox, scene: Scene, tally: Tally, chance: random.Random) -> None:
    """Let another node take over in the middle, which knows nothing of tokens, cookies and sessions."""
    if scene.failover is None:
        return
    act = {"do": "act", "act": scene.failover, "path": f"/{scene.mounts[0]}/*"}
    for when in ("before", "after"):
        marks = _of_one_account(scene, 32)
        trial = Trial(sandbox, scene, marks, tally)
        trial.arm([{**act, "when": when, "skip": chance.randint(2, len(marks))}])
        trial.run(Conditions(wait_timeout=scene.patience, failover=True))
        trial.run(Conditions(wait_timeout=scene.patience, failover=True))


def _refused_certificate(sandbox: Sandbox, scene: Scene, tally: Tally) -> None:
    """Let a server want a certificate that we do not have: with TLS 1.3 it says so when we have sent already."""
    for let_in in (0, 1):
        marks = _of_one_account(scene, 16)
        trial = Trial(sandbox, scene, marks, tally)
        tally.injected("TLS 1.3 alert")
        with closing(TlsFront(sandbox.url, let_in=let_in)) as front:
            # Neither acknowledgements nor the end of a session get through.
            unheard = Conditions(wait_timeout=scene.patience, acknowledged=False)
            trial.run(unheard, url=front.url, ca_path=front.ca_file, concurrency=1, retries=1)
