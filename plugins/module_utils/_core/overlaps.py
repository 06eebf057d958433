# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Scopes of targets, and overlaps between targets of one task.

Two targets that cover the same thing would be counted twice in a preview and once in the action, so they are an error.
Two that share a place without covering the same thing are worked on in the order given, under one limit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .errors import OptionError, guard_error
from .run_settings import Guard

Part = frozenset[tuple[str, Hashable]]
"""The things of a place that meet every one of these conditions (name, value); all of them where there is none."""

WHOLE: Part = frozenset()


@dataclass(frozen=True)
class Scope:
    """What one target covers: parts of a place, such as a campaign.

    ``place`` is equal for two targets exactly when it is the same place to the vendor; ``name`` is for messages.
    """

    place: Hashable
    name: str
    parts: Sequence[Part] = (WHOLE,)


def part(conditions: Mapping[str, Hashable]) -> Part:
    """Return the scope of the part of a place that meets every condition."""
    return frozenset(conditions.items())


def check(scopes: Sequence[Scope], identities: Sequence[Mapping[str, Any]]) -> None:
    """Raise OptionError if a target covers the same as an earlier one, or a part of it.

    Parts with different values of one condition have nothing in common. Whether other parts overlap is known only
    after reading, so they are accepted here.
    """
    covered: dict[tuple[Hashable, Part], int] = {}
    touched: dict[tuple[Hashable, Part], int] = {}
    for index, scope in enumerate(scopes):
        own = [(scope.place, each) for each in scope.parts]
        wider = [(scope.place, each) for piece in scope.parts for each in _wider(piece)]
        met = [covered[key] for key in wider if key in covered] + [touched[key] for key in own if key in touched]
        if met:
            _refuse(index, min(met), scope, identities)
        for key in own:
            covered.setdefault(key, index)
        for key in wider:
            touched.setdefault(key, index)


class Sums:
    """Counts what is removed from each place, over all targets of the task that share it."""

    def __init__(self) -> None:
        self._going: dict[Hashable, int | None] = {}

    def add(self, place: Hashable, pending: int | None) -> None:
        """Count what a target removes; None if that is unknown."""
        earlier = self._going.get(place, 0)
        self._going[place] = None if earlier is None or pending is None else earlier + pending

    def check(self, scope: Scope, pending: int | None, guard: Guard, unit: str) -> None:
        """Raise if ``max_pending`` does not allow the target, counting what earlier ones remove."""
        most = guard.max_pending
        if most is None:
            return
        earlier = self._going.get(scope.place, 0)
        if pending is None or earlier is None:
            if not guard.allow_unknown:
                raise guard_error(
                    f"max_pending is {most}, but how many {unit} would go cannot be known;"
                    " allow_unknown: true permits it all the same"
                )
        elif earlier + pending > most:
            more = f", and {earlier} of earlier targets of {scope.name}" if earlier else ""
            raise guard_error(f"{pending} {unit} would go{more}, more than max_pending: {most} allows")


def _wider(piece: Part) -> Iterator[Part]:
    """Yield every part that contains this one: those with some of its conditions, or all of them."""
    conditions = sorted(piece, key=lambda condition: condition[0])
    for number in range(len(conditions) + 1):
        yield from map(frozenset, combinations(conditions, number))


def _refuse(index: int, earlier: int, scope: Scope, identities: Sequence[Mapping[str, Any]]) -> None:
    advice = (
        "name it once; `| unique` takes repeats out of a list"
        if identities[index] == identities[earlier]
        else "one of them covers the other or contradicts it, so leave one out"
    )
    raise OptionError(f"targets[{index}]", f"{scope.name} is also targets[{earlier}]; {advice}")
