# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that parses a vendor's data, by name, as functions of the bytes of a body.

Each vendor has a file with its own parsers. Each returns, or raises OutboundError; anything else is a defect.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path

from ansible_collections.telephony.outbound.plugins.module_utils._core import json_stream
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response

from .told import PIECE, Parser


def _stream(body: bytes) -> None:
    pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
    with suppress(ValueError):  # which every caller converts to an OutboundError
        json_stream.read(pieces, ("records", "data"), lambda _value, _text: None)


PARSERS: dict[str, Parser] = {
    "json": Parser(lambda body: Response(200, {}, body).json(), "VALUE"),
    "json_stream": Parser(_stream, '{"data": [VALUE, {"a": VALUE}], "total_records": VALUE}'),
}
for _path in sorted(Path(__file__).parent.glob("[!_]*.py")):
    if _path.stem != "told":
        PARSERS |= import_module(f"{__name__}.{_path.stem}").PARSERS
