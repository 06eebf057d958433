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
extends_documentation_fragment: [telephony.outbound.accounts, telephony.outbound.evidence]
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
