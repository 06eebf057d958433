#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vicidial_campaign_info
short_description: Look at campaigns of VICIdial
version_added: 1.0.0
description:
  - Lists campaigns with their state and how they dial, and counts the leads that are READY in their hoppers.
  - Rows of a hopper that are about to be dialed, on the phone or on hold cannot be seen.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.vicidial.actiongroup
  - telephony.outbound.vicidial
  - telephony.outbound.connection
options:
  campaign_ids:
    description:
      - The campaigns to look at, written as VICIdial has them. Without it all that this user may see.
      - An id that VICIdial writes in another way stands under RV(missing).
    type: list
    elements: raw
  hopper:
    description: Whether the hopper of each campaign is read too.
    type: bool
    default: false
notes:
  - The user needs level 8, C(vdc_agent_api_access) and C(view_reports).
seealso:
  - module: telephony.outbound.vicidial_campaign
  - module: telephony.outbound.vicidial_hopper_clear
"""

EXAMPLES = r"""
- name: List all campaigns
  telephony.outbound.vicidial_campaign_info:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
  register: found

- name: Look at two of them and at their hoppers
  telephony.outbound.vicidial_campaign_info:
    base_url: https://dialer.example.com/vicidial
    user: api
    password: "{{ vault_vicidial_password }}"
    campaign_ids: [SPRING, WINTER]
    hopper: true
"""

RETURN = r"""
campaigns:
  description: The campaigns.
  returned: always
  type: list
  elements: dict
  contains:
    campaign_id:
      description: The campaign's id.
      type: str
    campaign_name:
      description: The campaign's name.
      type: str
    status:
      description: V(started) or V(stopped).
      type: str
    user_group:
      description: The user group that it belongs to.
      type: str
    dial_method:
      description: How it dials, such as V(RATIO).
      type: str
    dial_level:
      description: How many calls it makes for each agent.
      type: str
    dial_statuses:
      description: The statuses of the leads that it dials.
      type: list
      elements: str
    dial_timeout:
      description: Seconds that a call may ring.
      type: str
    dial_prefix:
      description: What is dialed before a number.
      type: str
    hopper_ready:
      description: The leads that are READY in its hopper; C(null) without O(hopper=true), and at 10,000 or more.
      type: int
  sample:
    - campaign_id: SPRING
      campaign_name: Spring promo
      status: started
      user_group: ADMIN
      dial_method: RATIO
      dial_level: "1.0"
      dial_statuses: [NEW]
      dial_timeout: "60"
      dial_prefix: "9"
      hopper_ready: 120
missing:
  description: The ids that VICIdial does not show to this user in this spelling.
  returned: always
  type: list
  elements: str
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
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial.campaign_info import CampaignInfo


def main() -> None:
    query(CampaignInfo)


if __name__ == "__main__":
    main()
