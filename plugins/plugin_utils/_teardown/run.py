# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A run over many accounts: plan, apply, evidence. Decides everything in data before anything is sent."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import choice, token_hex
from string import ascii_lowercase
from typing import Any

from .documents import FORMAT, PACKED, Document, InvalidDocument, packed, sha256_of, to_text, unpacked
from .engine_client import run_jobs
from .evidence import make_evidence
from .formats.csv_text import csv_of
from .formats.html import report_of
from .formats.table import table_of
from .journal import AccountJournal
from .limits import VARIABLE, unused_patterns
from .masking import Masker, mask_lines
from .plan import IDENTITY, AccountPreview, Approval, Plan, growth_guard, make_plan, not_planned, problems
from .run_folder import BACKUPS, PLAN, RESULT, RUN, FolderError, claim_use, expanded, folder_of, journal_name, vanishes
from .settings import MOST_ACCOUNTS_AT_ONCE, Settings
from .vocabulary import FAILURES, needs_attention, sort_key

ROWS_SHOWN = 50
_ROOM_FOR_A_TARGET = 4 * 1024
"""Bytes that the journal of one target takes, generously."""


class Refusal(Exception):
    """Nothing was sent; each text says a reason and what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Account:
    """One inventory host: what its variables say, or why they cannot be read."""

    name: str
    vendor: str | None = None
    connection: Mapping[str, Any] = field(default_factory=dict)
    targets: Sequence[Document] = ()
    error: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a run needs of Ansible: who runs it where, its environment, and how it shows lines."""

    about: Mapping[str, Any]
    environment: Mapping[str, str]
    show: Callable[[str], None]
    check_mode: bool
    controller_folder: str | None = None
    in_workflow: bool = False


