# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line to a stand-in for the vendor, for tests of what is above the transport."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core.client import Line
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock


def line_to(wire: Any, clock: Clock | None = None, retries: int = 0, **options: Any) -> Line:
    """Return a line over anything that answers as a Transport does, and whose answers are all well."""
    return Line(wire, clock or Clock(), retries, lambda _response: None, **options)
