# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The accounts of a teardown, as the filters take them that make plans and evidence."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the input of those filters."""

    DOCUMENTATION = r"""
options:
  _input:
    description:
      - The accounts, one for each inventory host.
      - Each has C(account) (the inventory host), C(vendor), C(product) (V(insight) or V(fuse) for plum), C(address)
        (the base URL without user and password), C(login) (who logs in, or a fingerprint of the token), C(targets)
        (as given, with the optional C(name)), C(results) (the module's, one for each target in the same order, or
        empty; packed or not),
        C(stop_results) and C(restart_results) (those of M(telephony.outbound.wolkvox_campaign), in any order), and
        C(error) (V(null), or what the module said when it had no results).
    type: list
    elements: dict
    required: true
"""
