# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of targets of several accounts, worked on at the same time, among faults; then the same task again."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario

from .fault_mix import fault_mix, rng
from .tally import Tally
from .trial import Trial, make_targets

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


def run(sandbox: Sandbox, scenario: Scenario, tally: Tally, seed: int, amount: int) -> None:
    """Make a long run of so many targets of the vendor, and judge it; a second one must find, or finish, everything."""
    number = int(amount * (VENDOR_SHARE if scenario.addressed else 1) * (SERIAL_SHARE if scenario.serial else 1))
    chance = rng(seed, "bulk", scenario.name)
    kinds = [kind for kind in scenario.kinds if kind != "absent"]
    drawn = ["absent" if chance.random() < ABSENT else chance.choice(kinds) for _target in range(number)]
    targets = make_targets(scenario, [chance.choice((0, 1, 1, 2, 3)) for _target in drawn], drawn)
    trial = Trial(sandbox, scenario, targets, tally)
    trial.inject(fault_mix(scenario, targets, seed))
    processes = 2 if scenario.serial else 1
    conditions = Conditions(wait_timeout=LONGER * scenario.patience)
    trial.run_apart(conditions, processes=processes, timeout=TIMEOUT)
    trial.clear_faults()
    trial.run_apart(replace(conditions, check=True), processes=processes, timeout=TIMEOUT)
    trial.run_apart(conditions, processes=processes, timeout=TIMEOUT)
