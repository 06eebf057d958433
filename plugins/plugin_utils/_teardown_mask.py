# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Phone numbers: masked to their last four digits, with a keyed hash beside them that tells equal ones.

A phone number is what has seven digits or more, in whatever way they are set apart. Ids, counts and times
are known by their keys or their form and stay.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from unicodedata import decimal

KEPT = 4
FEWEST = 7
# Vendors' ids, which name a target; names of accounts and files; counts and hashes of our own.
PLAIN_KEYS = frozenset(
    {
        *("campaign_id", "survey_id", "instance_id", "application_id", "deployment_id", "extension", "user_id"),
        *("event_id", "call_id", "call_ids", "skill_id", "reference_id", "device_path"),
        *("account", "vendor", "product", "address", "login", "backup_file", "backup_sha256", "journal_file"),
        *("plan_sha256", "sha256", "scope_sha256", "version", "controller", "time", "start", "end", "seconds"),
        *("pending_before", "pending_after", "pending", "attempts", "elapsed", "backup_records", "index", "status"),
    }
)
# What may stand between two digits of one number: spaces, the usual marks, marks that nobody sees, URL encoding.
_BETWEEN = (
    r"[\s().+\-/\u00b7\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]|%(?:20|2[89bdefBDEF])"
)
_DATE = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?"
_TIME = rf"(?<![\d.+\-/]){_DATE}(?:{_CLOCK})?(?!(?:{_BETWEEN}){{0,3}}\d)"
_NUMBER = rf"\d(?:(?:{_BETWEEN}){{0,3}}\d){{{FEWEST - 1},}}"
_FOUND = re.compile(rf"(?P<time>{_TIME})|\+?(?P<number>{_NUMBER})")
_BETWEEN_ONLY = re.compile(_BETWEEN)
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_HASH_LENGTH = 12


class Masker:
    """Masks phone numbers; equal ones get the same hash, which only the key's owner can make."""

    def __init__(self, key: str) -> None:
        """Keep the key; without one there is no hash."""
        self._key = key.encode("utf-8", "surrogatepass")
        self._number = lru_cache(maxsize=65536)(self._masked)

    def text(self, text: str) -> str:
        """Return the text without phone numbers."""
        return _FOUND.sub(self._replace, text)

    def data(self, value: Any) -> Any:
        """Return plain data without phone numbers, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(key): self._kept(item) if key in PLAIN_KEYS else self.data(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.data(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (FEWEST - 1):
            return self.text(str(value))
        return value

    def lines(self, text: str) -> str:
        """Return JSON Lines without phone numbers; a line that is no JSON is taken as text."""
        return "".join(self._line(line) for line in text.splitlines(keepends=True))

    def _kept(self, value: Any) -> Any:
        """Return what stands under a key that names no phone number."""
        return value if not isinstance(value, Mapping) else self.data(value)

    def _line(self, line: str) -> str:
        body = line.rstrip("\r\n")
        try:
            event = json.loads(body)
        except ValueError:
            return self.text(line)
        return json.dumps(self.data(event), ensure_ascii=False) + line[len(body) :]

    def _replace(self, match: re.Match[str]) -> str:
        if match["time"]:
            return match["time"]
        number = match["number"]
        parts = number.split()
        if len(parts) > 1 and all(_count(part) >= FEWEST for part in parts):
            return " ".join(self._number(part) for part in parts)
        return self._number(number)

    def _masked(self, number: str) -> str:
        digits = "".join(str(decimal(char)) for char in _BETWEEN_ONLY.sub("", number))
        shown = f"***{digits[-KEPT:]}"
        return f"{shown}#{self._hash(digits)}" if self._key else shown

    def _hash(self, digits: str) -> str:
        """Return letters only: a hash with digits could look like a phone number itself."""
        return hmac.new(self._key, digits.encode("ascii"), "sha256").hexdigest()[:_HASH_LENGTH].translate(_LETTERS)


def mask_lines(text: Any, key: str = "") -> str:
    """Return JSON Lines without phone numbers."""
    return Masker(str(key or "")).lines(str(text))


def _count(text: str) -> int:
    return sum(char.isdecimal() for char in text)
