# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: teardown_packed
short_description: Pack much data for its way through Ansible
version_added: 0.1.0
author: Contributors to the telephony.outbound project
description:
  - Returns data as one text, a tenth of its size. Ansible looks at every single value whenever data passes through a
    task, and at a text only once. With thousands of targets that is much of the time that a play takes.
  - Nothing in the text looks like a template, whatever a vendor may have written in its data.
  - The other filters of this collection take it wherever they take a plan, and for the C(results) of an account.
positional: _input
options:
  _input:
    description: The data.
    type: raw
    required: true
seealso:
  - plugin: telephony.outbound.teardown_unpacked
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Make a plan of thousands of targets
  ansible.builtin.set_fact:
    teardown_plan: >-
      {{ accounts | telephony.outbound.teardown_plan(created=now(utc=true).isoformat())
         | telephony.outbound.teardown_packed }}
"""

RETURN = r"""
_value:
  description: The packed data, in letters, digits and C(+/=).
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_data import packed
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_filters import as_filter


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name → function."""
        return {"teardown_packed": as_filter("teardown_packed", packed)}
