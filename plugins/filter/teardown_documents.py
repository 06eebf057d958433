# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_documents
short_description: All that is written of a run's evidence, at once
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Puts the evidence together like P(telephony.outbound.teardown_evidence#filter) and returns what becomes of it, the
    text of every file and the tables for the screen.
  - Use it where there are thousands of targets. Texts pass through Ansible far faster than data does.
positional: _input
extends_documentation_fragment: telephony.outbound.evidence
options:
  rows:
    description: The most targets to show in a table.
    type: int
    default: 50
seealso:
  - plugin: telephony.outbound.teardown_evidence
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Put the evidence together
  ansible.builtin.set_fact:
    documents: >-
      {{ accounts | telephony.outbound.teardown_documents(
        plan=teardown_plan, run={"start": started, "end": ended, "reason": "End of season"}, key=vault_mask_key) }}

- name: Keep the evidence
  ansible.builtin.copy:
    content: "{{ documents.files[item] }}"
    dest: "{{ evidence_dir }}/{{ item }}"
    mode: "0600"
  loop: [evidence.json, evidence.csv, report.html]
"""

RETURN = r"""
_value:
  description:
    - C(files) has the texts of C(evidence.json), C(evidence.csv) and C(report.html). C(table) is for the screen, and
      C(left) a table of those targets alone that need a person, empty where none does. C(summary) is that of the
      evidence.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_documents import make_documents
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_documents": as_filter("teardown_documents", make_documents)}
