# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The folder of a run: claimed by one run, mode 0700, files are written atomically.

No link is followed, and only files of the run itself are overwritten.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from ...module_utils._core.folders import is_the_users_alone, open_folder, sync_own_folder
from .documents import FORMAT, Document, InvalidDocument, parse, parse_time, rows, to_text
from .files import lock, read_regular, sha256_of_file, write_new

RUN, PLAN, RESULT, SUMS = "run.json", "plan.json", "result.json", "SHA256SUMS"
SUMS_SIGNATURE, PLAN_SIGNATURE = f"{SUMS}.sig", f"{PLAN}.sig"
WATCH = "watch.jsonl"
MASKED_PLAN = "plan-masked.json"
EVIDENCE = "evidence.json"
EVIDENCE_FILES = (EVIDENCE, "evidence.csv", "report.html")
BACKUPS = "backups"
_LOOKS_AT_LOCK = 100
_SECONDS_BETWEEN_LOOKS = 0.1
_NOT_SEALED = re.compile(
    rf"{re.escape(SUMS)}(\.sig)?|{re.escape(PLAN)}\.sig|{re.escape(WATCH)}|{re.escape(MASKED_PLAN)}|\..*\.(applied|part)"
)
"""The seal itself, and what comes later: an approval, which proves itself; notes of use; and files that the ledger has,
which are what was seen later and what a purge leaves of a plan."""

_OF_RUNS = re.compile(
    r"(run|plan|result|evidence)\.json|evidence\.csv|report\.html|junit\.xml|journal-[^/]+\.jsonl|person-[^/]+\.html"
    rf"|{BACKUPS}/[^/]+\.jsonl|parts/.+"
)

_TYPES_IN_RUN: Mapping[str, type] = {
    "run_id": str,
    "mode": str,
    "plan_sha256": str,
    "event_id": str,
    "slice": list,
    "missing_accounts": list,
    "account_errors": dict,
    "masking": dict,
    "approval": dict,
}


class FolderError(Exception):
    """The folder cannot be used; the text says why and what to do."""


@dataclass
class RunFolder:
    """One folder. Paths are absolute; all writes are flushed to disk before the file has its name."""

    path: Path
    lock: int | None = None
    """The file descriptor that holds the folder, while it is held."""

    def __str__(self) -> str:
        return str(self.path)

    def make(self) -> None:
        """Create the folder if it is missing; raise FolderError if it cannot be used."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.opened_as_own() as opened:
                if stat.S_IMODE(os.fstat(opened).st_mode) != 0o700:
                    if self.run() is None:
                        self.insist_on_free()
                    os.fchmod(opened, 0o700)
        except OSError as error:
            raise FolderError(f"{self.path} cannot be used as the folder of a run: {error.strerror}") from error

    @contextmanager
    def opened_as_own(self) -> Iterator[int]:
        """Open the folder; raise FolderError if anybody but the user may write to it."""
        with self._opened() as opened:
            if not is_the_users_alone(opened):
                raise FolderError(f"{self.path} must belong to the user, and nobody else may write to it")
            yield opened

    @contextmanager
    def _opened(self) -> Iterator[int]:
        opened = open_folder(self.path)
        try:
            yield opened
        finally:
            os.close(opened)

    def run(self) -> Document | None:
        """Return run.json, or None if no run claimed the folder."""
        text = self.read(RUN)
        if text is None:
            return None
        found = parse(text, f"{self.path / RUN}")
        for key, kind in _TYPES_IN_RUN.items():
            if found.get(key) is not None and not isinstance(found[key], kind):
                raise InvalidDocument(f"{key} in {self.path / RUN} is not a {kind.__name__}")
        if found.get("started") is not None:
            parse_time(found["started"], f"started in {self.path / RUN}")
        rows({"not_planned": [], **found}, "not_planned")
        return found

    def claim(self, run: Mapping[str, object]) -> None:
        """Write run.json into a folder that no run has; raise FolderError if one has, or if other files are there."""
        self.insist_on_free()
        try:
            os.link(self._part(RUN, to_text(dict(run))), self.path / RUN, follow_symlinks=False)
        except FileExistsError:
            raise FolderError(f"{self.path} belongs to another run: give another campaign_teardown_folder") from None
        except OSError as error:
            raise FolderError(
                f"{self.path} cannot be claimed for one run, which takes a hard link: {error.strerror}; give"
                " campaign_teardown_root a place on another file system"
            ) from error
        finally:
            (self.path / f".{RUN}.part").unlink(missing_ok=True)
        sync_own_folder(self.path)

    def insist_on_free(self) -> None:
        """Raise FolderError if the folder holds anything but the result of a run that was refused."""
        if found := self.strangers()[:3]:
            raise FolderError(
                f"{self.path} holds what is not this run's ({', '.join(found)}): give another campaign_teardown_folder"
            )

    def strangers(self) -> list[str]:
        """Return the names of files that no refused run, or run killed at its start, leaves."""
        own = {f".{RUN}.part", f".{RESULT}.part"}
        with suppress(InvalidDocument, FolderError):
            if parse(self.read(RESULT) or "", RESULT).get("format") == FORMAT:
                own.add(RESULT)
        return sorted({path.name for path in self.path.iterdir()} - own)

    def read(self, name: str) -> str | None:
        """Return the text of a file, or None if it is missing; raise FolderError if it cannot be read."""
        try:
            return read_regular(self.path / name).decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FolderError(f"{self.path / name} cannot be read: {error.strerror}") from error

    def write(self, files: Mapping[str, str]) -> None:
        """Write files atomically; raise FolderError if that fails."""
        for name, text in files.items():
            try:
                self._part(name, text).replace(self.path / name)
                sync_own_folder(self.path)
            except OSError as error:
                with suppress(OSError):
                    (self.path / f".{name}.part").unlink(missing_ok=True)
                raise FolderError(f"{self.path / name} cannot be written: {error.strerror}") from error

    def remove(self, name: str) -> None:
        """Remove a file if it exists; raise FolderError if that fails."""
        try:
            (self.path / name).unlink(missing_ok=True)
            sync_own_folder(self.path)
        except OSError as error:
            raise FolderError(f"{self.path / name} cannot be removed: {error.strerror}") from error

    def unseal(self) -> None:
        """Remove seal and results of a run that continues, so that none outlives a kill; may raise FolderError."""
        for name in (RESULT, SUMS_SIGNATURE, SUMS):
            self.remove(name)

    def seal(self) -> str:
        """Write SHA256SUMS over all files, as ``sha256sum --check`` reads it, and return it; may raise FolderError.

        What a killed process was writing is removed: the lock of the folder says that nobody writes it now.
        """
        for draft in self.path.rglob(".*.part"):
            self.remove(str(draft.relative_to(self.path)))
        text = "".join(
            f"{sha256_of_file(path)}  {path.relative_to(self.path)}\n"
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and not path.is_symlink() and is_sealed(path.relative_to(self.path))
        )
        self.remove(SUMS_SIGNATURE)
        self.write({SUMS: text})
        return text

    def check_room(self, size: int) -> None:
        """Raise FolderError if this many bytes do not fit on the disk."""
        part = self.path / ".room.part"
        try:
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise FolderError(
                f"{self.path} has no room for journals and evidence ({size // 1024} KiB): {error.strerror}"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def journals(self) -> dict[str, str]:
        """Return the text of every journal by its file name."""
        names = sorted(path.name for path in self.path.glob("journal-*.jsonl"))
        return {name: self.read(name) or "" for name in names}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder for one process; raise FolderError if another process uses it.

        A killed engine needs a moment to end, so there is a short wait.
        """
        with self._opened() as opened:
            try:
                locked = lock(opened, _LOOKS_AT_LOCK, _SECONDS_BETWEEN_LOOKS)
            except OSError as error:
                way_out = "give campaign_teardown_root a place on another file system"
                raise FolderError(f"{self.path} cannot be locked: {error.strerror}; {way_out}") from error
            if not locked:
                raise FolderError(f"another process works in {self.path}; wait until it has ended")
            self.lock = opened
            try:
                yield
            finally:
                self.lock = None

    def is_locked(self) -> bool:
        """Return whether a process works in the folder."""
        with self._opened() as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _part(self, name: str, text: str) -> Path:
        part = self.path / f".{name}.part"
        # An existing file or link is never written to.
        part.unlink(missing_ok=True)
        write_new(part, text.encode("utf-8", "replace"))
        return part


