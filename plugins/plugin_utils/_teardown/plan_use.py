# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The use of a plan: recorded beside it, so that it is applied once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from .context import Refusal
from .documents import PACKED, Document
from .limits import VARIABLE
from .plan import Plan
from .run_folder import FolderError, RunFolder, claim_use, expanded
from .settings import Settings


class PlanUse:
    """The record of which run uses a plan; ``claimed``: this run wrote it."""

    def __init__(self, settings: Settings, folder: RunFolder) -> None:
        """Claim nothing yet."""
        self._settings = settings
        self._folder = folder
        self.claimed = False

    def claim(self, plan: Plan, run: Document) -> None:
        """Claim a plan; using it again needs an explicit setting."""
        mark = self._mark(plan)
        try:
            used = claim_use(mark, {"run_id": run["run_id"], "folder": str(self._folder), "time": run["started"]})
            self.claimed = used is None
        except FolderError:
            used = None  # the plan's folder is read-only: the run's own folder still belongs to one run
        if used is not None and used.get("folder") != str(self._folder) and not self._settings["again"]:
            raise Refusal(
                f"This plan was used before, in {used.get('folder') or 'another folder'} at {used.get('time')}."
                f" {VARIABLE}again: true uses it once more."
            )

    def release(self, plan: Plan) -> None:
        """Remove this run's record: a plan of which nothing was applied is not used up."""
        if self.claimed:
            with suppress(OSError):
                self._mark(plan).unlink(missing_ok=True)

    def _mark(self, plan: Plan) -> Path:
        """Return the file that records the use of a plan: beside the plan if it was given as a file."""
        given = self._settings.text("plan")
        if given and not given.startswith(PACKED):
            beside = expanded(given).absolute()
            return beside.with_name(f".{beside.name}.{plan.sha256[:16]}.applied")
        return self._folder.path.parent / ".applied-plans" / plan.sha256
