# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The runs that one event asks for: it is carried out once, and each try until then has a folder of its own.

Whoever delivers events delivers some of them twice, and again after a crash. The folders are below the root of runs:
``event-ID``, ``event-ID+2`` and so on. An event is done if one of them was sealed as done and its plan has all that is
asked now: another number or campaign under the id of an earlier event is a request of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ...module_utils._core.number_outcomes import DONE_WORDS
from .context import Account, Refusal
from .documents import Document, InvalidDocument, grouped, parse
from .numbers import with_numbers
from .outcome import RunOutcome
from .plan import Plan, options_of
from .run_folder import PLAN, RESULT, SUMS, FolderError, RunFolder
from .settings import NUMBERS, Settings


@dataclass(frozen=True)
class EventRuns:
    """The runs of one event that applies without a plan of its own."""

    settings: Settings
    accounts: Sequence[Account]

    @property
    def event_id(self) -> str:
        """The id of the event."""
        return self.settings.text("event_id")

    @classmethod
    def of(cls, settings: Settings, accounts: Sequence[Account]) -> EventRuns | None:
        """Return the runs of an event; None if no event asks, or if folder or plan were given, which decide then."""
        names = ("folder", "plan")
        is_asked = settings["mode"] == "apply" and settings.text("event_id") and not any(map(settings.text, names))
        return cls(settings, accounts) if is_asked else None

    def folder_below(self, root: Path) -> RunFolder:
        """Return the folder of the next try: that of an earlier one if it is done, or if a process works in it."""
        names = (f"event-{self.event_id}{f'+{number}' if number > 1 else ''}" for number in count(1))
        folders = (RunFolder(root / name) for name in names)
        return next(folder for folder in folders if not self._was_left(folder))

    def earlier(self, folder: RunFolder) -> RunOutcome:
        """Return the outcome of the earlier try in this folder, which is locked; Refusal if the event is not done."""
        result = self._done(folder)
        if result is None:
            raise Refusal(
                f"Another process tried the event {self.event_id} just now, and did not finish it; see {folder}."
                " Send the event again."
            )
        return RunOutcome(
            "done",
            summary=result["summary"],
            folder=str(folder),
            plan_sha256=result["plan_sha256"],
            evidence_sha256=result["evidence_sha256"],
            sealed=True,
        )

    def _was_left(self, folder: RunFolder) -> bool:
        """Return whether an earlier try began in a folder, ended or was killed, and is not done."""
        try:
            return folder.run() is not None and not folder.is_locked() and self._done(folder) is None
        except InvalidDocument:
            return True
        except (FolderError, OSError):  # the run itself says what is wrong with the folder
            return False

    def _done(self, folder: RunFolder) -> Document | None:
        """Return the result of a try if it is sealed as done, and if its plan has all that is asked now."""
        try:
            plan = Plan.parse(folder.read(PLAN) or "")
            result = parse(folder.read(RESULT) or "", RESULT)
            has_all = self._has_all(plan)
        except (InvalidDocument, Refusal):  # without its plan, which a purge removes, nobody can tell
            return None
        is_done = (
            (folder.run() or {}).get("event_id") == self.event_id
            and (result.get("state"), result.get("failed")) == ("done", False)
            and folder.read(SUMS) is not None
            and plan.sha256 == result.get("plan_sha256")
            and plan.document.get("kind") == self.settings.interface.kind
            and has_all
        )
        return result if is_done else None

    def _has_all(self, plan: Plan) -> bool:
        """Return whether a plan has all that is asked now of every account; Refusal if that cannot be carried out."""
        of_account = grouped(plan.targets, lambda row: str(row["account"]))
        planned = {name: [row["target"] for row in rows] for name, rows in of_account.items()}
        asked = with_numbers(self.accounts, self.settings)
        if any(account.error or account.name not in planned for account in asked):
            return False
        if self.settings.interface is not NUMBERS:
            return all(_are_among(planned[each.name], map(options_of, each.targets)) for each in asked)
        steps = {step for step in DONE_WORDS if self.settings[step]}
        return all(_has_numbers(planned[each.name], each.targets, steps) for each in asked) and all(
            _has_places(planned[each.name], each.places) for each in self.accounts
        )


def _are_among(planned: Sequence[Document], asked: Iterable[Document]) -> bool:
    """Return whether each target is planned; a plan's may have more options, which the run added."""
    return all(any(each.items() <= target.items() for target in planned) for each in asked)


def _has_numbers(planned: Sequence[Document], asked: Sequence[Document], steps: set[str]) -> bool:
    """Return whether each number is planned with each step, and in each form if the account can be asked at all."""
    of_number = grouped(planned, lambda target: str(target.get("number")))
    for each in asked:
        found = of_number.get(each["number"], [])
        forms = {target.get("phone_number") for target in found} - {None}
        wanted = {form["phone_number"] for form in each["forms"]} if forms else set()
        if not found or not steps <= {target.get("step") for target in found} or not wanted <= forms:
            return False
    return True


def _has_places(planned: Sequence[Document], asked: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether each place is planned that the account's system knows."""
    known = {key for target in planned for key in target}
    wanted = ({key: value for key, value in place.items() if key in known} for place in asked)
    return _are_among(planned, filter(None, wanted))
