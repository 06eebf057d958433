# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The runs that one event asks for: it is carried out once, and each try until then has a folder of its own.

Whoever delivers events delivers some of them twice, and again after a crash. The folders are below the root of runs:
``event-ID``, ``event-ID+2`` and so on. An event is done if one of them was sealed as done and its plan has all that is
asked now: another number under the id of an earlier event is a request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from .context import Account, Refusal
from .documents import Document, InvalidDocument, parse
from .numbers import numbers_of
from .outcome import RunOutcome
from .plan import Plan
from .run_folder import PLAN, RESULT, SUMS, FolderError, RunFolder
from .settings import NUMBERS, Settings


class EventRuns:
    """The runs of one event that applies without a plan of its own."""

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        """Keep what is asked for."""
        self._settings = settings
        self._accounts = {account.name for account in accounts}
        self.event_id = settings.text("event_id")

    @classmethod
    def of(cls, settings: Settings, accounts: Sequence[Account]) -> EventRuns | None:
        """Return the runs of an event; None if no event asks, or if folder or plan were given, which decide then."""
        names = ("folder", "plan")
        is_asked = settings["mode"] == "apply" and settings.text("event_id") and not any(map(settings.text, names))
        return cls(settings, accounts) if is_asked else None

    def folder_below(self, root: Path) -> RunFolder:
        """Return the folder of the next try: that of an earlier one if it is done, or if a process works in it."""
        return next(folder for folder in self._folders(root) if not self._was_left(folder))

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

    def _folders(self, root: Path) -> Iterator[RunFolder]:
        for number in count(1):
            yield RunFolder(root / f"event-{self.event_id}{f'+{number}' if number > 1 else ''}")

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
            asked = {each.number for each in numbers_of(self._settings)} if self._is_about_numbers else set()
        except (InvalidDocument, Refusal):  # without its plan, which a purge removes, nobody can tell
            return None
        planned = {target["target"].get("number") for target in plan.targets}
        is_done = (
            (folder.run() or {}).get("event_id") == self.event_id
            and (result.get("state"), result.get("failed")) == ("done", False)
            and folder.read(SUMS) is not None
            and plan.sha256 == result.get("plan_sha256")
            and plan.document.get("kind") == self._settings.interface.kind
            and self._accounts <= plan.accounts.keys()
            and asked <= planned
        )
        return result if is_done else None

    @property
    def _is_about_numbers(self) -> bool:
        return self._settings.interface is NUMBERS
