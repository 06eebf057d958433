# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts of what was tried, and of the results."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from ansible_collections.telephony.outbound.tests.support.scenario import Request

_SHOWN = 60


def say(text: str = "") -> None:
    """Print a line immediately."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Tally:
    """Counts over many runs."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.runs = 0
        self.targets: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.requests = 0
        self.disagreements: list[str] = []
        self._started = time.monotonic()

    def add(
        self,
        scenario: str,
        runs: int,
        outcomes: Iterable[str],
        requests: Sequence[Request],
        disagreements: Sequence[str],
    ) -> None:
        """Add the counts of one world."""
        self.runs += runs
        counted = Counter(outcomes)
        self.targets[scenario] += counted.total()
        self.outcomes.update(counted)
        self.requests += len(requests)
        self.faults.update(_fault(request) for request in requests if request["fault"])
        self.disagreements.extend(disagreements)

    def injected(self, fault: str) -> None:
        """Count a fault from outside the sandbox, such as a signal."""
        self.faults[fault] += 1

    @property
    def counts(self) -> tuple[int, int, int]:
        """Return targets, faults and disagreements so far."""
        return self.targets.total(), self.faults.total(), len(self.disagreements)

    def show(self, part: str) -> None:
        """Print the counts, and the disagreements."""
        say(f"\n{part} (seed {self.seed}, {time.monotonic() - self._started:.0f} s)")
        say(f"  runs of a module   {self.runs}")
        say(f"  requests           {self.requests}")
        say(f"  targets            {self.targets.total()}: {_list(self.targets)}")
        say(f"  outcomes           {_list(self.outcomes)}")
        say(f"  faults injected    {self.faults.total()}: {_list(self.faults)}")
        say(f"  disagreements      {len(self.disagreements)}")
        for text in self.disagreements[:_SHOWN]:
            say(f"    {text}")


def _fault(request: Request) -> str:
    what: str = request["fault"]
    if what.startswith("act failed"):
        return "act that found nothing"
    return f"{what} {request['status']}" if what in ("status", "redirect") else what


def _list(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counted.most_common()) or "none"
