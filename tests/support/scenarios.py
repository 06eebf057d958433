# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario by name, from ``SCENARIOS`` in the description of each vendor."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from ansible_collections.telephony.outbound.tests.support import catalog
from ansible_collections.telephony.outbound.tests.support.scenario import Scenario

SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for vendor in catalog.described_vendors()
    for scenario in import_module(f"ansible_collections.telephony.outbound.tests.support.vendors.{vendor}").SCENARIOS
}
