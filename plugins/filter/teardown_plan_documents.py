# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_plan_documents
short_description: All that is shown and written of a plan
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns the text of C(plan.json), the tables for the screen, and what a play needs to know of the plan, at once.
positional: _input
options:
  _input:
    description: The plan, as P(telephony.outbound.teardown_plan#filter) made it, packed or not.
    type: raw
    required: true
  rows:
    description: The most targets to show in a table.
    type: int
    default: 50
seealso:
  - plugin: telephony.outbound.teardown_plan
    plugin_type: filter
  - plugin: telephony.outbound.teardown_packed
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ (teardown_plan | telephony.outbound.teardown_plan_documents).table.splitlines() }}"
"""

RETURN = r"""
_value:
  description:
    - C(files) is packed, and holds the text of C(plan.json) under its name. C(table) is for the screen, and C(left) a
      table of those targets alone that an apply would leave alone, empty where there is none.
    - C(messages) are those of the violations. C(accounts) has for each account of the plan C(stop), the ids of the
      campaigns that are to be stopped, and C(start), whether they are to be started again. C(sha256) and C(version)
      are those of the plan.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_documents import plan_documents
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_plan_documents": as_filter("teardown_plan_documents", plan_documents)}
