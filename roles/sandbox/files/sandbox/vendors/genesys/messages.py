# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events about outbound records, as the vendor documents them, and as it may send them too."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

Event = dict[str, Any]
Message = Mapping[str, Any]

OUTBOUND = "/v2/me/outbound"
INTERNAL = "/me/internal"
RAW = "/workspace/v3/voice"
ACKNOWLEDGEMENTS = {"CancelRecord": "RecordCancelAcknowledge", "DoNotCallRecord": "DoNotCallAcknowledge"}
_INVENTED = "an invented event: the vendor publishes none"


def acknowledgement(order: Message, handle: Any) -> list[Event]:
    """Build the documented event, and the additional one that the vendor's sample shows."""
    kind = ACKNOWLEDGEMENTS[order["operationName"]]
    named = ["devicePath", "callingList", "applicationId", "campaignName"]
    named += ["phoneNumber"] if kind == "DoNotCallAcknowledge" else []
    data: Event = {
        "record": {name: order[name] for name in named if name in order},
        "notificationType": kind,
        "messageType": "OutboundRecordMessage",
    }
    if "referenceId" in order:
        data["referenceId"] = order["referenceId"]
    raw = {
        "GSW_CHAIN_ATTR": order.get("chainAttribute", "RecordOnly"),
        "GSW_APPLICATION_ID": order["applicationId"],
        "GSW_RECORD_HANDLE": handle,
        "GSW_USER_EVENT": kind,
        "GSW_CALLING_LIST": order.get("callingList"),
        "GSW_PHONE": order["phoneNumber"],
        "GSW_CAMPAIGN_NAME": order["campaignName"],
    }
    noise = {
        "metrics": {"eventProcessing": {"serverGenerationTimestamp": int(time.time() * 1000)}},
        "userData": raw,
        "deviceId": str(order["devicePath"]).removeprefix("/devices/"),
        "messageType": "DeviceUserEventMessage",
    }
    return [{"channel": OUTBOUND, "data": data}, {"channel": INTERNAL, "data": noise}]


def raw_acknowledgement(order: Message, user_data: Event) -> Event:
    """Build the event as Outbound Contact Server and the vendor's simulator of the API's next version send it."""
    data: Event = {"messageType": "EventUserEvent", "userData": dict(user_data)}
    if "referenceId" in order:
        data["userData"]["GSW_REFERENCE_ID"] = order["referenceId"]
    return {"channel": RAW, "data": data}


def error_event(order: Message, text: str) -> Event:
    """Build an event about an error; the vendor publishes none."""
    data: Event = {
        "messageType": "OutboundRecordMessage",
        "notificationType": "Error",
        "errorMessage": text,
        "sandbox": _INVENTED,
    }
    if "referenceId" in order:
        data["referenceId"] = order["referenceId"]
    return {"channel": OUTBOUND, "data": data}


def parsed(body: bytes) -> Any:
    """Return the JSON of a request, or None."""
    try:
        return json.loads(body)
    except ValueError:
        return None
