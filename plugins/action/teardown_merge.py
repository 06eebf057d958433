# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans or evidence of several jobs made one, on the controller; the module of the same name documents it."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._core.redact import Redactor
from ..plugin_utils._teardown.limits import VARIABLE
from ..plugin_utils._teardown.merger import NOT_MERGED, Merger
from ..plugin_utils._teardown.outcome import RunOutcome
from ..plugin_utils._teardown.settings import SettingsError, checked_merge
from ..plugin_utils._teardown.variable_names import insist_on_no_stray_words
from .teardown import context_of

_CLEAN = Redactor()


class ActionModule(ActionBase):
    """Runs once, whatever hosts there are; sends nothing."""

    BYPASS_HOST_LOOP = True
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Merge what the task names; whatever is wrong is told in the result."""
        result: dict[str, Any] = {**super().run(tmp, task_vars), "changed": False}
        try:
            insist_on_no_stray_words(task_vars or ())
            settings = checked_merge(self._task.args)
        except SettingsError as error:
            return {**result, "failed": True, "state": NOT_MERGED, "msg": f"Nothing was merged: {error}"}
        outcome = Merger(settings, context_of(self, task_vars or {}, os.environ)).carry_out()
        told = {**outcome.as_dict(), "warnings": outcome.warnings, "msg": _message(outcome)}
        return {**result, **told, **outcome.handed_on(VARIABLE)}


def _message(outcome: RunOutcome) -> str:
    if outcome.state == NOT_MERGED:
        head = "Nothing was merged."
    elif outcome.evidence_sha256 is None and not outcome.summary:
        head = "The plans are one; nothing was sent."
    else:
        head = f"The evidence is one: {outcome.summary.get('targets')} targets."
        if outcome.rows:
            head += f" {len(outcome.rows)} of them need a person."
    kept = f"Everything is in {outcome.folder}." if outcome.folder else ""
    return "\n".join(_CLEAN.line(line) for line in (head, *outcome.reasons, kept) if line)
