# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Bayeux messages: responses, advice, rejections, and the acknowledge extension."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..._core import json_stream
from ..._core.errors import FailureClass, Kind, OutboundError, unexpected_response

DEFAULT_POLL_HOLD = 30.0
"""Seconds that a server holds a poll if it does not say otherwise."""

LONGEST_ADVICE = 86_400.0
"""Upper limit, in seconds, of any time that a server can impose."""

SESSION_UNKNOWN = "402"
_KINDS = {"401": Kind.AUTH, "403": Kind.DENIED}


@dataclass
class Incoming:
    """Parses one response message by message; messages received before it broke off are still processed."""

    channel: str
    advice: Advice
    on_event: Callable[[str, Any], None]
    reply: Mapping[str, Any] | None = None

    def receive(self, chunks: Iterator[bytes]) -> None:
        """Parse a response, or raise OutboundError; each attempt starts over."""
        self.reply = None
        whole = json_stream.read_answer("the answer", chunks, (), lambda item, _text: self._take(item))
        if not isinstance(whole, list):
            self._take(whole)

    def _take(self, item: Any) -> None:
        if not isinstance(item, dict) or not isinstance(item.get("channel"), str):
            raise unexpected_response("the answer does not consist of Bayeux messages")
        channel = item["channel"]
        self.advice.follow(item.get("advice"))
        if channel == self.channel:
            self.reply = item
        elif "data" in item and not channel.startswith("/meta/"):
            self.on_event(channel, item["data"])


class Receipts:
    """The acknowledge extension: sends the number of the last response read, so that the server repeats a lost one."""

    def __init__(self) -> None:
        self.wanted = False
        """Whether the server supports the extension."""

        self._last: int = -1

    def agree(self, reply: Mapping[str, Any]) -> None:
        """Read from the handshake reply whether the server supports it: ``true``, or an object in newer servers."""
        ack = _ack(reply)
        self.wanted = ack is True or (isinstance(ack, dict) and ack.get("enabled") is True)

    def shown(self) -> Mapping[str, Any]:
        """Return the fields to add to a poll."""
        return {"ext": {"ack": self._last}} if self.wanted else {}

    def take(self, reply: Mapping[str, Any]) -> None:
        """Remember the number of a response that was read completely."""
        number = _ack(reply)
        if isinstance(number, int) and not isinstance(number, bool):
            self._last = number


@dataclass
class Advice:
    """The server's latest advice on how to go on; times in seconds."""

    reconnect: str = "retry"
    interval: float = 0.0
    held: float = DEFAULT_POLL_HOLD

    def follow(self, advice: Any) -> None:
        """Update from a message's advice; fields it lacks keep their value."""
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


def rejection(what: str, reply: Mapping[str, Any]) -> OutboundError:
    """Build the error for an unsuccessful reply, with the server's text."""
    words = str(reply.get("error") or "")
    text = words or "the server advised to stop"
    code = text.partition(":")[0]
    return OutboundError(
        _KINDS.get(code, Kind.REJECTED), f"CometD refused {what}: {text}", FailureClass.REJECTED, code=code, words=words
    )


def _ack(reply: Mapping[str, Any]) -> Any:
    ext = reply.get("ext")
    return ext.get("ack") if isinstance(ext, dict) else None


def explained(error: OutboundError) -> OutboundError:
    """Add the usual causes if the server does not know the session it has just opened."""
    if error.code != SESSION_UNKNOWN:
        return error
    causes = (
        "the server does not know the session that it has just opened. Usual causes: the cookies that it sets are"
        " not sent back (a proxy changes their path or domain, or they are Secure and base_url is http), or base_url"
        " leads to several servers without sticky sessions"
    )
    return error.with_(message=f"{error.message}; {causes}")
