# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox for the tests that run modules in this process; no credentials of the caller's, no other host."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.stop()


@pytest.fixture(autouse=True)
def no_credentials_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for vendor in catalog.VENDORS:
        for name in catalog.environment_names(vendor):
            monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the hosts, other than this machine, that somebody wanted to reach; nobody gets through."""
    wanted: list[str] = []
    resolve = socket.getaddrinfo

    def only_here(host: Any, *arguments: Any, **options: Any) -> Any:
        if host in LOOPBACK:
            return resolve(host, *arguments, **options)
        wanted.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "no other host in a test")

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    return wanted
