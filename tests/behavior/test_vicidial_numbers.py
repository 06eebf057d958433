# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VICIdial in runs about phone numbers: how they are written there, and how many requests many of them need."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import SEED, account, changes, stop, told


def test_a_plan_shows_the_steps_and_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(SEED)
    stop([account("vicidial", sandbox.url)], tmp_path / "plan", mode="plan")
    planned = json.loads((tmp_path / "plan/plan.json").read_text())["targets"]
    assert [row["outcome"] for row in planned] == ["would_suppress", "would_cancel", "would_look"]
    assert changes(sandbox) == []


def test_a_number_is_searched_as_the_site_stores_it_and_in_no_other_form(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(SEED)
    wrong = [account("vicidial", sandbox.url, forms=["digits"])]
    missed = stop(wrong, tmp_path / "wrong", suppress=False)
    assert told(missed)["vicidial"] == [("cancel", "not_found"), ("look", "not_found")]
    assert changes(sandbox) == []
