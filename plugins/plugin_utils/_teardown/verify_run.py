# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of one run: run.json, plan, journals, evidence and the files made from it, compared with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from .documents import Document, InvalidDocument, mapping_of, parse, parse_time, rows, sha256_of
from .evidence import make_evidence, own_targets
from .findings import finding
from .formats.files import files_of
from .journal import AccountJournal
from .masking import Masker
from .merge import MODE
from .outcome import state_of
from .plan import Plan
from .run_folder import EVIDENCE, PLAN, RESULT, RUN, journal_name
from .same import MaskedComparison
from .verify_evidence import check_evidence
from .verify_journal import check_journal
from .verify_sums import contents


class RunCheck:
    """Reads the folder of one run and compares its files with each other."""

    def __init__(self, folder: Path, *, mask_key: str, version: str, without_plan: bool = False) -> None:
        """Read the folder; ``without_plan``: a purge removed the plan, and the ledger says so."""
        self.findings: list[Document] = []
        self._folder = folder
        self._without_plan = without_plan
        self._texts = {
            path.name: (contents(folder, path.name) or b"").decode("utf-8", "replace")
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.is_symlink()
        }
        self.run = self._document(RUN)
        self.plan = self._plan()
        self.evidence = self._document(EVIDENCE) if self._has_evidence else {}
        self._same_version = self.run.get("version") == version
        self._masked = MaskedComparison(mask_key, self.plan.targets if self.plan else [])

    @property
    def is_merged(self) -> bool:
        """Tell whether this is what was made of several runs: its evidence is theirs, and not of journals."""
        return self.run.get("mode") == MODE

    @property
    def _has_evidence(self) -> bool:
        return self.run.get("mode") == "apply" or self.is_merged or EVIDENCE in self._texts

    def check(self) -> None:
        """Return all findings, also if files are missing."""
        self._hashes()
        with self._told_of(RUN):
            self._times()
        if self.plan is not None:
            self._journals(self.plan)
            if self.evidence and not self.is_merged:
                self._evidence(self.plan)
        if self.evidence:
            with self._told_of(EVIDENCE):
                self._made_of_evidence()
        if RESULT in self._texts:
            self._result()

    def _add(self, file: str, what: str) -> None:
        self.findings.append(finding(file, None, what))

    def _document(self, name: str) -> Document:
        if name not in self._texts:
            self._add(name, "the file is missing")
            return {}
        try:
            return parse(self._texts[name], name)
        except InvalidDocument as error:
            self._add(name, f"the file cannot be used: {error}")
            return {}

    def _plan(self) -> Plan | None:
        if PLAN not in self._texts:
            if not self._without_plan:
                self._add(PLAN, "the file is missing")
            return None
        try:
            return Plan.parse(self._texts[PLAN])
        except InvalidDocument as error:
            self._add(PLAN, f"the file cannot be used: {error}")
            return None

    def _hashes(self) -> None:
        """Compare the plan's SHA-256 with those in run.json and the evidence."""
        named = {RUN: self.run.get("plan_sha256"), EVIDENCE: mapping_of(self.evidence.get("run")).get("plan_sha256")}
        actual = self.plan.sha256 if self.plan is not None else None
        for file, sha256 in named.items():
            if sha256 is not None and actual is not None and sha256 != actual:
                self._add(
                    PLAN, f"this is not the plan of the run: {file} has {sha256} as its SHA-256, and it is {actual}"
                )
        approved = mapping_of(self.run.get("approval")).get("sha256")
        if approved is not None and actual is not None and str(approved).lower() != actual:
            self._add(RUN, f"another plan was approved: {approved}")

    def _times(self) -> None:
        told = [(f"{key} of {RUN}", self.run[key]) for key in ("started", "ended") if self.run.get(key) is not None]
        if self.plan is not None and self.run.get("mode") == "apply":
            told.insert(0, (f"created of {PLAN}", self.plan.document.get("created")))
        for (before, one), (after, other) in pairwise(told):
            if parse_time(other, after) < parse_time(one, before):
                self._add(RUN, f"the times are not in order: {after} is {other}, and {before} is {one}")

    def _journals(self, plan: Plan) -> None:
        for name, text in self._texts.items():
            if name.startswith("journal-") and name.endswith(".jsonl"):
                with self._told_of(name):
                    self.findings += check_journal(name, text, self.run, plan, self._masked)

    def _evidence(self, plan: Plan) -> None:
        journals = {}
        errors = mapping_of(self.run.get("account_errors"))
        for account in dict.fromkeys(str(row["account"]) for row in plan.targets):
            journals[account] = AccountJournal(
                self._texts.get(journal_name(account), ""),
                str(self.run.get("run_id")),
                dict(plan.of_account(account)),
                plan_sha256=plan.sha256,
                account=account,
            )
            if account in errors:
                journals[account].errors.append(str(errors[account]))
        with self._told_of(RUN):
            own = own_targets(plan, self.run)
            self.hold_evidence(lambda masker: make_evidence(plan, self.run, journals, masker=masker), own)

    def hold_evidence(self, made: Callable[[Masker | None], Document], planned: Sequence[tuple[int, Document]]) -> None:
        """Hold the evidence against what it has to be."""
        with self._told_of(EVIDENCE):
            self.findings += check_evidence(
                self._texts[EVIDENCE], made, planned, self._masked, same_version=self._same_version
            )

    @contextmanager
    def _told_of(self, file: str) -> Iterator[None]:
        """Turn an unreadable file into a finding: an altered file may have any shape."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self._add(file, f"the file cannot be held against the others: {error}")

    @property
    def _can_be_made_again(self) -> bool:
        """Tell whether this version made what goes with the evidence, and the evidence is right."""
        return self._same_version and not any(item["file"] == EVIDENCE for item in self.findings)

    def _made_of_evidence(self) -> None:
        """Compare table and report with the evidence, if this version made them and the evidence is right."""
        if not self._can_be_made_again:
            return
        for name, text in files_of(self.evidence).items():
            if name not in self._texts:
                self._add(name, "the file is missing")
            elif self._texts[name] != text:
                self._add(name, f"the file does not say what {EVIDENCE} says")

    def _result(self) -> None:
        for what in self._wrong_in_result(self._document(RESULT)):
            self._add(RESULT, what)

    def _wrong_in_result(self, result: Mapping[str, Any]) -> Iterator[str]:
        expected: dict[str, Any] = {"plan_sha256": self.plan.sha256} if self.plan is not None else {}
        if self.evidence:
            expected |= {"evidence_sha256": sha256_of(self._texts[EVIDENCE]), "summary": self.evidence.get("summary")}
            # A run can also be "left" for a reason of its own, which its result then names.
            if self._can_be_made_again and not (result.get("state") == "left" and result.get("reasons")):
                expected["state"] = state_of(rows(self.evidence, "results"))
        for key, value in expected.items():
            if result and result.get(key) != value:
                yield f"it says otherwise than the other files of: {key}"
