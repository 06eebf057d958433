#!/usr/bin/python
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of this name, which does the work on the controller."""

DOCUMENTATION = r"""
module: stop_number
short_description: Stop calling phone numbers, over all accounts of a play, with evidence
version_added: 1.0.0
description:
  - Runs once for the whole play. Each host of the play is one account at one vendor, described by the variables
    C(campaign_teardown_vendor) and C(campaign_teardown_connection), as for M(telephony.outbound.teardown), and by
    C(stop_number_forms) and, for VoipNow and Genesys, C(stop_number_places).
  - Each account carries out the same steps for every number, in this order. C(suppress) puts it on the do-not-call
    list, C(cancel) takes it out of what is still to be dialed, C(hang_up) ends calls in progress where O(hang_up) says
    so, and C(look) looks again. Each step is a row of plan and evidence with an outcome of its own.
  - A system stores a number in its own form. C(stop_number_forms) lists how an account does, as C(as_is) (with the
    plus), C(digits) (without it), C(national) (a mapping of C(country_code), which is taken off, and C(prefix), which
    is put before the rest) or C(literal) (a mapping of numbers in E.164 to lists of their forms). All of them are
    looked for, and nothing else. What is found in no form is C(not_found) in these forms, and nothing more is claimed.
    An account without the variable is left out, and the run fails.
  - C(stop_number_places) lists where numbers can be, for Genesys as mappings of C(application_id), C(campaign_name) and
    C(calling_list), for VoipNow of C(user_id) and C(extension). Without it the places count that
    C(campaign_teardown_targets) names.
  - An apply without a plan of its own sends its first request at once, without a look at all systems first. In check
    mode and for a plan every system is read, and nothing is changed.
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
    details: Systems are read, nothing is changed and no file is written; the table of the plan is shown.
  idempotent:
    support: partial
    details: wolkvox and VoipNow are unchanged by a second run. Genesys acknowledges again, which counts as a change.
options:
  numbers:
    description:
      - The phone numbers, each in E.164 with its plus and in quotes, or as a mapping of C(number) and C(forms), which
        has lists of the forms of that number by the name of the account.
      - The same number twice, in two spellings, is one.
      - With O(mode=evidence) the numbers whose pages are made. A run about up to 20 numbers makes a page for each.
    type: list
    elements: raw
  file:
    description:
      - A file with phone numbers in E.164, one a line, or CSV with a header that names one column C(phone_number),
        C(number), C(phone), C(telephone) or C(e164). It is in UTF-8, with or without a byte order mark.
      - A line that has no number that can be used is named, and nothing is sent. Numbers of O(numbers) are added.
    type: path
  event_ids:
    description:
      - The ids of the events that ask for this run, for evidence and ledger, where one run is about those of a burst.
        None of them counts as carried out by that; see O(event_id) for a run about one event.
    type: list
    elements: str
  max_numbers:
    description: How many numbers there may be. More of them are refused, since a wrong file may name all customers.
    type: int
    default: 10000
  suppress:
    description: Whether numbers are put on do-not-call lists.
    type: bool
    default: true
  cancel:
    description:
      - Whether what is still to be dialed is cancelled, by marking the records of wolkvox as do-not-call and cancelling
        those of Genesys with their chains.
    type: bool
    default: true
  hang_up:
    description:
      - Whether calls in progress are hung up, where a system can do that. Else a call that is seen is C(in_progress).
    type: bool
    default: false
  strict:
    description:
      - Whether the run fails where a system has no request for a step. Such a row is C(unsupported) in any case.
      - A form of a number that may be another number too is C(refused) then. Otherwise such forms are counted on the
        screen, and C(also_means) of the row has the other numbers.
    type: bool
    default: false
seealso:
  - ref: Somebody wants no more calls <ansible_collections.telephony.outbound.docsite.guide_stop_number>
    description: What each system can do about one number, and how to prove it.
  - ref: Plan, approve, apply <ansible_collections.telephony.outbound.docsite.guide_plan_approve_apply>
    description: Plans, approvals and what an apply holds to.
  - module: telephony.outbound.teardown
"""

EXAMPLES = r"""
- name: Call this person no more
  telephony.outbound.stop_number:
    mode: apply
    numbers: ["+15550100007"]
    reason: She asked for it on the phone
    ticket: DNC-4711

- name: Look at what would be done for a list
  telephony.outbound.stop_number:
    file: /srv/dnc/today.csv

- name: Look again at what a run did
  telephony.outbound.stop_number:
    mode: watch
    folder: teardown-evidence/dnc-4711
"""

RETURN = r"""
state:
  description:
    - V(nothing_sent) after a plan, and when something was refused; V(done); V(left) when something did not end well;
      V(in_doubt) when something may have been carried out.
  returned: always
  type: str
  sample: done
reasons:
  description: Why nothing was sent, or why the run failed although every step ended well. Else empty.
  returned: always
  type: list
  elements: str
summary:
  description: How many rows ended with which outcome, and sums.
  returned: after an apply or a watch
  type: dict
accounts:
  description: The accounts that were read or worked on, each with C(account), C(vendor), C(address) and C(login).
  returned: always
  type: list
  elements: dict
attention:
  description: The first 50 rows that need attention, with account, name, target, outcome and error; numbers are masked.
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
  description: C(stop_number_result), with the keys of C(campaign_teardown_result) of M(telephony.outbound.teardown).
  returned: always
  type: dict
"""
