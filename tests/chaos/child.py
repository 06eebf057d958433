# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One module in a separate process, with short pauses: the job is read from standard input, the result is printed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses

PATIENCE = 900
_WHERE = "ansible_collections.telephony.outbound.tests.chaos.child"


class Child:
    """A module running in another process."""

    def __init__(self, module: str, options: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; from {_WHERE} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"module": module, "options": options}))
        self._process.stdin.close()
        self._process.stdin = None

    def result(self) -> dict[str, Any]:
        """Wait for the result."""
        try:
            output, _nothing = self._process.communicate(timeout=PATIENCE)
        finally:
            self._process.kill()
        result: dict[str, Any] = json.loads(output)
        return result


def main() -> None:
    """Run the job."""
    job = json.load(sys.stdin)
    with short_pauses():
        result = run_module(job["module"], **job["options"])
    sys.stdout.write(json.dumps(result))
