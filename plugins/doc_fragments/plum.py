# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options of all modules for Plum Voice."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of Plum's credentials and address."""

    DOCUMENTATION = r"""
options:
  product:
    description: Which Plum product this is about.
    type: str
    choices: [insight, fuse]
    required: true
  email:
    description:
      - The login email of the Plum account.
      - Credentials are one set from one place. Only when neither O(email) nor O(developer_key) is given,
        both are taken from the environment, E(PLUM_EMAIL) and E(PLUM_DEVELOPER_KEY).
    type: str
  developer_key:
    description:
      - The developer key from the account's settings.
      - Without O(email) and O(developer_key), E(PLUM_DEVELOPER_KEY) is used.
    type: str
  base_url:
    description:
      - Scheme, host, and if need be port and path prefix, of the API.
      - Without it the product's public address is used, C(https://insight.plumvoice.com) or C(https://fuse.plumvoice.com).
    type: str
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.plum) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership: [telephony.outbound.all, telephony.outbound.plum]
"""
