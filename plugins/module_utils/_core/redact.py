# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Mask secrets, and sanitize untrusted text for display."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from .secret_search import Search

MASK = "********"
_BY_FINGERPRINT = "token "
LONGEST_MESSAGE = 500
_LOOKED_AT = 40 * LONGEST_MESSAGE
_REMEMBERED = 4096
"""Texts of at most _SHORT characters; results and journals repeat their keys and words."""

_SHORT = 120

SHORT_SECRET = 8
"""Characters below which masking a secret may hide other text too."""

# C0, DEL, C1 and the marks of text direction: all can falsify what a terminal or report shows.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
# A lone surrogate, as JSON escapes allow: Ansible drops the whole result of a module that returns one.
_HALF = re.compile("[\ud800-\udfff]")


def basic(user: str, secret: str) -> str:
    """Return the base64 part of an HTTP Basic header."""
    return b64encode(f"{user}:{secret}".encode()).decode("ascii")


def fingerprint(secret: str) -> str:
    """Return a short hash that tells two secrets apart."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def token_login(secrets: Iterable[str]) -> str:
    """Return the login name of an account that has only a token: the token's fingerprint."""
    return _BY_FINGERPRINT + fingerprint("".join(secrets))


def is_token_login(login: Any) -> bool:
    """Return whether a login is the fingerprint of a token, and no person's name."""
    return str(login).startswith(_BY_FINGERPRINT)


def encodings_of(secret: str, user: str | None = None) -> set[str]:
    """Return every form in which a secret could appear in output."""
    found = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    found.add(b64encode(secret.encode()).decode("ascii"))
    if user is not None:
        found.add(basic(user, secret))
    return found


class Redactor:
    """Masks the task's secrets in everything that leaves the module."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these secrets too from now on; called by one thread at a time."""
        self._secrets |= {secret for secret in secrets if secret}
        mask = _Mask(self._secrets)
        # A thread that masks meanwhile without the new secrets keeps its answer in the cache of the old ones.
        self._mask, self._mask_short = mask, lru_cache(_REMEMBERED)(mask.of)

    def mask(self, text: str) -> str:
        """Return the text without the secrets, and without characters that cannot be encoded."""
        return self._mask_short(text) if len(text) <= _SHORT else self._mask.of(text)

    def line(self, text: str) -> str:
        """Return untrusted text as one line without control characters and secrets."""
        # Masked twice: a secret may stand whole before the cleaning, or only after it.
        return self._mask.without_plain(_CONTROL.sub(" ", self.mask(text))).strip()

    def message(self, text: str) -> str:
        """Return untrusted text as one short line."""
        # A secret that is cut by the end of the message is recognized only with the text that follows.
        line = self.line(text[:_LOOKED_AT])
        return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"

    def clean(self, value: Any) -> Any:
        """Return JSON-like data with every string masked, keys included."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {self.clean(key): self.clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.clean(item) for item in value]
        return value


class _Mask:
    """Masks one set of secrets."""

    def __init__(self, secrets: Collection[str]) -> None:
        # The longest first, so that no piece of a longer form is left standing.
        ordered = sorted(secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._search = Search(secrets)

    def of(self, text: str) -> str:
        masked = self._without_encoded(self.without_plain(text))
        return masked if masked.isascii() else _HALF.sub("\ufffd", masked)

    def without_plain(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text

    def _without_encoded(self, text: str) -> str:
        """Mask every part that decodes to a secret, or to most of one."""
        pieces, at = [], 0
        for begin, end in self._search.spans(text):
            pieces += [text[at:begin], MASK] if begin >= at else []
            at = max(at, end)
        return "".join([*pieces, text[at:]]) if at else text
