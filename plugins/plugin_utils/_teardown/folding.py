# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One form of a name for comparing: case, white space, invisible characters and what looks alike do not count."""

from __future__ import annotations

import re
import unicodedata

from ...module_utils._core.characters import CONTROL, INVISIBLE

_SPACE = re.compile(r"\s+")
_UNSEEN = re.compile(f"[{CONTROL}{INVISIBLE}]")

# Blank like a space, and none to Unicode; the signs that a word processor puts in place of those of a keyboard.
_SIGNS = str.maketrans(
    "\u115f\u1160\u2800\u3164\uffa0`\xb4\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032\u201c\u201d\u201e\u2033"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    " " * 5 + "'" * 9 + '"' * 4 + "-" * 7,
)
# Letters of Cyrillic and Greek, in lower case, that look like one of Latin in lower or upper case.
_LETTERS = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445"
    "\u0455\u0456\u0458\u04bb\u04cf\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctyxsijhldqwabezhikmnoptyx",
)


def folded(text: str) -> str:
    """Return the form in which names and patterns are compared."""
    normal = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS).casefold().translate(_LETTERS)
    return _SPACE.sub(" ", _UNSEEN.sub("", _SPACE.sub(" ", normal))).strip()
