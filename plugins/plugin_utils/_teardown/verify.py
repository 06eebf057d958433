# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Verification of the files of runs: intact, unaltered, complete. Reads only, and reports every finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .approval import approver_of
from .documents import Document, json_object, mapping_of
from .findings import below, finding
from .ledger import LedgerLine, folder_name, folder_path, read
from .lookup import Lookup, look_up
from .run_folder import PLAN, RUN, RunFolder
from .verify_ledger import chain
from .verify_run import RunCheck
from .verify_signatures import SignatureCheck
from .verify_sums import check_sums, contents


@dataclass(frozen=True, kw_only=True)
class Given:
    """The inputs of a verification besides the folders."""

    version: str
    """This version of the collection: evidence of another one is compared in its facts, not in its words."""
    signers: str = ""
    mask_key: str = ""
    phone_numbers: Sequence[str] = ()
    """Phone numbers to look up."""


@dataclass
class Verified:
    """The result of a verification."""

    findings: list[Document] = field(default_factory=list)
    runs: list[Document] = field(default_factory=list)
    signed_by: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lookup: Lookup = field(default_factory=Lookup)


@dataclass
class _Told:
    """The entries of a ledger about one folder."""

    number: int | None = None
    """The last line about the run itself; without one, None and no entry."""
    entry: Mapping[str, Any] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def verify_folder(folder: Path, given: Given) -> Verified:
    """Verify the folder of one run."""
    signatures = SignatureCheck(given.signers)
    found = Verified()
    _verify_run(folder, "", _Told(), given, signatures, found)
    return _finished(found, signatures, given)


def verify_ledger(path: Path, given: Given, *, only: Path | None = None) -> Verified:
    """Verify a ledger and the folders of all its runs, or of one (``only``); LedgerError if it cannot be read."""
    signatures = SignatureCheck(given.signers)
    lines = read(path)
    found = Verified(findings=[*chain(path.name, lines), *_repeated(path, lines)])
    if not lines:
        found.findings.append(finding(path.name, None, "the ledger is empty"))
    signatures.ledger(path, lines)
    told = _told(path, lines)
    if only is not None and only.absolute() not in told:
        found.findings.append(finding(path.name, None, f"the ledger has no line about {only}"))
        told[only.absolute()] = _Told()
    for folder, of_folder in told.items():
        if only is None or folder == only.absolute():
            _verify_run(folder, folder_name(path, folder), of_folder, given, signatures, found)
    if only is None:
        found.findings += _not_entered(path, told)
    return _finished(found, signatures, given)


def _verify_run(
    folder: Path, name: str, told: _Told, given: Given, signatures: SignatureCheck, found: Verified
) -> None:
    """Verify one folder; the files in its findings are named with ``name`` in front."""
    shown = name or str(folder)
    if not folder.is_dir():
        where = f" (line {told.number} of the ledger)" if told.number else ""
        found.findings.append(finding(shown, None, f"the folder of a run is missing{where}"))
        return
    if _is_worked_on(folder):
        found.warnings.append(f"{folder} was not checked: a run works in it")
        return
    check = RunCheck(folder, mask_key=given.mask_key, version=given.version, removed=told.removed)
    check.check()
    if check.is_merged:
        check.check_parts()
    before = len(signatures.findings)
    plan = check.plan.document if check.plan is not None else {}
    approver = signatures.approval(folder, check.run, plan)
    signer = signatures.seal(folder, check.run, told.entry.get("time"))
    signed = signatures.findings[before:]
    del signatures.findings[before:]
    mine = _findings(folder, told, check, signed)
    found.findings += below(name, mine)
    if given.phone_numbers:
        looked = look_up(folder, shown, given.phone_numbers, given.mask_key, plan, check.evidence)
        found.lookup.found += looked.found
        found.lookup.not_searched += looked.not_searched
    found.runs.append(
        {
            "run_id": check.run.get("run_id"),
            "folder": shown,
            **{key: check.run.get(key) for key in ("mode", "started", "ended")},
            "targets": mapping_of(check.evidence.get("summary")).get("targets", len(plan.get("targets") or ())),
            "plan_sha256": check.plan_sha256,
            "approved_by": approver or approver_of(check.run)[0],
            "signed_by": signer,
            "findings": len(mine),
        }
    )


