# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Reads for an info module: many items of one account in parallel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from .client import Client, Session
from .dispatcher import Dispatcher
from .errors import Interrupted, OptionError, OutboundError, defect
from .interrupt import Permit
from .operation import Account, Params
from .run_settings import RunSettings
from .scheduler import Job, JobSteps

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Query(ABC, Generic[Item, Answer]):
    """One info module."""

    ACCOUNT: ClassVar[type[Account]]
    OPTIONS: ClassVar[Mapping[str, Any]]

    def __init__(self, account: Account, params: Params) -> None:
        """Keep the task's options; raise OptionError if they are invalid."""
        self.account = account
        self.params = params

    @abstractmethod
    def items(self) -> Sequence[Item]:
        """Return the checked items to read, or raise OptionError."""

    @abstractmethod
    def fetch(self, item: Item, client: Client) -> Answer:
        """Read one item; called from threads."""

    def probe(self, item: Item, client: Client) -> None:
        """Do a cheap read, to learn whether the vendor answers; or raise OutboundError."""
        self.fetch(item, client)

    @abstractmethod
    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Return the module's own result keys."""


def fetch_all(
    query: Query[Item, Answer], items: Sequence[Item], session: Session, settings: RunSettings
) -> tuple[list[Answer], list[OutboundError]]:
    """Read every item; return the results in the order of the items, and the errors."""
    answers: dict[int, Answer] = {}
    errors: list[OutboundError] = []
    seconds = settings.target_timeout
    dispatcher = Dispatcher(
        session,
        settings,
        lambda client: query.probe(items[-1], client),
        lambda: len(answers) + len(errors) < len(items),
    )

    def fetch(index: int, item: Item, permit: Permit, _job: Job) -> JobSteps:
        error: OutboundError | None = None
        try:
            answers[index] = query.fetch(item, dispatcher.session.client(seconds, "target_timeout", permit=permit))
        except OptionError:
            raise
        except Exception as problem:  # noqa: BLE001 - a defect here must not lose the other results
            if permit.revoked or isinstance(problem, Interrupted):
                return
            error = problem if isinstance(problem, OutboundError) else defect(problem)
            errors.append(error)
        dispatcher.observe(error)
        yield from ()

    permits = [Permit(session.clock.stop) for _question in items]
    dispatcher.scheduler.run(
        Job(partial(fetch, index, item, permit), give_up=permit.revoke)
        for index, (item, permit) in enumerate(zip(items, permits, strict=True))
    )
    # Copies: threads that were abandoned after an interrupt may still add to these.
    found = dict(answers)
    return [found[index] for index in sorted(found)], list(errors)
