# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unusable certificate files are reported as an error of their option, without a prompt for a passphrase."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from ansible_collections.telephony.outbound.plugins.module_utils._core.certificates import (
    authorities,
    check_client_certificate,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError

AUTHORITY = trustme.CA()
NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Create one file for each kind of content."""
    leaf, other = AUTHORITY.issue_cert("client.example.com"), AUTHORITY.issue_cert("other.example.com")
    key, cert = leaf.private_key_pem.bytes(), leaf.cert_chain_pems[0].bytes()
    locked = serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"not-a-secret"),
    )
    contents = {
        "cert": cert,
        "key": key,
        "both": key + cert,
        "locked": locked,
        "both locked": cert + locked,
        "other key": other.private_key_pem.bytes(),
        "empty": b"",
        "broken cert": cert.replace(b"MII", b"!!!", 1),
        "broken key": key[:40] + b"\n-----END RSA PRIVATE KEY-----\n",
        "ca": AUTHORITY.cert_pem.bytes(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in (*contents, "missing")}


@pytest.fixture(autouse=True)
def no_bundle_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("cert", "key"), [("cert", "key"), ("both", None), ("both", "key")])
def test_what_works(files: dict[str, str], cert: str, key: str | None) -> None:
    check_client_certificate(files[cert], key and files[key])


@pytest.mark.parametrize(
    ("cert", "key", "message"),
    [
        ("cert", "locked", "client_key: the private key needs a pass phrase, which cannot be given"),
        ("both locked", None, "client_cert: the private key needs a pass phrase, which cannot be given"),
        ("cert", None, "client_cert: {cert} holds no private key in PEM form; give the file of the key as client_key"),
        ("cert", "cert", "client_key: {key} holds no private key in PEM form"),
        ("cert", "empty", "client_key: {key} holds no private key in PEM form"),
        ("cert", "missing", "client_key: {key} is not a file that can be read"),
        ("cert", "other key", "client_key: the private key does not belong to the certificate of client_cert"),
        ("cert", "broken key", "client_cert: certificate and key cannot be used: "),
        ("key", "key", "client_cert: {cert} holds no certificate in PEM form"),
        ("empty", "key", "client_cert: {cert} holds no certificate in PEM form"),
        ("broken cert", "key", "client_cert: certificate and key cannot be used: "),
        ("missing", "key", "client_cert: {cert} is not a file that can be read"),
    ],
)
def test_what_cannot_work(files: dict[str, str], cert: str, key: str | None, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_client_certificate(files[cert], key and files[key])
    assert str(caught.value).startswith(message.format(cert=files[cert], key=files.get(key or "")))


def test_nobody_is_asked(files: dict[str, str]) -> None:
    """OpenSSL prompts on the terminal of the process, if there is one."""
    program = (
        "import sys, pty, os\n"
        "from ansible_collections.telephony.outbound.plugins.module_utils._core.certificates import *\n"
        "pid, terminal = pty.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        check_client_certificate(sys.argv[1], sys.argv[2])\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, flush=True)\n"
        "    os._exit(0)\n"
        "said = b''\n"
        "try:\n"
        "    while piece := os.read(terminal, 1000):\n"
        "        said += piece\n"
        "except OSError:\n"
        "    pass\n"
        "print(said.decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, files["cert"], files["locked"]],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["OptionError"]


def test_authorities(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert authorities(None) is None
    assert authorities(files["ca"]) == files["ca"]
    for name in reversed(NAMES):
        other = tmp_path / name
        other.write_bytes(AUTHORITY.cert_pem.bytes())
        monkeypatch.setenv(name, str(other))
        assert authorities(None) == str(other)
    assert authorities(files["ca"]) == files["ca"]


@pytest.mark.parametrize("name", ["ca_path", *NAMES])
def test_authorities_that_cannot_work(
    files: dict[str, str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, empty, useless, hashed = (tmp_path / folder for folder in ("plain", "none", "useless", "hashed"))
    for folder in (plain, empty, useless, hashed):
        folder.mkdir()
    (plain / "ca.pem").write_bytes(AUTHORITY.cert_pem.bytes())
    (useless / "0123abcd.0").write_bytes(b"")
    (useless / "0123abcd.1").symlink_to(tmp_path / "nowhere")
    (hashed / "0123abcd.0").write_bytes(AUTHORITY.cert_pem.bytes())
    wrong = {
        files["missing"]: "is not a file that can be read",
        files["empty"]: "holds no certificate in PEM form that can be read",
        files["key"]: "holds no certificate in PEM form that can be read",
        files["broken cert"]: "holds no certificate in PEM form that can be read",
        **dict.fromkeys(map(str, (plain, empty, useless)), "is a folder without certificates under hashed names"),
    }

    def ask(path: str) -> str | None:
        if name == "ca_path":
            return authorities(path)
        monkeypatch.setenv(name, path)
        return authorities(None)

    for path, message in wrong.items():
        with pytest.raises(OptionError) as caught:
            ask(path)
        assert str(caught.value).startswith(f"{name}: {path} {message}")
    assert ask(str(hashed)) == str(hashed)
