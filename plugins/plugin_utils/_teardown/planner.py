# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The mode ``plan``: what every account would do, as a plan that can be approved and applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...module_utils._core.outcomes import FAILURES
from .context import Refusal
from .documents import Document, packed
from .evidence import own_targets
from .formats.table import table_of
from .limits import VARIABLE, unused_patterns
from .masking import masked_rows
from .outcome import ROWS_SHOWN, RunOutcome, accounts_of, new_id, new_run_document
from .plan import Plan, make_plan
from .run_folder import PLAN, RunFolder
from .run_parts import RunParts
from .settings import Settings
from .vocabulary import sort_key


def carry_out(run: RunParts) -> RunOutcome:
    """Make and write a plan; raise Refusal or FolderError if there can be none."""
    if run.settings.is_slice:
        raise Refusal(
            f"{VARIABLE}slice is for applies. One job without it makes the plan over all accounts, since limits"
            " hold over all of them."
        )
    if run.context.check_mode:
        return show(run, new_plan(run))
    run.folder.make()
    with run.folder.locked():
        run.folder.claim(new_run(run, "plan"))
        plan = new_plan(run)
        run.folder.write({PLAN: plan.text})
        return run.sealer.close(show(run, plan))


def new_run(run: RunParts, mode: str) -> Document:
    """Return the content of run.json for a new run in a mode."""
    return new_run_document(mode, run.now, {**run.settings.about, **run.context.about, **run.sealer.about()})


def new_plan(run: RunParts) -> Plan:
    """Return a new plan; nothing is written."""
    return make_plan(
        run.jobs.previews(),
        created=run.now,
        expires_after=run.settings["expires_after"],
        limits=run.settings.limits,
        about={"plan_id": new_id(), **run.context.about, **run.settings.about},
    )


def show(run: RunParts, plan: Plan, accounts: Sequence[str] | None = None) -> RunOutcome:
    """Show a plan; return its outcome for these accounts."""
    own = [row for _place, row in own_targets(plan, {"slice": accounts})]
    run.context.show_table(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
    for pattern in unused_patterns(plan.targets, run.settings.limits):
        run.context.show(run.settings.interface.named(f"{VARIABLE}protected: {pattern!r} protects nothing here"))
    outcome = outcome_of(plan, own, masked=run.settings["mask_phone_numbers"])
    outcome.accounts = accounts_of(own)
    if not run.context.check_mode:
        outcome.warnings += _about_vanishing(run)
        hand_over(outcome, plan, run.folder, run.settings)
        run.context.show(f"The plan is {run.folder}/{PLAN}")
    return outcome


def outcome_of(plan: Plan, rows: Iterable[Document], *, masked: bool) -> RunOutcome:
    """Return what a plan with these rows came to: failed if a limit is broken or one of them cannot be read."""
    left = sorted((row for row in rows if row.get("outcome") in FAILURES), key=sort_key)
    broken = [f"{item['message']}." for item in plan.document["violations"]]
    return RunOutcome(
        "nothing_sent", reasons=broken, rows=masked_rows(left) if masked else left, plan_sha256=plan.sha256
    )


def hand_over(outcome: RunOutcome, plan: Plan, folder: RunFolder, settings: Settings) -> None:
    """Add to the outcome of a plan where it is, and how later jobs get it."""
    outcome.folder = str(folder)
    outcome.plan = packed(plan.text) if settings["hand_over"] == "packed" else f"{folder}/{PLAN}"


def _about_vanishing(run: RunParts) -> list[str]:
    """Return a warning if no later job will find the plan in its folder."""
    remover = run.context.job.remover(run.folder.path)
    if remover is None or run.settings.text("deliver") or run.settings["hand_over"] == "packed":
        return []
    way_out = f"Give {VARIABLE}root a place that lasts, or {VARIABLE}hand_over: packed."
    return [f"No later job will find this plan: {remover} removes {run.folder} after this job. {way_out}"]
