#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_lead_info
short_description: Look at leads of VICIdial
version_added: 1.0.0
description:
  - Finds the leads of phone numbers, and reads them and other leads by their ids, with status and callbacks.
  - The search finds leads whose C(phone_number) is exactly the text that was given. It does not look at C(alt_phone),
    C(address3) and the table of alternate numbers, which are dialed too.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.vicidial.actiongroup
  - telephony.outbound.vicidial
  - telephony.outbound.connection
options:
  phone_numbers:
    description:
      - The numbers whose leads are looked for, each 6 to 18 digits and nothing else, in the form in which this site
        stores numbers. Required, or O(lead_ids).
    type: list
    elements: raw
  lead_ids:
    description: The ids of leads to read.
    type: list
    elements: raw
  callbacks:
    description: Whether callbacks are counted, which takes one more request for each lead.
    type: bool
    default: true
notes:
  - The user needs level 8, C(vdc_agent_api_access), C(view_reports) and C(modify_leads) of 1 to 5; of 1 to 4 for leads
    with a field that breaks VICIdial's answer, which are read field by field.
seealso:
  - module: telephony.outbound.vicidial_lead
"""

EXAMPLES = r"""
- name: Find the leads of a number
  telephony.outbound.vicidial_lead_info:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    phone_numbers: ["5550100001"]
  register: found

- name: Read a lead by its id
  telephony.outbound.vicidial_lead_info:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    lead_ids: ["102"]
    callbacks: false
"""

RETURN = r"""
leads:
  description: The leads that were found, each once.
  returned: always
  type: list
  elements: dict
  contains:
    lead_id:
      description: The lead's id.
      type: str
    phone_number:
      description: The lead's number.
      type: str
    list_id:
      description: The list that it is in; C(null) where VICIdial does not show the lead.
      type: str
    status:
      description: The lead's status; C(null) where VICIdial does not show the lead, such as one whose list was deleted.
      type: str
    phone_code:
      description: The lead's country code; C(null), as the keys below, where a field of the lead breaks the answer.
      type: str
    called_count:
      description: How often it was called.
      type: str
    last_local_call_time:
      description: When it was called last.
      type: str
    vendor_lead_code:
      description: The code that its owner gave it.
      type: str
    callbacks:
      description: The callbacks that may still fall due; C(null) with O(callbacks=false).
      type: int
  sample:
    - lead_id: "101"
      phone_number: "5550100001"
      list_id: "1001"
      status: NEW
      phone_code: "1"
      called_count: "0"
      last_local_call_time: ""
      vendor_lead_code: ""
      callbacks: 0
missing:
  description: The numbers and ids that were not found, in the form that was given.
  returned: always
  type: list
  elements: dict
  sample: []
error:
  description: The first failure, when a read gave no answer.
  returned: when a read failed
  type: dict
  sample:
    kind: auth
    status: 200
    code: Login incorrect, please try again
    message: "VICIdial refused the login: the user or the password is wrong"
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import query
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.lead_info import LeadInfo


def main() -> None:
    query(LeadInfo)


if __name__ == "__main__":
    main()
