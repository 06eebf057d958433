# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The character set of a response: its byte order mark, the charset of its Content-Type, or UTF-8."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""\s{0,20}<\?xml\s[^>]{0,100}?encoding\s*=\s*["']([\w.:+-]{1,40})""")
# Only character codecs: other Python codecs decompress, or are slow.
_OF_TEXT = re.compile(
    r"utf-(8|16|32)(-[lb]e)?|iso8859-\d+|cp(125\d|437|850|858|932|949|950)|koi8-[ru]|mac-roman"
    r"|gb18030|gbk|gb2312|big5|shift_jis|euc_(jp|kr)"
)
_LONGEST_MARK = 4


def encoding(content_type: str, beginning: bytes) -> str:
    """Return the codec for a body that starts with these bytes; UTF-8 if no known codec is named."""
    # A byte order mark, or the zero bytes that only UTF-16 and UTF-32 have.
    seen = json.detect_encoding(beginning) if beginning else "utf-8"
    if seen != "utf-8":
        return seen
    named = _CHARSET.search(content_type)
    if named:
        return _known(named[1])
    declared = _XML_ENCODING.match(beginning)
    return _known(declared[1].decode("ascii", "replace")) if declared else "utf-8"


def decode(content_type: str, body: bytes, errors: str) -> str:
    """Return a body as text, without its byte order mark."""
    return body.decode(encoding(content_type, body[:200]), errors)


def as_utf8(content_type: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a body that arrives in pieces as UTF-8; raise ValueError if it is not in the named charset."""
    beginning = b""
    for chunk in chunks:
        beginning += chunk
        if len(beginning) >= _LONGEST_MARK:
            break
    name = encoding(content_type, beginning)
    if name in ("utf-8", "utf-8-sig"):
        yield beginning
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(name)()
    yield decoder.decode(beginning).encode()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return "utf-8"
    return found if _OF_TEXT.fullmatch(found) else "utf-8"
