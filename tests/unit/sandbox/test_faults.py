# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault: what the client receives, and what is recorded."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from ansible_collections.telephony.outbound.tests.support.guard import until

from .conftest import EMAIL, KEY, Client

CANCELED = [{"do": "cancel", "queue": "100/200", "call_ids": ["f-1", "f-2", "f-5"]}]


def truth(client: Client, *, carried_out: bool, status: int | None) -> None:
    """Compare the last entry and the state with what should have happened."""
    entry = client.journal()[-1]
    assert entry["status"] == status
    assert entry["changes"] == (CANCELED if carried_out else [])
    assert client.statuses()["f-1"] == ("canceled" if carried_out else "queued")


WHEN = pytest.mark.parametrize("when", ["before", "after"])


@WHEN
def test_status(client: Client, when: str) -> None:
    client.arm(do="status", when=when, status=429, headers={"Retry-After": "2"}, body={"error": "slow down"})
    answer = client.cancel()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert answer.json() == {"error": "slow down"}
    truth(client, carried_out=when == "after", status=429)
    assert client.journal()[0]["fault"] == "status"
    assert client.status("f-1").status_code == 200


def test_status_with_text_and_with_nothing(client: Client) -> None:
    client.arm(do="status", status=503, body="gone fishing")
    client.arm(do="status", status=500)
    answer = client.cancel()
    assert (answer.text, answer.headers["Content-Type"]) == ("gone fishing", "text/plain")
    assert client.cancel().content == b""


@WHEN
def test_delay(client: Client, when: str) -> None:
    client.arm(do="delay", when=when, seconds=0.4)
    start = time.monotonic()
    assert client.cancel().status_code == 202
    assert time.monotonic() - start >= 0.4
    truth(client, carried_out=True, status=202)


@WHEN
def test_a_delay_that_the_client_does_not_wait_for(client: Client, when: str) -> None:
    client.arm(do="delay", when=when, seconds=2)
    with pytest.raises(requests.ReadTimeout):
        client.cancel(timeout=0.2)
    until(client.journal)
    if when == "before":
        truth(client, carried_out=False, status=None)
    until(lambda: client.journal()[-1]["changes"])
    truth(client, carried_out=True, status=None)


@WHEN
def test_hang(client: Client, when: str) -> None:
    client.arm(do="hang", when=when)
    with pytest.raises(requests.ReadTimeout):
        client.cancel(timeout=0.3)
    until(lambda: client.journal() and (client.journal()[-1]["changes"] or when == "before"))
    truth(client, carried_out=when == "after", status=None)
    until(lambda: client.journal()[-1]["ended"])
    client.status("f-1")
    assert client.journal()[-1]["concurrent"] == 1


@WHEN
@pytest.mark.parametrize("do", ["reset", "close"])
def test_reset_and_close(client: Client, do: str, when: str) -> None:
    client.arm(do=do, when=when)
    with pytest.raises(requests.ConnectionError) as caught:
        client.cancel()
    assert ("Connection reset" in str(caught.value)) == (do == "reset")
    truth(client, carried_out=when == "after", status=None)


@pytest.mark.parametrize("when", ["before", "after", None])
def test_cut(client: Client, when: str | None) -> None:
    client.arm(do="cut", **({"when": when} if when else {}))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.cancel()
    truth(client, carried_out=when != "before", status=202 if when != "before" else 200)


def test_drip(client: Client) -> None:
    client.arm(do="drip", interval=0.05, body="[    ]")
    start = time.monotonic()
    answer = client.cancel()
    assert (answer.status_code, answer.json()) == (202, [])
    assert time.monotonic() - start >= 0.25
    truth(client, carried_out=True, status=202)


def test_drip_gives_the_true_body(client: Client) -> None:
    client.arm(do="drip", interval=0.001)
    assert client.status("f-1").json()["call_details"]["status"] == "queued"


def test_drip_headers(client: Client) -> None:
    client.arm(do="drip_headers", interval=0.005)
    start = time.monotonic()
    assert client.status("f-1").json()["call_details"]["status"] == "queued"
    assert time.monotonic() - start >= 0.3
    client.arm(do="drip_headers", interval=0.5)
    with pytest.raises(requests.ReadTimeout):
        client.status("f-1", timeout=0.2)
    until(lambda: len(client.journal()) == 2)
    assert client.journal()[-1]["status"] is None


@WHEN
@pytest.mark.parametrize("do", ["huge", "gzip_bomb"])
def test_huge_and_gzip_bomb(client: Client, do: str, when: str) -> None:
    client.arm(do=do, when=when, bytes=3_000_000)
    answer = client.cancel(stream=True)
    raw = answer.raw.read(decode_content=False)
    assert answer.headers.get("Content-Encoding") == ("gzip" if do == "gzip_bomb" else None)
    assert len(raw) == 3_000_000 if do == "huge" else len(raw) < 30_000
    truth(client, carried_out=when == "after", status=202 if when == "after" else 200)
    client.arm(do=do, bytes=100_000)
    assert client.status("f-1").json() == []


