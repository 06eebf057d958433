# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A short excerpt of a response that cannot be parsed, for an error message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 16 * 1024
"""Characters of an answer that are looked at."""

_CUT_OFF = 4 * 1024
_SHOWN = 120

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_HTML = re.compile(
    r"\s*(<!doctype html|<html|<head|<title|<body|<meta|<div|<br|<b>|<h\d|<p>|<center|<script|<!--)", re.IGNORECASE
)
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_HEADLINE = re.compile(r"<h1[^<>]*>([^<]*)", re.IGNORECASE)
_NOT_FOR_EYES = re.compile(r"<(script|style)\b[^<]*", re.IGNORECASE)
_WITHIN_WORDS = re.compile(r"</?(a|b|i|u|em|strong|span|font|code|tt|small|wbr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_PHP = re.compile(r"\b(warning|notice|deprecated|fatal error|parse error|uncaught \w+)(</b>)?:", re.IGNORECASE)
_LOGIN_FORM = re.compile(r"""type\s*=\s*["']?password""", re.IGNORECASE)
# Possible phone numbers stay out of messages.
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,3}\d){6,}")
_STATUS = re.compile(r"(HTTP )?(Status |Error )?[1-5]\d\d\b[\s:,-]*", re.IGNORECASE)

Mask = Callable[[str], str]


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a response. ``headline``: the status is clear, and a page's heading may explain it."""

    content_type: str
    text: str
    headline: bool = False

    def shown(self, mask: Mask) -> str:
        """Return what to show, without secrets; empty if there is nothing to add.

        Secrets are masked before anything is removed or cut, and once more after it. If a tag stands inside a
        secret, only the second finds it whole.
        """
        text = self.text[:LONGEST]
        if mask(_plain(text)) == _plain(text):
            text = mask(text)
        if len(self.text) > LONGEST:
            text = text[:-_CUT_OFF]  # a secret may stand on the edge
        if self.headline:
            return self._headline(text, mask)
        kind, words = self._kind(text)
        said = _short(words, mask)
        return f'it is {kind} "{said}"' if said else f"it is {kind}"

    def _headline(self, text: str, mask: Mask) -> str:
        if not self._is_html(text):
            return _short(text, mask) if "text/plain" in self.content_type.lower() and not _is_binary(text) else ""
        title = _first(text, _TITLE)
        says_more = _STATUS.sub("", title, count=1).strip()
        words = title if says_more else _plain(text)
        return _STATUS.sub("", _short(words, mask), count=1)

    def _kind(self, text: str) -> tuple[str, str]:
        """Return what kind of text it is, and its most telling words."""
        if not text.strip():
            return "empty", ""
        media = self.content_type.partition(";")[0].strip().lower()
        if _is_binary(text):
            return f"binary data ({media})" if _MEDIA_TYPE.fullmatch(media) else "binary data", ""
        if self._is_html(text):
            if _PHP.search(text):
                return "a message of PHP:", _plain(text)
            page = "an HTML page with a login form" if _LOGIN_FORM.search(text) else "an HTML page"
            title = _first(text, _TITLE) or _first(text, _HEADLINE)
            return (f"{page}, titled", title) if title else (f"{page}:", _plain(text))
        if _PHP.match(text.lstrip().removeprefix("PHP ")):
            return "a message of PHP:", text
        return "XML:" if text.lstrip().startswith("<") else "text:", text

    def _is_html(self, text: str) -> bool:
        return bool(_HTML.match(text)) or ("html" in self.content_type.lower() and text.lstrip().startswith("<"))


def _is_binary(text: str) -> bool:
    strange = sum(not character.isprintable() and not character.isspace() for character in text)
    return "\x00" in text[:200] or (strange + text.count("\ufffd")) * 20 > len(text)


def _first(text: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(text)
    return found[1].strip() if found else ""


def _plain(text: str) -> str:
    return _TAG.sub(" ", _WITHIN_WORDS.sub("", _NOT_FOR_EYES.sub(" ", text)))


def _short(words: str, mask: Mask) -> str:
    import html  # noqa: PLC0415 - errors are rare, and the table of entities is long

    line = " ".join(mask(html.unescape(words)).split())
    line = _LONG_NUMBER.sub("…", "".join(character for character in line if character.isprintable()))
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
