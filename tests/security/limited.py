# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process with little memory, which runs one action after the other and reports each as a line of JSON."""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._core.transport import Connection, Transport
from ansible_collections.telephony.outbound.tests.security import parsers

MIB = 1024 * 1024
MORE = 640
"""MiB beyond the needs of the interpreter and its libraries; a body in memory has 8 MiB at most."""


def fetch(url: str, timeout: float, proxy: str | None = None, times: int = 1) -> str:
    """Send a request, once or more often; each may take ``timeout`` seconds."""
    transport = Transport(Connection(base_url=url, timeout=timeout, proxy=proxy), dict, Clock(), check_mode=True)
    request = Request(purpose=Purpose.READ, method="GET", path="/")
    try:
        return f"status {[transport.exchange(request, Deadline(Clock(), timeout)).status for _time in range(times)]}"
    finally:
        transport.close()


def parse(parser: str, path: str) -> str:
    """Parse a file's content, and ignore the result."""
    parsers.PARSERS[parser].parse(Path(path).read_bytes())
    return "parsed"


def memory(what: str) -> int:
    """Return a figure of this process's memory, in MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(f"{what}:"))


def main() -> None:
    most = (memory("VmSize") + MORE) * MIB
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        with suppress(OSError):  # where the peak cannot be reset, only the limit applies
            Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = memory("VmHWM")
        try:
            done = {"fetch": fetch, "parse": parse}[order.pop("do")](**order)
        except OutboundError as error:
            done = f"{error.kind.value}: {error.message}"
        except BaseException as error:  # noqa: BLE001 - that is what it is here to tell
            done = f"UNEXPECTED {type(error).__name__}: {error}"[:500]
        sys.stdout.write(f"{json.dumps([done, memory('VmHWM') - before])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
