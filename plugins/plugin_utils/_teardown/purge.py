# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Removes backups and plans of finished runs, which hold phone numbers in full; never evidence or ledger.

A masked copy of the plan stays, so that it can be read later what was planned and approved.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ...module_utils._core.folders import sync_own_folder
from .documents import FORMAT, InvalidDocument, mapping_of, parse, parse_time, sha256_of, to_text
from .files import sha256_of_file
from .ledger import LedgerError
from .masking import Masker
from .merge import PARTS
from .plan import Plan
from .run_folder import BACKUPS, EVIDENCE_FILES, MASKED_PLAN, PLAN, FolderError, RunFolder, earlier_use
from .signatures import SignatureError

Enter = Callable[[RunFolder, Mapping[str, str], Mapping[str, str]], None]


def purge(root: Path, before: datetime, mask_key: str, enter: Enter) -> tuple[list[RunFolder], list[str]]:
    """Remove backups and plans of the runs below ``root`` that ended before a time; return their folders and warnings.

    ``enter`` notes in the ledger which files go and which one stays in place of the plan (path in the folder →
    SHA-256); it is called before they are removed, and what it raises (LedgerError, SignatureError) keeps them.
    ``mask_key`` is the key of the hashes in masked plans, if the evidence of that run has the same.
    """
    purged = []
    warnings = []
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.is_symlink() or not path.is_dir():
            continue
        folder = RunFolder(path)
        try:
            if _is_due(folder, before) and _purge_one(folder, before, mask_key, enter):
                purged.append(folder)
        except (FolderError, InvalidDocument, LedgerError, SignatureError, OSError) as error:
            warnings.append(f"backups and plan of {folder} were not removed: {error}")
    return purged, warnings


def _purge_one(folder: RunFolder, before: datetime, mask_key: str, enter: Enter) -> bool:
    with folder.opened_as_own(), folder.locked():
        # Another process that held the folder until now may have continued the run.
        removed = dict(_sums_of(folder.path)) if _is_due(folder, before) else {}
        if not removed:
            return False
        left = _masked_plan(folder, mask_key)
        folder.write(left)
        enter(folder, removed, {name: sha256_of(text) for name, text in left.items()})
        for path in _with_parts(folder.path):
            if (path / BACKUPS).is_dir():
                shutil.rmtree(path / BACKUPS)
            RunFolder(path).remove(PLAN)
            sync_own_folder(path)
    return True


def _masked_plan(folder: RunFolder, mask_key: str) -> dict[str, str]:
    """Return the plan without phone numbers by the name of its file; nothing if no plan can be read."""
    try:
        plan = Plan.parse(folder.read(PLAN) or "").document
    except InvalidDocument:
        return {}
    masker = Masker(mask_key)
    of_run = mapping_of(mapping_of(folder.run()).get("masking")).get("key_id")
    if of_run not in (None, masker.key_id):
        masker = Masker()
    masker.learn(plan)
    return {MASKED_PLAN: to_text(masker.data(plan), "targets")}


def _with_parts(folder: Path) -> Iterator[Path]:
    """Yield the folder of a run, and those of the runs that it was made of."""
    yield folder
    for path in sorted((folder / PARTS).glob("*")):
        if path.is_symlink():
            raise FolderError(f"{path} is a link, which no run makes")
        if path.is_dir():
            yield path


def _is_due(folder: RunFolder, before: datetime) -> bool:
    run = folder.run() or {}
    if run.get("format") != FORMAT:
        return False
    end = None
    if run.get("mode") == "plan":
        end = _end_of_plan(folder)
    elif run.get("ended") and all((folder.path / name).is_file() for name in EVIDENCE_FILES):
        end = parse_time(run["ended"], "ended of run.json")
    return end is not None and end <= before


def _end_of_plan(folder: RunFolder) -> datetime | None:
    """Return the time at which a plan of its own became obsolete: it was applied, or it expired."""
    plan = parse(folder.read(PLAN) or "{}", str(folder.path / PLAN))
    ends = []
    for mark in (*folder.path.glob(f".{PLAN}.*.applied"), *folder.path.glob(f".{PLAN}.*.slices/*.applied")):
        with suppress(InvalidDocument):
            ends.append(parse_time(earlier_use(mark).get("time"), "time of its use"))
    if not ends and plan.get("expires") is not None:
        ends = [parse_time(plan["expires"], "expires of the plan")]
    return max(ends, default=None)


def _sums_of(folder: Path) -> Iterator[tuple[str, str]]:
    for part in _with_parts(folder):
        backups = part / BACKUPS
        if backups.is_symlink():
            raise FolderError(f"{backups} is a link, which no run makes")
        for path in (part / PLAN, *sorted(backups.rglob("*"))):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), sha256_of_file(path)
