# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The findings of a verification: the place, and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .documents import Document


def finding(file: str, line: int | None, what: str) -> Document:
    """Return one finding; ``line`` counts from 1, and is None if the finding is about the whole file."""
    return {"file": file, "line": line, "what": what}


def below(folder: str, findings: Iterable[Document]) -> Iterator[Document]:
    """Yield findings about a folder with its name before those of the files."""
    for item in findings:
        yield {**item, "file": f"{folder}/{item['file']}" if folder else item["file"]}
