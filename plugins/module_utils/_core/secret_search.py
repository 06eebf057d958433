# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Finds secrets in a text, also if they are encoded once or several times.

The text is not compared with every form that a secret could have, since encodings of encodings have no end.
It is decoded, and the result is searched and decoded again. Text and secret are compared without escapes,
white space and invisible characters, since any of these may have been added or removed on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import encodings
from .encodings import Decoded, Span

_DEPTH = 8
"""Most encodings on top of each other."""

_COMMON = 8
"""A secret with fewer characters is a part of too much else."""

_LEAST, _MOST = 6, 32
"""So many characters in a row, or two thirds of a secret in between, are as good as the secret."""


@dataclass(frozen=True)
class _Needle:
    """A secret in the form that is compared; ``least`` characters of it in a row count as a find."""

    text: str
    least: int

    @property
    def block(self) -> int:
        """The length of pieces such that any ``least`` characters in a row contain a whole piece."""
        return (self.least + 1) // 2

    def around(self, text: str, at: int, place: int) -> Span | None:
        """Return the range around a shared piece in which the text equals the secret; None if it is too short."""
        begin, first = at, place
        while begin and first and text[begin - 1] == self.text[first - 1]:
            begin, first = begin - 1, first - 1
        end, last = at + self.block, place + self.block
        while end < len(text) and last < len(self.text) and text[end] == self.text[last]:
            end, last = end + 1, last + 1
        return (begin, end) if end - begin >= self.least else None


class _Pieces:
    """All pieces of one length of all secrets, and their positions."""

    def __init__(self, length: int, needles: Iterable[_Needle]) -> None:
        places: dict[str, list[tuple[_Needle, int]]] = {}
        for needle in needles:
            for at in range(0, len(needle.text) - length + 1, length):
                places.setdefault(needle.text[at : at + length], []).append((needle, at))
        self._places = places
        self._pattern = re.compile("|".join(map(re.escape, places)))

    def spans(self, text: str) -> Iterator[Span]:
        """Return the ranges of secrets around shared pieces."""
        at = 0
        while match := self._pattern.search(text, at):
            start = match.start()
            around = [needle.around(text, start, place) for needle, place in self._places[match[0]]]
            found = [span for span in around if span]
            yield from found
            at = max([start + 1, *(end for _begin, end in found)])


class Search:
    """Searches for secrets. Secrets that are too short are not searched here."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._needles: set[_Needle] = set()
        self._pieces: list[_Pieces] = []
        self._least = 0
        for secret in sorted(secrets, key=len):
            # A form of a secret that another form already finds would only make the search slower.
            if len(secret) >= _COMMON and (0, len(secret)) not in self.spans(secret):
                self._add(secret)

    def spans(self, text: str) -> list[Span]:
        """Return the parts of a text that show a secret, or most of one, sorted by their start."""
        if not self._needles or len(text) < self._least:
            return []
        return sorted(set(self._spans(text, _DEPTH)))

    def _add(self, secret: str) -> None:
        self._needles |= {_Needle(text, _least(text)) for text in _compared(secret) if len(text) >= _LEAST}
        lengths = {needle.block for needle in self._needles}
        self._pieces = [
            _Pieces(length, (needle for needle in self._needles if needle.block == length)) for length in lengths
        ]
        self._least = min((needle.least for needle in self._needles), default=0)

    def _spans(self, text: str, depth: int) -> Iterator[Span]:
        if len(text) < self._least:
            return
        dense = encodings.without_blanks(text)
        if dense:
            yield from self._within(dense, depth)
            return
        # In form encoding a plus is a space, and a backslash may only escape the next character: neither counts.
        loose = encodings.without_loose(text)
        for pieces in self._pieces:
            for span in pieces.spans(loose.text if loose else text):
                yield loose.back(span) if loose else span
        if depth:
            for decoded in encodings.decoded(text, self._least):
                yield from self._within(decoded, depth - 1)

    def _within(self, decoded: Decoded, depth: int) -> Iterator[Span]:
        for span in self._spans(decoded.text, depth):
            yield decoded.back(span)


def _least(text: str) -> int:
    """Return how many characters in a row count as a find: all, if they are few or too alike."""
    length = len(text)
    if length < _COMMON or len(set(text)) < _LEAST:
        return length
    return max(_LEAST, min(_MOST, -(-2 * length // 3)))


def _compared(secret: str) -> Iterator[str]:
    """Yield the forms of a secret that are compared: as it is, and with apparent escapes resolved."""
    for spelled in dict.fromkeys((secret, secret.encode("utf-8", "replace").decode("latin-1"))):
        text: str | None = spelled
        while text is not None:
            dense = encodings.without_blanks(text)
            text = dense.text if dense else text
            loose = encodings.without_loose(text)
            yield loose.text if loose else text
            decoded = encodings.unescaped(text)
            text = decoded.text if decoded else None
