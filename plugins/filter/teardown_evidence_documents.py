# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_evidence_documents
short_description: All that is shown and written of a run
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Puts the evidence together like P(telephony.outbound.teardown_evidence#filter) and returns what becomes of it, the
    texts of all files and the tables for the screen.
positional: _input
extends_documentation_fragment: [telephony.outbound.accounts, telephony.outbound.evidence]
options:
  journals:
    description:
      - The texts of the modules' journals under the names of their files. Where phone numbers are masked, they come
        back masked. A line that is no JSON, like the last one of a run that was killed, is masked as text.
    type: dict
    default: {}
  rows:
    description: The most targets to show in a table.
    type: int
    default: 50
seealso:
  - plugin: telephony.outbound.teardown_evidence
    plugin_type: filter
  - plugin: telephony.outbound.teardown_packed
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Put the evidence together
  ansible.builtin.set_fact:
    documents: >-
      {{ accounts | telephony.outbound.teardown_evidence_documents(
        plan=teardown_plan, run={"start": started, "end": ended, "reason": "End of season"}, key=vault_mask_key) }}

- name: Keep the evidence
  ansible.builtin.copy:
    content: "{{ (documents.files | telephony.outbound.teardown_unpacked)[item] }}"
    dest: "{{ evidence_dir }}/{{ item }}"
    mode: "0600"
  loop: [evidence.json, evidence.csv, report.html]
"""

RETURN = r"""
_value:
  description:
    - C(files) is packed, and holds the texts of C(evidence.json), C(evidence.csv), C(report.html) and of the masked
      journals under their names. C(table) is for the screen, and C(left) a table of those targets alone that need a
      person, empty where none does. C(summary) is that of the evidence.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_documents import evidence_documents
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_evidence_documents": as_filter("teardown_evidence_documents", evidence_documents)}
