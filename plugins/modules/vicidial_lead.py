#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_lead
short_description: Let leads of VICIdial not be dialed any more
version_added: 1.0.0
description:
  - Finds the leads of a phone number, gives each of them a status that no campaign dials, takes it out of the hopper
    and removes its callbacks, and proves it by reading again. A lead that is so already is left alone.
  - A status alone stops nothing. A row that waits in the hopper is dialed whatever the lead's status is, and a callback
    that falls due sets the status back. So all three are looked at, and are done in one request for each lead.
  - A lead whose call is in progress is told apart where VICIdial names it. It ends C(in_doubt), because the end of the
    call may write another status. Where a lead has one row in progress and another that waits, VICIdial names only the
    one that waits.
  - The search finds leads whose C(phone_number) is exactly the text that was given. It does not look at C(alt_phone),
    C(address3) and the table of alternate numbers, which are dialed too.
  - It puts no number on a list, so a lead that is loaded later is dialed. For that use
    M(telephony.outbound.vicidial_dnc).
  - A target takes 1 request to find its leads, and 2 for each lead. All targets share what is read of lists, campaigns
    and hoppers. Then there is 1 change for each lead that is left, and the reads once more.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.vicidial.actiongroup
  - telephony.outbound.vicidial
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.vicidial.check_mode
  - telephony.outbound.write.max_pending
attributes:
  idempotent:
    support: partial
    details: A lead whose list, or whose campaign's hopper, this user may not read is changed again.
  verified:
    support: partial
    details: Status, callbacks and hopper are read again, where this user may read them.
options:
  phone_number:
    description:
      - The number whose leads are meant, 6 to 18 digits and nothing else, in the form in which this site stores
        numbers.
      - A V(+), a blank or a dash is an error. VICIdial leaves it out, and then looks for another number.
    type: raw
  lead_id:
    description: The one lead that is meant, in place of O(phone_number). One task takes numbers or ids, not both.
    type: raw
  state:
    description: What the leads are to be; there is one state.
    type: str
    choices: [do_not_call]
    default: do_not_call
  status:
    description:
      - The status that the leads get, 1 to 6 capital letters, digits, V(_) and V(-). VICIdial does not check it.
      - Where the campaign of a lead dials this status, the target ends C(refused), unless
        O(allow_dialable_status=true).
    type: str
    default: DNC
  callbacks:
    description: What becomes of callbacks. V(keep) leaves them, and one that falls due lets the lead be dialed.
    type: str
    choices: [remove, keep]
    default: remove
  allow_dialable_status:
    description: Sets the status although a campaign of the leads dials it.
    type: bool
    default: false
  targets:
    description: Many numbers, or many leads, to work on in one task. The same one twice is an error.
    type: list
    elements: dict
    suboptions:
      phone_number:
        description: See O(phone_number).
        type: raw
      lead_id:
        description: See O(lead_id).
        type: raw
      state:
        description: See O(state).
        type: str
        choices: [do_not_call]
      status:
        description: See O(status).
        type: str
      callbacks:
        description: See O(callbacks).
        type: str
        choices: [remove, keep]
      allow_dialable_status:
        description: See O(allow_dialable_status).
        type: bool
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
notes:
  - The user needs level 8, C(vdc_agent_api_access), C(view_reports) and C(modify_leads) of 1 to 4. With C(modify_lists)
    and the campaigns in its group, the hopper can be read too; else a target ends C(accepted).
  - There is no undo. RV(results[].leads) has the status of each lead before.
seealso:
  - module: telephony.outbound.vicidial_lead_info
  - module: telephony.outbound.vicidial_dnc
"""

EXAMPLES = r"""
- name: Do not dial the leads of this number any more
  telephony.outbound.vicidial_lead:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    phone_number: "5550100001"

- name: Several numbers, each with no more than 5 leads
  telephony.outbound.vicidial_lead:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    max_pending: 5
    targets:
      - phone_number: "5550100002"
      - phone_number: "5550100003"
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
        - V(unchanged), a read showed that every lead is as wanted, or that no lead has the number in this form;
          nothing was sent.
        - V(would_change), in check mode, leads would be changed.
        - V(changed), VICIdial accepted and a read confirmed it.
        - V(accepted), VICIdial accepted, and O(wait_timeout=0), or a part of it cannot be read.
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), it may have been carried out and reading could not settle it, or a call is in progress.
        - V(failed), VICIdial said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description:
        - The leads that may still be dialed by their status, the hopper or callbacks; C(null) when that cannot be
          known.
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
    leads:
      description: The leads of the target, as last read; empty where no lead has the number in this form.
      returned: when the leads could be read
      type: list
      elements: dict
      contains:
        lead_id:
          description: The lead's id.
          type: str
        list_id:
          description: The list that it is in; C(null) where VICIdial does not show the lead.
          type: str
        campaign_id:
          description: The campaign of that list; C(null) where this user cannot learn it.
          type: str
        status_before:
          description: The lead's status at first.
          type: str
        status:
          description: The lead's status, as last read; C(null) where VICIdial does not show the lead.
          type: str
        hopper:
          description:
            - V(ready), V(not_there) or V(unknown), as read. After a change, V(removed), V(not_there) or
              V(in_progress), as VICIdial told.
          type: str
        callbacks:
          description: The callbacks that may still fall due; V(0) with O(callbacks=keep), where they are not read.
          type: int
  sample:
    - target:
        phone_number: "5550100001"
        status: DNC
      outcome: changed
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.21
      error: null
      leads:
        - lead_id: "101"
          list_id: "1001"
          campaign_id: SPRING
          status_before: NEW
          status: DNC
          hopper: removed
          callbacks: 0
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, unchanged: 0, would_change: 0, changed: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, verified: 1, pending_before: 1, pending_after: 0, unit: leads}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.lead import LeadState


def main() -> None:
    teardown(LeadState)


if __name__ == "__main__":
    main()
