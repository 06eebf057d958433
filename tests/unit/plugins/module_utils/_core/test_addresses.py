# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name resolution is bounded in time, and an unreachable address leaves time for the others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import addresses
from ansible_collections.telephony.outbound.plugins.module_utils._core.addresses import connect, look_up

NAME = "vendor.example.com"


def address(host: str, port: int) -> addresses.Address:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))


@pytest.fixture
def alive() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def dead() -> Iterator[Callable[[str, int], addresses.Address]]:
    """Create addresses that never answer: a full backlog, like a firewall that drops packets."""
    opened: list[socket.socket] = []

    def make(host: str, port: int) -> addresses.Address:
        hole = socket.socket()
        hole.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        hole.bind((host, port))
        hole.listen(0)
        opened.append(hole)
        for _filler in range(4):
            opened.append(socket.socket())
            opened[-1].setblocking(False)
            opened[-1].connect_ex((host, port))
        return address(host, port)

    yield make
    for sock in opened:
        sock.close()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> list[addresses.Address]:
    """Replace the resolver's answer for every name."""
    found: list[addresses.Address] = []
    monkeypatch.setattr(addresses, "_answered", {})
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: list(found))
    return found


def test_dead_addresses_leave_time_for_the_others(alive: int, dead: Any, resolver: list[addresses.Address]) -> None:
    resolver += [dead("127.0.0.9", alive), dead("127.0.0.10", alive), address("127.0.0.1", alive)]
    with connect(NAME, alive, 1.5, ()) as sock:
        assert sock.getpeername() == ("127.0.0.1", alive)
        assert 0 < (sock.gettimeout() or 0) < 1


def test_what_answered_is_tried_first(
    alive: int, resolver: list[addresses.Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Any] = []
    real = addresses._connect

    def spy(one: addresses.Address, *rest: Any) -> socket.socket:
        tried.append(one[4][0])
        return real(one, *rest)

    monkeypatch.setattr(addresses, "_connect", spy)
    resolver += [address("127.0.0.9", alive), address("127.0.0.1", alive)]
    for _time in range(2):
        connect(NAME, alive, 5, ()).close()
    assert tried == ["127.0.0.9", "127.0.0.1", "127.0.0.1"]


def test_no_address_that_answers(dead: Any, alive: int, resolver: list[addresses.Address]) -> None:
    resolver.append(dead("127.0.0.9", alive))
    with pytest.raises(TimeoutError):
        connect(NAME, alive, 0.2, ())
    resolver[:] = [address("127.0.0.1", 9)]
    with pytest.raises(ConnectionRefusedError):
        connect(NAME, 9, 5, ())
    resolver.clear()
    with pytest.raises(OSError, match="the name has no address"):
        connect(NAME, alive, 0.2, ())


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: [end.wait(20)])
    with pytest.raises(TimeoutError, match="the name was not looked up in time"):
        look_up(NAME, 443, 0.1)
    end.set()


def test_where_no_thread_can_be_started(alive: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    connect("127.0.0.1", alive, 5, ()).close()


@pytest.mark.parametrize("host", ["vendor.invalid", "a" * 64 + ".example.com", "..example.com"])
def test_a_name_that_is_none(host: str) -> None:
    with pytest.raises(OSError, match=r"(?i)name|host"):
        look_up(host, 443, 10)


def test_socket_options_are_set(alive: int) -> None:
    with connect("localhost", alive, 5, [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
