#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_campaign_info
short_description: Look at campaigns of wolkvox
version_added: 1.0.0
description:
  - Reads campaigns by their ids, or all of them, with status and number of records.
  - With O(records_by_result=true) it also counts the records of each by their result.
  - A run makes one request, and with O(records_by_result=true) one more for each campaign. They count against the
    quota of the day.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.wolkvox.actiongroup
  - telephony.outbound.wolkvox
  - telephony.outbound.connection
options:
  campaign_ids:
    description:
      - The ids of the campaigns to look at. An id that is given twice is looked at once.
      - Without it, all campaigns.
    type: list
    elements: raw
  records_by_result:
    description:
      - Whether the export of each campaign is read, to count its records by result.
      - The vendor takes up to 60 seconds for an export, and exports no more than 60,000 records.
      - Without O(campaign_ids), all exports together have to come within O(target_timeout).
    type: bool
    default: false
  result_aliases:
    description:
      - What words mean that this site's exports have in C(resultado); each word to one of the ten results of
        M(telephony.outbound.wolkvox_campaign_clear), or V(clean) for a record that was not yet dialled.
      - Case, spaces and underscores do not matter.
    type: dict
seealso:
  - module: telephony.outbound.wolkvox_campaign
  - module: telephony.outbound.wolkvox_campaign_clear
"""

EXAMPLES = r"""
- name: Which campaigns still hold records?
  telephony.outbound.wolkvox_campaign_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
  register: wolkvox

- name: Say which
  ansible.builtin.debug:
    msg: "{{ wolkvox.campaigns | selectattr('records', 'gt', 0) | map(attribute='campaign_name') }}"

- name: Count the records of two campaigns by their result, where exports have a word of this site
  telephony.outbound.wolkvox_campaign_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    campaign_ids:
      - "77"
      - "78"
    records_by_result: true
    result_aliases:
      NO LLAMAR: do-not-call
"""

RETURN = r"""
campaigns:
  description: The campaigns, in the order of O(campaign_ids), or as the vendor lists them.
  returned: always
  type: list
  elements: dict
  contains:
    campaign_id:
      description: The id.
      type: str
    campaign_name:
      description: The name.
      type: str
    type_campaign:
      description: V(predictive) or V(preview).
      type: str
    status:
      description: V(started) or V(stopped).
      type: str
    records:
      description: How many records it holds; C(null) where the vendor tells no number.
      type: int
    dial_mode:
      description: As the vendor tells it.
      type: str
    skill_id:
      description: As the vendor tells it.
      type: str
    records_by_result:
      description:
        - How many records have each result. Words that the vendor documents are spelled as its filter spells them,
          V(clean) are those not yet dialled, and any other word stands as it came.
        - C(null) where it was not asked for, or where the export may be incomplete.
      type: dict
  sample:
    - campaign_id: "77"
      campaign_name: Winter reminders
      type_campaign: predictive
      status: stopped
      records: 420
      dial_mode: linear
      skill_id: "12"
      records_by_result:
        busy: 40
        clean: 300
        no-answer: 80
missing:
  description: The ids that the vendor does not know.
  returned: always
  type: list
  elements: str
  sample: []
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
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign_info import CampaignInfo


def main() -> None:
    query(CampaignInfo)


if __name__ == "__main__":
    main()
