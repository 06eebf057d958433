# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Values as HTML: every foreign text escaped, what cannot be seen made visible, and nothing without an end."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import escape
from typing import Any

from ..documents import InvalidDocument, parse_time
from ..formatting import format_count

LONGEST = 500
_WIDE = ' class="wide"'
# What a browser would not show, or would show as something else.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def text(value: Any) -> str:
    """Return foreign text as HTML: escaped, what cannot be seen made visible, and not longer than a cell bears."""
    whole = str(value)
    cut = whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}…"
    shown = escape(_UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", cut))
    if cut is whole:
        return shown
    return f"{shown} <small>({format_count(len(whole))} characters, whole in evidence.json)</small>"


def words_of(word: str) -> str:
    """Return an outcome or a step as words."""
    return escape(word.replace("_", " "))


def time(value: Any) -> str:
    """Return a time, to the second; what is none is shown as it is."""
    if not value:
        return "unknown"
    try:
        when = parse_time(value, "a time of the run")
    except InvalidDocument:
        return text(value)
    return f'<time datetime="{when.strftime("%Y-%m-%dT%H:%M:%SZ")}">{when.strftime("%Y-%m-%d %H:%M:%S")} UTC</time>'


def duration(seconds: Any) -> str:
    """Return a number of seconds as a person says it."""
    if not isinstance(seconds, (int, float)):
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def facts(pairs: Iterable[tuple[str, str]], *, wide: Collection[str] = ()) -> str:
    """Return a list of facts, each a name and its value as HTML; those that are empty are left out."""
    items = "".join(
        f'<div{_WIDE if name in wide else ""}><dt>{name}</dt><dd dir="auto">{value}</dd></div>'
        for name, value in pairs
        if value
    )
    return f'<dl class="facts">{items}</dl>\n'


def table(heads: Iterable[str], lines: str, *, about: str = "", scroll: str = "") -> str:
    """Return a table of lines that are HTML already; ``about`` and ``scroll`` are attributes of it and around it."""
    cells = "".join(f'<th scope="col"><span class="plain">{head}</span></th>' for head in heads)
    return (
        f'<div class="scroll"{scroll}>\n<table{about}>\n<thead><tr>{cells}</tr></thead>\n'
        f"<tbody>\n{lines}</tbody>\n</table>\n</div>\n"
    )
