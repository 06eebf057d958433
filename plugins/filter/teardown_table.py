# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_table
short_description: A plan or evidence as a table for the screen
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns a short table of aligned text, with those targets first that a person has to see, and the totals below.
positional: _input
options:
  _input:
    description:
      - A plan, as P(telephony.outbound.teardown_plan#filter) made it, or evidence, as
        P(telephony.outbound.teardown_evidence#filter) did, packed or not.
    type: raw
    required: true
  rows:
    description: The most targets to show.
    type: int
    default: 50
  mask:
    description: Whether phone numbers are masked to their last four digits.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ (teardown_plan | telephony.outbound.teardown_table).splitlines() }}"
"""

RETURN = r"""
_value:
  description: Lines of text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_table import as_table


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_table": as_filter("teardown_table", as_table)}
