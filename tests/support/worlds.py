# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A random world and a task in it, as data for comparing previews with real runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hypothesis import strategies as st

FOLDER = "{folder}"
"""Placeholder in options for a folder of the trial."""


@dataclass(frozen=True)
class World:
    """The part of a seed without the vendor's accounts, settings of the vendor, and options of the module."""

    seed: Mapping[str, Any]
    options: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return the text that ``from_json`` accepts."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> World:
        """Return the world from a failure message, to reproduce it."""
        return cls(**json.loads(text))


def worlds(
    seed: st.SearchStrategy[dict[str, Any]],
    targets: st.SearchStrategy[dict[str, Any]],
    apart: Callable[[Mapping[str, Any]], Hashable],
    *,
    counted: bool = True,
    task: st.SearchStrategy[dict[str, Any]] | None = None,
    settings: st.SearchStrategy[dict[str, Any]] | None = None,
) -> st.SearchStrategy[World]:
    """Return worlds with one or more targets, and with guards and a journal that may interfere.

    In most of them no two targets share what ``apart`` names; otherwise most tasks would be refused as a whole.
    """
    journals = (*[None] * 9, f"{FOLDER}/journal.jsonl", f"{FOLDER}/nowhere/journal.jsonl", FOLDER)
    guards = {"max_pending": st.sampled_from((*[None] * 6, 0, 1, 2, 5)), "allow_unknown": st.booleans()}
    few = st.lists(targets, min_size=1, max_size=3, unique_by=apart) | st.lists(targets, min_size=1, max_size=3)
    common = st.fixed_dictionaries(
        {
            "targets": few,
            "journal": st.sampled_from(journals),
            "wait_timeout": st.sampled_from((None, None, None, 0.0)),
            **(guards if counted else {}),
        }
    )
    nothing: st.SearchStrategy[dict[str, Any]] = st.just({})
    options = st.builds(lambda shared, more: {**shared, **more}, common, nothing if task is None else task)
    return st.builds(World, seed, options, nothing if settings is None else settings)


def removed(
    first: Sequence[str], last: Sequence[str], covered: Sequence[Sequence[str]], results: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Judge a module that removes items: compare the state before and after, and what each target covers, with the
    report.
    """
    found = []
    gone: set[str] = set()
    for number, (entry, covers) in enumerate(zip(results, covered, strict=True)):
        going = set(covers) - gone
        if entry["pending_before"] not in (None, len(going)):
            found.append(f"targets[{number}]: pending_before {entry['pending_before']}, but {len(going)} were there")
        if entry["outcome"] in ("cleared", "accepted", "in_doubt"):
            gone |= going
        elif entry["outcome"] == "already_clear" and going:
            found.append(f"targets[{number}]: already_clear, but {len(going)} were there")
    left = sorted(set(first) - gone)
    if sorted(last) != left:
        lost, kept = sorted(set(left) - set(last)), sorted(set(last) - set(left))
        found.append(f"gone without a word: {lost}; still there: {kept}")
    return found