def is_sealed(name: Path) -> bool:
    """Return whether a file, by its path in the run's folder, belongs in SHA256SUMS."""
    return not _NOT_SEALED.fullmatch(str(name))


def is_of_a_run(name: str) -> bool:
    """Return whether runs leave a file of this name, by its path in the run's folder, under their seal."""
    return _OF_RUNS.fullmatch(name) is not None


def folder_of(root: str, folder: str, now: datetime, home: Path) -> RunFolder:
    """Return the folder of a run: the given one (below the root if relative), or a new one; without a root, in home."""
    base = Path(root) if root else home if folder else home / "teardown-evidence"
    name = folder or f"{now:%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    return RunFolder((expanded(base) / expanded(name)).absolute())


def expanded(path: str | Path) -> Path:
    """Return a path with its ``~`` resolved, or unchanged if there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def journal_name(account: str) -> str:
    """Return a file name for any host name; changed names get a hash, so that they stay distinct.

    Capitals get one too: some file systems do not tell ``A`` from ``a``, and two accounts would write to one file.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", account)[:100]
    if safe != account.lower() or safe.startswith("."):
        safe = f"{safe.lstrip('.')}-{hashlib.sha256(account.encode()).hexdigest()[:8]}"
    return f"journal-{safe}.jsonl"


def claim_use(mark: Path, use: Mapping[str, object]) -> Document | None:
    """Mark a plan as used; return an earlier mark or None. Raises FolderError if it cannot be marked."""
    try:
        if not mark.parent.exists():
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(mark, to_text(dict(use)).encode())
    except FileExistsError:
        return earlier_use(mark)
    except OSError as error:
        if mark.exists():  # begun, and not whole: the disk is full
            raise
        raise FolderError(f"the use of the plan cannot be noted in {mark}: {error.strerror}") from error
    return None


def earlier_use(mark: Path) -> Document:
    """Return the content of a mark, or an empty one; no link or pipe in the plan's folder is followed."""
    try:
        return parse(read_regular(mark), str(mark))
    except (OSError, InvalidDocument):
        return {}
