#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_campaign
short_description: Start or stop campaigns of wolkvox
version_added: 1.0.0
description:
  - Reads the status of a campaign, starts or stops it where that is needed, and proves it by reading again.
  - A stop does not end calls that are in progress.
  - A target takes 1 request when nothing is to be done, else 3 or more. With several O(targets) one
    list of all campaigns stands for the look-ups that fall into the same second.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.wolkvox.actiongroup
  - telephony.outbound.wolkvox
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.write.max_pending
attributes:
  check_mode:
    details: Reads the status as a real run does.
  idempotent:
    support: full
  verified:
    support: full
    details: The status is read again.
options:
  campaign_id:
    description: The campaign's id. One that the vendor does not know ends C(failed), with the kind C(not_found).
    type: raw
  state:
    description: The state that the campaign is to have; required, here or in each entry of O(targets).
    type: str
    choices: [started, stopped]
  targets:
    description: Many campaigns to work on in one task, one after the other. The same campaign twice is an error.
    type: list
    elements: dict
    suboptions:
      campaign_id:
        description: See O(campaign_id).
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
seealso:
  - module: telephony.outbound.wolkvox_campaign_clear
  - module: telephony.outbound.wolkvox_campaign_info
"""

EXAMPLES = r"""
- name: Stop a campaign
  telephony.outbound.wolkvox_campaign:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    campaign_id: "77"
    state: stopped

- name: Stop three campaigns at the end of the day
  telephony.outbound.wolkvox_campaign:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    state: stopped
    targets:
      - campaign_id: "78"
      - campaign_id: "79"
      - campaign_id: "80"

- name: Start one and stop another
  telephony.outbound.wolkvox_campaign:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    targets:
      - campaign_id: "77"
        state: started
      - campaign_id: "78"
        state: stopped
    on_error: stop
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
      description: What identifies the target, with the wanted state.
      type: dict
    outcome:
      description:
        - V(unchanged), a read showed the wanted state, and nothing was sent.
        - V(would_change), in check mode, the campaign would be started or stopped.
        - V(changed), the vendor accepted and a read confirmed it.
        - V(accepted), the vendor accepted, and O(wait_timeout=0).
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), it may have been carried out and reading could not settle it.
        - V(failed), the vendor said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description: V(1) when the campaign did not have the wanted state, else V(0).
      type: int
    pending_after:
      description: The same afterwards; C(null) when that cannot be known.
      type: int
    verified:
      description: Whether a read showed the wanted state.
      type: bool
    attempts:
      description: How often the start or stop was sent.
      type: int
    elapsed:
      description: Seconds that the target took, with the wait for the token.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    campaign_name:
      description: The vendor's name of the campaign.
      returned: when the campaign was found
      type: str
    type_campaign:
      description: The vendor's type of the campaign.
      returned: when the campaign was found
      type: str
    status:
      description: The campaign's status when it was last read.
      returned: when the campaign was found
      type: str
  sample:
    - target:
        campaign_id: "77"
        state: stopped
      outcome: changed
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 1.21
      error: null
      campaign_name: Winter reminders
      type_campaign: predictive
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
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign import CampaignState


def main() -> None:
    teardown(CampaignState)


if __name__ == "__main__":
    main()
