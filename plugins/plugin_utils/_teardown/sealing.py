# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The end of a run: its folder is sealed, signed and entered in the ledger before the run counts as done."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .context import Refusal, RunContext
from .documents import Document, InvalidDocument, sha256_of, to_text
from .ledger import LEDGER, LedgerError, append, check_writable, folder_name
from .limits import VARIABLE
from .outcome import RunOutcome
from .run_folder import RESULT, SUMS, SUMS_SIGNATURE, FolderError, RunFolder, expanded
from .settings import EVENTS, Settings
from .signatures import SignatureError, check_alone, sign


@dataclass(frozen=True)
class Sealer:
    """Seals the folder of one run."""

    settings: Settings
    context: RunContext
    folder: RunFolder

    @property
    def _key(self) -> str:
        return self.settings.text("sign_key")

    @cached_property
    def _ledger(self) -> Path:
        """By default beside the folders of runs; a relative path is below the root."""
        given = self.settings.text("ledger")
        if not given:
            return self.folder.path.parent / LEDGER
        return (expanded(self.settings.text("root") or self.context.job.home) / expanded(given)).absolute()

    def insist_on_usable(self) -> None:
        """Raise Refusal, before anything is sent, if the run could not be signed or entered in the ledger."""
        try:
            check_writable(self._ledger)
            self.about()
        except LedgerError as error:
            raise Refusal(f"{VARIABLE}ledger: {error}.") from error
        except SignatureError as error:
            raise Refusal(f"{VARIABLE}sign_key: {error}.") from error

    def about(self) -> Document:
        """Return the key that signs the run, if any; raise SignatureError if the key does not sign."""
        return {"signed_with": self._signed_with} if self._key else {}

    @cached_property
    def _signed_with(self) -> str:
        trial = b"trial\n"
        return check_alone(trial, sign(trial, self._key)).key

    def close(self, outcome: RunOutcome) -> RunOutcome:
        """Write ``result.json``, seal the folder and append the line of the ledger; return the failures."""
        if self.context.check_mode:
            return outcome
        outcome.sealed = True
        try:
            self._seal(outcome)
            append(self._ledger, self._line(outcome), sign_key=self._key)
        except (FolderError, InvalidDocument, LedgerError, SignatureError, OSError) as error:
            way_out = {"plan": "Make the plan again", "merge": "Merge again into another folder"}.get(
                self.settings["mode"], f"{VARIABLE}mode=evidence with {VARIABLE}folder={self.folder} enters it"
            )
            outcome.reasons.append(f"The run is not sealed and in the ledger: {error}. {way_out}.")
            with suppress(FolderError, SignatureError, OSError):
                self._seal(outcome)
        return outcome

    def enter(self, event: str, folder: RunFolder, **more: Any) -> None:
        """Append a line about a folder that was sealed before; LedgerError or SignatureError if that fails."""
        line = {"event": event, "folder": folder_name(self._ledger, folder.path), **more, **self.about()}
        append(self._ledger, line, sign_key=self._key)

    def _seal(self, outcome: RunOutcome) -> None:
        self.folder.write({RESULT: to_text(outcome.as_dict())})
        sums = self.folder.seal()
        if self._key:
            self.folder.write({SUMS_SIGNATURE: sign(sums.encode(), self._key).decode("ascii")})

    def _line(self, outcome: RunOutcome) -> Document:
        run = self.folder.run() or {}
        return {
            "event": "run",
            "run_id": run.get("run_id"),
            **{name: run[name] for name in EVENTS if run.get(name)},
            "mode": self.settings["mode"],
            "state": outcome.state,
            "folder": folder_name(self._ledger, self.folder.path),
            "plan_sha256": outcome.plan_sha256,
            "sums_sha256": sha256_of(self.folder.read(SUMS) or ""),
            **self.about(),
        }


def leave_result(folder: RunFolder, outcome: RunOutcome, context: RunContext) -> None:
    """Write ``result.json``, also where nothing was done; never into the folder of another run."""
    if context.check_mode or outcome.sealed:
        return
    try:
        if outcome.folder is None:
            if folder.path.is_dir() and (folder.run() is not None or folder.strangers()):
                return
            folder.make()
            outcome.folder = str(folder)
        folder.write({RESULT: to_text(outcome.as_dict())})
    except (FolderError, InvalidDocument, OSError) as error:
        outcome.warnings.append(f"{RESULT} was not written: {error}")
