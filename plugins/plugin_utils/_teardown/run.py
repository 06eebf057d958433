# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A run over many accounts: plan, apply, evidence, watch. All decisions are made before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from ...module_utils._core.outcomes import FAILURES
from .approval import ApprovalError, SignedApproval, signed_approval
from .context import Account, Refusal, RunContext
from .documents import PACKED, Document, InvalidDocument, packed, sha256_of, to_text, unpacked
from .event_runs import EventRuns
from .evidence import own_targets
from .evidence_writer import EvidenceWriter
from .formats.table import table_of
from .formatting import as_sentence
from .jobs import AccountJobs
from .limits import VARIABLE, unused_patterns
from .masking import masked_rows
from .merge import MODE
from .numbers import insist_on_planned
from .outcome import ROWS_SHOWN, RunOutcome, accounts_of, new_run_document
from .plan import IDENTITY, Approval, Plan, make_plan, not_planned, problems
from .plan_use import PlanUse
from .purge import purge
from .run_folder import BACKUPS, PLAN, PLAN_SIGNATURE, RUN, FolderError, expanded, folder_of
from .sealing import Sealer, leave_result
from .settings import NUMBERS, Settings
from .vocabulary import sort_key
from .watcher import Watcher
from .workflow_approval import approval_in_workflow

_ROOM_FOR_A_TARGET = 4 * 1024
"""Bytes that the journal of one target takes, generously."""


