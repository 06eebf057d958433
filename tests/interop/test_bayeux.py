# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CometD client with third-party Bayeux servers; `make interop` runs this.

Those from npm need NODE_PATH, the folder filled by `npm ci`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.tests.interop.processes import Process, free_port, program
from ansible_collections.telephony.outbound.tests.support.guard import until
from ansible_collections.telephony.outbound.tests.support.modules import run_module

HERE = Path(__file__).parent


def node(kind: str, port: int) -> list[str]:
    """Return the command line of a server from npm."""
    if "NODE_PATH" not in os.environ:
        pytest.skip(f"node and npm are not installed, so NOTHING was tried against {kind}")
    return [program("node"), str(HERE / "gws_node.js"), kind, str(port)]


def ruby(_kind: str, port: int) -> list[str]:
    """Return the command line of ruby-faye on thin."""
    return [program("thin"), "start", "-R", str(HERE / "gws_ruby.ru"), "-a", "127.0.0.1", "-p", str(port)]


SERVERS = {"cometd": node, "cometd-ack": node, "faye": node, "ruby-faye": ruby}


class Peer:
    def __init__(self, kind: str, folder: Path) -> None:
        port = free_port()
        self._process = Process(SERVERS[kind](kind, port), port, folder)
        self.url = f"http://127.0.0.1:{port}"
        self.stop = self._process.stop
        self.control("GET")

    def control(self, method: str, **order: Any) -> dict[str, Any]:
        answer = requests.request(method, f"{self.url}/_control", json=order, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def cancel(self, *numbers: str, **options: Any) -> dict[str, Any]:
        return run_module(
            "genesys_record_cancel",
            **{
                "base_url": self.url,
                "username": "dialer",
                "password": "not-a-secret-password",
                "application_id": 134,
                "campaign_name": "Reminders",
                "calling_list": "List1",
                "targets": [{"phone_number": number} for number in numbers],
                "wait_timeout": 20,
                **options,
            },
        )


@pytest.fixture(params=SERVERS)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    running = Peer(request.param, tmp_path)
    yield running
    running.stop()


def outcomes(result: dict[str, Any]) -> list[str]:
    return [entry["outcome"] for entry in result["results"]]


def assert_nothing_open(peer: Peer) -> None:
    """A server may take a moment to remove a session that was ended."""
    until(lambda: not peer.control("GET")["open"])


@pytest.mark.parametrize("delay", [0, 300, 2600])
def test_an_acknowledgement_is_heard_in_whatever_poll_it_comes(peer: Peer, delay: int) -> None:
    peer.control("PUT", ack_delay=delay)
    result = peer.cancel("+15550100101")
    assert outcomes(result) == ["cleared"]
    assert peer.control("GET")["cancelled"][0]["referenceId"] == result["results"][0]["reference_id"]
    assert_nothing_open(peer)


def test_many_are_waited_for_together(peer: Peer) -> None:
    peer.control("PUT", ack_delay=500)
    result = peer.cancel(*(f"+1555010{number:04d}" for number in range(100)), concurrency=8)
    assert result["summary"]["cleared"] == 100
    assert_nothing_open(peer)


def test_foreign_events_change_nothing(peer: Peer) -> None:
    peer.control("PUT", silent=True)
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(0.1):
            data = {"notificationType": "RecordCancelAcknowledge", "referenceId": "somebody-else"}
            peer.control("POST", publish={"channel": "/v2/me/outbound", "data": data})
            peer.control("POST", publish={"channel": "/v2/me/calls", "data": {"messageType": "noise"}})

    publisher = threading.Thread(target=publish)
    publisher.start()
    result = peer.cancel("+15550100101", wait_timeout=1.5)
    stop.set()
    publisher.join()
    assert outcomes(result) == ["in_doubt"]
    assert_nothing_open(peer)


def test_another_event_with_our_id_is_a_refusal(peer: Peer) -> None:
    peer.control("PUT", silent=True)
    data = {"notificationType": "Error", "referenceId": "our-own-id-1"}

    def publish() -> None:
        until(lambda: peer.control("GET")["cancelled"])
        peer.control("POST", publish={"channel": "/v2/me/outbound", "data": data})

    publisher = threading.Thread(target=publish)
    publisher.start()
    result = peer.cancel("+15550100101", reference_id="our-own-id-1", wait_timeout=3)
    publisher.join()
    assert outcomes(result) == ["failed"]
    assert '"Error"' in result["results"][0]["error"]["message"]


def test_a_lost_session_is_opened_anew_and_is_never_taken_for_success(peer: Peer) -> None:
    """Events of the lost session are gone with it; those of the next one are received."""
    peer.control("PUT", ack_delay=1500)

    def lose() -> None:
        until(lambda: peer.control("GET")["cancelled"])
        peer.control("POST", end_sessions=True)

    thread = threading.Thread(target=lose)
    thread.start()
    result = peer.cancel("+15550100101", "+15550100102", concurrency=1)
    thread.join()
    assert outcomes(result) == ["cleared", "cleared"]
    assert peer.control("GET")["opened"] == 2
    assert_nothing_open(peer)


@pytest.mark.parametrize("kind", ["cometd", "cometd-ack"])
def test_an_answer_that_was_lost_comes_again_where_the_server_can(kind: str, tmp_path: Path) -> None:
    peer = Peer(kind, tmp_path)
    peer.control("PUT", ack_delay=300, lose=2)
    result = peer.cancel("+15550100101", wait_timeout=6)
    if kind == "cometd-ack":
        assert outcomes(result) == ["cleared"]
    else:
        assert outcomes(result) == ["in_doubt"]
        assert "in an answer that was lost: 1 poll" in result["results"][0]["error"]["message"]
    assert_nothing_open(peer)
    peer.stop()


def test_silence_is_a_doubt(peer: Peer) -> None:
    peer.control("PUT", silent=True)
    result = peer.cancel("+15550100101", wait_timeout=4)
    assert outcomes(result) == ["in_doubt"]
    assert_nothing_open(peer)
