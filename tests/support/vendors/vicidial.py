# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Vicidial: TODO, what can be read and what proves a change."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.tests.support.scenario import Scenario
from ansible_collections.telephony.outbound.tests.support.vendor import SECRET, BadInput, Secrets, Vendor

CLEAR = "vicidial_hopper_clear"


def seed(secrets: Secrets) -> dict[str, Any]:
    return {"vicidial": {"tokens": [secrets["token"]], "queues": {"7": 3}}}


VENDOR = Vendor(
    credentials=[{"token": SECRET}],
    secrets=["token"],
    seed=seed,
    path=lambda _options: "/vicidial",
    calls={CLEAR: {"queue_id": "7"}},
    ids={CLEAR: ["queue_id"]},
    bad_input=[BadInput(CLEAR, {"queue_id": None}, "queue_id", "is required")],
)


# --- scenarios of the fault suite

SCENARIOS: tuple[Scenario, ...] = ()  # TODO: a Scenario for each write module; plum.py is the shortest model
