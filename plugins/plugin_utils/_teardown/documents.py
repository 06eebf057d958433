# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plain JSON data of plans, journals and evidence: text form, hash, and times."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from ...module_utils._core.strict_json import unique

Document = dict[str, Any]
T = TypeVar("T")
K = TypeVar("K")

FORMAT = 1
"""The version of plan.json, run.json, evidence.json and result.json."""

ABOUT_NUMBERS = "numbers"
"""The ``kind`` of run.json and plan.json of a run about phone numbers; a run about campaigns names none."""

PACKED = "packed:"
"""Begins a packed text, so that it is never taken for a path."""

LARGEST = 1024 * 1024 * 1024
"""Bytes that a packed text may unpack to: millions of targets, and no decompression bomb."""


class InvalidDocument(ValueError):
    """The document is invalid; the text says why."""


def to_json_data(value: Any) -> Any:
    """Return data as plain JSON types: no tags of Ansible, no lazy containers, text as keys, times as text."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidDocument(f"{value} is not a number that JSON knows")
        return int(value) if value.is_integer() else float(value)
    if isinstance(value, (dict, Mapping)):
        return {_text(key): to_json_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_data(item) for item in value]
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    raise InvalidDocument(f"a value of type {type(value).__name__} is not JSON data")


def _text(value: Any) -> str:
    """Return text that can be encoded: a lone surrogate becomes a question mark."""
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def parse(text: str | bytes, what: str) -> Document:
    """Return the JSON object in a text, or raise InvalidDocument."""
    try:
        found = json.loads(text, parse_float=_finite, parse_constant=_finite, object_pairs_hook=unique)
    except json.JSONDecodeError:
        raise InvalidDocument(f"{what} is not JSON") from None
    except (ValueError, RecursionError) as error:
        raise InvalidDocument(f"{what} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidDocument(f"{what} is not a JSON object")
    return found


def json_object(line: str | bytes) -> Document | None:
    """Return the JSON object in a line; None for what is none, such as a line that a crash cut."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def mapping_of(value: Any) -> Mapping[str, Any]:
    """Return a mapping, or an empty one if a document has another type there."""
    return value if isinstance(value, Mapping) else {}


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Return the items with each key, in their order."""
    found: dict[K, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def is_about_numbers(run: Mapping[str, Any]) -> bool:
    """Tell whether a run, or a plan, is about phone numbers; else it is about campaigns."""
    return run.get("kind") == ABOUT_NUMBERS


def rows(document: Mapping[str, Any], key: str) -> list[Document]:
    """Return a list of objects from a document, or raise InvalidDocument."""
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InvalidDocument(f"{key} is not a list of objects")
    return found


def to_text(document: Document, long_key: str | None = None) -> str:
    """Return JSON for a file; the list under ``long_key`` takes one line for each entry."""
    if long_key is None:
        return json.dumps(document, indent=2) + "\n"
    head = json.dumps({key: value for key, value in document.items() if key != long_key}, indent=2)
    entries = ",\n    ".join(map(json.dumps, document.get(long_key) or []))
    start = head.removesuffix("\n}")
    return f'{start},\n  "{long_key}": [\n    {entries}\n  ]\n}}\n'


def packed(text: str) -> str:
    """Return a text in a form that cannot contain a template."""
    return PACKED + b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unpacked(text: str) -> str:
    """Return the text that packed() was given, or raise InvalidDocument."""
    inflater = zlib.decompressobj()
    try:
        whole = inflater.decompress(b64decode(text.removeprefix(PACKED), validate=True), LARGEST)
        if inflater.eof:
            return whole.decode()
    except (ValueError, zlib.error):
        pass
    raise InvalidDocument("the packed text is not whole")


def canonical(value: Any) -> str:
    """Return the canonical text of data, independent of the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:
    """Return the SHA-256 of data."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def sha256_of(text: str | bytes) -> str:
    """Return the SHA-256 of a file's content, as ``sha256sum`` prints it."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def parse_time(value: Any, what: str) -> datetime:
    """Return a time; one without a zone is in UTC. raise InvalidDocument if it is none."""
    try:
        found = datetime.fromisoformat(str(value).strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidDocument(f"{what} is not a time: {value!r}; write it as 2026-01-31T12:00:00Z") from None


def format_time(value: datetime) -> str:
    """Return a time as text, in UTC, to the second."""
    zoned = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return zoned.strftime("%Y-%m-%dT%H:%M:%SZ")
