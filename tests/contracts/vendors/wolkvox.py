# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox, for the gates."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.tests.contracts.vendor import MISSING, SECRET, BadInput, Secrets, Vendor


def seed(secrets: Secrets) -> dict[str, Any]:
    campaign = {"name": "Reminders", "records": {"clean": 2, "BUSY": 1}}
    return {"wolkvox": {"tokens": [secrets["token"]], "campaigns": {"77": campaign}}}


INFO, SWITCH, CLEAR = "wolkvox_campaign_info", "wolkvox_campaign", "wolkvox_campaign_clear"

VENDOR = Vendor(
    credentials=[{"token": SECRET}],
    secrets=["token"],
    seed=seed,
    path=lambda _options: "/wolkvox",
    calls={
        INFO: {"campaign_ids": ["77"]},
        SWITCH: {"campaign_id": "77", "state": "started"},
        CLEAR: {"campaign_id": "77", "all_records": True},
    },
    ids={INFO: ["campaign_ids"], SWITCH: ["campaign_id"], CLEAR: ["campaign_id"]},
    bad_input=[
        BadInput(CLEAR, {"all_records": False}, "result", "is required"),
        BadInput(CLEAR, {"all_records": MISSING}, "result", "is required"),
        BadInput(CLEAR, {"result": "busy"}, "result", "excludes all_records"),
        BadInput(CLEAR, {"all_records": MISSING, "result": ""}, "result", "must be one of"),
        BadInput(CLEAR, {"all_records": MISSING, "result": "no_answer"}, "result", "must be one of"),
        BadInput(CLEAR, {"all_records": MISSING, "result": "clean"}, "result", "must be one of"),
        BadInput(CLEAR, {"type_campaign": "progressive"}, "type_campaign", "must be one of"),
        BadInput(CLEAR, {"campaign_name": " "}, "campaign_name", "is empty"),
        BadInput(CLEAR, {"result_words": {"FAX": "paper"}}, "result_words", "has to be one of"),
        BadInput(CLEAR, {"backup": True}, "backup_dir", "is required"),
        BadInput(CLEAR, {"backup": True, "backup_dir": "/nowhere/at/all"}, "backup_dir", "not a folder"),
        BadInput(SWITCH, {"state": MISSING}, "state", "is required"),
        BadInput(SWITCH, {"state": "paused"}, "state", "must be one of"),
        BadInput(INFO, {"campaign_ids": []}, "campaign_ids", "the list is empty"),
        *(
            BadInput(module, {"server": server}, "server", says)
            for module in (INFO, SWITCH, CLEAR)
            for server, says in (
                (8, "quote it"),
                (10, "quote it"),
                ("wv0010", "four digits"),
                ("10", "four digits"),
                ("https://wv0010.wolkvox.com", "four digits"),
            )
        ),
    ],
)
