# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Caches on the way to the vendor: what to ask of them, and whether an answer was one that they had stored."""

from __future__ import annotations

import re
from collections.abc import Mapping

ASK_THE_VENDOR = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
"""Headers of every request. Some caches heed only the older one, and others none."""

_AGE = re.compile(r"[1-9]\d{0,9}")
"""The Age of an answer that was neither made nor checked for this request (RFC 9111, 5.1)."""

_REPORT = re.compile(r"([a-z0-9]+-)*cache(-status)?")
"""Where caches say what they did: Cache-Status (RFC 9211), X-Cache, X-Proxy-Cache, CF-Cache-Status and the like."""

_STORED = re.compile(r"(?<![a-z=-])(?<!refresh_)(hit|stale|updating)(?![a-z-])", re.IGNORECASE)
"""What they say of a stored answer. A refreshed one was checked with the vendor, and `fwd=stale` was replaced."""


def stored(headers: Mapping[str, str]) -> str | None:
    """Return the header and the word in it by which an answer is known as stored; None if there is none.

    A young answer has no age, and some caches never send one.
    """
    for name, value in headers.items():
        found = _AGE.search(value) if name == "age" else _REPORT.fullmatch(name) and _STORED.search(value)
        if found:
            return f"{name.title()}: {found[0]}"
    return None


def may_tell(header_name: bytes) -> bool:
    """Return whether ``stored`` may look at a header, by its name in lower case."""
    return header_name == b"age" or b"cache" in header_name
