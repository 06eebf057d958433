# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The settings of a run, shared by all its targets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How a task processes its targets; times in seconds."""

    check_mode: bool
    timeout: float
    target_timeout: float
    wait_timeout: float
    retries: int
    concurrency: int
    stop_on_error: bool


@dataclass(frozen=True)
class Guard:
    """How much of one target may be removed (None: no limit), and whether an unknown number is allowed."""

    max_pending: int | None = None
    allow_unknown: bool = False
