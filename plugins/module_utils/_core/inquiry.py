# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Reading for an info module: many questions to one vendor at the same time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from .breaker import Breaker
from .circuit import Circuit
from .client import Client, Line
from .crew import Crew, Job, Steps
from .errors import Interrupted, OptionError, OutboundError, defect
from .interrupt import Permit
from .operation import Params, Vendor
from .probing import probe

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Inquiry(ABC, Generic[Question, Answer]):
    """One info module."""

    VENDOR: ClassVar[type[Vendor]]
    OPTIONS: ClassVar[Mapping[str, Any]]
    MAX_CONCURRENCY: ClassVar[int] = 32

    def __init__(self, vendor: Vendor, params: Params) -> None:
        """Keep what stands on the task; OptionError where that cannot be used."""
        self.vendor = vendor
        self.params = params

    @abstractmethod
    def questions(self) -> Sequence[Question]:
        """Return what to ask, checked, or raise OptionError."""

    @abstractmethod
    def ask(self, question: Question, client: Client) -> Answer:
        """Ask the vendor; called from threads."""

    def probe(self, question: Question, client: Client) -> None:
        """Read something cheap, to learn whether the vendor answers; or raise OutboundError."""
        self.ask(question, client)

    @abstractmethod
    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Return the module's own result keys."""


def ask_all(
    inquiry: Inquiry[Question, Answer],
    questions: Sequence[Question],
    line: Line,
    *,
    seconds: float,
    workers: int,
    stop_on_error: bool,
) -> tuple[list[Answer], list[OutboundError]]:
    """Ask everything; return the answers in the order of the questions, and what went wrong."""
    answers: dict[int, Answer] = {}
    errors: list[OutboundError] = []
    breaker = Breaker(stop_on_error=stop_on_error)

    def probe_again(_job: Job) -> Steps:
        read = partial(inquiry.probe, questions[-1])
        error = yield from probe(circuit, line, seconds, read, lambda: len(answers) + len(errors) < len(questions))
        if error is not None:
            breaker.trip(error)

    circuit = Circuit(lambda: crew.add(Job(probe_again, give_up=lambda: True)))
    line = replace(line, circuit=circuit)

    def ask(index: int, question: Question, permit: Permit, _job: Job) -> Steps:
        error: OutboundError | None = None
        try:
            answers[index] = inquiry.ask(question, line.client(seconds, "target_timeout", permit=permit))
        except OptionError:
            raise
        except Exception as problem:  # noqa: BLE001 - a defect of ours must not take the other answers along
            if permit.revoked or isinstance(problem, Interrupted):
                return
            error = problem if isinstance(problem, OutboundError) else defect(problem)
            errors.append(error)
        breaker.observe(error, reached=line.transport.reached)
        yield from ()

    def may_begin() -> bool:
        return not (breaker.tripped or circuit.cause or line.clock.stop.is_set())

    crew = Crew(workers, line.clock, may_begin)
    permits = [Permit(line.clock.stop) for _question in questions]
    crew.run(
        Job(partial(ask, index, question, permit), give_up=permit.revoke)
        for index, (question, permit) in enumerate(zip(questions, permits, strict=True))
    )
    # Copies: who was left alone after an interrupt may still add to these.
    found = dict(answers)
    return [found[index] for index in sorted(found)], list(errors)
