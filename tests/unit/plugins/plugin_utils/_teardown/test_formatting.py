# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words that a person copies to a shell mean what they show."""

from __future__ import annotations

import shlex

import pytest
from ansible.parsing.splitter import parse_kv
from ansible.parsing.utils.yaml import from_yaml

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formatting import extra_variable


@pytest.mark.parametrize(
    "value", ["/srv/teardown-evidence/20260301T090000Z-e3bc48", "/srv/of a team", 'it\'s "q"\n$HOME']
)
def test_a_variable_for_the_command_line_is_read_as_given(value: str) -> None:
    flag, word = shlex.split(extra_variable("campaign_teardown_folder", value))
    assert flag == "-e"
    read = from_yaml(word) if word.startswith("{") else parse_kv(word)
    assert read == {"campaign_teardown_folder": value}
