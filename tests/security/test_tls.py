# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers whose certificate proves nothing, and handshakes that never finish: no request is sent."""

from __future__ import annotations

import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
import urllib3

from ansible_collections.telephony.outbound.tests.security.calls import CALLS, WRITES, Call, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import (
    HostileServer,
    answer,
    serve_bytes,
    serve_with,
)
from ansible_collections.telephony.outbound.tests.support.guard import ends

TODAY = datetime.now(UTC)
TRUSTED = trustme.CA()
FOREIGN = trustme.CA()


def context(leaf: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(made)
    return made


def intermediate() -> trustme.LeafCert:
    """Return an expired certificate, issued by an intermediate authority of the trusted one."""
    return TRUSTED.create_child_ca().issue_cert("127.0.0.1", not_after=TODAY - timedelta(days=2))


CERTIFICATES: dict[str, Callable[[], trustme.LeafCert]] = {
    "expired": lambda: TRUSTED.issue_cert("127.0.0.1", not_after=TODAY - timedelta(seconds=90)),
    "not yet valid": lambda: TRUSTED.issue_cert("127.0.0.1", not_before=TODAY + timedelta(days=1)),
    "another name": lambda: TRUSTED.issue_cert("other.example.com"),
    "another address": lambda: TRUSTED.issue_cert("127.0.0.2"),
    "the name in the common name alone": lambda: TRUSTED.issue_cert("x.example.com", common_name="127.0.0.1"),
    "any name": lambda: TRUSTED.issue_cert("*.example.com"),
    "another authority": lambda: FOREIGN.issue_cert("127.0.0.1"),
    "expired, by a second authority": intermediate,
}


@pytest.fixture
def authority(tmp_path: Path) -> str:
    path = tmp_path / "in" / "ca.pem"
    path.parent.mkdir()
    TRUSTED.cert_pem.write_to_path(path)
    return str(path)


@contextmanager
def serving(leaf: trustme.LeafCert) -> Iterator[HostileServer]:
    with serve_bytes(answer(b"{}", "Content-Length: 2"), tls=context(leaf)) as hostile:
        yield hostile


def refuses(call: Call, url: str, **options: Any) -> dict[str, Any]:
    """Assert that a module refuses an address, and return its message."""
    with ends():
        result = call.run(url, **options)
    assert result["failed"]
    assert not result["changed"]
    assert outcome_and_error(result)["outcome"] in ("failed", None)
    error: dict[str, Any] = outcome_and_error(result)["error"]
    return error


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_that_proves_nothing(name: str, authority: str) -> None:
    with serving(CERTIFICATES[name]()) as hostile:
        for call in CALLS:
            error = refuses(call, hostile.url, ca_path=authority, retries=2)
            assert error["kind"] == "tls", error
        assert hostile.requests == []


def test_a_certificate_of_its_own(tmp_path: Path) -> None:
    """An authority's own certificate, used by a server, convinces only clients that trust that authority."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = tmp_path / "in" / "own.pem"
    pem.parent.mkdir()
    FOREIGN.private_key_pem.write_to_path(pem)
    FOREIGN.cert_pem.write_to_path(pem, append=True)
    made.load_cert_chain(pem)
    with serve_bytes(answer(b"{}"), tls=made) as hostile:
        for call in WRITES:
            assert refuses(call, hostile.url)["kind"] == "tls"
        assert hostile.requests == []


def test_the_certificates_are_the_reason(authority: str) -> None:
    """The same servers are accepted without verification, and with the right certificate."""
    for leaf in (CERTIFICATES["expired"](), CERTIFICATES["another name"]()):
        with serving(leaf) as hostile, warnings.catch_warnings():
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
            assert requests.get(hostile.url, verify=False, timeout=5).ok  # noqa: S501 - the naive client
    with serving(TRUSTED.issue_cert("127.0.0.1")) as hostile:
        for call in CALLS:
            assert outcome_and_error(call.run(hostile.url, ca_path=authority))["error"]["kind"] != "tls"
        assert len(hostile.requests) >= len(CALLS)


def test_an_old_protocol(authority: str) -> None:
    made = context(TRUSTED.issue_cert("127.0.0.1"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_1
        made.set_ciphers("ALL:@SECLEVEL=0")
    with serve_bytes(answer(b"{}"), tls=made) as hostile:
        assert refuses(WRITES[0], hostile.url, ca_path=authority)["kind"] == "tls"
        assert hostile.requests == []


def test_a_server_that_does_not_speak_tls(authority: str) -> None:
    with serve_bytes(answer(b"{}")) as hostile:
        error = refuses(WRITES[0], hostile.url.replace("http:", "https:"), ca_path=authority)
    assert error["kind"] in ("tls", "connect")


# The head of a record of 16 KiB, and of the ServerHello in it.
_HELLO = bytes.fromhex("16 0303 4000 02 003ffc 0303")


@pytest.mark.parametrize("drip", [b"", b"\x00"], ids=["stalls", "drips"])
@pytest.mark.parametrize("call", WRITES, ids=str)
def test_a_handshake_without_an_end(call: Call, drip: bytes) -> None:
    def talk(_evil: HostileServer, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(_HELLO)
        while True:
            time.sleep(0.05)
            connection.sendall(drip or b"")
            connection.setblocking(False)
            try:
                if not connection.recv(65536):
                    return
            except BlockingIOError:
                connection.settimeout(5)

    with serve_with(talk) as hostile:
        error = refuses(call, hostile.url.replace("http:", "https:"), timeout=0.5, target_timeout=0.6)
        assert error["kind"] == "connect"
        assert "in time" in error["message"]


# --- a missing or rejected client certificate ----------------------------------------------------------------------


@pytest.fixture
def client(tmp_path: Path, authority: str) -> dict[str, str]:
    leaf = FOREIGN.issue_cert("client.example.com")
    leaf.private_key_and_cert_chain_pem.write_to_path(tmp_path / "in" / "client.pem")
    return {"client_cert": str(tmp_path / "in" / "client.pem")}


def wanting(version: ssl.TLSVersion) -> ssl.SSLContext:
    made = context(TRUSTED.issue_cert("127.0.0.1"))
    TRUSTED.configure_trust(made)
    made.verify_mode = ssl.CERT_REQUIRED
    made.minimum_version = made.maximum_version = version
    return made


@pytest.mark.parametrize("given", [False, True], ids=["none", "one by another authority"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_certificate_that_the_server_refuses(
    call: Call, version: ssl.TLSVersion, given: bool, authority: str, client: dict[str, str]
) -> None:
    """With TLS 1.3, the alert arrives after the request was sent: still, it was not applied."""
    with serve_bytes(answer(b"{}"), tls=wanting(version)) as hostile:
        result = call.run(hostile.url, ca_path=authority, retries=3, **(client if given else {}))
        assert not hostile.requests
    error = outcome_and_error(result)["error"]
    assert error["kind"] == "tls", result
    assert outcome_and_error(result)["outcome"] in ("failed", None)
    if version is ssl.TLSVersion.TLSv1_3:
        assert ("refused the certificate of client_cert" if given else "wants a client certificate") in error["message"]
    for entry in result.get("results", []):
        assert entry["attempts"] == 0
        assert not entry["changed"]
