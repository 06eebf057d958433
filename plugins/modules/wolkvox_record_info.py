#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_record_info
short_description: Find the records of phone numbers and customers of wolkvox
version_added: 1.0.0
description:
  - Finds the records of a phone number or a customer, in one campaign or in all of them.
  - Several customers may share a number. All of their records are returned.
  - The vendor compares numbers in a way that is not documented, so search every form in which the operation stores
    them. A number under RV(missing) was not found in this form, and no more than that.
  - A read takes one request, and a run one more for the types of the campaigns.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.wolkvox.actiongroup
  - telephony.outbound.wolkvox
  - telephony.outbound.connection
options:
  phone_number:
    description:
      - The phone number as the campaigns have it, with or without what stands between its digits.
      - It excludes O(customer_id); one of them is required, here or in each entry of O(targets).
    type: raw
  customer_id:
    description: The customer's id.
    type: raw
  campaign_id:
    description:
      - Only this campaign. One that the vendor does not know is an error of the kind C(not_found).
      - Without it, all campaigns.
    type: raw
  targets:
    description:
      - Many numbers or customers to look for. The task's own options are the defaults of each entry.
      - Whoever is given twice is looked for once. An empty list is an error. So is an entry that names no target of its
        own, and a null in an entry.
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
seealso:
  - module: telephony.outbound.wolkvox_record
  - module: telephony.outbound.wolkvox_dnc_info
"""

EXAMPLES = r"""
- name: Which campaigns would call this person?
  telephony.outbound.wolkvox_record_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    phone_number: "15550100007"
  register: found

- name: Look for two forms of one number
  telephony.outbound.wolkvox_record_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    targets:
      - phone_number: "15550100007"
      - phone_number: "+15550100007"

- name: Look at one customer in one campaign
  telephony.outbound.wolkvox_record_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    customer_id: "1000001"
    campaign_id: "81"
"""

RETURN = r"""
records:
  description: The records, in the order of the targets, each in the order of the vendor.
  returned: always
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
        - The record's result, spelled as the vendor's filter spells it. V(clean) is one that was not yet dialed. Any
          other word stands as it came.
      type: str
    attempts:
      description: How often it was dialed; C(null) where the vendor gives no number.
      type: int
    phone_numbers:
      description: The record's phone numbers, as the vendor has them.
      type: list
      elements: str
  sample:
    - campaign_id: "81"
      type_campaign: predictive
      customer_id: "1000001"
      result: no-answer
      attempts: 2
      phone_numbers:
        - "15550100007"
missing:
  description: The numbers and customers for which no record was found in this form.
  returned: always
  type: list
  elements: dict
  sample: []
other_records:
  description: How many records the vendor found that do not show the number or the customer; they are not returned.
  returned: always
  type: int
  sample: 0
error:
  description: The first failure, when a read gave no answer.
  returned: when a read failed
  type: dict
  sample:
    kind: quota
    status: 403
    code: 403
    message: TOKEN LIMIT EXCEEDED
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import query
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.record_info import RecordInfo


def main() -> None:
    query(RecordInfo)


if __name__ == "__main__":
    main()
