# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The journal of one account in one run: what was begun and how it ended, each target known by its place in the plan.

The first line names the run and its plan; lines of any other run are not this run's and say nothing. Modules write
``begun`` and ``ended``; the line before each call says which places their indexes stand for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from ...module_utils._core.folders import sync_own_folder
from ...module_utils._core.journal import write_line
from ...module_utils._core.number_outcomes import CANCEL_PARTS
from ...module_utils._core.outcomes import Outcome
from .documents import Document, InvalidDocument, json_object, mapping_of, parse_time
from .same import MaskedComparison, differences_from_planned
from .steps import NOT_DONE, StateChanges, error_of

SWITCHES = ("stop", "start")
"""Steps that are about a campaign, and about no target of the plan."""

DONE = (Outcome.CLEARED, Outcome.ALREADY_CLEAR, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.ACCEPTED)
"""Outcomes after which a target is not sent again when a run goes on."""

EVENTS = frozenset({"run", "call", "begun", "ended", "refused", "account_failed", "finished"})
AFTER_A_CRASH = frozenset({"run", "account_failed"})
"""What is written after a line that a crash cut."""

TIMES = ("begun", "sent", "answered", "confirmed")
"""When work on a target began, its write first went out, was last answered, and was seen to be done."""

_COUNT = (int, type(None))
_RESULT: Mapping[str, Any] = {
    "changed": bool,
    "verified": bool,
    "attempts": int,
    "elapsed": (int, float),
    "pending_before": _COUNT,
    "pending_after": _COUNT,
}
"""The types of what is counted and added up."""


