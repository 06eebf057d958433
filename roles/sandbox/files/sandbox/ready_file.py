# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ready file: address and secret of a server, by which others find and stop exactly that server.

It is trusted only if no other user can have written it.
"""

from __future__ import annotations

import fcntl
import json
import os
import ssl
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .access import PROOF_HEADER
from .errors import BadInput

STOP_LIMIT = 10.0
LOG = "sandbox.log"
MARK = "made-by-the-sandbox-role"
"""The file by which the role marks a folder that it created."""
_SECONDS = 5.0
_KEYS = {"url", "trap_url", "pid", "ca_file", "secret"}


def announce(address: Mapping[str, Any], secret: str | None, ready_file: Path | None) -> None:
    """Print the address; write it with the secret, atomically, to the ready file."""
    if ready_file is not None:
        draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({**address, "secret": secret}) + "\n", encoding="utf-8")
        draft.replace(ready_file)
    print(json.dumps(address), flush=True)


def without_secret(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a ready file without the secret."""
    return {key: value for key, value in found.items() if key != "secret"}


def load(ready_file: Path) -> dict[str, Any] | None:
    """Read a ready file, or return None; raise BadInput if other users could have written it."""
    try:
        opened = os.open(ready_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(opened, encoding="utf-8") as file:
            _require_ownership(ready_file.parent, ready_file.parent.stat())
            _require_ownership(ready_file, os.fstat(opened))
            found = json.load(file)
    except BadInput:
        raise
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _KEYS else None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder: one process at a time starts or stops a server."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def remove(ready_file: Path | None, pid: int) -> None:
    """Remove a ready file unless another server has replaced it."""
    with suppress(BadInput):
        if ready_file is not None and (found := load(ready_file)) and found["pid"] == pid:
            ready_file.unlink(missing_ok=True)


def find_running(ready_file: Path) -> dict[str, Any] | None:
    """Return the content of the ready file if that very server answers, otherwise None."""
    found = load(ready_file)
    return found if found and _ask_server(found, "GET") == found["pid"] else None


def stop(ready_file: Path) -> bool:
    """Stop the server of this file and wait for its end; return whether it was running."""
    found = find_running(ready_file)
    if found is None:
        ready_file.unlink(missing_ok=True)
        return False
    _ask_server(found, "DELETE")
    end = time.monotonic() + STOP_LIMIT
    while ready_file.exists() and time.monotonic() < end:
        time.sleep(0.05)
    if find_running(ready_file) is not None:
        raise TimeoutError(f"the sandbox with pid {found['pid']} did not stop within {STOP_LIMIT:g} s")
    ready_file.unlink(missing_ok=True)
    return True


def clean_up(folder: Path) -> bool:
    """Remove the log, and the folder if the role created it and it is empty; return whether it is gone."""
    (folder / LOG).unlink(missing_ok=True)
    try:
        (folder / MARK).unlink()
        folder.rmdir()
    except OSError:
        return False
    return True


def _ask_server(found: Mapping[str, Any], method: str) -> int | None:
    """Send a request about the server itself; return the process id in the answer, or None."""
    place = urlsplit(str(found["url"]))
    try:
        if place.scheme == "https":
            context = ssl.create_default_context(cafile=found["ca_file"])
            connection: HTTPConnection = HTTPSConnection(place.netloc, timeout=_SECONDS, context=context)
        else:
            connection = HTTPConnection(place.netloc, timeout=_SECONDS)
        with closing(connection):
            connection.request(method, "/_control/server", headers={PROOF_HEADER: str(found["secret"])})
            pid = json.load(connection.getresponse()).get("pid")
            return pid if isinstance(pid, int) else None
    except (OSError, HTTPException, ValueError, AttributeError):
        return None


def _require_ownership(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadInput(f"{path} must belong to the user who runs the sandbox, and nobody else may write to it")
