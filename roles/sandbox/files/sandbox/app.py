# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one sandbox holds: the vendors' state, the record of what was heard, the armed faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .faults.matching import Faults
from .recorder import Recorder
from .state import State


class App:
    """Everything but the listeners; ``address`` says where those are.

    ``end`` ends the server, and ``secret`` is what control requests must show, where there is one.
    """

    def __init__(self, seed: Mapping[str, Any], end: Callable[[], None], secret: str | None = None) -> None:
        """Seed the state."""
        self.end = end
        self.secret = secret
        self.state = State(seed)
        self.recorder = Recorder()
        self.faults = Faults(self.state.random)
        self.address: dict[str, Any] = {}

    def reset(self, seed: Mapping[str, Any]) -> None:
        """Begin again with this seed; nothing changes when the seed is wrong."""
        self.state = State(seed)
        self.faults = Faults(self.state.random)
        self.recorder.reset()
