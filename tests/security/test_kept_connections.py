# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that repeats an answer, late: the repetition is not taken for the answer to the next write."""

from __future__ import annotations

import socket
from contextlib import suppress

from ansible_collections.telephony.outbound.tests.support.listener import Listener
from ansible_collections.telephony.outbound.tests.support.modules import run_module

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Repeating(Listener):
    """Accepts the first request, and repeats that answer when the second one has come; it knows no other queue."""

    def __init__(self) -> None:
        self.requests: list[socket.socket] = []
        super().__init__()

    def serve(self, _number: int, connection: socket.socket) -> None:
        """Answer what comes on one connection."""
        with suppress(OSError):
            while connection.recv(65536):
                self.requests.append(connection)
                if len(self.requests) == 2:
                    self.requests[0].sendall(ACCEPTED)
                connection.sendall(UNKNOWN if len(self.requests) > 1 else ACCEPTED)


def test_a_late_repetition_is_credited_to_nobody() -> None:
    server = Repeating()
    result = run_module(
        "plum_outbound_cancel",
        base_url=f"http://127.0.0.1:{server.port}",
        product="fuse",
        email="operator@example.com",
        developer_key="not-a-secret-developer-key",
        application_id="100",
        targets=[{"deployment_id": each} for each in ("201", "202", "203")],
        concurrency=1,
        retries=0,
    )
    server.close()
    assert [entry["outcome"] for entry in result["results"]] == ["accepted", "failed", "failed"], result
