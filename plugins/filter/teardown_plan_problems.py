# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_plan_problems
short_description: Say why a plan must not be applied
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Looks for every reason not to apply a plan. The plan was altered, expired or not approved, has an account that the
    play does not have, or one whose address or login is another now, or it exceeds a limit as it is now.
positional: _input
options:
  _input:
    description: The plan, as P(telephony.outbound.teardown_plan#filter) made it, packed or not.
    type: raw
    required: true
  now:
    description: The time, in ISO 8601; without a zone it is in UTC.
    type: str
    required: true
  accounts:
    description: The accounts that the play has, with C(account), C(vendor), C(product), C(address) and C(login).
    type: list
    elements: dict
    required: true
  approved:
    description: The SHA-256 of the plan that was approved; empty when none was.
    type: str
    default: ''
  require_approval:
    description: Whether a plan without approval must not be applied.
    type: bool
    default: false
  partial:
    description: Whether accounts of the plan may be missing in the play.
    type: bool
    default: false
  limits:
    description:
      - C(max_targets) (100), C(max_pending_total) (none), C(protected) (a list of ids and of globs for names) and
        C(allow_unknown) (V(true)). They are the limits of the role P(telephony.outbound.campaign_teardown#role).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Refuse a plan that must not be applied
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join(' ') }}"
  vars:
    problems: >-
      {{ teardown_plan | telephony.outbound.teardown_plan_problems(
        now=now(utc=true).isoformat(), accounts=accounts, approved=approved_sha256, require_approval=true) }}
"""

RETURN = r"""
_value:
  description: Plain sentences; none when the plan may be applied.
  type: list
  elements: str
  sample: ["The plan expired at 2026-03-01T10:00:00Z; make a new one (campaign_teardown_plan_expires_minutes)."]
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import plan_problems


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_plan_problems": as_filter("teardown_plan_problems", plan_problems)}
