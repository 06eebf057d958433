# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A script for mitmdump: faults between a module and the sandbox, and a log of them.

It runs in mitmproxy's own environment, where this project cannot be imported. Every request gets a number in the
header ``x-chaos-id``, which links the log to the sandbox's journal.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

BEFORE = {"429": 0.02, "reset before": 0.01, "503": 0.005}
AFTER = {
    "reset after": 0.01,
    "500 after": 0.01,
    "502 after": 0.005,
    "503 after": 0.005,
    "504 after": 0.005,
    "page after": 0.005,
    "redirect after": 0.005,
    "short body": 0.005,
    "late body": 0.005,
}
LATE = 8.0
_OF_ITS_OWN = re.compile(r'"referenceId": *"[^"]*"')
"""Parts of a request that differ each time."""
_STATUS = {
    "429": 429,
    "503": 503,
    "500 after": 500,
    "502 after": 502,
    "503 after": 503,
    "504 after": 504,
    "page after": 200,
    "redirect after": 302,
}

_HEADERS = {"redirect after": {"location": "http://127.0.0.1:9/elsewhere"}, "503 after": {"retry-after": "0"}}


class FaultMix:
    """Decides by seed, request and repetition, so that order does not matter."""

    def __init__(self) -> None:
        self._seed = os.environ["CHAOS_SEED"]
        self._log = Path(os.environ["CHAOS_LOG"])
        self._seen: Counter[str] = Counter()
        self._number = 0

    def request(self, flow: Any) -> None:
        """Number a request, and possibly answer it in place of the server."""
        self._number += 1
        flow.request.headers["x-chaos-id"] = str(self._number)
        what = self._drawn(flow.request)
        flow.metadata["chaos"] = what
        if what is not None:
            self._note(flow, what)
        if what == "reset before":
            flow.kill()
        elif what in BEFORE:
            self._answer(flow, what)

    async def response(self, flow: Any) -> None:
        """Possibly alter the answer to a request that was handled."""
        what = flow.metadata.get("chaos")
        if what not in AFTER:
            return
        if what == "reset after":
            flow.kill()
        elif what == "late body":
            await asyncio.sleep(LATE)
        elif what == "short body":
            flow.response.headers["content-length"] = str(len(flow.response.raw_content or b"") + 1000)
        else:
            self._answer(flow, what)

    def _drawn(self, request: Any) -> str | None:
        if request.path.endswith("/notifications"):
            return None
        body = _OF_ITS_OWN.sub("", request.get_text(strict=False) or "")
        asked = f"{request.method} {request.path} {body}"
        self._seen[asked] += 1
        drawn = random.Random(f"{self._seed} {asked} {self._seen[asked]}").random()
        for what, share in {**BEFORE, **AFTER}.items():
            drawn -= share
            if drawn < 0:
                return what
        return None

    def _answer(self, flow: Any, what: str) -> None:
        flow.response = _response(what, _HEADERS.get(what, {}))

    def _note(self, flow: Any, what: str) -> None:
        path, _mark, query = flow.request.path.partition("?")
        told = {
            "id": self._number,
            "what": what,
            "status": _STATUS.get(what),
            "method": flow.request.method,
            "path": path,
            "query": query,
            "body": flow.request.get_text(strict=False),
            "fingerprint": hashlib.sha256(flow.request.headers.get("wolkvox-token", "").encode()).hexdigest()[:12],
        }
        with self._log.open("a") as log:
            log.write(json.dumps(told) + "\n")


def _response(what: str, headers: dict[str, str]) -> Any:
    from mitmproxy import http

    body = b"<!DOCTYPE html><html><body>Please sign in</body></html>" if what == "page after" else b""
    return http.Response.make(_STATUS[what], body, headers)


addons = [FaultMix()] if "CHAOS_LOG" in os.environ else []
