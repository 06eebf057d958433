# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Phone numbers stopped at all accounts of a play; see the module of the same name."""

from __future__ import annotations

from ..plugin_utils._teardown.settings import NUMBERS
from .teardown import ActionModule as Teardown


class ActionModule(Teardown):
    """Does with phone numbers what the teardown does with campaigns."""

    INTERFACE = NUMBERS
