# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options of all modules for wolkvox."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of wolkvox's credentials and address."""

    DOCUMENTATION = r"""
options:
  server:
    description:
      - The four digits of the operation's server, quoted, for example C("0010") for C(https://wv0010.wolkvox.com).
        Without quotes YAML reads another number, so a number is an error.
      - Without it E(WOLKVOX_SERVER) counts. Not needed with O(base_url).
    type: raw
  token:
    description:
      - A token of the operation, made in the Manager under Configuration, Integrations, Tokens.
      - Without it E(WOLKVOX_TOKEN) counts.
      - The vendor lets in only addresses on its server's list. From any other, the connection just times out.
    type: str
  base_url:
    description: Scheme, host, and if need be port and path prefix, of the API; in place of O(server).
    type: str
  concurrency:
    description:
      - Without effect here, and there for the sake of C(module_defaults) that serve several vendors.
        The vendor wants one request of a token at a time, so targets are worked on one after the other.
    type: int
    default: 4
notes:
  - One request of a token is sent at a time, across all tasks, forks and playbooks of a user on a machine. The locks
    are files in C(~/.local/state/telephony.outbound/locks), or in the folder that E(TELEPHONY_OUTBOUND_LOCK_DIR) names,
    an absolute path, in which C(~) is expanded and a variable is an error.
    The folder has to belong to the user, and nobody else may write to it. A lock is freed when its process ends,
    however it ends. Users and machines that do not share that folder know nothing of each other.
  - Every request counts against the quota of the day, which all tokens of an operation share. When it is used up,
    targets end C(failed) with the kind C(quota).
  - An answer 403 whose text is not known, such as that of a server in maintenance, ends C(failed) with the kind
    C(denied) and is not sent again.
  - By default O(timeout) is V(65), since the vendor itself gives up after 60 seconds, O(target_timeout) is V(300), and
    C(wait_timeout), where a module has it, is V(120). Waiting for other users of the token does not count.
  - What is documented, what is inferred and what is not known is in the guide
    R(what is known of wolkvox,ansible_collections.telephony.outbound.docsite.guide_wolkvox_known).
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.wolkvox) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership: [telephony.outbound.all, telephony.outbound.wolkvox]
"""
