# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Bayeux client with a server that is a function: messages sent and received, and the end of a session."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Client
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, Kind, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import bayeux, bayeux_messages
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.bayeux import Bayeux
from ansible_collections.telephony.outbound.tests.support.guard import until
from ansible_collections.telephony.outbound.tests.support.session import session_to

Message = dict[str, Any]
RETRY = {"reconnect": "retry", "interval": 0, "timeout": 30000}


class Server:
    """A fake transport. ``say`` may replace the usual reply."""

    def __init__(self) -> None:
        self.check_mode = False
        self.heard: list[Message] = []
        self.timeouts: list[float | None] = []
        self.events: list[Message] = []
        self.say: Callable[[Message], Any] = lambda _message: None
        self.gone = threading.Event()
        self.clients = 0

    def exchange(self, request: Request, _deadline: object, _permit: object) -> Response:
        (message,) = request.json
        self.heard.append(message)
        answer = self.say(message)
        if answer is None:
            answer = self.usual(message)
        if message["channel"] == "/meta/connect" and "advice" not in message:
            self.timeouts.append(request.timeout)
        body = json.dumps(answer).encode()
        assert request.receive is not None
        return Response(200, {}, b"", request.receive(iter([body])))

    def usual(self, message: Message) -> list[Message]:
        reply: Message = {"channel": message["channel"], "id": message["id"], "successful": True}
        if message["channel"] == "/meta/handshake":
            self.clients += 1
            reply |= {"clientId": f"client-{self.clients}", "advice": RETRY}
        if message["channel"] == "/meta/disconnect":
            self.gone.set()
        if message["channel"] == "/meta/connect" and "advice" not in message:
            self.gone.wait(0.05)
        events, self.events = self.events, []
        return [reply, *events]

    def channels(self) -> list[str]:
        return [message["channel"].removeprefix("/meta/") for message in self.heard]


class Listener:
    def __init__(self, server: Server, **options: Any) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.ended = threading.Event()
        self.refreshed = 0
        self.line = session_to(server)
        given = {"on_event": lambda channel, data: self.heard.append((channel, data)), "longest_poll": 100.0, **options}
        self.bayeux = Bayeux("/cometd", "/me/*", ended=self.ended.set, refresh=self.refresh, **given)

    def refresh(self) -> None:
        self.refreshed += 1

    def client(self) -> Client:
        return self.line.client(5)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(bayeux, "backoff", lambda _tries, _random: 0.01)
    return Server()


@pytest.fixture
def listener(server: Server) -> Iterator[Listener]:
    made = Listener(server)
    yield made
    made.bayeux.close(made.client())


def test_the_order_of_things(server: Server, listener: Listener) -> None:
    listener.bayeux.start(listener.client())
    until(lambda: len(server.timeouts) > 1)
    listener.bayeux.close(listener.client())
    assert server.channels()[:4] == ["handshake", "subscribe", "connect", "connect"]
    assert server.channels().count("disconnect") == 1
    handshake, subscribe, first, poll = server.heard[:4]
    assert (handshake["version"], handshake["supportedConnectionTypes"]) == ("1.0", ["long-polling"])
    assert (subscribe["clientId"], subscribe["subscription"]) == ("client-1", "/me/*")
    assert first["advice"] == {"timeout": 0}
    assert poll == {"id": "4", "channel": "/meta/connect", "clientId": "client-1", "connectionType": "long-polling"}


def test_events_ride_on_any_reply_in_any_place(server: Server, listener: Listener) -> None:
    events = [{"channel": "/me/x", "data": number, "id": "2"} for number in range(4)]

    def say(message: Message) -> Any:
        usual = server.usual(message)
        if message["channel"] in ("/meta/subscribe", "/meta/disconnect"):
            return [events.pop(0), *usual, events.pop(0)]
        return None

    server.say = say
    listener.bayeux.start(listener.client())
    listener.bayeux.close(listener.client())
    assert sorted(data for _channel, data in listener.heard) == [0, 1, 2, 3]


