# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence of a run on disk: read from its journals, written into its folder."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex

from .context import Refusal, RunContext
from .documents import Document, sha256_of, to_text
from .evidence import journals_of, make_evidence
from .formats.files import files_of
from .formats.junit import JUNIT, junit_of
from .formats.table import table_of
from .formatting import format_count
from .limits import VARIABLE
from .masking import Masker
from .outcome import ROWS_SHOWN, RunOutcome, accounts_of, state_of, unsupported
from .person_pages import pages_of
from .plan import Plan
from .run_folder import EVIDENCE, RUN, WATCH, FolderError, RunFolder
from .settings import NUMBERS, Settings
from .vocabulary import needs_attention, sort_key
from .watch import last_told


@dataclass(frozen=True)
class EvidenceWriter:
    """Writes the evidence of runs in one folder."""

    settings: Settings
    context: RunContext
    folder: RunFolder

    def write(self, plan: Plan, run: Document, *, ended: bool) -> RunOutcome:
        """Write the evidence of a run, unless this is check mode, and return the outcome of the run."""
        journals = journals_of(plan, run, self.folder.read)
        masker, masking = self._masking(run)
        run = {**run, "masking": masking}
        # Each account was worked on, or nobody can know: the folder itself is gone.
        complete = ended or self.folder.read(RUN) is None
        evidence = make_evidence(plan, {**run, "ended": complete or run.get("ended")}, journals, masker=masker)
        entries = evidence["results"]
        self.context.show_table(table_of(evidence, entries, rows=ROWS_SHOWN))
        for line in last_told(self.folder.read(WATCH) or "", entries):
            self.context.show(line)
        outcome = RunOutcome(
            state_of(entries),
            entries=entries,
            rows=sorted(filter(needs_attention, entries), key=sort_key),
            summary=evidence["summary"],
            accounts=accounts_of(entries),
            folder=str(self.folder),
            plan_sha256=plan.sha256,
            slice=evidence["run"].get("slice"),
        )
        if self.settings.interface is NUMBERS:
            # Some vendors count them against a quota of the day.
            requests = (f"{account} {format_count(journal.requests)}" for account, journal in journals.items())
            self.context.show(f"Requests sent: {', '.join(requests)}")
            outcome.reasons += unsupported(entries) if self.settings["strict"] else []
            outcome.state = "left" if outcome.reasons and outcome.state == "done" else outcome.state
        if self.context.check_mode:
            return outcome
        try:
            outcome.evidence_sha256 = self._write_files(evidence, masker, run, plan, ended=ended)
        except FolderError as error:
            outcome.reasons.append(
                f"The evidence cannot be written: {error}. With room again, {VARIABLE}mode=evidence and"
                f" {VARIABLE}folder={self.folder} write it."
            )
        else:
            self.context.show(f"The report is {self.folder}/report.html")
        return outcome

    def insist_on_the_same_key(self, run: Document) -> None:
        """Raise Refusal if the evidence of a run would have hashes of two keys."""
        earlier = run.get("masking") or {}
        given = Masker(self.settings.text("mask_key")).key_id
        if earlier.get("key") == "kept" and earlier.get("key_id") != given:
            raise Refusal(
                f"{VARIABLE}mask_key is not the key that the evidence in {self.folder} was made with: give that one,"
                " so that its phone numbers can be looked up."
            )

    def _masking(self, run: Document) -> tuple[Masker | None, Document]:
        """Return the masker of phone numbers (None if they stay in full), and how they can be looked up later."""
        if not self.settings["mask_phone_numbers"]:
            return None, {"phone_numbers": "in_full", "key": None, "key_id": None}
        if key := self.settings.text("mask_key"):
            masker = Masker(key)
            return masker, {"phone_numbers": "masked", "key": "kept", "key_id": masker.key_id}
        earlier = run.get("masking") or {}
        if earlier.get("key") == "forgotten":  # the journals have its hashes, and no more can be made
            return Masker(), earlier
        masker = Masker(token_hex(16))
        return masker, {"phone_numbers": "masked", "key": "forgotten", "key_id": masker.key_id}

    def _write_files(self, evidence: Document, masker: Masker | None, run: Document, plan: Plan, *, ended: bool) -> str:
        text = to_text(evidence, "results")
        files = {**files_of(evidence), **pages_of(evidence, plan, self.settings, self.folder)}
        # One that is there never tells of an earlier evidence.
        if self.settings["junit"] or self.folder.read(JUNIT) is not None:
            files[JUNIT] = junit_of(evidence)
        if masker is not None:
            files |= {name: masker.lines(journal) for name, journal in self.folder.journals().items()}
        files[RUN] = to_text({**run, "ended": evidence["run"]["end"]} if ended else run)
        self.folder.write({**files, EVIDENCE: text})
        return sha256_of(text)
