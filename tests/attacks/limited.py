# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process with little memory, which does one thing after the other and says how it went: a line of JSON each."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.message import Request
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._core.transport import Connection, Transport
from ansible_collections.telephony.outbound.tests.attacks import parsers

MIB = 1024 * 1024
MORE = 640 * MIB
"""What may be taken on top of what the interpreter and its libraries need; a body in memory has 8 MiB at most."""


class Anybody:
    """Credentials that are none."""

    def headers(self) -> dict[str, str]:
        return {}


def fetch(url: str, timeout: float) -> str:
    """Ask once."""
    transport = Transport(Connection(base_url=url, timeout=timeout), Anybody(), Clock(), check_mode=True)
    try:
        request = Request(purpose=Purpose.READ, method="GET", path="/")
        return f"status {transport.exchange(request, Deadline(Clock(), timeout)).status}"
    finally:
        transport.close()


def parse(parser: str, path: str) -> str:
    """Parse a file's content, and say nothing of it."""
    parsers.PARSERS[parser](Path(path).read_bytes())
    return "parsed"


def used() -> int:
    """Return the address space in use, in bytes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def main() -> None:
    most = used() + MORE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        started = time.monotonic()
        try:
            done = {"fetch": fetch, "parse": parse}[order.pop("do")](**order)
        except OutboundError as error:
            done = f"{error.kind.value}: {error.message}"
        except BaseException as error:  # noqa: BLE001 - that is what it is here to tell
            done = f"UNEXPECTED {type(error).__name__}: {error}"[:500]
        print(json.dumps({"done": done, "seconds": time.monotonic() - started}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
