# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sandboxes behind the fronts, whose records are the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox()
    yield running
    running.stop()


@pytest.fixture
def second_sandbox() -> Iterator[Sandbox]:
    running = Sandbox()
    yield running
    running.stop()
