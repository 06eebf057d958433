# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of targets of several accounts, processed in parallel under faults; then the same task again."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario

from .fault_mix import fault_mix, rng
from .tally import Tally
from .trial import Trial, make_targets

VENDOR_SHARE = 0.5
"""Fraction of a vendor's targets for each of its two modules; Genesys has only one."""
SERIAL_SHARE = 0.2
"""Fraction of targets for vendors that allow one request per token at a time: their waits cannot be shortened."""

TIMEOUT = 3.0
"""Seconds that an answer may take: on a busy machine, a slow one is not a fault."""
LONGER = 3
"""Factor of a short run's wait_timeout."""
ABSENT = 0.02
"""Number of targets that the vendor does not know."""


def run(sandbox: Sandbox, scenario: Scenario, tally: Tally, seed: int, amount: int) -> None:
    """Judge a long run with this many targets of the vendor; a second one must find, or finish, everything."""
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
