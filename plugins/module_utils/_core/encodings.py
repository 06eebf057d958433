# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Decodings of a text, in every way that servers encode text, with the positions in the original."""

from __future__ import annotations

import html
import re
from binascii import a2b_base64
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import accumulate

from .characters import CONTROL, INVISIBLE

Span = tuple[int, int]
"""Begin and end of a part of a text."""

Place = Callable[[int], int]
"""Says for a position in one text which it was in another."""

# Percent-encoding, also the kind of JavaScript's escape(); backslash escapes of JSON, Python, PHP, C; HTML entities.
# A backslash that was put before one of these in between counts as well.
_ESCAPE = re.compile(
    r"%u([0-9A-Fa-f]{4})|%([0-9A-Fa-f]{2})"
    r"|\\++(?:u\\*+\{([0-9A-Fa-f]{1,6})\\*+\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))"
    r"|\\++([abfnrtv])|\\++|(&(?:\\*+#[0-9]{1,7}|\\*+#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30})(?:\\*+;)?)"
)
_OCTAL = 7
"""The group of the one escape that is not in hex."""
# The usual invisible characters byte by byte, as resolved escapes of UTF-8 leave them.
_INVISIBLE_BYTES = (
    r"\xc2[\xa0\xad]|\xcd\x8f|\xd8\x9c|\xe1\xa0[\x8b-\x8f]|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xaf]"
    r"|\xe3\x80\x80|\xef\xb8[\x80-\x8f]|\xef\xbb\xbf|\xf3\xa0[\x80-\x87][\x80-\xbf]"
)
_BLANK = re.compile(rf"(?:{_INVISIBLE_BYTES}|[\s{CONTROL}{INVISIBLE}])+")

_LOOSE = re.compile(r"[+\\]+")
_BASE64 = re.compile("[A-Za-z0-9+/_-]+")
_STANDARD = str.maketrans("-_", "+/")
_HEX = re.compile("(?:(?:0x|[:,+-]){0,4}[0-9A-Fa-f]{2}){6,}[0-9A-Fa-f]?")
_HEX_DIGIT = re.compile("0x(?=[0-9A-Fa-f]{2})|([0-9A-Fa-f])")


@dataclass
class Decoded:
    """A text derived from another one. ``trace`` maps positions back; it is called only when needed."""

    text: str
    trace: Callable[[], tuple[Place, Place]]

    @cached_property
    def _places(self) -> tuple[Place, Place]:
        return self.trace()

    def back(self, span: Span) -> Span:
        """Return the part of the other text that a part of this one was made of."""
        begin, end = self._places
        return begin(span[0]), end(span[1] - 1)


Replacement = Callable[[re.Match[str]], str]


def _rewritten(text: str, pattern: re.Pattern[str], replacement: Replacement | str) -> Decoded | None:
    """Replace all matches; None if nothing changes."""
    made = pattern.sub(replacement, text)
    return None if made == text else Decoded(made, partial(_trace, text, pattern, replacement))


def _trace(text: str, pattern: re.Pattern[str], replacement: Replacement | str) -> tuple[Place, Place]:
    """Return the original position of each character of a rewritten text."""
    new: list[int] = []
    old: list[range] = []
    at = length = 0
    for match in pattern.finditer(text):
        replaced = replacement if isinstance(replacement, str) else replacement(match)
        new += [length, length + match.start() - at]
        old += [range(at, match.start()), range(match.start(), match.end())]
        length, at = new[-1] + len(replaced), match.end()
    new.append(length)
    old.append(range(at, len(text)))

    def place(position: int, *, last: bool) -> int:
        piece = bisect_right(new, position) - 1
        source = old[piece]
        if piece % 2:  # one that was replaced
            return source.stop if last else source.start
        return source.start + position - new[piece] + last

    return partial(place, last=False), partial(place, last=True)


