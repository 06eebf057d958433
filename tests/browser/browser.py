# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium, controlled over two pipes in its DevTools protocol: JSON messages, each followed by a zero
byte.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    "--remote-debugging-pipe",
)
PATIENCE = 60.0
# Chromium reads from 3 and writes to 4; move existing descriptors out of the way first.
STARTER = """
import os, sys
reads, writes = os.dup2(int(sys.argv[1]), 1003), os.dup2(int(sys.argv[2]), 1004)
os.dup2(reads, 3), os.dup2(writes, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find() -> str | None:
    """Return the browser on this machine, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One page. Its logs, exceptions and requests are stored in ``events``."""

    def __init__(self, program: str, profile: Path) -> None:
        """Start it with a separate profile folder."""
        its_input, self._input = os.pipe()
        self._output, its_output = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", STARTER, str(its_input), str(its_output)),
                *(program, *FLAGS, f"--user-data-dir={profile}", "about:blank"),
            ],
            pass_fds=(its_input, its_output),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_input)
        os.close(its_output)
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method and return the answer."""
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        request = {"id": self._number, "method": method, "params": params, **session}
        os.write(self._input, json.dumps(request).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == self._number:
                assert "error" not in message, message
                answer: dict[str, Any] = message["result"]
                return answer

    def open(self, path: Path, query: str = "") -> None:
        """Open a file and wait until it is loaded."""
        answer = self.call("Page.navigate", url=path.resolve().as_uri() + (query and f"?{query}"))
        assert "errorText" not in answer, answer
        loaded = {"loaderId": answer["loaderId"], "name": "load"}
        while not any(name == "Page.lifecycleEvent" and loaded.items() <= data.items() for name, data in self.events):
            self._read()

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press a key where the focus is."""
        code = {"Enter": 13, "Tab": 9, " ": 32}[key]
        details = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **details)
        self.call("Input.dispatchKeyEvent", type="keyUp", **details)

    def write(self, text: str) -> None:
        """Write a text where the focus is."""
        self.call("Input.insertText", text=text)

    def pages(self, folder: Path) -> list[str]:
        """Print to PDF as the page itself says, and return the text of each page."""
        reader = shutil.which("pdftotext")
        if reader is None:
            pytest.skip("NO pdftotext: the printed report was not looked at; install poppler-utils")
        path = folder / "report.pdf"
        printed = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        path.write_bytes(base64.b64decode(printed["data"]))
        told = subprocess.run([reader, "-layout", str(path), "-"], capture_output=True, text=True, check=True)
        return told.stdout.removesuffix("\f").split("\f")

    def close(self) -> None:
        """Close it."""
        os.close(self._input)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._output)

    def _read(self) -> dict[str, Any]:
        """Return the next message; events are stored too."""
        give_up = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _writable, _broken = select.select([self._output], [], [], max(give_up - time.monotonic(), 0))
            assert ready, "the browser said nothing"
            data = os.read(self._output, 1 << 20)
            assert data, "the browser ended"
            self._rest += data
        line, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append((message["method"], message.get("params", {})))
        return message
