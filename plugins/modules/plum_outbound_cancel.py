#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: plum_outbound_cancel
short_description: Cancel all pending outbound calls of a queue in Plum Insight or Plum Fuse
version_added: 1.0.0
description:
  - Cancels every pending outbound call of a survey instance (Insight) or of an application's deployment (Fuse).
  - It does not stop calls that are in progress, nor calls that are queued later.
  - The cancel always takes the whole queue. The vendor has no way to list that queue, and its answer does not say how
    many calls it cancelled. With O(call_ids) the module looks at single calls before and after, as witnesses. With
    O(call_ids_complete=true) as well, those witnesses are the whole truth, and the result is a proof.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.plum.actiongroup
  - telephony.outbound.connection
  - telephony.outbound.write
  - telephony.outbound.write.max_pending
  - telephony.outbound.plum
attributes:
  check_mode:
    details:
      - Only the calls of O(call_ids) are read. Without O(call_ids) nothing is sent at all, not even to check the
        credentials, and the target is reported as C(would_clear).
  idempotent:
    support: partial
    details:
      - With O(call_ids_complete=true) a second run reads that nothing is pending, sends nothing, and is unchanged.
      - Otherwise the queue cannot be read. A second run sends the cancel again, the vendor accepts it again, and the
        module reports C(accepted) and changed again.
  verified:
    support: partial
    details:
      - With O(call_ids_complete=true) the calls are read again until none is pending.
      - Otherwise nothing can be read, and the vendor's C(accepted) is all that is known.
options:
  application_id:
    description: The application's id; for O(product=fuse).
    type: raw
  deployment_id:
    description: The deployment's id; for O(product=fuse).
    type: raw
  survey_id:
    description: The survey's id; for O(product=insight).
    type: raw
  instance_id:
    description: The survey instance's id; for O(product=insight).
    type: raw
  call_ids:
    description:
      - Ids of calls to look at before and after. The cancel is not limited to them.
      - V(queued), and any status that is not known, counts as pending; V(dialing) and V(connected) are in progress;
        V(completed) and V(canceled) have ended, and so have V(failed) and V(rejected) where no attempt is left.
      - A call that failed, was rejected or is in progress, and has attempts left, counts as unknown, since the vendor
        may dial it again; so does an id that the vendor does not know.
      - They are read side by side, within O(concurrency) and O(target_timeout).
      - Without O(call_ids_complete=true) they decide nothing. The cancel then waits for them 10 seconds at most, and
        at most half of O(target_timeout), and is sent without the counts when these are not complete by then.
    type: list
    elements: raw
  probe:
    description:
      - Whether address and credentials are proved by one harmless read, of a call id that no call has, before
        anything else; also in check mode, which otherwise reads nothing where no O(call_ids) are given.
    type: bool
    default: false
  call_ids_complete:
    description:
      - Vouches that O(call_ids) are all calls of this queue.
      - Only then is C(pending_before) a number, is nothing sent when none of them is pending, and does the reading
        after the cancel make the outcome C(cleared).
      - When one of the calls counts as unknown, the number is C(null) and the cancel is sent.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to look at O(call_ids) again, from the moment when the vendor answered, until none is pending.
        With V(0) they are not looked at again.
      - The default is V(30).
    type: float
  targets:
    description:
      - Many queues to work on in one task, faster than any loop. The same queue twice is an error, since one cancel
        takes all of it.
    type: list
    elements: dict
    suboptions:
      application_id:
        description: See O(application_id).
        type: raw
      deployment_id:
        description: See O(deployment_id).
        type: raw
      survey_id:
        description: See O(survey_id).
        type: raw
      instance_id:
        description: See O(instance_id).
        type: raw
      call_ids:
        description: See O(call_ids).
        type: list
        elements: raw
      call_ids_complete:
        description: See O(call_ids_complete).
        type: bool
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
seealso:
  - module: telephony.outbound.plum_call_info
"""

EXAMPLES = r"""
- name: Stop what a Fuse deployment still has to dial
  telephony.outbound.plum_outbound_cancel:
    product: fuse
    email: dialer@example.com
    developer_key: "{{ vault_plum_developer_key }}"
    application_id: "100"
    deployment_id: "200"

- name: Stop an Insight survey, and prove it by the calls that were queued
  telephony.outbound.plum_outbound_cancel:
    product: insight
    email: dialer@example.com
    developer_key: "{{ vault_plum_developer_key }}"
    survey_id: "10"
    instance_id: "20"
    call_ids:
      - "5001"
      - "5002"
    call_ids_complete: true

- name: Stop many deployments of one application, but none with more than 500 calls that are known of
  telephony.outbound.plum_outbound_cancel:
    product: fuse
    email: dialer@example.com
    developer_key: "{{ vault_plum_developer_key }}"
    application_id: "100"
    targets:
      - deployment_id: "200"
      - deployment_id: "201"
    max_pending: 500
    allow_unknown: true
    concurrency: 8
"""

RETURN = r"""
msg:
  description: What happened, in one sentence.
  returned: always
  type: str
  sample: "1 target: 1 accepted"
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
        - V(already_clear), a read showed that nothing was pending, and nothing was sent.
        - V(would_clear), in check mode, this queue would be cancelled.
        - V(cleared), the vendor accepted and a read confirmed it.
        - V(accepted), the vendor accepted and nothing can be read to confirm it.
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), the cancel may have been carried out and reading could not settle it.
        - V(failed), the vendor said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description: Pending calls before; C(null) when that cannot be known.
      type: int
    pending_after:
      description: Pending calls after; C(null) when that cannot be known.
      type: int
    verified:
      description: Whether a read showed that nothing is pending.
      type: bool
    attempts:
      description: How often the cancel was sent.
      type: int
    elapsed:
      description: Seconds that the target took.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    calls:
      description:
        - How many of O(call_ids) were C(pending), C(in_progress), C(ended) and C(unknown), C(before) and C(after);
          each C(null) when the calls could not be counted.
      returned: with O(call_ids)
      type: dict
    note:
      description: Why the calls were not counted before the cancel.
      returned: with O(call_ids) but without O(call_ids_complete=true), when they could not be counted
      type: str
  sample:
    - target:
        product: fuse
        application_id: "100"
        deployment_id: "200"
      outcome: cleared
      changed: true
      pending_before: 2
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 0.41
      error: null
      calls:
        before: {pending: 2, in_progress: 0, ended: 1, unknown: 0}
        after: {pending: 0, in_progress: 0, ended: 3, unknown: 0}
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, already_clear: 0, would_clear: 0, cleared: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, changed: 1, verified: 1, pending_before: 2, pending_after: 0, unit: calls}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum.outbound_cancel import OutboundCancel


def main() -> None:
    teardown(OutboundCancel)


if __name__ == "__main__":
    main()
