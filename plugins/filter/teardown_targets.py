# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_targets
short_description: Take an account's targets from a plan
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns what the O(ignore:targets) option of the account's module takes, with the options that were planned.
  - A target that was counted gets C(max_pending), the planned count and what it may have grown by, unless it had a
    lower one. So the module itself refuses a campaign that was refilled meanwhile.
  - Targets that the plan could not look at, or that a guard refused there, are left out, because nobody saw what
    would go. So the list may be empty; then there is nothing to do for the account.
positional: _input, account
options:
  _input:
    description: The plan, as P(telephony.outbound.teardown_plan#filter) made it, packed or not.
    type: raw
    required: true
  account:
    description: The account, which is the name of an inventory host.
    type: str
    required: true
  growth_percent:
    description: By how many percent a target may have grown since it was planned; the result is rounded up.
    type: float
    default: 10
"""

EXAMPLES = r"""
- name: Clear what was planned
  telephony.outbound.wolkvox_campaign_clear:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    targets: "{{ teardown_plan | telephony.outbound.teardown_targets(inventory_hostname, growth_percent=10) }}"
"""

RETURN = r"""
_value:
  description: One entry a target, in the order of the plan.
  type: list
  elements: dict
  sample: [{campaign_id: "77", all_records: true, max_pending: 132}]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import module_targets


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_targets": as_filter("teardown_targets", module_targets)}
