#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_record
short_description: Mark or remove the records of phone numbers and customers of wolkvox
version_added: 1.0.0
description:
  - Finds the records of a phone number or a customer, in one campaign or in all of them. Marks each as do-not-call, or
    removes it, and proves it by finding them again.
  - Several customers may share a number. All of their records are meant, and RV(results[].records) shows them.
  - It stops no call that is in progress, and no record that is uploaded later. Put the number on the do-not-call list
    of the operation first, with M(telephony.outbound.wolkvox_dnc).
  - A record that the vendor finds but that does not show the number is never touched. Unless it is marked already, the
    target ends C(refused), and the message names it.
  - A target takes 1 request when the number is not found or its records are marked already. Else it takes 1 to find
    the records, 1 for each campaign with records, and 1 or more to find them again. A removal takes 1 more for
    each customer. A task takes 1 for the types of all campaigns.
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
    details: Finds the records as a real run does.
  idempotent:
    support: full
  verified:
    support: full
    details: The records are found again.
options:
  phone_number:
    description:
      - The phone number as the campaigns have it, with or without what stands between its digits. Give every form in
        which the operation stores it, each as a target of its own. A number that is C(unchanged) with no
        RV(results[].records) was not found in this form, and no more than that.
      - It excludes O(customer_id); one of them is required, here or in each entry of O(targets).
    type: raw
  customer_id:
    description: The customer's id. A comma, and the word C(all) in any spelling, are errors.
    type: raw
  campaign_id:
    description:
      - Only this campaign. One that the vendor does not know ends C(failed), with the kind C(not_found).
      - Without it, every campaign that has the number or the customer.
    type: raw
  state:
    description:
      - V(do_not_call) gives the records the result C(DO-NOT-CALL). They stay where they are, with their history. The
        vendor can do so in predictive campaigns only. A target with an unmarked record in another campaign ends
        C(refused), and nothing is sent for it. Give each campaign a target of its own with O(campaign_id).
      - V(absent) removes the records. The vendor cannot undo that, and removes their history too, unless their result
        is C(ANSWER). It removes every record of the customer in that campaign, also one that does not show the number.
    type: str
    choices: [do_not_call, absent]
    default: do_not_call
  allow_do_not_call:
    description: Whether V(absent) may remove records that are marked as do-not-call, which erases the opt-out.
    type: bool
    default: false
  result_aliases:
    description:
      - What words mean that this site has as results; each word to one of the ten results of
        M(telephony.outbound.wolkvox_campaign_clear), or V(clean) for a record that was not yet dialed.
      - Case, spaces and underscores do not matter.
    type: dict
  backup:
    description:
      - Whether the records that go are first written to a file in O(backup_dir), with mode C(0600).
        The first line is a header. Each following line is one record as the vendor found it. Nothing is sent
        unless the file is complete and on disk.
      - It keeps what was there, and is no undo.
    type: bool
    default: false
  backup_dir:
    description: The folder for backups; required with O(backup=true).
    type: path
  targets:
    description:
      - Many numbers or customers to work on in one task, one after the other. The same one twice is an error, also in
        two spellings, and so is one in all campaigns beside the same one in one of them.
    type: list
    elements: dict
    suboptions:
      phone_number:
        description: See O(phone_number).
        type: raw
      customer_id:
        description: See O(customer_id).
        type: raw
      campaign_id:
        description: See O(campaign_id).
        type: raw
      state:
        description: See O(state).
        type: str
        choices: [do_not_call, absent]
      allow_do_not_call:
        description: See O(allow_do_not_call).
        type: bool
      result_aliases:
        description: See O(result_aliases).
        type: dict
      backup:
        description: See O(backup).
        type: bool
      backup_dir:
        description: See O(backup_dir).
        type: path
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
seealso:
  - module: telephony.outbound.wolkvox_record_info
  - module: telephony.outbound.wolkvox_dnc
  - module: telephony.outbound.wolkvox_campaign_clear
"""

EXAMPLES = r"""
- name: Mark every record of a number as do-not-call
  telephony.outbound.wolkvox_record:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    phone_number: "15550100007"

- name: Mark two forms of another number, and refuse what looks like too many records
  telephony.outbound.wolkvox_record:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    max_pending: 10
    targets:
      - phone_number: "15550100008"
      - phone_number: "+15550100008"

- name: Remove a customer from one campaign, with a backup
  telephony.outbound.wolkvox_record:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    customer_id: "1000005"
    campaign_id: "82"
    state: absent
    backup: true
    backup_dir: /var/lib/outbound/backups
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
        - V(unchanged), a read showed no record of this form left to do, and nothing was sent.
        - V(would_change), in check mode, records would be marked or removed.
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
      description: How many records there were to mark or remove; C(null) when that cannot be known.
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
      description: Seconds that the target took, with the wait for the token.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    records:
      description: The records that were found first, those too that were marked already.
      returned: when the vendor could be read
      type: list
      elements: dict
      contains:
        campaign_id:
          description: The campaign.
          type: str
        type_campaign:
          description: The vendor's type of the campaign.
          type: str
        customer_id:
          description: The customer.
          type: str
        result:
          description:
            - The record's result, spelled as the vendor's filter spells it. V(clean) is one that was not yet dialed.
              Any other word stands as it came.
          type: str
        attempts:
          description: How often it was dialed; C(null) where the vendor gives no number.
          type: int
        phone_numbers:
          description: The record's phone numbers, as the vendor has them.
          type: list
          elements: str
    backup_file:
      description: The file with the records that were to go.
      returned: with O(backup=true), when there was something to remove
      type: str
    backup_sha256:
      description: The file's SHA-256.
      returned: with O(backup=true), when there was something to remove
      type: str
    backup_records:
      description: How many records the file has.
      returned: with O(backup=true), when there was something to remove
      type: int
  sample:
    - target:
        phone_number: "15550100007"
        state: do_not_call
      outcome: changed
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 1.32
      error: null
      records:
        - campaign_id: "81"
          type_campaign: predictive
          customer_id: "1000001"
          result: no-answer
          attempts: 2
          phone_numbers:
            - "15550100007"
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, unchanged: 0, would_change: 0, changed: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, verified: 1, pending_before: 1, pending_after: 0, unit: records}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.record import RecordState


def main() -> None:
    teardown(RecordState)


if __name__ == "__main__":
    main()
