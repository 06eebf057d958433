# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_evidence
short_description: Put together what became of every planned target
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Turns what the modules reported into the evidence of a run, with one entry for each target of the plan and for
    whatever else was touched.
  - A planned target that no module reported is C(not_sent), with the reason; C(in_doubt) where the account's journal
    says that it was begun.
positional: _input
options:
  _input:
    description:
      - The accounts, one for each inventory host.
      - Each has C(account) (the inventory host), C(vendor), C(product) (V(insight) or V(fuse) for plum), C(address)
        (the base URL without user and password), C(login) (who logs in, or a fingerprint of the token), C(targets)
        (as given, with the optional C(name)), C(results) (the module's, one for each target in the same order, or
        empty),
        C(stop_results) and C(restart_results) (those of M(telephony.outbound.wolkvox_campaign), in any order), and
        C(error) (V(null), or what the module said when it had no results).
      - C(results) are matched with the plan by what identifies a target, so they may be fewer and in any order.
      - C(journal) is the text of the module's journal, empty where it wrote none. It is read when the module had no
        results, as after it was killed. Without it such a target is C(in_doubt), for nobody knows what was sent.
    type: list
    elements: dict
    required: true
  plan:
    description: The plan, as P(telephony.outbound.teardown_plan#filter) made it.
    type: dict
    required: true
  run:
    description:
      - About the run. C(start) and C(end) are needed, in ISO 8601; without a zone they are in UTC. The report also
        shows C(reason), C(ticket), C(requested_by), C(controller), C(version) and C(plan_sha256).
    type: dict
    required: true
  mask:
    description: Whether phone numbers are masked to their last four digits, wherever they stand.
    type: bool
    default: true
  key:
    description:
      - The key of the hash that is put beside a masked number, so that equal numbers can be told. Whoever has it can
        find the numbers again. Without it there is no hash.
    type: str
    default: ''
seealso:
  - plugin: telephony.outbound.teardown_csv
    plugin_type: filter
  - plugin: telephony.outbound.teardown_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Keep the evidence
  ansible.builtin.copy:
    content: "{{ evidence | to_nice_json }}"
    dest: "{{ evidence_dir }}/evidence.json"
    mode: "0600"
  vars:
    evidence: >-
      {{ accounts | telephony.outbound.teardown_evidence(
        plan=teardown_plan, run={"start": started, "end": ended, "reason": "End of season"}, key=vault_mask_key) }}
"""

RETURN = r"""
_value:
  description:
    - C(run) is what was given, and C(seconds). Each of C(results) is the module's entry for the target with C(account),
      C(vendor), C(product), C(address), C(login), C(name), C(steps), C(unit) and C(needs_person). The last is true
      when the target, or a step beside it such as starting a campaign again, did not end well. C(summary) has a count
      for each outcome, and sums that are V(null) when any part is.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_evidence import make_evidence
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_evidence": as_filter("teardown_evidence", make_evidence)}
