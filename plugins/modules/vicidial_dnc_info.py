#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_dnc_info
short_description: Look for phone numbers on the do-not-call lists of VICIdial
version_added: 1.0.0
description:
  - Tells on which do-not-call lists phone numbers are, that of the system and those of campaigns.
  - A number that is on a list is stopped only where a campaign asks that list, which the API does not show.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.vicidial.actiongroup
  - telephony.outbound.vicidial
  - telephony.outbound.vicidial.call_time
  - telephony.outbound.connection
options:
  phone_numbers:
    description:
      - The numbers to look for, each 6 to 16 digits and nothing else, in the form in which this site stores numbers.
    type: list
    elements: raw
    required: true
  campaign_ids:
    description: The campaigns whose lists are looked at, written as VICIdial has them.
    type: list
    elements: raw
  system:
    description: Whether the list of the system is looked at, and entries for whole area codes.
    type: bool
    default: true
notes:
  - The user needs level 8 and C(vdc_agent_api_access); for O(campaign_ids) also C(view_reports).
seealso:
  - module: telephony.outbound.vicidial_dnc
"""

EXAMPLES = r"""
- name: Is this number on the list of the system?
  telephony.outbound.vicidial_dnc_info:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    phone_numbers: ["5550100009"]
  register: found

- name: Look on the list of a campaign too
  telephony.outbound.vicidial_dnc_info:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    phone_numbers: ["5550100009", "5550100001"]
    campaign_ids: [SPRING]
"""

RETURN = r"""
numbers:
  description: The numbers, in the order given.
  returned: always
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      type: str
    system:
      description: Whether it is on the list of the system; C(null) with O(system=false).
      type: bool
    area_code:
      description: Whether an entry for its area code covers it; C(null) where that was not asked for.
      type: bool
    campaigns:
      description: Campaign and whether the number is on the list that the campaign reads.
      type: dict
  sample:
    - phone_number: "5550100009"
      system: true
      area_code: null
      campaigns: {SPRING: false}
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
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.dnc_info import DncInfo


def main() -> None:
    query(DncInfo)


if __name__ == "__main__":
    main()
