# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of a task: .netrc, CA bundles, proxies, cookies. What is used, and what is ignored."""

from __future__ import annotations

import base64
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import trustme

from ansible_collections.telephony.outbound.tests.security.calls import CALLS, WRITES, Call, outcome_and_error
from ansible_collections.telephony.outbound.tests.security.hostile_server import (
    HostileServer,
    answer,
    serve_bytes,
    serve_with,
)
from ansible_collections.telephony.outbound.tests.security.test_tls import context
from ansible_collections.telephony.outbound.tests.support.guard import ends
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

NETRC = {
    "machine": "machine 127.0.0.1\nlogin mallory@example.com\npassword from-netrc\n",
    "default": "default login mallory@example.com password from-netrc\n",
    "machine and default": "machine 127.0.0.1 login mallory password from-netrc\ndefault login m password from-netrc\n",
    "broken": "machine 127.0.0.1 login mallory password\nmacdef init\n",
}
MALLORY = (b"from-netrc", b"mallory", base64.b64encode(b"mallory")[:9], base64.b64encode(b":from-netrc")[3:12])


@pytest.mark.parametrize(("name", "by"), [*((name, "home") for name in NETRC), ("machine", "variable")])
def test_a_netrc_is_ignored(
    name: str, by: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ("home/.netrc" if by == "home" else "other")
    path.write_text(NETRC[name], "ascii")
    path.chmod(0o600)
    if by == "variable":
        monkeypatch.setenv("NETRC", str(path))
    for call in CALLS:
        sandbox.seed(call.seed())
        call.succeed(sandbox.url)
        users = {entry["credentials"]["user"] for entry in sandbox.journal() if entry["credentials"]}
        assert not any("mallory" in str(user) for user in users)
        assert all(entry["credentials"]["valid"] for entry in sandbox.journal() if entry["credentials"])
        with serve_bytes(answer(b"{}")) as hostile:
            call.run(hostile.url)
            sent = b"".join(hostile.requests)
        assert sent
        assert not any(trace in sent for trace in MALLORY)


def test_a_naive_client_takes_the_netrc(tmp_path: Path) -> None:
    (tmp_path / "home/.netrc").write_text(NETRC["machine"], "ascii")
    with serve_bytes(answer(b"{}")) as hostile:
        requests.get(hostile.url, headers={"Authorization": "Basic b3Vyczpvd24="}, timeout=5)
        assert base64.b64encode(b"mallory@example.com:from-netrc") in hostile.requests[0]


# --- certificates of authorities -------------------------------------------------------------------------------------


@pytest.fixture
def bundles(tmp_path: Path) -> dict[str, str]:
    """Return the authority of ``server``, another one, an empty file, and a missing file."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("right", "wrong"):
        AUTHORITIES[name].cert_pem.write_to_path(folder / f"{name}.pem")
    (folder / "empty.pem").touch()
    return {name: str(folder / f"{name}.pem") for name in ("right", "wrong", "empty", "missing")}


AUTHORITIES = {name: trustme.CA() for name in ("right", "wrong")}
TAKEN, REFUSED = True, False
BUNDLES: list[tuple[dict[str, str], dict[str, Any], bool]] = [
    ({}, {}, REFUSED),
    ({"REQUESTS_CA_BUNDLE": "right"}, {}, TAKEN),
    ({"CURL_CA_BUNDLE": "right"}, {}, TAKEN),
    ({"REQUESTS_CA_BUNDLE": "right", "CURL_CA_BUNDLE": "wrong"}, {}, TAKEN),
    ({"REQUESTS_CA_BUNDLE": "wrong", "CURL_CA_BUNDLE": "right"}, {}, REFUSED),
    ({"REQUESTS_CA_BUNDLE": "right"}, {"ca_path": "wrong"}, REFUSED),
    ({"REQUESTS_CA_BUNDLE": "wrong"}, {"ca_path": "right"}, TAKEN),
    ({"REQUESTS_CA_BUNDLE": "missing"}, {"ca_path": "right"}, TAKEN),
    ({"SSL_CERT_FILE": "right"}, {}, TAKEN),
    ({"REQUESTS_CA_BUNDLE": "wrong", "SSL_CERT_FILE": "right"}, {}, REFUSED),
]


@pytest.mark.parametrize(("around", "options", "taken"), BUNDLES, ids=str)
def test_which_authority_is_trusted(
    around: dict[str, str],
    options: dict[str, str],
    taken: bool,
    bundles: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in around.items():
        monkeypatch.setenv(name, bundles[value])
    with serve_bytes(
        answer(b"{}", "Content-Length: 2"), tls=context(AUTHORITIES["right"].issue_cert("127.0.0.1"))
    ) as hostile:
        for call in WRITES:
            result = call.run(hostile.url, **{name: bundles[value] for name, value in options.items()})
            assert result["failed"]
            assert "internal error" not in str(result)
            if not taken:
                assert outcome_and_error(result)["error"].get("kind") in ("tls", "connect"), result
        assert bool(hostile.requests) is taken


@pytest.mark.parametrize("content", ["missing", "empty"])
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_of_the_environment_that_cannot_work_is_told_at_once(
    name: str, content: str, bundles: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, bundles[content])
    for call in CALLS:
        result = call.run("https://127.0.0.1:9")
        assert result["failed"]
        assert result["msg"].startswith(f"{name}: {bundles[content]} "), result
        assert "results" not in result
        assert "internal error" not in call.run("http://127.0.0.1:9")["msg"], "no TLS, no bundle"


# --- proxies ---------------------------------------------------------------------------------------------------------

HERE, BY_PROXY = False, True
PROXIES: list[tuple[dict[str, str], dict[str, Any], bool]] = [
    ({}, {}, HERE),
    ({"http_proxy": "PROXY"}, {}, BY_PROXY),
    ({"HTTP_PROXY": "PROXY"}, {}, BY_PROXY),
    ({"all_proxy": "PROXY"}, {}, BY_PROXY),
    ({"ALL_PROXY": "PLACE"}, {}, BY_PROXY),
    ({"https_proxy": "PROXY"}, {}, HERE),
    ({"http_proxy": "PROXY", "no_proxy": "vendor.invalid"}, {}, HERE),
    ({"http_proxy": "PROXY", "NO_PROXY": "*"}, {}, HERE),
    ({"http_proxy": "PROXY", "no_proxy": ".invalid"}, {}, HERE),
    ({"http_proxy": "PROXY", "no_proxy": "other.example.com"}, {}, BY_PROXY),
    ({"all_proxy": "socks5://127.0.0.1:9", "http_proxy": "PROXY"}, {}, BY_PROXY),
    ({}, {"proxy": "PROXY"}, BY_PROXY),
    ({"http_proxy": "http://127.0.0.1:1"}, {"proxy": "PROXY"}, BY_PROXY),
    ({"no_proxy": "vendor.invalid"}, {"proxy": "PROXY"}, BY_PROXY),  # the task's option applies
]


@pytest.mark.parametrize(("around", "options", "by_proxy"), PROXIES, ids=str)
def test_which_proxy_is_taken(
    around: dict[str, str],
    options: dict[str, str],
    by_proxy: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve_bytes(answer(b"{}")) as proxy:

        def given(values: dict[str, str]) -> dict[str, str]:
            place = proxy.url.removeprefix("http://")
            return {name: value.replace("PROXY", proxy.url).replace("PLACE", place) for name, value in values.items()}

        for name, value in given(around).items():
            monkeypatch.setenv(name, value)
        for call in WRITES:
            call.run("http://vendor.invalid", allow_http=True, **given(options))
        assert bool(proxy.requests) is by_proxy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_plain_http_to_this_machine_stays_here(
    variable: str, host: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is allowed because credentials never leave the machine: so they must not go to a proxy."""
    with serve_bytes(answer(b"{}")) as proxy, serve_bytes(answer(b"{}")) as vendor:
        monkeypatch.setenv(variable, proxy.url)
        for call in CALLS:
            call.run(vendor.url.replace("127.0.0.1", host), allow_http=True)
        assert not proxy.requests
        assert vendor.requests or host == "127.0.0.2"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_that_refuses_is_named(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", "http://user:not-a-secret-pass@127.0.0.1:9")
    for call in CALLS:
        error = outcome_and_error(call.run(f"{scheme}://vendor.invalid", allow_http=True))["error"]
        assert error["kind"] == "connect"
        assert error["message"].endswith(
            f"could not connect to {scheme}://vendor.invalid through the proxy 127.0.0.1:9 "
            f"(of the environment variable {scheme}_proxy): Connection refused"
        )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login(scheme: str) -> None:
    said = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    for call in CALLS:
        with serve_bytes(said) as proxy:
            result = call.run(f"{scheme}://vendor.invalid", allow_http=True, proxy=proxy.url, retries=3, concurrency=1)
            place = proxy.url.removeprefix("http://")
            assert len(proxy.requests) == 1, "asking again does not help"
        error = outcome_and_error(result)["error"]
        assert (error["kind"], error["status"]) == ("connect", 407), result
        assert f"the proxy {place} (of the task) wants a login" in error["message"]
        assert outcome_and_error(result)["outcome"] in ("failed", None)


SOCKS = [
    "socks5://127.0.0.1:1080",
    "socks5h://user:not-a-secret@127.0.0.1:1080",
    "SOCKS4://127.0.0.1:1080",
    "socks://127.0.0.1",
]


@pytest.mark.parametrize("url", SOCKS)
@pytest.mark.parametrize("where", ["proxy", "all_proxy", "ALL_PROXY", "https_proxy"])
def test_a_socks_proxy_is_rejected_at_once(where: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"proxy": url} if where == "proxy" else {}
    if where != "proxy":
        monkeypatch.setenv(where, url)
    for call in CALLS:
        result = call.run("https://vendor.invalid", **options)
        assert result["failed"]
        assert result["msg"].startswith(f"{where}: SOCKS proxies are not supported"), result


def test_a_proxy_of_the_environment_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("ftp://proxy.example.com", "http://", "http://proxy.example.com:port", "http://[::1"):
        monkeypatch.setenv("https_proxy", url)
        result = WRITES[0].run("https://vendor.invalid")
        assert result["msg"] == "https_proxy: must be a URL such as http://proxy.example.com:3128", url


def test_the_password_of_a_proxy_of_the_environment_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"message": "user:not-a-secret-pass is not welcome"}'
    with serve_bytes(answer(body, status="400 Bad Request")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//user:not-a-secret-pass@"))
        for call in CALLS:
            assert "not-a-secret-pass" not in str(call.run("http://vendor.invalid", allow_http=True)), call


def test_an_address_of_this_machine_and_a_proxy_elsewhere() -> None:
    result = WRITES[0].run("http://127.0.0.1:9", proxy="http://proxy.example.com:3128")
    assert result["msg"] == "proxy: a plain http address of this machine is not reached through another machine"


def test_an_address_in_brackets_keeps_them() -> None:
    for call in CALLS:
        error = outcome_and_error(call.run("http://[::1]:9"))["error"]
        assert "could not connect to http://[::1]:9: " in error["message"]


@pytest.mark.parametrize("call", WRITES, ids=str)
def test_a_proxy_of_https_sees_only_the_host_name(call: Call) -> None:
    with serve_bytes(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as proxy:
        result = call.run("https://vendor.invalid", proxy=proxy.url)
        sent = b"".join(proxy.requests)
    assert outcome_and_error(result)["error"]["kind"] == "connect"
    assert sent.startswith(b"CONNECT vendor.invalid:443 ")
    for word in (
        b"authorization",
        b"wolkvox-token",
        b"cookie",
        *(part.encode() for part in call.credentials().values()),
    ):
        assert word not in sent.lower()


@pytest.mark.parametrize(("authority", "taken"), [("right", True), ("wrong", False), (None, False)])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_with_tls_has_to_prove_who_it_is(
    scheme: str, authority: str | None, taken: bool, bundles: dict[str, str]
) -> None:
    """A plain http address needs no certificate of its own, and goes to the proxy with all credentials."""
    options = {"ca_path": bundles[authority]} if authority else {}
    with serve_bytes(answer(b"{}"), tls=context(AUTHORITIES["right"].issue_cert("127.0.0.1"))) as proxy:
        for call in CALLS:
            result = call.run(f"{scheme}://vendor.invalid", allow_http=True, proxy=proxy.url, **options)
            if not taken:
                assert outcome_and_error(result)["error"]["kind"] == "tls", result
        assert bool(proxy.requests) is taken


TUNNELS = {
    "says nothing": (b"", b""),
    "drips its status": (b"", b"H"),
    "drips headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "drips a header": (b"HTTP/1.1 200 OK\r\nX-A: ", b"b"),
    "drips after its no": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n", b"X-A: b\r\n"),
    "drips on": (b"HTTP/1.1 200 OK\r\n\r\n", b"\x16"),
}


@pytest.mark.parametrize("name", TUNNELS)
def test_a_proxy_does_not_stretch_the_time(name: str) -> None:
    first, then = TUNNELS[name]
    with serve_bytes(first, endless=then, pause=0.05, silence=not then) as proxy, ends():
        result = WRITES[0].run("https://vendor.invalid", proxy=proxy.url, timeout=0.5, target_timeout=0.6)
    assert outcome_and_error(result)["error"]["kind"] in ("connect", "tls"), result
    assert outcome_and_error(result)["outcome"] == "failed"


@pytest.mark.parametrize(
    "flood", [b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 65536, b"HTTP/1.1 200 OK\r\n"], ids=["a line", "lines"]
)
def test_a_proxy_does_not_fill_the_memory(flood: bytes, limited: Any) -> None:
    line = b"b" * 65536 if len(flood) > 100 else b"X-A: b\r\n" * 4096
    with serve_bytes(flood, endless=line) as proxy:
        done = limited(do="fetch", url="https://vendor.invalid", proxy=proxy.url, timeout=0.7)
    assert done.said.startswith("connect:"), done
    assert done.mib < 64


# --- cookies ---------------------------------------------------------------------------------------------------------


def test_cookies_stay_with_the_task_and_its_vendor(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.trap_url).port
    cookies = [
        "Set-Cookie: ours=1; Path=/",
        "Set-Cookie: everywhere=1; Domain=.example.com; Path=/",
        "Set-Cookie: top=1; Domain=com; Path=/",
        f"Set-Cookie: port=1; Port={port}",
    ]
    for call in CALLS:
        with serve_bytes(answer(b'{"statusCode": 0}', *cookies)) as hostile:
            call.run(hostile.url)
            call.run(hostile.url)
            assert b"cookie" not in hostile.requests[0].lower()
            later = b"".join(hostile.requests).lower()
        assert b"everywhere" not in later
        assert b"top=" not in later


def test_a_flood_of_cookies_is_not_kept(limited: Any) -> None:
    """Each answer could bring 6 MiB of them, which every later request would have to carry."""

    def talk(hostile: HostileServer, connection: socket.socket) -> None:
        while hostile.head(connection):
            number = len(hostile.requests)
            cookies = [f"Set-Cookie: n{number}x{index}={'v' * 60_000}; Path=/" for index in range(90)]
            body = "\r\n".join(["HTTP/1.1 200 OK", *cookies, "Content-Length: 2", "", "{}"])
            connection.sendall(body.encode())

    with serve_with(talk) as hostile:
        done = limited(do="fetch", url=hostile.url, timeout=10, times=8)
        assert max(map(len, hostile.requests)) < 200_000
    assert done.mib < 64


def test_dates_in_cookies_take_no_time(limited: Any) -> None:
    dates = ["1" * 60_000, "1-" * 30_000, " " * 60_000, "Mon, " + "0" * 60_000, "1 jan 1970" + " " * 60_000 + "x"]
    cookies = [f"Set-Cookie: a{number}=b; expires={date}" for number, date in enumerate(dates * 15)]
    with serve_bytes(answer(b"{}", *cookies)) as hostile:
        assert limited(do="fetch", url=hostile.url, timeout=30).said == "status [200]"
