# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Removes backups and plans of finished runs, which hold phone numbers in full; never evidence or ledger."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from ...module_utils._core.folders import is_the_users_alone, open_folder, sync_own_folder
from .documents import FORMAT, InvalidDocument, parse, parse_time
from .files import sha256_of_file
from .ledger import LedgerError
from .run_folder import BACKUPS, EVIDENCE_FILES, PLAN, FolderError, RunFolder
from .signatures import SignatureError

Enter = Callable[[RunFolder, Mapping[str, str]], None]


def purge(root: Path, before: datetime, enter: Enter) -> tuple[list[RunFolder], list[str]]:
    """Remove backups and plans of the runs below ``root`` that ended before a time; return their folders and warnings.

    ``enter`` notes in the ledger which files go (path in the folder → SHA-256); it is called before they are removed,
    and what it raises (LedgerError, SignatureError) keeps them.
    """
    purged = []
    warnings = []
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.is_symlink() or not path.is_dir():
            continue
        folder = RunFolder(path)
        try:
            if _is_due(folder, before) and _purge_one(folder, before, enter):
                purged.append(folder)
        except (FolderError, InvalidDocument, LedgerError, SignatureError, OSError) as error:
            warnings.append(f"backups and plan of {folder} were not removed: {error}")
    return purged, warnings


def _purge_one(folder: RunFolder, before: datetime, enter: Enter) -> bool:
    _insist_on_own(folder)
    with folder.locked():
        # Another process that held the folder until now may have continued the run.
        removed = dict(_sums_of(folder.path)) if _is_due(folder, before) else {}
        if not removed:
            return False
        enter(folder, removed)
        if (folder.path / BACKUPS).is_dir():
            shutil.rmtree(folder.path / BACKUPS)
        folder.remove(PLAN)
        sync_own_folder(folder.path)
    return True


def _insist_on_own(folder: RunFolder) -> None:
    opened = open_folder(folder.path)
    try:
        if not is_the_users_alone(opened):
            raise FolderError(f"{folder} must belong to the user, and nobody else may write to it")
    finally:
        os.close(opened)


def _is_due(folder: RunFolder, before: datetime) -> bool:
    """Return whether plan and backups of a run's folder are due for removal."""
    run = folder.run()
    if run is None or run.get("format") != FORMAT:
        return False
    if run.get("mode") == "plan":
        end = _end_of_plan(folder)
    else:
        has_evidence = all((folder.path / name).is_file() for name in EVIDENCE_FILES)
        end = parse_time(run["ended"], "ended of run.json") if run.get("ended") and has_evidence else None
    return end is not None and end <= before


def _end_of_plan(folder: RunFolder) -> datetime | None:
    """Return the time at which a plan of its own became obsolete: it was applied, or it expired."""
    plan = parse(folder.read(PLAN) or "{}", str(folder.path / PLAN))
    used = [_time_of(path) for path in folder.path.glob(f".{PLAN}.*.applied")]
    ends = [end for end in used if end is not None]
    if not ends and plan.get("expires") is not None:
        ends = [parse_time(plan["expires"], "expires of the plan")]
    return max(ends, default=None)


def _time_of(mark: Path) -> datetime | None:
    try:
        return parse_time(parse(RunFolder(mark.parent).read(mark.name) or "", str(mark)).get("time"), "time of its use")
    except (FolderError, InvalidDocument):
        return None


def _sums_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of each file to remove."""
    backups = folder / BACKUPS
    if backups.is_symlink():
        raise FolderError(f"{backups} is a link, which no run makes")
    for path in (folder / PLAN, *sorted(backups.rglob("*"))):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(folder)), sha256_of_file(path)
