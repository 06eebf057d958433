# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Success flags in response bodies: a body can report an error although its HTTP status is 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NO = frozenset({"error", "fail", "failed", "failure", "false", "rejected", "denied"})


def is_true(value: Any) -> bool:
    """Return whether a value is true, as JSON or as text."""
    return value is True or _word(value) == "true"


def says_no(body: Mapping[str, Any]) -> bool:
    """Return whether an object reports an error, in any of the usual spellings."""
    lower = {str(name).lower(): value for name, value in body.items()}
    return (
        any(lower.get(name) for name in ("error", "errors", "exception", "fault"))
        or not all(is_true(lower[name]) for name in ("success", "ok") if name in lower)
        or any(_word(lower.get(name)) in _NO for name in ("status", "result", "state"))
    )


def _word(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
