# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Phone numbers: masked to their last four digits, with a keyed hash beside them that tells equal ones.

A phone number is what has seven digits or more, however they are set apart. Ids, counts, times and hashes are
known by their keys or their form and stay; but a number that is known to be one is masked there too.

What has fewer digits is one under the keys of phone numbers, and where such a one stands in a text by itself, unless
the words around it say that it is a count or an id. It is masked wholly: four digits of five would tell it.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from unicodedata import decimal

from .documents import Document, json_object

MASK = "***"
KEPT = 4
FEWEST = 7
FEWEST_SHORT = 3
"""Digits below which a number in a text cannot be told from the counts there."""

_LEAST = 10 ** (FEWEST - 1)
_HASH_LENGTH = 12
_REMEMBERED = 65536
_KEY_ID = "telephony.outbound: which key"
"""Hashed like a number, and none: a number has digits alone."""

# Vendors' ids of targets; names of accounts, files and tickets; our own counts, times and hashes.
PLAIN_KEYS = frozenset(
    {
        *("campaign_id", "survey_id", "instance_id", "application_id", "deployment_id", "extension", "user_id"),
        *("event_id", "event_ids", "call_id", "call_ids", "skill_id", "reference_id", "device_path"),
        *("account", "vendor", "product", "address", "login", "folder", "backup_file", "backup_sha256"),
        *("ticket", "plan_sha256", "sha256", "scope_sha256", "version", "controller", "status"),
        *("pending", "pending_before", "pending_after", "max_pending", "attempts", "elapsed", "seconds"),
        *("backup_records", "index", "place", "places", "run_id", "job_id", "workflow_job_id"),
    }
)
NUMBER_KEYS = frozenset({"phone_number", "phone_numbers", "also_means", "form"})
"""Whatever stands there is a phone number, however short."""

# Possible separators in one number: spaces, punctuation, invisible characters, URL encoding.
_BETWEEN = (
    r"(?:[\s().+\-/_',:=|\u00ad\u00b7\u2019\u2022\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]"
    r"|%(?:20|2[89bdefBDEF]))"
)
_DIGIT = r"(?:\d|%3\d)"
_DATE = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?"
_TIME = rf"(?<![\d.+\-/]){_DATE}(?:{_CLOCK})?(?!{_BETWEEN}{{0,3}}\d)"
# A UUID without a letter could be a phone number.
_HEX = r"(?=[0-9-]*[a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}"
_OCTET = r"(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])"
_IPV4 = rf"(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?::\d{{1,5}})?(?![\d.]|{_BETWEEN}{{0,3}}\d)"
_GROUPED = rf"(?<![\d,])[1-9]\d{{0,2}}(?:,\d{{3}})+(?!,?\d)(?!{_BETWEEN}{{1,3}}\d)"
"""A count as people write it: 1,234,567."""

_NUMBER = rf"{_DIGIT}(?:{_BETWEEN}{{0,3}}{_DIGIT}){{{FEWEST - 1},}}"
_FOUND = re.compile(rf"{_TIME}|{_IPV4}|{_GROUPED}|\b(?:{_HEX})\b|(?P<plus>\+?)(?P<number>{_NUMBER})")
_SHORT = re.compile(r"(?<![\w*#.,-])\+?(?P<number>\d{3,6})(?![\w*#]|[.,:-]\d)")
_COUNTED = re.compile(
    r"\s+(?:records?|calls?|leads?|numbers?|requests?|steps?|targets?|items?|events?|seconds?|more|of)\b|%"
)
_NAMED = re.compile(r"\b(?:http|status|code|campaigns?|list|line|extension|place|id|port)[\s:=#]*$", re.IGNORECASE)
_BETWEEN_ONLY = re.compile(_BETWEEN)
_APART = re.compile(r"([,;:=|]?\s+)")
_ENCODED_DIGIT = re.compile(r"%3(\d)")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


