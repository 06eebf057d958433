# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Certificate files, loaded once before anything is sent, so that a bad file is an option error."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

from .errors import OptionError

BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables of the environment that name a CA bundle, in the order in which they count."""

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


class _PassPhraseNeeded(Exception):
    """A key is encrypted."""


def check_client_certificate(certificate: str, key: str | None) -> None:
    """Load a client certificate and its key, or raise OptionError; never prompt for a pass phrase."""
    key_option = "client_key" if key else "client_cert"
    if _CERTIFICATE not in _content("client_cert", certificate):
        raise OptionError("client_cert", f"{certificate} holds no certificate in PEM form")
    if not _KEY.search(_content(key_option, key or certificate)):
        hint = "" if key else "; give the file of the key as client_key"
        raise OptionError(key_option, f"{key or certificate} holds no private key in PEM form{hint}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, _no_pass_phrase)
    except _PassPhraseNeeded:
        raise OptionError(
            key_option, "the private key needs a pass phrase, which cannot be given; use a key without one"
        ) from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise OptionError(key_option, "the private key does not belong to the certificate of client_cert") from None
        raise OptionError(
            "client_cert", f"certificate and key cannot be used: {error.reason or 'unreadable'}"
        ) from None


def authorities(ca_path: str | None) -> str | None:
    """Return the file or folder of authorities that task, or else environment, names, or None; or raise OptionError."""
    given = [("ca_path", ca_path), *((name, os.environ.get(name)) for name in BUNDLE_VARIABLES)]
    for name, path in given:
        if path:
            _check_authorities(name, Path(path))
            return path
    return None


def _check_authorities(name: str, path: Path) -> None:
    if path.is_dir():
        if not any(_holds_certificates(entry) for entry in _hashed_entries(name, path)):
            raise OptionError(
                name, f"{path} is a folder without certificates under hashed names; run: openssl rehash {path}"
            )
    elif _CERTIFICATE not in _content(name, str(path)) or not _holds_certificates(path):
        raise OptionError(name, f"{path} holds no certificate in PEM form that can be read")


def _hashed_entries(name: str, folder: Path) -> Iterator[Path]:
    try:
        yield from (entry for entry in folder.iterdir() if _HASHED.fullmatch(entry.name))
    except OSError as error:
        raise OptionError(name, f"{folder} cannot be read: {error.strerror}") from None


def _holds_certificates(path: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=str(path))
    except OSError:
        return False
    return True


def _content(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        raise OptionError(name, f"{path} is not a file that can be read") from None


def _no_pass_phrase() -> str:
    # Without this function OpenSSL would prompt at the terminal.
    raise _PassPhraseNeeded
