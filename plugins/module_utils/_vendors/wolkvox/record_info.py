# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""wolkvox: search the records of phone numbers and customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..._core import options
from ..._core.client import Client
from ..._core.operation import Params
from ..._core.options import Spec
from ..._core.query import Query
from .account import Wolkvox
from .campaigns import CampaignTypes
from .export import ResultAliases
from .records import WHO, Found, Who, find_records

Answer = tuple[Who, Found, dict[str, str]]
"""An item, the records, and the type of each of their campaigns."""


class RecordInfo(Query[Who, Answer]):
    """Records with their results."""

    ACCOUNT = Wolkvox
    OPTIONS: ClassVar[Spec] = {**WHO, "targets": options.targets_spec(WHO)}

    def __init__(self, account: Wolkvox, params: Params) -> None:
        super().__init__(account, params)
        self._types = CampaignTypes()

    def items(self) -> Sequence[Who]:
        """Return whose records are requested; each person is searched only once."""
        return list(dict.fromkeys(options.check_targets(self.params, WHO, Who.from_options)))

    def fetch(self, item: Who, client: Client) -> Answer:
        """Search the records of one person, and read the types of their campaigns."""
        found = find_records(client, item, ResultAliases())
        campaigns = {record.campaign_id for record in found.records}
        if item.campaign_id is not None and not campaigns:
            campaigns = {item.campaign_id}  # fails if the campaign does not exist
        return item, found, {each: self._types.of(client, each) for each in sorted(campaigns)}

    def result(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """Return the records, and the persons without any."""
        return {
            "records": [
                record.as_dict(types[record.campaign_id]) for _who, found, types in answers for record in found.records
            ],
            "missing": [who.as_dict() for who, found, _types in answers if not found.records],
            "other_records": sum(len(found.others) for _who, found, _types in answers),
        }
