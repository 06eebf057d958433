# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The visibility of campaigns, lists and queues by account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .errors import BadInput


class Owners:
    """Names in `owns` of an account are visible to it only; all other names are visible to every account."""

    def __init__(self, owns: Mapping[str, Any], known: Collection[str]) -> None:
        """Store what each account owns; raise BadInput for a name that the seed lacks."""
        self._owned: dict[str, set[str]] = {}
        for account, names in owns.items():
            if not isinstance(names, list):
                raise BadInput("`owns` of an account must be a list of names")
            for name in map(str, names):
                if name not in known:
                    raise BadInput(f"`owns` of an account names {name!r}, which the seed does not have")
                self._owned.setdefault(name, set()).add(account)

    def sees(self, account: str, name: str) -> bool:
        """Return whether an account sees the item with this name."""
        return account in self._owned.get(name, {account})
