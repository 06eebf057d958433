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

from ..._core.client import Client
from ..._core.errors import FailureClass, Kind, OutboundError, guard_error, unexpected_response
from ..._core.http_messages import MIB, Request
from ..._core.interrupt import Permit
from ..._core.retry import Purpose, backoff
from .bayeux_messages import LONGEST_ADVICE, Advice, Incoming, Receipts, explained, rejection

MARGIN = 10.0
"""Seconds that an answer may take after the server stopped holding it."""

MOST_LOST = 5
"""Sessions that may be lost in a row, without one good poll in between."""

LEAST_GAP = 0.02
"""Seconds between two polls at least: what comes close together then comes in one answer."""

LONGEST_PAUSE = 5.0
"""Seconds between polls that fail: servers forget a session that does not poll, many after 10."""

LONGEST_ANSWER = 256 * MIB
"""Bytes of one answer; it is read as it arrives, and its events are not kept."""

MOST_ADVISED = 2
"""Handshakes more that are tried in the opening, where the server advises one."""

_GOODBYE_SECONDS = 2.0


class Bayeux:
    """One session with a server. ``start`` and ``close`` belong to one thread; the rest is safe for many.

    ``on_event`` is given the channel and the data of every event, perhaps more than once; ``ended`` is called when
    the polling ended for good, and ``refresh`` before a lost session is made anew: the server may have forgotten
    a login together with it. No poll takes longer than ``longest_poll`` seconds, and polls that fail for as long
    end the polling.
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
        """Why the polling ended, once it has."""

        self.lost_sessions = 0
        """How many sessions the server has ended; events may have been lost with them."""

        self.unread = 0
        """How many polls had an answer that never came to its end, and that the server will not give again."""

        self.unread_reason = ""
        """What became of the last one of them."""

        self._path = path
        self._subscription = subscription
        self._hear = on_event
        self._ended = ended
        self._refresh = refresh
        self._longest_poll = longest_poll
        self._ids = count(1)
        self._advice = Advice()
        self._receipts = Receipts()
        self._lock = threading.Lock()
        self._client_id: str | None = None
        self._stands = False
        """Whether a session was opened to its end, and not lost since; only the polling thread asks."""

        self._listening = threading.Event()
        """The last poll was a good one, and no doubt came up since."""

        self._polls_well = False
        self._doubts = 0
        self._checking = threading.Lock()
        self._checks = _Pacing()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, client: Client) -> None:
        """Open a session and subscribe, then poll in a thread; or raise OutboundError."""
        for handshakes in count(1):
            try:
                self._open(client)
                break
            except OutboundError as error:
                again = self._advice.reconnect == "handshake" and handshakes <= MOST_ADVISED
                if not again or not client.clock.pause(min(self._advice.interval, client.deadline.left())):
                    raise explained(error) from None
        # Polling outlasts an interrupt: what was sent before it may still be acknowledged.
        thread = threading.Thread(target=self._run, args=(client.lasting(),), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            raise guard_error("the system has no room for one more thread, which listening for events needs") from None
        self._thread = thread

    def subscribed(self, client: Client, seconds: float) -> bool:
        """Wait until the subscription is known to stand; True as well when the polling has ended for good."""
        if not self._listening.is_set() and self._checking.acquire(blocking=False):
            try:
                self._check(client)
            finally:
                self._checking.release()
        return self._listening.wait(seconds)

    def doubt(self) -> None:
        """Let nobody rely on the subscription before a request that begins from now on has shown that it stands."""
        with self._lock:
            if self.failure is None:
                self._doubts += 1
                self._listening.clear()

    def _check(self, client: Client) -> None:
        """Settle a doubt while a poll is held: subscribing once more changes nothing, and tells."""
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
        """End the session and the thread, within the client's time; never raises OutboundError."""
        self._closing.set()
        with self._lock:
            client_id, self._client_id = self._client_id, None
        if client_id is not None:
            self._disconnect(client, client_id)
        if self._thread is not None:
            # Without an id the thread is opening a session: it sees that it is too late, and ends that one itself.
            self._thread.join(client.deadline.left() if client_id is None else _GOODBYE_SECONDS)

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
        """Poll; raises OutboundError where going on would be useless."""
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
        """Tell whether no later poll can go better."""
        if error.failure_class in (FailureClass.REDIRECT, FailureClass.TLS) or self._advice.reconnect == "none":
            return True
        # Credentials that were refused are not tried again and again: that could lock the account.
        return run.denials > 1 or self.lost_sessions - run.lost_before > MOST_LOST

    def _poll(self, origin: Client) -> None:
        """Wait at the server for events; raises OutboundError when the session is lost."""
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
        # Only an advice to stop is a last word.
        raise (
            refused_poll
            if self._advice.reconnect == "none"
            else refused_poll.with_(failure_class=FailureClass.INTERRUPTED)
        )

    def _be_listening(self, doubts: int) -> None:
        """Say that the subscription stands, where no doubt came up since there were so many."""
        with self._lock:
            if self._doubts == doubts and self._polls_well:
                self._listening.set()

    def _note_unread(self, error: OutboundError) -> None:
        """Count an answer that may have held events; what is not acknowledged comes again in the same session."""
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
        """Shake hands, subscribe, and connect once without waiting."""
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
        raise OutboundError(
            Kind.TIMEOUT, "the session was closed while it was opened", failure_class=FailureClass.REJECTED
        )

    def _accepted(self, client: Client, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a message and return its reply, or raise OutboundError that says what was refused."""
        what = str(message["channel"]).removeprefix("/meta/")
        try:
            reply = self._exchange(client, message)
        except OutboundError as error:
            raise error.with_(message=f"CometD {what} at {self._path}: {error.message}") from None
        if reply.get("successful") is not True:
            raise rejection(what, reply)
        return reply

    def _connect(self, client: Client, seconds: float | None, *, at_once: bool) -> Mapping[str, Any]:
        """Ask for events, which the server holds back until there are some, or answers ``at_once`` without any."""
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
        # A session that cannot be ended ends by itself, when nobody polls any more.
        with suppress(OutboundError):
            self._exchange(client, {"channel": "/meta/disconnect", "clientId": client_id})

    def _exchange(self, client: Client, message: Mapping[str, Any], seconds: float | None = None) -> Mapping[str, Any]:
        """Send one message and return the reply to it; events that come along are heard as they arrive."""
        incoming = Incoming(str(message["channel"]), self._advice, self._hear)
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
            raise unexpected_response(f"there is no answer to {message['channel']} in it", status=response.status)
        return incoming.reply


class _Pacing:
    """Says when the next of several checks is due."""

    def __init__(self) -> None:
        self._made = 0
        self._next = 0.0

    def due(self, now: float) -> bool:
        """Tell whether it is time, and count one more where it is."""
        if now < self._next:
            return False
        self._made += 1
        self._next = now + min(backoff(self._made, random), LONGEST_PAUSE)
        return True


class _Failures:
    """A run of polls that failed without a good one in between."""

    def __init__(self, end: float, lost_before: int = 0) -> None:
        self.end = end
        """When the run has lasted too long."""

        self.lost_before = lost_before
        self.failures = 0
        self.denials = 0

    def count(self, error: OutboundError) -> None:
        """Note one more; only refusals of the credentials in a row count as such."""
        self.failures += 1
        self.denials = self.denials + 1 if error.kind is Kind.AUTH else 0


def _pause_after(error: OutboundError, failures: int) -> float:
    """Return the seconds before the next poll: what the server asks for, but never less than our own backoff."""
    return max(min(backoff(failures, random), LONGEST_PAUSE), min(error.pause or 0.0, LONGEST_ADVICE))
