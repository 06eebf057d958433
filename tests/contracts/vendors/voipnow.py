# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow, for the gates."""

from __future__ import annotations

from typing import Any

from ansible_collections.telephony.outbound.tests.contracts.vendor import SECRET, BadInput, Secrets, Vendor

APP = "teardown-app"
HOOK = "https://crm.example.com/hook"
EVENTS, INFO = "voipnow_phonecall_events", "voipnow_phonecall_events_info"
PRESENT = {"state": "present", "event_id": None, "event_type": 1}


def seed(secrets: Secrets) -> dict[str, Any]:
    return {
        "voipnow": {
            "apps": [{"client_id": APP, "client_secret": secrets["client_secret"]}],
            "tokens": [{"token": secrets["access_token"]}],
            "extensions": {"0003*210": {"events": [{"id": "AbC1", "url": HOOK, "note": "CRM"}]}},
        }
    }


VENDOR = Vendor(
    credentials=[{"client_id": APP, "client_secret": SECRET}, {"access_token": SECRET}],
    secrets=["client_secret", "access_token"],
    seed=seed,
    path=lambda _options: "/voipnow",
    calls={
        EVENTS: {"state": "absent", "user_id": "@me", "extension": "0003*210", "event_id": "AbC1"},
        INFO: {"user_id": "@me", "extension": "0003*210"},
    },
    ids={EVENTS: ["user_id", "extension", "event_id"], INFO: ["user_id", "extension"]},
    logins=["POST /voipnow/oauth/token.php"],
    bad_input=[
        BadInput(EVENTS, {"extension": "@self"}, "extension", "cannot be @self"),
        BadInput(EVENTS, {"extension": "0003*21a"}, "extension", "digits and *"),
        BadInput(EVENTS, {"extension": 1923}, "extension", "quote it"),
        BadInput(INFO, {"extension": 1923}, "extension", "quote it"),
        BadInput(EVENTS, {"user_id": "@self"}, "user_id", "@owner"),
        BadInput(EVENTS, {"event_type": 8}, "event_type", "0 to 4"),
        BadInput(INFO, {"event_type": "dialin"}, "event_type", "dial_in"),
        BadInput(EVENTS, {"event_id": None}, "event_id", "is required for state: absent"),
        BadInput(EVENTS, {"url": ""}, "url", "is empty"),
        BadInput(EVENTS, {"note": "CRM\n"}, "note", "white space"),
        BadInput(EVENTS, {"all_events": True}, "all_events", "cannot stand beside"),
        BadInput(EVENTS, {**PRESENT, "url": None}, "url", "is required"),
        BadInput(EVENTS, {**PRESENT, "url": "ftp://crm.example.com"}, "url", "http"),
        BadInput(EVENTS, {**PRESENT, "event_type": None}, "event_type", "is required"),
    ],
)
