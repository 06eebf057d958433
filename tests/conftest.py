# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for all tests: the hypothesis profile, one sandbox per process, and isolation from the caller's
settings.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

_VENDORS = Path(__file__).parents[1] / "plugins/module_utils/_vendors"
_SETTINGS = (
    *(f"{path.name.upper()}_" for path in _VENDORS.iterdir() if path.is_dir()),
    *("REQUESTS_", "CURL_", "SSL_", "NETRC"),
)

# A slow or busy machine must not make a property test fail. `make test-all` tries more examples.
EXAMPLES = 100 if os.environ.get("ALL") else 40
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES)
settings.load_profile("project")


# Modules obey a hangup that is ignored when they start: tests are no others below nohup.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """Run one sandbox for all tests of this process."""
    sandbox = Sandbox()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """Return the sandbox without state, faults and recorded requests."""
    running_sandbox.seed({})
    return running_sandbox


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    """Return the sandbox with an account of each vendor and something to tear down."""
    # The descriptions of all vendors take their time to import, which most tests can do without.
    from ansible_collections.telephony.outbound.tests.support.runs import SEED

    sandbox.seed(SEED)
    return sandbox


@pytest.fixture(scope="session")
def keeps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give names of folders that are not there yet: to make one for each test costs more the more there are."""
    base = tmp_path_factory.mktemp("keep")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch, keeps: Iterator[Path]) -> None:
    """Remove the caller's credentials, proxies and certificates, and keep locks in a separate folder."""
    for name in list(os.environ):
        if name.startswith(_SETTINGS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TELEPHONY_OUTBOUND_LOCK_DIR", str(next(keeps) / "locks"))
