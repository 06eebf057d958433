# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options that every module has which changes something at a vendor."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the shared options of write modules."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
options:
  wait_timeout:
    description:
      - Seconds to read the target again, from the moment when the vendor answered, until it is as wanted.
        With V(0) it is not read again, and the target ends C(accepted).
      - The default is V(30), unless the notes name another.
    type: float
  journal:
    description:
      - A file to append progress to, one JSON object a line; it is made with mode C(0600) where it does not exist.
      - A target has one line before its first write (C(begun)) and one when it ended (C(ended), with its result).
        Each is on disk before the work goes on, so that the file tells what was done when a run is killed.
      - In check mode it is not written, but a path that could not be written to fails just the same.
    type: path
notes:
  - The task's own target options are the defaults of each entry of O(targets). An empty list is an error. So is an
    entry that names no target of its own, and a null in an entry, because it would become the task's own target.
"""

    MAX_PENDING = r"""
options:
  max_pending:
    description:
      - Refuses a target from which more than this many would be removed; nothing is then sent for it.
      - When the number cannot be known, the target is refused as well, unless O(allow_unknown=true).
      - What several targets of the task take from one campaign, extension or queue counts together.
      - In check mode it refuses just the same.
    type: int
  allow_unknown:
    description: Works on a target whose number cannot be known, although O(max_pending) is set.
    type: bool
    default: false
"""