def _findings(folder: Path, told: _Told, check: RunCheck, signed: Iterable[Document]) -> Sequence[Document]:
    """Return the findings about the files, the run, its signatures (``signed``) and the ledger."""
    expected = told.entry.get("sums_sha256")
    sums = list(check_sums(folder, expected=expected, removed=told.removed, later=told.files))
    # A missing file is reported once.
    known = {(item["file"], item["line"]) for item in sums if "missing" in item["what"]}
    rest = [item for item in (*check.findings, *signed) if (item["file"], item["line"]) not in known]
    return [*sums, *rest, *_against_ledger(told, check)]


def _against_ledger(told: _Told, check: RunCheck) -> Iterable[Document]:
    actual = {"run_id": (RUN, check.run.get("run_id")), "plan_sha256": (PLAN, check.plan_sha256)}
    for key, (file, value) in actual.items():
        said = told.entry.get(key)
        if said is not None and value is not None and said != value:
            yield finding(file, None, f"its {key} is {value}, and line {told.number} of the ledger says {said}")


def _told(path: Path, lines: Sequence[LedgerLine]) -> dict[Path, _Told]:
    found: dict[Path, _Told] = {}
    for line in lines:
        entry = line.entry or {}
        if not isinstance(entry.get("folder"), str):
            continue
        of_folder = found.setdefault(folder_path(path, entry["folder"]), _Told())
        if entry.get("event") == "run":
            of_folder.number, of_folder.entry = line.number, entry
            # A continued run sealed the folder again, without the files removed before.
            of_folder.removed = {}
        for key, kept in (("removed", of_folder.removed), ("files", of_folder.files)):
            if isinstance(entry.get(key), dict):
                kept.update(entry[key])
    return found


def _repeated(path: Path, lines: Sequence[LedgerLine]) -> Iterable[Document]:
    """Yield the lines that contradict an earlier line about the same run or folder."""
    folders: dict[Any, Any] = {}
    plans: dict[Any, Any] = {}
    for line in lines:
        entry = line.entry or {}
        if entry.get("event") != "run":
            continue
        run_id, folder, plan = (entry.get(key) for key in ("run_id", "folder", "plan_sha256"))
        if folders.setdefault(run_id, folder) != folder:
            yield finding(path.name, line.number, f"the run {run_id} is in {folders[run_id]} too: one is a copy")
        if plan is not None and plans.setdefault(folder, plan) != plan:
            yield finding(path.name, line.number, f"{folder} had another plan before: {plans[folder]}")


def _not_entered(path: Path, told: Mapping[Path, _Told]) -> Iterable[Document]:
    """Yield the folders of runs beside the ledger that have no entry."""
    for folder in sorted(path.absolute().parent.iterdir()):
        if folder in told or folder.is_symlink() or not folder.is_dir() or _is_worked_on(folder):
            continue
        content = contents(folder, RUN)
        has_more = (folder / PLAN).exists() or any(folder.glob("journal-*.jsonl"))
        if content is None or not has_more:
            continue
        advice = "Make the plan again, and remove this one"
        if (json_object(content) or {}).get("mode") == "apply":
            again = "campaign_teardown_mode=evidence with this folder"
            advice = f"If it was killed, {again} tells what was done, and enters it"
        yield finding(f"{folder.name}/{RUN}", None, f"no line of the ledger is about this run. {advice}")


def _is_worked_on(folder: Path) -> bool:
    """Return whether a running process holds the folder; without locks in the file system none can be found."""
    with suppress(OSError):
        return RunFolder(folder).is_locked()
    return False


def _finished(found: Verified, signatures: SignatureCheck, given: Given) -> Verified:
    """Add the findings about signatures of the whole ledger."""
    found.findings += signatures.findings
    found.signed_by = signatures.names
    if given.signers and not signatures.names:
        found.findings.append(finding(given.signers, None, "nothing here is signed by one of these signers"))
    elif given.signers and not any(run["signed_by"] for run in found.runs):
        found.warnings.append("Only approvals are signed here: signatures do not prove what became of the targets.")
    if signatures.unchecked:
        found.warnings.append("Signatures were not checked: ssh-keygen is not installed.")
    return found
