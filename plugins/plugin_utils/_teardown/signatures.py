# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Signatures of OpenSSH (``ssh-keygen -Y``): the only file that runs the program. No shell, and no prompt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAMESPACE = "telephony.outbound"
_SECONDS = 20.0
_KEPT_VARIABLES = ("PATH", "HOME", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER")
_KEY = re.compile(r"with (\S+) key (SHA256:\S+)")
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n")
_ARMOR_WIDTH = 70
_NOT_INSTALLED = "ssh-keygen is not installed, and signatures need it: install the OpenSSH client"
_WILDCARDS = re.compile(r"[*?!]")
_Done = subprocess.CompletedProcess[bytes]


class SignatureError(Exception):
    """Something cannot be signed, or a signature is invalid; the text says why and what to do."""


@dataclass(frozen=True)
class Signature:
    """A valid signature."""

    signer: str | None
    """The principal of the allowed signers; None where nobody said whom to trust."""
    key: str
    """Kind and fingerprint of the key, such as ``ED25519 SHA256:…``."""


def is_available() -> bool:
    """Return whether signatures can be made and checked here."""
    return shutil.which("ssh-keygen") is not None


def insist_on_signers(signers: str) -> None:
    """Raise SignatureError if the file of allowed signers cannot be used."""
    if not is_available():
        raise SignatureError(_NOT_INSTALLED)
    if not Path(signers).is_file():
        raise SignatureError(f"{signers} is not a file; it has to name the allowed signers")


def sign(content: bytes, key: str) -> bytes:
    """Return a signature; ``key`` is the path of a private key, or of the public key of one that an agent holds."""
    if not Path(key).is_file():
        raise SignatureError(f"{key} is not a file, so nothing can be signed with it")
    # Without a file name the signature goes to stdout.
    done = _run(["-Y", "sign", "-f", key, "-n", NAMESPACE], content)
    if done.returncode != 0 or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise SignatureError(f"nothing can be signed with {key}: {_why(done)}")
    return done.stdout


def verify(content: bytes, signature: bytes, signers: str, *, at: datetime) -> Signature:
    """Return the signer; ``signers`` is the path of an allowed_signers file, ``at`` when the signature was made."""
    _insist_on_armor(signature)
    insist_on_signers(signers)
    found = _checked("find-principals", signature, *_allowed(signers, at))
    if found.returncode != 0:
        # Altered content and a key that nobody allows are not the same.
        check_alone(content, signature)
        raise SignatureError(f"no line of {signers} allows its key at {at:%Y-%m-%d}")
    for principal in re.split(r"[\n,]+", found.stdout.decode("utf-8", "replace").strip()):
        done = _verified(principal, content, signature, signers, at)
        if done.returncode == 0 and _WILDCARDS.search(principal):
            raise SignatureError(f"{signers} allows its key to {principal}, which names no one person")
        if done.returncode == 0:
            return Signature(principal, _key_in(done))
    raise SignatureError(f"the signature does not hold: {_why(done)}")


def is_signed_by(name: str, content: bytes, signature: bytes, signers: str, *, at: datetime) -> bool:
    """Return whether the allowed signers list a signature's key under this name too."""
    return _verified(name, content, signature, signers, at).returncode == 0


def check_alone(content: bytes, signature: bytes) -> Signature:
    """Return the key of a signature that matches its content, without checking whose key it is."""
    _insist_on_armor(signature)
    done = _checked("check-novalidate", signature, "-n", NAMESPACE, content=content)
    if done.returncode != 0:
        raise SignatureError(f"the signature does not hold: {_why(done)}")
    return Signature(None, _key_in(done))


def _verified(name: str, content: bytes, signature: bytes, signers: str, at: datetime) -> _Done:
    return _checked("verify", signature, "-I", name, "-n", NAMESPACE, *_allowed(signers, at), content=content)


def _allowed(signers: str, at: datetime) -> Sequence[str]:
    return "-f", signers, "-O", f"verify-time={at.astimezone(UTC):%Y%m%d%H%M%S}"


def _checked(what: str, signature: bytes, *arguments: str, content: bytes = b"") -> _Done:
    """Run a check of a signature, which the program reads from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "signature")
        path.write_bytes(signature)
        return _run(["-Y", what, "-s", str(path), *arguments], content)


def _run(arguments: Sequence[str], content: bytes) -> _Done:
    variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # No prompt for a pass phrase: no person is there to answer.
    variables |= {"LC_ALL": "C", "TZ": "UTC", "SSH_ASKPASS_REQUIRE": "never"}
    program = shutil.which("ssh-keygen")
    if program is None:
        raise SignatureError(_NOT_INSTALLED)
    try:
        return subprocess.run(
            [program, *arguments],
            input=content,
            capture_output=True,
            env=variables,
            timeout=_SECONDS,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise SignatureError(
            f"ssh-keygen did not end within {_SECONDS:g} seconds: does the agent of SSH_AUTH_SOCK answer?"
        ) from None
    except OSError as error:
        raise SignatureError(f"ssh-keygen cannot be run: {error.strerror}") from error


def _why(done: _Done) -> str:
    """Return the program's message, with the cause that it leaves out."""
    words = " ".join(done.stderr.decode("utf-8", "replace").split()) or f"exit code {done.returncode}"
    if "passphrase" in words:
        return "the key has a pass phrase. Add it to an agent (ssh-add) and give its public key, or use one without"
    if "agent" in words.lower() or "no private key" in words.lower():
        return (
            f"no private key lies beside it, and no agent answers for it ({words}). Check SSH_AUTH_SOCK and ssh-add -l"
        )
    return words


def _key_in(done: _Done) -> str:
    found = _KEY.search(done.stdout.decode("utf-8", "replace"))
    return f"{found[1]} {found[2]}" if found else ""


def _insist_on_armor(signature: bytes) -> None:
    """Raise SignatureError if a signature is not, byte for byte, as ssh-keygen writes it."""
    found = _ARMOR.fullmatch(signature)
    try:
        blob = b64decode(found[1].replace(b"\n", b""), validate=True) if found else b""
    except ValueError:
        blob = b""
    text = b64encode(blob)
    lines = (text[start : start + _ARMOR_WIDTH] for start in range(0, len(text), _ARMOR_WIDTH))
    if not found or b"".join(line + b"\n" for line in lines) != found[1]:
        raise SignatureError("it is not a signature as ssh-keygen writes it")
