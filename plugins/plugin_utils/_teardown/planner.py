# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The mode ``plan``: what every account would do, as a plan that can be approved and applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...module_utils._core.outcomes import FAILURES
from .context import Refusal, RunContext
from .documents import Document, packed, to_text
from .evidence import own_targets
from .formats.table import table_of
from .jobs import AccountJobs
from .limits import VARIABLE, unused_patterns
from .masking import masked_rows
from .outcome import ROWS_SHOWN, RunOutcome, accounts_of, new_id, new_run_document
from .plan import Plan, make_plan
from .run_folder import PLAN, RunFolder
from .sealing import Sealer
from .settings import Settings
from .vocabulary import sort_key


class Planner:
    """Makes the plan of a run, shows it and writes it."""

    def __init__(
        self,
        settings: Settings,
        context: RunContext,
        folder: RunFolder,
        jobs: AccountJobs,
        sealer: Sealer,
        now: datetime,
    ) -> None:
        """Keep the inputs; nothing is read yet."""
        self._settings = settings
        self._context = context
        self._folder = folder
        self._jobs = jobs
        self._sealer = sealer
        self._now = now

    def carry_out(self) -> RunOutcome:
        """Make and write a plan; raise Refusal or FolderError if there can be none."""
        if self._settings.is_slice:
            raise Refusal(
                f"{VARIABLE}slice is for applies. One job without it makes the plan over all accounts, since limits"
                " hold over all of them."
            )
        if self._context.check_mode:
            return self.show(self.make(backup_dir=None), written=False)
        self._folder.make()
        with self._folder.locked():
            self._folder.claim(self.new_run("plan"))
            plan = self.make(backup_dir=str(self._folder))
            self._folder.write({PLAN: plan.text})
            return self._sealer.close(self.show(plan, written=True))

    def new_run(self, mode: str) -> Document:
        """Return the content of run.json for a new run in a mode."""
        about = {**self._settings.about, **self._context.about, **self._sealer.about()}
        return new_run_document(mode, self._now, about)

    def make(self, backup_dir: str | None, *, look: bool = True) -> Plan:
        """Return a new plan; without ``look`` no vendor is asked. Nothing is written."""
        previews = self._jobs.previews(backup_dir, look=look)
        document = make_plan(
            previews,
            created=self._now,
            expires_after=self._settings["expires_after"],
            limits=self._settings.limits,
            about={"plan_id": new_id(), **self._context.about, **self._settings.about},
        )
        return Plan(document, to_text(document, "targets"))

    def show(self, plan: Plan, *, written: bool, accounts: Sequence[str] | None = None) -> RunOutcome:
        """Show a plan; return its outcome: failed if a limit is broken or one of these accounts cannot be read."""
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

    def _shown_rows(self, rows: list[Document]) -> list[Document]:
        found = sorted(rows, key=sort_key)
        return masked_rows(found) if self._settings["mask_phone_numbers"] else found
