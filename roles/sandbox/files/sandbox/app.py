# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of one sandbox: the vendors' state, the record of requests, and the armed faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .faults.matching import Faults
from .recorder import Recorder
from .state import State


class App:
    """Everything except the listeners; ``address`` holds theirs.

    ``end`` stops the server. ``secret`` is required for control requests if it is not None.
    """

    def __init__(self, seed: Mapping[str, Any], end: Callable[[], None], secret: str | None = None) -> None:
        """Load the seed."""
        self.end = end
        self.secret = secret
        self.state = State(seed)
        self.recorder = Recorder()
        self.faults = Faults(self.state.random)
        self.address: dict[str, Any] = {}

    def reset(self, seed: Mapping[str, Any]) -> None:
        """Replace the state by a new seed; if the seed is wrong, nothing changes."""
        self.state = State(seed)
        self.faults = Faults(self.state.random)
        self.recorder.reset()
