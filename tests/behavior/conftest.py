# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sandbox for the whole run; every test seeds it anew."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.seed({})
    return running_sandbox


@pytest.fixture(autouse=True)
def no_credentials_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("PLUM_", "WOLKVOX_", "VOIPNOW_", "GENESYS_")):
            monkeypatch.delenv(name)
