# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_unpacked
short_description: Unpack what was packed
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns the data that P(telephony.outbound.teardown_packed#filter) made a text of.
positional: _input
options:
  _input:
    description: The text.
    type: str
    required: true
seealso:
  - plugin: telephony.outbound.teardown_packed
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Hand the plan on to the next node of a workflow
  ansible.builtin.set_stats:
    data:
      campaign_teardown_plan: "{{ teardown_plan | telephony.outbound.teardown_unpacked }}"
"""

RETURN = r"""
_value:
  description: The data.
  type: raw
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_data import unpacked
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_unpacked": as_filter("teardown_unpacked", unpacked)}
