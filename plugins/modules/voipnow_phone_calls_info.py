#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: voipnow_phone_calls_info
short_description: List the phone calls of VoipNow extensions that are in progress
version_added: 1.0.0
description:
  - Lists the calls in which an extension, or one of many, is involved right now; all of them, those of a phone number,
    or one by its id.
  - It tells nothing of calls that have ended, and VoipNow has no queue of calls that wait.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.voipnow.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.voipnow
  - telephony.outbound.voipnow.calls
options:
  targets:
    description:
      - Many extensions or numbers to look at. The options of the task are the defaults of each entry.
      - An extension that is named several times is read once. An empty list is an error. So is an entry that names
        nothing of its own, and a null in an entry.
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
seealso:
  - module: telephony.outbound.voipnow_phone_calls
  - name: List PhoneCalls
    description: The vendor on this request.
    link: https://wiki.4psa.com/display/VNUAPI30/List+PhoneCalls
"""

EXAMPLES = r"""
- name: Which calls does this extension have?
  telephony.outbound.voipnow_phone_calls_info:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    extension: "0003*210"

- name: Is anybody on two extensions speaking with this number?
  telephony.outbound.voipnow_phone_calls_info:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    phone_number: "+15550100124"
    targets:
      - extension: "0003*210"
      - extension: "0003*211"
  register: live

- name: Say so
  ansible.builtin.debug:
    msg: "{{ live.calls | length }} calls, and {{ live.near_misses | length }} that may be"
"""

RETURN = r"""
calls:
  description: The calls that are meant, extension by extension, each in the order of the server.
  returned: always
  type: list
  elements: dict
  contains: &call
    user_id:
      description: The user that the extension was asked for by.
      type: str
    extension:
      description: The extension that was asked for.
      type: str
    call_id:
      description: The call's id.
      type: str
    charged_extension:
      description: The extension that is charged for the call. It may be no party of it.
      type: str
    published:
      description: When the call entered the system, as the server writes it.
      type: str
    answered:
      description: When it was answered; C(null) while it was not.
      type: str
    parties:
      description: The numbers and extensions that the call connects, each once, as the server writes them.
      type: list
      elements: str
    views:
      description:
        - The call as each of its parties sees it, with C(extension), C(source), C(destination), C(flow) (V(local),
          V(outgoing), V(incoming)), C(status) (V(unknown), V(off_hook), V(trying), V(ringing), V(other_side_ringing),
          V(on_call)) and C(caller_id). What is no word that is known stands as it came.
      type: list
      elements: dict
  sample:
    - user_id: "@me"
      extension: "0003*210"
      call_id: b817d2618fe6f1804db1
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
near_misses:
  description:
    - Other calls that may be with the number that was asked for, written in another form, or be somebody else's.
  returned: always
  type: list
  elements: dict
  contains: *call
  sample: []
msg:
  description: How many reads gave no answer, and why.
  returned: when a read failed
  type: str
error:
  description: The first failure, when a read gave no answer.
  returned: when a read failed
  type: dict
  sample:
    kind: rejected
    status: 400
    code: extension_invalid
    message: The extension does not exist.
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import query
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.phone_calls_info import PhoneCallsInfo


def main() -> None:
    query(PhoneCallsInfo)


if __name__ == "__main__":
    main()
