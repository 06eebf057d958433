# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What a verification finds: where, and what is wrong there."""

from __future__ import annotations

from .documents import Document


def finding(file: str, line: int | None, what: str) -> Document:
    """Return one finding; ``line`` counts from 1, and is None where the file as a whole is meant."""
    return {"file": file, "line": line, "what": what}
