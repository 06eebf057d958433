#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: voipnow_phonecall_events
short_description: Remove, restore or set the phone call events of VoipNow extensions
version_added: 1.0.0
description:
  - Removes phone call events of extensions, puts removed ones back, or makes sure that one is there.
  - A phone call event is a call hook, a URL that the server requests when the extension dials or is called.
    Removing one stops the notifications. It ends no call, and it stops no call that somebody has queued elsewhere.
  - The events of an extension can be listed, so the module decides on a list and proves by a new one what it did.
    What was removed comes back whole, and can be put back; only the ids will be new.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.voipnow.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.write.max_pending
  - telephony.outbound.voipnow
attributes:
  check_mode:
    details: The module logs in and lists the events; nothing is changed.
  diff_mode:
    details:
      - Shows all events of each extension, before and after. A later target of the same extension begins with what
        the earlier ones leave, in check mode too.
  idempotent:
    support: full
    details: A second run logs in, lists the events, finds nothing to do and is unchanged.
  verified:
    support: full
    details: The events are listed again.
options:
  state:
    description:
      - With V(absent), the events that match are removed. One of O(event_id), O(event_type), O(url), O(note) and
        O(all_events=true) is required; an event has to match every one of the first four that is given.
      - With V(present), an event of O(event_type) and O(url) is there, or all of O(events) are.
    type: str
    choices: [present, absent]
    default: present
  event_id:
    description: The id of an event to remove. Capital and small letters differ.
    type: raw
  event_type:
    description:
      - The type of an event, as a number or a word.
      - V(0) or V(dial_in), V(1) or V(dial_out), V(2) or V(hangup), V(3) or V(answer_in), V(4) or V(answer_out).
    type: raw
  url:
    description:
      - What the server requests, percent-encoded.
      - With O(state=absent), events with exactly this address go. One whose address is written in another way, with
        escapes, another case, a default port or a slash at its end, is left alone and named in a warning.
      - With O(state=present), an event is the same when O(event_type) and O(url) are. Where a server holds several
        such events, all of them become as wanted.
    type: str
  note:
    description: With O(state=absent), events with exactly this note go; with O(state=present), the note to set.
    type: str
  all_events:
    description:
      - Removes every event of the extension with one request, also one that was added since the list was read.
        It cannot stand beside a selection.
    type: bool
    default: false
  method:
    description:
      - How the server requests O(url), for O(state=present).
      - Needed where the event has to be created; an existing one keeps its method where this is not given.
        A target that would need it is refused, so that switching a hook off never creates one.
    type: str
    choices: [get, post]
  status:
    description:
      - Whether the server requests O(url) at all, for O(state=present).
      - A new event is enabled unless this says otherwise; an existing one keeps its status where this is not given.
    type: str
    choices: [disabled, enabled]
  events:
    description:
      - Events that shall be there, for O(state=present), in the form in which RV(results[].removed) returned them.
      - An entry with an C(event_id) is an event of the server's own and is taken as it came. The event with that id
        meets it, or one of the same content that no other entry has taken; else it is created. It is never made out of
        another event. An unknown method becomes V(post), an unknown status V(enabled), and the result says so.
      - An entry without an C(event_id) is met by an event of its type and url. As many entries as possible are met
        by events that are as wanted already.
      - An entry that surely cannot be put back, such as one whose address has a control character, holds up no other.
        It ends C(not_done) with a warning, and the target is not C(verified).
      - Others of the extension are left alone. An empty list is an error.
    type: list
    elements: dict
    suboptions: &event
      event_id:
        description: The id that it had; the result tells which one it has now. It may stand in the list once.
        type: raw
      event_type:
        description: See O(event_type). Required.
        type: raw
      url:
        description: See O(url). Required.
        type: str
      method:
        description: See O(method).
        type: str
      status:
        description: See O(status).
        type: str
      note:
        description: See O(note).
        type: str
      modified:
        description: Ignored; the server sets it.
        type: str
      restorable:
        description: Ignored; a removal tells with it what surely cannot be put back.
        type: bool
      left:
        description: How many events of the same content the removal left. So many stay out of the comparison.
        type: int
  targets:
    description:
      - Many extensions to work on in one task, faster than any loop.
      - Several targets of one extension are worked on in the order given. Two of which one covers the other, such as
        O(all_events=true) and a selection, are an error.
        Where only reading shows that two selections meet, the later one finds the earlier one done.
    type: list
    elements: dict
    suboptions:
      user_id:
        description: See O(user_id).
        type: raw
      extension:
        description: See O(extension).
        type: raw
      event_id:
        description: See O(event_id).
        type: raw
      event_type:
        description: See O(event_type).
        type: raw
      url:
        description: See O(url).
        type: str
      note:
        description: See O(note).
        type: str
      all_events:
        description: See O(all_events).
        type: bool
      method:
        description: See O(method).
        type: str
        choices: [get, post]
      status:
        description: See O(status).
        type: str
        choices: [disabled, enabled]
      events:
        description: See O(events).
        type: list
        elements: dict
        suboptions: *event
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
seealso:
  - module: telephony.outbound.voipnow_phone_calls
  - module: telephony.outbound.voipnow_phonecall_events_info
