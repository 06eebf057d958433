# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The mode ``apply``: every check of the plan before anything is sent, then the plan and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress

from .approval import ApprovalError, SignedApproval, signed_approval
from .context import Refusal
from .documents import PACKED, Document, format_time, mapping_of, sha256_of, to_text, unpacked
from .evidence import own_targets
from .files import read_regular, reason_of
from .formats.table import table_of
from .formatting import extra_variable
from .limits import VARIABLE
from .numbers import insist_on_planned
from .outcome import ROWS_SHOWN, RunOutcome
from .plan import IDENTITY, Plan, not_planned, problems
from .plan_use import PlanUse
from .planner import new_plan, new_run, show
from .run_folder import BACKUPS, PLAN, PLAN_SIGNATURE, RUN, expanded
from .run_parts import RunParts
from .settings import Settings
from .workflow_approval import approval_in_workflow

_ROOM_FOR_A_TARGET = 4 * 1024
"""Bytes that the journal of one target takes, generously."""


def carry_out(run: RunParts) -> RunOutcome:
    """Apply the plan, or refuse it with every reason; raise Refusal, FolderError or InvalidDocument."""
    if not run.settings.text("reason"):
        raise Refusal(f"{VARIABLE}reason is required for {VARIABLE}mode=apply: it goes into the evidence.")
    given = _given_plan(run.settings.text("plan"))
    if given is None:
        _insist_on_no_plan_needed(run)
    if run.context.check_mode:
        plan, accounts = _plan_and_accounts(run, given)
        _insist_on_applicable(run, plan, accounts)
        return show(run, plan, _slice_of(run, plan, accounts))
    if not run.settings.text("deliver"):
        places = f"{VARIABLE}root or {VARIABLE}folder a place that lasts"
        tasks = f"{VARIABLE}deliver tasks that carry the evidence away"
        run.context.insist_on_lasting(run.folder.path, f"{places}, or {tasks}")
    run.folder.make()
    with run.folder.locked():
        record = run.folder.run()
        if run.event and record is not None:
            outcome = run.event.earlier(run.folder)
            run.context.show(f"The event {run.event.event_id} was carried out before, so nothing was sent.")
            return outcome
        if record is None:
            run.folder.insist_on_free()
        elif given is None and record.get("mode") == "apply" and (text := run.folder.read(PLAN)) is not None:
            given = Plan.parse(text)
        plan, accounts = _plan_and_accounts(run, given)
        signed = _insist_on_applicable(run, plan, accounts)
        use = PlanUse(run.settings, run.folder)
        own = _slice_of(run, plan, accounts)
        ended = _ended_accounts(record, plan)
        record = _go_on_with(run, record, plan, own, use) or _begin(run, record, plan, own, use)
        return _send(run, plan, _note_plan(run, record, plan, accounts, signed), use, ended)


def _given_plan(given: str) -> Plan | None:
    if not given:
        return None
    if given.startswith(PACKED):
        return Plan.parse(unpacked(given))
    path = expanded(given)
    if path.is_dir():
        raise Refusal(f"{VARIABLE}plan: {given} is a folder; name the file {PLAN} in it.")
    try:
        text = read_regular(path.resolve()).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise Refusal(f"{VARIABLE}plan: {given!r} cannot be read: {reason_of(error)}.") from error
    return Plan.parse(text)


def _insist_on_no_plan_needed(run: RunParts) -> None:
    if run.settings.is_slice:
        raise Refusal(
            f"This slice has no plan: {VARIABLE}plan must name the one that was made over all accounts, since"
            " limits hold over all of them."
        )
    if run.settings["require_approval"] or run.context.workflow_job is not None:
        raise Refusal(
            f"This apply has no plan: {VARIABLE}plan must name the one that was approved, since an approval is"
            " required or a controller's workflow runs it."
        )


def _plan_and_accounts(run: RunParts, given: Plan | None) -> tuple[Plan, list[Document]]:
    """Return the plan to apply (made now if none was given), and the accounts of this play."""
    if given is None:
        plan = new_plan(run)
        return plan, [{key: row[key] for key in ("account", *IDENTITY)} for row in plan.targets]
    insist_on_planned(given, run.settings)
    return given, run.jobs.identities()