def without_blanks(text: str) -> Decoded | None:
    """Drop white space, control characters and invisible characters; None if there are none."""
    return _rewritten(text, _BLANK, "")


def without_loose(text: str) -> Decoded | None:
    """Drop characters that one encoding adds and the next one reads differently; None if there are none."""
    return _rewritten(text, _LOOSE, "")


def decoded(text: str, least: int) -> Iterator[Decoded]:
    """Decode a text once, in every way that can yield ``least`` characters or more."""
    resolved = unescaped(text)
    if resolved:
        yield resolved
    yield from _from_base64(text, least)
    yield from _from_hex(text, least)


def unescaped(text: str) -> Decoded | None:
    """Resolve all escapes once; None if there are none. A backslash that escapes nothing is dropped."""
    return _rewritten(text, _ESCAPE, _character)


def _character(match: re.Match[str]) -> str:
    which = match.lastindex
    if which is None:
        return ""
    code = match[which]
    if which == _OCTAL:
        return chr(int(code, 8))
    if which < _OCTAL:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else ""
    return html.unescape(code.replace("\\", "")) if code.startswith("&") else " "


def _from_base64(text: str, least: int) -> Iterator[Decoded]:
    """Decode base64 from each offset at which a group of four may begin."""
    for run in _BASE64.finditer(text):
        if (run.end() - run.start()) * 3 < least * 4:
            continue
        digits = run[0].translate(_STANDARD)
        for skipped in range(4):
            part = digits[skipped:]
            # One digit alone is no byte; two and three are one and two bytes, whose padding may be left out.
            part = part[:-1] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
            yield from _readable(a2b_base64(part), least, *_of_base64(run.start() + skipped))


def _of_base64(start: int) -> tuple[Place, Place]:
    """Return the range of base64 digits of a byte: a byte has eight bits, and a digit six."""
    return lambda at: start + at * 4 // 3, lambda at: start + (at * 8 + 7) // 6 + 1


def _from_hex(text: str, least: int) -> Iterator[Decoded]:
    """Decode hex digits from both offsets at which a pair may begin."""
    for run in _HEX.finditer(text):
        places: Sequence[int] = range(run.start(), run.end())
        digits = run[0]
        if not digits.isalnum() or "x" in digits:
            places = [run.start() + found.start() for found in _HEX_DIGIT.finditer(digits) if found[1]]
            digits = "".join(text[place] for place in places)
        if len(digits) < 2 * least:
            continue
        for skipped in range(2):
            length = (len(digits) - skipped) // 2 * 2
            data = bytes.fromhex(digits[skipped : skipped + length])
            yield from _readable(data, least, *_of_hex(places[skipped:]))


def _of_hex(places: Sequence[int]) -> tuple[Place, Place]:
    """Return where the digits of a byte begin and end."""
    return lambda at: places[2 * at], lambda at: places[2 * at + 1] + 1


def _readable(data: bytes, least: int, begin: Place, end: Place) -> Iterator[Decoded]:
    """Find the parts of decoded bytes that are text; bytes that were no encoded text hardly have any."""
    for run in _text_of(least).finditer(data):
        text = run[0].decode("utf-8", "surrogateescape")
        yield Decoded(text, partial(_trace_bytes, text, run.start(), begin, end))


def _trace_bytes(text: str, first: int, begin: Place, end: Place) -> tuple[Place, Place]:
    """Return the original position of each character, by its bytes."""
    lengths = (len(char.encode("utf-8", "surrogateescape")) for char in text)
    at = [*accumulate(lengths, initial=first)]
    return lambda char: begin(at[char]), lambda char: end(at[char + 1] - 1)


@cache
def _text_of(least: int) -> re.Pattern[bytes]:
    """Return a pattern for that many characters or more, also in UTF-16."""
    return re.compile(rb"(?:[\x00-~\xa0\xad]|[\xc2-\xf4][\x80-\xbf]{1,3}){%d,}" % least)
