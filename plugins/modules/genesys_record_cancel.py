#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: genesys_record_cancel
short_description: Cancel records of Genesys calling lists by phone number
version_added: 1.0.0
description:
  - Cancels a record of one calling list in one campaign, or the record's whole chain, by its phone number, through the
    Outbound API of Genesys Web Services 8.5 (C(CancelRecord)).
  - The vendor's answer only says that the cancel was passed on. The module listens on the CometD channel of Genesys Web
    Services, and reports C(cleared) only when the acknowledgement with the cancel's own reference id has come, without
    an error in it, and with no name of another record. Silence is C(in_doubt), never success.
  - A cancel is only sent while the module is known to listen. While polls for notifications fail, a target waits for
    one that goes well, for O(target_timeout) at most; then it is C(failed), and nothing was sent.
  - It does not cancel other records of the same person, under another number, in another calling list or in another
    campaign. It is no do-not-call entry, so that an upload can bring the number back. It does not end a call that is
    being dialed or talked on.
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
    details: The vendor cannot be asked how many records there are, so the diff says C(unknown records) before.
  idempotent:
    support: none
    details:
      - A record cannot be read, so the cancel is sent every time, and a vendor that acknowledges it again makes the
        second run C(cleared) and changed as well.
      - What the vendor answers for a record that is not there, or is cancelled already, is not documented. Where a
        site knows the text, O(already_gone_patterns) turns it into C(already_clear).
options:
  calling_list:
    description: The name of the calling list; required for every target.
    type: raw
  already_gone_patterns:
    description:
      - Regular expressions (Python's, searched anywhere) for error texts which, at this site, mean that there is no
        such record any more. Such a target ends C(already_clear) and unchanged.
      - They are tried on the vendor's own error text alone, that is the C(statusMessage) of a refused cancel, and the
        error of an event with the cancel's reference id. Names and numbers of the target that are repeated there do not
        count, and neither does a text that comes with a refused login or permission.
      - An expression that fits an empty text, such as V(.*), or an error of another kind, is an error.
      - The default is none, since the vendor documents no such text.
    type: list
    elements: str
  targets:
    description:
      - Many records to cancel in one task, over one notification session, faster than any loop.
      - The same number of one calling list twice is an error; C(| unique) takes repeats out of a list.
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
seealso:
  - module: telephony.outbound.genesys_do_not_call
  - name: Asynchronous events of Genesys Web Services
    description: The vendor on what a request's answer says, and what comes later over CometD.
    link: https://docs.genesys.com/Documentation/HTCC/latest/API/AsynchronousEvents
"""

EXAMPLES = r"""
- name: Stop calling one number in a campaign
  telephony.outbound.genesys_record_cancel:
    base_url: https://gws.example.com
    username: outbound-service
    password: "{{ vault_genesys_password }}"
    application_id: 134
    campaign_name: Reminders
    calling_list: Reminders-May
    phone_number: "+15550100123"

- name: Stop calling all numbers in the first column of a CSV file
  telephony.outbound.genesys_record_cancel:
    base_url: https://gws.example.com
    username: outbound-service
    password: "{{ vault_genesys_password }}"
    application_id: 134
    campaign_name: Reminders
    calling_list: Reminders-May
    targets: >-
      {{ paid_csv.splitlines()[1:] | select
         | map('regex_replace', '^"?([^",;\t]*).*$', '{"phone_number": "\1"}') | unique | map('from_json') | list }}
    concurrency: 8
    wait_timeout: 60
  vars:
    # With a file beside the playbook: "{{ lookup('ansible.builtin.file', 'paid.csv') }}"
    paid_csv: |
      phone_number,paid
      +15550100125,2026-05-04
      +15550100126,2026-05-05

- name: Cancel the whole chain of a person, and know this site's words for a record that is gone
  telephony.outbound.genesys_record_cancel:
    base_url: https://gws.example.com
    username: outbound-service
    password: "{{ vault_genesys_password }}"
    application_id: 134
    campaign_name: Reminders
    calling_list: Reminders-May
    phone_number: "+15550100124"
    chain_attribute: AllChain
    device_path: /devices/57fc644b
    already_gone_patterns:
      - "(?i)record not found"
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
        - V(cleared), the vendor acknowledged the cancel.
        - V(already_clear), the vendor's error text is one that O(already_gone_patterns) knows.
        - V(would_clear), in check mode, this record would be cancelled.
        - V(accepted), the vendor accepted, and O(wait_timeout=0) asked for no more.
        - V(in_doubt), no acknowledgement came; the cancel may have been carried out. The message shows another event
          with the cancel's id where there was one, and says when a session or an answer of the notifications was lost.
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
      description: V(0) when the vendor said that the record is cancelled or gone, else C(null).
      type: int
    verified:
      description: Whether the vendor itself said that the record is cancelled or gone.
      type: bool
    attempts:
      description: How often the cancel was sent. It is never sent again when its answer was lost.
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
      description: The id that the cancel was sent with.
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
        calling_list: Reminders-May
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
     failed: 0, not_sent: 0, changed: 1, verified: 1, pending_before: null, pending_after: 0, unit: records}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.record_cancel import RecordCancel


def main() -> None:
    teardown(RecordCancel)


if __name__ == "__main__":
    main()
