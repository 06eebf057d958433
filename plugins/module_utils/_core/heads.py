# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The head of a response, repaired if a server writes it in a way that the standard library cannot read."""

from __future__ import annotations

import http.client
from collections.abc import Callable

from . import caches

LONGEST_LINE = 64 * 1024
MOST_LINES = 1000
_MOST_KEPT = 96
"""The standard library takes 100."""

_NEEDED = (
    b"connection",
    b"content-",
    b"date",
    b"keep-alive",
    b"location",
    b"retry-after",
    b"set-cookie",
    b"transfer-encoding",
    b"x-csrf-",
)
"""How the names begin that say how to read an answer, or that a vendor file looks at."""


def mended(read_line: Callable[[int], bytes]) -> list[bytes]:
    """Read a head up to its empty line and return its lines without those that are no headers.

    A length that is said several times alike is said once. Of very many headers those that nobody looks at are left
    out. Raises HTTPException where it is too large, or names two lengths.
    """
    headers: list[list[bytes]] = []
    for _line in range(MOST_LINES):
        line = read_line(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise http.client.LineTooLong("header line")
        if line.strip(b"\r\n") == b"":
            return [part for header in _fewer(_length_once(headers)) for part in header] + [line]
        if line[:1] in (b" ", b"\t"):
            if headers:
                headers[-1].append(line)
        else:
            headers.append([line])
    raise http.client.HTTPException(f"more than {MOST_LINES} header lines")


def _fewer(headers: list[list[bytes]]) -> list[list[bytes]]:
    kept = [header for header in headers if b":" in header[0]]
    if sum(map(len, kept)) <= _MOST_KEPT:
        return kept
    return [header for header in kept if _needed(header[0].partition(b":")[0].strip().lower())]


def _needed(name: bytes) -> bool:
    return name.startswith(_NEEDED) or caches.may_tell(name)


def _length_once(headers: list[list[bytes]]) -> list[list[bytes]]:
    kept, lengths = [], set()
    for header in headers:
        name, _colon, value = header[0].partition(b":")
        if name.strip().lower() == b"content-length":
            lengths |= {length.strip() for length in value.split(b",")}
        else:
            kept.append(header)
    if len(lengths) > 1:
        raise http.client.HTTPException("two lengths")
    return [*([b"Content-Length: " + length + b"\r\n"] for length in lengths), *kept]