"""

EXAMPLES = r"""
- name: Remove the hooks of one address from forty extensions, at most five from each
  telephony.outbound.voipnow_phonecall_events:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    state: absent
    url: https://crm.example.com/hook
    targets: "{{ extensions | map('regex_replace', '.+', '{\"extension\": \"\\g<0>\"}') | map('from_json') }}"
    max_pending: 5
    concurrency: 8
  vars:
    extensions: "{{ query('ansible.builtin.sequence', 'start=200 end=239 format=0003*%d') }}"

- name: Put events back, as an earlier removal returned them
  telephony.outbound.voipnow_phonecall_events:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    extension: "0003*210"
    events:
      - event_id: NqeyDRqo4FtabmFj8gNWq3hsiGNYyq
        event_type: 0
        url: https://crm.example.com/hook
        method: post
        status: enabled
        note: CRM pop-up
        modified: "2026-01-02T10:00:00+00:00"

- name: Switch a hook off instead of removing it
  telephony.outbound.voipnow_phonecall_events:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    extension: "0003*210"
    event_type: dial_out
    url: https://dialer.example.com/hook
    status: disabled

- name: Remove every event of an extension, with one request
  telephony.outbound.voipnow_phonecall_events:
    base_url: https://voipnow.example.com
    client_id: teardown-app
    client_secret: "{{ vault_voipnow_client_secret }}"
    extension: "0003*211"
    state: absent
    all_events: true
"""

RETURN = r"""
msg:
  description: What happened, in one sentence.
  returned: always
  type: str
  sample: "1 target: 1 cleared (2 events before, 0 after)"
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
        - V(already_clear), a list showed no event that matches and nothing was sent, or what was sent for was gone by
          then. With O(state=present) V(unchanged), every event was there as wanted.
        - V(would_clear), or V(would_change), in check mode.
        - V(cleared), or V(changed), the server accepted and a new list confirmed it.
        - V(accepted), the server accepted and O(wait_timeout) is V(0).
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), a part was done, or perhaps done, and lists could not settle it.
        - V(failed), the server said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description: How many events matched; with O(state=present), how many were to be created or updated.
      type: int
    pending_after:
      description: The same number in the last list; C(null) where there was none.
      type: int
    verified:
      description: Whether a list showed it.
      type: bool
    attempts:
      description: How many changing requests were sent.
      type: int
    elapsed:
      description: Seconds that the target took.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    selected:
      description:
        - The events that matched at first, whole, with C(left), the number of events of the same content that stay,
          where there are any, and with C(restorable=false) where one surely cannot be put back.
      returned: with O(state=absent)
      type: list
      elements: dict
    removed:
      description:
        - Those of RV(results[].selected) that a new list no longer shows. C(null) where none was read after the
          removal was tried.
        - Made to be given to O(events), with C(left) and C(restorable) as in RV(results[].selected).
      returned: with O(state=absent)
      type: list
      elements: dict
    near_misses:
      description:
        - Events, whole, that were left alone although their address, note or id differs from what the task names
          only in how it is written. A warning says the same.
      returned: when there are any
      type: list
      elements: dict
    events:
      description:
        - Each event with C(event_id), C(old_event_id), C(event_type), C(url) and C(outcome).
        - The outcome is C(unchanged), C(would_create), C(would_update), C(created), C(updated), C(not_done) where a
          new list does not show it or it surely cannot be put back, or C(unknown) where no new list was read.
        - C(remark) is there where a field could not come back as it was, or where events of the same content make it
          impossible to know which one is meant.
      returned: with O(state=present)
      type: list
      elements: dict
    event_ids:
      description: Old id to new id, of the events of O(events) that came with an id.
      returned: with O(state=present)
      type: dict
  sample:
    - target:
        user_id: "@me"
        extension: "0003*210"
        url: https://crm.example.com/hook
      outcome: cleared
      changed: true
      pending_before: 1
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.12
      error: null
      selected:
        - event_id: NqeyDRqo4FtabmFj8gNWq3hsiGNYyq
          event_type: 0
          url: https://crm.example.com/hook
          method: post
          status: enabled
          note: CRM pop-up
          modified: "2026-01-02T10:00:00+00:00"
      removed:
        - event_id: NqeyDRqo4FtabmFj8gNWq3hsiGNYyq
          event_type: 0
          url: https://crm.example.com/hook
          method: post
          status: enabled
          note: CRM pop-up
          modified: "2026-01-02T10:00:00+00:00"
summary:
  description: How many targets ended in each outcome, and sums over all targets.
  returned: when the targets could be worked on
  type: dict
  contains:
    targets:
      description: How many targets the task has.
      type: int
    already_clear: &absent
      description: How many ended so.
      returned: with O(state=absent)
      type: int
    would_clear: *absent
    cleared: *absent
    unchanged: &present
      description: How many ended so.
      returned: with O(state=present)
      type: int
    would_change: *present
    accepted: &ended
      description: How many ended so.
      type: int
    refused: *ended
    in_doubt: *ended
    failed: *ended
    not_sent: *ended
    changed:
      description: How many were, or in check mode would be, changed.
      type: int
    verified:
      description: How many a list proved.
      type: int
    pending_before: &sum
      description: The sum; C(null) when a part of it cannot be known.
      type: int
    pending_after: *sum
    unit:
      description: What the sums count.
      type: str
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.phonecall_events import (
    PhoneCallEvents,
)


def main() -> None:
    teardown(PhoneCallEvents)


if __name__ == "__main__":
    main()