def _insist_on_applicable(run: RunParts, plan: Plan, accounts: Sequence[Document]) -> SignedApproval | None:
    """Return the signed approval, if there is one; raise Refusal with every reason why the plan must not be applied."""
    if plan.document.get("kind") != run.settings.interface.kind:
        raise Refusal("The plan is one of the other action: a plan is about campaigns, or about phone numbers.")
    found = problems(plan, accounts, run.settings, run.now)
    signed = None
    try:
        signed = signed_approval(plan, run.settings, run.now)
    except ApprovalError as error:
        found.append(str(error))
    if found:
        run.context.show_table(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
        raise Refusal(*found)
    return signed


def _slice_of(run: RunParts, plan: Plan, accounts: Sequence[Document]) -> list[str] | None:
    """Return the planned accounts that this play has, if it is a slice."""
    if not run.settings.is_slice:
        return None
    return sorted(plan.accounts.keys() & {str(account["account"]) for account in accounts})


def _go_on_with(
    run: RunParts, record: Document | None, plan: Plan, own: list[str] | None, use: PlanUse
) -> Document | None:
    """Return the earlier start of this run, if the folder has one; raise Refusal if it may not continue."""
    if record is None or record.get("mode") != "apply":
        return None
    if record.get("plan_sha256") not in (None, plan.sha256):
        raise Refusal(f"{run.folder} belongs to the run of another plan: give another {VARIABLE}folder.")
    if record.get("slice") != own:
        raise Refusal(
            f"{run.folder} belongs to the run of other accounts. Slices need folders of their own: leave"
            f" {VARIABLE}folder out, and each makes a new one below {VARIABLE}root."
        )
    if record.get("ended") and not run.settings["again"]:
        raise Refusal(
            f"This plan was carried out to its end in {run.folder}. {VARIABLE}again: true does what is left once more."
        )
    run.evidence.insist_on_the_same_key(record)
    if record.get("plan_sha256") is not None:
        return {**record, "ended": None}
    # It was killed before it had claimed the plan, or just then.
    use.claim(plan, record)
    return {**record, "started": format_time(run.now)}


def _begin(run: RunParts, record: Document | None, plan: Plan, own: list[str] | None, use: PlanUse) -> Document:
    """Claim the folder and the plan for a new run; FolderError or Refusal if another run has them."""
    if record is not None and (record.get("mode") != "plan" or sha256_of(run.folder.read(PLAN) or "") != plan.sha256):
        raise Refusal(f"{run.folder} belongs to another run: give another {VARIABLE}folder.")
    new = {**new_run(run, "apply"), **({} if own is None else {"slice": own})}
    # The folder is first: a run that is killed in between goes on there.
    if record is None:
        run.folder.claim(new)
    else:
        run.folder.write({RUN: to_text(new)})
    try:
        use.claim(plan, new)
    except Refusal:
        if record is None:
            run.folder.remove(RUN)
        else:
            run.folder.write({RUN: to_text(record)})
        raise
    return new


def _note_plan(
    run: RunParts, record: Document, plan: Plan, accounts: Sequence[Document], signed: SignedApproval | None
) -> Document:
    """Write to run.json which plan is applied, and which of its accounts this play does not have."""
    here = {account["account"] for account in accounts}
    noted = {
        **record,
        "plan_sha256": plan.sha256,
        "approval": _approval(run.settings, signed),
        **approval_in_workflow(plan.document, run.context),
        "missing_accounts": [] if "slice" in record else sorted(plan.accounts.keys() - here),
        "not_planned": not_planned(plan, accounts),
    }
    signature = {PLAN_SIGNATURE: signed.text} if signed else {}
    run.folder.write({PLAN: plan.text, **signature, RUN: to_text(noted)})
    return noted


def _approval(settings: Settings, signed: SignedApproval | None) -> Document | None:
    sha256 = settings.text("approved_sha256")
    if not sha256:
        return None
    return {
        "by": settings.text("approved_by") or (signed.signer if signed else None),
        "until": settings.text("approved_until") or None,
        "proved_by": "the SHA-256 of the plan, given to the apply",
        "sha256": sha256,
        **(signed.about() if signed else {}),
    }


def _ended_accounts(record: Document | None, plan: Plan) -> set[str]:
    """Return the accounts that an earlier start of this run worked on to its end: their journals have to be there."""
    if record is None or record.get("mode") != "apply" or not record.get("ended"):
        return set()
    return plan.accounts.keys() - mapping_of(record.get("account_errors")) - set(record.get("missing_accounts") or ())


def _send(run: RunParts, plan: Plan, record: Document, use: PlanUse, ended: Collection[str]) -> RunOutcome:
    """Apply the plan, and report the outcome however the sending ends."""
    run.folder.check_room(_ROOM_FOR_A_TARGET * max(1, len(own_targets(plan, record))))
    run.folder.unseal()
    backups = run.folder.path / BACKUPS
    backups.mkdir(mode=0o700, exist_ok=True)
    jobs = run.jobs.to_apply(plan, record, ended)
    if not run.settings.text("folder"):
        again = extra_variable(f"{run.settings.interface.prefix}folder", str(run.folder.path))
        run.context.show(f"Should this run be interrupted, the same command with {again} continues it.")
    run.jobs.sending = True
    try:
        told = run.jobs.do(jobs)
    except BaseException:
        # A time limit of the task, or an interrupt: the engine has ended, and the journals tell what was done.
        run.sealer.close(run.evidence.write(plan, record, ended=False))
        raise
    finally:
        with suppress(OSError):  # it is not empty
            backups.rmdir()
    unsaid = {account.name: account.error for account in run.accounts if account.error}
    unsaid |= {name: result["error"] for name, result in told.items() if result.get("error")}
    outcome = run.evidence.write(plan, {**record, "account_errors": unsaid} if unsaid else record, ended=True)
    outcome.changed = any(row["changed"] for row in outcome.entries)
    outcome.reasons += [f"{name}: {told[name]['broken_off']}." for name in told if "broken_off" in told[name]]
    if outcome.state == "nothing_sent":
        use.release()
    return run.sealer.close(outcome)
