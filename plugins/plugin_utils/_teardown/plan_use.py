# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The use of a plan: recorded, so that it is applied once; by slices, each account of it once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from .context import Refusal
from .documents import PACKED, Document, sha256_of
from .limits import VARIABLE
from .plan import Plan
from .run_folder import PLAN, FolderError, RunFolder, claim_use, earlier_use, expanded
from .settings import Settings


class PlanUse:
    """The records of which run uses a plan, or an account of it: beside the plan, and beside the folders of the runs.

    One of them is not enough: a copy of the plan has none beside it, and another root has other runs.
    """

    def __init__(self, settings: Settings, folder: RunFolder) -> None:
        self._settings = settings
        self._folder = folder
        self._claimed: list[Path] = []
        """The records that this run wrote."""

    def claim(self, plan: Plan, run: Document) -> None:
        """Claim a plan, or a slice's accounts of it; using them again, or elsewhere, needs an explicit setting."""
        use = {"run_id": run["run_id"], "folder": str(self._folder), "time": run["started"]}
        try:
            for mark in self._marks(plan):
                self._claim_in(mark, run.get("slice"), use)
        except Refusal:
            self.release()
            raise

    def release(self) -> None:
        """Remove this run's records: a plan of which nothing was applied is not used up."""
        for mark in self._claimed:
            with suppress(OSError):
                mark.unlink(missing_ok=True)
        self._claimed = []

    def _marks(self, plan: Plan) -> Iterator[Path]:
        yield self._folder.path.parent / ".applied-plans" / plan.sha256
        given = self._settings.text("plan")
        if given and not given.startswith(PACKED):
            yield expanded(given).resolve().with_name(f".{PLAN}.{plan.sha256[:16]}.applied")

    def _claim_in(self, whole: Path, accounts: list[str] | None, use: Document) -> None:
        """Claim in one place: the record of the whole plan, or one for each account of a slice."""
        slices = whole.with_name(f"{whole.name.removesuffix('.applied')}.slices")
        own = [slices / f"{sha256_of(account)[:32]}.applied" for account in accounts or ()]
        for mark in [whole] if accounts is None else own:
            self._claim_one(mark, use)
        # Claim first, look second: if a slice meets a run of the whole plan, at least one sees the other.
        for mark in sorted(slices.glob("*.applied")) if accounts is None else [whole]:
            if mark.exists():
                self._insist_on_ours(mark, earlier_use(mark), use)

    def _claim_one(self, mark: Path, use: Document) -> None:
        try:
            used = claim_use(mark, use)
        except FolderError:
            return  # the plan's folder is read-only: the run's own folder still belongs to one run
        if used is None:
            self._claimed.append(mark)
        else:
            self._insist_on_ours(mark, used, use)

    def _insist_on_ours(self, mark: Path, used: Mapping[str, object], use: Mapping[str, object]) -> None:
        if used.get("run_id") != use["run_id"] and not self._settings["again"]:
            where = f"in {used['folder']} at {used.get('time')}" if used.get("folder") else f"as {mark} says"
            raise Refusal(f"This plan was used before, {where}. {VARIABLE}again: true uses it once more.")
