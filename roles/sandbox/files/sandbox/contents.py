# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one sandbox holds: the vendors' state, the record of what was heard, the armed faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .faults import Faults
from .recorder import Recorder
from .world import World


class Contents:
    """Everything but the listeners; ``address`` says where those are."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        """Seed the world."""
        self.world = World(seed)
        self.recorder = Recorder()
        self.faults = Faults(self.world.random)
        self.address: dict[str, Any] = {}

    def reset(self, seed: Mapping[str, Any]) -> None:
        """Begin again with this seed; nothing changes when the seed is wrong."""
        self.world = World(seed)
        self.faults = Faults(self.world.random)
        self.recorder.clear()
