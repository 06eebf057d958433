# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""One HTTP exchange, bounded in time and size.

Features of requests that must not act here are switched off: redirects, netrc, retries of the
adapter, timeouts that count from the last byte, bodies that are decompressed without a limit.
"""

from __future__ import annotations

import re
import ssl
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import caches, certificates, proxies
from .charset import as_utf8
from .clock import Clock, Deadline
from .cookies import Logins, refused_for_cookies
from .errors import PROXY_LOGIN, FailureClass, Kind, OutboundError, unexpected_response
from .http_messages import LONGEST_BODY, Request, Response, place
from .interrupt import Permit
from .pools import MISSING_LIBRARY
from .retry import Purpose
from .sockets import CHUNK, bounded, progress
from .version import VERSION

if MISSING_LIBRARY is None:
    import requests
    import urllib3
    from requests.auth import AuthBase
    from requests.cookies import extract_cookies_to_jar

    from .cookies import CookieJar
    from .pools import Adapter, OneAnswerAdapter

CONNECT_SECONDS = 10.0
_CERTIFICATE_ALERT = re.compile(
    "ALERT_(NO_CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR"
    "|HANDSHAKE_FAILURE|CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN|REQUIRED))"
)
# OpenSSL's words, which differ by its version, for bytes that are no TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
_CODINGS = ("gzip", "compress", "deflate", "br", "zstd", "dcb", "dcz", "bzip2", "lzma", "xz", "exi", "pack200-gzip")
_NO_CONTENT = 204
_NOT_MODIFIED = 304
_PROXY_WANTS_LOGIN = "Tunnel connection failed: 407"


class CheckModeViolation(RuntimeError):
    """A module tried to change something in check mode: a defect, stopped before anything was sent."""


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
        return place(self.base_url)


# Returns the headers that authenticate a request; called for each attempt.
Headers = Callable[[], Mapping[str, str]]

# A request slot that may have to be waited for; yields the seconds of the wait.
RequestSlot = Callable[[Permit], AbstractContextManager[float]]


class Transport:
    """Sends requests of one task. Thread-safe.

    A read takes a connection of its own, so that no answer to another request can prove that something is gone. Logins
    and writes share kept connections, which rest between two requests: what the vendor accepted is read again where it
    can be read.
    """

    def __init__(
        self,
        connection: Connection,
        login_headers: Headers,
        clock: Clock,
        *,
        check_mode: bool,
        request_slot: RequestSlot | None = None,
    ) -> None:
        """Open no connection yet; raise OptionError if proxy or certificates cannot work."""
        self.reached = False
        self._connection = connection
        self._auth = _Auth(login_headers)
        self._clock = clock
        self.check_mode = check_mode
        self._turn: RequestSlot = request_slot or (lambda _permit: nullcontext(0.0))
        self._session = requests.Session()
        self._session.headers.clear()
        self._session.cookies = CookieJar()
        self._logins = Logins()
        # Half of them rest: an answer too many has the time of one exchange to be seen before the next request.
        self._kept = Adapter(pool_connections=1, pool_maxsize=2 * connection.pool)
        self._for_reads = OneAnswerAdapter(pool_connections=1, pool_maxsize=connection.pool)
        self.proxy = proxies.choose(
            connection.proxy,
            connection.base_url,
            requests.utils.get_environ_proxies(connection.base_url, no_proxy=None),
        )
        self._vendor = f"{connection.place} through {self.proxy}" if self.proxy else connection.place
        self._settings = self._fixed_settings()

    def exchange(self, request: Request, deadline: Deadline, permit: Permit | None = None) -> Response:
        """Send once and return the complete response, whatever its status.

        The permit (by default one without an interrupt) is checked before waiting and right before the first byte.
        Raises OutboundError if there is no complete response; a request that is a write raises
        CheckModeViolation in check mode.
        """
        if self.check_mode and request.purpose is Purpose.WRITE:
            raise CheckModeViolation(f"{request.method} {request.path} is a write, and this is check mode")
        permit = permit or Permit(self._clock.stop)
        permit.check(request.purpose)
        with self._turn(permit) as waited:
            deadline.extend(waited)
            left = min(request.timeout or self._connection.timeout, deadline.left())
            if not left:
                raise OutboundError(Kind.TIMEOUT, "no time was left to send it", FailureClass.NOT_SENT)
            limit = Deadline(self._clock, left)
            with permit.used_for(request.purpose) as before_first_byte, bounded(limit, before_first_byte):
                try:
                    return self._send(request, limit)
                except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    raise self._explain(error) from None
                finally:
                    self.reached = self.reached or progress.sent

    def close(self) -> None:
        """Close every connection."""
        self._kept.close()
        self._for_reads.close()

    def _send(self, request: Request, limit: Deadline) -> Response:
        is_login = request.purpose is Purpose.LOGIN
        begun = self._logins.begin(is_login=is_login)
        try:
            prepared = self._prepared(request)
            seconds = max(limit.left(), 0.001)
            # The adapter, not the session: the session inspects redirects and reads their bodies without a limit.
            adapter = self._for_reads if request.purpose is Purpose.READ else self._kept
            answer = adapter.send(prepared, timeout=(min(CONNECT_SECONDS, seconds), seconds), **self._settings)
            keep = partial(_keep_cookies, self._session.cookies, prepared, answer.raw)
            self._logins.keep(begun, keep, is_login=is_login)
        finally:
            self._logins.end(is_login=is_login)
        try:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            if answer.status_code == PROXY_LOGIN:
                raise self._proxy_wants_login()
            response = _received(answer, answer.status_code, headers, request)
        finally:
            answer.close()
        if progress.ambiguous:
            raise OutboundError(
                Kind.PROTOCOL,
                f"{self._vendor} sent more answers than it was asked for, so none can be assigned to this request",
                FailureClass.INTERRUPTED,
            )
        if refused_for_cookies(response):
            self._session.cookies.clear()
        return response

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        ours = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **caches.ASK_THE_VENDOR,
            "User-Agent": f"telephony.outbound/{VERSION}",
        }
        return self._session.prepare_request(
            requests.Request(
                request.method,
                self._connection.base_url + request.path,
                params=dict(request.params),
                headers={**ours, **request.headers},
                json=request.json,
                data=request.form,
                auth=_Auth(dict) if request.anonymous else self._auth,
            )
        )

    def _fixed_settings(self) -> dict[str, Any]:
        """Return the connection settings; the environment is read once, not for every request."""
        wanted = self._connection
        proxies_ = {"http": self.proxy.url, "https": self.proxy.url} if self.proxy else {}
        settings: dict[str, Any] = {"stream": True, "proxies": proxies_, "verify": wanted.validate_certs}
        if wanted.validate_certs and any(
            url.lower().startswith("https:") for url in (wanted.base_url, *proxies_.values())
        ):
            settings["verify"] = certificates.authorities(wanted.ca_path) or True
        if wanted.client_cert:
            certificates.check_client_certificate(wanted.client_cert, wanted.client_key)
            settings["cert"] = (wanted.client_cert, wanted.client_key) if wanted.client_key else wanted.client_cert
        return settings

    def _explain(self, error: Exception) -> OutboundError:
        """Return the error without the library's text, which may hold URLs and headers."""
        cause = _root_cause(error)
        if isinstance(cause, ssl.SSLError) and (reason := self._refused_by_tls(cause)):
            return self._tls_failed(reason)
        if isinstance(error, requests.exceptions.SSLError) and not progress.sent:
            return self._tls_failed(_cause_text(cause))  # an older urllib3 compares names by itself
        timed_out = isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError))
        if not progress.sent:
            if str(cause).startswith(_PROXY_WANTS_LOGIN):
                return self._proxy_wants_login()
            reason = "no connection in time" if timed_out else _cause_text(cause)
            return OutboundError(
                Kind.CONNECT, f"could not connect to {self._vendor}: {reason}", FailureClass.CONNECT_FAILED
            )
        if timed_out:
            return OutboundError(Kind.TIMEOUT, f"{self._vendor} gave no whole answer in time", FailureClass.INTERRUPTED)
        return OutboundError(
            Kind.CONNECT, f"the connection to {self._vendor} broke: {_cause_text(cause)}", FailureClass.INTERRUPTED
        )

    def _refused_by_tls(self, error: ssl.SSLError) -> str:
        """Return why there was no connection; empty if the vendor may have received the request.

        With TLS 1.3 the server's verdict on our certificate comes after the handshake, with the first read.
        """
        reason = getattr(error, "verify_message", "") or error.reason or "handshake failed"
        alert = _CERTIFICATE_ALERT.search(reason)
        if progress.sent and not (alert and progress.unanswered):
            return ""
        if not alert or (alert[1] == "HANDSHAKE_FAILURE" and not progress.sent):
            return f"it answers without TLS ({reason})" if reason in _NO_TLS else reason
        if self._connection.client_cert:
            return f"the server refused the certificate of client_cert ({reason})"
        return f"the server wants a client certificate ({reason}); give client_cert and client_key"

    def _tls_failed(self, reason: str) -> OutboundError:
        return OutboundError(Kind.TLS, f"TLS to {self._vendor} failed: {reason}", FailureClass.TLS)

    def _proxy_wants_login(self) -> OutboundError:
        who = f"{self.proxy}" if self.proxy else f"a proxy on the way to {self._vendor}"
        text = f"{who} wants a login (HTTP status 407); its URL takes user and password"
        return OutboundError(Kind.CONNECT, text, FailureClass.NOT_SENT, status=PROXY_LOGIN)


