# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: the export of a campaign. Counts records by result, and saves them if a backup is requested.

It is parsed as it arrives: an export may have 60,000 records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from ..._core import json_stream
from ..._core.backup import BackupWriter
from ..._core.client import Client
from ..._core.errors import OptionError, unexpected_response
from ..._core.http_messages import MIB
from .api import CAMPAIGN, MOST_RECORDS, Streamed, read, whole_number

RESULTS = (
    "no-answer",
    "answer-machine",
    "abandon",
    "busy",
    "congestion",
    "unknown",
    "failed",
    "do-not-call",
    "chanunavail",
    "answer",
)
CLEAN = "clean"
"""Our result for a record that has not been dialed; the vendor's filter cannot select those."""

_MOST_BYTES = 256 * MIB
_KNOWN = frozenset((*RESULTS, CLEAN))
_NAMELESS = "(no resultado)"
_WORDS_SHOWN = 5


@dataclass(frozen=True)
class ResultAliases:
    """The meaning of result words in the export: the vendor's own, and those of one site."""

    site: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_option(cls, words: Mapping[str, Any] | None) -> ResultAliases:
        """Parse the option ``result_aliases``, or raise OptionError."""
        site = {}
        for word, meaning in (words or {}).items():
            if meaning not in _KNOWN:
                known = ", ".join((*RESULTS, CLEAN))
                raise OptionError("result_aliases", f"{word!r} has to be one of {known}; not {meaning!r}")
            site[_normalised(str(word))] = str(meaning)
        return cls(site)

    def meaning(self, record: Mapping[str, Any]) -> str | None:
        """Return the result of a record, or None if its word is unknown."""
        if "resultado" not in record:
            return None
        return self.word(record["resultado"])

    def word(self, value: Any) -> str | None:
        """Return the meaning of one result word, or None if it is unknown."""
        word = _normalised("" if value is None else str(value)) or CLEAN
        return self.site.get(word) or (word if word in _KNOWN else None)


@dataclass
class Export(Streamed):
    """The content of one export. ``unknown_words`` are unknown results, which are counted as received."""

    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    unknown_words: set[str] = field(default_factory=set)
    digest: int = 0
    """Order-independent digest: equal if two exports hold the same records."""

    announced: int | None = None

    def without(self, gone: Mapping[str, int]) -> Export:
        """Return the export as it will be without these numbers of records by result."""
        number = sum(gone.values())
        return replace(
            self,
            records=self.records - number,
            counts=self.counts - Counter(gone),
            announced=None if self.announced is None else self.announced - number,
        )

    def missing_reason(self, listed: int | None) -> str | None:
        """Return why records may be missing, or None. ``listed`` is the number in the list of campaigns."""
        if self.records >= MOST_RECORDS:
            return f"the vendor exports no more than {MOST_RECORDS} records"
        if self.announced is None:
            return "the vendor did not say how many records the export has"
        if self.records != self.announced:
            return f"the vendor announced {self.announced} records and sent {self.records}"
        if listed is not None and self.records < listed:
            return f"the vendor lists {listed} records and sent {self.records}"
        return None

    def most(self, listed: int | None) -> int:
        """Return the largest number that list and export state; 0 only if all of them are 0."""
        return max(self.records, self.announced or 0, listed or 0)

    def uncertain_reason(self, listed: int | None) -> str | None:
        """Return why the counts by result are unknown, or None."""
        if self.unknown_words:
            return unknown_results(self.unknown_words)
        return self.missing_reason(listed)


def read_export(
    client: Client,
    campaign_id: str,
    aliases: ResultAliases,
    *,
    backup: BackupWriter | None = None,
    wanted: str | None = None,
) -> Export:
    """Read the export of an existing campaign; add the records with the ``wanted`` result, or all, to the backup."""

    def receive(chunks: Iterator[bytes]) -> Export:
        if backup is not None:
            backup.restart()
        export = Export()

        def take(record: Any, text: str) -> None:
            if not isinstance(record, dict):
                raise unexpected_response("a record of the export is no object")
            result = aliases.meaning(record)
            if result is None:
                export.unknown_words.add(result := str(record.get("resultado", _NAMELESS)))
            export.records += 1
            export.counts[result] += 1
            export.digest += int.from_bytes(sha256(text.encode()).digest()[:8])
            if backup is not None and wanted in (None, result):
                backup.add(text)

        export.head = json_stream.read_answer("the export", chunks, ("records", "data"), take)
        export.announced = whole_number(export.head.get("total_records")) if isinstance(export.head, dict) else None
        return export

    params = {"api": "campaign_15", "campaign_id": campaign_id}
    response = read(client, CAMPAIGN, params, max_bytes=_MOST_BYTES, receive=receive)
    if response is None:
        return Export(announced=0)
    export = response.received
    if response.status != 200 or not isinstance(export, Export) or not _holds_a_list(export.head):
        raise unexpected_response("the export has no list of records, or its status is not 200", status=response.status)
    return export


def unknown_results(words: Collection[str]) -> str:
    """Return the message that these result words are unknown; it names the first few."""
    return f"these results are unknown: {', '.join(sorted(words)[:_WORDS_SHOWN])}; result_aliases can define them"


def _holds_a_list(head: Any) -> bool:
    return isinstance(head, list) or any(isinstance(head.get(name), list) for name in ("records", "data"))


def _normalised(word: str) -> str:
    return re.sub(r"[\s_]+", "-", word.strip().lower())
