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
  timeout:
    description:
      - Seconds for one request, from connecting (10 at most) to the last byte of its answer. A poll for notifications
        takes longer by nature, and has as long as the server says that it holds it.
      - The default is V(30).
      - An interrupted task ends at the latest after so many seconds and two more.
    type: float
  target_timeout:
    description:
      - Seconds for one target, with retries and the pauses between them; the waiting for its acknowledgement comes
        on top.
      - The default is V(120).
    type: float
"""
