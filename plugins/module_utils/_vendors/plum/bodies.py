# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The formats of Plum's response bodies: JSON, JSON with single quotes, or XML."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..._core import strict_json
from ..._core.errors import OutboundError, unexpected_response
from ..._core.http_messages import MIB, Response

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def parse(response: Response) -> Any:
    """Parse a body: JSON, Insight's single-quoted variant of it, or XML below ``result``."""
    text = response.text().strip()
    if len(text) <= _LONGEST_NON_JSON:
        if text.startswith("<"):
            try:
                return _from_xml(text, response.status)
            except OutboundError as error:
                raise response.unexpected(error.message) from None
        with suppress(ValueError):
            return strict_json.parse(text)
        text = _QUOTED.sub(_double_quoted, text)
    try:
        return strict_json.parse(text)
    except json.JSONDecodeError:
        raise response.unexpected("the answer is neither JSON nor XML") from None
    except ValueError as error:
        raise unexpected_response(f"the answer cannot be relied on: {error}", status=response.status) from None


# Longest body, in characters, that is parsed as another format than JSON: it describes one call, and parsing is
# slower.
_LONGEST_NON_JSON = MIB

# An unterminated string extends to the end; otherwise every quote in it would restart the search.
_QUOTED = re.compile(r""""(?:[^"\\]|\\.?)*+(?:"|\Z)|'((?:[^'\\]|\\.?)*+)(?:'|\Z)""", re.DOTALL)


def _double_quoted(match: re.Match[str]) -> str:
    inner = match.group(1)
    return match.group() if inner is None else json.dumps(re.sub(r"\\(.)", r"\1", inner))


def _from_xml(text: str, status: int) -> Any:
    """Parse the vendor's XML; reject any document type declaration, because entities could expand without limit."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - XML is rare, and the import would slow down every task

    if "<!" in text:
        raise unexpected_response("the answer is XML with an unexpected declaration", status=status)
    try:
        root = ET.fromstring(text)  # noqa: S314 - no entity can be declared where no declaration is let in
    except ET.ParseError as error:
        raise unexpected_response("the answer is malformed XML", status=status) from error
    if root.tag != "result":
        raise unexpected_response("the answer is not XML of this vendor", status=status)
    return _value(root, status)


def _value(element: Element, status: int, depth: int = 1) -> Any:
    children = list(element)
    if depth > strict_json.MOST_NESTED:
        raise unexpected_response("the answer is XML that is nested too deeply", status=status)
    if not children:
        return element.text or ""
    if any(text and text.strip() for text in (element.text, *(child.tail for child in children))):
        raise unexpected_response("the answer is XML with text between its elements", status=status)
    if all(child.tag == "item" for child in children):
        return [_value(child, status, depth + 1) for child in children]
    try:
        return strict_json.unique([(child.tag, _value(child, status, depth + 1)) for child in children])
    except ValueError as error:
        raise unexpected_response(f"the answer cannot be relied on: {error}", status=status) from error
