# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What every filter takes that puts evidence together."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the shared options of those filters."""

    DOCUMENTATION = r"""
options:
  plan:
    description:
      - The plan, as P(telephony.outbound.teardown_plan#filter) made it, packed or not.
      - The C(results) of the accounts are matched with it by what identifies a target, so they may be fewer and in any
        order.
      - Where an account has no C(results), as after its module was killed, its C(journal) is read, which is the text of
        the module's journal, empty where it wrote none. Without it such a target is C(in_doubt), for nobody knows what
        was sent.
    type: raw
    required: true
  run:
    description:
      - About the run. C(start) and C(end) are needed, in ISO 8601; without a zone they are in UTC. The report also
        shows C(reason), C(ticket), C(requested_by), C(controller), C(version) and C(plan_sha256).
    type: dict
    required: true
  mask:
    description: Whether phone numbers are masked to their last four digits, wherever they stand.
    type: bool
    default: true
  key:
    description:
      - The key of the hash that is put beside a masked number, so that equal numbers can be told. Whoever has it can
        find the numbers again. Without it there is no hash.
    type: str
    default: ''
"""
