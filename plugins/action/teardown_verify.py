# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verification of runs, on the controller, where their folders are; the module of the same name documents it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._core.redact import Redactor
from ..module_utils._core.version import VERSION
from ..plugin_utils._teardown.formats.table import verification_table
from ..plugin_utils._teardown.ledger import LedgerError
from ..plugin_utils._teardown.run_folder import expanded
from ..plugin_utils._teardown.settings import SettingsError, checked_verification
from ..plugin_utils._teardown.signatures import SignatureError, insist_on_signers
from ..plugin_utils._teardown.variable_names import insist_on_no_stray_words
from ..plugin_utils._teardown.verify import Given, Verified, verify_folder, verify_ledger

_CLEAN = Redactor()


class ActionModule(ActionBase):
    """Runs once, whatever hosts there are, and only reads."""

    BYPASS_HOST_LOOP = True
    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Verify what the task names; all findings are in the result."""
        result: dict[str, Any] = {**super().run(tmp, task_vars), "changed": False}
        try:
            insist_on_no_stray_words(task_vars or ())
            given = checked_verification(self._task.args)
            if given["signers"]:
                insist_on_signers(given["signers"])
            found = _verified(given)
        except (SettingsError, LedgerError, SignatureError, OSError) as error:
            return {**result, "failed": True, "msg": f"Nothing was verified: {error}"}
        asked = given["phone_numbers"]
        for line in [
            *verification_table(found.runs, found.findings).splitlines(),
            *(found.lookup.lines() if asked else ()),
        ]:
            self._display.display(_CLEAN.line(line))
        return {
            **result,
            "failed": bool(found.findings),
            "msg": _message(found),
            "findings": found.findings,
            "runs": found.runs,
            "signed_by": found.signed_by,
            "warnings": found.warnings,
            **({"lookup": found.lookup.as_dict()} if asked else {}),
        }


def _verified(options: dict[str, Any]) -> Verified:
    given = Given(
        version=VERSION,
        signers=options["signers"] or "",
        mask_key=options["mask_key"] or "",
        phone_numbers=options["phone_numbers"] or (),
    )
    folder = expanded(options["folder"]).absolute() if options["folder"] else None
    if options["ledger"]:
        return verify_ledger(expanded(options["ledger"]).absolute(), given, only=folder)
    return verify_folder(folder or Path(), given)


def _message(found: Verified) -> str:
    if not found.findings:
        number = len(found.runs)
        return f"{number} {'run is' if number == 1 else 'runs are'} whole, unaltered and complete."
    first = found.findings[0]
    where = f"{first['file']}, line {first['line']}" if first["line"] else first["file"]
    more = len(found.findings) - 1
    rest = f" There {'is 1 more finding' if more == 1 else f'are {more} more findings'}." if more else ""
    return _CLEAN.line(f"{where}: {first['what']}.{rest}")
