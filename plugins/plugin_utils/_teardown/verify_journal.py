# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of journals: each is complete, in order, of this run, and about the targets of its plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ...module_utils._core.number_outcomes import CANCEL_PARTS
from .documents import Document, InvalidDocument, json_object, parse_time
from .findings import finding
from .journal import AFTER_A_CRASH, EVENTS, SWITCHES
from .plan import Plan
from .run_folder import journal_name
from .same import MaskedComparison, differences_from_planned


class JournalCheck:
    """Checks one journal line by line; ``name`` is that of its file."""

    def __init__(self, name: str, run: Document, plan: Plan, masked: MaskedComparison) -> None:
        self._name = name
        self._run = run
        self._plan = plan
        self._masked = masked
        accounts = {str(row["account"]) for row in plan.targets}
        self._accounts = {account for account in accounts if journal_name(account) == name}
        self._last: datetime = parse_time(run.get("started"), "started of run.json")
        self._named = False
        self._step = ""
        self._places: Sequence[Any] = ()
        self._ended: set[int] = set()

    def findings(self, text: str) -> Iterator[Document]:
        """Yield the findings about the text of the journal."""
        if not self._accounts:
            yield finding(self._name, None, "the plan has no account that this journal belongs to")
            return
        lines = text.split("\n")
        events = [json_object(line) if line else {} for line in lines]
        for number, event in enumerate(events if lines[-1] else events[:-1], start=1):
            if event is None:
                if not _was_cut(events, number):
                    yield finding(self._name, number, "the line is not a JSON object, and no crash cut it")
                continue
            for what in self._event(event):
                yield finding(self._name, number, what)

    def _event(self, event: Document) -> Iterator[str]:
        kind = event.get("event")
        if kind not in EVENTS:
            yield f"a journal has no event {kind!r}"
        # An account whose process ended before it wrote anything has only the line of its start.
        if not self._named and kind not in ("run", "account_failed"):
            yield "the line that names the run and its plan is missing before it"
        self._named = self._named or kind != "account_failed"
        yield from self._time(event)
        if kind == "run":
            yield from self._of_this_run(event)
        elif kind == "call":
            yield from self._call(event)
        elif kind in ("begun", "ended") and self._step not in SWITCHES:
            yield from self._target(str(kind), event)
        elif kind == "refused":
            yield from self._place(event.get("place"))

    def _time(self, event: Document) -> Iterator[str]:
        try:
            time = parse_time(event.get("time"), "time")
        except InvalidDocument:
            yield f"its time is none: {event.get('time')!r}"
            return
        if time < self._last:
            last = self._last.isoformat(timespec="milliseconds")
            yield f"the times are not in order: {event['time']} comes after {last}"
        ended = self._run.get("ended")
        if ended and time.replace(microsecond=0) > parse_time(ended, "ended of run.json"):
            yield f"the times are not in order: the run ended at {ended}"
        self._last = max(self._last, time)

    def _of_this_run(self, event: Document) -> Iterator[str]:
        for key, what in (("run_id", "run"), ("plan_sha256", "plan")):
            if event.get(key) != self._run.get(key):
                yield f"the line belongs to another {what}: {event.get(key)}"
        if event.get("account") not in self._accounts:
            yield f"the line belongs to another account: {event.get('account')}"

    def _call(self, event: Document) -> Iterator[str]:
        places = event.get("places")
        self._step, self._places = str(event.get("step")), places if isinstance(places, list) else ()
        self._ended = set()
        for place in self._places:
            yield from self._place(place)

    def _place(self, place: Any) -> Iterator[str]:
        row = self._row(place)
        if row is None:
            yield f"the plan has no target {place!r}"
        elif str(row["account"]) not in self._accounts:
            yield f"target {place} of the plan belongs to the account {row['account']}"

    def _row(self, place: Any) -> Document | None:
        is_place = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(self._plan.targets)
        return self._plan.targets[place] if is_place else None

    def _target(self, kind: str, event: Document) -> Iterator[str]:
        index = event.get("index")
        if not isinstance(index, int) or not 0 <= index < len(self._places):
            yield f"the call before it has no target {index!r}"
            return
        if index in self._ended:
            yield f"target {index} of this call had ended before"
        if kind != "ended":
            return
        self._ended.add(index)
        if self._step == CANCEL_PARTS:  # it is about a part of the planned target
            return
        row, result = self._row(self._places[index]), event.get("result")
        if not isinstance(result, dict):
            yield "the result of the target is missing"
        elif row is not None:
            yield from differences_from_planned(row, self._step, result.get("target"), self._masked)


def _was_cut(events: Sequence[Document | None], number: int) -> bool:
    """Return whether a line was cut by a crash: the last one before the run went on or was ended."""
    after = events[number] if number < len(events) else {}
    return after == {} or (after is not None and after.get("event") in AFTER_A_CRASH)
