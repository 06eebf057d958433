# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Body formats that several vendors use: XML by Accept header, and forms."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def media_type(content_type: str | None) -> str:
    """Return a Content-Type without its parameters."""
    return (content_type or "").partition(";")[0].strip().lower()


def prefers_xml(accept: str | None) -> bool:
    """Return whether XML is named before JSON; anything else means JSON."""
    for item in (accept or "").split(","):
        kind = media_type(item)
        if kind in ("application/xml", "application/json"):
            return kind == "application/xml"
    return False


def to_xml(root: str, value: Mapping[str, Any], item: str = "item") -> bytes:
    """Serialize a mapping as XML; items of a list become `item` elements."""
    return f'<?xml version="1.0"?>\n<{root}>{_inner(value, item)}</{root}>'.encode()


def _inner(value: Any, item: str) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{key}>{_inner(inner, item)}</{key}>" for key, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<{item}>{_inner(inner, item)}</{item}>" for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def read_form(body: bytes, content_type: str | None) -> dict[str, str]:
    """Parse a form, URL-encoded or multipart; the last value of a repeated field is used."""
    if media_type(content_type) == MULTIPART:
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        return {name: text for part in message.iter_parts() for name, text in _part(part)}
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _part(part: Message) -> list[tuple[str, str]]:
    name = part.get_param("name", header="content-disposition")
    payload = part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(payload, bytes):
        return []
    return [(name, payload.decode(errors="replace").removesuffix("\r\n"))]
