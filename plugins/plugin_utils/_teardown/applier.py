# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The mode ``apply``: every check of the plan before anything is sent, then the plan and nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from .approval import ApprovalError, SignedApproval, signed_approval
from .context import Refusal, RunContext
from .documents import PACKED, Document, sha256_of, to_text, unpacked
from .event_runs import EventRuns
from .evidence import own_targets
from .evidence_writer import EvidenceWriter
from .files import open_regular, reason_of
from .formats.table import table_of
from .jobs import AccountJobs
from .limits import VARIABLE
from .numbers import insist_on_planned
from .outcome import ROWS_SHOWN, RunOutcome
from .plan import IDENTITY, Approval, Plan, not_planned, problems
from .plan_use import PlanUse
from .planner import Planner
from .run_folder import BACKUPS, PLAN, PLAN_SIGNATURE, RUN, RunFolder, expanded
from .sealing import Sealer
from .settings import NUMBERS, Settings
from .workflow_approval import approval_in_workflow

_ROOM_FOR_A_TARGET = 4 * 1024
"""Bytes that the journal of one target takes, generously."""


class Applier:
    """Applies a plan in the folder of a run."""

    def __init__(
        self,
        settings: Settings,
        context: RunContext,
        folder: RunFolder,
        jobs: AccountJobs,
        sealer: Sealer,
        planner: Planner,
        event: EventRuns | None,
        now: datetime,
    ) -> None:
        """Keep the inputs; nothing is sent yet."""
        self._settings = settings
        self._context = context
        self._folder = folder
        self._jobs = jobs
        self._sealer = sealer
        self._planner = planner
        self._event = event
        self._now = now
        self._evidence = EvidenceWriter(settings, context, folder)
        self._plan_use = PlanUse(settings, folder)
        self._signed: SignedApproval | None = None
        self.sending = False
        """Whether anything may have been sent."""

    def carry_out(self) -> RunOutcome:
        """Apply the plan, or refuse it with every reason; raise Refusal, FolderError or InvalidDocument."""
        self._insist_on_a_reason()
        given = self._given_plan()
        if given is None:
            self._insist_on_no_plan_needed()
        if self._context.check_mode:
            plan, accounts = self._plan_and_accounts(given, backup_dir=None)
            self._check(plan, accounts)
            return self._planner.show(plan, written=False, accounts=self._slice_of(plan, accounts))
        self._insist_on_a_lasting_folder()
        self._folder.make()
        with self._folder.locked():
            run = self._folder.run()
            if self._event and run is not None:
                outcome = self._event.earlier(self._folder)
                self._context.show(f"The event {self._event.event_id} was carried out before, so nothing was sent.")
                return outcome
            if run is None:
                self._folder.insist_on_free()
            elif given is None and run.get("mode") == "apply" and (text := self._folder.read(PLAN)) is not None:
                given = Plan.parse(text)
            plan, accounts = self._plan_and_accounts(given, backup_dir=str(self._folder))
            self._check(plan, accounts)
            own = self._slice_of(plan, accounts)
            run = self._go_on_with(run, plan, own) or self._begin(run, plan, own)
            return self._send(plan, self._note_plan(run, plan, accounts))

    def _slice_of(self, plan: Plan, accounts: Sequence[Document]) -> list[str] | None:
        """Return the planned accounts that this play has, if it is a slice."""
        if not self._settings.is_slice:
            return None
        return sorted(plan.accounts.keys() & {str(account["account"]) for account in accounts})

    def _plan_and_accounts(self, given: Plan | None, backup_dir: str | None) -> tuple[Plan, list[Document]]:
        """Return the plan to apply (made now if none was given), and the accounts of this play."""
        if given is not None:
            if self._settings.interface is NUMBERS:
                insist_on_planned(given, self._settings)
            return given, self._jobs.identities()
        # Somebody who wants no more calls does not wait until all systems were read.
        look = self._settings.interface is not NUMBERS or self._context.check_mode
        plan = self._planner.make(backup_dir=backup_dir, look=look)
        return plan, [{key: row[key] for key in ("account", *IDENTITY)} for row in plan.targets]

    def _send(self, plan: Plan, run: Document) -> RunOutcome:
        """Apply the plan, and report the outcome however the sending ends."""
        self._folder.check_room(_ROOM_FOR_A_TARGET * max(1, len(own_targets(plan, run))))
        self._folder.unseal()
        backups = self._folder.path / BACKUPS
        backups.mkdir(mode=0o700, exist_ok=True)
        jobs = self._jobs.to_apply(plan, run, str(backups))
        if not self._settings.text("folder"):
            again = f"-e {self._settings.interface.prefix}folder={self._folder.path}"
            self._context.show(f"Should this run be interrupted, the same command with {again} continues it.")
        self.sending = True
        try:
            told = self._jobs.do(jobs)
        except BaseException:
            # A time limit of the task, or an interrupt: the engine has ended, and the journals tell what was done.
            self._sealer.close(self._evidence.write(plan, run, ended=False))
            raise
        finally:
            with suppress(OSError):  # it is not empty
                backups.rmdir()
        told_errors = {name: result["error"] for name, result in told.items() if result.get("error")}
        unsaid = {**self._jobs.account_errors, **told_errors}
        outcome = self._evidence.write(plan, {**run, "account_errors": unsaid} if unsaid else run, ended=True)
        outcome.changed = any(row["changed"] for row in outcome.entries)
        if outcome.state == "nothing_sent":
            self._plan_use.release()
        return self._sealer.close(outcome)

    def _insist_on_a_reason(self) -> None:
        if not self._settings.text("reason"):
            raise Refusal(f"{VARIABLE}reason is required for {VARIABLE}mode=apply: it goes into the evidence.")

    def _insist_on_a_lasting_folder(self) -> None:
        if not self._settings.text("deliver"):
            places = f"{VARIABLE}root or {VARIABLE}folder a place that lasts"
            tasks = f"{VARIABLE}deliver tasks that carry the evidence away"
            self._context.insist_on_lasting(self._folder.path, f"{places}, or {tasks}")

    def _insist_on_no_plan_needed(self) -> None:
        if self._settings.is_slice:
            raise Refusal(
                f"This slice has no plan: {VARIABLE}plan must name the one that was made over all accounts, since"
                " limits hold over all of them."
            )
        if self._settings["require_approval"] or self._context.workflow_job is not None:
            raise Refusal(
                f"This apply has no plan: {VARIABLE}plan must name the one that was approved, since an approval is"
                " required or a controller's workflow runs it."
            )

    def _given_plan(self) -> Plan | None:
        given = self._settings.text("plan")
        if not given:
            return None
        if given.startswith(PACKED):
            return Plan.parse(unpacked(given))
        path = expanded(given)
        if path.is_dir():
            raise Refusal(f"{VARIABLE}plan: {given} is a folder; name the file {PLAN} in it.")
        try:
            with os.fdopen(open_regular(path.resolve()), "rb") as file:
                text = file.read().decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            raise Refusal(f"{VARIABLE}plan: {given!r} cannot be read: {reason_of(error)}.") from error
        return Plan.parse(text)

    def _check(self, plan: Plan, accounts: Sequence[Document]) -> None:
        """Raise Refusal with every reason why the plan must not be applied."""
        approval = Approval(
            sha256=self._settings.text("approved_sha256").lower(),
            until=self._settings.text("approved_until"),
            required=self._settings["require_approval"],
        )
        if plan.document.get("kind") != self._settings.interface.kind:
            raise Refusal("The plan is one of the other action: a plan is about campaigns, or about phone numbers.")
        found = problems(
            plan,
            now=self._now,
            accounts=accounts,
            approval=approval,
            limits=self._settings.limits,
            allow_missing_accounts=self._settings["allow_missing_accounts"],
            is_slice=self._settings.is_slice,
        )
        try:
            self._signed = signed_approval(plan, self._settings, self._now)
        except ApprovalError as error:
            found.append(str(error))
        if found:
            self._context.show_table(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
            raise Refusal(*found)

    def _go_on_with(self, run: Document | None, plan: Plan, own: list[str] | None) -> Document | None:
        """Return the earlier start of this run, if the folder has one; raise Refusal if it may not continue."""
        if run is None or run.get("mode") != "apply":
            return None
        if run.get("plan_sha256") not in (None, plan.sha256):
            raise Refusal(f"{self._folder} belongs to the run of another plan: give another {VARIABLE}folder.")
        if run.get("slice") != own:
            raise Refusal(
                f"{self._folder} belongs to the run of other accounts. Slices need folders of their own: leave"
                f" {VARIABLE}folder out, and each makes a new one below {VARIABLE}root."
            )
        if run.get("ended") and not self._settings["again"]:
            raise Refusal(
                f"This plan was carried out to its end in {self._folder}. {VARIABLE}again: true does what is left once"
                " more."
            )
        self._evidence.insist_on_the_same_key(run)
        return {**run, "ended": None}

    def _begin(self, run: Document | None, plan: Plan, own: list[str] | None) -> Document:
        """Claim the folder and the plan for a new run; FolderError or Refusal if another run has them."""
        new = self._planner.new_run("apply")
        if own is not None:
            new["slice"] = own
        is_plans = run is None or (
            run.get("mode") == "plan" and sha256_of(self._folder.read(PLAN) or "") == plan.sha256
        )
        if not is_plans:
            raise Refusal(f"{self._folder} belongs to another run: give another {VARIABLE}folder.")
        self._plan_use.claim(plan, new)
        if run is None:
            self._folder.claim(new)
        return new

    def _note_plan(self, run: Document, plan: Plan, accounts: Sequence[Document]) -> Document:
        """Write to run.json which plan is applied, and which of its accounts this play does not have."""
        here = {account["account"] for account in accounts}
        noted = {
            **run,
            "plan_sha256": plan.sha256,
            "approval": self._approval(),
            **approval_in_workflow(plan.document, self._context),
            "missing_accounts": [] if "slice" in run else sorted(plan.accounts.keys() - here),
            "not_planned": not_planned(plan, accounts),
        }
        signature = {PLAN_SIGNATURE: self._signed.text} if self._signed else {}
        self._folder.write({PLAN: plan.text, **signature, RUN: to_text(noted)})
        return noted

    def _approval(self) -> Document | None:
        sha256 = self._settings.text("approved_sha256")
        if not sha256:
            return None
        return {
            "by": self._settings.text("approved_by") or (self._signed.signer if self._signed else None),
            "until": self._settings.text("approved_until") or None,
            "proved_by": "the SHA-256 of the plan, given to the apply",
            "sha256": sha256,
            **(self._signed.about() if self._signed else {}),
        }