class AccountJournal:
    """The content of an account's journal for one run."""

    def __init__(
        self, text: str = "", run_id: str = "", planned: Mapping[int, Document] | None = None, **owner: str
    ) -> None:
        """Read the lines of this run; a line that a crash cut is ignored.

        ``planned`` are the account's rows of the plan by their place: a line counts only if it is about the target
        that is planned there. ``owner`` gives ``plan_sha256`` and ``account``, which a run's first line has to name.
        """
        first_line = {"run_id": run_id, **owner}
        self._planned = planned
        self.results: dict[int, Document] = {}
        """The last result of each place that has one; its backup file is relative to the folder of the run."""
        self.times: dict[int, Document] = {}
        """Of each place that was begun the time of each of TIMES, or None; over all starts of this run."""
        self.open: dict[int, str] = {}
        """Places of which it is not known how they ended, and why."""
        self.is_of_run = False
        """Whether this run wrote anything there."""
        self.is_of_another = False
        """Whether another run did."""
        self.is_damaged = False
        """Whether a line cannot be read, or belongs to no run or no target, and no crash cut it."""
        self.refusals: dict[int, Document] = {}
        self.changes = StateChanges()
        self.stopped: set[str] = set()
        """Campaigns that this run stopped, or of whose stop it knows no end."""
        self._perhaps_stopped: set[str] = set()
        self.errors: list[str] = []
        self.requests = 0
        """How many requests were sent, as far as the process lived to tell it."""
        self.finished = False
        self.last_time: str | None = None
        self._doubts: set[int] = set()
        """Places that earlier starts left in doubt."""
        self._step = ""
        self._places: Sequence[Any] = ()
        self._folder = ""
        ours, was_cut = False, False
        for line in filter(None, text.split("\n")):
            event = json_object(line) or {}
            self.is_damaged |= ours and was_cut and event.get("event") not in AFTER_A_CRASH
            was_cut = not event
            if event.get("event") == "run":
                ours = all(event.get(key) == value for key, value in first_line.items())
                self.is_of_run, self.is_of_another = self.is_of_run or ours, self.is_of_another or not ours
                self._folder = str(event.get("folder") or "")
                self.finished = False
                self._start_over()
            if ours:
                self._take(event)
            elif event and not self.is_of_run and not self.is_of_another:
                self.is_damaged |= event.get("event") != "account_failed"
        self._start_over()

    def _start_over(self) -> None:
        """Record that what is open now belongs to an earlier start than what follows."""
        self._doubts = self.in_doubt
        self.changes.start_over()

    @property
    def done(self) -> set[int]:
        """Places that are not sent again."""
        return {place for place, result in self.results.items() if result.get("outcome") in DONE}

    @property
    def in_doubt(self) -> set[int]:
        """Places for which it is unknown whether they were carried out."""
        untold = set(self._planned or ()) - self.results.keys() - self.refusals.keys() if self.is_damaged else set()
        told = {place for place, result in self.results.items() if result.get("outcome") == Outcome.IN_DOUBT}
        return self.open.keys() | told | untold

    def _take(self, event: Document) -> None:
        kind = event.get("event")
        with suppress(InvalidDocument):
            parse_time(event.get("time"), "time")
            self.last_time = event["time"]
        self.requests += event["requests"] if isinstance(event.get("requests"), int) else 0
        if kind == "call":
            places = event.get("places")
            self._step, self._places = str(event.get("step")), places if isinstance(places, list) else ()
        elif kind == "refused" and isinstance(event.get("place"), int):
            error = event.get("error")
            self.refusals[event["place"]] = error if isinstance(error, dict) else {}
        elif kind == "account_failed":
            self.errors.append(str(event.get("message")))
        elif kind == "finished":
            self.finished = True
        elif kind in ("begun", "ended"):
            self._take_target(kind, event)
        else:
            self.is_damaged |= bool(event) and str(kind) not in EVENTS

    def _take_target(self, kind: str, event: Document) -> None:
        if self._step in SWITCHES:
            self._take_switch(kind, event)
            return
        place = self._place_of(event.get("index"))
        if place is None:
            self.is_damaged = True
        elif kind == "ended" and self._step == CANCEL_PARTS:
            return
        elif kind == "begun":
            self.open[place] = "the journal has it as begun, and not how it ended"
            self._take_times(place, {"begun": event.get("time")})
        elif not _is_result(event.get("result")):
            self.open[place] = "what the journal has as its end is no result"
        elif self._is_about_another(place, event["result"]):
            self.open[place] = "what the journal has as its end is about another target"
        else:
            self._take_result(place, event["result"], event)

    def _take_switch(self, kind: str, event: Document) -> None:
        if kind == "ended" and _is_result(event.get("result")) and self._is_planned(event["result"]["target"]):
            self.take_change(self._step, event["result"])
        elif kind == "begun" and isinstance(event.get("target"), dict) and self._is_planned(event["target"]):
            self.changes.begin(self._step, event["target"])
            campaign = str(event["target"].get("campaign_id"))
            if self._step == "stop" and campaign not in self.stopped:
                self.stopped.add(campaign)
                self._perhaps_stopped.add(campaign)

    def _is_planned(self, target: Mapping[str, Any]) -> bool:
        """Return whether the plan has anything to clear in a campaign: others are never started again."""
        return self._campaigns is None or str(target.get("campaign_id")) in self._campaigns

    @cached_property
    def _campaigns(self) -> set[str] | None:
        if self._planned is None:
            return None
        return {str(row["target"].get("campaign_id")) for row in self._planned.values()}

    def _place_of(self, index: Any) -> int | None:
        """Return the place in the plan of what the current call has at an index."""
        if not isinstance(index, int) or not 0 <= index < len(self._places):
            return None
        place = self._places[index]
        if not isinstance(place, int) or (self._planned is not None and place not in self._planned):
            return None
        return place

    def _is_about_another(self, place: int, result: Mapping[str, Any]) -> bool:
        if self._planned is None:
            return False
        row = self._planned[place]
        return any(differences_from_planned(row, self._step, result["target"], self._masked))

    @cached_property
    def _masked(self) -> MaskedComparison:
        return MaskedComparison("", list((self._planned or {}).values()))

    def _take_result(self, place: int, result: Document, event: Document) -> None:
        if place in self._doubts and _settles_nothing(result):
            result = _still_in_doubt(result)
        self.open.pop(place, None)
        self.refusals.pop(place, None)
        self._take_times(place, event.get("times"))
        said = event.get("vendor_said")
        self.results[place] = {
            **self._with_relative_paths(result),
            "time": event.get("time"),
            "vendor_said": [str(words) for words in said] if isinstance(said, list) else [],
        }
        if result.get("outcome") in DONE:
            self.changes.settle(str(result["target"].get("campaign_id")))

    def _take_times(self, place: int, told: Any) -> None:
        """Keep the first time that a target was begun, and the last time of each other event."""
        known = self.times.setdefault(place, dict.fromkeys(TIMES))
        new = {name: str(told[name]) for name in TIMES if told.get(name)} if isinstance(told, Mapping) else {}
        if known["begun"] and "begun" in new:
            new["begun"] = min(known["begun"], new["begun"])
        known.update(new)

    def _with_relative_paths(self, result: Document) -> Document:
        """Return the result with paths relative to the folder, so that they hold after it is moved."""
        path = result.get("backup_file")
        if path and self._folder and PurePath(str(path)).is_relative_to(self._folder):
            return {**result, "backup_file": str(PurePath(str(path)).relative_to(self._folder))}
        return result

    def take_change(self, step: str, result: Document) -> None:
        """Record how the stop or the start of a campaign ended."""
        if not self.changes.add(step, result):
            return
        campaign = str((result.get("target") or {}).get("campaign_id"))
        if step == "stop" and result.get("changed"):
            self.stopped.add(campaign)
            self._perhaps_stopped.discard(campaign)
        elif step == "stop" and campaign in self._perhaps_stopped and result.get("outcome") != "unchanged":
            self._perhaps_stopped.discard(campaign)
            self.stopped.discard(campaign)
        elif step == "start" and result.get("outcome") in (Outcome.CHANGED, Outcome.UNCHANGED, Outcome.ACCEPTED):
            self.stopped.discard(campaign)


