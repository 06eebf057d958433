# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short pauses between tries and looks, for modules that run in the test's own process."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses


@pytest.fixture
def handlers_of_before() -> Iterator[None]:
    """Restore the signal handlers: modules install theirs as in a separate process."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Wait less than users do; a module that is a process of its own waits as theirs."""
    with short_pauses():
        yield
