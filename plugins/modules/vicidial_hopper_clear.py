#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_hopper_clear
short_description: Empty the hoppers of campaigns of VICIdial
version_added: 1.0.0
description:
  - Deletes every row of a campaign's hopper, which has the leads that are dialed next, and proves it by reading again.
  - VICIdial shows only rows that are C(READY). Rows that are about to be dialed, on the phone or on hold cannot be
    seen, but the reset deletes them too. It hangs up nothing, and a lead whose row is deleted during its call may be
    queued again.
  - No lead is changed. A started campaign fills its hopper again within a minute, so that one that is not stopped is
    C(refused). In a stopped campaign, callbacks that fall due go on filling it.
  - A target takes 2 requests when nothing is to be done, else 5 or more, besides one for the task.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.vicidial.actiongroup
  - telephony.outbound.vicidial
  - telephony.outbound.vicidial.campaign
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.vicidial.check_mode
  - telephony.outbound.write.max_pending
attributes:
  idempotent:
    support: partial
    details:
      - A started campaign whose hopper is empty is never called clear, and is reset again with O(allow_running=true).
  verified:
    support: partial
    details: The rows that are READY are read again. The others cannot be read.
options:
  allow_running:
    description: Empties the hopper of a campaign that is started, although VICIdial fills it again.
    type: bool
    default: false
  always:
    description:
      - Sends the reset when no row is READY, too, for rows that cannot be seen. The target then ends C(accepted).
    type: bool
    default: false
  targets:
    description: Many campaigns to work on in one task. The same campaign twice is an error.
    type: list
    elements: dict
    suboptions:
      campaign_id:
        description: See O(campaign_id).
        type: raw
      campaign_name:
        description: See O(campaign_name).
        type: raw
      allow_running:
        description: See O(allow_running).
        type: bool
      always:
        description: See O(always).
        type: bool
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
notes:
  - The user needs level 8, C(vdc_agent_api_access), C(view_reports), C(modify_campaigns), and the campaign in its
    group.
seealso:
  - module: telephony.outbound.vicidial_campaign
  - module: telephony.outbound.vicidial_lead
"""

EXAMPLES = r"""
- name: Empty the hopper of a stopped campaign
  telephony.outbound.vicidial_hopper_clear:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    campaign_id: WINTER
    campaign_name: Winter renewals

- name: Send the reset even where no row can be seen
  telephony.outbound.vicidial_hopper_clear:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    campaign_id: SUMMER
    always: true
"""

RETURN = r"""
msg:
  description: What happened, in one sentence.
  returned: always
  type: str
  sample: "1 target: 1 cleared"
results:
  description: One entry for each target, in the order given.
  returned: when the targets could be worked on
  type: list
  elements: dict
  contains:
    target:
      description: What identifies the target.
      type: dict
    outcome:
      description:
        - V(already_clear), the campaign is stopped and no row is READY; nothing was sent. Rows that cannot be seen may
          be there, as a warning says.
        - V(would_clear), in check mode, the hopper would be emptied.
        - V(cleared), VICIdial accepted and a read showed no row that is READY.
        - V(accepted), VICIdial accepted, and O(wait_timeout=0), or no row was READY before, so that nothing can be
          read to confirm it.
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), it may have been carried out, or rows were READY again afterwards.
        - V(failed), VICIdial said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description:
        - The rows that were READY; C(null) at 10,000 or more, where VICIdial may have more than it shows, and where
          rows that cannot be seen may be there.
      type: int
    pending_after:
      description: The same afterwards; C(null) when that cannot be known.
      type: int
    verified:
      description: Whether a read showed the wanted state.
      type: bool
    attempts:
      description: How many changes were sent.
      type: int
    elapsed:
      description: Seconds that the target took.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    pending_at_least:
      description: V(10000), where VICIdial may have more rows than it shows.
      returned: when the number of rows is not known for that reason
      type: int
    campaign_name:
      description: The campaign's name.
      returned: when the campaign could be read
      type: str
    status:
      description: V(started) or V(stopped), as last read.
      returned: when the campaign could be read
      type: str
  sample:
    - target:
        campaign_id: WINTER
      outcome: cleared
      changed: true
      pending_before: 120
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.14
      error: null
      campaign_name: Winter renewals
      status: stopped
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, already_clear: 0, would_clear: 0, cleared: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, changed: 1, verified: 1, pending_before: 120, pending_after: 0, unit: leads}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.hopper_clear import HopperClear


def main() -> None:
    teardown(HopperClear)


if __name__ == "__main__":
    main()
