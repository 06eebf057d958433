# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit and integration tests with other versions: `make matrix`, `make matrix-ends`.

Each combination is a call of make with a folder of its own, so it is tested in the same way as by `make test`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests" / "tools"))

from matrix import Combination, Tested, combinations, ends, table, versions
from run_all import run

MAKE = os.environ.get("MAKE", "make")
WORK = Path(os.environ.get("WORK", ".work")).absolute()
PYTHONS = subprocess.run(
    [MAKE, "--silent", "pythons", f"WORK={WORK}"], capture_output=True, text=True, check=True
).stdout.split()

nox.options.envdir = str(WORK / "nox")
nox.options.default_venv_backend = "none"

at_hand = combinations(PYTHONS)
tested: list[Tested] = []


def parameters(chosen: list[Combination]) -> list[object]:
    """Return combinations under the names that nox shows."""
    return [nox.param(combination, id=str(combination)) for combination in chosen]


def check(session: nox.Session, combination: Combination, at_once: int) -> None:
    """Run the parts with one combination."""
    work = WORK / "matrix" / str(combination)
    make = [MAKE, f"WORK={work}", f"PYTHON={combination.python}", f"CORE={combination.core}"]
    session.run(*make, "--silent", "setup", "tree", external=True)
    outcomes = run(make, work / "logs", ("integration", "unit"), at_once)
    tested.append(Tested(*versions(work / "venv"), outcomes))
    session.notify("table")
    if any(outcome.code for outcome in outcomes):
        session.error(f"what each part said is in {work / 'logs'}")


@nox.session
@nox.parametrize("combination", parameters(at_hand))
def matrix(session: nox.Session, combination: Combination) -> None:
    """Run the tests with every combination at hand."""
    check(session, combination, at_once=2)


@nox.session(name="ends")
@nox.parametrize("combination", parameters(ends(at_hand, WORK / "venv")))
def oldest_and_newest(session: nox.Session, combination: Combination) -> None:
    """Run the tests with the oldest and the newest combination, where `make test` itself is not one of them."""
    check(session, combination, at_once=1)  # beside the other parts of `make test`


@nox.session(name="table", default=False)
def show(_session: nox.Session) -> None:
    """Show what was tested; comes by itself at the end."""
    print(table(tested))
