#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: plum_call_info
short_description: Look at outbound calls of Plum Insight or Plum Fuse
version_added: 1.0.0
description:
  - Reads the status of outbound calls by their ids.
  - Neither product has a way to list the calls of a queue, so the ids have to be known, for example from queueing them.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.plum.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.plum
options:
  call_ids:
    description: The ids of the calls to look at. An id that is given twice is read once.
    type: list
    elements: raw
    required: true
seealso:
  - module: telephony.outbound.plum_outbound_cancel
"""

EXAMPLES = r"""
- name: Are these calls still waiting?
  telephony.outbound.plum_call_info:
    product: fuse
    email: dialer@example.com
    developer_key: "{{ vault_plum_developer_key }}"
    call_ids:
      - "7001"
      - "7002"
  register: calls

- name: Say which of them are
  ansible.builtin.debug:
    msg: "{{ calls.calls | selectattr('phase', 'equalto', 'pending') | map(attribute='call_id') }}"
"""

RETURN = r"""
calls:
  description: The calls that the vendor knows, in the order of O(call_ids).
  returned: always
  type: list
  elements: dict
  contains:
    call_id:
      description: The id.
      type: str
    status:
      description: The vendor's word for the status.
      type: str
      sample: queued
    phase:
      description:
        - What the status means, V(pending), V(in_progress), V(ended) or V(unknown).
        - V(pending) is any word that is not known to be in progress or ended.
        - V(unknown) is a call that failed or was rejected, and may be tried again. RV(calls[].attempts) is less than
          RV(calls[].max_attempts), or one of them was not told.
      type: str
      sample: pending
    attempts:
      description: How often the number was dialled.
      type: int
    max_attempts:
      description: How often it may be dialled.
      type: int
    queued_timestamp:
      description: When the call was queued; seconds since the epoch where the vendor sends digits, else as it came.
      type: raw
    last_attempt_timestamp:
      description: When it was last dialled. Fuse does not tell.
      type: raw
    start_timestamp:
      description: Start of the time in which it may be dialled, or of the call.
      type: raw
    end_timestamp:
      description: End of the time in which it may be dialled, or of the call.
      type: raw
    reattempt_wait:
      description: Seconds between two attempts.
      type: int
    phone_number:
      description: The number, where the vendor tells it.
      type: str
    events:
      description: What happened so far.
      type: list
      elements: dict
      contains:
        event:
          description: The vendor's word.
          type: str
        timestamp:
          description: When it happened.
          type: raw
  sample:
    - call_id: "7001"
      status: queued
      phase: pending
      attempts: 0
      max_attempts: 3
      queued_timestamp: 1767225600
      last_attempt_timestamp: null
      start_timestamp: 1767225600
      end_timestamp: 1767229200
      reattempt_wait: 600
      phone_number: "+15550100"
      events:
        - event: queued
          timestamp: 1767225600
missing:
  description: The ids that the vendor does not know.
  returned: always
  type: list
  elements: str
  sample: ["7002"]
error:
  description: The first failure, when a read gave no answer.
  returned: when a read failed
  type: dict
  sample:
    kind: auth
    status: 401
    code: null
    message: The credentials are not valid.
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import query
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum.call_info import CallInfo


def main() -> None:
    query(CallInfo)


if __name__ == "__main__":
    main()
