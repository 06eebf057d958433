# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The evidence of a run, compared with what its plan and journals yield."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .documents import Document, InvalidDocument, grouped, mapping_of, parse, rows
from .findings import finding
from .masking import Masker
from .run_folder import EVIDENCE
from .same import MaskedComparison

_FACTS = ("account", "vendor", "place", "outcome", "changed", "pending_before", "pending_after", "verified", "attempts")
"""What another version of the collection tells in the same way."""


def check_evidence(
    text: str,
    made: Callable[[Masker | None], Document],
    planned: Sequence[tuple[int, Document]],
    masked: MaskedComparison,
    *,
    same_version: bool,
) -> list[Document]:
    """Return the findings about ``evidence.json``; with ``same_version`` every word of it has to be the same.

    ``made`` makes the evidence anew with what masks phone numbers; ``planned`` are place and target of all that it has
    to tell of.
    """
    try:
        evidence = parse(text, EVIDENCE)
        entries = rows(evidence, "results")
    except InvalidDocument as error:
        return [finding(EVIDENCE, None, f"this is no evidence: {error}")]
    expected = made(masked.masker)
    if _is_unmasked(entries, expected["results"], masked):
        expected = made(None)
    lines = _Lines(text, len(entries))
    found = [*_each_once(entries, planned, lines), *_entries(entries, expected["results"], lines, masked, same_version)]
    if same_version:
        found += _head(evidence, expected, lines, masked)
    elif mapping_of(evidence.get("summary")).get("targets") != len(entries):
        found.append(finding(EVIDENCE, lines.of_key("summary"), "the summary does not count these targets"))
    return found


def _is_unmasked(entries: Sequence[Document], expected: Sequence[Document], masked: MaskedComparison) -> bool:
    """Return whether phone numbers are in full, as a setting allows."""
    return entries != expected and not masked.are_equal(entries, expected) and masked.masker.data(entries) != entries


class _Lines:
    """Line numbers in the file: each target has one line."""

    def __init__(self, text: str, entries: int) -> None:
        self._lines = text.split("\n")
        start = next((place for place, line in enumerate(self._lines) if line == '  "results": ['), None)
        fits = start is not None and self._lines[start + entries + 1 : start + entries + 2] == ["  ]"]
        self._start = start if fits else None

    def of_entry(self, index: int) -> int | None:
        return None if self._start is None else self._start + index + 2

    def of_key(self, key: str) -> int | None:
        numbers = (number for number, line in enumerate(self._lines, start=1) if line.strip().startswith(f'"{key}":'))
        return next(numbers, None)


def _each_once(
    entries: Sequence[Document], wanted: Sequence[tuple[int, Document]], lines: _Lines
) -> Iterator[Document]:
    """Yield what is told twice, or not at all."""
    places = [entry.get("place") for entry in entries]
    told = Counter(places)
    seen = set()
    for index, place in enumerate(places):
        if place is not None and place in seen:
            yield finding(EVIDENCE, lines.of_entry(index), f"target {place} of the plan is told {told[place]} times")
        seen.add(place)
    for place, row in wanted:
        if place not in told:
            yield finding(EVIDENCE, None, f"target {place} of the plan, of the account {row['account']}, is not told")


def _entries(
    entries: Sequence[Document],
    expected: Sequence[Document],
    lines: _Lines,
    masked: MaskedComparison,
    same_version: bool,
) -> Iterator[Document]:
    wanted = grouped(expected, _key)
    for index, entry in enumerate(entries):
        others = wanted.get(_key(entry))
        if others is None:
            yield finding(EVIDENCE, lines.of_entry(index), f"the plan has no target {entry.get('place')!r} there")
            continue
        # Two parts of a merged run may tell of one target.
        other = others.pop(0) if len(others) > 1 else others[0]
        names = dict.fromkeys([*other, *entry]) if same_version else _FACTS
        wrong = [name for name in names if not masked.are_equal(entry.get(name), other.get(name))]
        if "outcome" in wrong:
            wrong.remove("outcome")
            also = f", and otherwise of: {', '.join(wrong)}" if wrong else ""
            words = f"it says {entry.get('outcome')}, and plan and journals say {other.get('outcome')}"
            yield finding(EVIDENCE, lines.of_entry(index), f"{words}{also}")
        elif wrong:
            yield finding(EVIDENCE, lines.of_entry(index), f"plan and journals say otherwise of: {', '.join(wrong)}")
    if same_version and [_key(entry) for entry in entries] != [_key(entry) for entry in expected]:
        yield from _order(entries, expected, lines)


def _order(entries: Sequence[Document], expected: Sequence[Document], lines: _Lines) -> Iterator[Document]:
    for index, (entry, other) in enumerate(zip(entries, expected, strict=False)):
        if _key(entry) != _key(other):
            yield finding(EVIDENCE, lines.of_entry(index), "the targets are not in the order of the plan from here on")
            return
    for entry in expected[len(entries) :]:
        if entry.get("place") is None:
            yield finding(EVIDENCE, None, f"the account {entry.get('account')}, which was not planned, is not told")


def _head(evidence: Document, expected: Document, lines: _Lines, masked: MaskedComparison) -> Iterator[Document]:
    for key in dict.fromkeys([*expected, *evidence]):
        if key == "results" or masked.are_equal(evidence.get(key), expected.get(key)):
            continue
        one, other = evidence.get(key), expected.get(key)
        if not isinstance(one, dict) or not isinstance(other, dict):
            yield finding(EVIDENCE, lines.of_key(key), f"plan and journals say otherwise of: {key}")
            continue
        for name in dict.fromkeys([*other, *one]):
            if not masked.are_equal(one.get(name), other.get(name)):
                yield finding(EVIDENCE, lines.of_key(name), f"plan, run.json and journals say otherwise of: {name}")


def _key(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    return entry.get("place"), entry.get("account")