class JournalProgress:
    """How many targets have ended in a journal since this was made; stops and starts of campaigns do not count."""

    def __init__(self, path: str | None) -> None:
        """Begin at the end of what is there; without a journal nothing ever ends."""
        self._path = Path(path or os.devnull)
        self._offset = 0
        with suppress(OSError):
            self._offset = self._path.stat().st_size
        self._counts = True
        self._ended = 0

    def ended(self) -> int:
        """Return the number, reading on from the last whole line."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                text = file.read()
        except OSError:
            return self._ended
        lines = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)
        self._offset += sum(map(len, lines))
        for line in lines:
            if line.startswith(b'{"event": "call"'):
                call = json_object(line.decode("utf-8", "replace")) or {}
                self._counts = call.get("step") not in (*SWITCHES, CANCEL_PARTS)
            elif self._counts and line.startswith(b'{"event": "ended"'):
                self._ended += 1
        return self._ended


class JournalWriter:
    """Writes the lines around the modules' own: appended, flushed to disk, mode 0600."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, or raise OSError."""
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        sync_own_folder(path.parent)

    def write(self, event: str, **more: Any) -> None:
        """Append one line and return when it is on disk, or raise OSError."""
        self.write_all([(event, more)])

    def write_all(self, events: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Append a line for each event and return when all are on disk, or raise OSError."""
        for event, more in events:
            write_line(self._file, datetime.now(UTC), event, more)
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _settles_nothing(result: Mapping[str, Any]) -> bool:
    """Return whether a result says neither that it was done nor, by a read, that everything is there still."""
    return result.get("outcome") in NOT_DONE and not result.get("pending_before")


def _still_in_doubt(result: Document) -> Document:
    """Return the result of a later start as what it is for a target that an earlier one may have carried out."""
    error = result.get("error") or error_of("no reason was given")
    message = f"an earlier start of this run may have carried it out; then: {error.get('message')}"
    return {**result, "outcome": Outcome.IN_DOUBT, "changed": True, "error": {**error, "message": message}}


def _is_result(value: Any) -> bool:
    """Return whether a journal's line has a result as modules give it: what is made of it relies on that."""
    result = mapping_of(value)
    return (
        isinstance(result.get("outcome"), str)
        and isinstance(result.get("target"), dict)
        and isinstance(result.get("error"), (dict, type(None)))
        and all(isinstance(result.get(name), kinds) for name, kinds in _RESULT.items() if name in result)
    )
