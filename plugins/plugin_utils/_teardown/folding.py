# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One form of a name for comparing: Unicode form, case, white space and invisible characters do not count."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")


def folded(text: str) -> str:
    """Return the form in which names and patterns are compared."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    spaced = _SPACE.sub(" ", normal)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in ("Cf", "Cc"))
    return _SPACE.sub(" ", visible).strip()
