#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of this name, which does the work on the controller."""

DOCUMENTATION = r"""
module: teardown_verify
short_description: Verify that evidence of teardowns is whole, unaltered and complete
version_added: 1.0.0
description:
  - Looks at the folder of one run, or at a ledger and the folders of all its runs, and names everything that is wrong.
  - It makes the sums, the hash chain and the SHA-256 of each plan again and checks signatures. It holds plan, journals
    and evidence against each other. Every planned target has to be told once, in the words that its journal has; no
    line of a journal may be left out; times have to be in order; masked phone numbers have to fit their hash.
  - It runs once on the controller, where the folders are, reads only, and needs no vendor. It can be used ad hoc.
  - A folder in which a run works at the moment is left out, with a warning.
  - What another version of the collection wrote is compared in its facts, such as outcomes and counts, and not in its
    words.
author:
  - Telephony Outbound contributors (@telephony-outbound)
extends_documentation_fragment:
  - telephony.outbound.attributes
  - telephony.outbound.attributes.action
  - telephony.outbound.attributes.info
options:
  folder:
    description:
      - The folder of one run. With O(ledger) too, what the ledger says of this folder is checked as well.
      - Whoever may write to a folder alone can make its sums again. The ledger, or a signature, finds that too.
      - One of O(folder) and O(ledger) is required.
    type: path
  ledger:
    description:
      - The ledger, such as C(teardown-evidence/ledger.jsonl). All its runs are verified, and folders of runs beside it
        that it does not have are found.
    type: path
  signers:
    description:
      - A file of allowed signers, as C(ssh-keygen) reads it. Signatures must be made by one of them.
      - Without it a signature must fit what it signs, and RV(ignore:signed_by) has the fingerprint of its key.
    type: path
  mask_key:
    description: The key with which phone numbers were masked. With it masked numbers must fit their hash.
    type: str
  phone_numbers:
    description:
      - A phone number to look up in what is verified, in each form in which the systems have it, such as
        V(+573000000007) and V(93000000007). Only digits count, seven or more.
      - Evidence with masked numbers can be searched with the O(mask_key) that it was made with, backups as long as they
        are there. RV(lookup) says what could not be searched.
    type: list
    elements: str
seealso:
  - ref: Verify it yourself <ansible_collections.telephony.outbound.docsite.guide_verify>
    description: The same with sha256sum, jq and ssh-keygen alone.
  - module: telephony.outbound.teardown
"""

EXAMPLES = r"""
- name: Verify all runs
  telephony.outbound.teardown_verify:
    ledger: teardown-evidence/ledger.jsonl
    signers: allowed_signers

- name: Verify one run that was handed over
  telephony.outbound.teardown_verify:
    folder: 20260301T090000Z-3f0a11
    mask_key: "{{ vault_mask_key }}"

- name: Find out what was done about one phone number
  telephony.outbound.teardown_verify:
    ledger: teardown-evidence/ledger.jsonl
    mask_key: "{{ vault_mask_key }}"
    phone_numbers: ["+15550100123"]
"""

RETURN = r"""
lookup:
  description: What became of looking O(phone_numbers) up.
  returned: with O(phone_numbers)
  type: dict
  contains:
    found:
      description:
        - True where the number was found. False where it is not in the record. Null where it was not found but not
          everything could be searched.
      type: bool
    places:
      description:
        - Where it was found. Each has C(folder), C(file), C(line) (of a backup; null else) and C(phone_number), masked;
          in evidence also C(account), C(name), C(place), C(outcome) and C(times).
      type: list
      elements: dict
    not_searched:
      description: What could not be searched, each with C(folder), C(file) and C(why).
      type: list
      elements: dict
findings:
  description: What is wrong, the first one first. Empty where all is well; the task fails where it is not.
  returned: when something was verified
  type: list
  elements: dict
  contains:
    file:
      description: The file, from the folder of the run or of the ledger.
      type: str
      sample: 20260301T090000Z-3f0a11/evidence.json
    line:
      description: The line, counted from 1; null where the whole file is meant.
      type: int
    what:
      description: What is wrong there.
      type: str
      sample: it says cleared, and plan and journals say not_sent
runs:
  description: The runs that were looked at.
  returned: when something was verified
  type: list
  elements: dict
  contains:
    run_id:
      description: The id of the run.
      type: str
    folder:
      description: Its folder.
      type: str
    mode:
      description: What it did, V(plan) or V(apply).
      type: str
    started:
      description: When it began.
      type: str
    ended:
      description: When the last target ended; null where it was broken off, and for plans.
      type: str
    targets:
      description: How many targets it has.
      type: int
    plan_sha256:
      description: The SHA-256 of its plan.
      type: str
    approved_by:
      description: Who approved its plan. Proved where RV(signed_by) has that name.
      type: str
    signed_by:
      description: Who signed its sums, or the fingerprint of the key; null where nobody did.
      type: str
    findings:
      description: How many findings are about it.
      type: int
signed_by:
  description: Everybody whose signature holds, each once; without O(signers) the fingerprints of the keys.
  returned: when something was verified
  type: list
  elements: str
  sample: [grace@example.com]
"""
