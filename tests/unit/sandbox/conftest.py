# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox server for the tests, started as a user would start it, and a small client for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

FILES = Path(__file__).resolve().parents[3] / "roles" / "sandbox" / "files"
FORM = "application/x-www-form-urlencoded"
EMAIL = "operator@example.com"
KEY = "not-a-secret-developer-key"
SEED: dict[str, Any] = {
    "plum": {
        "accounts": [
            {"email": EMAIL, "developer_key": KEY},
            {"email": "denied@example.com", "developer_key": KEY, "denied": True},
            {"email": "former@example.com", "developer_key": KEY, "inactive": True},
        ],
        "fuse": {
            "100/200": {
                "f-1": "queued",
                "f-2": {"status": "queued", "phone_number": "15555550102"},
                "f-3": "dialing",
                "f-4": {"status": "completed", "phone_number": "15555550104", "duration": 42},
                "f-5": {"status": "queued", "owner": "other@example.com"},
                "f-6": "parked",
            },
            "100/201": 5,
            "1 0/2*1": 1,
            "101/210": {},
        },
        "insight": {"10/20": {"i-1": "queued", "i-2": "connected"}},
    }
}


def command(*arguments: str) -> list[str]:
    """Return the command line of a sandbox."""
    return [sys.executable, "-m", "sandbox", *arguments]


def environment() -> dict[str, str]:
    """Return the environment in which Python finds the package."""
    return {**os.environ, "PYTHONPATH": str(FILES), "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass
class Client:
    """Client of one running server."""

    url: str
    trap_url: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """Ignore this machine's proxies and .netrc."""
        self.session.trust_env = False

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one vendor request, by default with valid credentials and the content type that Insight requires."""
        headers = {"Content-Type": FORM, **options.pop("headers", {})}
        options.setdefault("auth", (EMAIL, KEY))
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        return self.session.request(method, self.url + path, headers=headers, **options)

    def cancel(self, queue: str = "100/200", product: str = "fuse", **options: Any) -> requests.Response:
        """Cancel a queue."""
        parent = {"fuse": "apps", "insight": "surveys"}[product]
        return self.call("DELETE", f"/{product}/api/{parent}/{queue}/cancel", **options)

    def status(self, call_id: str, product: str = "fuse", **options: Any) -> requests.Response:
        """Read the status of a call."""
        return self.call("GET", f"/{product}/api/outbound/{call_id}", **options)

    def control(self, method: str, name: str, order: object = None, expect: int = 200) -> Any:
        """Send one control request."""
        answer = self.session.request(method, f"{self.url}/_control/{name}", json=order, timeout=10)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def journal(self) -> list[dict[str, Any]]:
        """Return the recorded requests."""
        found: list[dict[str, Any]] = self.control("GET", "journal")["requests"]
        return found

    def arm(self, **fault: Any) -> None:
        """Arm one fault."""
        self.control("POST", "faults", fault)

    def settings(self, **plum: Any) -> None:
        """Change settings of Plum."""
        self.control("PATCH", "settings", {"plum": plum})

    def statuses(self, queue: str = "100/200", product: str = "fuse") -> dict[str, str]:
        """Return the true status of each call, without the vendor's routes."""
        calls = self.control("GET", "state")["plum"][product][queue]
        return {call_id: call["status"] for call_id, call in calls.items()}


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    """Run one server for all tests; stop it by its process id."""
    arguments = command("--lifetime", "7200")
    with subprocess.Popen(arguments, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            client = Client(told["url"], told["trap_url"])
            yield client
            client.session.close()
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0


@pytest.fixture
def client(server: Client) -> Client:
    """Return the server with a fresh state, and no connection of another test."""
    server.session.close()
    server.control("PUT", "state", SEED)
    return server
