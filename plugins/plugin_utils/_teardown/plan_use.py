# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The use of a plan: recorded, so that it is applied once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .context import Refusal
from .documents import PACKED, Document
from .limits import VARIABLE
from .plan import Plan
from .run_folder import PLAN, FolderError, RunFolder, claim_use, expanded
from .settings import Settings


class PlanUse:
    """The records of which run uses a plan: beside the plan, and beside the folders of the runs.

    One of them is not enough: a copy of the plan has none beside it, and another root has other runs.
    """

    def __init__(self, settings: Settings, folder: RunFolder) -> None:
        """Claim nothing yet."""
        self._settings = settings
        self._folder = folder
        self._claimed: list[Path] = []
        """The records that this run wrote."""

    def claim(self, plan: Plan, run: Document) -> None:
        """Claim a plan; using it again, or elsewhere, needs an explicit setting."""
        use = {"run_id": run["run_id"], "folder": str(self._folder), "time": run["started"]}
        for mark in self._marks(plan):
            try:
                used = claim_use(mark, use)
            except FolderError:
                continue  # the plan's folder is read-only: the run's own folder still belongs to one run
            if used is None:
                self._claimed.append(mark)
            elif used.get("folder") != str(self._folder) and not self._settings["again"]:
                self.release()
                raise Refusal(
                    f"This plan was used before, in {used.get('folder') or 'another folder'} at {used.get('time')}."
                    f" {VARIABLE}again: true uses it once more."
                )

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
