# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No answer is assigned to the wrong request, tested with servers that send more than one answer."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
import trustme

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock, Deadline
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request
from ansible_collections.telephony.outbound.plugins.module_utils._core.interrupt import Permit
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._core.sockets import MOST_INTERIM_ANSWERS
from ansible_collections.telephony.outbound.plugins.module_utils._core.transport import Connection, Transport

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def answer(body: str, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def chunked(body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode()


WRONG = answer("an answer to nobody")
Steps: TypeAlias = "tuple[bytes | float | None, ...]"
"""Bytes to send, seconds to wait, or None to close the connection."""


@dataclass
class Server:
    """Answers each request with ``says`` of its path; ``heard`` has (number of the connection, method, path)."""

    says: Callable[[str], Steps]
    tls: ssl.SSLContext | None = None
    heard: list[tuple[int, str, str]] = field(default_factory=list)
    said: int = 0
    greeting: bytes = b""
    greeted: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def settle(self) -> None:
        """Wait until all answers to the received requests are sent."""
        for _look in range(500):
            if self.said == len(self.heard):
                break
            time.sleep(0.005)
        time.sleep(0.005)

    def close(self) -> None:
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        number = 0
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                number += 1
                threading.Thread(target=self._serve, args=(number, connection), daemon=True).start()

    def _serve(self, number: int, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            self._open.append(connection)
            connection.sendall(self.greeting)
            self.greeted.set()
            with connection, connection.makefile("rb") as lines:
                while first := lines.readline():
                    while lines.readline().strip():
                        pass
                    method, path = first.decode().split()[:2]
                    self.heard.append((number, method, path))
                    try:
                        if not self._say(connection, self.says(path)):
                            return
                    finally:
                        self.said += 1

    @staticmethod
    def _say(connection: socket.socket, steps: Steps) -> bool:
        """Return whether the connection stays open."""
        for step in steps:
            if step is None:
                connection.shutdown(socket.SHUT_RDWR)
                return False
            time.sleep(step) if isinstance(step, float) else connection.sendall(step)
        return True


@contextmanager
def serving(says: Callable[[str], Steps] | Steps, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(says if callable(says) else lambda _path: says, tls)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def opened(url: str, timeout: float = 5, **more: Any) -> Iterator[Transport]:
    transport = Transport(Connection(base_url=url, timeout=timeout, **more), dict, Clock(), check_mode=False)
    try:
        yield transport
    finally:
        transport.close()


def ask(
    transport: Transport, path: str = "/", purpose: Purpose = Purpose.LOGIN, permit: Permit | None = None
) -> tuple[int, str]:
    method = "DELETE" if purpose is Purpose.WRITE else "GET"
    response = transport.exchange(Request(purpose=purpose, method=method, path=path), Deadline(Clock(), 10), permit)
    return response.status, response.text()


def failure(steps: Steps, purpose: Purpose = Purpose.LOGIN, timeout: float = 5) -> OutboundError:
    with serving(steps) as server, opened(server.url, timeout) as transport, pytest.raises(OutboundError) as caught:
        ask(transport, purpose=purpose)
    return caught.value


BEFORE: Mapping[str, Steps] = {
    "102": (PROCESSING,),
    "103": (HINTS,),
    "103, later the answer": (HINTS, 0.05),
    "100, 102, 103": (CONTINUE, PROCESSING, 0.02, HINTS),
    "a status that nobody has defined": (b"HTTP/1.1 199 Whatever\r\nX: y\r\n\r\n",),
    "one with a length": (b"HTTP/1.1 103 Early Hints\r\nContent-Length: 40\r\n\r\n",),
    "one that closes": (b"HTTP/1.1 102 Processing\r\nConnection: close\r\n\r\n",),
    "one without a reason": (b"HTTP/1.1 103\r\n\r\n",),
    "one with bare line feeds": (b"HTTP/1.1 103 Early Hints\nLink: </a>\n\n",),
    "as many as are read": (HINTS * MOST_INTERIM_ANSWERS,),
    "byte by byte": tuple(bytes([byte]) for byte in HINTS),
}


@pytest.mark.parametrize("purpose", [Purpose.LOGIN, Purpose.WRITE])
@pytest.mark.parametrize("together", [False, True], ids=["apart", "in one packet"])
@pytest.mark.parametrize("name", BEFORE)
def test_interim_answers_are_read_over(name: str, together: bool, purpose: Purpose) -> None:
    def says(path: str) -> Steps:
        final = answer(path, "202 Accepted")
        pieces = (*BEFORE[name], final)
        return (b"".join(piece for piece in pieces if isinstance(piece, bytes)),) if together else pieces

    with serving(says) as server, opened(server.url) as transport:
        for path in ("/1", "/2", "/3"):
            assert ask(transport, path, purpose) == (202, path)
    assert [number for number, _method, _path in server.heard] == [1, 2, 1], "the connection is kept"


@pytest.mark.parametrize("interim", [HINTS, PROCESSING, CONTINUE])
def test_more_interim_answers_than_anybody_needs(interim: bytes) -> None:
    error = failure((interim * (MOST_INTERIM_ANSWERS + 1), answer("")))
    assert (error.kind, error.failure_class) == (Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE)
    assert error.message == "more than 10 interim answers (1xx) came, and no final one"


def test_interim_answers_do_not_stretch_the_time() -> None:
    error = failure((HINTS, 0.3) * MOST_INTERIM_ANSWERS, Purpose.WRITE, timeout=0.5)
    assert (error.kind, error.failure_class) == (Kind.TIMEOUT, FailureClass.INTERRUPTED)


def test_an_interim_answer_and_no_more() -> None:
    error = failure((HINTS, None), Purpose.WRITE)
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.INTERRUPTED)


@pytest.mark.parametrize("purpose", [Purpose.READ, Purpose.WRITE])
@pytest.mark.parametrize("before", [(), (HINTS,)])
def test_another_protocol_is_undocumented_and_closes(before: Steps, purpose: Purpose) -> None:
    with serving(lambda path: (*before, SWITCH, WRONG) if path == "/1" else (answer(path),)) as server:
        with opened(server.url) as transport:
            with pytest.raises(OutboundError) as caught:
                ask(transport, "/1", purpose)
            assert ask(transport, "/2") == (200, "/2")
        assert [number for number, _method, _path in server.heard] == [1, 2]
    error = caught.value
    assert (error.kind, error.failure_class, error.status) == (Kind.PROTOCOL, FailureClass.UNEXPECTED_RESPONSE, 101)
    assert error.message == "the server switched to another protocol, which was not asked for"


@pytest.mark.parametrize(
    ("purpose", "connections"), [(Purpose.READ, [1, 2, 3]), (Purpose.WRITE, [1, 2, 1]), (Purpose.LOGIN, [1, 2, 1])]
)
def test_connections_are_kept_but_for_reads(purpose: Purpose, connections: list[int]) -> None:
    """Of the kept ones, that which has rested longest is used: an answer too many is seen meanwhile."""
    with serving(lambda path: (answer(path),)) as server, opened(server.url) as transport:
        assert not transport.reached
        for path in ("/1", "/2", "/3"):
            assert ask(transport, path, purpose) == (200, path)
        assert transport.reached
    assert [number for number, _method, _path in server.heard] == connections


NOT_KEPT: Mapping[str, Callable[[str], Steps]] = {
    "an answer too many": lambda path: (answer(path) + WRONG,),
    "an answer too many, behind one without a body": lambda _path: (b"HTTP/1.1 204 No Content\r\n\r\n" + WRONG,),
    "an answer too many, behind chunks": lambda path: (chunked(path) + WRONG,),
    "an answer too many, a little later": lambda path: (answer(path), 0.02, WRONG),
    "a body that is longer than was said": lambda path: (answer(path) + b"more",),
    "a body behind 204": lambda _path: (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",),
    "a length beside chunks": lambda path: (chunked(path).replace(b"OK", b"OK\r\nContent-Length: 3"),),
    "a timeout that nobody asked for": lambda path: (answer(path), 0.02, answer("", "408 Request Timeout")),
    "a redirect": lambda _path: (answer("", "302 Found", "Location: /other"),),
    "a status that is none": lambda path: (answer(path, "999 Blocked"),),
    "a body that is compressed": lambda path: (answer(path, "200 OK", "Content-Encoding: gzip"),),
    "the end, a little later": lambda path: (answer(path), 0.02, None),
}


@pytest.mark.parametrize("name", NOT_KEPT)
def test_a_connection_that_is_not_understood_is_closed(name: str) -> None:
    with serving(lambda path: NOT_KEPT[name](path) if path == "/first" else (answer(path),)) as server:
        with opened(server.url) as transport:
            with suppress(OutboundError):
                assert ask(transport, "/first")[1] in ("/first", "")
            server.settle()
            assert ask(transport, "/second", Purpose.WRITE) == (200, "/second")
        assert server.heard == [(1, "GET", "/first"), (2, "DELETE", "/second")]


@pytest.mark.parametrize("header", [b"Content-Length: %d" % len(WRONG), b"Transfer-Encoding: chunked"])
def test_204_has_no_body_whatever_it_announces(header: bytes) -> None:
    """What was announced comes when the next request is under way, and would be its answer."""
    head = b"HTTP/1.1 204 No Content\r\n" + header + b"\r\n\r\n"
    with serving(lambda path: (head, 0.5, WRONG) if path == "/1" else (answer(path),)) as server:
        with opened(server.url) as transport:
            assert ask(transport, "/1", Purpose.WRITE) == (204, "")
            assert ask(transport, "/2") == (200, "/2")
        assert server.heard == [(1, "DELETE", "/1"), (2, "GET", "/2")]


@pytest.mark.parametrize("spoken", [WRONG, None], ids=["an answer", "the end"])
def test_what_comes_right_before_the_next_request_goes_out(spoken: bytes | None) -> None:
    """The last check is right before the first byte: nothing is sent then."""
    about_to_send, has_spoken = threading.Event(), threading.Event()

    def says(path: str) -> Steps:
        if path == "/1":
            threading.Thread(target=speak, daemon=True).start()
        return (answer(path),)

    def speak() -> None:
        about_to_send.wait(60)
        connection = server._open[0]
        connection.sendall(spoken) if spoken else connection.shutdown(socket.SHUT_WR)
        has_spoken.set()

    def before_write() -> None:
        about_to_send.set()
        assert has_spoken.wait(60)
        time.sleep(0.05)

    with serving(says) as server:
        connection = Connection(base_url=server.url, timeout=5)
        clock = Clock()
        transport = Transport(connection, dict, clock, check_mode=False)
        assert [ask(transport, "/1"), ask(transport, "/other")] == [(200, "/1"), (200, "/other")]
        with pytest.raises(OutboundError) as caught:
            ask(transport, "/2", Purpose.WRITE, Permit(clock.stop, before_first_write=before_write))
        assert caught.value.failure_class is FailureClass.CONNECT_FAILED
        transport.close()
        time.sleep(0.05)
    assert [path for _number, _method, path in server.heard] == ["/1", "/other"]


def tls_context() -> tuple[ssl.SSLContext, trustme.CA]:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, authority


@pytest.mark.parametrize("late", [False, True])
def test_an_answer_too_many_inside_tls(late: bool, tmp_path: Any) -> None:
    """TLS may buffer bytes that a poll of the socket does not show."""
    context, authority = tls_context()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def says(path: str) -> Steps:
        if path != "/first":
            return (answer(path),)
        return (answer(path), 0.02, WRONG) if late else (answer(path + "x" * 9000) + WRONG * 50,)

    with serving(says, context) as server, opened(server.url, ca_path=str(tmp_path / "ca.pem")) as transport:
        assert ask(transport, "/first")[1].startswith("/first")
        server.settle()
        assert ask(transport, "/second") == (200, "/second")
    assert [number for number, _method, _path in server.heard] == [1, 2]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_a_server_says_no_request_gets_the_answer_to_another(seed: int) -> None:
    """Each request has a name, and each true answer contains it: anything else is an error, never an answer."""
    rng = random.Random(seed)
    before: list[Steps] = [(), (), (HINTS,), (PROCESSING, 0.005), (CONTINUE, HINTS), (HINTS * 11,), (SWITCH,)]
    own = [answer, lambda path: answer(path, "404 Not Found"), chunked]
    after: list[Steps] = [(), (), (), (WRONG,), (0.003, WRONG), (HINTS,), (0.002, None), (b"\r\n",), (b"x",)]
    plans = [(rng.choice(before), rng.choice(own), rng.choice(after), rng.random() < 0.5) for _request in range(40)]

    def says(path: str) -> Steps:
        first, make, last, together = plans[int(path[1:])]
        steps = (*first, make(path), *last)
        if not together:
            return steps
        return (b"".join(step for step in steps if isinstance(step, bytes)), *(None for step in steps if step is None))

    answered = 0
    with serving(says) as server, opened(server.url, timeout=2) as transport:
        for number in range(len(plans)):
            with suppress(OutboundError):
                assert ask(transport, f"/{number}", rng.choice([Purpose.READ, Purpose.WRITE]))[1] == f"/{number}"
                answered += 1
            server.settle()  # what arrives after the next request cannot be distinguished from its answer
    assert answered > len(plans) / 2


ODD_HEADS: Mapping[str, bytes] = {
    "a line without a colon": b"nonsense\r\nContent-Length: 3\r\n",
    "a line without a colon, folded": b"nonsense\r\n more\r\nContent-Length: 3\r\n",
    "a fold that comes first": b" folded\r\nContent-Length: 3\r\n",
    "a length said twice in one line": b"Content-Length: 3, 3\r\n",
    "a length said twice": b"Content-Length: 3\r\nContent-Length: 3\r\n",
    "a name in capitals": b"CONTENT-LENGTH : 3\r\n",
    "many headers": b"".join(b"X-%d: y\r\n" % number for number in range(500)) + b"Content-Length: 3\r\n",
    "bare line feeds": b"X: y\nnonsense\nContent-Length: 3\n",
}


@pytest.mark.parametrize("name", ODD_HEADS)
def test_heads_that_are_odd_are_read(name: str) -> None:
    with serving((b"HTTP/1.1 200 OK\r\n" + ODD_HEADS[name] + b"\r\nyes",)) as server, opened(server.url) as transport:
        assert [ask(transport) for _time in range(3)] == [(200, "yes")] * 3
    assert [number for number, _method, _path in server.heard] == [1, 2, 1]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 3, 4\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"X: y\r\n" * 2000,
        b"X: " + b"y" * 70_000 + b"\r\nContent-Length: 3\r\n",
    ],
    ids=["two lengths in one line", "two lengths", "too many headers", "a line that is too long"],
)
def test_heads_that_say_two_things_or_too_much_are_no_answer(head: bytes) -> None:
    error = failure((b"HTTP/1.1 200 OK\r\n" + head + b"\r\nyesx", None), Purpose.WRITE)
    assert error.failure_class is FailureClass.INTERRUPTED


def test_a_body_that_ends_before_its_length() -> None:
    error = failure((answer("whole")[:-2], None))
    assert (error.kind, error.failure_class) == (Kind.CONNECT, FailureClass.INTERRUPTED)


@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_an_answer_too_many_that_comes_when_a_write_is_under_way(together: bool) -> None:
    """Which of the two belongs to the write cannot be known, so neither is believed."""

    def says(path: str) -> Steps:
        return (answer(path),) if path != "/2" else (WRONG + answer(path),) if together else (WRONG, answer(path))

    with serving(says) as server, opened(server.url) as transport:
        assert [ask(transport, "/0"), ask(transport, "/1")] == [(200, "/0"), (200, "/1")]
        with pytest.raises(OutboundError) as caught:
            ask(transport, "/2", Purpose.WRITE)
        assert (caught.value.kind, caught.value.failure_class) == (Kind.PROTOCOL, FailureClass.INTERRUPTED)
        assert ask(transport, "/3") == (200, "/3")
    assert [number for number, _method, _path in server.heard] == [1, 2, 1, 2]


def test_an_answer_too_many_is_never_the_answer_to_a_read() -> None:
    """It comes late, when the read that proves something is under way, and the true answer needs its time."""

    def says(path: str) -> Steps:
        return (answer(path), 0.05, WRONG) if path == "/write" else (0.2, answer(path))

    with serving(says) as server, opened(server.url) as transport:
        assert ask(transport, "/write", Purpose.WRITE) == (200, "/write")
        assert ask(transport, "/read", Purpose.READ) == (200, "/read")
        assert ask(transport, "/again", Purpose.READ) == (200, "/again")
    assert [number for number, _method, _path in server.heard] == [1, 2, 3]


def test_a_server_that_speaks_first_is_not_answered() -> None:
    """It would be the answer to whatever is asked. Some gateways refuse connections in this way."""
    with serving(()) as server:
        server.greeting = WRONG
        clock = Clock()
        transport = Transport(Connection(base_url=server.url, timeout=5), dict, clock, check_mode=False)
        with pytest.raises(OutboundError) as caught:
            ask(transport, "/1", Purpose.WRITE, Permit(clock.stop, before_first_write=lambda: server.greeted.wait(60)))
        transport.close()
    assert (caught.value.kind, caught.value.failure_class) == (Kind.CONNECT, FailureClass.CONNECT_FAILED)
    assert server.heard == []
