# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A merge on disk: every part is verified, copied as it is, and one plan or evidence is made of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ...module_utils._core.folders import sync_own_folder
from .context import Refusal, RunContext
from .documents import Document, format_time, is_about_numbers, parse, sha256_of, to_text
from .files import copy_new
from .formats.files import files_of
from .formats.table import table_of
from .formatting import as_sentence, first_of
from .masking import Masker
from .merge import MODE, PARTS, Part, masking_of, merged_evidence, merged_plan, told_by_none, told_twice
from .outcome import ROWS_SHOWN, RunOutcome, new_run_document, state_of
from .plan import Plan
from .planner import hand_over, outcome_of
from .run_folder import EVIDENCE, PLAN, RUN, SUMS, FolderError, expanded, folder_of
from .sealing import Sealer, leave_result
from .settings import Settings
from .verify import Given, verify_folder
from .verify_sums import check_sums, contents
from .vocabulary import needs_attention, sort_key

NOT_MERGED = "not_merged"
"""The state of a merge that was refused: nothing is said of what the parts did."""

_FINDINGS_SHOWN = 3
_ACCOUNTS_SHOWN = 5


class Merger:
    """Merges the folders of several jobs into a new one."""

    def __init__(self, settings: Settings, context: RunContext) -> None:
        self._settings = settings
        self._context = context
        self._now = datetime.now(UTC)
        self._folder = folder_of(settings.text("root"), settings.text("folder"), self._now, context.job.home)
        self._sealer = Sealer(settings, context, self._folder)
        self._warnings: list[str] = []

    def carry_out(self) -> RunOutcome:
        """Merge; a refusal is an outcome too, and leaves ``result.json``."""
        try:
            if not self._context.check_mode:
                self._context.insist_on_lasting(self._folder.path, "root or folder a place that lasts")
            self._sealer.insist_on_usable()
            parts = [self._part(path) for path in list(self._paths())]
            if not parts:
                raise Refusal("None of the folders is that of a run, so there is nothing to merge.")
            self._insist_on_one_kind(parts)
            merge = self._plans if parts[0].run.get("mode") == "plan" else self._evidence
            outcome = merge(parts)
        except Refusal as refusal:
            outcome = RunOutcome(NOT_MERGED, reasons=refusal.reasons)
        except (FolderError, ValueError, OSError) as error:
            outcome = RunOutcome(NOT_MERGED, reasons=[as_sentence(str(error))])
        leave_result(self._folder, outcome, self._context)
        outcome.warnings += self._warnings
        return outcome

    def _paths(self) -> Iterator[Path]:
        """Yield the folder of each part; one that is not there may be that of a slice without accounts."""
        for given in self._settings["folders"]:
            path = expanded(given).absolute()
            paths = [path] if contents(path, RUN) is not None else list(self._runs_below(path))
            if not paths:
                self._warnings.append(f"{path} holds no run: a slice without accounts leaves none.")
            yield from paths

    def _runs_below(self, root: Path) -> Iterator[Path]:
        """Yield the folders of those runs in a folder that applied the plan in question."""
        folders = sorted(path.parent for path in root.glob(f"*/{RUN}") if not path.parent.is_symlink())
        wanted = self._settings.text("plan_sha256").lower()
        if folders and not wanted:
            raise Refusal(f"{root} holds folders of runs: plan_sha256 must say of which plan.")
        for folder in folders:
            run = parse(contents(folder, RUN) or b"", str(folder / RUN))
            if run.get("mode") == "apply" and run.get("plan_sha256") == wanted:
                yield folder

    def _part(self, path: Path) -> Part:
        """Return a part that is whole and unaltered, or raise Refusal that names what is wrong with it."""
        run = parse(contents(path, RUN) or b"", str(path / RUN))
        mode = run.get("mode")
        if mode not in ("plan", "apply"):
            raise Refusal(f"{path} was merged itself: give the folders that it was made of.")
        if is_about_numbers(run):
            raise Refusal(f"{path} is a run about phone numbers, which cannot be merged.")
        if mode == "apply" and contents(path, EVIDENCE) is None:
            raise Refusal(
                f"{path} has no evidence: its run still works or was killed. Afterwards campaign_teardown_mode=evidence"
                " with that folder makes it."
            )
        about = str(self._context.about.get("version"))
        verified = verify_folder(path, Given(version=about, mask_key=self._settings.text("mask_key")))
        if verified.findings or not verified.runs:
            told = [f"{item['file']}: {item['what']}" for item in verified.findings] or verified.warnings
            more = f" (and {len(told) - _FINDINGS_SHOWN} more)" if len(told) > _FINDINGS_SHOWN else ""
            raise Refusal(f"{path} is not as its run left it: {'; '.join(told[:_FINDINGS_SHOWN])}{more}.")
        texts = {name: (contents(path, name) or b"").decode() for name in (RUN, PLAN, EVIDENCE)}
        evidence = parse(texts[EVIDENCE], EVIDENCE) if mode == "apply" else {}
        return Part(str(path), parse(texts[RUN], RUN), Plan.parse(texts[PLAN]), evidence)

    def _insist_on_one_kind(self, parts: Sequence[Part]) -> None:
        """Raise Refusal where parts do not belong together: plans and applies, one run twice, other plans."""
        first, wanted = parts[0], self._settings.text("plan_sha256").lower()
        runs: dict[str, str] = {}
        for part in parts:
            if other := runs.get(str(part.run.get("run_id"))):
                raise Refusal(f"{part.name} and {other} are the same run: give each once.")
            runs[str(part.run.get("run_id"))] = part.name
            if part.run.get("mode") != first.run.get("mode"):
                raise Refusal(
                    f"{first.name} and {part.name} are a plan and an apply: merge plans, or what was applied."
                )
            expected = wanted or first.plan.sha256
            if first.run.get("mode") == "apply" and part.plan.sha256 != expected:
                whose = "plan_sha256 is" if wanted else f"{first.name} has"
                raise Refusal(
                    f"{part.name} has another plan: its SHA-256 is {part.plan.sha256}, and {whose} {expected}."
                )

    def _plans(self, parts: Sequence[Part]) -> RunOutcome:
        plan = merged_plan(parts, created=self._now, about=self._context.about)
        self._context.show_table(table_of(plan.document, plan.targets, sha256=plan.sha256, rows=ROWS_SHOWN))
        outcome = outcome_of(plan, plan.targets, masked=True)
        if self._context.check_mode:
            return outcome
        self._folder.make()
        with self._folder.locked():
            self._folder.claim(self._run_document("plan"))
            self._folder.write({PLAN: plan.text})
            hand_over(outcome, plan, self._folder, self._settings)
            return self._sealer.close(outcome)

    def _evidence(self, given: Sequence[Part]) -> RunOutcome:
        plan = given[0].plan
        places = {account: place for place, account in enumerate(plan.accounts)}
        given = sorted(given, key=lambda part: min((places[account] for account in part.accounts), default=len(places)))
        parts = [replace(part, name=f"{PARTS}/{number}") for number, part in enumerate(given, start=1)]
        sums = [sha256_of(contents(Path(part.name), SUMS) or b"") for part in given]
        masking = masking_of(parts)
        run = {
            **self._run_document(MODE),
            "ended": format_time(self._now),
            "plan_sha256": plan.sha256,
            "masking": masking,
            PARTS: [
                {"folder": part.name, "run_id": part.run.get("run_id"), "sums_sha256": of_part}
                for part, of_part in zip(parts, sums, strict=True)
            ],
        }
        masker = None if masking["phone_numbers"] == "in_full" else self._masker(masking)
        evidence = merged_evidence(plan, run, parts, masker=masker)
        outcome = self._outcome(plan, evidence, given)
        if self._context.check_mode:
            return outcome
        self._folder.make()
        with self._folder.locked():
            self._folder.claim(run)
            for part, copy, of_part in zip(given, parts, sums, strict=True):
                self._copy(Path(part.name), self._folder.path / copy.name, of_part)
            text = to_text(evidence, "results")
            self._folder.write({PLAN: plan.text, **files_of(evidence), EVIDENCE: text})
            outcome.folder, outcome.evidence_sha256 = str(self._folder), sha256_of(text)
            self._context.show(f"The report is {self._folder}/report.html")
            return self._sealer.close(outcome)

    def _masker(self, masking: Document) -> Masker:
        """Return what masks the numbers that no part masked: with the key of the parts, where that is kept."""
        key = self._settings.text("mask_key")
        return Masker(key) if masking["key"] == "kept" and Masker(key).key_id == masking["key_id"] else Masker()

    def _outcome(self, plan: Plan, evidence: Document, parts: Sequence[Part]) -> RunOutcome:
        entries = evidence["results"]
        self._context.show_table(table_of(evidence, entries, rows=ROWS_SHOWN))
        twice = told_twice(parts).items()
        reasons = [f"The account {account} is in several parts: {', '.join(names)}." for account, names in twice]
        if missing := told_by_none(plan, parts):
            reasons.append(
                f"No part has the accounts {first_of(missing, _ACCOUNTS_SHOWN)}: find the folder of the job that had"
                " them, or apply them."
            )
        return RunOutcome(
            state_of(entries),
            reasons=reasons,
            rows=sorted(filter(needs_attention, entries), key=sort_key),
            entries=entries,
            summary=evidence["summary"],
            plan_sha256=plan.sha256,
        )

    def _copy(self, source: Path, target: Path, expected: str) -> None:
        """Copy a part as it is; FolderError where the copy is not what was verified."""
        target.mkdir(mode=0o700, parents=True)
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source)
            if name.parts[0].startswith("."):
                continue  # a note of use
            if path.is_dir():
                (target / name).mkdir(mode=0o700)
            else:
                copy_new(path, target / name)
        below = [path for path in target.rglob("*") if path.is_dir()]
        for folder in (target, *below, target.parent, target.parents[1]):
            sync_own_folder(folder)
        for found in check_sums(target, expected=expected):
            raise FolderError(f"{source} changed while it was copied: {found['file']}: {found['what']}")

    def _run_document(self, mode: str) -> Document:
        return new_run_document(mode, self._now, {**self._context.about, **self._sealer.about()})
