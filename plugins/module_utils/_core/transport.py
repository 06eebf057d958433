# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One HTTP exchange, bounded in time and size; the only room that imports requests.

What requests does by itself and must not do here is switched off: redirects, netrc, retries of the
adapter, time limits that count from the last byte, bodies that are inflated without a bound.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from .clock import Clock, Deadline
from .errors import Happening, Kind, OutboundError, undocumented
from .message import LONGEST_BODY, Request, Response
from .retry import Purpose
from .version import VERSION

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase
    from requests.cookies import extract_cookies_to_jar
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:
    MISSING_LIBRARY: str | None = traceback.format_exc()
else:
    MISSING_LIBRARY = None

CONNECT_SECONDS = 10.0
_CHUNK = 64 * 1024
_MOST_COOKIES = 64 * 1024


class CheckModeViolation(RuntimeError):
    """A module tried to change something in check mode: a defect of ours, stopped before it could."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where the vendor is and how it is reached; ``timeout`` in seconds, for one whole request."""

    base_url: str
    timeout: float
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = None
    pool: int = 1

    @property
    def place(self) -> str:
        """Scheme, host and port, for messages."""
        return _place(self.base_url)


class Authorization(Protocol):
    """A vendor's way to prove who asks."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that prove it."""


class _Nobody:
    """Shows nothing; an auth object all the same, so that no netrc entry takes its place."""

    def headers(self) -> Mapping[str, str]:
        """Return no headers."""
        return {}


_NOBODY = _Nobody()

# A right to send that has to be waited for; its value is the seconds that the wait took.
Turn = Callable[[], AbstractContextManager[float]]


class Transport:
    """Sends requests of one task over one pool of kept-alive connections. Safe for threads."""

    def __init__(
        self,
        connection: Connection,
        authorization: Authorization,
        clock: Clock,
        *,
        check_mode: bool,
        turn: Turn | None = None,
    ) -> None:
        self.reached = False
        self._connection = connection
        self._auth = _Auth(authorization)
        self._clock = clock
        self.check_mode = check_mode
        self._turn: Turn = turn or (lambda: nullcontext(0.0))
        self._session = requests.Session()
        self._session.headers.clear()
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=connection.pool)
        self._settings = self._fixed_settings()

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """Send once and return the whole answer, whatever its status.

        Raises OutboundError where there is no whole answer; a request that is a write raises
        CheckModeViolation in check mode.
        """
        if self.check_mode and request.purpose is Purpose.WRITE:
            raise CheckModeViolation(f"{request.method} {request.path} is a write, and this is check mode")
        with self._turn() as waited:
            deadline.extend(waited)
            left = min(request.timeout or self._connection.timeout, deadline.left())
            if not left:
                raise OutboundError(Kind.TIMEOUT, "no time was left to send it", happening=Happening.NOT_SENT)
            limit = Deadline(self._clock, left)
            with _bounded(limit) as progress:
                try:
                    return self._send(request, limit)
                except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    raise self._explain(error, sent=progress.sent) from None
                finally:
                    self.reached = self.reached or progress.sent

    def close(self) -> None:
        """Close every connection."""
        self._adapter.close()

    def _send(self, request: Request, limit: Deadline) -> Response:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"telephony.outbound/{VERSION}",
        }
        prepared = self._session.prepare_request(
            requests.Request(
                request.method,
                self._connection.base_url + request.path,
                params=dict(request.params),
                headers={**headers, **request.headers},
                json=request.json,
                data=request.form,
                auth=_Auth(_NOBODY) if request.anonymous else self._auth,
            )
        )
        seconds = max(limit.left(), 0.001)
        # The adapter, not the session: that one looks into redirects, and reads their bodies without a bound.
        answer = self._adapter.send(prepared, timeout=(min(CONNECT_SECONDS, seconds), seconds), **self._settings)
        _keep_cookies(self._session.cookies, prepared, answer.raw)
        if sum(len(cookie.name) + len(cookie.value or "") for cookie in self._session.cookies) > _MOST_COOKIES:
            self._session.cookies.clear()  # a flood: every later request would have to carry it
        try:
            return _received(answer, request)
        finally:
            answer.close()

    def _fixed_settings(self) -> dict[str, Any]:
        """Ask the environment once, not for every request, for proxies and CA bundles."""
        wanted = self._connection
        verify: bool | str = (wanted.ca_path or True) if wanted.validate_certs else False
        proxies = {"http": wanted.proxy, "https": wanted.proxy} if wanted.proxy else {}
        settings = self._session.merge_environment_settings(wanted.base_url, proxies, True, verify, None)
        if wanted.client_cert:
            settings["cert"] = (wanted.client_cert, wanted.client_key) if wanted.client_key else wanted.client_cert
        return dict(settings)

    def _explain(self, error: Exception, *, sent: bool) -> OutboundError:
        """Say what happened without the library's text, which may hold URLs and headers."""
        cause = _root(error)
        place = self._connection.place
        if isinstance(cause, ssl.SSLError) and not sent:
            reason = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
            return OutboundError(Kind.TLS, f"TLS to {place} failed: {reason}", happening=Happening.TLS)
        timed_out = isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError))
        if not sent:
            reason = "no connection in time" if timed_out else _reason(cause)
            return OutboundError(
                Kind.CONNECT, f"could not connect to {place}: {reason}", happening=Happening.NOT_REACHED
            )
        if timed_out:
            return OutboundError(
                Kind.TIMEOUT,
                f"{place} gave no whole answer in time",
                happening=Happening.BROKEN,
            )
        return OutboundError(
            Kind.CONNECT, f"the connection to {place} broke: {_reason(cause)}", happening=Happening.BROKEN
        )


