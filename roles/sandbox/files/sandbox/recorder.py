# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: every received request with its changes and its answer. Secrets are never recorded."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy

from .credentials import Credentials, fingerprint, mask
from .exchange import Exchange

BODY_LIMIT = 64 * 1024
_HEADERS = ("accept", "accept-encoding", "content-type", "content-length", "user-agent")
_SECRET_WORDS = ("token", "key", "secret", "auth", "password")


class Recorder:
    """Keeps the journal and counts requests in progress."""

    def __init__(self) -> None:
        """Start the clock."""
        self._start = time.monotonic()
        self._seq = 0
        self._under_way: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._entries: list[dict[str, Any]] = []

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Return the entries after this number."""
        return [entry for entry in self._entries if entry["seq"] > seq]

    def clear(self) -> None:
        """Remove the entries; numbers and time continue."""
        self._entries = []

    def reset(self) -> None:
        """Remove the entries, and do not count requests that are still in progress."""
        self.clear()
        self._under_way.clear()

    def begin(
        self,
        request: web.BaseRequest,
        prefix: str,
        target: tuple[str, str],
        body: bytes,
        credentials: Credentials | None,
        valid: bool,
    ) -> Exchange:
        """Record a request that has just arrived."""
        path, query = target
        self._seq += 1
        key = _who(prefix, credentials)
        self._under_way[key].add(self._seq)
        entry: dict[str, Any] = {
            "seq": self._seq,
            "time": self._now(),
            "ended": None,
            "room": prefix,
            "method": request.method,
            "path": mask(path, credentials),
            "query": mask(query, credentials),
            "headers": _headers(request.headers, credentials),
            "credentials": credentials
            and {
                "scheme": credentials.scheme,
                "user": credentials.user,
                "fingerprint": credentials.fingerprint,
                "valid": valid,
            },
            "body": mask(body[:BODY_LIMIT].decode(errors="replace"), credentials),
            "status": None,
            "changes": [],
            "fault": None,
            "interim": [],
            "concurrent": len(self._under_way[key]),
        }
        self._entries.append(entry)
        return Exchange(
            request=request,
            prefix=prefix,
            method=request.method,
            path=path.removeprefix(f"/{prefix}"),
            query=query,
            body=body,
            credentials=credentials,
            authenticated=valid,
            concurrent=entry["concurrent"],
            entry=entry,
        )

    def end(self, exchange: Exchange) -> None:
        """Record that a request is no longer in progress."""
        exchange.entry["ended"] = self._now()
        key = _who(exchange.prefix, exchange.credentials)
        self._under_way[key].discard(exchange.entry["seq"])
        if not self._under_way[key]:
            del self._under_way[key]

    def _now(self) -> float:
        return round(time.monotonic() - self._start, 6)


def _who(prefix: str, credentials: Credentials | None) -> tuple[str, str]:
    return prefix, credentials.fingerprint if credentials else ""


def _headers(headers: CIMultiDictProxy[str], credentials: Credentials | None) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower.startswith("x-") and any(word in lower for word in _SECRET_WORDS):
            kept[lower] = f"sha256:{fingerprint(value)}"
        elif lower in _HEADERS or lower.startswith("x-"):
            kept[lower] = mask(value, credentials)
    return kept