def test_a_client_may_leave_a_huge_answer(client: Client) -> None:
    client.arm(do="huge", bytes=500_000_000)
    answer = client.status("f-1", stream=True)
    next(answer.iter_content(1000))
    answer.close()
    assert client.status("f-1").status_code == 200


@WHEN
def test_bad_json_and_html(client: Client, when: str) -> None:
    client.arm(do="bad_json", when=when)
    answer = client.cancel()
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    truth(client, carried_out=when == "after", status=200)
    client.arm(do="html", status=202)
    answer = client.status("f-1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "text/html")
    assert "Sign in" in answer.text


@WHEN
def test_redirect_to_the_trap(client: Client, when: str) -> None:
    client.arm(do="redirect", when=when)
    answer = client.cancel()
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{client.trap_url}/fuse/api/apps/100/200/cancel",
    )
    truth(client, carried_out=when == "after", status=302)
    client.arm(do="redirect", status=307, location="https://example.com/x")
    assert client.cancel().headers["Location"] == "https://example.com/x"
    client.arm(do="redirect")
    assert client.cancel(allow_redirects=True).status_code == 200
    assert (client.journal()[-1]["room"], client.journal()[-1]["method"]) == ("trap", "GET")


@WHEN
def test_act(client: Client, when: str) -> None:
    act = {"room": "fuse", "do": "queue", "queue": "100/200", "calls": {"late": "queued"}}
    client.arm(do="act", when=when, act=act)
    assert client.cancel().status_code == 202
    assert client.statuses()["late"] == ("queued" if when == "after" else "canceled")
    assert client.journal()[-1]["fault"] == "act"
    client.arm(do="act", act=act)
    assert client.cancel().status_code == 202
    assert client.journal()[-1]["fault"].startswith("act failed: ")


@contextmanager
def raw(client: Client) -> Iterator[socket.socket]:
    """Open a connection on which every byte is visible."""
    where = urlsplit(client.url)
    assert where.hostname
    with socket.create_connection((where.hostname, where.port or 0), timeout=5) as connection:
        yield connection


def ask(connection: socket.socket, method: str, path: str) -> None:
    login = base64.b64encode(f"{EMAIL}:{KEY}".encode()).decode()
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\n\r\n".encode())


def read_until(connection: socket.socket, *ends: bytes) -> bytes:
    """Read until each of these has arrived, in this order."""
    data, at = b"", 0
    for end in ends:
        while data.find(end, at) < 0:
            piece = connection.recv(65536)
            assert piece, data
            data += piece
        at = data.find(end, at) + len(end)
    return data


CANCEL = "/fuse/api/apps/100/200/cancel"


@WHEN
@pytest.mark.parametrize("seconds", [0, 0.3])
def test_interim_answers_come_before_the_true_one(client: Client, when: str, seconds: float) -> None:
    client.arm(do="interim", when=when, interim=[102, 103], seconds=seconds, headers={"Link": "</a>; rel=preload"})
    with raw(client) as connection:
        ask(connection, "DELETE", CANCEL)
        early = read_until(connection, b"HTTP/1.1 102 Processing\r\n", b"HTTP/1.1 103 Early Hints\r\n", b"\r\n\r\n")
        assert (b"HTTP/1.1 202" in early) == (not seconds)
        if seconds:
            assert client.statuses()["f-1"] == ("canceled" if when == "after" else "queued")
            assert b"HTTP/1.1 202" in read_until(connection, b"\r\n\r\n")
        ask(connection, "GET", "/fuse/api/outbound/f-1")
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 200")
    entry = client.journal()[0]
    assert (entry["status"], entry["changes"], entry["interim"]) == (202, CANCELED, [102, 103])


