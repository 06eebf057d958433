# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What requests would do by default and must not, tested with a real server, over TLS and through a proxy."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import trustme
import urllib3

from ansible_collections.telephony.outbound.plugins.module_utils._core import sockets, transport
from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Session
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Interrupted,
    Kind,
    OutboundError,
    from_status,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request
from ansible_collections.telephony.outbound.plugins.module_utils._core.interrupt import Permit
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._core.transport import (
    CheckModeViolation,
    Connection,
    Transport,
)
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

READ = Request(purpose=Purpose.READ, method="GET", path="/fuse/api/outbound/c1")
WRITE = Request(purpose=Purpose.WRITE, method="DELETE", path="/fuse/api/apps/1/2/cancel")
SEED = {
    "plum": {
        "accounts": [{"email": "me@example.com", "developer_key": "not-a-secret"}],
        "fuse": {"1/2": {"c1": "queued"}},
    }
}


def login() -> Mapping[str, str]:
    """Return credentials that a test can recognize."""
    return {"Authorization": "Basic bWVAZXhhbXBsZS5jb206bm90LWEtc2VjcmV0"}


@pytest.fixture(scope="module")
def plain() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def tls() -> Iterator[Sandbox]:
    sandbox = Sandbox("--tls")
    yield sandbox
    sandbox.stop()


@contextmanager
def opened(url: str, *, check_mode: bool = False, timeout: float = 5.0, **more: Any) -> Iterator[Transport]:
    connection = Connection(base_url=url, timeout=timeout, **more)
    transport_ = Transport(connection, login, Clock(), check_mode=check_mode)
    yield transport_
    transport_.close()


def send(url: str, request: Request = READ, *, seconds: float = 5.0, **more: Any) -> Any:
    with opened(url, **more) as opened_transport:
        return opened_transport.exchange(request, Deadline(Clock(), seconds))


def failure(url: str, request: Request = READ, **more: Any) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        send(url, request, **more)
    return caught.value


def test_an_answer_arrives_whole(plain: Sandbox) -> None:
    plain.seed(SEED)
    response = send(plain.url)
    assert response.status == 200
    assert response.json()["call_details"]["status"] == "queued"
    assert response.headers["content-type"].startswith("application/json")
    (seen,) = plain.journal()
    assert seen["headers"]["accept-encoding"] == "identity"
    assert seen["headers"]["user-agent"].startswith("telephony.outbound/")


def test_a_write_in_check_mode_is_stopped(plain: Sandbox) -> None:
    plain.seed({})
    with pytest.raises(CheckModeViolation, match=r"^DELETE \S+/cancel is a write, and this is check mode$"):
        send(plain.url, WRITE, check_mode=True)
    assert not plain.journal()


def test_no_time_left_sends_nothing(plain: Sandbox) -> None:
    plain.seed({})
    error = failure(plain.url, seconds=0.0)
    assert (error.kind, error.failure_class) == (Kind.TIMEOUT, FailureClass.NOT_SENT)
    assert error.message == "no time was left to send it"
    assert not plain.journal()


def test_an_answer_that_does_not_come(plain: Sandbox) -> None:
    plain.seed({})
    plain.fault(path="*", do="hang")
    error = failure(plain.url, timeout=0.3)
    assert (error.kind, error.failure_class) == (Kind.TIMEOUT, FailureClass.INTERRUPTED)
    assert error.message == f"{plain.url} gave no whole answer in time"


def test_a_connection_that_breaks(plain: Sandbox) -> None:
    plain.seed({})
    plain.fault(path="*", do="reset")
    error = failure(plain.url)
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.INTERRUPTED)
    assert error.message == f"the connection to {plain.url} broke: Connection reset by peer"


def test_a_body_of_many_pieces(plain: Sandbox) -> None:
    plain.seed({})
    body = "".join(f"{number:08}" for number in range(40_000))
    plain.fault(path="*", do="status", status=200, body=body)
    assert body in send(plain.url).text()


def test_a_netrc_does_not_replace_what_the_task_gave(
    plain: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other@example.com password from-netrc\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    plain.seed(SEED)
    send(plain.url)
    (seen,) = plain.journal()
    assert seen["credentials"]["user"] == "me@example.com"


def test_an_address_that_refuses() -> None:
    error = failure("http://127.0.0.1:9")
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.CONNECT_FAILED)
    assert error.message == "could not connect to http://127.0.0.1:9: Connection refused"


def test_a_name_that_is_not_there() -> None:
    error = failure("http://vendor.invalid")
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.CONNECT_FAILED)