@dataclass
class Outcome:
    """What a run came to; becomes the action's result and ``result.json``."""

    state: str
    changed: bool = False
    reasons: list[str] = field(default_factory=list)
    rows: list[Document] = field(default_factory=list)
    entries: list[Document] = field(default_factory=list)
    summary: Document = field(default_factory=dict)
    folder: str | None = None
    plan_sha256: str | None = None
    evidence_sha256: str | None = None
    plan: str | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Tell whether a person has to look at something."""
        return bool(self.reasons or self.rows)

    def as_dict(self) -> Document:
        """Return the keys of ``result.json``."""
        return {
            "format": FORMAT,
            "state": self.state,
            "changed": self.changed,
            "failed": self.failed,
            "reasons": self.reasons,
            "summary": self.summary,
            "attention": [_attention(row) for row in self.rows[:ROWS_SHOWN]],
            "attention_more": max(0, len(self.rows) - ROWS_SHOWN),
            "folder": self.folder,
            "plan_sha256": self.plan_sha256,
            "evidence_sha256": self.evidence_sha256,
            "report": f"{self.folder}/report.html" if self.evidence_sha256 else None,
        }


class Run:
    """One run of the action."""

    def __init__(self, settings: Settings, accounts: Sequence[Account], surroundings: Surroundings) -> None:
        """Keep what the run works with; nothing is written or sent yet."""
        self._settings = settings
        self._accounts = accounts
        self._around = surroundings
        self._now = datetime.now(UTC)
        self._sending = False
        self._claimed = False
        self._folder = folder_of(
            settings.text("root"), settings.text("folder"), self._now, surroundings.controller_folder
        )

    def carry_out(self) -> Outcome:
        """Do what the mode says; a refusal is an outcome too, and leaves ``result.json``."""
        modes = {"plan": self._plan_alone, "apply": self._apply, "evidence": self._evidence_alone}
        try:
            outcome = modes[self._settings["mode"]]()
        except Refusal as refusal:
            outcome = Outcome("nothing_sent", reasons=refusal.reasons)
        except (FolderError, InvalidDocument, OSError) as error:
            outcome = self._broken_off(_sentence(str(error)))
        self._leave_result(outcome)
        return outcome

    def _broken_off(self, reason: str) -> Outcome:
        if not self._sending:
            return Outcome("nothing_sent", reasons=[reason])
        where = f"What was sent stands in the journals of {self._folder}."
        return Outcome("in_doubt", changed=True, reasons=[reason, where], folder=str(self._folder))

    # --- plan -----------------------------------------------------------------------------------------------------

    def _plan_alone(self) -> Outcome:
        if self._around.check_mode:
            return self._planned(self._make_plan(backup_dir=None), written=False)
        self._folder.make()
        with self._folder.locked():
            self._folder.claim(self._run_document("plan"))
            plan = self._make_plan(backup_dir=str(self._folder))
            self._folder.write({PLAN: plan.text})
        return self._planned(plan, written=True)

    def _make_plan(self, backup_dir: str | None) -> Plan:
        previews = self._previews(backup_dir)
        document = make_plan(
            previews,
            created=self._now,
            expires_after=self._settings["expires_after"],
            limits=self._settings.limits,
            about={**self._around.about, **self._asked()},
        )
        return Plan.parse(to_text(document, "targets"))

    def _previews(self, backup_dir: str | None) -> list[AccountPreview]:
        jobs = [
            {**self._job(account, "preview", backup_dir), "targets": list(account.targets)}
            for account in self._accounts
            if not account.error
        ]
        told = self._engine(jobs)
        return [_preview(account, told.get(account.name, {})) for account in self._accounts]

    def _planned(self, plan: Plan, *, written: bool) -> Outcome:
        left = [row for row in plan.targets if row.get("outcome") in FAILURES]
        self._show(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
        for pattern in unused_patterns(plan.targets, self._settings.limits):
            self._around.show(f"{VARIABLE}protected: {pattern!r} protects nothing here")
        broken = [f"{item['message']}." for item in plan.document["violations"]]
        outcome = Outcome("nothing_sent", reasons=broken, rows=self._shown_rows(left), plan_sha256=plan.sha256)
        if written:
            outcome.folder, outcome.plan = str(self._folder), self._handed_over(plan)
            self._around.show(f"The plan is {self._folder}/{PLAN}")
        return outcome

    def _handed_over(self, plan: Plan) -> str:
        if self._settings["hand_over"] == "packed":
            return packed(plan.text)
        return f"{self._folder}/{PLAN}"

    # --- apply ----------------------------------------------------------------------------------------------------

    def _apply(self) -> Outcome:
        self._insist_on_a_reason()
        given = self._given_plan()
        if given is None:
            self._insist_on_no_plan_needed()
        if self._around.check_mode:
            plan, accounts = self._plan_and_accounts(given, backup_dir=None)
            self._check(plan, accounts)
            return self._planned(plan, written=False)
        self._insist_on_a_lasting_folder()
        self._folder.make()
        with self._folder.locked():
            run = self._folder.run()
            if run is not None and run.get("mode") == "apply" and given is None:
                given = self._plan_of_folder()
            elif run is None:
                self._folder.insist_on_free()
            plan, accounts = self._plan_and_accounts(given, backup_dir=str(self._folder))
            self._check(plan, accounts)
            run = self._go_on_with(run, plan) or self._begin(run, plan)
            return self._carry_out(plan, self._note_plan(run, plan, accounts))

    def _plan_and_accounts(self, given: Plan | None, backup_dir: str | None) -> tuple[Plan, list[Document]]:
        """Return the plan to apply, made now where none was given, and the accounts of this play."""
        if given is not None:
            return given, self._identities()
        plan = self._make_plan(backup_dir=backup_dir)
        return plan, [{key: row[key] for key in ("account", *IDENTITY)} for row in plan.targets]

    def _carry_out(self, plan: Plan, run: Document) -> Outcome:
        """Send, and tell what became of it whatever ends the sending."""
        self._folder.check_room(_ROOM_FOR_A_TARGET * max(1, len(plan.targets)))
        # What a plan or a refusal left there would speak for this run when it is killed.
        self._folder.remove(RESULT)
        backups = self._folder.path / BACKUPS
        backups.mkdir(mode=0o700, exist_ok=True)
        jobs = self._jobs(plan, run, str(backups))
        self._sending = True
        try:
            told = self._engine(jobs)
        except BaseException:
            # A time limit of the task, or an interrupt: the engine has ended, and the journals tell what was done.
            self._evidence(plan, run, ended=False)
            raise
        finally:
            with suppress(OSError):  # it is not empty
                backups.rmdir()
        unsaid = {name: result["error"] for name, result in told.items() if result.get("error")}
        outcome = self._evidence(plan, {**run, "account_errors": unsaid} if unsaid else run, ended=True)
        outcome.changed = any(row["changed"] for row in outcome.entries)
        if outcome.state == "nothing_sent" and self._claimed:
            # A plan of which nothing was carried out is not used up.
            with suppress(OSError):
                self._mark_of(plan).unlink(missing_ok=True)
        return outcome

    def _jobs(self, plan: Plan, run: Document, backup_dir: str) -> list[Document]:
        jobs = []
        for account in self._accounts:
            planned = plan.of_account(account.name)
            if account.error or not planned:
                continue
            job = self._job(account, "apply", backup_dir)
            job["journal"] = str(self._folder.path / journal_name(account.name))
            job.update(run_id=run["run_id"], plan_sha256=plan.sha256, resend=self._settings["resend_in_doubt"])
            # Asked once more by the process that sends: between the check and its start nothing may have changed.
            job["identity"] = {key: planned[0][1].get(key) for key in IDENTITY if key != "vendor"}
            job["settings"]["start_again"] = any("would_start" in (row.get("steps") or ()) for _place, row in planned)
            job["targets"] = [
                {"place": place, "row": row, "options": {**row["target"], **self._guard(row)}} for place, row in planned
            ]
            jobs.append(job)
        return jobs

    def _guard(self, row: Document) -> Document:
        # What cannot be counted takes no such option.
        return growth_guard(row, self._settings["max_growth_percent"]) if row.get("pending") is not None else {}

    def _insist_on_a_reason(self) -> None:
        if not self._settings.text("reason"):
            raise Refusal(f"{VARIABLE}reason is required for {VARIABLE}mode=apply: it goes into the evidence.")

    def _insist_on_a_lasting_folder(self) -> None:
        if vanishes(self._folder, self._around.controller_folder):
            raise Refusal(
                f"{self._folder} is removed together with this job, and the evidence with it: give {VARIABLE}folder or"
                f" {VARIABLE}root a place that lasts."
            )

    def _insist_on_no_plan_needed(self) -> None:
        if self._settings["require_approval"] or self._around.in_workflow:
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
        found = problems(
            plan,
            now=self._now,
            accounts=accounts,
            approval=approval,
            limits=self._settings.limits,
            allow_missing_accounts=self._settings["allow_missing_accounts"],
        )
        if found:
            self._show(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
            raise Refusal(*found)

    def _go_on_with(self, run: Document | None, plan: Plan) -> Document | None:
        """Return the earlier start of this very run, where the folder has one; Refusal where it may not go on."""
        if run is None or run.get("mode") != "apply":
            return None
        if run.get("plan_sha256") not in (None, plan.sha256):
            raise Refusal(f"{self._folder} belongs to the run of another plan: give another {VARIABLE}folder.")
        if run.get("ended") and not self._settings["again"]:
            raise Refusal(
                f"This plan was carried out to its end in {self._folder}. {VARIABLE}again: true does what is left once"
                " more."
            )
        return {**run, "ended": None}

    def _begin(self, run: Document | None, plan: Plan) -> Document:
        """Claim the folder and the plan for a new run; FolderError or Refusal where another one has them."""
        new = self._run_document("apply")
        if run is not None and sha256_of(self._folder.read(PLAN) or "") != plan.sha256:
            raise Refusal(f"{self._folder} belongs to another run: give another {VARIABLE}folder.")
        self._claim_plan(plan, new)
        if run is None:
            self._folder.claim(new)
        return new

    def _claim_plan(self, plan: Plan, run: Document) -> None:
        """Use a plan once: whoever wants it again, or elsewhere, has to say so."""
        mark = self._mark_of(plan)
        try:
            used = claim_use(mark, {"run_id": run["run_id"], "folder": str(self._folder), "time": run["started"]})
            self._claimed = used is None
        except FolderError:
            used = None  # a read-only artifact: the run's own folder still belongs to one run
        if used is not None and used.get("folder") != str(self._folder) and not self._settings["again"]:
            raise Refusal(
                f"This plan was used before, in {used.get('folder') or 'another folder'} at {used.get('time')}."
                f" {VARIABLE}again: true uses it once more."
            )

    def _mark_of(self, plan: Plan) -> Path:
        """Return the file that says that a plan was used: beside the plan where it was given as a file."""
        given = self._settings.text("plan")
        if given and not given.startswith(PACKED):
            beside = expanded(given).absolute()
            return beside.with_name(f".{beside.name}.{plan.sha256[:16]}.applied")
        return self._folder.path.parent / ".applied-plans" / plan.sha256

    def _note_plan(self, run: Document, plan: Plan, accounts: Sequence[Document]) -> Document:
        """Write into run.json which plan is carried out, and whose part of it is nobody's."""
        here = {account["account"] for account in accounts}
        noted = {
            **run,
            "plan_sha256": plan.sha256,
            "approval": self._approval(),
            "missing_accounts": sorted({row["account"] for row in plan.targets} - here),
            "not_planned": not_planned(plan, accounts),
        }
        self._folder.write({PLAN: plan.text, RUN: to_text(noted)})
        return noted

    def _approval(self) -> Document | None:
        sha256 = self._settings.text("approved_sha256")
        if not sha256:
            return None
        return {
            "by": self._settings.text("approved_by") or None,
            "until": self._settings.text("approved_until") or None,
            "proved_by": "the SHA-256 of the plan, given to the apply",
            "sha256": sha256,
        }

    # --- evidence -------------------------------------------------------------------------------------------------

    def _evidence_alone(self) -> Outcome:
        run = self._folder.run() if self._folder.path.is_dir() else None
        if run is None:
            raise Refusal(f"{self._folder} is not the folder of a run: {VARIABLE}folder must name one.")
        with self._folder.locked():
            plan = self._plan_of_folder()
            if plan is None:
                raise Refusal(f"The run in {self._folder} ended before it had a plan, so nothing was sent.")
            return self._evidence(plan, run, ended=bool(run.get("ended")))

    def _evidence(self, plan: Plan, run: Document, *, ended: bool) -> Outcome:
        journals = self._journals(plan, run)
        key = self._settings.text("mask_key") or token_hex(16)
        mask = self._settings["mask_phone_numbers"]
        evidence = make_evidence(plan, run, journals, masker=Masker(key) if mask else None)
        entries = evidence["results"]
        left = [entry for entry in entries if needs_attention(entry)]
        self._show(table_of(evidence, entries, rows=ROWS_SHOWN))
        outcome = Outcome(
            _state(entries),
            entries=entries,
            rows=sorted(left, key=sort_key),
            summary=evidence["summary"],
            folder=str(self._folder),
            plan_sha256=plan.sha256,
        )
        if self._around.check_mode:
            return outcome
        try:
            outcome.evidence_sha256 = self._write_evidence(evidence, key if mask else None, run, ended=ended)
        except FolderError as error:
            outcome.reasons.append(
                f"The evidence cannot be written: {error}. With room again, {VARIABLE}mode=evidence and"
                f" {VARIABLE}folder={self._folder} write it."
            )
        else:
            self._around.show(f"The report is {self._folder}/report.html")
        return outcome

    def _journals(self, plan: Plan, run: Document) -> dict[str, AccountJournal]:
        found = {}
        for account in dict.fromkeys(str(row["account"]) for row in plan.targets):
            text = self._folder.read(journal_name(account)) or ""
            found[account] = AccountJournal(text, str(run.get("run_id")))
            if error := (run.get("account_errors") or {}).get(account):
                found[account].errors.append(str(error))
        return found

    def _write_evidence(self, evidence: Document, key: str | None, run: Document, *, ended: bool) -> str:
        text = to_text(evidence, "results")
        files = {"evidence.csv": csv_of(evidence["results"]), "report.html": report_of(evidence)}
        if key is not None:
            files |= {name: mask_lines(journal, key) for name, journal in self._folder.journals().items()}
        if ended:
            files[RUN] = to_text({**run, "ended": evidence["run"]["end"]})
        self._folder.write({**files, "evidence.json": text})
        self._folder.seal()
        return sha256_of(text)

    # --- all modes ------------------------------------------------------------------------------------------------

    def _job(self, account: Account, mode: str, backup_dir: str | None) -> Document:
        names = ("stop_running", "settle_seconds", "start_again", "backup")
        return {
            "account": account.name,
            "vendor": account.vendor,
            "mode": mode,
            "connection": dict(account.connection),
            "settings": {
                **{name: self._settings[name] for name in names},
                "backup_dir": backup_dir or tempfile.gettempdir(),
            },
        }

    def _engine(self, jobs: Sequence[Document]) -> dict[str, Document]:
        wanted = self._settings["concurrency"] or MOST_ACCOUNTS_AT_ONCE
        return run_jobs(
            jobs,
            concurrency=max(1, min(wanted, MOST_ACCOUNTS_AT_ONCE, len(jobs) or 1)),
            environment=self._around.environment,
            progress=lambda account, ended: self._around.show(f"{account}: {ended} targets have ended so far"),
            lock=self._folder.lock,
        )

    def _identities(self) -> list[Document]:
        """Return address and login of every account; nothing is sent."""
        jobs = [self._job(account, "identify", None) for account in self._accounts if not account.error]
        told = self._engine(jobs)
        return [
            {
                "account": account.name,
                "vendor": account.vendor,
                "error": account.error,
                **told.get(account.name, {}),
            }
            for account in self._accounts
        ]

    def _run_document(self, mode: str) -> Document:
        return {
            "format": FORMAT,
            # Letters only: digits in a row could be taken for a phone number, and masked.
            "run_id": "".join(choice(ascii_lowercase) for _letter in range(24)),
            "mode": mode,
            "started": self._now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **self._asked(),
            **self._around.about,
        }

    def _asked(self) -> Document:
        return {name: self._settings.text(name) or None for name in ("reason", "ticket", "requested_by")}

    def _show(self, table: str) -> None:
        for line in table.splitlines():
            self._around.show(line)

    def _shown_rows(self, rows: Iterable[Document]) -> list[Document]:
        found = sorted(rows, key=sort_key)
        if not self._settings["mask_phone_numbers"]:
            return found
        masker = Masker()
        masker.learn(found)
        return [masker.data(row) for row in found]

    def _leave_result(self, outcome: Outcome) -> None:
        """Write ``result.json``, also where nothing was sent; never into the folder of another run."""
        if self._around.check_mode:
            return
        try:
            if outcome.folder is None:
                if self._folder.path.is_dir() and (self._folder.run() is not None or self._folder.strangers()):
                    return
                self._folder.make()
                outcome.folder = str(self._folder)
            self._folder.write({RESULT: to_text(outcome.as_dict())})
        except (FolderError, InvalidDocument, OSError) as error:
            outcome.warnings.append(f"{RESULT} was not written: {error}")


def _attention(row: Mapping[str, Any]) -> Document:
    """Return what a person needs to know of a target at first sight; the rest is in plan and evidence."""
    return {
        **{key: row.get(key) for key in ("account", "name", "target", "steps", "outcome")},
        "error": (row.get("error") or {}).get("message"),
    }


def _preview(account: Account, told: Mapping[str, Any]) -> AccountPreview:
    known = {key: told.get(key) for key in IDENTITY if key != "vendor"}
    return AccountPreview(
        account=account.name,
        vendor=account.vendor,
        **known,
        targets=list(told.get("targets") or account.targets),
        results=list(told.get("results") or ()),
        stops=list(told.get("stops") or ()),
        starts=list(told.get("starts") or ()),
        error=account.error or told.get("error"),
    )


def _state(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return in one word what a pipeline has to know."""
    outcomes = {entry["outcome"] for entry in entries}
    if "in_doubt" in outcomes:
        return "in_doubt"
    if any(needs_attention(entry) for entry in entries):
        sent = any(entry.get("changed") or entry.get("attempts") for entry in entries)
        return "left" if sent or outcomes - set(FAILURES) else "nothing_sent"
    return "done"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