def _refuse_other_answers(status: int, headers: Mapping[str, str]) -> None:
    """Raise OutboundError for an answer that points elsewhere, or to an earlier one."""
    if status == _NOT_MODIFIED:
        text = "HTTP status 304 means that nothing has changed since an earlier answer, which was not asked"
        raise OutboundError(Kind.REDIRECT, text, FailureClass.REDIRECT, status=status)
    if 300 <= status < 400:
        text = f"redirected to {place(headers.get('location', '')) or 'another place'}; redirects are never followed"
        raise OutboundError(Kind.REDIRECT, text, FailureClass.REDIRECT, status=status)
    if report := caches.stored(headers):
        text = f"the answer was stored by a cache on the way ({report}), so it proves nothing about now"
        raise OutboundError(Kind.PROTOCOL, text, FailureClass.INTERRUPTED, status=status)


def _received(answer: Any, status: int, headers: Mapping[str, str], request: Request) -> Response:
    """Read a response to its end, or raise if it is too large or not what was requested."""
    _refuse_other_answers(status, headers)
    compression = _compression(headers.get("content-encoding", ""))
    lengths = {"content-length", "transfer-encoding"} & headers.keys()
    if status == _NO_CONTENT:
        # It has no body (RFC 9112, 6.3). One that is announced all the same may follow, and would be the next answer.
        progress.understood = not lengths or headers.get("content-length") == "0"
        return Response(status, headers, b"")
    # A length beside chunks: the next byte may be read in two ways (RFC 9112, 6.3).
    progress.understood = status < 600 and not compression and len(lengths) < 2
    chunks = _chunks(answer, request.max_bytes)
    if compression and any(chunks):
        raise unexpected_response(
            f"the answer is compressed ({compression}), although that was not accepted", status=status
        )
    if request.receive is None or status >= 300:
        body = b"".join(_chunks(answer, min(request.max_bytes, LONGEST_BODY)))
        return Response(status, headers, body)
    beginning = bytearray()
    try:
        received = request.receive(as_utf8(headers.get("content-type", ""), _remembered(chunks, beginning)))
    except OutboundError as error:
        # A page explains more than a parse error; for data, the receiver has already said what is wrong.
        if error.failure_class is not FailureClass.UNEXPECTED_RESPONSE or bytes(beginning.lstrip()[:1]) in (b"{", b"["):
            raise
        raise Response(status, headers, bytes(beginning)).unexpected(error.message) from None
    # The receiver may have enough, but a truncated body shows only at its end.
    deque(chunks, maxlen=0)
    return Response(status, headers, b"", received)


