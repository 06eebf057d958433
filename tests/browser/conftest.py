# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Without a browser, these tests say so in the last line of the output."""

from __future__ import annotations

import os
import sys

from ansible_collections.telephony.outbound.tests.browser.browser import find

# `make docs` builds the site first, and runs that file alone.
collect_ignore = [] if "DOCS_SITE" in os.environ else ["test_docs_site.py"]


def pytest_unconfigure() -> None:
    if find() is None:
        sys.stdout.write("\nSKIPPED: no chromium or chrome is on the PATH, so no page was looked at\n")
