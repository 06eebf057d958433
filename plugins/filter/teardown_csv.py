# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_csv
short_description: Evidence as CSV
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns the evidence of a teardown as CSV (RFC 4180), a line a target.
  - A cell that a spreadsheet would take for a formula gets an apostrophe before it. A count that is not known is
    C(unknown).
positional: _input
options:
  _input:
    description: The evidence, as P(telephony.outbound.teardown_evidence#filter) made it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep the evidence for a spreadsheet
  ansible.builtin.copy:
    content: "{{ evidence | telephony.outbound.teardown_csv }}"
    dest: "{{ evidence_dir }}/evidence.csv"
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_csv import as_csv
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_csv": as_filter("teardown_csv", as_csv)}
