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
    description:
      - When run twice in a row, with nothing else happening in between, the second run changes nothing.
  verified:
    description:
      - After the change it is shown that nothing is left. The key C(verified) of each result says whether it was.
"""

    INFO = r"""
attributes:
  check_mode:
    support: full
    details:
      - The module only reads.
  diff_mode:
    support: N/A
    details:
      - The module only reads.
  idempotent:
    support: full
    details:
      - The module only reads.
  verified:
    support: N/A
    details:
      - The module only reads.
"""

    ACTIONGROUP_GENESYS = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.genesys) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership:
      - telephony.outbound.all
      - telephony.outbound.genesys
"""

    ACTIONGROUP_PLUM = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.plum) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership:
      - telephony.outbound.all
      - telephony.outbound.plum
"""

    ACTIONGROUP_VICIDIAL = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.vicidial) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership:
      - telephony.outbound.all
      - telephony.outbound.vicidial
"""

    ACTIONGROUP_VOIPNOW = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.voipnow) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership:
      - telephony.outbound.all
      - telephony.outbound.voipnow
"""

    ACTIONGROUP_WOLKVOX = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.wolkvox) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership:
      - telephony.outbound.all
      - telephony.outbound.wolkvox
"""