def test_a_server_that_does_not_accept() -> None:
    """A full backlog drops the handshake, like a firewall."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        fillers = [socket.socket() for _number in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        error = failure(f"http://127.0.0.1:{address[1]}", timeout=0.4)
        for filler in fillers:
            filler.close()
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.CONNECT_FAILED)
    assert "no connection in time" in error.message


def test_tls_with_the_right_authority(tls: Sandbox) -> None:
    tls.seed({})
    assert send(tls.url, ca_path=tls.ca_file).status == 401


def test_tls_with_the_authority_of_the_environment(tls: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))
    assert send(tls.url).status == 401


def test_tls_with_an_untrusted_certificate(tls: Sandbox) -> None:
    tls.seed({})
    error = failure(tls.url)
    assert (error.kind, error.failure_class) == (Kind.TLS, FailureClass.TLS)
    assert "certificate" in error.message
    assert not tls.journal()


def test_tls_for_another_name(tls: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    port = tls.url.rsplit(":", 1)[1]
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: real("127.0.0.1", *rest, **more))
    assert failure(f"https://other.example.com:{port}", ca_path=tls.ca_file).kind is Kind.TLS


def test_tls_with_a_server_that_has_none(plain: Sandbox) -> None:
    error = failure(plain.url.replace("http:", "https:"))
    assert (error.kind, error.failure_class) == (Kind.TLS, FailureClass.TLS)
    reason = error.message.removeprefix(f"TLS to {plain.url.replace('http:', 'https:')} failed: ")
    assert reason.startswith("it answers without TLS ("), "and the library's own word for it"


def test_tls_without_verification(tls: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
        assert send(tls.url, validate_certs=False).status == 401


def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client = authority.issue_cert("client.example.com")
    client.private_key_pem.write_to_path(tmp_path / "key.pem")
    for piece in client.cert_chain_pems:
        piece.write_to_path(tmp_path / "cert.pem", append=True)
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    names = []

    def serve(listener: socket.socket) -> None:
        for _connection in range(2):
            with listener.accept()[0] as raw, context.wrap_socket(raw, server_side=True) as connection:
                names.append(connection.getpeercert())
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        ca_path, cert, key = (str(tmp_path / name) for name in ("ca.pem", "cert.pem", "key.pem"))
        assert send(url, ca_path=ca_path, client_cert=cert, client_key=key).status == 204
        assert send(url, ca_path=ca_path, client_cert=str(tmp_path / "both.pem")).status == 204
        server.join(60)
    assert all(names)


def test_a_proxy_of_the_task_and_of_the_environment(plain: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap acts as a proxy: requests received there were sent to be forwarded."""
    plain.seed({})
    assert send("http://vendor.invalid", proxy=plain.trap_url).status == 200
    monkeypatch.setenv("http_proxy", plain.trap_url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert send("http://vendor.invalid").status == 200
    assert len(plain.journal(room="trap")) == 2


def test_a_proxy_that_refuses_a_tunnel(plain: Sandbox) -> None:
    error = failure("https://vendor.invalid", proxy="http://127.0.0.1:9")
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.CONNECT_FAILED)
    assert error.message == (
        "could not connect to https://vendor.invalid through the proxy 127.0.0.1:9 (of the task): Connection refused"
    )


def test_nothing_goes_out_after_an_interrupt_but_what_settles_a_write(plain: Sandbox) -> None:
    plain.seed({})
    ours = Transport(Connection(base_url=plain.url, timeout=5), login, clock := Clock(), check_mode=False)
    begun: list[bool] = []
    writer = Permit(clock.stop, before_first_write=lambda: begun.append(ours.reached))
    reader, closer = Permit(clock.stop), Permit(clock.stop, lasting=True)
    try:
        for request in (WRITE, WRITE, READ):
            ours.exchange(request, Deadline(clock, 5), writer)
        assert begun == [False]
        clock.stop.set("SIGTERM")
        ours.exchange(READ, Deadline(clock, 5), writer)
        ours.exchange(WRITE, Deadline(clock, 5), closer)
        for request, permit, what in (
            (WRITE, writer, "it was sent again"),
            (READ, reader, "anything was sent"),
            (WRITE, reader, "anything was sent"),
        ):
            with pytest.raises(Interrupted) as caught:
                ours.exchange(request, Deadline(clock, 5), permit)
            assert caught.value.message == f"interrupted before {what} (SIGTERM)"
            assert caught.value.failure_class is FailureClass.NOT_SENT
    finally:
        ours.close()
    assert [seen["method"] for seen in plain.journal()] == ["DELETE", "DELETE", "GET", "GET", "DELETE"]


