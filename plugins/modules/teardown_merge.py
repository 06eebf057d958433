#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of this name, which does the work on the controller."""

DOCUMENTATION = r"""
module: teardown_merge
short_description: Merge the plans or the evidence of several teardown jobs into one
version_added: 1.0.0
description:
  - Takes the folders of jobs that each had a part of the accounts, and writes one plan or one evidence over all of them
    into a new folder.
  - Every part is verified first, as by M(telephony.outbound.teardown_verify). One that was altered, has another plan,
    or is the same run as another one is refused by its name, and nothing is merged.
  - Evidence is merged row by row, in the order of the plan. A planned target that no part tells of is V(not_sent), one
    that two parts tell of is there twice, and the task fails for both. The folders of the parts are copied into
    C(parts/) as they are, with journals and backups.
  - Plans are merged where no single job can reach all accounts. The strictest limit of the parts counts and holds over
    all targets, an account that several plans have is refused, and the plan expires with the first of them.
  - It runs once on the controller and needs no vendor. It is refused in a folder that an engine removes when its job
    has ended.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.action
  - telephony.outbound.runs.kept
attributes:
  check_mode:
    support: full
    details: Everything is checked and shown, and no file is written.
  diff_mode:
    support: none
  idempotent:
    support: N/A
    details: Nothing is changed at a vendor, and each merge has a folder of its own.
  verified:
    support: N/A
    details: Nothing is changed at a vendor.
options:
  folders:
    description:
      - The folders of the parts, all of plans or all of applies.
      - A folder that holds folders of runs stands for those of them that applied the plan O(plan_sha256).
      - One that is not there, or that holds no run, is told in a warning, since a slice without accounts leaves none.
    type: list
    elements: path
    required: true
  plan_sha256:
    description: The SHA-256 of the plan that was applied. A part with another plan is refused.
    type: str
  mask_key:
    description:
      - The key with which the parts masked phone numbers. With it masked numbers must fit their hash, and those of
        targets that no part tells of get one.
    type: str
seealso:
  - module: telephony.outbound.teardown
  - module: telephony.outbound.teardown_verify
  - ref: Several machines <ansible_collections.telephony.outbound.docsite.guide_several_machines>
    description: Slices of a controller, jobs of a pipeline, and folders that vanish.
"""

EXAMPLES = r"""
- name: One evidence of all slices that applied a plan
  telephony.outbound.teardown_merge:
    folders: [/srv/teardowns]
    plan_sha256: 28dd5745380ba8bbd0d5ce94b38f35cec8b0173352badae8283b5b0f376110fd
    folder: /srv/teardowns/merged-4711

- name: One plan of those that two sites made
  telephony.outbound.teardown_merge:
    folders: [plan-bogota, plan-madrid]
    folder: plan-4711
"""

RETURN = r"""
state:
  description:
    - Of merged evidence V(done) when every target is torn down, V(left) when one did not end well or no part tells of
      it, V(in_doubt) when something may have been carried out. Of merged plans V(nothing_sent).
    - V(not_merged) when nothing was merged. That says nothing of what the parts did.
  returned: always
  type: str
  sample: done
reasons:
  description: Why nothing was merged; or which accounts no part has, and which ones several parts have.
  returned: always
  type: list
  elements: str
summary:
  description: How many targets ended with which outcome, and sums.
  returned: after evidence was merged
  type: dict
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
  description: The new folder, with C(result.json), which has all of these keys.
  returned: when files were written
  type: str
report:
  description: The report, to open in a browser.
  returned: after evidence was merged
  type: str
plan_sha256:
  description: The SHA-256 of plan.json.
  returned: when something was merged
  type: str
evidence_sha256:
  description: The SHA-256 of evidence.json.
  returned: after evidence was merged
  type: str
"""