class Run:
    """One run of the action."""

    def __init__(self, settings: Settings, accounts: Sequence[Account], context: RunContext) -> None:
        """Keep the inputs; nothing is written or sent yet."""
        self._settings = settings
        self._context = context
        self._now = datetime.now(UTC)
        self._sending = False
        self._folder = folder_of(settings.text("root"), settings.text("folder"), self._now, context.job.home)
        self._event = EventRuns.of(settings, accounts)
        if self._event:
            self._folder = self._event.folder_below(self._folder.path.parent)
        self._jobs = AccountJobs(settings, accounts, context, self._folder)
        self._plan_use = PlanUse(settings, self._folder)
        self._evidence = EvidenceWriter(settings, context, self._folder)
        self._sealer = Sealer(settings, context, self._folder)
        self._watcher = Watcher(settings, context, self._folder, accounts, self._jobs, self._sealer)
        self._signed: SignedApproval | None = None

    def carry_out(self) -> RunOutcome:
        """Carry out the mode; a refusal is an outcome too, and leaves ``result.json``."""
        modes = {
            "plan": self._plan_alone,
            "apply": self._apply,
            "evidence": self._evidence_alone,
            "watch": self._watch,
        }
        try:
            self._sealer.insist_on_usable()
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
        if not self._sending:
            return RunOutcome("nothing_sent", reasons=[reason])
        where = f"What was sent stands in the journals of {self._folder}."
        return RunOutcome("in_doubt", changed=True, reasons=[reason, where], folder=str(self._folder))

    # --- plan -----------------------------------------------------------------------------------------------------

    def _plan_alone(self) -> RunOutcome:
        if self._settings.is_slice:
            raise Refusal(
                f"{VARIABLE}slice is for applies. One job without it makes the plan over all accounts, since limits"
                " hold over all of them."
            )
        if self._context.check_mode:
            return self._planned(self._make_plan(backup_dir=None), written=False)
        self._folder.make()
        with self._folder.locked():
            self._folder.claim(self._run_document("plan"))
            plan = self._make_plan(backup_dir=str(self._folder))
            self._folder.write({PLAN: plan.text})
            return self._sealer.close(self._planned(plan, written=True))

    def _make_plan(self, backup_dir: str | None, *, look: bool = True) -> Plan:
        previews = self._jobs.previews(backup_dir, look=look)
        document = make_plan(
            previews,
            created=self._now,
            expires_after=self._settings["expires_after"],
            limits=self._settings.limits,
            about={**self._context.about, **self._asked(), **self._kind()},
        )
        return Plan.parse(to_text(document, "targets"))

    def _planned(self, plan: Plan, *, written: bool, accounts: Sequence[str] | None = None) -> RunOutcome:
        own = [row for _place, row in own_targets(plan, {"slice": accounts})]
        left = [row for row in own if row.get("outcome") in FAILURES]
        self._context.show_table(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
        for pattern in unused_patterns(plan.targets, self._settings.limits):
            self._context.show(
                self._settings.interface.named(f"{VARIABLE}protected: {pattern!r} protects nothing here")
            )
        broken = [f"{item['message']}." for item in plan.document["violations"]]
        outcome = RunOutcome("nothing_sent", reasons=broken, rows=self._shown_rows(left), plan_sha256=plan.sha256)
        outcome.accounts = accounts_of(own)
        if written:
            outcome.warnings += self._about_vanishing()
            outcome.folder, outcome.plan = str(self._folder), self._handed_over(plan)
            self._context.show(f"The plan is {self._folder}/{PLAN}")
        return outcome

    def _about_vanishing(self) -> list[str]:
        """Return a warning if no later job will find the plan in its folder."""
        remover = self._context.job.remover(self._folder.path)
        if remover is None or self._settings.text("deliver") or self._settings["hand_over"] == "packed":
            return []
        way_out = f"Give {VARIABLE}root a place that lasts, or {VARIABLE}hand_over: packed."
        return [f"No later job will find this plan: {remover} removes {self._folder} after this job. {way_out}"]

    def _handed_over(self, plan: Plan) -> str:
        if self._settings["hand_over"] == "packed":
            return packed(plan.text)
        return f"{self._folder}/{PLAN}"

    # --- apply ----------------------------------------------------------------------------------------------------

    def _apply(self) -> RunOutcome:
        self._insist_on_a_reason()
        given = self._given_plan()
        if given is None:
            self._insist_on_no_plan_needed()
        if self._context.check_mode:
            plan, accounts = self._plan_and_accounts(given, backup_dir=None)
            self._check(plan, accounts)
            return self._planned(plan, written=False, accounts=self._slice_of(plan, accounts))
        self._insist_on_a_lasting_folder()
        self._folder.make()
        with self._folder.locked():
            run = self._folder.run()
            if self._event and run is not None:
                outcome = self._event.earlier(self._folder)
                self._context.show(f"The event {self._event.event_id} was carried out before, so nothing was sent.")
                return outcome
            if run is not None and run.get("mode") == "apply" and given is None:
                given = self._plan_of_folder()
            elif run is None:
                self._folder.insist_on_free()
            plan, accounts = self._plan_and_accounts(given, backup_dir=str(self._folder))
            self._check(plan, accounts)
            own = self._slice_of(plan, accounts)
            run = self._go_on_with(run, plan, own) or self._begin(run, plan, own)
            return self._carry_out(plan, self._note_plan(run, plan, accounts))

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
        plan = self._make_plan(backup_dir=backup_dir, look=look)
        return plan, [{key: row[key] for key in ("account", *IDENTITY)} for row in plan.targets]

    def _carry_out(self, plan: Plan, run: Document) -> RunOutcome:
        """Apply the plan, and report the outcome however the sending ends."""
        self._folder.check_room(_ROOM_FOR_A_TARGET * max(1, len(own_targets(plan, run))))
        self._folder.unseal()
        backups = self._folder.path / BACKUPS
        backups.mkdir(mode=0o700, exist_ok=True)
        jobs = self._jobs.to_apply(plan, run, str(backups))
        self._sending = True
        try:
            told = self._jobs.do(jobs)
        except BaseException:
            # A time limit of the task, or an interrupt: the engine has ended, and the journals tell what was done.
            self._sealer.close(self._evidence.write(plan, run, ended=False))
            raise
        finally:
            with suppress(OSError):  # it is not empty
                backups.rmdir()
        unsaid = {name: result["error"] for name, result in told.items() if result.get("error")}
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
        try:
            return Plan.parse(expanded(given).read_bytes().decode("utf-8", "replace"))
        except OSError as error:
            raise Refusal(f"{VARIABLE}plan: {given} cannot be read: {error.strerror}.") from error

    def _plan_of_folder(self) -> Plan | None:
        text = self._folder.read(PLAN)
        return None if text is None else Plan.parse(text)

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
        new = self._run_document("apply")
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

    # --- evidence -------------------------------------------------------------------------------------------------

    def _evidence_alone(self) -> RunOutcome:
        run = self._folder.run() if self._folder.path.is_dir() else None
        if run is None:
            raise Refusal(f"{self._folder} is not the folder of a run: {VARIABLE}folder must name one.")
        if run.get("mode") == MODE:
            raise Refusal(f"{self._folder} was made of the folders of several runs: merge them again instead.")
        self._evidence.insist_on_the_same_key(run)
        with self._folder.locked():
            plan = self._plan_of_folder()
            if plan is None and run.get("plan_sha256"):
                raise Refusal(f"The plan in {self._folder} was removed; the evidence that is there stays as it is.")
            if plan is None:
                raise Refusal(f"The run in {self._folder} ended before it had a plan, so nothing was sent.")
            if self._settings.interface is NUMBERS:
                insist_on_planned(plan, self._settings)
            return self._sealer.close(self._evidence.write(plan, run, ended=bool(run.get("ended"))))

    # --- watch ----------------------------------------------------------------------------------------------------

    def _watch(self) -> RunOutcome:
        if not self._folder.path.is_dir() or self._folder.run() is None:
            raise Refusal(f"{self._folder} is not the folder of a run: {VARIABLE}folder must name one.")
        with self._folder.locked():
            return self._watcher.carry_out()

    # --- all modes ------------------------------------------------------------------------------------------------

    def _run_document(self, mode: str) -> Document:
        about = {**self._kind(), **self._asked(), **self._context.about, **self._sealer.about()}
        return new_run_document(mode, self._now, about)

    def _kind(self) -> Document:
        return {"kind": self._settings.interface.kind} if self._settings.interface.kind else {}

    def _asked(self) -> Document:
        asked = {name: self._settings.text(name) or None for name in ("reason", "ticket", "requested_by", "contact")}
        event_id = self._settings.text("event_id")
        return {**asked, **({"event_id": event_id} if event_id else {})}

    def _shown_rows(self, rows: Iterable[Document]) -> list[Document]:
        found = sorted(rows, key=sort_key)
        return masked_rows(found) if self._settings["mask_phone_numbers"] else found

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