def test_an_interrupt_while_the_journal_is_written_keeps_the_write_back(plain: Sandbox) -> None:
    plain.seed({})
    ours = Transport(Connection(base_url=plain.url, timeout=5), login, clock := Clock(), check_mode=False)
    permit = Permit(clock.stop, before_first_write=clock.stop.set)
    try:
        with pytest.raises(Interrupted):
            ours.exchange(WRITE, Deadline(clock, 5), permit)
    finally:
        ours.close()
    assert (permit.written, plain.journal()) == (False, [])


def test_a_read_that_is_given_up_breaks_off(plain: Sandbox) -> None:
    plain.seed({})
    plain.fault(do="delay", seconds=30, times=None)
    ours = Transport(Connection(base_url=plain.url, timeout=20), login, clock := Clock(), check_mode=False)
    permit = Permit(clock.stop)
    timer = threading.Timer(0.3, permit.revoke)
    timer.start()
    try:
        with pytest.raises(OutboundError):
            ours.exchange(READ, Deadline(clock, 20), permit)
        with pytest.raises(Interrupted):
            ours.exchange(READ, Deadline(clock, 20), permit)
    finally:
        timer.join()
        ours.close()
    assert len(plain.journal()) == 1


def test_a_turn_is_held_for_one_exchange_and_waiting_costs_no_time(plain: Sandbox) -> None:
    plain.seed({})
    held: list[str] = []

    @contextmanager
    def request_slot(_permit: Permit) -> Iterator[float]:
        held.append("taken")
        yield 100.0
        held.append("given back")

    clock = Clock()
    deadline = Deadline(clock, 5)
    ours = Transport(
        Connection(base_url=plain.url, timeout=5), login, clock, check_mode=False, request_slot=request_slot
    )
    ours.exchange(READ, deadline)
    assert held == ["taken", "given back"]
    assert 100 < deadline.left() <= 105
    ours.exchange(READ, deadline)
    ours.close()
    assert deadline.extended == 200


def test_a_redirect_with_an_endless_body_is_not_read(plain: Sandbox) -> None:
    plain.seed({})
    plain.fault(path="*", do="huge", bytes=200 * 1024 * 1024, status=302, headers={"Location": plain.trap_url})
    error = failure(plain.url)
    assert (error.kind, error.status) == (Kind.REDIRECT, 302)
    assert plain.trap_url in error.message
    assert not plain.journal(room="trap")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:pass@other.example.com:8443/secret?token=1", "https://other.example.com:8443;"),
        ("https://other.example.com/", "https://other.example.com;"),
        ("/relative", "another place"),
        ("https://[::1", "another place"),
        ("https://host:port/", "another place"),
        (None, "another place"),
    ],
)
@responses.activate
def test_a_redirect_names_only_the_place(location: str | None, shown: str) -> None:
    headers = {"Location": location} if location else {}
    responses.get("https://vendor.example.com/fuse/api/outbound/c1", status=307, headers=headers)
    message = failure("https://vendor.example.com").message
    assert shown in message
    assert "secret" not in message
    assert "pass" not in message


VENDOR = "https://vendor.example.com"


@pytest.mark.parametrize("status", [300, 301, 308, 399])
@responses.activate
def test_every_3xx_is_a_redirect(status: int) -> None:
    responses.get(VENDOR + READ.path, status=status)
    error = failure(VENDOR)
    assert (error.kind, error.failure_class, error.status) == (Kind.REDIRECT, FailureClass.REDIRECT, status)
    assert error.message == "redirected to another place; redirects are never followed"


@responses.activate
def test_a_304_names_no_other_place() -> None:
    responses.get(VENDOR + READ.path, status=304)
    error = failure(VENDOR)
    assert (error.kind, error.failure_class, error.status) == (Kind.REDIRECT, FailureClass.REDIRECT, 304)
    assert "nothing has changed since an earlier answer" in error.message


@pytest.mark.parametrize("status", [204, 400, 404, 503])
@responses.activate
def test_what_is_no_redirect_is_an_answer(status: int) -> None:
    responses.get(VENDOR + READ.path, status=status)
    assert send(VENDOR).status == status


@pytest.mark.parametrize("encoding", ["gzip", "X-GZIP", "br", "identity, zstd", "deflate, UTF-8", "compress"])
@responses.activate
def test_a_compressed_answer_is_refused(encoding: str) -> None:
    responses.get(VENDOR + READ.path, status=202, body=b"x", headers={"Content-Encoding": encoding})
    error = failure(VENDOR)
    assert (error.kind, error.failure_class, error.status) == (Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE, 202)
    assert error.message.startswith("the answer is compressed (")
    assert error.message.endswith("), although that was not accepted")


