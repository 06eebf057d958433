# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Comparison of masked data with the plain data that it was made from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .documents import Document
from .masking import Masker

_MASKED = re.compile(r"(\*\*\*(?:\d{4})?)#[a-p]{12}")


class MaskedComparison:
    """Compares plain with masked data: by hashes if there is a key, else by the digits that were kept."""

    def __init__(self, key: str, known: Sequence[Document]) -> None:
        """Collect the phone numbers in ``known``: they are masked everywhere."""
        self._has_key = bool(key)
        self._plain = Masker()
        self._keyed = Masker(key)
        for masker in (self._plain, self._keyed):
            masker.learn(known)

    def masker(self) -> Masker:
        """Return a masker with the key; without a key it leaves the hashes out."""
        return self._keyed if self._has_key else self._plain

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


def without_hashes(value: Any) -> Any:
    """Return data whose masked numbers have no hashes."""
    return json.loads(_MASKED.sub(r"\1", json.dumps(value)))
