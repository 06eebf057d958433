# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: a sandbox that each test seeds, and a block on connections to other hosts."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """Return the sandbox unchanged: each of these tests seeds it."""
    return running_sandbox


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the other hosts that the test tried to reach; all such connections are blocked."""
    wanted: list[str] = []
    resolve = socket.getaddrinfo

    def only_here(host: Any, *arguments: Any, **options: Any) -> Any:
        if host in LOOPBACK:
            return resolve(host, *arguments, **options)
        wanted.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "no other host in a test")

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    return wanted
