# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit and integration tests with other versions: `make matrix`, `make oldest`; and some targets of make by nox.

Each combination is a call of make with a folder of its own, so it is tested in the same way as by `make test`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "scripts"))

from matrix import Combination, Tested, combinations, table, versions
from run_parts import Outcome, run

MAKE = os.environ.get("MAKE", "make")
WORK = Path(os.environ.get("WORK", ".work")).absolute()
PYTHONS = subprocess.run(
    [MAKE, "--silent", "pythons", f"WORK={WORK}"], capture_output=True, text=True, check=True
).stdout.split()

nox.options.envdir = str(WORK / "nox")
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "unit"]

at_hand = combinations(PYTHONS)
tested: list[Tested] = []


# Which parts run, one entry after the other, and what make is told.
Plan = Sequence[tuple[Sequence[str], str]]
WHOLE: Plan = [(("integration", "unit"), "ALL=1")]
# The unit tests of what Ansible's own code takes part in, and the target in which all systems are torn down for real,
# sandbox included. `make test-all` takes all unit tests of what ships to hosts.
TOUCHING_ANSIBLE = (
    "tests/unit/plugins/module_utils/_core/test_entry.py",
    "tests/unit/plugins/module_utils/_core/test_module.py",
    "tests/unit/plugins/module_utils/_vendors",
    "tests/unit/plugins/plugin_utils/_teardown/test_settings.py",
)
UNITS = "tests/unit/plugins" if os.environ.get("ALL") else " ".join(TOUCHING_ANSIBLE)
SMALL: Plan = [(("unit",), f"UNITS={UNITS}"), (("integration",), "ARGS=role_campaign_teardown")]


@nox.session
@nox.parametrize("combination", [nox.param(combination, id=str(combination)) for combination in at_hand])
def matrix(session: nox.Session, combination: Combination) -> None:
    """Run all unit and integration tests with every combination at hand."""
    check(session, combination, WHOLE)


@nox.session
def oldest(session: nox.Session) -> None:
    """Run some of them with the oldest combination, where `make test` has not that one anyway."""
    if at_hand[0].is_in(WORK / "venv"):
        session.skip("this environment is the oldest one already")
    check(session, at_hand[0], SMALL)


@nox.session(name="table", default=False)
def show(_session: nox.Session) -> None:
    """Show what was tested; comes by itself at the end."""
    print(table(tested))


def make(session: nox.Session, target: str) -> None:
    """Call make, whose environment every session shares; what follows -- is ARGS."""
    session.run(MAKE, f"WORK={WORK}", target, f"ARGS={' '.join(session.posargs)}", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, changelog and licenses."""
    make(session, "lint")


@nox.session
def unit(session: nox.Session) -> None:
    """Run unit, behavior and security tests."""
    make(session, "unit")


@nox.session
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity."""
    make(session, "sanity")


@nox.session
def docs(session: nox.Session) -> None:
    """Check the documentation of all plugins and roles, and build the site."""
    make(session, "docs-lint")
    make(session, "docs")


def check(session: nox.Session, combination: Combination, plan: Plan) -> None:
    """Run what the plan says with one combination."""
    work = WORK / "matrix" / str(combination)
    command = [MAKE, f"WORK={work}", f"PYTHON={combination.python}", f"CORE={combination.core}"]
    session.run(*command, "--silent", "setup", "tree", external=True)
    outcomes: list[Outcome] = []
    for parts, told in plan:
        outcomes += run([*command, told], work / "logs", parts)
    tested.append(Tested(*versions(work / "venv"), outcomes))
    session.notify("table")
    if any(outcome.code for outcome in outcomes):
        session.error(f"what each part said is in {work / 'logs'}")
