#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of this name, which does the work on the controller."""

DOCUMENTATION = r"""
module: teardown
short_description: Tear campaigns down over all accounts of a play, by a plan, with evidence
version_added: 1.0.0
description:
  - Runs once for the whole play. Each host of the play is one account at one vendor, described by the variables
    C(campaign_teardown_vendor), C(campaign_teardown_connection) and C(campaign_teardown_targets).
  - In the mode V(plan) nothing is changed anywhere; in the mode V(apply) a plan is carried out, and the evidence is
    written whatever happens. What decides is data, not failing tasks; C(ignore_errors) and the like cannot get around
    it.
  - The accounts are worked on side by side on the controller, as the user who runs Ansible, whatever C(become) and
    C(connection) say. Nothing is taken from the environment but proxies and CA bundles.
  - The role P(telephony.outbound.campaign_teardown#role) does nothing but hand its variables over to this action.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.action
  - telephony.outbound.runs
  - telephony.outbound.runs.kept
attributes:
  check_mode:
    support: full
    details: Nothing is sent and no file is written; the table of the plan is shown.
  idempotent:
    support: partial
    details: As idempotent as the modules that are called. A plan is carried out once.
options:
  max_growth_percent:
    description:
      - By how much a target may have grown since it was planned, rounded up. One that grew by more is refused by its
        module, whatever the time.
    type: float
    default: 10.0
  slice:
    description:
      - Whether this job has only its own accounts of O(plan), and other jobs have the others, as slices of a controller
        and jobs of a pipeline do. O(plan) is then required; it is made over all accounts by one job without this
        option, so that all limits hold over all of it. Evidence is written over the accounts of this job alone.
      - Each slice needs a folder of its own; without O(folder) it makes one. M(telephony.outbound.teardown_merge) makes
        one evidence of all.
    type: bool
    default: false
  max_targets:
    description: How many targets a plan may have. The smallest number of all hosts counts.
    type: int
    default: 100
  max_pending_total:
    description: How much may go in all, over all targets whose number is known. Without it there is no limit.
    type: int
  allow_unknown:
    description: Whether targets may be in a plan of which nobody can say how much would go.
    type: bool
    default: true
  stop_running:
    description: wolkvox, whether campaigns that run are stopped before they are cleared.
    type: bool
    default: true
  settle_seconds:
    description: wolkvox, how long campaigns are left alone after they were stopped.
    type: float
    default: 5.0
  start_again:
    description: wolkvox, whether campaigns that were stopped are started again, once they are proved clear.
    type: bool
    default: false
  backup:
    description: wolkvox, whether the records that go are written to a file first. A target's own C(backup) wins.
    type: bool
    default: true
seealso:
  - ref: Plan, approve, apply <ansible_collections.telephony.outbound.docsite.guide_plan_approve_apply>
    description: Plans, approvals and what an apply holds to.
  - module: telephony.outbound.teardown_merge
  - ref: Several machines <ansible_collections.telephony.outbound.docsite.guide_several_machines>
    description: Slices, folders that vanish, and controllers.
  - ref: Watch what was torn down <ansible_collections.telephony.outbound.docsite.guide_watch>
    description: Watches every night, their words, and alerts.
"""

EXAMPLES = r"""
- name: Look at what would be torn down
  telephony.outbound.teardown:
    protected: ["Emergency*"]

- name: Carry an approved plan out
  telephony.outbound.teardown:
    mode: apply
    plan: plan-4711/plan.json
    approved_sha256: 28dd5745380ba8bbd0d5ce94b38f35cec8b0173352badae8283b5b0f376110fd
    approved_by: Grace Hopper
    reason: End of season

- name: Look again at what that run tore down
  telephony.outbound.teardown:
    mode: watch
    folder: teardown-4711
    metrics_file: /var/lib/node_exporter/textfile/teardown-4711.prom
"""

RETURN = r"""
state:
  description:
    - V(nothing_sent) after a plan, and when something was refused; V(done); V(left) when something did not end well;
      V(in_doubt) when something may have been carried out.
    - After a watch V(done) when everything is still clear, V(left) when something is refilled, V(in_doubt) when nothing
      is, but a target cannot be read.
  returned: always
  type: str
  sample: done
reasons:
  description: Why nothing was sent, or why the evidence is not complete. Empty where all went well.
  returned: always
  type: list
  elements: str
summary:
  description: How many targets ended with which outcome, and sums.
  returned: after an apply or a watch
  type: dict
slice:
  description:
    - Of a slice, how many accounts it has (C(accounts)), and of how many in the plan (C(of_accounts)). RV(state) is
      that of these alone. Null where the run had the whole plan.
  returned: always
  type: dict
accounts:
  description:
    - The accounts that were read or worked on, each with C(account), C(vendor), C(address) and C(login), which is a
      fingerprint where an account has a token alone. Controllers count them as nodes.
  returned: always
  type: list
  elements: dict
attention:
  description: The first 50 targets that need attention, each with account, name, target, outcome and error.
  returned: always
  type: list
  elements: dict
attention_more:
  description: How many more there are.
  returned: always
  type: int
folder:
  description: The folder of the run, with C(result.json), which has all of these keys.
  returned: when files were written
  type: str
deliver:
  description: The file of tasks that the role includes now; null when there is none, or nothing to carry away.
  returned: unless the settings could not be read
  type: str
report:
  description: The report, to open in a browser.
  returned: after an apply or a watch
  type: str
plan_sha256:
  description: The SHA-256 of plan.json.
  returned: when there is a plan
  type: str
evidence_sha256:
  description: The SHA-256 of evidence.json.
  returned: after an apply or a watch
  type: str
ansible_facts:
  description:
    - C(campaign_teardown_result), with C(state), C(folder), C(report), C(plan_sha256), C(evidence_sha256) and
      C(summary).
  returned: always
  type: dict
"""
