# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Comparison of masked data with the plain data that it was made from, and of a journal's lines with the plan."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._core.number_outcomes import module_options
from ...module_utils._core.outcomes import CLEAR
from .documents import Document, mapping_of
from .masking import Masker
from .vocabulary import step_of

_MASKED = re.compile(r"(\*\*\*(?:\d{4})?)#[a-p]{12}")


class MaskedComparison:
    """Compares plain with masked data: by hashes if there is a key, else by the digits that were kept."""

    def __init__(self, key: str, known: Sequence[Document]) -> None:
        """Collect the phone numbers in ``known``: they are masked everywhere."""
        self._has_key = bool(key)
        self._plain = Masker()
        self._keyed = Masker(key)
        self.masker = self._keyed if key else self._plain
        """With the key; without a key it leaves the hashes out."""
        for masker in (self._plain, self._keyed):
            masker.learn(known)

    def differences(self, name: str, plain: Any, masked: Any) -> Iterator[str]:
        """Yield the differences between ``masked`` and the masked form of ``plain``."""
        if plain == masked:
            return
        if without_hashes(self._plain.data(masked)) != without_hashes(self._plain.data(plain)):
            yield f"its {name} is not the planned one"
        elif self._has_key and self._keyed.data(masked) != self._keyed.data(plain):
            yield f"a masked number in its {name} does not fit its hash with this mask_key"

    def are_equal(self, one: Any, other: Any) -> bool:
        """Return whether two pieces of evidence are the same; without a key, hashes are not compared."""
        if one == other:
            return True
        return not self._has_key and without_hashes(one) == without_hashes(other)


def differences_from_planned(row: Mapping[str, Any], step: str, target: Any, masked: MaskedComparison) -> Iterator[str]:
    """Yield how a journal's line differs from the planned target at its place; ``step`` is that of its call."""
    planned_step = step_of(row) or CLEAR
    if step != planned_step:
        yield f"it belongs to the step {step}, and the plan has {planned_step} there"
    planned, told = row.get("identity"), mapping_of(target)
    if planned is None:  # nothing was read when the plan was made, so the module may add what it found
        options = module_options(row["target"])
        planned = {key: str(options[key]) for key in sorted(options.keys() & told.keys())}
        told = {key: str(told[key]) for key in planned}
    if not told:
        yield "it does not say which target it is about"
    yield from masked.differences("target", planned, told)


def without_hashes(value: Any) -> Any:
    """Return data whose masked numbers have no hashes."""
    return json.loads(_MASKED.sub(r"\1", json.dumps(value)))
