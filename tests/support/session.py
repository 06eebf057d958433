# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with a fake transport, for tests of the layers above it."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Session
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock


def session_to(wire: Any, clock: Clock | None = None, retries: int = 0, **options: Any) -> Session:
    """Return a session whose transport is any object with a Transport's interface; all its responses count as
    successful.
    """
    return Session(wire, clock or Clock(), retries, lambda _response: None, **options)
