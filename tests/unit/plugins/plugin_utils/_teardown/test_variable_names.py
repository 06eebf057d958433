# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misspelled names: Ansible ignores such a variable, so a limit under that name would limit nothing."""

from __future__ import annotations

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import (
    CAMPAIGNS,
    NUMBERS,
    Interface,
    SettingsError,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.variable_names import (
    insist_on_known_names,
    insist_on_no_stray_words,
)

INTERFACES = (CAMPAIGNS, NUMBERS)


@pytest.mark.parametrize(
    ("name", "meant", "interface"),
    [
        ("campaign_teardown_maxtargets", "campaign_teardown_max_targets", CAMPAIGNS),
        ("campaign_teardown_max_target", "campaign_teardown_max_targets", CAMPAIGNS),
        ("campaign_teardown_protect", "campaign_teardown_protected", CAMPAIGNS),
        ("campaign_teardown_require_aproval", "campaign_teardown_require_approval", CAMPAIGNS),
        ("campaign_teardown_max_pending", "campaign_teardown_max_pending_total", CAMPAIGNS),
        ("campaign_teardown_protected_campaigns", "campaign_teardown_protected", CAMPAIGNS),
        ("campaign_teardown_require_reason", "campaign_teardown_require_approval", CAMPAIGNS),
        ("campaign_teardown_allow_none", "campaign_teardown_allow_unknown", CAMPAIGNS),
        ("campaign_teardown_conection", "campaign_teardown_connection", CAMPAIGNS),
        ("capaign_teardown_max_targets", "campaign_teardown_max_targets", CAMPAIGNS),
        ("stop_number_number", "stop_number_numbers", NUMBERS),
        ("stop_numbers_numbers", "stop_number_numbers", NUMBERS),
        ("stop_number_max_targets", "stop_number_max_numbers", NUMBERS),
        ("stop_number_protected_numbers", "stop_number_protected", NUMBERS),
        ("stop_number_form", "stop_number_forms", NUMBERS),
    ],
)
def test_a_misspelled_name_is_refused_and_the_right_one_is_named(name: str, meant: str, interface: Interface) -> None:
    with pytest.raises(SettingsError, match=rf"There is no variable {name}\. If {meant} is meant, correct it"):
        insist_on_known_names([meant, name], interface)


@pytest.mark.parametrize(
    ("name", "interface"),
    [
        ("campaign_teardown_stop_only", CAMPAIGNS),
        ("campaign_teardown_only", CAMPAIGNS),
        ("campaign_teardown_dry_run", CAMPAIGNS),
        ("campaign_teardown_exclude", CAMPAIGNS),
        ("stop_number_skip_accounts", NUMBERS),
    ],
)
def test_a_name_that_asks_for_less_is_refused(name: str, interface: Interface) -> None:
    with pytest.raises(SettingsError, match=rf"There is no variable {name}, so it would restrict nothing"):
        insist_on_known_names([name], interface)


@pytest.mark.parametrize("interface", INTERFACES)
def test_known_names_and_those_of_others_pass(interface: Interface) -> None:
    names = [f"{each.prefix}{name}" for each in INTERFACES for name in (*each.spec, "result", "run", "plan_sha256")]
    own = ["vault_campaign_teardown_mask_key", "my_stop_number_file", "inventory_hostname", "mode", "file", "folder"]
    accounts = [f"campaign_teardown_{part}" for part in ("vendor", "connection", "targets")]
    places = ["stop_number_forms", "stop_number_places"]
    assert insist_on_known_names([*names, *own, *accounts, *places], interface) == []


def test_a_name_that_is_like_none_is_said_to_be_ignored() -> None:
    names = ["campaign_teardown_webhook", "stop_number_webhook", "campaign_teardown_connection_defaults"]
    warnings = insist_on_known_names(names, CAMPAIGNS)
    assert warnings == [
        f"There is no variable {name}, so its value is ignored."
        for name in ("campaign_teardown_connection_defaults", "campaign_teardown_webhook")
    ]


def test_words_of_the_command_line_that_belong_to_no_variable_are_refused_and_not_shown() -> None:
    insist_on_no_stray_words({"stop_number_numbers": "+15550100007"})
    with pytest.raises(SettingsError, match="ends a value at the first space") as raised:
        insist_on_no_stray_words({"stop_number_numbers": "+1555010", "_raw_params": "0007"})
    assert "0007" not in str(raised.value)
