#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: genesys_do_not_call
short_description: Put phone numbers on Genesys' do-not-call list
version_added: 1.0.0
description:
  - Puts a phone number on the do-not-call list, for one campaign or for one of its calling lists, through the Outbound
    API of Genesys Web Services 8.5 (C(DoNotCallRecord)).
  - The vendor's answer only says that the request was passed on. The module listens on the CometD channel of Genesys
    Web Services, and reports C(cleared) only when the acknowledgement with the request's own reference id has come,
    without an error in it, and with no name of another record. Silence is C(in_doubt), never success.
  - A request is only sent while the module is known to listen, as in M(telephony.outbound.genesys_record_cancel).
  - It does not end a call that is being dialed or talked on. It does not cancel the number's records;
    M(telephony.outbound.genesys_record_cancel) does. To stop a person, suppress the number first and cancel then, so
    that a record that comes back in between is not dialed. It does not suppress the person's other numbers.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.genesys.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.genesys
  - telephony.outbound.genesys.outbound_records
  - telephony.outbound.write
attributes:
  diff_mode:
    details: The vendor cannot be asked whether the number is listed, so the diff says C(unknown numbers) before.
  idempotent:
    support: none
    details:
      - The do-not-call list cannot be read, so the request is sent every time, and a vendor that acknowledges it again
        makes the second run C(cleared) and changed as well. The entry stays one.
options:
  calling_list:
    description: The name of a calling list. Without it no list is named to the vendor, whose pages call it optional.
    type: raw
  already_gone_patterns:
    description:
      - Regular expressions (Python's, searched anywhere) for error texts which, at this site, mean that the number is
        on the do-not-call list already. Such a target ends C(already_clear) and unchanged.
      - A text that says that there is no such record means something else, since the number may still be dialed from
        another list. An expression that fits V(record not found) is therefore an error, and so is one that fits an
        empty text or an error of another kind.
      - They are tried on the vendor's own error text alone, as in M(telephony.outbound.genesys_record_cancel).
      - The default is none, since the vendor documents no such text.
    type: list
    elements: str
  targets:
    description:
      - Many numbers to suppress in one task, over one notification session, faster than any loop.
      - The same number of one campaign twice is an error, unless for two calling lists; C(| unique) takes repeats out
        of a list.
      - O(targets[].phone_number) can be all that an entry says.
    type: list
    elements: dict
    suboptions:
      application_id:
        description: See O(application_id).
        type: int
      campaign_name:
        description: See O(campaign_name).
        type: raw
      calling_list:
        description: See O(calling_list).
        type: raw
      phone_number:
        description: See O(phone_number).
        type: raw
      chain_attribute:
        description: See O(chain_attribute).
        type: str
        choices: [AllChain, RecordOnly]
      reference_id:
        description: See O(reference_id).
        type: raw
notes:
  - Known, from the vendor's pages. The operation C(DoNotCallRecord) takes a phone number with C(applicationId),
    C(campaignName) and C(devicePath), and C(callingList) if wanted. The event C(DoNotCallAcknowledge) acknowledges it.
    Outbound Contact Server keeps the numbers in the table C(gsw_donotcall_list), and checks it before it dials.
  - Inferred. The check before dialing also guards records that a campaign has retrieved already. A number that is
    listed is acknowledged again.
  - Unknown. What the vendor answers for a number that stands in no calling list; how it matches spellings of a number;
    whether an entry without a calling list counts in other campaigns; what C(chainAttribute) adds where no list is
    named; how an entry is taken back.
seealso:
  - module: telephony.outbound.genesys_record_cancel
  - name: DoNotCallRecord with a phone number
    description: The vendor on this request and its acknowledgement.
    link: https://docs.genesys.com/Documentation/GWS/latest/API/OutboundDoNotCallNum
"""

EXAMPLES = r"""
- name: Put one number on the do-not-call list, whatever list of the campaign it stands in
  telephony.outbound.genesys_do_not_call:
    base_url: https://gws.example.com
    username: outbound-service
    password: "{{ vault_genesys_password }}"
    application_id: 134
    campaign_name: Reminders
    phone_number: "+15550100123"

- name: Suppress two numbers, then cancel their records
  module_defaults:
    group/telephony.outbound.genesys:
      base_url: https://gws.example.com
      username: outbound-service
      password: "{{ vault_genesys_password }}"
  vars:
    opted_out:
      - {phone_number: "+15550100124", chain_attribute: AllChain}
      - {phone_number: "+15550100126"}
  block:
    - name: Suppress
      telephony.outbound.genesys_do_not_call:
        application_id: 134
        campaign_name: Reminders
        calling_list: Reminders-May
        targets: "{{ opted_out }}"

    - name: Cancel
      telephony.outbound.genesys_record_cancel:
        application_id: 134
        campaign_name: Reminders
        calling_list: Reminders-May
        targets: "{{ opted_out }}"

- name: Know this site's words for a number that is listed already
  telephony.outbound.genesys_do_not_call:
    base_url: https://gws.example.com
    username: outbound-service
    password: "{{ vault_genesys_password }}"
    application_id: 134
    campaign_name: Reminders
    calling_list: Reminders-May
    phone_number: "+15550100125"
    device_path: /devices/57fc644b
    already_gone_patterns:
      - "(?i)on the do.not.call list already"
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
        - V(cleared), the vendor acknowledged that the number is on the do-not-call list.
        - V(already_clear), the vendor's error text is one that O(already_gone_patterns) knows.
        - V(would_clear), in check mode, this number would be put on the list.
        - V(accepted), the vendor accepted, and O(wait_timeout=0) asked for no more.
        - V(in_doubt), no acknowledgement came; the number may be on the list. The message shows another event with the
          request's id where there was one, and says when a session or an answer of the notifications was lost.
        - V(failed), the vendor said no, at once or by an error in an event, or could not be reached. An acknowledgement
          outweighs an event, so that it is waited for until the end of O(wait_timeout).
        - V(refused), the journal could not be written; nothing was sent.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(in_doubt), V(failed), V(refused) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed; also when that is in doubt.
      type: bool
    pending_before:
      description: Always C(null); the vendor cannot be asked.
      type: int
    pending_after:
      description: V(0) when the vendor said that the number is on the do-not-call list, else C(null).
      type: int
    verified:
      description: Whether the vendor itself said that the number is on the do-not-call list.
      type: bool
    attempts:
      description: How often the request was sent. It is never sent again when its answer was lost.
      type: int
    elapsed:
      description: Seconds that the target took, its waiting included.
      type: float
    error:
      description:
        - C(null), or what went wrong, with C(kind), C(status), C(code) and C(message). C(code) is the vendor's
          C(statusCode), or the C(notificationType) of an event; an event is in C(message) as it came.
      type: dict
    reference_id:
      description: The id that the request was sent with.
      returned: unless the target ended before it was sent, or in check mode
      type: str
    note:
      description: What could not be checked.
      returned: in check mode
      type: str
  sample:
    - target:
        application_id: 134
        campaign_name: Reminders
        phone_number: "+15550100123"
        chain_attribute: RecordOnly
      outcome: cleared
      changed: true
      pending_before: null
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.28
      error: null
      reference_id: 5b0c2a54-6d3f-4f0e-9c68-0c4a4f5b6f1d
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified. The sums of C(pending_before) and
      C(pending_after) are C(null) when any part is, which here is always so for the first.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, already_clear: 0, would_clear: 0, cleared: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, changed: 1, verified: 1, pending_before: null, pending_after: 0, unit: numbers}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.do_not_call import DoNotCall


def main() -> None:
    teardown(DoNotCall)


if __name__ == "__main__":
    main()
