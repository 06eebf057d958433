# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every row of the retry table, for every module, on logins, reads and writes, before and after the change."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

from .scene import Conditions, Mark, Scene
from .tally import Tally
from .trial import Trial, make_marks
from .weather import TRIPPING, Row, armed, dice, rows, shared

_AT_ONCE = 48
_ALWAYS: int | None = None


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
        for when, possible in (("before", row.before), ("after", row.after and purpose == "write"))
        for times in repetitions
        if possible and not (row.slow and scene.serial and times != 1)
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
    trial.run(Conditions(wait_timeout=scene.patience, stop=case.purpose == "read"), retries=1, timeout=1.0)


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
        yield row.fault, {**login, "times": 1}
        yield row.fault, {**login, "times": _ALWAYS}


def _all_alike(sandbox: Sandbox, scene: Scene, tally: Tally, fault: Mapping[str, Any]) -> None:
    marks = make_marks(scene, [1] * 4, [kind for kind in scene.kinds if kind != "absent"])
    trial = Trial(sandbox, scene, marks, tally)
    trial.arm([fault])
    trial.run(Conditions(wait_timeout=scene.patience, stop=True), retries=1, timeout=1.0, concurrency=1)


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
