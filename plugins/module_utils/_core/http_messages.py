# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Requests and responses, independent of the HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any
from urllib.parse import quote, urlsplit

from . import strict_json
from .charset import decode
from .errors import OutboundError, bare, guard_error, unexpected_response
from .excerpt import LONGEST, Excerpt
from .retry import Purpose

MIB = 1024 * 1024
LONGEST_BODY = 8 * MIB
"""Bytes of a body that is held in memory."""

# Takes a body piece by piece while it arrives; what it returns is ``Response.received``.
Receiver = Callable[[Iterator[bytes]], Any]


def path(*segments: str | int) -> str:
    """Join segments to a path, each percent-encoded; ``@`` and ``*`` stay as they are.

    Raises OutboundError, with nothing sent, for a segment that would change the path's meaning or cannot be encoded.
    """
    return "".join(f"/{_segment(str(segment))}" for segment in segments)


def _segment(text: str) -> str:
    if text in ("", ".", ".."):
        raise guard_error(f"{text!r} cannot be a part of an address")
    try:
        return quote(text, safe="@*")
    except UnicodeEncodeError:
        raise guard_error(f"{text!r} cannot be a part of an address") from None


def host_and_port(url: str) -> str:
    """Return host and port of a URL as written there; empty if it has no readable host."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"[{host}]{port}" if ":" in host else host and f"{host}{port}"


def place(url: str) -> str:
    """Return scheme, host and port of a URL, for messages; never its user, path or query."""
    address = host_and_port(url)
    return address and f"{urlsplit(url).scheme}://{address}"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request and its purpose; ``path`` is below the base URL and already encoded.

    ``anonymous`` leaves the vendor's own headers out: a login is sent without credentials in its headers.
    """

    purpose: Purpose
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    anonymous: bool = False
    max_bytes: int = LONGEST_BODY
    timeout: float | None = None
    """Seconds for this one request, where it takes longer by nature than the connection's ``timeout``."""

    receive: Receiver | None = None
    """Takes a body that is too large for memory, where the status says success; each try begins it anew."""

    ready: Callable[[], None] | None = None
    """Called before each try: waits for what the request needs, or raises OutboundError that it was not sent."""


@dataclass(frozen=True)
class Response:
    """One complete response. ``headers`` are looked up in lower case; ``received`` is the receiver's result."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: Any = None

    def text(self) -> str:
        """Return the body as text; invalid bytes become replacement characters."""
        return decode(self._content_type, self.body, "replace")

    def beginning(self) -> str:
        """Return the beginning of the body as text, for a person; one character more than LONGEST if it was cut."""
        # Four bytes for each character: that is the most that one may take.
        return decode(self._content_type, self.body[: 4 * LONGEST], "replace")[: LONGEST + 1]

    def json(self) -> Any:
        """Return the body as JSON, or raise OutboundError."""
        try:
            # JSON escapes may hold lone surrogates.
            return strict_json.parse(decode(self._content_type, self.body, "surrogatepass"))
        except UnicodeDecodeError as error:
            raise self.unexpected(f"the answer is not written in {error.encoding}") from error
        except JSONDecodeError as error:
            raise self.unexpected(f"the answer is not JSON ({error.msg} at character {error.pos})") from error
        except ValueError as error:
            raise unexpected_response(f"the answer cannot be relied on: {error}", status=self.status) from error

    def unexpected(self, message: str) -> OutboundError:
        """Make the error for a response that cannot be parsed, with an excerpt."""
        return unexpected_response(message, status=self.status, excerpt=self._excerpt(headline=False))

    def explained(self, error: OutboundError) -> OutboundError:
        """Return an error with the words of the response's page, if it says nothing but the status."""
        return error.with_(excerpt=self._excerpt(headline=True)) if error.message == bare(self.status) else error

    @property
    def _content_type(self) -> str:
        return self.headers.get("content-type", "")

    def _excerpt(self, *, headline: bool) -> Excerpt:
        return Excerpt(self._content_type, self.beginning(), headline)
