# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ready file: where a server tells its address, and how others find and end exactly that server."""

from __future__ import annotations

import json
import os
import signal
import ssl
import time
import urllib.request
from pathlib import Path
from typing import Any

STOP_LIMIT = 10.0


def tell(line: str, ready_file: Path | None) -> None:
    """Print the line, and write it so that nobody ever reads half of it."""
    if ready_file is not None:
        draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(line + "\n", encoding="utf-8")
        draft.replace(ready_file)
    print(line, flush=True)


def told(ready_file: Path) -> dict[str, Any] | None:
    """Read a ready file, if there is one."""
    try:
        found = json.loads(ready_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and {"url", "pid", "ca_file"} <= found.keys() else None


def forget(ready_file: Path | None, pid: int) -> None:
    """Remove a ready file, unless another server has written it since."""
    if ready_file is not None and (found := told(ready_file)) and found["pid"] == pid:
        ready_file.unlink(missing_ok=True)


def alive(ready_file: Path) -> dict[str, Any] | None:
    """Give the address of the server of this file, if that very server answers there."""
    found = told(ready_file)
    if found is None:
        return None
    try:
        context = ssl.create_default_context(cafile=found["ca_file"]) if found["ca_file"] else None
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        with urllib.request.build_opener(*handlers).open(f"{found['url']}/_control/server", timeout=5) as answer:
            return found if json.load(answer)["pid"] == found["pid"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stop(ready_file: Path) -> bool:
    """End the server of this file and wait until it is gone; say whether there was one."""
    found = alive(ready_file)
    if found is None:
        ready_file.unlink(missing_ok=True)
        return False
    os.kill(found["pid"], signal.SIGTERM)
    end = time.monotonic() + STOP_LIMIT
    while ready_file.exists() and time.monotonic() < end:
        time.sleep(0.05)
    if alive(ready_file) is not None:
        raise TimeoutError(f"the sandbox with pid {found['pid']} did not end within {STOP_LIMIT:g} s")
    ready_file.unlink(missing_ok=True)
    return True
