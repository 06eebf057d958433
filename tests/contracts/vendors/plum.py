# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plum, for the gates."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.tests.contracts.vendor import MISSING, SECRET, BadInput, Secrets, Vendor

EMAIL = "dialer@example.com"


def seed(secrets: Secrets) -> dict[str, Any]:
    queues = {"100/200": {"c1": "queued", "c2": "completed"}}
    account = {"email": EMAIL, "developer_key": secrets["developer_key"]}
    return {"plum": {"accounts": [account], "fuse": queues, "insight": queues}}


CANCEL = "plum_outbound_cancel"
FUSE = {"product": "fuse", "application_id": "100", "deployment_id": "200"}
INSIGHT = {
    "product": "insight",
    "survey_id": "100",
    "instance_id": "200",
    "application_id": MISSING,
    "deployment_id": MISSING,
}

VENDOR = Vendor(
    credentials=[{"email": EMAIL, "developer_key": SECRET}],
    secrets=["developer_key"],
    seed=seed,
    path=lambda options: f"/{options['product']}",
    calls={
        CANCEL: {**FUSE, "call_ids": ["c1", "c2"], "call_ids_complete": True},
        "plum_call_info": {"product": "insight", "call_ids": ["c1"]},
    },
    ids={CANCEL: ["application_id", "deployment_id", "call_ids"], "plum_call_info": ["call_ids"]},
    bad_input=[
        BadInput(CANCEL, {"product": MISSING}, "product", "missing required arguments"),
        BadInput(CANCEL, {"product": None}, "product"),
        BadInput(CANCEL, {"product": "studio"}, "product", "must be one of"),
        BadInput("plum_call_info", {"product": ""}, "product", "must be one of"),
        BadInput(CANCEL, {**INSIGHT, "survey_id": MISSING}, "survey_id", "is required"),
        BadInput(CANCEL, {**INSIGHT, "instance_id": ".."}, "instance_id", "cannot be an id"),
        BadInput(CANCEL, {"survey_id": "10"}, "survey_id", "belongs to product"),
        BadInput(CANCEL, {"call_ids": MISSING}, "call_ids_complete", "needs call_ids"),
        BadInput(CANCEL, {"call_ids": []}, "call_ids", "is empty"),
        BadInput(CANCEL, {"email": "dialer:x@example.com"}, "email", "colon"),
    ],
)
