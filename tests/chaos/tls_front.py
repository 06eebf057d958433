# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A TLS 1.3 front for the sandbox that requires a client certificate, at once or after some connections."""

from __future__ import annotations

import select
import socket
import ssl
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from ansible_collections.telephony.outbound.tests.support.listener import Listener, end


class TlsFront(Listener):
    """Forwards the first ``let_in`` connections; requires a certificate on all others.

    With TLS 1.3, a client has finished its handshake, and sent its request, before the server reports the missing
    certificate.
    """

    SECONDS = 30

    def __init__(self, url: str, *, let_in: int = 0) -> None:
        self._behind = (urlsplit(url).hostname, urlsplit(url).port or 0)
        self._let_in = let_in
        self._folder = tempfile.TemporaryDirectory(prefix="tls-front-")
        authority = trustme.CA()
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        self._open_context, self._strict_context = (_context(authority, strict=strict) for strict in (False, True))
        super().__init__()
        self.url = f"https://127.0.0.1:{self.port}"

    def close(self) -> None:
        super().close()
        self._folder.cleanup()

    def serve(self, number: int, connection: socket.socket) -> None:
        context = self._open_context if number < self._let_in else self._strict_context
        with suppress(OSError):
            secured = context.wrap_socket(connection, server_side=True)
            behind = socket.create_connection(self._behind, self.SECONDS)
            self._open += [secured, behind]
            _relay(secured, behind)
            for each in (secured, behind):
                end(each)
        with suppress(OSError):
            # Read what was sent in the meantime, so that no reset arrives before the alert.
            while connection.recv(65536):
                pass
        connection.close()


def _context(authority: trustme.CA, *, strict: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert("127.0.0.1").configure_cert(context)
    if strict:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def _relay(secured: ssl.SSLSocket, behind: socket.socket) -> None:
    """Forward in both directions until one side closes."""
    other = {secured: behind, behind: secured}
    while True:
        ready = [secured] if secured.pending() else select.select([secured, behind], [], [], TlsFront.SECONDS)[0]
        for one in ready:
            piece = one.recv(65536)
            if not piece:
                return
            other[one].sendall(piece)
