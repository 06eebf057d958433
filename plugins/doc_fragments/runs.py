# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The options of every run over many accounts, and of all that is kept in a folder and entered in a ledger."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  diff_mode:
    support: none
  verified:
    support: partial
    details: As far as the vendors can be read.
options:
  mode:
    description:
      - With V(plan) the targets are looked at in check mode, and the plan is written and shown.
      - With V(apply) a plan is carried out, the one in O(plan) or else one that is made first.
      - With V(evidence) the evidence is made again, or for the first time after a crash, from O(folder) alone.
        Nothing is sent.
      - With V(watch) the targets that the evidence in O(folder) has as torn down are read again, and nothing is
        changed. Each is C(still_clear), C(refilled) (with the number) or C(cannot_be_read). What was found is appended
        to C(watch.jsonl) in O(folder); C(result.json) stays that of the run.
      - The watch fails when a target is refilled, and when one that can be read was not, for example with the vendor
        down. Genesys, and Plum without C(call_ids), cannot be read at all; that is told, and does not fail.
    type: str
    choices: [plan, apply, evidence, watch]
    default: plan
  plan:
    description:
      - The plan to apply, as the path of its file or as the packed text that an earlier job handed on.
      - Targets come from the plan alone, credentials from the inventory. A mapping is refused, since what passes
        through variables may be templated on its way.
    type: str
  approved_sha256:
    description: The SHA-256 of the plan that was approved, as C(sha256sum plan.json) prints it.
    type: str
  approved_by:
    description: Who approved the plan, for the evidence.
    type: str
  approved_until:
    description:
      - Until when the approved plan may be applied, such as V(2026-12-31T18:00:00Z). It wins over the end that stands
        in the plan.
    type: str
  approval_signers:
    description:
      - A file of allowed signers, as C(ssh-keygen) reads it, one line for each person who may approve. With it the plan
        must be signed by one of them (O(approval_signature)), besides O(approved_sha256). Who signed stands in the
        evidence, and is never who requested the teardown.
    type: path
  approval_signature:
    description:
      - The signature over the plan, as C(ssh-keygen -Y sign -n telephony.outbound -f KEY plan.json) writes it into
        C(plan.json.sig). Needs O(approval_signers).
    type: path
  require_approval:
    description: Whether only a plan is applied that O(approved_sha256) names; true as soon as it is true for one host.
    type: bool
    default: false
  expires_after:
    description: How many hours a new plan holds. Null means that it has no end; then it needs an approval.
    type: float
    default: 1.0
  allow_missing_accounts:
    description:
      - Whether a plan may be applied although the play lacks accounts of it, or has others. They are C(not_sent) in
        the evidence.
      - Whether O(mode=watch) may leave out accounts that the play lacks. They are C(cannot_be_read).
    type: bool
    default: false
  again:
    description: Whether a plan may be used once more although it was carried out to its end.
    type: bool
    default: false
  resend_in_doubt:
    description: Whether a run that goes on sends cancels of Genesys again of which it is not known how they ended.
    type: bool
    default: false
  protected:
    description:
      - Ids and names that nothing may touch, literally or with wildcards. Case, white space, invisible characters and
        the Unicode form do not count, nor how a phone number is spelled; one with a plus is
        protected in its national form too. The lists of all hosts add up.
    type: list
    elements: str
  reason:
    description: Why this is done, for the evidence. Required for O(mode=apply).
    type: str
  ticket:
    description: A ticket, for the evidence.
    type: str
  requested_by:
    description: Who asked for it, for the evidence.
    type: str
  contact:
    description: Whom readers of the report may ask, such as the mail address of a team.
    type: str
  event_id:
    description:
      - The id of the event that asks for this run, for evidence and ledger. It has at most 64 letters, digits and
        C(. _ -).
      - An O(mode=apply) without O(plan) and O(folder) carries an event out once. Its folder is C(event-ID) below
        O(root). If it was done there, nothing is sent and the run ends well. If it was not, because a run failed or
        was killed, it is done in a new folder, C(event-ID+2).
    type: str
  deliver:
    description:
      - A file of tasks that carry away what the run left, such as to an object storage. The role includes it when the
        run has ended, also when it failed, but not in check mode nor when nothing was left. The tasks run once, on the
        controller, and find the result of the run in C(campaign_teardown_result), with C(folder) and C(state). So one
        file serves both roles.
      - A task that fails there fails the play, and says where the evidence still is. One that succeeds does not make a
        failed run succeed.
      - O(mode=apply) is refused in a folder that an engine removes when its job has ended, such as the private folder
        of ansible-rulebook, unless this option carries the evidence away.
      - The file is read before anything is sent, and refused when a module in it is missing. The action itself does not
        include it, so outside of the role the option is refused.
    type: path
  junit:
    description:
      - Whether the evidence is written as C(junit.xml) too, which pipelines show as a list of tests. Each target is a
        test case; it is a failure if a person is needed. Phone numbers in it are always masked.
    type: bool
    default: false
  metrics_file:
    description:
      - A file that O(mode=watch) writes what it found to, for the textfile collector of Prometheus' node exporter. It
        reads files whose names end in C(.prom). Everybody may read it, and no target is named in it.
    type: path
  purge_after_days:
    description:
      - After how many days the plan and the backups of a finished run are removed. A run looks after its own end at the
        folders beside its own. Evidence, journals and the ledger stay, and C(plan-masked.json), which is the plan
        without phone numbers. The ledger gets a line with what was removed.
      - A plan that was made on its own counts from when it was carried out, or else from when it expired. Without this
        option nothing is removed.
    type: float
  concurrency:
    description: How many accounts are worked on at a time, 32 at most. Without it all of them up to that.
    type: int
  mask_phone_numbers:
    description:
      - Whether phone numbers are masked to their last four digits, with a keyed hash beside them. Plan and backups
        keep them.
    type: bool
    default: true
  mask_key:
    description:
      - The key of that hash, by which numbers can be looked up. Without it a new one is made for the run and forgotten.
    type: str
"""

    KEPT = r"""
options:
  hand_over:
    description:
      - How a plan is handed on by C(set_stats), as the variable of the role that takes a plan. V(path) names its file;
        V(packed) is the whole plan as one text, for jobs that share no disk.
    type: str
    choices: [path, packed]
    default: path
  root:
    description:
      - The folder below which folders of runs are made. The default is C(teardown-evidence) in
        E(AWX_ISOLATED_DATA_DIR) where that is set and lasts, else in the current folder.
    type: path
  folder:
    description:
      - The folder of this run, with the mode 0700. One that belongs to another run is refused. Without it a new one
        is made below O(root).
    type: path
  ledger:
    description:
      - The file that gets one line for each run, with the SHA-256 of its plan, of its C(SHA256SUMS) and of the line
        before. It is appended under a lock, and flushed to disk before the run ends.
      - The default is C(ledger.jsonl) beside the folder of the run. A relative path is below O(root). One that cannot
        be written is an error before anything is sent.
    type: path
  sign_key:
    description:
      - The private key with which C(SHA256SUMS) and the ledger are signed (C(ssh-keygen -Y sign -n
        telephony.outbound)), or the public key of one that an agent holds. A key that asks for a pass phrase, or that
        does not sign, is an error before anything is sent.
    type: path
"""
