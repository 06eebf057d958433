# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys, for the gates."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.tests.contracts.vendor import SECRET, BadInput, Secrets, Vendor

USERNAME = "outbound-service"
CANCEL = "genesys_record_cancel"


def seed(secrets: Secrets) -> dict[str, Any]:
    return {
        "genesys": {
            "accounts": [{"username": USERNAME, "password": secrets["password"], "devices": ["one"]}],
            "campaigns": {"Reminders": {"application_id": 134, "lists": ["May"]}},
            "lists": {"May": ["+15550100101"]},
        }
    }


VENDOR = Vendor(
    credentials=[{"username": USERNAME, "password": SECRET}],
    secrets=["password"],
    seed=seed,
    path=lambda _options: "/genesys",
    calls={
        CANCEL: {
            "application_id": 134,
            "campaign_name": "Reminders",
            "calling_list": "May",
            "phone_number": "+15550100101",
        }
    },
    ids={CANCEL: []},
    texts={CANCEL: ["campaign_name", "calling_list", "phone_number"]},
    bad_input=[
        BadInput(CANCEL, {"phone_number": 15550100101}, "phone_number", "quote it"),
        BadInput(CANCEL, {"application_id": None}, "application_id", "is required"),
        BadInput(CANCEL, {"application_id": 0}, "application_id", "1 or more"),
        BadInput(CANCEL, {"application_id": "Reminders"}, "application_id", "int"),
        BadInput(CANCEL, {"chain_attribute": "Everything"}, "chain_attribute", "must be one of"),
        BadInput(CANCEL, {"device_path": ""}, "device_path", "is empty"),
        BadInput(CANCEL, {"reference_id": " "}, "reference_id", "is empty"),
        BadInput(CANCEL, {"already_gone": ["("]}, "already_gone", "not a regular expression"),
        BadInput(CANCEL, {"already_gone": [""]}, "already_gone", "an empty text"),
        BadInput(CANCEL, {"already_gone": ["x?"]}, "already_gone", "an empty text"),
        BadInput(CANCEL, {"already_gone": ["error"]}, "already_gone", "which does not say that the record is gone"),
        BadInput(CANCEL, {"username": "user:x"}, "username", "colon"),
    ],
)