def test_other_messages_are_no_events(server: Server, listener: Listener) -> None:
    server.events = [
        {"channel": "/me/x", "successful": True},
        {"channel": "/meta/other", "data": 1},
        {"channel": "/me/x", "data": None},
    ]
    listener.bayeux.start(listener.client())
    until(lambda: listener.heard)
    assert listener.heard == [("/me/x", None)]


@pytest.mark.parametrize(("held", "longest", "expected"), [(30000, 100, 40.0), (30000, 35, 35.0), (0, 100, 10.0)])
def test_a_poll_waits_longer_than_the_server_but_not_longer_than_it_may(
    server: Server, held: int, longest: float, expected: float
) -> None:
    server.say = lambda message: [{**reply, "advice": {"timeout": held}} for reply in server.usual(message)]
    listener = Listener(server, longest_poll=float(longest))
    listener.bayeux.start(listener.client())
    until(lambda: server.timeouts)
    listener.bayeux.close(listener.client())
    assert set(server.timeouts) == {expected}


def test_advice_that_is_not_understood_changes_nothing() -> None:
    advice = bayeux_messages.Advice()
    for strange in (None, "retry", {"reconnect": "soon"}, {"interval": "1"}, {"timeout": True}, {"timeout": None}):
        advice.follow(strange)
    assert (advice.reconnect, advice.interval, advice.held) == ("retry", 0.0, bayeux_messages.DEFAULT_POLL_HOLD)
    advice.follow({"interval": 250})
    advice.follow({"reconnect": "handshake", "timeout": 1500})
    assert (advice.reconnect, advice.interval, advice.held) == ("handshake", 0.25, 1.5)


def test_a_lost_session_is_reopened(server: Server, listener: Listener) -> None:
    def say(message: Message) -> Any:
        if message["channel"] == "/meta/connect" and message["clientId"] == "client-1" and "advice" not in message:
            return [{"channel": "/meta/connect", "successful": False, "advice": {"reconnect": "handshake"}}]
        return None

    server.say = say
    listener.bayeux.start(listener.client())
    until(lambda: server.timeouts.count(40.0) > 2)
    assert (listener.bayeux.lost_sessions, listener.refreshed, server.clients) == (1, 1, 2)
    assert listener.bayeux.subscribed(listener.client(), 0)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (True, True),
        ({"enabled": True, "batch": 0}, True),
        ({"enabled": False}, False),
        (False, False),
        (1, False),
        ("true", False),
        (None, False),
    ],
)
def test_the_acknowledge_extension_is_used_where_the_server_has_it(server: Server, told: Any, wanted: bool) -> None:
    numbers = iter(range(7, 1000))

    def say(message: Message) -> Any:
        reply, *events = server.usual(message)
        if message["channel"] == "/meta/handshake":
            return [{**reply, "ext": {"ack": told}}]
        return [{**reply, "ext": {"ack": next(numbers)}}, *events]

    server.say = say
    listener = Listener(server)
    listener.bayeux.start(listener.client())
    until(lambda: len(server.timeouts) > 1)
    listener.bayeux.close(listener.client())
    assert server.heard[0]["ext"] == {"ack": True}
    shown = [message.get("ext") for message in server.heard if message["channel"] == "/meta/connect"][:3]
    # The first number is that of the answer to the subscription, not to a poll.
    assert shown == ([{"ack": -1}, {"ack": 8}, {"ack": 9}] if wanted else [None, None, None])


def test_nothing_is_sent_while_the_subscription_is_in_doubt(server: Server, listener: Listener) -> None:
    """Subscribing again resolves the doubt while the poll is held; until that succeeds, no write is sent."""
    refused = threading.Event()
    held = threading.Event()

    def say(message: Message) -> Any:
        if message["channel"] == "/meta/connect" and "advice" not in message:
            held.set()
            server.gone.wait(60)
        if message["channel"] == "/meta/subscribe" and refused.is_set():
            raise OutboundError(Kind.CONNECT, "broken", failure_class=FailureClass.INTERRUPTED)
        return None

    server.say = say
    listener.bayeux.start(listener.client())
    assert held.wait(60)
    assert listener.bayeux.subscribed(listener.client(), 0)
    refused.set()
    listener.bayeux.doubt()
    assert not listener.bayeux.subscribed(listener.client(), 0.05)
    refused.clear()
    until(lambda: listener.bayeux.subscribed(listener.client(), 0.05))
    assert server.channels().count("connect") == 2


