# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The scheduler of a task, with what decides whether further targets begin: interrupt, stop policy, circuit breaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .circuit_breaker import CircuitBreaker
from .client import Client, Session
from .errors import OutboundError
from .probing import probe
from .run_settings import RunSettings
from .scheduler import Job, JobSteps, Scheduler
from .stop_policy import StopPolicy


class Dispatcher:
    """Runs the jobs of one task. ``session`` is the task's, with the circuit breaker and the idle workers."""

    def __init__(
        self, session: Session, settings: RunSettings, read: Callable[[Client], object], needed: Callable[[], bool]
    ) -> None:
        """While the circuit is open, ``read`` is the cheap read that closes it, as long as it is ``needed``."""
        self._seconds = settings.target_timeout
        self._read = read
        self._needed = needed
        self.stop_policy = StopPolicy(stop_on_error=settings.stop_on_error)
        self.scheduler = Scheduler(settings.concurrency, session.clock, self._may_begin)
        self.circuit_breaker = CircuitBreaker(lambda: self.scheduler.add(Job(self._probe, give_up=lambda: True)))
        self.session = replace(session, each=self.scheduler.side_by_side, circuit_breaker=self.circuit_breaker)

    def observe(self, error: OutboundError | None) -> None:
        """Record how a target failed; None: it did not."""
        self.stop_policy.observe(error, reached=self.session.transport.reached)

    def _may_begin(self) -> bool:
        return not (self.stop_policy.tripped or self.circuit_breaker.cause or self.session.clock.stop.is_set())

    def _probe(self, _job: Job) -> JobSteps:
        """Probe the vendor; resume the waiting targets when it answers, or leave them unbegun."""
        error = yield from probe(self.circuit_breaker, self.session, self._seconds, self._read, self._needed)
        if error is not None:
            self.stop_policy.trip(error)
