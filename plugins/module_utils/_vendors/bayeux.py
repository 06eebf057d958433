# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A Bayeux 1.0 client by long polling: one session, one subscription, events handed over as they come.

A thread polls for as long as the session is open. What the server advises is followed: to poll again, to
shake hands anew (the subscription then is made anew too), or to stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from random import random
from typing import Any

from .._core.client import Client
from .._core.errors import Happening, Kind, OutboundError, refused, undocumented
from .._core.interrupt import Permit
from .._core.message import Request
from .._core.retry import Purpose, backoff

HELD = 30.0
"""Seconds for which a server holds a poll, where it does not say."""

MARGIN = 10.0
"""Seconds that an answer may take after the server stopped holding it."""

MOST_LOST = 5
"""Sessions that may be lost in a row, without one good poll in between."""

LEAST_GAP = 0.02
"""Seconds between two polls at least: what comes close together then comes in one answer."""

LONGEST_ADVICE = 86_400.0
"""Seconds that a server can ask us to wait; what is told beyond that is as good as forever."""

_GOODBYE_SECONDS = 2.0
_KINDS = {"401": Kind.AUTH, "403": Kind.DENIED}


class Bayeux:
    """One session with a server. ``start`` and ``close`` belong to one thread; the rest is safe for many.

    ``hear`` is given the channel and the data of every event, ``ended`` is called when the polling ended for
    good, ``refresh`` renews what the server may have forgotten together with a session, such as a login, and
    ``headers`` are asked for before every request. No poll takes longer than ``longest_poll`` seconds.
    """

    def __init__(
        self,
        path: str,
        subscription: str,
        *,
        hear: Callable[[str, Any], None],
        ended: Callable[[], None],
        refresh: Callable[[Client], None],
        headers: Callable[[], Mapping[str, str]],
        longest_poll: float,
    ) -> None:
        self.failure: OutboundError | None = None
        """Why the polling ended, once it has."""

        self.lost = 0
        """How many sessions the server has ended; events may have been lost with them."""

        self._path = path
        self._subscription = subscription
        self._hear = hear
        self._ended = ended
        self._refresh = refresh
        self._headers = headers
        self._longest_poll = longest_poll
        self._ids = count(1)
        self._advice = _Advice()
        self._lock = threading.Lock()
        self._client_id: str | None = None
        self._subscribed = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, client: Client) -> None:
        """Open a session and subscribe, then poll in a thread; or raise OutboundError."""
        self._open(client)
        # Polling outlasts an interrupt: what was sent before it may still be acknowledged.
        thread = threading.Thread(target=self._run, args=(client.lasting(),), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise refused("the system has no room for one more thread, which listening for events needs") from None
        self._thread = thread

    def subscribed(self, seconds: float) -> bool:
        """Wait until the subscription stands; True as well when the polling has ended for good."""
        return self._subscribed.wait(seconds)

    def close(self, client: Client) -> None:
        """End the session and the thread, within the client's time; never raises OutboundError."""
        self._closing.set()
        with self._lock:
            client_id, self._client_id = self._client_id, None
        if client_id is not None:
            self._say_goodbye(client, client_id)
        if self._thread is not None:
            # Without an id the thread is opening a session: it sees that it is too late, and ends that one itself.
            self._thread.join(client.deadline.left() if client_id is None else _GOODBYE_SECONDS)

    def _run(self, origin: Client) -> None:
        try:
            self._poll_until_closed(origin)
        except OutboundError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not leave anyone waiting without a word
            self._end(undocumented(f"internal error in the polling, please report it: {type(error).__name__}"))

    def _end(self, error: OutboundError) -> None:
        self.failure = error
        self._subscribed.set()
        self._ended()

    def _poll_until_closed(self, origin: Client) -> None:
        """Poll; raises OutboundError where going on would be useless."""
        failures = refusals = 0
        lost_before = self.lost
        while not self._closing.is_set():
            try:
                if self._advice.reconnect == "handshake" or not self._subscribed.is_set():
                    self._renew(origin)
                else:
                    self._poll(origin)
                    failures = refusals = 0
                    lost_before = self.lost
            except OutboundError as error:
                if error.happening in (Happening.REDIRECT, Happening.TLS) or self._advice.reconnect == "none":
                    raise
                if error.happening is Happening.SAID_NO:
                    refusals += 1
                    if refusals > 1:
                        raise
                    self._refresh(origin.another(self._longest_poll))
                failures += 1
                if self.lost - lost_before > MOST_LOST:
                    raise
            pause = backoff(failures, random) if failures else LEAST_GAP
            self._closing.wait(max(pause, self._advice.interval))

    def _poll(self, origin: Client) -> None:
        """Wait at the server for events; raises OutboundError when the session is lost."""
        seconds = min(self._advice.held + MARGIN, self._longest_poll)
        reply = self._connect(origin.another(seconds), {}, seconds)
        if reply.get("successful") is True and self._advice.reconnect == "retry":
            return
        if self._advice.reconnect == "handshake":
            self.lost += 1
            with self._lock:
                self._client_id = None
        error = _refusal("the poll", reply)
        # Only an advice to stop is a last word.
        if self._advice.reconnect != "none":
            error.happening = Happening.BROKEN
        raise error

    def _renew(self, origin: Client) -> None:
        self._subscribed.clear()
        if origin.clock.stop.is_set():
            raise Permit(origin.clock.stop).interrupted()
        client = origin.another(self._longest_poll)
        self._refresh(client)
        self._open(client)

    def _open(self, client: Client) -> None:
        """Shake hands, subscribe, and connect once without waiting."""
        with self._lock:
            half_open, self._client_id = self._client_id, None
        if half_open is not None:
            self._say_goodbye(client, half_open)
        self._advice.reconnect = "retry"
        hello = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"]}
        reply = self._accepted(client, {"channel": "/meta/handshake", **hello})
        client_id = reply.get("clientId")
        if not isinstance(client_id, str) or not client_id:
            raise undocumented("CometD handshake: the answer has no clientId")
        self._keep(client, client_id)
        self._accepted(
            client, {"channel": "/meta/subscribe", "clientId": client_id, "subscription": self._subscription}
        )
        reply = self._connect(client, {"advice": {"timeout": 0}}, None)
        if reply.get("successful") is not True:
            raise _refusal("connect", reply)
        self._subscribed.set()

    def _keep(self, client: Client, client_id: str) -> None:
        with self._lock:
            if not self._closing.is_set():
                self._client_id = client_id
                return
        self._say_goodbye(client, client_id)
        raise OutboundError(Kind.TIMEOUT, "the session was closed while it was opened", happening=Happening.SAID_NO)

    def _accepted(self, client: Client, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a message and return its reply, or raise OutboundError that says what was refused."""
        what = str(message["channel"]).removeprefix("/meta/")
        try:
            reply = self._exchange(client, message)
        except OutboundError as error:
            error.message = f"CometD {what} at {self._path}: {error.message}"
            raise
        if reply.get("successful") is not True:
            raise _refusal(what, reply)
        return reply

    def _connect(self, client: Client, extra: Mapping[str, Any], seconds: float | None) -> Mapping[str, Any]:
        message = {"channel": "/meta/connect", "clientId": self._client_id, "connectionType": "long-polling", **extra}
        return self._exchange(client, message, seconds)

    def _say_goodbye(self, client: Client, client_id: str) -> None:
        # A session that cannot be ended ends by itself, when nobody polls any more.
        with suppress(OutboundError):
            self._exchange(client, {"channel": "/meta/disconnect", "clientId": client_id})

    def _exchange(self, client: Client, message: Mapping[str, Any], seconds: float | None = None) -> Mapping[str, Any]:
        """Send one message and return the reply to it; events that came along are heard first."""
        request = Request(
            purpose=Purpose.LOGIN,
            method="POST",
            path=self._path,
            headers=self._headers(),
            json=[{"id": str(next(self._ids)), **message}],
            timeout=seconds,
        )
        response = client.send(request)
        body = response.json()
        reply = None
        for item in body if isinstance(body, list) else [body]:
            if not isinstance(item, dict) or not isinstance(item.get("channel"), str):
                raise undocumented("the answer is not made of Bayeux messages", status=response.status)
            channel = item["channel"]
            self._advice.follow(item.get("advice"))
            if channel == message["channel"]:
                reply = item
            elif "data" in item and not channel.startswith("/meta/"):
                self._hear(channel, item["data"])
        if reply is None:
            raise undocumented(f"there is no answer to {message['channel']} in it", status=response.status)
        return reply


class _Advice:
    """What the server last said about how to go on; times in seconds."""

    def __init__(self) -> None:
        self.reconnect = "retry"
        self.interval = 0.0
        self.held = HELD

    def follow(self, advice: Any) -> None:
        """Take over what is said; what is not said stays as it was."""
        if not isinstance(advice, dict):
            return
        if advice.get("reconnect") in ("retry", "handshake", "none"):
            self.reconnect = advice["reconnect"]
        interval = _seconds(advice.get("interval"))
        if interval is not None:
            self.interval = max(interval, 0.0)
            if interval < 0:
                self.reconnect = "none"
        held = _seconds(advice.get("timeout"))
        if held is not None:
            self.held = max(held, 0.0)


def _seconds(milliseconds: Any) -> float | None:
    is_number = isinstance(milliseconds, (int, float)) and not isinstance(milliseconds, bool)
    return min(milliseconds / 1000, LONGEST_ADVICE) if is_number else None


def _refusal(what: str, reply: Mapping[str, Any]) -> OutboundError:
    """Make the error for a reply that is not successful, with the server's words."""
    text = str(reply.get("error") or "it advised to stop")
    code = text.partition(":")[0]
    return OutboundError(
        _KINDS.get(code, Kind.REJECTED), f"CometD refused {what}: {text}", happening=Happening.SAID_NO, code=code
    )
