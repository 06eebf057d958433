# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options of all modules for VICIdial."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of credentials and address, and of what campaigns are named by."""

    DOCUMENTATION = r"""
options:
  base_url:
    description:
      - Scheme, host, and if need be port and path prefix, of the folder that has C(non_agent_api.php), for example
        C(https://dialer.example.com/vicidial).
      - Every site has a server of its own, so there is no default. Without it E(VICIDIAL_URL) is used.
    type: str
  user:
    description:
      - A user of the non-agent API. The notes say what it has to be allowed.
      - Credentials are one set from one place. Only when neither O(user) nor O(password) is given, both are taken from
        the environment, E(VICIDIAL_USER) and E(VICIDIAL_PASSWORD).
    type: str
  password:
    description:
      - The password of O(user), see there and E(VICIDIAL_PASSWORD).
      - It is sent as a field of the body, never in an address. VICIdial itself keeps the fields of a request in clear
        text in its table C(vicidial_api_urls).
      - The API compares letters, digits, C(_) and C(-) alone. A password with any other character can never log in, so
        it is an error before anything is sent.
    type: str
  source:
    description: What VICIdial's log shows as the source of a request, 2 to 20 letters and digits.
    type: str
    default: ansible
notes:
  - The first request of a task lists campaigns, and goes alone. When its login is refused, nothing more is sent,
    because the tenth wrong login locks the user for 15 minutes. A refused login is never tried again.
  - VICIdial cleans what it is given instead of checking it. Ids are therefore compared with what comes back, byte for
    byte; a campaign that VICIdial writes in another way ends C(refused).
  - What was seen of the program, build 241004-1518, and what is not known, is in the guide
    R(what is known of VICIdial,ansible_collections.telephony.outbound.docsite.guide_vicidial_known).
"""

    CAMPAIGN = r"""
options:
  campaign_id:
    description:
      - The campaign's id, 2 to 8 letters, digits, V(_) and V(-), written as VICIdial has it. One that VICIdial does not
        show to this user ends C(failed), with the kind C(not_found).
      - Required, here or in each entry of O(targets).
    type: raw
  campaign_name:
    description: When it is given, the campaign must have exactly this name, else the target ends C(refused).
    type: raw
"""

    CALL_TIME = r"""
options:
  call_time:
    description:
      - The name of a call time that exists at this site. VICIdial asks for one in every check, and it decides nothing
        here.
    type: str
    default: 24hours
"""

    CHECK_MODE = r"""
attributes:
  check_mode:
    details: Reads what a real run reads. The API's own dry run is never used, because it acts.
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.vicidial) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership: [telephony.outbound.all, telephony.outbound.vicidial]
"""
