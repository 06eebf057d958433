# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A streaming JSON parser: passes the elements of one long array on one by one, so that memory stays flat."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from .errors import unexpected_response
from .strict_json import DECODER, check_depth, repeated

LONGEST = 8 * 1024 * 1024
"""Characters that a single value may have."""

_LEAST = 64 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")
# Characters that may follow a value; any other may belong to a number that has not arrived completely.
_AFTER_A_VALUE = frozenset(" \t\n\r,]}:")

Take = Callable[[Any, str], None]


def read(chunks: Iterable[bytes], arrays: Collection[str], take: Take) -> Any:
    """Read one JSON text in UTF-8, however it is cut into chunks.

    A top-level array, or one that a top-level object holds under a name in ``arrays``, is not kept: its
    elements go to ``take``, each as value and as the text that it was. Returns what strict_json.parse would,
    with that array empty. Raises ValueError where it is not JSON, has two such arrays, a name twice in one object,
    or a value over LONGEST.
    """
    window = _Window(chunks)
    first = window.peek()
    if first == "[":
        _elements(window, take)
        whole: Any = []
    elif first == "{":
        whole = _members(window, arrays, take)
    else:
        whole, _text = window.value()
    if window.peek():
        raise ValueError("something follows the JSON text")
    check_depth(whole)
    return whole


def read_answer(name: str, chunks: Iterable[bytes], arrays: Collection[str], take: Take) -> Any:
    """Read an answer like ``read``; raise OutboundError, with what the answer is called, if it cannot be read."""
    try:
        return read(chunks, arrays, take)
    except (ValueError, RecursionError) as error:
        raise unexpected_response(f"{name} cannot be read: {error}") from error


def _elements(window: _Window, take: Take) -> None:
    window.expect("[")
    if window.peek() == "]":
        window.expect("]")
        return
    take(*window.value())
    while window.expect(",]") == ",":
        take(*window.value())


def _members(window: _Window, arrays: Collection[str], take: Take) -> dict[str, Any]:
    members: dict[str, Any] = {}
    handed_over: str | None = None
    window.expect("{")
    if window.peek() == "}":
        window.expect("}")
        return members
    while True:
        if window.peek() != '"':
            raise ValueError("a member without a name")
        name, _text = window.value()
        if name in members:
            raise repeated(name)
        window.expect(":")
        if name in arrays and window.peek() == "[":
            if handed_over is not None:
                raise ValueError(f"{handed_over} and {name}: two arrays where one is expected")
            handed_over = name
            _elements(window, take)
            members[name] = []
        else:
            members[name], _text = window.value()
        if window.expect(",}") == "}":
            return members


class _Window:
    """The part of a text that is in memory."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """Return the next character that is no white space without consuming it; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def expect(self, marks: str) -> str:
        """Consume one of these characters and return it."""
        found = self.peek()
        if not found or found not in marks:
            raise ValueError(f"one of {marks} was expected")
        self._at += 1
        return found

    def value(self) -> tuple[Any, str]:
        """Consume one value; return it and its text."""
        self.peek()
        while True:
            held = len(self._text) - self._at
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
            except json.JSONDecodeError:  # any other ValueError stays, whatever follows
                # The window doubles, so that a long value is not parsed over and over.
                if not self._more(max(2 * held, _LEAST)):
                    raise
                continue
            followed = end < len(self._text) and self._text[end] in _AFTER_A_VALUE
            length = end - self._at
            if followed or not self._more(held + 1):
                text = self._text[self._at : self._at + length]
                self._at += length
                return value, text

    def _more(self, wanted: int) -> bool:
        """Read until the window holds this many characters or the text ends; return whether it grew."""
        pieces = [self._text[self._at :]]
        before = held = len(pieces[0])
        if before >= LONGEST:
            raise ValueError(f"a value is longer than {LONGEST} characters, or is no JSON")
        for chunk in self._chunks:
            pieces.append(self._decoder.decode(chunk))
            held += len(pieces[-1])
            if held >= min(wanted, LONGEST):
                break
        else:
            self._decoder.decode(b"", final=True)
        self._text, self._at = "".join(pieces), 0
        return held > before
