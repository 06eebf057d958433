# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_report
short_description: Evidence as a report for people
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns the evidence of a teardown as one HTML file that stands alone. It loads nothing, foreign text in it is
    text and nothing else, and its own script, known by its hash, only sorts and filters the table.
positional: _input
options:
  _input:
    description: The evidence, as P(telephony.outbound.teardown_evidence#filter) made it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep the report
  ansible.builtin.copy:
    content: "{{ evidence | telephony.outbound.teardown_report }}"
    dest: "{{ evidence_dir }}/report.html"
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The HTML.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_report import as_report


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_report": as_filter("teardown_report", as_report)}
