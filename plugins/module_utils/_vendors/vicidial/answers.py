# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""VICIdial's answers: lines that begin with SUCCESS, NOTICE or ERROR, and tables.

Most answers come with HTTP status 200, errors too. A line is judged by its whole phrase, since what follows the phrase
differs from build to build, and may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..._core.errors import FailureClass, Kind, OutboundError, unexpected_response
from ..._core.http_messages import Response

Answer = TypeVar("Answer")

_LINE = re.compile(r"(SUCCESS|NOTICE|ERROR): (\S.*)")
_BROKEN_OFF = re.compile(r"\.php(</b>)? on line (<b>)?[0-9]")
_AFTER_PHRASE = re.compile(r":| - |\|")

_OR_HIDDEN = "or this user may not see it"
_KINDS: Sequence[tuple[str, Kind, str]] = (
    (
        "Login incorrect",
        Kind.AUTH,
        (
            "VICIdial refused the login: the user or the password is wrong, the user is not active, has a level below"
            " 7, or needs a second factor. It is not tried again, since the tenth wrong login locks the user"
        ),
    ),
    (
        "Too many login attempts",
        Kind.AUTH,
        "VICIdial has locked the user after too many wrong logins, for 15 minutes. It is not tried again",
    ),
    ("Your IP Address is not allowed", Kind.DENIED, "VICIdial does not allow the API from this address"),
    ("USER DOES NOT HAVE PERMISSION", Kind.DENIED, ""),
    ("NOT AN ALLOWED LIST ID", Kind.DENIED, ""),
    ("NO VIEWABLE CAMPAIGNS", Kind.NOT_FOUND, f"VICIdial shows no such campaign, {_OR_HIDDEN}"),
    ("DOES NOT EXIST", Kind.NOT_FOUND, ""),
    ("NOT FOUND", Kind.NOT_FOUND, ""),
)
"""What a phrase contains, its kind, and what is said of it where the phrase itself says too little."""


@dataclass(frozen=True)
class Line:
    """One line of an answer: its word ("" for none of the three), function and phrase, and the fields behind them."""

    word: str
    phrase: str
    fields: tuple[str, ...] = ()


def lines(text: str) -> list[Line]:
    """Return the lines of an answer that consists of such lines; none for data.

    The first line decides: a line of data may begin with anything, since people and other systems write it.
    """
    told = [_line(each) for each in text.split("\n") if each.strip()]
    return told if told and told[0].word else []


def _line(text: str) -> Line:
    found = _LINE.fullmatch(text.strip())
    if found is None:
        return Line("", text.strip())
    phrase, *rest = _AFTER_PHRASE.split(found[2], maxsplit=1)
    fields = "".join(rest).strip(" :|-").split("|")
    return Line(found[1], phrase.strip(), tuple(field.strip() for field in fields))


def error_in(told: Sequence[Line]) -> OutboundError | None:
    """Return the error that lines tell; where other lines tell of something done, a part may have been carried out."""
    wrong = next((line for line in told if line.word == "ERROR"), None)
    if wrong is None:
        return None
    kind, text = next(((kind, text) for word, kind, text in _KINDS if word in wrong.phrase), (Kind.REJECTED, ""))
    if not text:
        text = f"{wrong.phrase}, {_OR_HIDDEN}" if kind is Kind.NOT_FOUND else wrong.phrase
    half_done = any(line.word != "ERROR" for line in told)
    if half_done:
        text = f"a part was carried out, then {text}"
    failure_class = FailureClass.UNEXPECTED_RESPONSE if half_done else FailureClass.REJECTED
    return OutboundError(kind, text, failure_class, status=200, code=wrong.phrase, words=wrong.phrase)


def says(error: OutboundError, phrase: str) -> bool:
    """Tell whether an error is VICIdial's own word, with this at the end of its phrase."""
    return isinstance(error.code, str) and error.code.endswith(phrase)


def unless(phrase: str, call: Callable[[], Answer]) -> Answer | None:
    """Return what a call returns; None where VICIdial says instead, with this phrase, that there is nothing."""
    try:
        return call()
    except OutboundError as error:
        if says(error, phrase):
            return None
        raise


@dataclass(frozen=True)
class Table:
    """A table with tabs between its fields; ``rows`` are lines as they came, since a field may hold tabs too."""

    header: Sequence[str]
    rows: Sequence[str]

    def whole(self, row: str) -> dict[str, str] | None:
        """Return column → field, or None where a field holds a tab, so that nobody can tell which is which."""
        fields = row.split("\t")
        return dict(zip(self.header, fields, strict=True)) if len(fields) == len(self.header) else None


def table(response: Response, first: str) -> Table:
    """Return the table whose first column has this name; an answer without its header line is none."""
    head, *rows = response.text().split("\n")
    header = head.rstrip("\r").split("\t")
    if header[0] != first or len(header) < 2:
        raise response.unexpected(f"the answer is no table that begins with {first}")
    shown = [row.rstrip("\r") for row in rows if row.strip()]
    if shown and _BROKEN_OFF.search(shown[-1]):
        raise unexpected_response("the table ends with an error of PHP, so rows may be missing", status=response.status)
    return Table(header, shown)