def _remembered(chunks: Iterator[bytes], beginning: bytearray) -> Iterator[bytes]:
    """Yield pieces, and keep the first of them."""
    for chunk in chunks:
        if len(beginning) < CHUNK:
            beginning += chunk
        yield chunk


def _compression(content_encoding: str) -> str | None:
    """Return a body's compression; None if the header names no compression, such as UTF-8."""
    names = (name.strip().lower() for name in content_encoding.split(","))
    return next((name for name in names if name.removeprefix("x-") in _CODINGS), None)


def _chunks(answer: Any, max_bytes: int) -> Iterator[bytes]:
    """Yield a body in pieces, or raise if it is too large."""
    size = 0
    for chunk in answer.raw.stream(CHUNK, decode_content=False):
        size += len(chunk)
        if size > max_bytes:
            raise unexpected_response(f"the answer is larger than {max_bytes} bytes", status=int(answer.status_code))
        yield chunk


def _root_cause(error: BaseException) -> BaseException:
    """Return the cause that the libraries wrapped."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        wrapped = [getattr(error, "reason", None), error.__cause__, *error.args]
        error = next((item for item in wrapped if isinstance(item, BaseException)), error)
    return error


def _cause_text(cause: BaseException) -> str:
    """Return the operating system's message for a cause, or its type."""
    text = (cause.strerror or str(cause)) if isinstance(cause, OSError) else ""
    return text or type(cause).__name__


if MISSING_LIBRARY is None:
    # Typed here: the library has no types for it.
    _keep_cookies: Callable[[Any, requests.PreparedRequest, Any], None] = extract_cookies_to_jar

    class _Auth(AuthBase):
        """Credentials as an auth object: the only form that a netrc entry does not replace."""

        def __init__(self, headers: Headers) -> None:
            self._headers = headers

        def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            headers: MutableMapping[str, str] = prepared.headers
            headers.update(self._headers())
            return prepared
