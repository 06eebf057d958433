# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How VICIdial reads what it is given, and how it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...exchange import Answer

_TYPE = "text/html"


def cleaned(value: str) -> str:
    """Leave out what no id and no password may have."""
    return re.sub(r"[^-_0-9a-zA-Z]", "", value)


def digits(value: str) -> str:
    """Leave out everything but digits."""
    return re.sub(r"[^0-9]", "", value)


def said(text: str) -> Answer:
    """Answer a text, with status 200 whatever it says."""
    return Answer(200, text.encode(), _TYPE)


def broken(settings: Mapping[str, Any], text: str = "", *, shown: bool = True) -> Answer:
    """Answer as where a value breaks an SQL statement: PHP 8.1 and later end there, older ones go on.

    ``shown`` says whether the text was written before that.
    """
    if settings["sql_breaks"] == "500":
        return Answer(500, text.encode(), _TYPE) if text and shown else Answer(500)
    return said(text)


def line(word: str, function: str, phrase: str, *fields: object) -> str:
    """Make a line; of errors the manual shows another separator than the program writes."""
    tail = "|".join(map(str, fields))
    return f"{word}: {function} {phrase}{': |' if word == 'ERROR' else ' - '}{tail}|\n"


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Make a table with tabs."""
    return "".join("\t".join(map(str, row)) + "\n" for row in (header, *rows))
