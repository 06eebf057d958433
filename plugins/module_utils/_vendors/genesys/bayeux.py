# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""A Bayeux 1.0 client with long polling: one session, one subscription, events passed on as they arrive.

A thread polls while the session is open. It follows the server's advice: poll again, repeat the handshake (and then
the subscription), or stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from random import random
from typing import Any

from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OutboundError, guard_error, unexpected_response
from ..._core.http_messages import MIB, Request
from ..._core.interrupt import Permit
from ..._core.retry import Purpose, backoff
from .bayeux_messages import LONGEST_ADVICE, Advice, Incoming, Receipts, explained, rejection

MARGIN = 10.0
"""Seconds that a response may take after the server has stopped holding it."""

MOST_LOST = 5
"""Sessions that may be lost in a row, without a successful poll in between."""

LEAST_GAP = 0.02
"""Minimum seconds between two polls: events that occur close together then arrive in one response."""

LONGEST_PAUSE = 5.0
"""Maximum seconds between failing polls: many servers drop a session that has not polled for 10 seconds."""

LONGEST_ANSWER = 256 * MIB
"""Bytes of one response; it is parsed as it arrives, and its events are not kept."""

MOST_ADVISED = 2
"""Additional handshakes on opening if the server advises them."""

_DISCONNECT_SECONDS = 2.0


