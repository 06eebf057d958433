# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where tests bound how long something takes: it has to end, however slow the machine is."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GENEROUS = 90
"""Seconds: many times what a slow and busy machine needs, and far below what a test lets it wait for in vain."""


def until(reached: Callable[[], object]) -> None:
    """Wait for what another thread or process does; fail unless it is reached within GENEROUS seconds."""
    end = time.monotonic() + GENEROUS
    while not reached():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@contextmanager
def ends() -> Iterator[None]:
    """Fail unless what is done inside ends within GENEROUS seconds."""

    def fail(_number: int, _frame: FrameType | None) -> None:
        message = f"it has not ended within {GENEROUS} seconds"
        raise AssertionError(message)

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(GENEROUS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
