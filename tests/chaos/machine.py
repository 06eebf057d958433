# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random interleavings: hypothesis arms faults, changes targets, and runs modules in any order, and shrinks
failures.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario

from .fault_mix import Row, armed, rows
from .tally import Tally, say
from .trial import Trial, make_targets

_LAG = 0.15
_BATCH = 25
_TIMEOUT = 5.0
"""Seconds that an answer may take: none of the faults here is slow, and a slow machine is not a fault."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A row of the retry table that affects a target."""

    target: int
    purpose: str
    skip: int
    row: Row
    late: bool
    times: int | None


@dataclass(frozen=True, kw_only=True)
class ExternalChange:
    """A change of a target by another party between our reads and writes."""

    target: int
    purpose: str
    skip: int
    which: int
    when: str


class Disagreement(AssertionError):
    """The report does not agree with what happened."""


def machine(sandbox: Sandbox, scenario: Scenario, tally: Tally) -> type[RuleBasedStateMachine]:
    """Return the state machine for one module."""
    known = [row for row in rows(scenario) if not row.slow]
    common = {"target": st.integers(0, 5), "purpose": st.sampled_from(scenario.purposes), "skip": st.integers(0, 3)}
    trouble = st.builds(
        Trouble, **common, row=st.sampled_from(known), late=st.booleans(), times=st.sampled_from((1, 1, 2, None))
    )
    external_changes = st.builds(
        ExternalChange, **common, which=st.integers(0, 9), when=st.sampled_from(("before", "after"))
    )

    class World(RuleBasedStateMachine):
        """A world with a few targets."""

        @initialize(sizes=st.lists(st.integers(0, 3), min_size=1, max_size=6), lag=st.booleans())
        def begin(self, sizes: list[int], lag: bool) -> None:
            self.targets = make_targets(scenario, sizes)
            lagging = {scenario.lag: _LAG} if scenario.lag and lag else {}
            self.conditions = Conditions(lag=bool(lagging))
            self.trial = Trial(sandbox, scenario, self.targets, tally, lagging)
            self.changed_by_others: set[str] = set()

        @rule(
            troubles=st.lists(trouble | trouble | external_changes, min_size=1, max_size=6),
            check=st.integers(0, 4),
            wait=st.sampled_from((scenario.patience, scenario.patience, 0.0)),
            concurrency=st.sampled_from((1, 4)),
            retries=st.sampled_from((0, 1, 3)),
            stop=st.integers(0, 3),
        )
        def run_it(
            self, troubles: list[Any], check: int, wait: float, concurrency: int, retries: int, stop: int
        ) -> None:
            for each in troubles:
                self._prepare(each)
            conditions = replace(
                self.conditions,
                check=check == 4,
                wait_timeout=wait,
                changed_by_others=frozenset(self.changed_by_others),
                stop=stop == 3,
            )
            on_error = "stop" if conditions.stop else "continue"
            found = self.trial.run(
                conditions, concurrency=concurrency, retries=retries, on_error=on_error, timeout=_TIMEOUT
            )
            if found:
                raise Disagreement(f"seed {tally.seed}: " + "; ".join(found))

        def _prepare(self, each: Trouble | ExternalChange) -> None:
            target = self.targets[each.target % len(self.targets)]
            if isinstance(each, Trouble):
                times = each.row.times_of("write")
                when = times[-1] if each.late else times[0]
                fault = armed(scenario, target, each.purpose, each.row, when, skip=each.skip, times=each.times)
                self.trial.inject([fault])
                return
            acts = scenario.external_changes(target)
            if acts:
                act = {"do": "act", "act": acts[each.which % len(acts)], "when": each.when, "skip": each.skip}
                self.trial.inject([{**act, **scenario.filter(target, each.purpose)}])
                self.changed_by_others.add(target.key)

        def teardown(self) -> None:
            """Run it twice without faults: it must end cleanly."""
            if not hasattr(self, "trial"):
                return
            self.trial.clear_faults()
            well = replace(self.conditions, wait_timeout=2.0)
            found = [*self.trial.run(well, timeout=_TIMEOUT), *self.trial.run(well, timeout=_TIMEOUT)]
            left = [
                target.key
                for target in self.targets
                if target.kind != "absent" and any(scenario.holding(sandbox.state(), target).values())
            ]
            if found or left:
                raise Disagreement(f"seed {tally.seed}: " + "; ".join([*found, *(f"{key} is left" for key in left)]))

    return World


def run(
    sandbox: Sandbox,
    scenario: Scenario,
    tally: Tally,
    number: int,
    seconds: float,
    examples: int = 100,
    *,
    shrink: bool = False,
) -> None:
    """Run this many worlds, within the time limit; ``shrink`` minimizes a failure, which can take minutes."""
    end = time.monotonic() + seconds
    batch = min(_BATCH, examples)
    wanted = settings(
        max_examples=batch,
        stateful_step_count=3,
        deadline=None,
        database=None,
        print_blob=False,
        verbosity=Verbosity.normal,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    for turn in range(examples // batch):
        if time.monotonic() > end:
            return
        world = seed(number * 1000 + turn)(machine(sandbox, scenario, tally))
        try:
            run_state_machine_as_test(world, settings=wanted)
        except Disagreement as error:
            for note in getattr(error, "__notes__", ()):
                say(note)
            return
