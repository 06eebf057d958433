#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_dnc_info
short_description: Look for phone numbers on the do-not-call list of a wolkvox operation
version_added: 1.0.0
description:
  - Looks for phone numbers on the do-not-call list of the whole operation.
  - The vendor sends the whole list, and no more than 60,000 entries of it. With a list of that size, a number that was
    not among them stands under RV(unknown).
  - A run makes 2 requests, and 3 with O(type_call=all), however many numbers there are, as long as they take no longer
    than 10 seconds.
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
      - The phone number in the form in which the operation dials it, which is not documented and differs from site to
        site; some dial a prefix, some the country code. Digits alone, with or without V(+) before them.
      - A word is an error, since the vendor takes C(all) for the whole list.
      - Required, here or in each entry of O(targets).
    type: raw
  type_call:
    description: Which calls are to be blocked, V(outbound) ones, V(inbound) ones, or V(all).
    type: str
    choices: [outbound, inbound, all]
    default: outbound
  targets:
    description:
      - Many numbers to look for. The task's own options are the defaults of each entry.
      - A number that is given twice is looked for once. An empty list is an error. So is an entry that names no number
        of its own, and a null in an entry.
    type: list
    elements: dict
    suboptions:
      phone_number:
        description: See O(phone_number).
        type: raw
      type_call:
        description: See O(type_call).
        type: str
        choices: [outbound, inbound, all]
seealso:
  - module: telephony.outbound.wolkvox_dnc
  - module: telephony.outbound.wolkvox_record_info
"""

EXAMPLES = r"""
- name: Is this number on the do-not-call list?
  telephony.outbound.wolkvox_dnc_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    phone_number: "15550100009"
  register: found

- name: Look for several numbers, whatever the direction
  telephony.outbound.wolkvox_dnc_info:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    type_call: all
    targets:
      - phone_number: "15550100009"
      - phone_number: "15550100010"
"""

RETURN = r"""
entries:
  description: The entries that block calls of O(type_call), in the order of the targets.
  returned: always
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number, as the list has it, without what stands between its digits.
      type: str
    type_call:
      description: The vendor's type of the entry, V(outbound), V(inbound), V(inbound/outbound) or V(all).
      type: str
    date:
      description: The entry's date, as the vendor tells it.
      type: str
    temporary:
      description: Whether the date lies ahead, so that the number is not blocked for good.
      type: bool
  sample:
    - phone_number: "15550100009"
      type_call: outbound
      date: "2026-01-05 14:30:00"
      temporary: false
missing:
  description: The numbers that are not blocked for good, in this form, for all calls of their O(type_call).
  returned: always
  type: list
  elements: dict
  sample: []
unknown:
  description: The numbers that were not among the entries that the vendor sends, where there may be more.
  returned: always
  type: list
  elements: dict
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
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.dnc_info import DncInfo


def main() -> None:
    query(DncInfo)


if __name__ == "__main__":
    main()
