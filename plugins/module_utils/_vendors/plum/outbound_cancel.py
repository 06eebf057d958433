# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plum: cancel the pending outbound calls of a queue.

Neither Insight nor Fuse can list its queue; only single calls can be read by id. So a queue counts as readable only if
the task states that the given ids are all of its calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

from ..._core import options
from ..._core.answers import is_true
from ..._core.client import Client
from ..._core.errors import PROXY_LOGIN, FailureClass, Kind, OptionError, OutboundError, unexpected_response
from ..._core.http_messages import Request, path
from ..._core.operation import Operation, Params, Snapshot
from ..._core.options import Spec
from ..._core.overlaps import Scope
from ..._core.retry import Purpose
from .account import PRODUCT, Plum
from .bodies import parse
from .calls import NO_CALL, call_details, check_call_ids, counted_as

Statuses: TypeAlias = tuple[str, ...]
"""The phase of each call, in the order of ``call_ids``."""

LONGEST_OPTIONAL_READS = 10.0
"""Maximum seconds for reads before a cancel that decide nothing; at most half of the remaining ``target_timeout``."""

OPTIONAL_READS = "the time limit for optional reads"

_FAILS_THE_CANCEL_TOO = (FailureClass.CONNECT_FAILED, FailureClass.TLS, FailureClass.REDIRECT)

NOTHING_VERIFIED = (
    "check mode sends no cancel, and without call_ids it reads nothing: neither address nor credentials were verified."
    " probe: true verifies them with one harmless read."
)

_PHASES = ("pending", "in_progress", "ended", "unknown")


@dataclass(frozen=True)
class Queue:
    """The queue that one cancel affects, and the ids of its calls that can be read."""

    ids: Mapping[str, str]
    call_ids: tuple[str, ...]
    complete: bool