@pytest.mark.parametrize("encoding", ["Identity", "UTF-8", "none", "", "identity, identity", "utf8, 8bit", "text/json"])
@responses.activate
def test_what_compresses_nothing_is_no_compression(encoding: str) -> None:
    responses.get(VENDOR + READ.path, body=b"x", headers={"Content-Encoding": encoding})
    assert send(VENDOR).body == b"x"


@pytest.mark.parametrize("receive", [None, b"".join])
@responses.activate
def test_nothing_is_not_compressed(receive: Any) -> None:
    responses.get(VENDOR + READ.path, status=202, headers={"Content-Encoding": "gzip"})
    assert send(VENDOR, replace(READ, receive=receive)).body == b""


@responses.activate
def test_a_body_has_a_limit() -> None:
    responses.get(VENDOR + READ.path, status=202, body=b"12345")
    assert send(VENDOR, replace(READ, max_bytes=5)).body == b"12345"
    error = failure(VENDOR, replace(READ, max_bytes=4))
    assert (error.kind, error.status) == (Kind.PROTOCOL, 202)
    assert error.message == "the answer is larger than 4 bytes"


def cookies_shown(*answers: tuple[int, str, str]) -> list[str]:
    """Return the cookies of each request, and of one more, for answers with a status, a cookie and a body."""
    for status, cookie, body in (*answers, (200, "last=1", "")):
        responses.get(VENDOR + READ.path, status=status, body=body, headers={"Set-Cookie": cookie} if cookie else {})
    with opened(VENDOR) as ours:
        for _time in range(len(answers) + 1):
            ours.exchange(READ, Deadline(Clock(), 5))
    return [call.request.headers.get("Cookie", "") for call in responses.calls]


@responses.activate
def test_a_late_answer_does_not_replace_the_cookie_of_a_login() -> None:
    """A request refused by a lost session may be answered after the new login; its cookie must not be used."""
    login = replace(READ, purpose=Purpose.LOGIN, path="/login")
    deadline = Deadline(Clock(), 5)

    def answered_late(_request: Any) -> tuple[int, Mapping[str, str], str]:
        renewal = threading.Thread(target=ours.exchange, args=(login, deadline))
        renewal.start()
        renewal.join()
        return 403, {"Set-Cookie": "session=nobody; Path=/"}, ""

    responses.get(VENDOR + login.path, headers={"Set-Cookie": "session=new; Path=/"})
    responses.add_callback("GET", VENDOR + READ.path, answered_late)
    responses.get(VENDOR + "/next", headers={"Set-Cookie": "session=renamed; Path=/"})
    with opened(VENDOR) as ours:
        ours.exchange(READ, deadline)
        for _time in range(2):
            ours.exchange(replace(READ, path="/next"), deadline)
    shown = [call.request.headers.get("Cookie", "") for call in responses.calls if "/next" in str(call.request.url)]
    assert shown == ["session=new", "session=renamed"]


@pytest.mark.parametrize("sent_before", [True, False])
@responses.activate
def test_an_answer_that_comes_during_a_login_does_not_replace_its_cookie(sent_before: bool) -> None:
    """The login was sent with the cookie that its session has from then on."""
    login = replace(READ, purpose=Purpose.LOGIN, path="/login")
    deadline = Deadline(Clock(), 60)
    sent, under_way = threading.Event(), threading.Event()

    def answered_late(_request: Any) -> tuple[int, Mapping[str, str], str]:
        sent.set()
        assert under_way.wait(60)
        return 403, {"Set-Cookie": "session=nobody; Path=/"}, ""

    def logged_in(_request: Any) -> tuple[int, Mapping[str, str], str]:
        under_way.set()
        if not sent_before:
            refused.start()
        refused.join()
        return 200, {}, ""

    responses.get(VENDOR + "/first", headers={"Set-Cookie": "session=first; Path=/"})
    responses.add_callback("GET", VENDOR + READ.path, answered_late)
    responses.add_callback("GET", VENDOR + login.path, logged_in)
    responses.get(VENDOR + "/next")
    with opened(VENDOR) as ours:
        refused = threading.Thread(target=ours.exchange, args=(READ, deadline))
        ours.exchange(replace(READ, path="/first"), deadline)
        if sent_before:
            refused.start()
            assert sent.wait(60)
        ours.exchange(login, deadline)
        ours.exchange(replace(READ, path="/next"), deadline)
    (shown,) = [call.request.headers.get("Cookie", "") for call in responses.calls if "/next" in str(call.request.url)]
    assert shown == "session=first"


