# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CometD endpoint of a contact center: sessions, subscriptions, events and their polls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ...exchange import Answer, Exchange, json_answer
from .messages import INTERNAL, RAW, Event, Message, parsed

_UNASKED = (INTERNAL, RAW)
"""Channels whose events arrive without a subscription."""
_HANDSHAKE = {"reconnect": "handshake", "interval": 0}
_SLICE = 0.2
"""Seconds between checks whether the client of a held poll is still connected."""


@dataclass(slots=True)
class Session:
    """One CometD session."""

    client_id: str
    user: str
    browser: str
    """The JSESSIONID of its HTTP session."""
    last_seen: float
    subscriptions: list[str] = field(default_factory=list)
    queue: list[Event] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    polls: int = 0
    ended: bool = False
    batch: int = 0
    """Number of answers with events."""
    unread: dict[int, list[Event]] = field(default_factory=dict)
    """Events of unacknowledged answers, by the number of the answer."""

    def deliver(self, event: Event) -> None:
        """Queue an event and release a held poll."""
        self.queue.append(event)
        self.news.set()

    def take_back_unread(self, read: Any) -> None:
        """Queue the events of answers after the last acknowledged one again."""
        last = read if isinstance(read, int) and not isinstance(read, bool) else -1
        lost = [event for number, events in self.unread.items() if number > last for event in events]
        self.unread.clear()
        self.queue = [*lost, *self.queue]


class Cometd:
    """The sessions of all users, and what they have to hear."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Store the settings, which can change at any time; there are no sessions yet."""
        self._settings = settings
        self.sessions: dict[str, Session] = {}
        self.expired = 0
        self._lost_openings = 0

    def publish_all(self, events: Iterable[Event], user: str) -> None:
        """Send events to the sessions of a user."""
        for event in events:
            self.publish(event, user)

    def publish(self, event: Event, user: Any) -> int:
        """Send an event to the sessions of a user, or of all users; return how many received it."""
        heard = 0
        for session in self.sessions.values():
            wanted = event["channel"] in _UNASKED or any(_matches(s, event["channel"]) for s in session.subscriptions)
            if wanted and user in (None, session.user):
                session.deliver(event)
                heard += 1
        return heard

    def expire(self, sessions: Iterable[Session]) -> int:
        """End sessions, as after a long silence; return how many."""
        sessions = list(sessions)
        for session in sessions:
            self._end(session)
        self.expired += len(sessions)
        return len(sessions)

    def _end(self, session: Session) -> None:
        self.sessions.pop(session.client_id, None)
        session.ended = True
        session.news.set()

    async def answer(self, exchange: Exchange, user: str, browser: str) -> Answer:
        """Answer the messages of one request."""
        messages = parsed(exchange.body)
        messages = messages if isinstance(messages, list) else [messages]
        if not all(isinstance(message, dict) for message in messages):
            return Answer(400)
        now, most = time.monotonic(), self._settings["max_interval"]
        self.expire([s for s in self.sessions.values() if not s.polls and now - s.last_seen > most])
        answers: list[Event] = []
        for message in messages:
            answers += await self._meta(message, exchange, user, browser)
        return json_answer(answers)

    async def _meta(self, message: Message, exchange: Exchange, user: str, browser: str) -> list[Event]:
        channel = message.get("channel")
        reply: Event = {"channel": channel, "id": message.get("id"), "successful": True}
        if channel == "/meta/handshake":
            session = Session(uuid4().hex, user, browser, time.monotonic())
            self.sessions[session.client_id] = session
            offer: Event = {
                "version": "1.0",
                "supportedConnectionTypes": ["long-polling"],
                "clientId": session.client_id,
            }
            if self._settings["ack_extension"] and _ack(message) is True:
                session.batch = 1
                offer["ext"] = {"ack": True}
            return [{**reply, **offer, "advice": self._advice()}]
        found = self.sessions.get(str(message.get("clientId")))
        if found is None or found.browser != browser:
            return [{**reply, "successful": False, "error": "402::session_unknown", "advice": _HANDSHAKE}]
        found.last_seen = time.monotonic()
        match channel:
            case "/meta/subscribe" if self._lost_openings < self._settings["lost_openings"]:
                # like a server that never received the handshake
                self._lost_openings += 1
                self._end(found)
                return [{**reply, "successful": False, "error": "402::session_unknown", "advice": _HANDSHAKE}]
            case "/meta/subscribe":
                found.subscriptions.append(str(message.get("subscription")))
                return [{**reply, "subscription": message.get("subscription")}]
            case "/meta/unsubscribe":
                found.subscriptions = [s for s in found.subscriptions if s != message.get("subscription")]
                return [{**reply, "subscription": message.get("subscription")}]
            case "/meta/disconnect":
                self._end(found)
                return [reply]
            case "/meta/connect":
                return await self._connect(message, found, exchange, reply)
        return [{**reply, "successful": False, "error": "403::channel_denied"}]

    async def _connect(self, message: Message, session: Session, exchange: Exchange, reply: Event) -> list[Event]:
        """Hold the poll until there are events or its time is over."""
        advice = message.get("advice")
        if session.batch:
            session.take_back_unread(_ack(message))
        held = self._settings["poll_timeout"]
        if isinstance(advice, dict) and isinstance(advice.get("timeout"), int | float):
            held = min(held, advice["timeout"] / 1000)
        end = time.monotonic() + held
        session.polls += 1
        try:
            while not (session.queue or session.ended or exchange.client_left) and (left := end - time.monotonic()) > 0:
                session.news.clear()
                try:
                    await asyncio.wait_for(session.news.wait(), min(left, _SLICE))
                except TimeoutError:
                    continue
        finally:
            session.polls -= 1
            session.last_seen = time.monotonic()
        if session.ended:
            return [{**reply, "successful": False, "error": "402::session_unknown", "advice": _HANDSHAKE}]
        if exchange.client_left:
            # the client has disconnected: keep the events for the next poll
            return []
        events, session.queue = session.queue, []
        reply = {**reply, "advice": self._advice()}
        if session.batch:
            session.batch += 1
            session.unread[session.batch] = events
            reply["ext"] = {"ack": session.batch}
        return [reply, *events] if self._settings["events_after_reply"] else [*events, reply]

    def _advice(self) -> Event:
        held, interval = self._settings["poll_timeout"], self._settings["poll_interval"]
        return {"reconnect": "retry", "interval": int(interval * 1000), "timeout": int(held * 1000)}


def _matches(subscription: str, channel: str) -> bool:
    """Return whether a subscription matches a channel: `*` is one last segment, `**` any number."""
    if subscription.endswith("/**"):
        return channel.startswith(subscription[:-2])
    if subscription.endswith("/*"):
        return channel.rpartition("/")[0] == subscription[:-2]
    return subscription == channel


def _ack(message: Message) -> Any:
    ext = message.get("ext")
    return ext.get("ack") if isinstance(ext, dict) else None