class OutboundCancel(Operation[Queue, Statuses]):
    """Cancel all pending calls of a survey instance (Insight) or a deployment (Fuse)."""

    account: Plum
    ACCOUNT = Plum
    UNIT = "calls"
    SAFE_TO_RESEND = True
    TASK_OPTIONS: ClassVar[Spec] = {**PRODUCT, "probe": {"type": "bool", "default": False}}
    TARGET_OPTIONS: ClassVar[Spec] = {
        "application_id": {"type": "raw"},
        "deployment_id": {"type": "raw"},
        "survey_id": {"type": "raw"},
        "instance_id": {"type": "raw"},
        "call_ids": {"type": "list", "elements": "raw"},
        "call_ids_complete": {"type": "bool", "default": False},
    }
    SETTINGS = frozenset({"call_ids", "call_ids_complete"})

    IDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "fuse": ("application_id", "deployment_id"),
        "insight": ("survey_id", "instance_id"),
    }
    FOLDERS: ClassVar[Mapping[str, str]] = {"fuse": "apps", "insight": "surveys"}

    def open(self, client: Client) -> None:
        """Verify address and credentials with one harmless read if ``probe`` is set."""
        if self.params["probe"]:
            call_details(NO_CALL, client)

    def target(self, options_: Params) -> Queue:
        """Validate the ids of one queue and of its calls."""
        mine = self.account.product
        for product, foreign in self.IDS.items():
            for name in foreign if product != mine else ():
                if options_[name] is not None:
                    raise OptionError(name, f"belongs to product: {product}, and this is {mine}")
        ids = {name: options.path_id(options_, name) for name in self.IDS[mine]}
        call_ids = options_["call_ids"]
        if call_ids is None:
            if options_["call_ids_complete"]:
                raise OptionError("call_ids_complete", "needs call_ids")
            return Queue(ids, (), complete=False)
        return Queue(ids, check_call_ids(call_ids), complete=bool(options_["call_ids_complete"]))

    def identify(self, target: Queue) -> dict[str, Any]:
        """Return product and ids."""
        return {"product": self.account.product, **target.ids}

    def scope(self, target: Queue) -> Scope:
        """Cover the whole queue: the cancel affects all of it, whichever calls are given."""
        ids = tuple(target.ids.values())
        return Scope(ids, f"queue {'/'.join(ids)}")

    def read(self, target: Queue, client: Client) -> Snapshot[Statuses]:
        """Read the given calls."""
        if not target.call_ids:
            if client.check_mode and not self.params["probe"] and NOTHING_VERIFIED not in self.warnings:
                self.warnings.append(NOTHING_VERIFIED)
            return Snapshot()
        if target.complete:
            return self._before(target, client)
        # Calls are still being placed: reads that decide nothing must not delay the cancel for long.
        brief = client.sibling(round(min(LONGEST_OPTIONAL_READS, client.deadline.left() / 2), 1), OPTIONAL_READS)
        try:
            return self._before(target, brief)
        except OutboundError as error:
            if error.kind is Kind.AUTH or error.failure_class in _FAILS_THE_CANCEL_TOO or error.status == PROXY_LOGIN:
                raise
            note = f"the calls were not counted before the cancel: {error.message}"
            return Snapshot(details={"calls": {"before": None, "after": None}, "note": note})

    def _before(self, target: Queue, client: Client) -> Snapshot[Statuses]:
        seen, counts = self._look(target, client)
        return replace(
            seen,
            details={"calls": {"before": counts, "after": None}},
            diff_expected=(_view(_cancelled(counts)),),
        )

    def probe(self, target: Queue, client: Client) -> None:
        """Read one call; the response that it is unknown is also a valid result."""
        call_details(next(iter(target.call_ids), NO_CALL), client)

    def write(self, target: Queue, _seen: Snapshot[Statuses], client: Client) -> None:
        """Send the cancel; 202 without a body is the only documented success."""
        request = Request(
            purpose=Purpose.WRITE,
            method="DELETE",
            path=path("api", self.FOLDERS[self.account.product], *target.ids.values(), "cancel"),
        )
        response = client.send(request)
        if response.status != 202:
            raise unexpected_response("expected status 202 for a cancel", status=response.status)
        if response.text().strip() and not _confirms(parse(response)):
            raise response.unexpected("the answer to a cancel has a body other than success: true")

    def can_observe(self, before: Snapshot[Statuses]) -> bool:
        """Return whether calls were given: their state is reported even if it proves nothing."""
        return bool(before.details)

    def recheck(self, target: Queue, before: Snapshot[Statuses], client: Client, *, final: bool) -> Snapshot[Statuses]:
        """Read the calls again."""
        seen, counts = self._look(target, client)
        return replace(
            seen,
            only_visible_part_gone=not self.can_confirm(before) and counts["pending"] == 0,
            details={"calls": {**before.details["calls"], "after": counts}},
        )

    def _look(self, target: Queue, client: Client) -> tuple[Snapshot[Statuses], dict[str, int]]:
        """Read the given calls; return also how many are in each phase."""
        calls = client.each(lambda call_id: call_details(call_id, client), target.call_ids)
        statuses = tuple("unknown" if call is None else counted_as(call) for call in calls)
        counted = Counter(statuses)
        counts = {name: counted[name] for name in _PHASES}
        pending = counts["pending"] if target.complete and not counts["unknown"] else None
        return Snapshot(pending=pending, state=statuses, diff_lines=(_view(counts),)), counts


def _confirms(body: Any) -> bool:
    """Return whether a body is exactly the documented success: any further field may contradict it."""
    return (
        isinstance(body, dict)
        and body.keys() <= {"success", "error"}
        and is_true(body.get("success"))
        and not body.get("error")
    )


def _cancelled(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts after a cancel: what was pending has ended."""
    return {**counts, "pending": 0, "ended": counts["ended"] + counts["pending"]}


def _view(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} calls {name.replace('_', ' ')}" for name, number in counts.items())
