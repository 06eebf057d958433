# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Check of one run: run.json, plan, journals, parts, evidence and the files made from it, compared with each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from .documents import Document, InvalidDocument, mapping_of, parse, parse_time, rows, sha256_of
from .evidence import journals_of, make_evidence, own_targets
from .findings import below, finding
from .formats.files import files_of
from .masking import Masker
from .merge import MODE, PARTS, Part, merged_evidence
from .outcome import state_of
from .plan import Plan
from .run_folder import EVIDENCE, PLAN, RESULT, RUN
from .same import MaskedComparison
from .verify_evidence import check_evidence
from .verify_journal import JournalCheck
from .verify_sums import check_sums, contents

T = TypeVar("T")
_PART = re.compile(rf"{PARTS}/[1-9][0-9]{{0,5}}")


class RunCheck:
    """Reads the folder of one run and compares its files with each other."""

    def __init__(self, folder: Path, *, mask_key: str, version: str, removed: Collection[str] = ()) -> None:
        """Read the folder; ``removed`` names files that a purge removed, as the ledger says."""
        self.findings: list[Document] = []
        self._folder = folder
        self._mask_key = mask_key
        self._version = version
        self._removed = removed
        self._texts = {
            path.name: (contents(folder, path.name) or b"").decode("utf-8", "replace")
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.is_symlink()
        }
        self.run = self._document(RUN)
        is_gone = PLAN in removed and PLAN not in self._texts
        self.plan = None if is_gone else self._read(PLAN, Plan.parse)
        has_evidence = self.run.get("mode") == "apply" or self.is_merged or EVIDENCE in self._texts
        self.evidence = self._document(EVIDENCE) if has_evidence else {}
        self._same_version = self.run.get("version") == version
        self._masked = MaskedComparison(mask_key, self.plan.targets if self.plan else [])

    @property
    def is_merged(self) -> bool:
        """Tell whether this is what was made of several runs: its evidence is theirs, and not of journals."""
        return self.run.get("mode") == MODE

    @property
    def plan_sha256(self) -> Any:
        """The SHA-256 of the plan; without a plan, what run.json says of it."""
        return self.plan.sha256 if self.plan is not None else self.run.get("plan_sha256")

    def check(self) -> None:
        """Collect all findings, also if files are missing."""
        self._hashes()
        with self._told_of(RUN):
            self._times()
        if self.plan is not None:
            self._journals(self.plan)
            if self.evidence and not self.is_merged:
                self._evidence(self.plan)
        if self._can_be_made_again:
            with self._told_of(EVIDENCE):
                self._made_of_evidence()
        if RESULT in self._texts:
            self._result()

    def _add(self, file: str, what: str) -> None:
        self.findings.append(finding(file, None, what))

    def _read(self, name: str, made_of: Callable[[str], T]) -> T | None:
        """Return what is made of a file's text; None, and a finding, if it is missing or cannot be used."""
        if name not in self._texts:
            self._add(name, "the file is missing")
            return None
        try:
            return made_of(self._texts[name])
        except InvalidDocument as error:
            self._add(name, f"the file cannot be used: {error}")
            return None

    def _document(self, name: str) -> Document:
        return self._read(name, lambda text: parse(text, name)) or {}

    def _hashes(self) -> None:
        if self.plan is None:
            return
        actual = self.plan.sha256
        for file, about in ((RUN, self.run), (EVIDENCE, mapping_of(self.evidence.get("run")))):
            if about.get("plan_sha256") not in (None, actual):
                what = f"{file} has {about['plan_sha256']} as its SHA-256, and it is {actual}"
                self._add(PLAN, f"this is not the plan of the run: {what}")
        approved = mapping_of(self.run.get("approval")).get("sha256")
        if approved is not None and str(approved).lower() != actual:
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
                    self.findings += list(JournalCheck(name, self.run, plan, self._masked).findings(text))

    def _evidence(self, plan: Plan) -> None:
        journals = journals_of(plan, self.run, self._texts.get)
        with self._told_of(RUN):
            own = own_targets(plan, self.run)
            self._hold_evidence(lambda masker: make_evidence(plan, self.run, journals, masker=masker), own)

    def check_parts(self) -> None:
        """Check the parts of a merged folder; where each is as its run left it, the evidence has to be theirs."""
        before = len(self.findings)
        parts = []
        told = self.run.get(PARTS)
        entries = list(map(mapping_of, told)) if isinstance(told, list) else []
        names = [str(entry.get("folder")) for entry in entries]
        for name, entry in zip(names, entries, strict=True):
            if not _PART.fullmatch(name) or not (self._folder / name).is_dir():
                self._add(RUN, f"the folder of a part is missing: {name}")
                continue
            part = self._checked_part(name, entry)
            if part.plan is not None:
                parts.append(Part(name, part.run, part.plan, part.evidence))
        for path in sorted((self._folder / PARTS).glob("*")):
            if f"{PARTS}/{path.name}" not in names:
                self._add(f"{PARTS}/{path.name}", f"{RUN} does not have this part")
        plan = self.plan
        if plan is not None and self.evidence and len(self.findings) == before:
            own = [*enumerate(plan.targets)]
            self._hold_evidence(lambda masker: merged_evidence(plan, self.run, parts, masker=masker), own)

    def _checked_part(self, name: str, entry: Mapping[str, Any]) -> RunCheck:
        gone = [path.removeprefix(f"{name}/") for path in self._removed if path.startswith(f"{name}/")]
        part = RunCheck(self._folder / name, mask_key=self._mask_key, version=self._version, removed=gone)
        part.check()
        sums = check_sums(self._folder / name, expected=entry.get("sums_sha256"), removed=gone)
        self.findings += below(name, [*sums, *part.findings])
        if part.run.get("run_id") != entry.get("run_id"):
            self._add(f"{name}/{RUN}", f"this is another run than that of the part: {part.run.get('run_id')}")
        return part

    def _hold_evidence(
        self, made: Callable[[Masker | None], Document], planned: Sequence[tuple[int, Document]]
    ) -> None:
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
        """Tell whether there is evidence, this version made what goes with it, and it is right."""
        return (
            bool(self.evidence) and self._same_version and not any(item["file"] == EVIDENCE for item in self.findings)
        )

    def _made_of_evidence(self) -> None:
        for name, text in files_of(self.evidence).items():
            if name not in self._texts:
                self._add(name, "the file is missing")
            elif self._texts[name] != text:
                self._add(name, f"the file does not say what {EVIDENCE} says")

    def _result(self) -> None:
        result = self._document(RESULT)
        expected: dict[str, Any] = {"plan_sha256": self.plan.sha256} if self.plan is not None else {}
        if self.evidence:
            expected |= {"evidence_sha256": sha256_of(self._texts[EVIDENCE]), "summary": self.evidence.get("summary")}
            # A run can also be "left" for a reason of its own, which its result then names.
            if self._can_be_made_again and not (result.get("state") == "left" and result.get("reasons")):
                expected["state"] = state_of(rows(self.evidence, "results"))
        for key, value in expected.items():
            if result and result.get(key) != value:
                self._add(RESULT, f"it says otherwise than the other files of: {key}")
