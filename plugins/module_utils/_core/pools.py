# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Connection pools that use our sockets: one keeps connections, one has a connection for each request."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable
from functools import cache
from queue import Queue
from typing import Any, ClassVar

from .addresses import connect
from .sockets import FinalResponse, Socket

try:
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import NewConnectionError
    from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs
except ImportError:
    MISSING_LIBRARY: str | None = traceback.format_exc()
else:
    MISSING_LIBRARY = None

if MISSING_LIBRARY is None:

    def _connected(connection: Any) -> socket.socket:
        """Connect within the library's timeout, or raise the exception that it expects."""
        host = connection._dns_host.strip("[]")
        try:
            return connect(host, connection.port, connection.timeout, connection.socket_options or ())
        except OSError as error:
            raise NewConnectionError(connection, "no connection") from error

    class _PlainConnection(HTTPConnection):
        response_class = FinalResponse
        _new_conn = _connected

        def connect(self) -> None:
            super().connect()
            self.sock = Socket(self.sock)

    class _TlsConnection(HTTPSConnection):
        response_class = FinalResponse
        _new_conn = _connected

        def connect(self) -> None:
            if self.ssl_context is None and not (self.proxy and self.proxy.scheme == "https"):
                client = (self.cert_file, self.key_file)
                self.ssl_context = _tls_context(self.cert_reqs, self.ca_certs, self.ca_cert_dir, client)
                self.ca_certs = self.ca_cert_dir = None
            super().connect()
            self.sock = Socket(self.sock)

        def _tunnel(self) -> None:
            # The proxy's answer before the handshake has the deadline too; TLS itself needs the plain socket.
            plain = self.sock
            self.sock = Socket(plain, to_vendor=False)
            try:
                super()._tunnel()
            finally:
                self.sock = plain

    @cache
    def _tls_context(cert_reqs: Any, ca_certs: str | None, ca_cert_dir: str | None, _client: Any) -> Any:
        """Return the context for connections with these files: reading the authorities takes longer than a handshake.

        The library loads the client's certificate into it.
        """
        context = create_urllib3_context(cert_reqs=resolve_cert_reqs(cert_reqs))
        if ca_certs or ca_cert_dir:
            context.load_verify_locations(ca_certs, ca_cert_dir)
        return context

    class _Pool(HTTPConnectionPool):
        QueueCls: Any = Queue  # the connection that has rested longest is taken
        keeps = True

        def _put_conn(self, conn: Any) -> None:
            """Take a connection back; one that must not be reused is closed, and the library reopens it when needed."""
            if conn and conn.sock and not (self.keeps and conn.sock.reusable):
                conn.close()
            super()._put_conn(conn)

    class _PlainPool(_Pool):
        ConnectionCls = _PlainConnection

    class _TlsPool(_Pool, HTTPSConnectionPool):
        ConnectionCls = _TlsConnection

    class _PlainOnce(_PlainPool):
        keeps = False

    class _TlsOnce(_TlsPool):
        keeps = False

    class Adapter(HTTPAdapter):
        """Connection pools with our deadlines and without retries."""

        pools: ClassVar = {"http": _PlainPool, "https": _TlsPool}

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            """Create the pools for the vendor."""
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = self.pools

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            """Verify whoever TLS is spoken with: a proxy, too, that is the way to a plain http address."""
            check: Callable[..., None] = super().cert_verify  # the library has no types for it
            check(conn, f"{conn.scheme}:", verify, cert)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            """Create the pools for a proxy."""
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = self.pools
            return manager

    class OneAnswerAdapter(Adapter):
        """The same, with a connection for each request."""

        pools: ClassVar = {"http": _PlainOnce, "https": _TlsOnce}
