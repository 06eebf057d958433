#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: wolkvox_campaign_clear
short_description: Clear the records of wolkvox campaigns, all or by result
version_added: 1.0.0
description:
  - Removes all records of a campaign, or those with one result, and proves by reading again that they are gone.
    The campaign itself stays, with its settings, ready for the next upload.
  - It does not stop calls that are in progress, nor the next upload, nor the campaign
    (M(telephony.outbound.wolkvox_campaign) does that).
  - The vendor cannot take a clear back. With O(backup=true) every record that will go is on disk before.
  - With O(result) the records are counted by the export before and after. A word in the export that nobody documents,
    or an export that may be incomplete, makes that number unknown. Then the clear is sent without a claim,
    and ends C(accepted).
  - The vendor's list of campaigns and its export both have to say that nothing is there, before for C(already_clear)
    and after for C(cleared).
  - When the number of records is no longer what the export showed, which may have taken a minute, the target is
    C(refused). What is uploaded after this last look goes too; C(caveat) in the result says so.
  - A clear takes 6 requests, one of all records with O(allow_do_not_call=true) and without O(backup) takes 4, one where
    nothing is there 2, and check mode 1 or 2. With several O(targets) one list of all campaigns stands for the look-ups
    that fall into the same second, so that each of 200 takes little more than 4 requests, or 2.
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
    details: Reads what a real run reads before it writes, and refuses what a real run would refuse. No backup is made.
  diff_mode:
    details: Shows the records by result where an export was read, else their number.
  idempotent:
    support: full
    details:
      - A second run reads that nothing is there and sends nothing. With O(result), where the number cannot be known,
        it sends the clear again.
  verified:
    support: full
    details: The number of records is read again, and where it fits, the export too.
options:
  campaign_id:
    description: The campaign's id. One that the vendor does not know ends C(failed), with the kind C(not_found).
    type: raw
  type_campaign:
    description:
      - The campaign's type. It is always read from the vendor; when it is given and differs, the target is C(refused).
    type: str
    choices: [predictive, preview]
  campaign_name:
    description:
      - The campaign's name, as a guard against a wrong id. When it differs from the vendor's, the target is C(refused).
    type: raw
  result:
    description:
      - Clears only the records with this result. Exactly one of this and O(all_records=true) is required. Several
        results of one campaign go into O(targets), an entry for each.
      - Records that were not yet dialled have no result, and no filter of the vendor reaches them.
    type: str
    choices: &results
      - no-answer
      - answer-machine
      - abandon
      - busy
      - congestion
      - unknown
      - failed
      - do-not-call
      - chanunavail
      - answer
  all_records:
    description: Clears every record of the campaign.
    type: bool
    default: false
  allow_running:
    description:
      - Lets a campaign be cleared that is not stopped. Without it such a target is C(refused).
      - While a campaign runs, results change between the look, the backup and the clear.
    type: bool
    default: false
  allow_do_not_call:
    description:
      - Lets do-not-call marks be erased, either by O(result=do-not-call), or by O(all_records=true) where some records
        carry them or where that cannot be known. Without it such a target is C(refused).
    type: bool
    default: false
  result_aliases:
    description:
      - What words mean that this site's exports have in C(resultado); each word to one of the choices of O(result),
        or V(clean) for a record that was not yet dialled.
      - Case, spaces and underscores do not matter. An empty C(resultado) counts as V(clean).
    type: dict
  backup:
    description:
      - Writes every record that will go, and no other, to a file in O(backup_dir) before the clear is sent.
      - The target is C(refused), and nothing is cleared, when the file cannot be written, or when the export is not
        certain to be complete. That is when it has fewer records than the vendor announces, or 60,000 and more.
      - The file has mode C(0600) and holds JSON Lines. The first line says whence and how many, then comes one record
        a line as the vendor gave it. It holds personal data.
      - It preserves the record of what was there. It is no undo, because the vendor takes no results back, and
        an upload of these records dials them again.
    type: bool
    default: false
  backup_dir:
    description: An existing folder for backups, on the machine where the module runs; required with O(backup=true).
    type: path
  targets:
    description:
      - Many campaigns to work on in one task, one after the other.
      - Several results of one campaign are several targets of one task. A campaign twice with the same result, or with
        O(targets[].all_records=true) beside anything else of it, is an error.
    type: list
    elements: dict
    suboptions:
      campaign_id:
        description: See O(campaign_id).
        type: raw
      type_campaign:
        description: See O(type_campaign).
        type: str
        choices: [predictive, preview]
      campaign_name:
        description: See O(campaign_name).
        type: raw
      result:
        description: See O(result).
        type: str
        choices: *results
      all_records:
        description: See O(all_records).
        type: bool
      allow_running:
        description: See O(allow_running).
        type: bool
      allow_do_not_call:
        description: See O(allow_do_not_call).
        type: bool
      result_aliases:
        description: See O(result_aliases).
        type: dict
      backup:
        description: See O(backup).
        type: bool
      backup_dir:
        description: See O(backup_dir).
        type: path
      max_pending:
        description: See O(max_pending).
        type: int
      allow_unknown:
        description: See O(allow_unknown).
        type: bool
