# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options of all modules for Genesys Web Services."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of Genesys' credentials and address."""

    DOCUMENTATION = r"""
options:
  base_url:
    description:
      - Scheme, host, and if need be port and path prefix, of Genesys Web Services.
        The paths below it begin with C(/api/v2).
      - Required; without it E(GENESYS_URL) is used.
    type: str
  username:
    description:
      - The user name of the account.
      - Credentials are one set from one place. Only when neither O(username) nor O(password) is given,
        both are taken from the environment, E(GENESYS_USERNAME) and E(GENESYS_PASSWORD).
    type: str
  password:
    description:
      - The password of the account.
      - Without O(username) and O(password), E(GENESYS_PASSWORD) is used.
    type: str
notes:
  - A poll for notifications may take longer than O(timeout), as long as the server says that it holds it. Waiting for
    an acknowledgement does not count for O(target_timeout).
"""

    OUTBOUND_RECORDS = r"""
attributes:
  check_mode:
    details:
      - The login is checked, the feature C(api-voice-outbound) where the server tells its features, and the device
        unless O(device_path) is given, by GET requests only. No CometD session and no agent session is begun.
      - What the vendor holds of the number cannot be read. The target is reported as C(would_clear), with a C(note)
        that says so.
  verified:
    support: full
    details: The vendor's own acknowledgement, heard over CometD. No read could show it.
options:
  application_id:
    description: The id (DBID) of the Outbound Contact Server application; required for every target.
    type: int
  campaign_name:
    description: The name of the campaign; required for every target.
    type: raw
  phone_number:
    description:
      - The phone number, spelled as in the calling list; required for every target.
      - It has to be text. A number in YAML loses leading zeros and the plus sign, so that one is an error; quote it.
      - It is sent as it is, because how the vendor matches spellings is not documented. Digits, spaces and
        C(+-./*#) and parentheses are allowed. Letters, commas, semicolons, decimals and invisible characters come
        from a spreadsheet or a clipboard and would make it another number, so they are errors.
    type: raw
  reference_id:
    description:
      - The id by which the acknowledgement is known. It must not be used by anything else.
      - Without it each target gets a new random one. It is in the result, for a search in the vendor's logs.
    type: raw
  device_path:
    description:
      - The device that the request is sent through, for example C(/devices/57fc644b).
      - Without it the account's one device is found by the module. An account with several devices, or none, is an
        error that lists them, before anything is sent.
    type: str
  start_contact_center_session:
    description:
      - Whether to begin a contact center session for the account, and to end it afterwards, also after a failure.
      - It is not documented whether the request needs one. It logs the account's agent in, so use it with an account
        that no person works with.
    type: bool
    default: false
  chain_attribute:
    description:
      - Whether only the number's record is meant, or its whole chain, that is all numbers of the same person in the
        list.
    type: str
    choices: [AllChain, RecordOnly]
    default: RecordOnly
  wait_timeout:
    description:
      - Seconds to wait for the acknowledgement of a target, from the moment when its request was accepted.
      - The acknowledgements of many targets are waited for together. With V(0) none is waited for, and the outcome is
        C(accepted).
      - The default is V(30).
    type: float
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.genesys) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership: [telephony.outbound.all, telephony.outbound.genesys]
"""
