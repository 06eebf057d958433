# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TLS 1.3 front before the sandbox that wants a client certificate, at once or after some connections."""

from __future__ import annotations

import select
import socket
import ssl
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import trustme

_SECONDS = 30


class TlsFront:
    """Passes on what comes on the first ``let_in`` connections; on all others it asks for a certificate.

    With TLS 1.3 a client has finished its handshake, and sent its request, before the server says that it has seen
    no certificate.
    """

    def __init__(self, url: str, *, let_in: int = 0) -> None:
        self._behind = (urlsplit(url).hostname, urlsplit(url).port or 0)
        self._let_in = let_in
        self._folder = tempfile.TemporaryDirectory(prefix="tls-front-")
        authority = trustme.CA()
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        self._open_context, self._strict_context = (_context(authority, strict=strict) for strict in (False, True))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """End it with all its connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            _end(connection)
        for thread in self._threads:
            thread.join(5)
        self._folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                plain, _address = self._listener.accept()
            except OSError:
                return
            strict = self._let_in <= 0
            self._let_in -= 1
            context = self._strict_context if strict else self._open_context
            thread = threading.Thread(target=self._serve, args=(plain, context), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        plain.settimeout(_SECONDS)
        self._connections.append(plain)
        with suppress(OSError):
            secured = context.wrap_socket(plain, server_side=True)
            behind = socket.create_connection(self._behind, _SECONDS)
            self._connections += [secured, behind]
            _relay(secured, behind)
            for each in (secured, behind):
                _end(each)
        with suppress(OSError):
            # What was sent meanwhile is read, so that no reset overtakes the alert.
            while plain.recv(65536):
                pass
        plain.close()


def _context(authority: trustme.CA, *, strict: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert("127.0.0.1").configure_cert(context)
    if strict:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def _relay(secured: ssl.SSLSocket, behind: socket.socket) -> None:
    """Pass on both ways until one side ends."""
    other = {secured: behind, behind: secured}
    while True:
        ready = [secured] if secured.pending() else select.select([secured, behind], [], [], _SECONDS)[0]
        for one in ready:
            piece = one.recv(65536)
            if not piece:
                return
            other[one].sendall(piece)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
