# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Without a browser, these tests say so in the last line of the output."""

from __future__ import annotations

import sys

from ansible_collections.telephony.outbound.tests.browser.browser import find


def pytest_unconfigure() -> None:
    if find() is None:
        sys.stdout.write("\nSKIPPED: no chromium or chrome is on the PATH, so the report was NOT looked at\n")
