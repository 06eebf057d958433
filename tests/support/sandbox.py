# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox for tests: a separate process, controlled over HTTP, stopped by its process id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

FILES = Path(__file__).resolve().parents[2] / "roles" / "sandbox" / "files"
LIFETIME = 7200


class Sandbox:
    """A running sandbox."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", "0", "--lifetime", str(LIFETIME), *arguments],
            env={**os.environ, "PYTHONPATH": str(FILES)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        address = json.loads(self._process.stdout.readline())
        self.url: str = address["url"]
        self.trap_url: str = address["trap_url"]
        self.ca_file: str | None = address["ca_file"]
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = self.ca_file or True

    def stop(self) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def seed(self, state: dict[str, Any]) -> None:
        """Replace all state, faults and journal by this seed."""
        self._control("PUT", "state", state)

    def state(self) -> dict[str, Any]:
        return self._control("GET", "state")

    def settings(self, **values: Any) -> None:
        self._control("PATCH", "settings", values)

    def fault(self, **fault: Any) -> None:
        self._control("POST", "faults", fault)

    def act(self, **action: Any) -> None:
        self._control("POST", "act", action)

    def journal(self, *, room: str | None = None) -> list[dict[str, Any]]:
        """Return every request, in order of arrival."""
        requests_seen = self._control("GET", "journal")["requests"]
        return [entry for entry in requests_seen if room in (None, entry["room"])]

    def sent(self) -> list[str]:
        """Return method and path of every request as sent."""
        return [f"{entry['method']} {entry['path']}" for entry in self.journal()]

    def changes(self) -> list[dict[str, Any]]:
        return [change for entry in self.journal() for change in entry["changes"]]

    def _control(self, method: str, what: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_control/{what}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None
