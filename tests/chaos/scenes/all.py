# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scene by its name."""

from __future__ import annotations

from collections.abc import Mapping

from ..scene import Scene
from . import genesys, plum, voipnow, wolkvox

SCENES: Mapping[str, Scene] = {
    scene.name: scene
    for scene in (
        plum.Fuse(),
        plum.Insight(),
        voipnow.Absent(),
        voipnow.Present(),
        wolkvox.Clear(),
        wolkvox.Switch(),
        genesys.Cancel(),
    )
}
