# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One trial: a world is created, a module runs in it under faults, and the oracle judges its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import (
    Conditions,
    Request,
    Scenario,
    TrialTarget,
    Truth,
)

from . import oracle
from .child import Child
from .tally import Tally

TIMES: Mapping[str, Any] = {"timeout": 1.0, "target_timeout": 30, "retries": 3}
_SETTLED = 0.3
_LET_END = 10.0


def let_end(sandbox: Sandbox) -> None:
    """Wait until the server has finished the requests that an earlier trial gave up: a new journal must not contain
    them.
    """
    end = time.monotonic() + _LET_END
    while any(request["ended"] is None for request in sandbox.journal()) and time.monotonic() < end:
        time.sleep(0.02)


def _journal_without_late_changes(sandbox: Sandbox) -> list[Request]:
    """Return the journal after all delayed changes have been made."""
    end = time.monotonic() + _LET_END
    while True:
        journal = sandbox.journal()
        under_way = any(request["fault"] == "late" and request["ended"] is None for request in journal)
        if not under_way or time.monotonic() > end:
            return journal
        time.sleep(0.02)


def make_targets(scenario: Scenario, sizes: Sequence[int], kinds: Sequence[str] | None = None) -> list[TrialTarget]:
    """Return targets of every kind in turn, over all accounts."""
    kinds = kinds or scenario.kinds
    return [
        TrialTarget(f"{1_000_000 + number}", kinds[number % len(kinds)], size, number % scenario.accounts)
        for number, size in enumerate(sizes)
    ]


class Trial:
    """A world in the sandbox, in which modules run one after the other."""

    def __init__(
        self,
        sandbox: Sandbox,
        scenario: Scenario,
        targets: Sequence[TrialTarget],
        tally: Tally,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.scenario = scenario
        self.targets = targets
        self._tally = tally
        self._seen = 0
        self.state: Mapping[str, Any] = {}
        self.amend: Callable[[list[Request]], list[Request]] = lambda requests: requests
        let_end(sandbox)
        sandbox.seed(
            {
                "settings": {"seed": tally.seed, scenario.vendor: {**scenario.settings(), **(settings or {})}},
                scenario.vendor: scenario.seed(targets),
            }
        )

    def inject(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Arm faults."""
        listed = list(faults)
        if listed:
            self.sandbox._control("POST", "faults", listed)

    def clear_faults(self) -> None:
        """Disarm all faults."""
        self.sandbox._control("DELETE", "faults")

    def run(self, conditions: Conditions | None = None, *, url: str | None = None, **options: Any) -> list[str]:
        """Run the module once for each account, one after the other; return the disagreements."""
        conditions = conditions or Conditions()
        before = self.sandbox.state()
        results = []
        for account, targets in self._by_account():
            with short_pauses():
                results.append(
                    (
                        targets,
                        run_module(self.scenario.module, **self._options(account, targets, conditions, url, options)),
                    )
                )
        return self.judge(results, before, conditions)

    def run_apart(
        self, conditions: Conditions | None = None, *, url: str | None = None, processes: int = 1, **options: Any
    ) -> list[str]:
        """Run this many processes for each account in parallel; return the disagreements."""
        conditions = conditions or Conditions()
        before = self.sandbox.state()
        shares = [
            (account, targets[number::processes])
            for account, targets in self._by_account()
            for number in range(processes)
        ]
        children = [
            (targets, Child(self.scenario.module, self._options(account, targets, conditions, url, options)))
            for account, targets in shares
            if targets
        ]
        return self.judge([(targets, child.result()) for targets, child in children], before, conditions)

    def judge(
        self,
        results: Sequence[tuple[Sequence[TrialTarget], Mapping[str, Any]]],
        before: Mapping[str, Any],
        conditions: Conditions,
    ) -> list[str]:
        """Compare the report with the sandbox's record since the last time."""
        if conditions.lag:
            time.sleep(_SETTLED)
        journal, since = _journal_without_late_changes(self.sandbox), self._seen
        known = [request for request in journal if request["seq"] <= since]
        requests = [request for request in journal if request["seq"] > since]
        self._seen = max((request["seq"] for request in requests), default=since)
        requests = self.amend(requests)
        after = self.sandbox.state()
        ours = [request for request in requests if request["room"] in self.scenario.prefixes]
        seen = oracle.truths(self.scenario, self.targets, ours, before, after)
        if any(request["fault"] == "late" for request in ours):
            conditions = replace(conditions, lag=True)
        if self.scenario.vendor == "genesys" and any(self._disturbs_events(request) for request in ours):
            conditions = replace(conditions, acknowledged=False)
        found = [f"{self.scenario.name}: a request came to another host" for r in requests if r["room"] == "trap"]
        found += oracle.overlaps(self.scenario, [*known, *ours], since)
        outcomes: list[str] = []
        for targets, result in results:
            found += oracle.judge_run(self.scenario, targets, result, seen, conditions)
            outcomes += [entry["outcome"] for entry in result.get("results", ())]
        # The server has to expire a session whose id the client never received, or whose end did not arrive.
        if self.scenario.vendor == "genesys" and conditions.acknowledged and _sessions(after) - _sessions(before):
            found.append(f"{self.scenario.name}: a notification session is left open")
        self._tally.add(self.scenario.name, len(results), outcomes, ours, found)
        return found

    def count(self, result: Mapping[str, Any]) -> None:
        """Count a run that cannot be judged by target."""
        outcomes = [entry["outcome"] for entry in result.get("results", ())]
        self._tally.add(self.scenario.name, 1, outcomes, self._new_requests(), [])

    def look(self, before: Mapping[str, Any]) -> dict[str, Truth]:
        """Return the sandbox's record since the last time, without judging."""
        return oracle.truths(self.scenario, self.targets, self._new_requests(), before, self.sandbox.state())

    def forget(self) -> None:
        """Skip the record up to now, which has been judged, or which no run reported."""
        self._seen = max((request["seq"] for request in self._new_requests()), default=self._seen)
        self.state = self.sandbox.state()

    def _disturbs_events(self, request: Request) -> bool:
        """Return whether an acknowledgement, or its session, may have been lost."""
        fault = request["fault"]
        return bool(fault) and (not self.scenario.is_write(request) or fault.startswith("act"))

    def _new_requests(self) -> list[Request]:
        return [request for request in self.sandbox.journal() if request["seq"] > self._seen]

    def _by_account(self) -> list[tuple[int, list[TrialTarget]]]:
        numbers = sorted({target.account for target in self.targets})
        return [(number, [target for target in self.targets if target.account == number]) for number in numbers]

    def _options(
        self,
        account: int,
        targets: Sequence[TrialTarget],
        conditions: Conditions,
        url: str | None,
        more: Mapping[str, Any],
    ) -> dict[str, Any]:
        return {
            **TIMES,
            "concurrency": self.scenario.concurrency,
            "wait_timeout": conditions.wait_timeout,
            "check": conditions.check,
            **self.scenario.options(url or self.sandbox.url, account, targets),
            **more,
        }


def _sessions(state: Mapping[str, Any]) -> set[str]:
    return {session["client_id"] for session in state["genesys"]["sessions"]}
