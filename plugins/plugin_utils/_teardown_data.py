# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Plain data: what plans and evidence are made of, its canonical and its packed form, its hash, and times."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

Document = dict[str, Any]

LARGEST = 1024 * 1024 * 1024
"""Bytes that a packed text may unpack to: some million targets, but no bomb."""


class Unusable(ValueError):
    """What was given cannot be worked with; the text says why, for a person."""


def plain(value: Any) -> Any:
    """Return data as JSON knows it: no tags, no lazy containers, every key a string, no time objects.

    What JSON and YAML turn into each other comes out the same: 1.0 is 1, and a time is its text.
    """
    # Most of what there is, first.
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is dict:
        return {_text(key): plain(item) for key, item in value.items()}
    if kind is list:
        return [plain(item) for item in value]
    if value is None or kind is bool or kind is int:
        return value
    return _plain_of_another_kind(value)


def _plain_of_another_kind(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unusable(f"{value} is no number that JSON knows")
        return int(value) if value.is_integer() else float(value)
    if isinstance(value, Mapping):
        return {_text(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return _text(value)


def _text(value: Any) -> str:
    """Return text that can be written to a file: half a character becomes a question mark."""
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def packed(value: Any) -> str:
    """Return data as one text, a tenth of its size, in which Ansible sees neither data nor a template.

    Ansible looks at every single value whenever data passes through it, and at a text only once.
    """
    text = json.dumps(plain(value), separators=(",", ":"))
    return b64encode(zlib.compress(text.encode("ascii"), 1)).decode("ascii")


def unpacked(text: str) -> Any:
    """Return the data that packed() made the text of, or raise Unusable."""
    inflater = zlib.decompressobj()
    try:
        whole = inflater.decompress(b64decode(text, validate=True), LARGEST)
        if inflater.eof:
            return json.loads(whole)
    except (ValueError, RecursionError, zlib.error):
        pass
    raise Unusable("a text that is no packed data was given")


def _given(value: Any) -> Any:
    """Return plain data; a text that is not packed is that text."""
    if not isinstance(value, str):
        return plain(value)
    with suppress(Unusable):
        return unpacked(value)
    return value


def documents(value: Any, what: str) -> list[Document]:
    """Return a list of mappings, packed or not, as plain data; or raise Unusable."""
    found = _given(value)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Unusable(f"{what} is no list of mappings")
    return found


def document(value: Any, what: str) -> Document:
    """Return a mapping, packed or not, as plain data; or raise Unusable."""
    found = _given(value)
    if not isinstance(found, dict):
        raise Unusable(f"{what} is no mapping")
    return found


def only(value: Any, keys: Collection[str], what: str) -> list[Document]:
    """Return what mappings have under these keys, as plain data, and look at nothing else; or raise Unusable."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
        raise Unusable(f"{what} is no list of mappings")
    return [{key: plain(item.get(key)) for key in keys} for item in value]


def canonical(value: Any) -> str:
    """Return plain data as the one text that stands for it, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:
    """Return the SHA-256 of plain data."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def moment(value: Any, what: str) -> datetime:
    """Return a time; one without a zone is in UTC. Unusable where it is none."""
    if isinstance(value, datetime):
        found = value
    else:
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise Unusable(f"{what} is no time: {value!r}") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def stamp(value: datetime) -> str:
    """Return a time as text, in UTC, to the second."""
    zoned = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return zoned.strftime("%Y-%m-%dT%H:%M:%SZ")
