# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the credentials of a request, and masks secrets in what is recorded."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

MASK = "***"
_LEAST = 6
"""Shorter secrets are not masked in paths, because they would match unrelated text."""
_SECRET_FIELD = re.compile(
    r"""
    ( (?: ^ | [?&{,\s] ) ["']?
      (?: (?: [\w-]* [_-] )? (?: secret | pass(?:word)? | token ) | [\w-]* [_-] key )
      ["']? \s* [:=] \s* ["']? )
    [^"'&\s,}]+
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials that a request presented."""

    scheme: str
    user: str | None
    secret: str = field(repr=False)
    fingerprint: str


def fingerprint(secret: str) -> str:
    """Return a short hash that distinguishes secrets without revealing them."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def make(scheme: str, user: str | None, secret: str) -> Credentials:
    """Build credentials with their fingerprint."""
    return Credentials(scheme, user, secret, fingerprint(secret))


@lru_cache(maxsize=4096)
def from_authorization(value: str) -> Credentials:
    """Parse an Authorization header; one that cannot be decoded counts as an unknown secret."""
    scheme, _blank, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        return make("bearer", None, rest)
    if scheme.lower() != "basic":
        return make("token", None, value)
    try:
        user, _colon, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return make("basic", None, rest)
    return make("basic", user, secret)


def from_headers(headers: Mapping[str, str]) -> Credentials | None:
    """Read the Authorization header, if there is one."""
    value = headers.get("Authorization")
    return None if value is None else from_authorization(value)


@lru_cache(maxsize=4096)
def from_token(value: str) -> Credentials:
    """Read a vendor-specific token header."""
    return make("token", None, value)


def mask(text: str, presented: Credentials | None) -> str:
    """Mask the presented secret, and the value of every field whose name suggests a secret."""
    if not text:
        return text
    if presented is not None and len(presented.secret) >= _LEAST and presented.secret in text:
        text = text.replace(presented.secret, MASK)
    return _SECRET_FIELD.sub(rf"\1{MASK}", text)