seealso:
  - module: telephony.outbound.wolkvox_campaign
  - module: telephony.outbound.wolkvox_campaign_info
"""

EXAMPLES = r"""
- name: Empty a campaign before the next upload, with a backup
  telephony.outbound.wolkvox_campaign_clear:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    campaign_id: "77"
    campaign_name: Winter reminders
    all_records: true
    backup: true
    backup_dir: /var/backups/wolkvox

- name: Take the busy numbers out of two campaigns, but no more than 500 of each
  telephony.outbound.wolkvox_campaign_clear:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    result: busy
    max_pending: 500
    targets:
      - campaign_id: "78"
      - campaign_id: "79"
        type_campaign: preview

- name: Empty a campaign although people in it asked for no more calls
  telephony.outbound.wolkvox_campaign_clear:
    server: "0010"
    token: "{{ vault_wolkvox_token }}"
    campaign_id: "80"
    all_records: true
    allow_do_not_call: true
    result_aliases:
      NO LLAMAR: do-not-call
"""

RETURN = r"""
msg:
  description: What happened, in one sentence.
  returned: always
  type: str
  sample: "1 target: 1 cleared (420 records before, 0 after)"
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
        - V(already_clear), a read showed that none of these records was there, and nothing was sent.
        - V(would_clear), in check mode, these records would go.
        - V(cleared), the vendor accepted and a read confirmed it.
        - V(accepted), the vendor accepted; the number cannot be known, or O(wait_timeout=0).
        - V(refused), a guard said no; nothing was sent.
        - V(in_doubt), the clear may have been carried out and reading could not settle it; or more records are gone
          than those with O(result).
        - V(failed), the vendor said no or could not be reached; nothing was carried out.
        - V(not_sent), nothing was sent for the target, since it was not begun or was held back.
        - The task fails when any target ended V(refused), V(in_doubt), V(failed) or V(not_sent).
      type: str
    changed:
      description: Whether this target was, or in check mode would be, changed.
      type: bool
    pending_before:
      description: How many of these records were there; C(null) when that cannot be known.
      type: int
    pending_after:
      description: How many of them are there now; C(null) when that cannot be known.
      type: int
    verified:
      description: Whether a read showed that none of them is there.
      type: bool
    attempts:
      description: How often the clear was sent.
      type: int
    elapsed:
      description: Seconds that the target took, with the wait for the token.
      type: float
    error:
      description: C(null), or what went wrong, with C(kind), C(status), C(code) and C(message).
      type: dict
    campaign_name:
      description: The vendor's name of the campaign.
      returned: when the campaign was found to be the one that was meant
      type: str
    type_campaign:
      description: The vendor's type of the campaign.
      returned: when the campaign was found to be the one that was meant
      type: str
    status:
      description: The campaign's status when it was last read.
      returned: when the campaign was found to be the one that was meant
      type: str
    caveat:
      description:
        - What no look can rule out. Records that were uploaded between the last look and the clear went too, and stand
          in no number and in no backup.
      returned: when the clear was sent
      type: str
    backup_file:
      description: The path of the backup.
      returned: with O(backup=true), when the clear was sent
      type: str
    backup_sha256:
      description: The SHA-256 of that file in hex digits.
      returned: with O(backup=true), when the clear was sent
      type: str
    backup_records:
      description: How many records it holds.
      returned: with O(backup=true), when the clear was sent
      type: int
  sample:
    - target:
        campaign_id: "77"
        all_records: true
      outcome: cleared
      changed: true
      pending_before: 420
      pending_after: 0
      verified: true
      attempts: 1
      elapsed: 1.71
      error: null
      campaign_name: Winter reminders
      type_campaign: predictive
      status: stopped
      caveat: >-
        Records uploaded between the last check of their number and the clear are cleared too, and are not
        counted: the vendor offers no way to prevent that.
      backup_file: /var/backups/wolkvox/wolkvox-wv0010.wolkvox.com-77-all-20260105T143000Z-k3v9x2ab.jsonl
      backup_sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      backup_records: 420
summary:
  description:
    - How many targets ended in each outcome, how many were changed and verified, and the sums of
      C(pending_before) and C(pending_after), each C(null) when any part is.
  returned: when the targets could be worked on
  type: dict
  sample:
    {targets: 1, already_clear: 0, would_clear: 0, cleared: 1, accepted: 0, refused: 0, in_doubt: 0,
     failed: 0, not_sent: 0, changed: 1, verified: 1, pending_before: 420, pending_after: 0, unit: records}
"""

from ansible_collections.telephony.outbound.plugins.module_utils._core.entry import teardown
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign_clear import CampaignClear


def main() -> None:
    teardown(CampaignClear)


if __name__ == "__main__":
    main()
