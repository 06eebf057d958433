# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Without the engines, these tests say so in the last line of the output."""

from __future__ import annotations

import sys

from ansible_collections.telephony.outbound.tests.engines.rulebooks import missing


def pytest_unconfigure() -> None:
    if told := missing():
        sys.stdout.write(f"\nSKIPPED: {told}, so no event was sent to a rulebook\n")
