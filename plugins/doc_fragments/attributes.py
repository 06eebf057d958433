# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""What modules can do, in the words of Ansible's attributes."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the attributes that modules share."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and tell what it would do, without changing anything.
  diff_mode:
    description: Will return details on what has changed, or in check mode would change, when in diff mode.
  idempotent:
    description: When run twice in a row, with nothing else happening in between, the second run changes nothing.
  verified:
    description: After the change it is shown that nothing is left; C(verified) of each result says whether it was.
"""

    ACTION = r"""
attributes:
  action:
    description: Has an action plugin that runs on the controller.
    support: full
  async:
    description: Can be run as an asynchronous task.
    support: none
  bypass_host_loop:
    description: Runs once for all hosts of the play.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    support: full
    details: The module only reads.
  diff_mode:
    support: N/A
    details: The module only reads.
  idempotent:
    support: full
    details: The module only reads.
  verified:
    support: N/A
    details: The module only reads.
"""
