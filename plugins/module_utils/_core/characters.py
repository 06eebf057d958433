# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Invisible characters, and how to find them in a text."""

from __future__ import annotations

import re
import unicodedata

CONTROL = r"\x00-\x1f\x7f-\x9f"
"""C0, DEL and C1, for a set of a regular expression."""

# Unicode's default ignorable characters (DerivedCoreProperties.txt: zero width, marks of direction, soft hyphen,
# variation selectors, tags …) and blanks that are no spaces. The blanks of category Zs are in \s.
INVISIBLE = (
    r"\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800"
    r"\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters without a shape of their own, for a set of a regular expression."""

_CONTROL = re.compile(f"[{CONTROL}]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def hidden(text: str) -> str | None:
    """Return the first invisible character of a text, for a message; None if there is none."""
    if _CONTROL.search(text):
        return "has a control character"
    found = _INVISIBLE.search(text)
    return found and f"has an invisible character, {_name(found[0])}, at position {found.start() + 1}"


def named(char: str) -> str:
    """Return a character for a message: the character itself if it is visible, and its code point."""
    shown = _name(char)
    return shown if hidden(char) else f"{char!r} ({shown})"


def _name(char: str) -> str:
    return " ".join(filter(None, (f"U+{ord(char):04X}", unicodedata.name(char, ""))))
