# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Looks phone numbers up in the record of a run: masked ones by their hash, those in full after masking them here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from .documents import Document, mapping_of
from .formatting import counted
from .masking import KEPT, Masker, digits_of, masked_rows
from .run_folder import BACKUPS, EVIDENCE, PLAN
from .verify_sums import contents
from .vocabulary import system_of

_TOLD = ("account", "name", "outcome", "place", "times")


@dataclass
class Lookup:
    """Where phone numbers were found, and what could not be searched."""

    found: list[Document] = field(default_factory=list)
    """Each with folder, file, line (of a backup) or what the record says of the target, and the number masked."""
    not_searched: list[Document] = field(default_factory=list)
    """Each with folder, file and why."""

    @property
    def answer(self) -> bool | None:
        """Tell whether a number was found; None where it was not and something could not be searched."""
        return True if self.found else None if self.not_searched else False

    def as_dict(self) -> Document:
        """Return the answer as a result."""
        return {"found": self.answer, "places": self.found, "not_searched": self.not_searched}

    def lines(self) -> list[str]:
        """Return the answer as lines for a screen; the last one sums it up."""
        places = [f"FOUND {_place(item)}" for item in self.found]
        gaps = [f"NOT SEARCHED {item['folder']}/{item['file']}: {item['why']}" for item in self.not_searched]
        if self.found:
            answer = f"The phone number is in {counted(len(self.found), 'place')} of this record."
        elif self.not_searched:
            answer = "The phone number was not found, but not everything could be searched: this proves nothing."
        else:
            answer = "The phone number, in the digits that were given, is not in this record."
        return [*places, *gaps, answer]


def look_up(
    folder: Path, name: str, numbers: Sequence[str], mask_key: str, plan: Document, evidence: Document
) -> Lookup:
    """Search evidence, or else the plan, and backups of one run; ``name`` is how its folder is told."""
    # Equal digits have equal hashes with any key, so files in full are masked with one made here.
    fresh = _Numbers(numbers, token_hex(16))
    results = [row for row in evidence.get("results") or [] if isinstance(row, dict)]
    keyed, why = _search_of(evidence, fresh, numbers, mask_key) if evidence else (None, "")
    # The plan has the numbers in full as long as nobody removed it.
    in_rows = keyed.in_rows(EVIDENCE, results) if keyed else fresh.in_rows(PLAN, _planned(plan, results))
    gaps = [*([(EVIDENCE, why)] if why else []), *_gaps(folder, results)]
    return Lookup(
        [{"folder": name, **place} for place in (*in_rows, *fresh.in_backups(folder))],
        [{"folder": name, "file": file, "why": why} for file, why in gaps],
    )


def _gaps(folder: Path, rows: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """Yield the files in which a number may have been that nobody can find there, each with the reason."""
    for file in dict.fromkeys(str(row["backup_file"]) for row in rows if row.get("backup_file")):
        if not (folder / file).is_file():
            yield file, "the backup was removed"
    if unnamed := sum(map(_names_no_number, rows)):
        yield EVIDENCE, f"{unnamed} of its targets, such as a whole queue, do not say whose numbers were in them"


def _planned(plan: Document, rows: Sequence[Document]) -> list[Document]:
    """Return the targets of a plan with their place and, where rows of evidence tell it, their outcome and times."""
    told = {row["place"]: row for row in rows if isinstance(row.get("place"), int)}
    return [
        {**target, "place": place, **{key: told[place].get(key) for key in ("outcome", "times") if place in told}}
        for place, target in enumerate(plan.get("targets") or [])
    ]


def _search_of(
    evidence: Document, fresh: _Numbers, numbers: Sequence[str], mask_key: str
) -> tuple[_Numbers | None, str]:
    """Return what finds the numbers in evidence, or why nothing can."""
    masking = mapping_of(mapping_of(evidence.get("run")).get("masking"))
    if masking.get("phone_numbers") == "in_full":
        return fresh, ""
    if masking.get("key") != "kept":
        return None, "its phone numbers were masked with a key that was forgotten"
    if not mask_key:
        return None, "its phone numbers are masked: give mask_key"
    keyed = _Numbers(numbers, mask_key)
    if keyed.key_id != masking.get("key_id"):
        return None, "its phone numbers were masked with another mask_key"
    return keyed, ""


class _Numbers:
    """Finds phone numbers in data that is masked, or gets masked, with one key."""

    def __init__(self, numbers: Sequence[str], key: str) -> None:
        self._masker = Masker(key)
        self._masker.learn([{"phone_number": number} for number in numbers])
        self._shown = {self._masker.number(digits_of(number)): f"***{digits_of(number)[-KEPT:]}" for number in numbers}
        self.key_id = self._masker.key_id

    def in_rows(self, file: str, rows: Sequence[Document]) -> Iterator[Document]:
        """Yield where a number is in the rows of a file, with that number masked."""
        self._masker.learn(list(rows))
        for row in rows:
            for number in self._in(row):
                told = masked_rows([{key: row[key] for key in _TOLD if row.get(key) is not None}])[0]
                yield {"file": file, "line": None, "phone_number": number, **told}

    def in_backups(self, folder: Path) -> Iterator[Document]:
        """Yield where a number is in the backups of a run."""
        for path in sorted((folder / BACKUPS).glob("*.jsonl")):
            file = f"{BACKUPS}/{path.name}"
            text = (contents(folder, file) or b"").decode("utf-8", "replace")
            for place, line in enumerate(text.split("\n"), start=1):
                for number in self._in(_parsed(line)):
                    yield {"file": file, "line": place, "phone_number": number}

    def _in(self, data: Any) -> list[str]:
        masked = json.dumps(self._masker.data(data))
        return [shown for token, shown in self._shown.items() if token in masked]


def _names_no_number(row: Mapping[str, Any]) -> bool:
    """Tell whether a target may have held numbers that the record does not have."""
    named = "phone_number" in mapping_of(row.get("target")) or row.get("backup_file")
    system = system_of(row)
    return not named and bool(row.get("changed")) and (system is None or system.holds_numbers)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _place(item: Mapping[str, Any]) -> str:
    where = f"{item['folder']}/{item['file']}"
    if item["line"]:
        return f"{item['phone_number']} in {where}, line {item['line']}"
    target = " ".join(str(item[key]) for key in ("account", "name") if item.get(key))
    return f"{item['phone_number']} in {where}, target {item.get('place')} ({target}): {item.get('outcome')}"
