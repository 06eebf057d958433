# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that parses a vendor's data, by name, as functions of the bytes of a body.

A new vendor adds its parsers here. Each returns, or raises OutboundError; anything else is a defect.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ansible_collections.telephony.outbound.plugins.module_utils._core import json_stream
from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Request, Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.operation import Account
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import account as genesys_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import (
    outbound_records as genesys_records,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.bayeux import Bayeux
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import account as plum_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import bodies as plum_bodies
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import calls as plum_calls
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import account as vicidial_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import (
    campaigns as vicidial_campaigns,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import hopper as vicidial_hopper
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.vicidial import leads as vicidial_leads
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import account as voipnow_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import calls as voipnow_calls
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import events as voipnow_events
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import extension as voipnow_extension
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import oauth as voipnow_oauth
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import account as wolkvox_account
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import (
    campaign_info as wolkvox_campaign_info,
)
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import dnc_info as wolkvox_dnc_info
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import export as wolkvox_export
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import records as wolkvox_records

Parser = Callable[[bytes], Any]
PIECE = 65536


class Told:
    """A client that always gets the same answer; errors found by its account are raised, as by the real one."""

    check_mode = False

    def __init__(self, vendor: Account | None, body: bytes, status: int = 200) -> None:
        self._vendor = vendor
        self._answer = (status, body)
        self._left = 20

    def send(self, request: Request) -> Response:
        self._left -= 1
        status, body = self._answer
        assert self._left, "it asks without an end"
        pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
        received = request.receive(pieces) if request.receive and status < 300 else None
        response = Response(status, {}, b"" if received is not None else body, received)
        error = self._vendor.error_from(response) if self._vendor else None
        if error is not None:
            raise error
        return response

    def hide(self, secret: str) -> None:
        """Mask nothing."""


PLUM = plum_account.Plum("insight", "dialer@example.com", "not-a-secret-key")
WOLKVOX = wolkvox_account.Wolkvox("0010", None, "not-a-secret-token")
VICIDIAL = vicidial_account.Vicidial("api", "not-a-secret", "ansible")
VOIPNOW = voipnow_account.VoipNow({"client_id": "app", "client_secret": "not-a-secret"})
GENESYS = genesys_account.Genesys("service", "not-a-secret")
PLACE = voipnow_extension.ExtensionAddress("@me", "0003*210")


def client(vendor: Account | None, body: bytes, status: int = 200) -> Any:
    return Told(vendor, body, status)


def _errors(vendor: Account) -> Parser:
    def error_from(body: bytes) -> None:
        for status in (200, 403):
            vendor.error_from(Response(status, {}, body))

    return error_from


def _stream(body: bytes) -> None:
    pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
    with suppress(ValueError):  # which every caller converts to an OutboundError
        json_stream.read(pieces, ("records", "data"), lambda _value, _text: None)


def _calls(body: bytes) -> None:
    details = plum_calls.call_details("c1", client(PLUM, body))
    Redactor().clean(details)


def _campaigns(body: bytes) -> None:
    info = wolkvox_campaign_info.CampaignInfo(
        WOLKVOX, {"campaign_ids": None, "records_by_result": False, "result_aliases": None}
    )
    Redactor().clean(info.result([info.fetch(None, client(WOLKVOX, body))]))


def _export(body: bytes) -> None:
    export = wolkvox_export.read_export(client(WOLKVOX, body), "77", wolkvox_export.ResultAliases())
    export.uncertain_reason(3)


def _records(body: bytes) -> None:
    who = wolkvox_records.Who("15550100001", None, None)
    found = wolkvox_records.find_records(client(WOLKVOX, body), who, wolkvox_export.ResultAliases())
    Redactor().clean([record.as_dict("predictive") for record in (*found.records, *found.others)])


def _dnc(body: bytes) -> None:
    options = {"phone_number": "15550100001", "type_call": "all", "targets": None}
    info = wolkvox_dnc_info.DncInfo(WOLKVOX, options)
    told = client(WOLKVOX, body)
    told.clock = Clock()
    Redactor().clean(info.result([info.fetch(item, told) for item in info.items()]))


def _events(body: bytes) -> None:
    for event in voipnow_events.list_events(PLACE, client(VOIPNOW, body)):
        PLACE.events(*event.name)
        event.line()


def _phone_calls(body: bytes) -> None:
    for call in voipnow_calls.list_calls(PLACE, client(VOIPNOW, body)):
        PLACE.calls(call.call_id)
        call.nearly("+15550100101")
        Redactor().clean([call.as_dict(), call.line()])


def _vicidial(body: bytes) -> None:
    """Read a body as every answer that it could be."""
    for read in (
        vicidial_campaigns.list_campaigns,
        lambda api: vicidial_hopper.read_hopper(api, "SPRING"),
        lambda api: vicidial_leads.find_leads(api, "5550100001"),
        lambda api: vicidial_leads.live_callbacks(api, "101"),
    ):
        with suppress(OutboundError):
            read(VICIDIAL.api(client(VICIDIAL, body)))


def _token(body: bytes) -> None:
    told = client(VOIPNOW, body)
    told.clock = Clock()
    VOIPNOW._fetch(voipnow_oauth.App("app", "not-a-secret"), told)


def _devices(body: bytes) -> None:
    with suppress(OptionError):  # none, or several
        genesys_records._only_device(client(GENESYS, body))
    genesys_records._check_feature(client(GENESYS, body))


def _bayeux(body: bytes) -> None:
    bayeux = Bayeux(
        "/notifications",
        "/v2/me/*",
        on_event=lambda _channel, data: json.dumps(data),
        ended=lambda: None,
        refresh=lambda: None,
        longest_poll=5.0,
    )
    with suppress(OutboundError):
        bayeux._open(client(GENESYS, body))
    assert 0 <= bayeux._advice.interval <= threading.TIMEOUT_MAX  # otherwise, waiting that long is an error
    assert bayeux._advice.held >= 0


PARSERS: dict[str, Parser] = {
    "json": lambda body: Response(200, {}, body).json(),
    "json_stream": _stream,
    "plum": lambda body: plum_bodies.parse(Response(200, {}, body)),
    "plum errors": _errors(PLUM),
    "plum calls": _calls,
    "wolkvox errors": _errors(WOLKVOX),
    "wolkvox campaigns": _campaigns,
    "wolkvox export": _export,
    "voipnow errors": _errors(VOIPNOW),
    "wolkvox records": _records,
    "wolkvox do-not-call list": _dnc,
    "vicidial errors": _errors(VICIDIAL),
    "vicidial answers": _vicidial,
    "voipnow events": _events,
    "voipnow calls": _phone_calls,
    "voipnow token": _token,
    "genesys errors": _errors(GENESYS),
    "genesys devices": _devices,
    "bayeux": _bayeux,
}

SHAPES: dict[str, str] = {
    "json": "VALUE",
    "json_stream": '{"data": [VALUE, {"a": VALUE}], "total_records": VALUE}',
    "plum": '{"call_details": {"status": VALUE}}',
    "plum errors": '{"error": VALUE, "success": VALUE}',
    "plum calls": '{"call_details": {"status": "queued", "attempts": VALUE, "phone_number": VALUE, '
    '"events": [{"event": VALUE, "timestamp": VALUE}]}}',
    "wolkvox errors": '{"code": VALUE, "error": VALUE, "msg": VALUE}',
    "wolkvox campaigns": '{"code": "200", "data": [{"campaign_id": "77", "campaign_name": VALUE, "records": VALUE, '
    '"dial_mode": VALUE, "skill_id": VALUE, "status": VALUE, "type_campaign": VALUE}]}',
    "wolkvox records": '{"code": "200", "msg": VALUE, "data": [{"campaign_id": "77", "customer_id": VALUE, '
    '"result": VALUE, "calls": VALUE, "tel1": VALUE, "tel2": "15550100001"}]}',
    "wolkvox do-not-call list": '{"code": "200", "data": [{"phone_number": VALUE, "type": VALUE, "date_delete": VALUE},'
    '{"phone_number": "15550100001", "type": VALUE, "date_delete": VALUE}]}',
    "wolkvox export": '{"code": 200, "total_records": VALUE, "records": [{"resultado": VALUE}, {"a": VALUE}]}',
    "voipnow errors": '{"error": {"code": VALUE, "message": VALUE}}',
    "vicidial errors": "ERROR: update_lead VALUE - |VALUE|\nSUCCESS: VALUE",
    "vicidial answers": "campaign_id\tcampaign_name\tactive\nVALUE\tVALUE\tY\n5550100001|1|VALUE\n101\tVALUE",
    "voipnow events": '{"entry": [{"id": "a", "type": 0, "url": VALUE, "note": VALUE, "method": VALUE}], '
    '"totalResults": 1, "itemsPerPage": VALUE, "paging": {"next": VALUE}}',
    "voipnow calls": '{"entry": [{"id": "a", "extension": VALUE, "phoneCallView": [{"source": VALUE, '
    '"destination": [VALUE], "flow": VALUE, "callerID": VALUE}]}, {"id": "b", "phoneCallView": VALUE}]}',
    "voipnow token": '{"access_token": VALUE, "expires_in": VALUE}',
    "genesys errors": '{"statusCode": VALUE, "statusMessage": VALUE}',
    "genesys devices": '{"statusCode": 0, "devices": [{"id": VALUE}], "features": VALUE, "uris": [VALUE]}',
    "bayeux": '[{"channel": "/meta/handshake", "successful": true, "clientId": VALUE, "advice": {"interval": VALUE, '
    '"timeout": VALUE, "reconnect": VALUE}}, {"channel": "/v2/me/outbound", "data": VALUE}]',
}
"""A body of each parser's vendor, with a placeholder for any value."""
