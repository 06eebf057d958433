# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The jobs that the engine does for a run, one an account: preview, identify, apply."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .context import Account, RunContext
from .documents import Document
from .engine_client import EngineClient
from .numbers import with_numbers
from .plan import AccountPreview, Plan, growth_guard, identity_of
from .run_folder import BACKUPS, RunFolder, journal_name
from .settings import CAMPAIGNS, MOST_ACCOUNTS_AT_ONCE, NUMBERS, Settings


class AccountJobs:
    """Makes the jobs of all accounts of a run and passes them to the engine."""

    def __init__(self, settings: Settings, accounts: Sequence[Account], context: RunContext, folder: RunFolder) -> None:
        self._settings = settings
        self._accounts = accounts
        self._context = context
        self._folder = folder
        self.sending = False
        """Whether anything may have been sent."""
        what = "steps" if settings.interface is NUMBERS else "targets"
        self._engine = EngineClient(
            context.environment, lambda account, ended: context.show(f"{account}: {what} ended so far: {ended}")
        )

    def previews(self) -> list[AccountPreview]:
        """Return what every account would do; nothing is changed."""
        accounts = with_numbers(self._accounts, self._settings)
        jobs = [
            {**self._job(account, "preview"), "targets": list(account.targets)}
            for account in accounts
            if not account.error
        ]
        told = self.do(jobs)
        for name, each in told.items():
            if each.get("cost"):
                self._context.show(f"{name}: {each['cost']}")
        return [_preview(account, told.get(account.name, {})) for account in accounts]

    def identities(self) -> list[Document]:
        """Return address and login of every account; nothing is sent."""
        told = self.do([self._job(account, "identify") for account in self._accounts if not account.error])
        return [
            {"account": account.name, "vendor": account.vendor, "error": account.error, **told.get(account.name, {})}
            for account in self._accounts
        ]

    def to_apply(self, plan: Plan, run: Document, ended: Collection[str]) -> list[Document]:
        """Return the jobs that apply the plan; an earlier start of the run has worked on ``ended`` accounts."""
        jobs = []
        for account in self._accounts:
            planned = plan.of_account(account.name)
            if account.error or not planned:
                continue
            job = {
                **self._job(account, "apply"),
                "journal": str(self._folder.path / journal_name(account.name)),
                "run_id": run["run_id"],
                "plan_sha256": plan.sha256,
                "resend": self._settings["resend_in_doubt"],
                "has_ended": account.name in ended,
                # Checked again by the sending process: nothing may have changed since the first check.
                "identity": identity_of(planned[0][1]),
                "targets": [{"place": place, "row": row, "options": self._guarded(row)} for place, row in planned],
            }
            if self._settings.interface is CAMPAIGNS:
                steps = {step for _place, row in planned for step in row.get("steps") or ()}
                job["settings"]["start_again"] = "would_start" in steps
            jobs.append(job)
        return jobs

    def to_watch(self, account: Account, identity: Document, targets: Sequence[Document]) -> Document:
        """Return the job that reads targets of an account again, which has to be the one of ``identity``."""
        return {**self._job(account, "watch"), "identity": identity, "targets": list(targets)}

    def do(self, jobs: Sequence[Document]) -> dict[str, Document]:
        """Run jobs in the engine; return the result of each account's process."""
        wanted = self._settings["concurrency"] or MOST_ACCOUNTS_AT_ONCE
        concurrency = max(1, min(wanted, MOST_ACCOUNTS_AT_ONCE, len(jobs)))
        return self._engine.run_jobs(jobs, concurrency=concurrency, lock=self._folder.lock)

    def close(self) -> None:
        """End the engine, if one runs: no more jobs will come."""
        self._engine.close()

    def _guarded(self, row: Document) -> Document:
        """Return the options of a planned target, with a limit to its growth where it can be counted."""
        # What is added for a person who is called no more is meant too.
        if self._settings.interface is NUMBERS:
            return dict(row["target"])
        return {**row["target"], **growth_guard(row, self._settings["max_growth_percent"])}

    def _job(self, account: Account, mode: str) -> Document:
        if self._settings.interface is NUMBERS:
            kind, names = "number_steps", ["suppress", "cancel", "hang_up"]
            # Somebody who wants no more calls does not wait until all systems were read.
            look = self._settings["mode"] != "apply" or self._context.check_mode
            more: Document = {"look_first": look, "places": list(account.places)}
        else:
            kind, names = "steps", ["stop_running", "settle_seconds", "start_again", "backup"]
            folder = self._folder.path / BACKUPS if mode == "apply" else self._folder.path
            # A preview needs one that is there.
            more = {"backup_dir": tempfile.gettempdir() if self._context.check_mode else str(folder)}
        return {
            "account": account.name,
            "vendor": account.vendor,
            "kind": kind,
            "mode": mode,
            "connection": dict(account.connection),
            "settings": {**{name: self._settings[name] for name in names}, **more},
        }


def _preview(account: Account, told: Mapping[str, Any]) -> AccountPreview:
    return AccountPreview(
        identity={"account": account.name, "vendor": account.vendor, **identity_of(told)},
        targets=list(told.get("targets") or account.targets),
        results=list(told.get("results") or ()),
        stops=list(told.get("stops") or ()),
        starts=list(told.get("starts") or ()),
        error=account.error or told.get("error"),
    )