def test_a_switch_of_protocols_that_nobody_asked_for(client: Client) -> None:
    client.arm(do="interim", interim=[101])
    with raw(client) as connection:
        ask(connection, "DELETE", CANCEL)
        assert read_until(connection, b"HTTP/1.1 202").startswith(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


def test_a_change_that_comes_later_than_the_answer_of_a_gateway(client: Client) -> None:
    client.arm(do="late", status=503, seconds=2, headers={"Retry-After": "1"})
    answer = client.cancel()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    truth(client, carried_out=False, status=503)
    assert client.journal()[-1]["ended"] is None
    until(lambda: client.journal()[-1]["ended"])
    truth(client, carried_out=True, status=503)


def test_an_outage_for_a_time(client: Client) -> None:
    client.arm(do="outage", status=502, seconds=2, skip=1)
    assert client.status("f-1").status_code == 200
    assert [client.status("f-1").status_code, client.cancel().status_code] == [502, 502]
    truth(client, carried_out=False, status=502)
    until(lambda: client.status("f-1").status_code == 200)
    assert client.cancel().status_code == 202
    assert client.control("GET", "faults")["faults"] == []


def test_an_outage_for_so_many_requests_that_loses_something(client: Client) -> None:
    act = {"room": "fuse", "do": "set_status", "call_id": "f-1", "status": "dialing"}
    client.arm(do="outage", times=2, act=act)
    for expected in ("dialing", "queued"):
        with pytest.raises(requests.ConnectionError):
            client.cancel()
        assert client.statuses()["f-1"] == expected, "something is lost once, as the outage begins"
        client.control("POST", "act", {**act, "status": "queued"})
    assert client.cancel().status_code == 202


def test_padding(client: Client) -> None:
    client.arm(do="pad", bytes=100_000)
    answer = client.status("f-1")
    assert len(answer.content) > 100_000
    assert answer.json()["call_details"]["status"] == "queued"
    client.arm(do="pad")
    client.cancel()
    assert client.journal()[-1]["fault"] is None


@pytest.mark.parametrize("seconds", [0, 0.2])
def test_bytes_behind_the_answer(client: Client, seconds: float) -> None:
    client.arm(do="extra", seconds=seconds)
    with raw(client) as connection:
        ask(connection, "GET", "/fuse/api/outbound/f-1")
        found = read_until(connection, b"queued", b"}")
        assert (b"HTTP/1.1 204" in found) == (not seconds)
        assert b"HTTP/1.1 204 No Content\r\n\r\n" in (found if not seconds else read_until(connection, b"\r\n\r\n"))
    client.arm(do="extra", body="noise")
    assert client.cancel().status_code == 202
    truth(client, carried_out=True, status=202)


def test_a_name_that_stands_twice(client: Client) -> None:
    client.arm(do="duplicate")
    answer = client.status("f-1")
    assert answer.text.startswith('{"call_details": null, "call_details": {')
    client.arm(do="duplicate")
    client.cancel()
    assert client.journal()[-1]["fault"] is None


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig", "latin-1"])
def test_another_encoding(client: Client, charset: str) -> None:
    client.arm(do="encoding", charset=charset)
    answer = client.status("f-1")
    assert answer.headers["Content-Type"] == f"application/json; charset={charset.removesuffix('-sig')}"
    assert '"status": "queued"' in answer.content.decode(charset)
    client.arm(do="encoding", charset=charset, headers={"Content-Type": "application/json; charset=us-ascii"})
    assert client.status("f-1").headers["Content-Type"] == "application/json; charset=us-ascii"


def test_a_fault_takes_only_what_it_matches(client: Client) -> None:
    client.arm(do="status", status=500, method="DELETE", path="/fuse/*/20[01]/cancel", query="*b=2*", times=None)
    for answer in (client.status("f-1"), client.cancel("101/210"), client.cancel()):
        assert answer.status_code < 300
    assert client.cancel(params={"a": 1, "b": 2}).status_code == 500
    assert client.cancel("100/201", params={"b": 2}).status_code == 500
    (fault,) = client.control("GET", "faults")["faults"]
    assert (fault["seen"], fault["fired"]) == (2, 2)
    client.control("DELETE", "faults")
    assert client.cancel(params={"b": 2}).status_code == 202


def test_skip_and_times_and_order(client: Client) -> None:
    client.control(
        "POST",
        "faults",
        [{"do": "status", "status": 500, "skip": 1, "times": 2}, {"do": "status", "status": 503, "times": 2}],
    )
    # the first one skips a request, which the second one takes; once that is spent, the first one applies
    assert [client.status("f-1").status_code for _time in range(5)] == [503, 500, 500, 503, 200]
    listing = client.control("GET", "faults")
    assert listing["faults"] == []
    assert [fault["fired"] for fault in listing["spent"]] == [2, 2]


def test_probability_can_be_repeated(client: Client) -> None:
    def run() -> list[int]:
        client.control("PATCH", "settings", {"seed": 7})
        client.control("DELETE", "faults")
        client.arm(do="status", status=500, probability=0.5, times=None)
        return [client.status("f-1").status_code for _time in range(30)]

    first = run()
    assert {200, 500} == set(first)
    assert run() == first


@pytest.mark.parametrize(
    "fault",
    [
        {},
        [],
        {"do": "explode"},
        {"do": "status"},
        {"do": "status", "status": 99},
        {"do": "delay"},
        {"do": "act"},
        {"do": "close", "when": "never"},
        {"do": "close", "times": "x"},
        {"do": "close", "colour": "red"},
        {"do": "outage"},
        {"do": "late", "when": "after"},
        {"do": "extra", "when": "before"},
        {"do": "encoding"},
        {"do": "encoding", "charset": "no-such-encoding"},
        {"do": "interim", "interim": [200]},
        {"do": "interim", "interim": 103},
    ],
    ids=str,
)
def test_a_wrong_fault_is_refused(client: Client, fault: Any) -> None:
    orders = [{"do": "close"}, fault]
    assert client.control("POST", "faults", orders, expect=400)["error"]
    assert client.control("GET", "faults")["faults"] == []


def test_a_client_that_takes_us_for_its_proxy_is_served(client: Client) -> None:
    where = urlsplit(client.url)
    assert where.hostname
    with socket.create_connection((where.hostname, where.port or 0), timeout=5) as connection:
        connection.sendall(b"GET http://elsewhere.example/fuse/api/outbound/f-1 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 401")
    assert client.journal()[0]["path"] == "/fuse/api/outbound/f-1"
