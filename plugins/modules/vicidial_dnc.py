#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_dnc
short_description: Put phone numbers on a do-not-call list of VICIdial
version_added: 1.0.0
description:
  - Puts phone numbers on the do-not-call list of the system, or on that of a campaign, or takes them off it, and
    proves it by a check of the number. A number that is there already is C(unchanged).
  - C(changed) means that the number is on the list. VICIdial asks a list only where a campaign is set to, which no
    function of the API shows; the default of a campaign is not to ask. A list is asked when the hopper is filled, so a
    lead that waits there is dialed all the same. For leads that are loaded, use M(telephony.outbound.vicidial_lead).
  - The list holds the exact text. A number that is stored in another form is not stopped.
  - A target takes 1 request when nothing is to be done, else 3 or more, besides one for the task and one for each
    campaign.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.vicidial.actiongroup
  - telephony.outbound.vicidial
  - telephony.outbound.vicidial.call_time
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.vicidial.check_mode
  - telephony.outbound.write.max_pending
attributes:
  idempotent:
    support: full
  verified:
    support: full
    details: The number is checked again.
options:
  phone_number:
    description:
      - The number, 6 to 16 digits and nothing else, in the form in which this site stores numbers.
      - A V(+), a blank or a dash is an error. VICIdial leaves it out, and then reports success for a number that no
        lead has. Longer numbers can be added, but not checked.
      - Required, here or in each entry of O(targets).
    type: raw
  campaign_id:
    description:
      - The campaign whose list is meant, written as VICIdial has it. Without it the list of the system is meant.
      - VICIdial makes a list for a campaign that there is not. So the campaign has to be one that it shows to this
        user.
      - A campaign can be set to read another campaign's list. What is put on its own then ends C(in_doubt) or
        C(failed).
    type: raw
  state:
    description: V(present) puts the number on the list, V(absent) takes it off.
    type: str
    choices: [present, absent]
    default: present
  allow_do_not_call:
    description: Takes a number off, although that erases an opt-out. Without it O(state=absent) ends C(refused).
    type: bool
    default: false
  targets:
    description: Many numbers to work on in one task. The same number twice on one list is an error.
    type: list
    elements: dict
    suboptions:
      phone_number:
        description: See O(phone_number).
        type: raw
      campaign_id:
        description: See O(campaign_id).
        type: raw
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
      allow_do_not_call:
        description: See O(allow_do_not_call).
        type: bool
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
notes:
  - The user needs level 8, C(vdc_agent_api_access) and C(modify_lists), and C(delete_from_dnc) to take numbers off. The
    campaigns that its group is allowed do not limit these functions in VICIdial.
  - An entry for a whole area code can neither be added nor removed by the API.
seealso:
  - module: telephony.outbound.vicidial_dnc_info
  - module: telephony.outbound.vicidial_lead
"""

EXAMPLES = r"""
- name: Put a number on the list of the system
  telephony.outbound.vicidial_dnc:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    phone_number: "5550100001"

- name: Put numbers on the list of a campaign
  telephony.outbound.vicidial_dnc:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    campaign_id: SPRING
    targets:
      - phone_number: "5550100002"
      - phone_number: "5550100003"

- name: Take a number off
  telephony.outbound.vicidial_dnc:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    phone_number: "5550100009"
    state: absent
    allow_do_not_call: true
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
        - V(unchanged), a check showed the wanted state, and nothing was sent.
        - V(would_change), in check mode, the number would be put on the list or taken off it.
        - V(changed), VICIdial accepted and a check confirmed it.
        - V(accepted), VICIdial accepted, and O(wait_timeout=0).
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), it may have been carried out and no check could settle it, or the campaign reads another list.
        - V(failed), VICIdial said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description: V(1) when the number was not as wanted, else V(0).
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
    listed:
      description: Whether the number was on the list, as last checked.
      returned: when the number could be checked
      type: bool
  sample:
    - target:
        phone_number: "5550100001"
        state: present
      outcome: changed
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.09
      error: null
      listed: true
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, unchanged: 0, would_change: 0, changed: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, verified: 1, pending_before: 1, pending_after: 0, unit: numbers}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.dnc import DncState


def main() -> None:
    teardown(DncState)


if __name__ == "__main__":
    main()