class Bayeux:
    """One session with a server. ``start`` and ``close`` belong to one thread; all else is thread-safe.

    ``on_event`` gets the channel and the data of every event, possibly more than once; ``ended`` is called when
    polling has ended for good, and ``refresh`` before a lost session is replaced: the server may have lost the login
    with it. No poll takes longer than ``longest_poll`` seconds; polling ends after failing for that long.
    """

    def __init__(
        self,
        path: str,
        subscription: str,
        *,
        on_event: Callable[[str, Any], None],
        ended: Callable[[], None],
        refresh: Callable[[], None],
        longest_poll: float,
    ) -> None:
        self.failure: OutboundError | None = None
        """Why polling ended, once it has."""

        self.lost_sessions = 0
        """Number of sessions the server has ended; events may have been lost with them."""

        self.unread = 0
        """Number of polls whose response was incomplete and will not be sent again by the server."""

        self.unread_reason = ""
        """Why the last of them was incomplete."""

        self._path = path
        self._subscription = subscription
        self._on_event = on_event
        self._ended = ended
        self._refresh = refresh
        self._longest_poll = longest_poll
        self._ids = count(1)
        self._advice = Advice()
        self._receipts = Receipts()
        self._lock = threading.Lock()
        self._client_id: str | None = None
        self._stands = False
        """Whether a session was fully opened and not lost since; used by the polling thread only."""

        self._listening = threading.Event()
        """Set while the last poll succeeded and the subscription is not in doubt."""

        self._polls_well = False
        self._doubts = 0
        self._checking = threading.Lock()
        self._checks = _Pacing()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def losses(self) -> int:
        """How often events may have been lost so far."""
        return self.lost_sessions + self.unread

    def start(self, client: Client) -> None:
        """Open a session and subscribe, then poll in a thread; raise OutboundError if that fails."""
        for handshakes in count(1):
            try:
                self._open(client)
                break
            except OutboundError as error:
                again = self._advice.reconnect == "handshake" and handshakes <= MOST_ADVISED
                if not again or not client.clock.pause(min(self._advice.interval, client.deadline.left())):
                    raise explained(error) from None
        # Polling continues after an interrupt: requests sent before it may still be acknowledged.
        thread = threading.Thread(target=self._run, args=(client.lasting(),), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise guard_error("the system cannot start another thread, which receiving events requires") from None
        self._thread = thread

    def subscribed(self, client: Client, seconds: float) -> bool:
        """Wait until the subscription is known to be active; also return True if polling has ended for good."""
        if not self._listening.is_set() and self._checking.acquire(blocking=False):
            try:
                self._check(client)
            finally:
                self._checking.release()
        return self._listening.wait(seconds)

    def doubt(self) -> None:
        """Mark the subscription as uncertain until a request that starts from now on proves it active."""
        with self._lock:
            if self.failure is None:
                self._doubts += 1
                self._listening.clear()

    def _check(self, client: Client) -> None:
        """Resolve a doubt while a poll is held: subscribing again is harmless and proves the subscription."""
        with self._lock:
            client_id, doubts = self._client_id, self._doubts
        if client_id is None or not self._polls_well or not self._checks.due(client.clock.now()):
            return
        message = {"channel": "/meta/subscribe", "clientId": client_id, "subscription": self._subscription}
        try:
            self._accepted(client.sibling(min(MARGIN, client.deadline.left()), retries=0), message)
        except OutboundError:
            return
        self._checks = _Pacing()
        self._be_listening(doubts)

    def close(self, client: Client) -> None:
        """End the session and the thread within the client's deadline; never raise OutboundError."""
        self._closing.set()
        with self._lock:
            client_id, self._client_id = self._client_id, None
        if client_id is not None:
            self._disconnect(client, client_id)
        if self._thread is not None:
            # Without an id, the thread is opening a session; it notices the close and ends that session itself.
            self._thread.join(client.deadline.left() if client_id is None else _DISCONNECT_SECONDS)

    def _run(self, origin: Client) -> None:
        try:
            self._poll_until_closed(origin)
        except OutboundError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not leave anyone waiting without a word
            self._end(unexpected_response(f"internal error in the polling, please report it: {type(error).__name__}"))

    def _end(self, error: OutboundError) -> None:
        with self._lock:
            self.failure = error
            self._listening.set()
        self._ended()

    def _poll_until_closed(self, origin: Client) -> None:
        """Poll until closed; raise OutboundError if polling again would be useless."""
        run = _Failures(origin.clock.now() + self._longest_poll)
        while not self._closing.is_set():
            pause = LEAST_GAP
            try:
                if self._advice.reconnect == "handshake" or not self._stands:
                    self._renew(origin)
                else:
                    self._poll(origin)
                    run = _Failures(origin.clock.now() + self._longest_poll, self.lost_sessions)
            except OutboundError as error:
                self._polls_well = False
                self._listening.clear()
                run.count(error)
                if self._is_final(error, run) or origin.clock.now() > run.end:
                    raise
                if error.failure_class is FailureClass.REJECTED:
                    self._refresh()
                pause = _pause_after(error, run.failures)
            self._closing.wait(max(pause, self._advice.interval))

    def _is_final(self, error: OutboundError, run: _Failures) -> bool:
        """Return whether every later poll would fail too."""
        if error.failure_class in (FailureClass.REDIRECT, FailureClass.TLS) or self._advice.reconnect == "none":
            return True
        # Do not retry refused credentials: that could lock the account.
        return run.denials > 1 or self.lost_sessions - run.lost_before > MOST_LOST

    def _poll(self, origin: Client) -> None:
        """Poll the server for events; raise OutboundError if the session is lost."""
        seconds = min(self._advice.held + MARGIN, self._longest_poll)
        doubts, at_once = self._doubts, not self._listening.is_set()
        try:
            reply = self._connect(origin.sibling(seconds, retries=0), seconds, at_once=at_once)
        except OutboundError as error:
            self._note_unread(error)
            raise
        if reply.get("successful") is True and self._advice.reconnect == "retry":
            self._polls_well = True
            self._be_listening(doubts)
            return
        if self._advice.reconnect == "handshake":
            self.lost_sessions += 1
            self._stands = False
            with self._lock:
                self._client_id = None
        refused_poll = rejection("the poll", reply)
        if self._advice.reconnect != "none":  # only the advice to stop is final
            refused_poll = refused_poll.with_(failure_class=FailureClass.INTERRUPTED)
        raise refused_poll

    def _be_listening(self, doubts: int) -> None:
        """Mark the subscription as active, unless doubts have been raised since there were ``doubts`` of them."""
        with self._lock:
            if self._doubts == doubts and self._polls_well:
                self._listening.set()

    def _note_unread(self, error: OutboundError) -> None:
        """Count a response that may have held events, unless the server will send them again in this session."""
        may_have_held_events = error.failure_class in (FailureClass.INTERRUPTED, FailureClass.UNEXPECTED_RESPONSE)
        if may_have_held_events and not self._receipts.wanted and not self._closing.is_set():
            self.unread += 1
            self.unread_reason = error.message

    def _renew(self, origin: Client) -> None:
        self._listening.clear()
        self._stands = False
        if origin.clock.stop.is_set():
            raise Permit(origin.clock.stop).interrupted()
        self._refresh()
        self._open(origin.sibling(self._longest_poll, retries=0))

    def _open(self, client: Client) -> None:
        """Perform the handshake, subscribe, and connect once without waiting."""
        with self._lock:
            half_open, self._client_id = self._client_id, None
        if half_open is not None:
            self._disconnect(client, half_open)
        self._advice.reconnect = "retry"
        self._receipts = Receipts()
        hello = {"version": "1.0", "minimumVersion": "1.0", "supportedConnectionTypes": ["long-polling"]}
        reply = self._accepted(client, {"channel": "/meta/handshake", **hello, "ext": {"ack": True}})
        client_id = reply.get("clientId")
        if not isinstance(client_id, str) or not client_id:
            raise unexpected_response("CometD handshake: the answer has no clientId")
        self._receipts.agree(reply)
        self._keep(client, client_id)
        self._accepted(
            client, {"channel": "/meta/subscribe", "clientId": client_id, "subscription": self._subscription}
        )
        doubts = self._doubts
        reply = self._connect(client, None, at_once=True)
        if reply.get("successful") is not True:
            raise rejection("connect", reply)
        self._stands = self._polls_well = True
        self._be_listening(doubts)

    def _keep(self, client: Client, client_id: str) -> None:
        with self._lock:
            if not self._closing.is_set():
                self._client_id = client_id
                return
        self._disconnect(client, client_id)
        raise OutboundError(Kind.TIMEOUT, "the session was closed while it was opened", FailureClass.REJECTED)

    def _accepted(self, client: Client, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a message and return its reply; raise OutboundError that says what was refused."""
        what = str(message["channel"]).removeprefix("/meta/")
        try:
            reply = self._exchange(client, message)
        except OutboundError as error:
            raise error.with_(message=f"CometD {what} at {self._path}: {error.message}") from None
        if reply.get("successful") is not True:
            raise rejection(what, reply)
        return reply

    def _connect(self, client: Client, seconds: float | None, *, at_once: bool) -> Mapping[str, Any]:
        """Poll for events: the server holds the response until there are some, or not at all with ``at_once``."""
        message = {
            "channel": "/meta/connect",
            "clientId": self._client_id,
            "connectionType": "long-polling",
            **({"advice": {"timeout": 0}} if at_once else {}),
            **self._receipts.shown(),
        }
        reply = self._exchange(client, message, seconds)
        self._receipts.take(reply)
        return reply

    def _disconnect(self, client: Client, client_id: str) -> None:
        # A session that cannot be ended expires on the server once polling stops.
        with suppress(OutboundError):
            self._exchange(client, {"channel": "/meta/disconnect", "clientId": client_id})

    def _exchange(self, client: Client, message: Mapping[str, Any], seconds: float | None = None) -> Mapping[str, Any]:
        """Send one message and return its reply; events in the same response are passed on as they arrive."""
        incoming = Incoming(str(message["channel"]), self._advice, self._on_event)
        request = Request(
            purpose=Purpose.READ,
            method="POST",
            path=self._path,
            json=[{"id": str(next(self._ids)), **message}],
            timeout=seconds,
            max_bytes=LONGEST_ANSWER,
            receive=incoming.receive,
        )
        response = client.send(request)
        if incoming.reply is None:
            raise unexpected_response(f"the answer has no reply to {message['channel']}", status=response.status)
        return incoming.reply


@dataclass
class _Pacing:
    """Paces repeated checks with exponential backoff."""

    made: int = 0
    next: float = 0.0

    def due(self, now: float) -> bool:
        """Return whether a check is due; if so, count it and schedule the next."""
        if now < self.next:
            return False
        self.made += 1
        self.next = now + min(backoff(self.made, random), LONGEST_PAUSE)
        return True


@dataclass
class _Failures:
    """A run of failed polls without a successful one in between; ``end`` is when it has lasted too long."""

    end: float
    lost_before: int = 0
    failures: int = 0
    denials: int = 0

    def count(self, error: OutboundError) -> None:
        """Count a failure; only authentication failures in a row count as denials."""
        self.failures += 1
        self.denials = self.denials + 1 if error.kind is Kind.AUTH else 0


def _pause_after(error: OutboundError, failures: int) -> float:
    """Return the seconds before the next poll: what the server asks for, but at least our own backoff."""
    return max(min(backoff(failures, random), LONGEST_PAUSE), min(error.pause or 0.0, LONGEST_ADVICE))
