#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_campaign
short_description: Start or stop campaigns of VICIdial
version_added: 1.0.0
description:
  - Reads the state of a campaign, starts or stops it where that is needed, and proves it by reading again.
  - A stop ends no call that is in progress, and leaves the hopper as it is. To empty the hopper, use
    M(telephony.outbound.vicidial_hopper_clear).
  - A stopped campaign still gets new rows into its hopper. VICIdial puts the lead of a callback that falls due, and
    that anybody may take, there whatever the campaign's state. To remove callbacks, use
    M(telephony.outbound.vicidial_lead).
  - A target takes 1 request when nothing is to be done, else 3 or more, besides one for the task.
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
    support: full
  verified:
    support: full
    details: The state is read again.
options:
  state:
    description: The state that the campaign is to have; required, here or in each entry of O(targets).
    type: str
    choices: [started, stopped]
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
      state:
        description: See O(state).
        type: str
        choices: [started, stopped]
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
  - module: telephony.outbound.vicidial_campaign_info
  - module: telephony.outbound.vicidial_hopper_clear
"""

EXAMPLES = r"""
- name: Stop a campaign
  telephony.outbound.vicidial_campaign:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    campaign_id: SPRING
    state: stopped

- name: Stop several, each only under the name that is known
  telephony.outbound.vicidial_campaign:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    state: stopped
    targets:
      - campaign_id: WINTER
        campaign_name: Winter renewals
      - campaign_id: SUMMER
"""

RETURN = r"""
msg:
  description: What happened, in one sentence.
  returned: always
  type: str
  sample: "1 target: 1 changed"
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
        - V(unchanged), a read showed the wanted state, and nothing was sent.
        - V(would_change), in check mode, the campaign would be started or stopped.
        - V(changed), VICIdial accepted and a read confirmed it.
        - V(accepted), VICIdial accepted, and O(wait_timeout=0).
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), it may have been carried out and reading could not settle it.
        - V(failed), VICIdial said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description: V(1) when the campaign was not in the wanted state, else V(0).
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
        campaign_id: SPRING
        state: stopped
      outcome: changed
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.11
      error: null
      campaign_name: Spring promo
      status: stopped
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, unchanged: 0, would_change: 0, changed: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, verified: 1, pending_before: 1, pending_after: 0, unit: campaigns}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.campaign import CampaignState


def main() -> None:
    teardown(CampaignState)


if __name__ == "__main__":
    main()
