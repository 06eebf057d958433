# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a write module's result that tests compare."""

from __future__ import annotations

from typing import Any


def entry(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of the only target."""
    (found,) = result["results"]
    return found


def outcome(result: dict[str, Any]) -> str:
    """Return the outcome of the only target."""
    return entry(result)["outcome"]


def error(result: dict[str, Any]) -> dict[str, Any]:
    """Return the error of the first target."""
    return result["results"][0]["error"]
