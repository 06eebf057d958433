# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A body passed on in chunks has the same limits as a body in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Session
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import (
    FailureClass,
    Kind,
    OutboundError,
    from_status,
    unexpected_response,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.retry import Purpose
from ansible_collections.telephony.outbound.plugins.module_utils._core.transport import Connection, Transport

PIECE = b"x" * 100_000


class Server:
    """Answers each request with the next of the given functions."""

    def __init__(self, *answers: Callable[[BaseHTTPRequestHandler], None]) -> None:
        waiting = list(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                waiting.pop(0)(self)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join(60)
        self._server.server_close()


def body(pieces: int, announced: int | None = None, status: int = 200, pause: float = 0) -> Any:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(PIECE) * (announced or pieces)))
        handler.end_headers()
        try:
            for _piece in range(pieces):
                handler.wfile.write(PIECE)
                time.sleep(pause)
        except OSError:
            pass
        handler.close_connection = announced is not None

    return answer


def get(url: str, receive: Any, *, retries: int = 0, timeout: float = 10, **more: Any) -> Response:
    transport = Transport(Connection(base_url=url, timeout=timeout), dict, Clock(), check_mode=True)
    line = Session(transport, Clock(), retries, lambda response: from_status(response.status), random=lambda: 0.0)
    request = Request(purpose=Purpose.READ, method="GET", path="/", receive=receive, **more)
    try:
        return line.client(30).send(request)
    finally:
        transport.close()


def length(chunks: Iterator[bytes]) -> int:
    return sum(map(len, chunks))


def test_what_the_receiver_makes_of_it_comes_back() -> None:
    with Server(body(20)) as url:
        response = get(url, length)
    assert (response.status, response.body, response.received) == (200, b"", 2_000_000)


def test_a_larger_cap_is_for_received_bodies_alone() -> None:
    most = 20_000_000
    with Server(body(150), body(150), body(150, status=404)) as url:
        assert get(url, length, max_bytes=most).received == 15_000_000
        for receive in (None, length):
            with pytest.raises(OutboundError, match="larger than 8388608 bytes"):
                get(url, receive, max_bytes=most)


def test_too_large() -> None:
    with Server(body(20)) as url, pytest.raises(OutboundError, match="larger than 1000000 bytes") as raised:
        get(url, length, max_bytes=1_000_000)
    assert raised.value.failure_class is FailureClass.UNEXPECTED_RESPONSE


def test_a_short_body_shows_even_where_the_receiver_has_seen_enough() -> None:
    for receive in (length, next):
        with Server(body(2, announced=3)) as url, pytest.raises(OutboundError) as raised:
            get(url, receive)
        assert (raised.value.kind, raised.value.failure_class) == (Kind.CONNECT, FailureClass.INTERRUPTED)


def test_each_try_begins_anew() -> None:
    begun: list[int] = []

    def receive(chunks: Iterator[bytes]) -> int:
        begun.append(0)
        for chunk in chunks:
            begun[-1] += len(chunk)
        return begun[-1]

    with Server(body(2, announced=3), body(1, status=502), body(3)) as url:
        assert get(url, receive, retries=3).received == 300_000
    assert begun == [200_000, 300_000]


def test_the_time_holds_while_it_is_received() -> None:
    with Server(body(100, pause=0.2)) as url, pytest.raises(OutboundError) as raised:
        get(url, length, timeout=1)
    assert (raised.value.kind, raised.value.failure_class) == (Kind.TIMEOUT, FailureClass.INTERRUPTED)


def test_an_error_of_the_receiver_is_raised() -> None:
    def receive(_chunks: Iterator[bytes]) -> None:
        raise unexpected_response("not for me")

    with Server(body(2)) as url, pytest.raises(OutboundError, match="not for me"):
        get(url, receive)


def test_an_error_is_not_for_the_receiver() -> None:
    with Server(body(1, status=403)) as url, pytest.raises(OutboundError) as raised:
        get(url, lambda _chunks: pytest.fail("was called"))
    assert raised.value.kind is Kind.DENIED
