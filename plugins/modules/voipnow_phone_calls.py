#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: voipnow_phone_calls
short_description: Hang up phone calls of VoipNow extensions
version_added: 1.0.0
description:
  - Hangs up the calls of a phone number, or one call by its id, on an extension. Calls of other numbers go on.
  - The extension's calls are listed first. Those that are meant are hung up one by one, each by its id. The vendor's
    request without an id, which may take every call of an extension, is never sent.
  - Every call of the number is meant, also one in which the person has called in. C(flow) in the result tells which.
  - It keeps nobody from calling the number again. VoipNow has no do-not-call list in this API, and no queue of calls
    that wait. Numbers are blocked by the outgoing call rules in the server's control panel.
  - A call hook is no call; M(telephony.outbound.voipnow_phonecall_events) removes those.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.voipnow.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.write.max_pending
  - telephony.outbound.voipnow
  - telephony.outbound.voipnow.calls
attributes:
  check_mode:
    details: The calls are listed, and those that would be hung up are told.
  diff_mode:
    details: The calls that are meant, by their ids, before and after.
  idempotent:
    support: full
    details: A second run finds no call that is meant, unless a new one has begun.
  verified:
    support: full
    details: The calls are listed again.
options:
  state:
    description: V(absent), no call that is meant is in progress.
    type: str
    choices: [absent]
    default: absent
  wait_timeout:
    description:
      - Seconds to list the calls again until none that is meant is left, from the moment when the last hang-up was
        accepted. A call that begins meanwhile counts, but is not hung up.
      - With V(0) they are not listed again, and the outcome is C(accepted).
      - The default is V(30).
    type: float
  targets:
    description:
      - Many numbers or calls to hang up in one task, on one extension or many, faster than any loop.
      - Two entries that mean the same calls are an error; C(| unique) takes repeats out of a list.
    type: list
    elements: dict
    suboptions:
      user_id:
        description: See O(user_id).
        type: raw
      extension:
        description: See O(extension).
        type: raw
      phone_number:
        description: See O(phone_number).
        type: raw
      call_id:
        description: See O(call_id).
        type: raw
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
seealso:
  - module: telephony.outbound.voipnow_phone_calls_info
  - name: Delete PhoneCalls
    description: The vendor on this request.
    link: https://wiki.4psa.com/display/VNUAPI30/Delete+PhoneCalls
"""

EXAMPLES = r"""
- name: Hang up the calls of one number on an extension
  telephony.outbound.voipnow_phone_calls:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    extension: "0003*210"
    phone_number: "+15550100123"
    state: absent

- name: Hang up the calls of a number on two extensions, but no more than two on each
  telephony.outbound.voipnow_phone_calls:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    phone_number: "+15550100124"
    max_pending: 2
    targets:
      - extension: "0003*210"
      - extension: "0003*211"

- name: Hang up one call by its id, with a token that is there already
  telephony.outbound.voipnow_phone_calls:
    base_url: https://voipnow.example.com
    access_token: "{{ vault_voipnow_access_token }}"
    user_id: "12"
    extension: "0003*239"
    call_id: b817d2618fe6f1804db1
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
        - V(cleared), the calls were hung up, and a new list shows none that is meant.
        - V(already_clear), there was no such call in this spelling of the number, or it had ended by itself.
        - V(would_clear), in check mode, calls would be hung up.
        - V(accepted), the vendor accepted, and O(wait_timeout=0) asked for no more.
        - V(refused), O(max_pending) or the journal did not allow it; nothing was sent.
        - V(in_doubt), a hang-up may have been carried out and no list could settle it, or calls that are meant were
          still there, or there again, when O(wait_timeout) was over.
        - V(failed), the vendor said no, or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(in_doubt), V(failed), V(refused) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed; also when that is in doubt.
      type: bool
    pending_before:
      description: How many calls were meant at first.
      type: int
    pending_after:
      description: How many such calls the last list shows; C(null) when there was none, as in check mode.
      type: int
    verified:
      description: Whether a list showed that no such call is left.
      type: bool
    attempts:
      description: How many hang-ups were sent.
      type: int
    elapsed:
      description: Seconds that the target took.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    selected:
      description:
        - The calls that were meant at first, as M(telephony.outbound.voipnow_phone_calls_info) returns them, without
          C(user_id) and C(extension).
      returned: unless the target ended before the calls were listed
      type: list
      elements: dict
    ended:
      description: Those of RV(results[].selected) that are in progress no more; C(null) where no new list tells.
      returned: unless the target ended before the calls were listed
      type: list
      elements: dict
    near_misses:
      description: Calls that may be with the number in another form, or be somebody else's. They were left alone.
      returned: when there are any
      type: list
      elements: dict
  sample:
    - target:
        user_id: "@me"
        extension: "0003*210"
        phone_number: "+15550100123"
      outcome: cleared
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.12
      error: null
      selected: &calls
        - call_id: b817d2618fe6f1804db1
          charged_extension: "0003*210"
          published: "2026-01-02T10:00:00+00:00"
          answered: "2026-01-02T10:00:09+00:00"
          parties: ["0003*210", "+15550100123"]
          views:
            - extension: "0003*210"
              source: ["0003*210"]
              destination: ["+15550100123"]
              flow: outgoing
              status: on_call
              caller_id: null
      ended: *calls
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified. The sums of C(pending_before) and
      C(pending_after) are C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, already_clear: 0, would_clear: 0, cleared: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, changed: 1, verified: 1, pending_before: 1, pending_after: 0, unit: calls}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.phone_calls import PhoneCalls


def main() -> None:
    teardown(PhoneCalls)


if __name__ == "__main__":
    main()
