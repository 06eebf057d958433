# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_mask_lines
short_description: Mask the phone numbers in a journal
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Masks phone numbers to their last four digits in JSON Lines, such as the modules' journals. A line that is no JSON,
    like the last one of a run that was killed, is masked as text.
positional: _input
options:
  _input:
    description: The lines.
    type: str
    required: true
  key:
    description: As for P(telephony.outbound.teardown_evidence#filter), so that the hashes are the same.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Keep the journal
  ansible.builtin.copy:
    content: "{{ lines | telephony.outbound.teardown_mask_lines(key=vault_mask_key) }}"
    dest: "{{ evidence_dir }}/journal.jsonl"
    mode: "0600"
  vars:
    lines: "{{ lookup('ansible.builtin.file', journal) }}"
"""

RETURN = r"""
_value:
  description: The lines, masked.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_mask import mask_lines


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_mask_lines": as_filter("teardown_mask_lines", mask_lines)}
