#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: voipnow_phonecall_events_info
short_description: List the phone call events of VoipNow extensions
version_added: 1.0.0
description:
  - Lists the phone call events of one extension or of many, all pages of them.
  - A phone call event is a call hook, a URL that the server requests when the extension dials or is called.
    It is not a call, and not a queue of calls.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.info
  - telephony.outbound.voipnow.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.voipnow
options:
  event_type:
    description:
      - Only events of this type, as a number or a word.
      - V(0) or V(dial_in), V(1) or V(dial_out), V(2) or V(hangup), V(3) or V(answer_in), V(4) or V(answer_out).
    type: raw
  targets:
    description:
      - Many extensions to look at. O(user_id) and O(extension) of the task are the defaults of each entry.
      - An extension that is given twice is read once. An empty list is an error. So is an entry that names no
        extension of its own, and a null in an entry.
    type: list
    elements: dict
    suboptions:
      user_id:
        description: See O(user_id).
        type: raw
      extension:
        description: See O(extension).
        type: raw
seealso:
  - module: telephony.outbound.voipnow_phonecall_events
"""

EXAMPLES = r"""
- name: Which hooks does this extension have?
  telephony.outbound.voipnow_phonecall_events_info:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    extension: "0003*210"
  register: hooks

- name: Where do two extensions report what they dial?
  telephony.outbound.voipnow_phonecall_events_info:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    event_type: dial_out
    targets:
      - extension: "0003*210"
      - extension: "0003*211"

- name: Look at an extension of another user, with a token that is there already
  telephony.outbound.voipnow_phonecall_events_info:
    base_url: https://voipnow.example.com
    access_token: "{{ vault_voipnow_access_token }}"
    user_id: "12"
    extension: "0003*210"
"""

RETURN = r"""
events:
  description: The events, extension by extension in the order given, each in the order of the server.
  returned: always
  type: list
  elements: dict
  contains:
    user_id:
      description: The user that the extension was asked for by.
      type: str
    extension:
      description: The extension.
      type: str
    event_id:
      description: The event's id. Capital and small letters differ.
      type: str
    event_type:
      description: The type as a number.
      type: int
    event_type_name:
      description:
        - The type as a word, V(dial_in), V(dial_out), V(hangup), V(answer_in) or V(answer_out); C(null) for others.
      type: str
    url:
      description: What the server requests.
      type: str
    method:
      description: How it requests that, V(get) or V(post); as it came where it is neither.
      type: str
    status:
      description: V(enabled) or V(disabled); as it came where it is neither.
      type: str
    note:
      description: The note, C(null) where there is none.
      type: str
    modified:
      description: When the event was last changed, as the server writes it.
      type: str
  sample:
    - user_id: "@me"
      extension: "0003*210"
      event_id: NqeyDRqo4FtabmFj8gNWq3hsiGNYyq
      event_type: 0
      event_type_name: dial_in
      url: https://crm.example.com/hook
      method: post
      status: enabled
      note: CRM pop-up
      modified: "2026-01-02T10:00:00+00:00"
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
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.phonecall_events_info import (
    PhoneCallEventsInfo,
)


def main() -> None:
    query(PhoneCallEventsInfo)


if __name__ == "__main__":
    main()