class Masker:
    """Masks phone numbers; equal ones get the same hash, which only the owner of the key can make."""

    def __init__(self, key: str = "") -> None:
        """Keep the key; without one there is no hash."""
        self._key = key.encode()
        self._known: set[str] = set()
        self._lengths: set[int] = set()
        self._short: set[str] = set()
        self._spelled: set[str] = set()
        self.number: Callable[[str], str] = lru_cache(_REMEMBERED)(self._number)
        # The rows of a run repeat their keys, words, times and numbers; a dict tells them apart faster than a search.
        self._in_data = lru_cache(_REMEMBERED)(self.text)
        self._in_plain = lru_cache(_REMEMBERED)(self._known_in)
        self._in_number = lru_cache(_REMEMBERED)(self._as_a_number)
        self._by_key = dict.fromkeys(PLAIN_KEYS, self._in_plain) | dict.fromkeys(NUMBER_KEYS, self._in_number)

    @property
    def key_id(self) -> str | None:
        """Letters that identify the key without revealing it; None without a key."""
        return self._hash(_KEY_ID) if self._key else None

    def learn(self, value: Any) -> None:
        """Collect the phone numbers in plain data, so that they are found under every name."""
        found: set[str] = set()
        _collect_phone_numbers(value, found)
        self._known |= {digits for digits in map(digits_of, found) if len(digits) >= FEWEST}
        self._lengths = {len(number) for number in self._known}
        short = {text for text in found if FEWEST_SHORT <= len(digits_of(text)) < FEWEST and MASK not in text}
        self._short |= set(map(digits_of, short))
        self._spelled |= {text for text in short if not text.removeprefix("+").isdecimal()}
        # A number of more digits is masked in a text whether it is known or not.
        for remembered in (self._in_plain, *((self._in_data, self._in_number) if short else ())):
            remembered.cache_clear()

    def text(self, text: str) -> str:
        """Return the text without phone numbers."""
        masked = _FOUND.sub(self._replace, text)
        if not self._short:
            return masked
        for spelled in self._spelled:
            masked = masked.replace(spelled, self.number(spelled))
        return _SHORT.sub(self._replace_short, masked)

    def data(self, value: Any) -> Any:
        """Return plain data without phone numbers, keys included."""
        return self._data(value, self._in_data)

    def lines(self, text: str) -> str:
        """Return JSON Lines without phone numbers; a line that is no JSON is taken as text."""
        # Not splitlines(): JSON may hold line breaks of other kinds.
        lines = text.removesuffix("\n").split("\n") if text else []
        events = [json_object(line) for line in lines]
        self.learn(events)
        masked = (
            self.text(line) if event is None else json.dumps(self.data(event))
            for line, event in zip(lines, events, strict=True)
        )
        return "".join(f"{line}\n" for line in masked)

    def _data(self, value: Any, mask: Callable[[str], str]) -> Any:
        if isinstance(value, str):
            return mask(value)
        if isinstance(value, dict):
            masked_keys = {}
            for key, item in value.items():
                mask_item = self._by_key.get(key, self._in_data)
                masked_keys[self._in_data(key)] = (
                    mask_item(item)
                    if isinstance(item, str)
                    else item
                    if item is None or isinstance(item, bool)
                    else self._data(item, mask_item)
                )
            return masked_keys
        if isinstance(value, list):
            return [self._data(item, mask) for item in value]
        if isinstance(value, int) and (abs(value) >= _LEAST or mask is self._in_number) and not isinstance(value, bool):
            masked = mask(str(value))
            return value if masked == str(value) else masked
        return value

    def _known_in(self, text: str) -> str:
        """Return the text without those numbers that are known to be phone numbers, or written with a plus."""

        def replace(match: re.Match[str]) -> str:
            surely = match["plus"] or self._is_known(match["number"])
            return self._replace(match) if surely else match[0]

        return _FOUND.sub(replace, text)

    def _as_a_number(self, text: str) -> str:
        """Return a text that is a phone number without it."""
        is_short = 0 < len(digits_of(text)) < FEWEST and MASK not in text
        return self.number(text) if is_short else self.text(text)

    def _replace_short(self, match: re.Match[str]) -> str:
        if digits_of(match["number"]) not in self._short:
            return match[0]
        if _COUNTED.match(match.string, match.end()) or _NAMED.search(match.string, 0, match.start()):
            return match[0]
        return self.number(match["number"])

    def _is_known(self, number: str | None) -> bool:
        digits = digits_of(number or "")
        return any(
            digits[start : start + length] in self._known
            for length in self._lengths
            for start in range(len(digits) - length + 1)
        )

    def _replace(self, match: re.Match[str]) -> str:
        number = match["number"]
        if number is None:
            return match[0]
        parts = _APART.split(number)
        if self._short and len(parts) > 1 and not self._short.isdisjoint(map(digits_of, parts[::2])):
            return "".join(self.number(part) if len(digits_of(part)) >= FEWEST else part for part in parts)
        if len(parts) > 1 and all(len(digits_of(part)) >= FEWEST for part in parts[::2]):
            return "".join(part if place % 2 else self.number(part) for place, part in enumerate(parts))
        return self.number(number)

    def _number(self, number: str) -> str:
        digits = digits_of(number)
        shown = f"{MASK}{digits[-KEPT:]}" if len(digits) >= FEWEST else MASK
        return f"{shown}#{self._hash(digits)}" if self._key else shown

    def _hash(self, digits: str) -> str:
        """Return a hash of letters only: one with digits could look like a phone number."""
        return hmac.new(self._key, digits.encode("ascii"), "sha256").hexdigest()[:_HASH_LENGTH].translate(_LETTERS)


def masked_rows(rows: list[Document]) -> list[Document]:
    """Return rows for a screen or a result: phone numbers masked, without a hash that a key could look up."""
    masker = Masker()
    masker.learn(rows)
    return [masker.data(row) for row in rows]


def digits_of(text: str) -> str:
    """Return the digits of a phone number, however they are set apart, encoded or written."""
    decoded = _ENCODED_DIGIT.sub(r"\1", _BETWEEN_ONLY.sub("", text))
    return "".join(str(decimal(char)) for char in decoded if char.isdecimal())


def _collect_phone_numbers(value: Any, found: set[str]) -> None:
    """Add to the set the text of every phone number in plain data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, (dict, list)):
            _collect_phone_numbers(item, found)
        elif key == "phone_number":
            found.add(str(item))
