# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Keeps the garbage collector out of the imports' way.

A module is a new process each time, and a collection in the middle of its imports, when nothing is
garbage yet, costs more than a tenth of a single task. So it rests from when this file is imported,
before the large imports, until the work begins.
"""

from __future__ import annotations

import gc

gc.disable()


def resume() -> None:
    """Let the collector work again, on what comes from now on."""
    gc.freeze()
    gc.enable()
