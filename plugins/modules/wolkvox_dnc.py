#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_dnc
short_description: Put phone numbers on the do-not-call list of a wolkvox operation
version_added: 1.0.0
description:
  - Puts phone numbers on the do-not-call list of the whole operation, or takes them off it, and proves it by reading
    the list again. A number that is there already is C(unchanged).
  - It stops no call that is in progress, and marks no record. For those that campaigns hold, there is
    M(telephony.outbound.wolkvox_record).
  - The vendor empties the whole list when it gets the word C(all) in place of a number. This module never sends a word.
  - The vendor sends no more than 60,000 entries of the list. With a list of that size, a number that is not among them
    ends C(accepted), because it cannot be known whether it is there.
  - A target takes 2 requests when nothing is to be done, else 4 or more. With several O(targets), one list serves those
    that are looked for within 10 seconds.
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
    details: Reads the list as a real run does.
  idempotent:
    support: full
  verified:
    support: full
    details: The list is read again.
options:
  phone_number:
    description:
      - The phone number in the form in which the operation dials it, which is not documented and differs from site to
        site; some dial a prefix, some the country code. Digits alone, with or without V(+) before them.
      - A word is an error, since the vendor takes C(all) for the whole list.
      - Required, here or in each entry of O(targets).
    type: raw
  type_call:
    description:
      - Which calls are blocked, V(outbound) ones, V(inbound) ones, or V(all).
      - A number that one entry blocks in both directions can be taken off with V(all) only; else the target ends
        C(refused).
    type: str
    choices: [outbound, inbound, all]
    default: outbound
  state:
    description: V(present) puts the number on the list, V(absent) takes it off.
    type: str
    choices: [present, absent]
    default: present
  targets:
    description:
      - Many numbers to work on in one task, one after the other. The same number twice is an error, unless one is for
        outbound and the other for inbound calls.
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
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
seealso:
  - module: telephony.outbound.wolkvox_dnc_info
  - module: telephony.outbound.wolkvox_record
"""

EXAMPLES = r"""
- name: Call this number no more
  telephony.outbound.wolkvox_dnc:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    phone_number: "15550100007"

- name: Neither call these numbers nor take their calls
  telephony.outbound.wolkvox_dnc:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    type_call: all
    targets:
      - phone_number: "15550100008"
      - phone_number: "15550100010"

- name: Take a number off the list
  telephony.outbound.wolkvox_dnc:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    phone_number: "15550100009"
    state: absent
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
        - V(unchanged), a read showed the wanted state, and nothing was sent.
        - V(would_change), in check mode, the number would be put on the list or taken off it.
        - V(changed), the vendor accepted and a read confirmed it.
        - V(accepted), the vendor accepted, and O(wait_timeout=0), or the list is too long to be read.
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
      description: V(1) when the number was not as wanted, else V(0); C(null) when that cannot be known.
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
    entries:
      description: The entries of the number that were last read.
      returned: when the vendor could be read
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
    - target:
        phone_number: "15550100007"
        type_call: outbound
        state: present
      outcome: changed
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 1.27
      error: null
      entries:
        - phone_number: "15550100007"
          type_call: outbound
          date: "2026-01-05 14:30:00"
          temporary: false
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, unchanged: 0, would_change: 0, changed: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, verified: 1, pending_before: 1, pending_after: 0, unit: numbers}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.dnc import DncState


def main() -> None:
    teardown(DncState)


if __name__ == "__main__":
    main()
