# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A run over many accounts in one of its modes. All decisions are made before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from . import applier, planner, watcher
from .context import Account, Refusal, RunContext
from .documents import Document, InvalidDocument
from .event_runs import EventRuns
from .evidence_writer import EvidenceWriter
from .formatting import as_sentence
from .jobs import AccountJobs
from .limits import VARIABLE
from .merge import MODE
from .numbers import insist_on_planned
from .outcome import RunOutcome
from .plan import Plan
from .purge import purge
from .run_folder import PLAN, FolderError, folder_of
from .run_parts import RunParts
from .sealing import Sealer, leave_result
from .settings import Settings


class Run:
    """One run of the action."""

    def __init__(self, settings: Settings, accounts: Sequence[Account], context: RunContext) -> None:
        now = datetime.now(UTC)
        folder = folder_of(settings.text("root"), settings.text("folder"), now, context.job.home)
        event = EventRuns.of(settings, accounts)
        if event:
            folder = event.folder_below(folder.path.parent)
        jobs = AccountJobs(settings, accounts, context, folder)
        evidence = EvidenceWriter(settings, context, folder)
        sealer = Sealer(settings, context, folder)
        self._parts = RunParts(settings, accounts, context, event, folder, jobs, evidence, sealer, now)

    def carry_out(self) -> RunOutcome:
        """Carry out the mode; a refusal is an outcome too, and leaves ``result.json``."""
        run = self._parts
        modes = {"plan": planner.carry_out, "apply": applier.carry_out, "evidence": _evidence_again, "watch": _watch}
        try:
            run.sealer.insist_on_usable()
            with closing(run.jobs):
                outcome = modes[run.settings["mode"]](run)
        except Refusal as refusal:
            outcome = RunOutcome("nothing_sent", reasons=refusal.reasons)
        except (FolderError, InvalidDocument, OSError) as error:
            outcome = _broken_off(run, as_sentence(str(error)))
        named = run.settings.interface.named
        outcome.reasons = list(map(named, outcome.reasons))
        leave_result(run.folder, outcome, run.context)
        outcome.warnings += map(named, run.settings.warnings())
        if not run.context.check_mode and outcome.sealed:
            _purge(run, outcome)
        return outcome


def _broken_off(run: RunParts, reason: str) -> RunOutcome:
    if not run.jobs.sending:
        return RunOutcome("nothing_sent", reasons=[reason])
    where = f"What was sent stands in the journals of {run.folder}."
    return RunOutcome("in_doubt", changed=True, reasons=[reason, where], folder=str(run.folder))


def _evidence_again(run: RunParts) -> RunOutcome:
    record = _record_of(run)
    if record.get("mode") == MODE:
        raise Refusal(f"{run.folder} was made of the folders of several runs: merge them again instead.")
    run.evidence.insist_on_the_same_key(record)
    with run.folder.locked():
        text = run.folder.read(PLAN)
        if text is None and record.get("plan_sha256"):
            raise Refusal(f"The plan in {run.folder} was removed; the evidence that is there stays as it is.")
        if text is None:
            raise Refusal(f"The run in {run.folder} ended before it had a plan, so nothing was sent.")
        plan = Plan.parse(text)
        if record.get("plan_sha256") not in (None, plan.sha256):
            raise Refusal(
                f"{PLAN} in {run.folder} is not the plan of that run, so its journals cannot be read by it: put"
                f" the one back whose SHA-256 is {record['plan_sha256']}."
            )
        insist_on_planned(plan, run.settings)
        return run.sealer.close(run.evidence.write(plan, record, ended=bool(record.get("ended"))))


def _watch(run: RunParts) -> RunOutcome:
    _record_of(run)
    with run.folder.locked():
        return watcher.carry_out(run)


def _record_of(run: RunParts) -> Document:
    """Return run.json of the folder that the settings name, or raise Refusal if it is none of a run."""
    record = run.folder.run() if run.folder.path.is_dir() else None
    if record is None:
        raise Refusal(f"{run.folder} is not the folder of a run: {VARIABLE}folder must name one.")
    return record


def _purge(run: RunParts, outcome: RunOutcome) -> None:
    """Remove backups and plans of finished runs beside this one, if set; failures are warnings."""
    days = run.settings["purge_after_days"]
    if days is None:
        return
    purged, warnings = purge(
        run.folder.path.parent,
        datetime.now(UTC) - timedelta(days=days),
        run.settings.text("mask_key"),
        lambda folder, removed, left: run.sealer.enter("purge", folder, removed=dict(removed), files=dict(left)),
    )
    outcome.warnings += warnings
    for folder in purged:
        run.context.show(f"Backups and plan were removed from {folder}")
