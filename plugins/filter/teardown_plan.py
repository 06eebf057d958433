# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_plan
short_description: Make the plan of a teardown
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Turns what the modules said in check mode into a plan document that a person can approve.
  - The time and everything else come in as options, so the same input always makes the same plan.
positional: _input
extends_documentation_fragment: telephony.outbound.accounts
options:
  created:
    description: When the plan is made, in ISO 8601; without a zone it is in UTC.
    type: str
    required: true
  expires_minutes:
    description: For how many minutes the plan may be applied.
    type: float
    default: 60
  version:
    description: The version of the collection.
    type: str
  limits:
    description:
      - C(max_targets) (100), C(max_pending_total) (none), C(protected) (a list of ids and of globs for names) and
        C(allow_unknown) (V(true)). They are the limits of the role P(telephony.outbound.campaign_teardown#role).
    type: dict
    default: {}
seealso:
  - plugin: telephony.outbound.teardown_plan_problems
    plugin_type: filter
  - plugin: telephony.outbound.teardown_targets
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Make the plan
  ansible.builtin.set_fact:
    teardown_plan: >-
      {{ accounts | telephony.outbound.teardown_plan(
        created=now(utc=true).isoformat(), expires_minutes=60, limits={"max_targets": 20}) }}
"""

RETURN = r"""
_value:
  description:
    - C(sha256) is over the canonical JSON of everything else in it, C(scope_sha256) over what would be torn down
      where, without counts, times, names and order.
    - Each of C(targets) has C(account), C(vendor), C(product), C(address), C(login), C(name), C(vendor_name) (read
      back), C(target) (the options to carry it out with), C(identity) (what the module understood), C(pending)
      (V(null) when it is not known), C(unit), C(steps), C(outcome) and C(error).
    - Each of C(violations) has C(limit), C(account), C(target), C(message) and C(variable), the role variable that
      would allow it.
  type: dict
  sample:
    version: 0.1.0
    sha256: 9f2c…
    scope_sha256: 51d0…
    created: "2026-03-01T09:00:00Z"
    expires: "2026-03-01T10:00:00Z"
    targets:
      - account: promo-server
        vendor: wolkvox
        product:
        address: https://wv0010.wolkvox.com
        login: token 3f0a…
        name: Spring promo
        vendor_name: Spring promo 2026
        target: {campaign_id: "77", all_records: true}
        identity: {campaign_id: "77", all_records: true}
        pending: 120
        unit: records
        steps: [would_stop, would_clear]
        outcome: would_clear
        error:
    violations: []
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import make_plan


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_plan": as_filter("teardown_plan", make_plan)}
