# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that compares the modules matches their documentation."""

from __future__ import annotations

import copy

from ansible_collections.telephony.outbound.scripts.modules_page import PAGE, render
from ansible_collections.telephony.outbound.tests.support import catalog


def test_the_page_is_up_to_date() -> None:
    documentation = {f"{catalog.COLLECTION}.{name}": item["doc"] for name, item in catalog.documentation().items()}
    page = (catalog.PROJECT / PAGE).read_text("utf-8")
    assert page == render(documentation), "make modules-page writes it anew"
    changed = copy.deepcopy(documentation)
    changed[f"{catalog.COLLECTION}.plum_outbound_cancel"]["attributes"]["idempotent"]["support"] = "full"
    assert page != render(changed)
