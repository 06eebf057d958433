# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of targets of several accounts, worked on at the same time, in bad weather; then the same task again."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

from .scene import Conditions, Scene
from .tally import Tally
from .trial import Trial, make_marks
from .weather import dice, weather

VENDOR_SHARE = 0.5
"""How many of a vendor's targets one of its two modules gets; Genesys has only one."""
SERIAL_SHARE = 0.2
"""How many targets of the whole where one request of a token is sent at a time: their waits cannot be shortened."""

TIMEOUT = 3.0
"""Seconds that an answer may take: on a busy machine a slow one is no fault."""
LONGER = 3
"""So many times the wait_timeout of a short run."""
ABSENT = 0.02
"""How many targets the vendor does not know."""


def run(sandbox: Sandbox, scene: Scene, tally: Tally, seed: int, targets: int) -> None:
    """Make a long run and judge it; a second one must find, or finish, everything. ``targets`` are the vendor's."""
    number = int(targets * (VENDOR_SHARE if scene.addressed else 1) * (SERIAL_SHARE if scene.serial else 1))
    chance = dice(seed, "bulk", scene.name)
    kinds = [kind for kind in scene.kinds if kind != "absent"]
    drawn = ["absent" if chance.random() < ABSENT else chance.choice(kinds) for _target in range(number)]
    marks = make_marks(scene, [chance.choice((0, 1, 1, 2, 3)) for _target in drawn], drawn)
    trial = Trial(sandbox, scene, marks, tally)
    trial.arm(weather(scene, marks, seed))
    processes = 2 if scene.serial else 1
    conditions = Conditions(wait_timeout=LONGER * scene.patience)
    trial.run_apart(conditions, processes=processes, timeout=TIMEOUT)
    trial.calm()
    trial.run_apart(replace(conditions, check=True), processes=processes, timeout=TIMEOUT)
    trial.run_apart(conditions, processes=processes, timeout=TIMEOUT)