def _received(answer: Any, request: Request) -> Response:
    """Read an answer to its end, or raise that it is larger or other than was asked for."""
    status = int(answer.status_code)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if 300 <= status < 400:
        target = _place(headers.get("location", ""))
        raise OutboundError(
            Kind.REDIRECT,
            f"redirected to {target or 'another place'}; redirects are never followed",
            happening=Happening.REDIRECT,
            status=status,
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise undocumented("the answer is compressed, although that was not accepted", status=status)
    if request.receive is None or status >= 300:
        body = b"".join(_chunks(answer, min(request.max_bytes, LONGEST_BODY)))
        return Response(status, headers, body)
    chunks = _chunks(answer, request.max_bytes)
    received = request.receive(chunks)
    # The receiver may have seen enough, but that a body is short shows only at its end.
    deque(chunks, maxlen=0)
    return Response(status, headers, b"", received)


def _chunks(answer: Any, max_bytes: int) -> Iterator[bytes]:
    """Yield a body in pieces, or raise that it is too large."""
    size = 0
    for chunk in answer.raw.stream(_CHUNK, decode_content=False):
        size += len(chunk)
        if size > max_bytes:
            raise undocumented(f"the answer is larger than {max_bytes} bytes", status=int(answer.status_code))
        yield chunk


def _place(url: str) -> str:
    """Return scheme, host and port of a URL; never its user, path or query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else ""


def _root(error: BaseException) -> BaseException:
    """Find the cause that the libraries wrapped."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        wrapped = [getattr(error, "reason", None), error.__cause__, *error.args]
        error = next((item for item in wrapped if isinstance(item, BaseException)), error)
    return error


def _reason(cause: BaseException) -> str:
    """Name a cause in the words of the operating system, or by its type."""
    text = (cause.strerror or str(cause)) if isinstance(cause, OSError) else ""
    return text or type(cause).__name__


class _Progress(threading.local):
    """How far this thread's exchange has come, and when it has to end."""

    limit: Deadline | None = None
    sent: bool = False

    def seconds(self) -> float | None:
        """Return the seconds left, or raise that there are none; None outside an exchange."""
        if self.limit is None:
            return None
        left = self.limit.left()
        if not left:
            raise TimeoutError("time is up")
        return left


_progress = _Progress()


@contextmanager
def _bounded(limit: Deadline) -> Iterator[_Progress]:
    """Make this thread's sockets obey a deadline."""
    _progress.limit, _progress.sent = limit, False
    try:
        yield _progress
    finally:
        _progress.limit = None


class _Reader(io.RawIOBase):
    """The receiving half of a socket; every read gets only the time that is left."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Say so, as BufferedReader asks."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive what has come."""
        self._sock.settimeout(_progress.seconds())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _Socket:
    """A connected socket that obeys the deadline and remembers that something was sent to the vendor."""

    def __init__(self, sock: socket.socket, *, to_vendor: bool = True) -> None:
        self._sock = sock
        self._to_vendor = to_vendor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: Any) -> None:
        """Send within the time that is left."""
        self._sock.settimeout(_progress.seconds())
        _progress.sent = _progress.sent or self._to_vendor
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream that http.client reads answers from."""
        return _Stream(_Reader(self._sock))


class _Stream(io.BufferedReader):
    """A stream of which nobody gets all that may ever come: a chunk of a negative size asks for that."""

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes; where no number is given, a piece."""
        return super().read(_CHUNK if size is None or size < 0 else size)

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line, or the beginning of one that is too long."""
        return super().readline(_CHUNK + 1 if size is None or size < 0 else size)


if MISSING_LIBRARY is None:
    # Typed here: the library does not say what it takes.
    _keep_cookies: Callable[[Any, requests.PreparedRequest, Any], None] = extract_cookies_to_jar

    class _Auth(AuthBase):
        """Credentials as an auth object: the only form that a netrc entry does not replace."""

        def __init__(self, authorization: Authorization) -> None:
            self._authorization = authorization

        def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            headers: MutableMapping[str, str] = prepared.headers
            headers.update(self._authorization.headers())
            return prepared

    class _PlainConnection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            self.sock = _Socket(self.sock)

    class _TlsConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            self.sock = _Socket(self.sock)

        def _tunnel(self) -> None:
            # What a proxy says before the handshake obeys the deadline too; TLS itself needs the socket as it is.
            plain = self.sock
            self.sock = _Socket(plain, to_vendor=False)
            try:
                super()._tunnel()
            finally:
                self.sock = plain

    class _PlainPool(HTTPConnectionPool):
        ConnectionCls = _PlainConnection

    class _TlsPool(HTTPSConnectionPool):
        ConnectionCls = _TlsConnection

    class _Adapter(HTTPAdapter):
        """Pools of connections that obey our deadlines; no retries of its own."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            _use_our_pools(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            _use_our_pools(manager)
            return manager

    def _use_our_pools(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
