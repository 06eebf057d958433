# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A loopback port that serves every connection in its own thread."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from itertools import count

_SECONDS_TO_END = 5


class Listener:
    """Listens once created; a subclass handles each connection in ``serve``."""

    SECONDS = 20
    """Seconds a connection waits for anything."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def serve(self, number: int, connection: socket.socket) -> None:
        """Serve one connection; they are numbered from 0."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the listener with all its connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            end(connection)
        for thread in self._threads:
            thread.join(_SECONDS_TO_END)

    def _accept(self) -> None:
        for number in count():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            connection.settimeout(self.SECONDS)
            self._open.append(connection)
            thread = threading.Thread(target=self.serve, args=(number, connection), daemon=True)
            self._threads.append(thread)
            thread.start()


def end(connection: socket.socket) -> None:
    """Close a connection, even while another thread reads from it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
