# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A backup: records as JSON Lines, written as they arrive, and renamed to the final name only when complete."""

from __future__ import annotations

import hashlib
import html
import json
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .encodings import unescaped
from .errors import OptionError, OutboundError, guard_error
from .redact import Redactor

RECORDS = "records"
"""The header's key for the number of records, which is known last."""

_WIDTH_OF_NUMBER = 20
_BUFFER = 1024 * 1024
_MOST_LAYERS = 5
"""Escapes of escapes that are resolved in a record."""


@dataclass(frozen=True)
class Backup:
    """A complete backup on disk; ``sha256`` in hex digits."""

    path: Path
    sha256: str
    records: int


def check_folder(option: str, folder: str) -> Path:
    """Return a folder that a backup can be written to, or raise OptionError; no file is left in it."""
    path = Path(folder)
    try:
        with tempfile.TemporaryFile(dir=path):
            return path.absolute()
    except OSError as error:
        raise OptionError(option, f"{folder} is not a folder that can be written to: {error.strerror}") from error


class BackupWriter:
    """Writes a backup with mode 0600. Raises OutboundError if a write fails: without a backup nothing is removed."""

    def __init__(
        self, folder: Path, stem: str, header: Mapping[str, Any], secrets: Collection[str] = frozenset()
    ) -> None:
        """Create a temporary file under a name that no backup has; ``secrets`` are masked in what the vendor sent."""
        self._redactor = Redactor(secrets)
        self._secrets = secrets
        self._header = self._redactor.clean(header)
        self._records = 0
        with _guarded():
            descriptor, name = tempfile.mkstemp(prefix=f".{stem}-", suffix=".part", dir=folder)
            self._part = Path(name)
            os.fchmod(descriptor, 0o600)  # whatever the umask says
            self._file = os.fdopen(descriptor, "w+b", buffering=_BUFFER)
        self.restart()

    def restart(self) -> None:
        """Start over, with the header and no record."""
        with _guarded():
            self._file.seek(0)
            self._file.truncate()
            self._file.write(self._header_line(0))
        self._records = 0

    def add(self, text: str) -> None:
        """Write one record, given as its JSON text."""
        if _shows(text, self._secrets):
            text = json.dumps(self._redactor.clean(json.loads(text)))
        # A line break in JSON text is white space: inside a string it would be escaped.
        line = text.replace("\n", " ").replace("\r", " ") + "\n"
        with _guarded():
            self._file.write(line.encode())
        self._records += 1

    def finish(self) -> Backup:
        """Flush the file and rename it to its final name; or remove it and raise."""
        final = self._part.with_name(self._part.name[1:].removesuffix(".part") + ".jsonl")
        try:
            with _guarded():
                self._file.seek(0)
                self._file.write(self._header_line(self._records))
                self._file.flush()
                os.fsync(self._file.fileno())
                digest, lines = self._read_back()
                if lines != self._records + 1:
                    raise guard_error(f"the backup has {lines} lines on disk, not {self._records + 1}")
                self._part.rename(final)
                sync_folder(final.parent)
        except OutboundError as error:
            if left := self.discard():
                raise error.with_(message=f"{error.message}; {left}") from None
            raise
        self._file.close()
        return Backup(final, digest, self._records)

    def discard(self) -> str | None:
        """Remove the file; return a warning if that fails."""
        with suppress(OSError):
            self._file.close()
        try:
            self._part.unlink(missing_ok=True)
        except OSError as error:
            return f"{self._part} holds records and could not be removed: {error.strerror}"
        return None

    def _header_line(self, records: int) -> bytes:
        """Return the first line, padded so that its length does not depend on the record count."""
        line = json.dumps({**self._header, RECORDS: records})
        return (line + " " * (_WIDTH_OF_NUMBER - len(str(records))) + "\n").encode()

    def _read_back(self) -> tuple[str, int]:
        """Return the digest and the line count of the file as it is on disk."""
        digest, lines = hashlib.sha256(), 0
        self._file.seek(0)
        while piece := self._file.read(_BUFFER):
            digest.update(piece)
            lines += piece.count(b"\n")
        return digest.hexdigest(), lines


def _shows(text: str, secrets: Collection[str]) -> bool:
    """Return whether a secret stands in JSON text, also behind escapes of JSON, addresses or HTML.

    Masking looks for more, and takes far longer than a large export may.
    """
    plain = json.dumps(json.loads(text), ensure_ascii=False) if "\\" in text else text
    for _layer in range(_MOST_LAYERS):
        if any(secret in plain for secret in secrets):
            return True
        plain, before = _decoded(plain), plain
        if plain == before:
            break
    return False


def _decoded(text: str) -> str:
    """Resolve one layer of escapes; with backslashes in a value all kinds of them, which takes longer."""
    if "\\\\" in text:
        decoded = unescaped(text)
        return decoded.text if decoded else text
    return html.unescape(unquote(text)) if "%" in text or "&" in text else text


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise guard_error(f"the backup cannot be written: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Flush the file's name to disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems do not support this for folders
            os.fsync(opened)
    finally:
        os.close(opened)
