# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A run over many accounts in one of its modes. All decisions are made before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from .applier import Applier
from .context import Account, Refusal, RunContext
from .documents import InvalidDocument
from .event_runs import EventRuns
from .evidence_writer import EvidenceWriter
from .formatting import as_sentence
from .jobs import AccountJobs
from .limits import VARIABLE
from .merge import MODE
from .numbers import insist_on_planned
from .outcome import RunOutcome
from .plan import Plan
from .planner import Planner
from .purge import purge
from .run_folder import PLAN, FolderError, folder_of
from .sealing import Sealer, leave_result
from .settings import NUMBERS, Settings
from .watcher import Watcher


class Run:
    """One run of the action."""

    def __init__(self, settings: Settings, accounts: Sequence[Account], context: RunContext) -> None:
        """Keep the inputs; nothing is written or sent yet."""
        self._settings = settings
        self._context = context
        now = datetime.now(UTC)
        self._folder = folder_of(settings.text("root"), settings.text("folder"), now, context.job.home)
        event = EventRuns.of(settings, accounts)
        if event:
            self._folder = event.folder_below(self._folder.path.parent)
        jobs = self._jobs = AccountJobs(settings, accounts, context, self._folder)
        self._sealer = Sealer(settings, context, self._folder)
        self._planner = Planner(settings, context, self._folder, jobs, self._sealer, now)
        self._applier = Applier(settings, context, self._folder, jobs, self._sealer, self._planner, event, now)
        self._watcher = Watcher(settings, context, self._folder, accounts, jobs, self._sealer)

    def carry_out(self) -> RunOutcome:
        """Carry out the mode; a refusal is an outcome too, and leaves ``result.json``."""
        modes = {
            "plan": self._planner.carry_out,
            "apply": self._applier.carry_out,
            "evidence": self._evidence_again,
            "watch": self._watch,
        }
        try:
            self._sealer.insist_on_usable()
            with closing(self._jobs):
                outcome = modes[self._settings["mode"]]()
        except Refusal as refusal:
            outcome = RunOutcome("nothing_sent", reasons=refusal.reasons)
        except (FolderError, InvalidDocument, OSError) as error:
            outcome = self._broken_off(as_sentence(str(error)))
        outcome.reasons = list(map(self._settings.interface.named, outcome.reasons))
        leave_result(self._folder, outcome, self._context)
        outcome.warnings += map(self._settings.interface.named, self._settings.warnings())
        self._purge(outcome)
        return outcome

    def _broken_off(self, reason: str) -> RunOutcome:
        if not self._applier.sending:
            return RunOutcome("nothing_sent", reasons=[reason])
        where = f"What was sent stands in the journals of {self._folder}."
        return RunOutcome("in_doubt", changed=True, reasons=[reason, where], folder=str(self._folder))

    def _evidence_again(self) -> RunOutcome:
        run = self._folder.run() if self._folder.path.is_dir() else None
        if run is None:
            raise Refusal(f"{self._folder} is not the folder of a run: {VARIABLE}folder must name one.")
        if run.get("mode") == MODE:
            raise Refusal(f"{self._folder} was made of the folders of several runs: merge them again instead.")
        evidence = EvidenceWriter(self._settings, self._context, self._folder)
        evidence.insist_on_the_same_key(run)
        with self._folder.locked():
            text = self._folder.read(PLAN)
            if text is None and run.get("plan_sha256"):
                raise Refusal(f"The plan in {self._folder} was removed; the evidence that is there stays as it is.")
            if text is None:
                raise Refusal(f"The run in {self._folder} ended before it had a plan, so nothing was sent.")
            plan = Plan.parse(text)
            if run.get("plan_sha256") not in (None, plan.sha256):
                raise Refusal(
                    f"{PLAN} in {self._folder} is not the plan of that run, so its journals cannot be read by it: put"
                    f" the one back whose SHA-256 is {run['plan_sha256']}."
                )
            if self._settings.interface is NUMBERS:
                insist_on_planned(plan, self._settings)
            return self._sealer.close(evidence.write(plan, run, ended=bool(run.get("ended"))))

    def _watch(self) -> RunOutcome:
        if not self._folder.path.is_dir() or self._folder.run() is None:
            raise Refusal(f"{self._folder} is not the folder of a run: {VARIABLE}folder must name one.")
        with self._folder.locked():
            return self._watcher.carry_out()

    def _purge(self, outcome: RunOutcome) -> None:
        """Remove backups and plans of finished runs beside this one, if set; failures are warnings."""
        days = self._settings["purge_after_days"]
        if days is None or self._context.check_mode or not outcome.sealed:
            return
        purged, warnings = purge(
            self._folder.path.parent,
            datetime.now(UTC) - timedelta(days=days),
            self._settings.text("mask_key"),
            lambda folder, removed, left: self._sealer.enter("purge", folder, removed=dict(removed), files=dict(left)),
        )
        outcome.warnings += warnings
        for folder in purged:
            self._context.show(f"Backups and plan were removed from {folder}")