def test_after_a_broken_poll_the_next_is_not_held(server: Server, listener: Listener) -> None:
    broken = threading.Event()

    def say(message: Message) -> Any:
        if message["channel"] == "/meta/connect" and "advice" not in message and not broken.is_set():
            broken.set()
            raise OutboundError(Kind.CONNECT, "broken", failure_class=FailureClass.INTERRUPTED)
        return None

    server.say = say
    listener.bayeux.start(listener.client())
    until(lambda: len(server.timeouts) > 1)
    listener.bayeux.close(listener.client())
    polls = [message for message in server.heard if message["channel"] == "/meta/connect"]
    assert [poll.get("advice") for poll in polls[:4]] == [{"timeout": 0}, None, {"timeout": 0}, None]
    assert listener.bayeux.unread == 1
    assert listener.bayeux.unread_reason == "broken"


def test_a_half_open_session_is_ended_before_the_next_is_opened(server: Server, listener: Listener) -> None:
    """The subscription of the second session fails once."""
    broken = threading.Event()

    def say(message: Message) -> Any:
        if message["channel"] == "/meta/connect" and message["clientId"] == "client-1" and "advice" not in message:
            return [{"channel": "/meta/connect", "successful": False, "advice": {"reconnect": "handshake"}}]
        if message["channel"] == "/meta/subscribe" and message["clientId"] == "client-2" and not broken.is_set():
            broken.set()
            raise OutboundError(Kind.CONNECT, "broken", failure_class=FailureClass.INTERRUPTED)
        return None

    server.say = say
    listener.bayeux.start(listener.client())
    until(lambda: server.clients == 3 and listener.bayeux.subscribed(listener.client(), 0))
    assert [m["clientId"] for m in server.heard if m["channel"] == "/meta/disconnect"] == ["client-2"]


def test_a_session_that_was_opened_too_late_is_ended_at_once(server: Server, listener: Listener) -> None:
    """It is closed while a lost session is reopened: the new one must not stay open."""
    reached, go_on = threading.Event(), threading.Event()

    def say(message: Message) -> Any:
        if message["channel"] == "/meta/connect" and "advice" not in message:
            return [{"channel": "/meta/connect", "successful": False, "advice": {"reconnect": "handshake"}}]
        if message["channel"] == "/meta/handshake" and server.clients:
            reached.set()
            go_on.wait(60)
        return None

    server.say = say
    listener.bayeux.start(listener.client())
    assert reached.wait(60)
    closer = threading.Thread(target=listener.bayeux.close, args=(listener.client(),))
    closer.start()
    time.sleep(0.1)
    go_on.set()
    closer.join(60)
    assert [m["clientId"] for m in server.heard if m["channel"] == "/meta/disconnect"] == ["client-2"]
    assert server.channels()[-1] == "disconnect"


def test_a_defect_in_the_polling_is_told(server: Server) -> None:
    def on_event(_channel: str, _data: Any) -> None:
        raise ZeroDivisionError

    listener = Listener(server, on_event=on_event)
    listener.bayeux.start(listener.client())
    server.events = [{"channel": "/me/x", "data": 1}]
    assert listener.ended.wait(60)
    assert listener.bayeux.failure is not None
    assert "ZeroDivisionError" in listener.bayeux.failure.message
    assert listener.bayeux.subscribed(listener.client(), 0)
    listener.bayeux.close(listener.client())


def test_closing_what_was_never_opened(server: Server, listener: Listener) -> None:
    listener.bayeux.close(listener.client())
    assert server.heard == []


@pytest.mark.parametrize("body", [5, ["x"], [{"id": "1"}], [{"channel": "/meta/other"}], []])
def test_an_answer_that_is_none(server: Server, listener: Listener, body: Any) -> None:
    server.say = lambda _message: body
    with pytest.raises(OutboundError) as caught:
        listener.bayeux.start(listener.client())
    assert caught.value.kind is Kind.PROTOCOL
    assert caught.value.message.startswith("CometD handshake at /cometd: ")