@responses.activate(registry=responses.registries.OrderedRegistry)
def test_cookies_are_kept_and_the_oldest_give_way() -> None:
    large = "x" * 2000
    shown = cookies_shown(*((200, f"{name}={large}", "") for name in "abca"), (200, f"huge={large * 3}", ""))
    names = [[pair.partition("=")[0] for pair in header.split("; ") if pair] for header in shown]
    assert names == [[], ["a"], ["a", "b"], ["b", "c"], ["c", "a"], []]


@responses.activate(registry=responses.registries.OrderedRegistry)
def test_cookies_of_many_names_take_no_more_room() -> None:
    shown = cookies_shown(*((200, f"visit{number}={'x' * 64}", "") for number in range(200)))
    assert max(map(len, shown)) <= 4096
    assert "visit199=" in shown[-1]
    assert "visit0=" not in shown[-1]


TOO_LARGE = "<html><head><title>400 Request Header Or Cookie Too Large</title></head></html>"


@pytest.mark.parametrize(
    ("status", "body", "kept"),
    [(431, "", False), (400, TOO_LARGE, False), (400, '{"message": "no such list"}', True), (404, TOO_LARGE, True)],
)
@responses.activate(registry=responses.registries.OrderedRegistry)
def test_cookies_that_are_too_much_for_the_server_are_dropped(status: int, body: str, kept: bool) -> None:
    assert cookies_shown((200, "session=1", ""), (status, "", body))[-1] == ("session=1" if kept else "")


@responses.activate
def test_an_anonymous_request_has_no_credentials() -> None:
    responses.get(VENDOR + READ.path)
    send(VENDOR)
    send(VENDOR, replace(READ, anonymous=True))
    shown, hidden = (call.request.headers for call in responses.calls)
    assert shown["Authorization"] == login()["Authorization"]
    assert "Authorization" not in hidden


@responses.activate
def test_a_body_that_breaks_off_is_told_from_one_that_never_was() -> None:
    responses.get("https://vendor.example.com/fuse/api/outbound/c1", body=requests.ConnectionError("x"))
    with opened("https://vendor.example.com") as ours:
        sockets.progress.sent = True
        with pytest.raises(OutboundError) as caught:
            ours.exchange(READ, Deadline(Clock(), 5))
    assert caught.value.failure_class is FailureClass.CONNECT_FAILED  # this exchange itself sent nothing


def test_json_of_any_depth_is_no_crash() -> None:
    response = transport.Response(200, {}, b"[" * 200_000)
    with pytest.raises(OutboundError) as caught:
        response.json()
    assert caught.value.kind is Kind.PROTOCOL
    assert transport.Response(200, {}, b'{"a": 1}').json() == {"a": 1}


class Now(Clock):
    """A clock that never really waits."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return True


def client_line(clock: Clock, connection: Connection) -> Session:
    ours = Transport(connection, login, clock, check_mode=False)

    def error_from(response: Any) -> OutboundError | None:
        return from_status(response.status)

    return Session(ours, clock, 3, error_from, lambda: 1.0)


@responses.activate(registry=responses.registries.OrderedRegistry)
def test_a_client_follows_the_table() -> None:
    url = "https://vendor.example.com/fuse/api/apps/1/2/cancel"
    responses.delete(url, status=429)
    responses.delete(url, status=429, headers={"Retry-After": "7"})
    responses.delete(url, status=202)
    clock = Now()
    client = client_line(clock, Connection(base_url="https://vendor.example.com", timeout=5)).client(60)
    assert client.send(WRITE).status == 202
    assert clock.pauses == [0.5, 7.0]
    assert client.writes == 3


def test_a_write_that_never_went_out_is_not_counted() -> None:
    clock = Now()
    client = client_line(clock, Connection(base_url="http://127.0.0.1:9", timeout=5)).client(60)
    with pytest.raises(OutboundError):
        client.send(WRITE)
    assert client.writes == 0
    assert clock.pauses == [0.5, 1.0, 2.0]


def test_an_interrupted_pause_ends_the_tries() -> None:
    class Interrupted(Now):
        def pause(self, seconds: float) -> bool:
            self.stop.set()
            return super(Now, self).pause(seconds)

    client = client_line(Interrupted(), Connection(base_url="http://127.0.0.1:9", timeout=5)).client(60)
    with pytest.raises(OutboundError, match="Connection refused"):
        client.send(READ)
