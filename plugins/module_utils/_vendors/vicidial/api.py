# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The functions of VICIdial's non-agent API. Parameters and credentials are fields of a POST, never of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..._core.client import Client
from ..._core.http_messages import Request, Response
from ..._core.retry import Purpose
from .answers import Line, Table, lines, table

_PATH = "/non_agent_api.php"


@dataclass(frozen=True)
class Api:
    """The API as one user calls it, with one client."""

    credentials: Mapping[str, str]
    client: Client

    def request(self, purpose: Purpose, function: str, **fields: str) -> Request:
        """Return the request that calls a function."""
        form = {**self.credentials, "function": function, **fields}
        return Request(purpose=purpose, method="POST", path=_PATH, form=form)

    def read(self, function: str, **fields: str) -> Response:
        """Call a function that changes nothing."""
        return self.client.send(self.request(Purpose.READ, function, **fields))

    def table(self, function: str, first: str, **fields: str) -> Table:
        """Call a function that returns a table, whose first column has this name."""
        return table(self.read(function, **fields, stage="tab", header="YES"), first)

    def write(self, function: str, wanted: Line, **fields: str) -> Sequence[Line]:
        """Call a function that changes something; return the lines of its answer, of which ``wanted`` has to be one."""
        response = self.client.send(self.request(Purpose.WRITE, function, **fields))
        told = lines(response.text())
        said = {(line.word, line.phrase) for line in told}
        if (wanted.word, f"{function} {wanted.phrase}") not in said or any(not line.word for line in told):
            raise response.unexpected(f"the answer to a change does not say {wanted.phrase}")
        return told
