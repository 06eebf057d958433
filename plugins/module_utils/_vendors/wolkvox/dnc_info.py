# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: look up phone numbers on the operation's do-not-call list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.query import Query
from .account import Wolkvox
from .dnc_list import NUMBER, DncList, Entries, Number


class DncInfo(Query[Number, "tuple[Number, Entries]"]):
    """The entries of phone numbers."""

    ACCOUNT = Wolkvox
    OPTIONS: ClassVar[Spec] = {**NUMBER, "targets": options.targets_spec(NUMBER)}

    def __init__(self, account: Wolkvox, params: Params) -> None:
        super().__init__(account, params)
        self._list = DncList()

    def items(self) -> Sequence[Number]:
        """Return the numbers; each is looked up only once."""
        return list(dict.fromkeys(options.check_targets(self.params, NUMBER, Number.from_options, ["type_call"])))

    def fetch(self, item: Number, client: Client) -> tuple[Number, Entries]:
        """Look up one number."""
        return item, self._list.find(client, item)

    def result(self, answers: Sequence[tuple[Number, Entries]]) -> dict[str, Any]:
        """Return the entries, and the numbers that are not permanently blocked as requested."""
        open_ = [(number, found.cut) for number, found in answers if not number.directions <= found.blocked]
        return {
            "entries": [
                entry.as_dict()
                for number, found in answers
                for entry in found.entries
                if entry.directions & number.directions
            ],
            "missing": [number.as_dict() for number, cut in open_ if not cut],
            "unknown": [number.as_dict() for number, cut in open_ if cut],
        }
