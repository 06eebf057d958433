# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow's answers."""

from __future__ import annotations

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow import (
    account,
    calls,
    events,
    extension,
    oauth,
)

from .told import Parser, client, errors

VOIPNOW = account.VoipNow({"client_id": "app", "client_secret": "not-a-secret"})
PLACE = extension.ExtensionAddress("@me", "0003*210")


def _events(body: bytes) -> None:
    for event in events.list_events(PLACE, client(VOIPNOW, body)):
        PLACE.events(*event.name)
        event.line()


def _phone_calls(body: bytes) -> None:
    for call in calls.list_calls(PLACE, client(VOIPNOW, body)):
        PLACE.calls(call.call_id)
        call.nearly("+15550100101")
        Redactor().clean([call.as_dict(), call.line()])


def _token(body: bytes) -> None:
    told = client(VOIPNOW, body)
    told.clock = Clock()
    VOIPNOW._fetch(oauth.App("app", "not-a-secret"), told)


PARSERS = {
    "voipnow errors": Parser(errors(VOIPNOW), '{"error": {"code": VALUE, "message": VALUE}}'),
    "voipnow events": Parser(
        _events,
        '{"entry": [{"id": "a", "type": 0, "url": VALUE, "note": VALUE, "method": VALUE}], '
        '"totalResults": 1, "itemsPerPage": VALUE, "paging": {"next": VALUE}}',
    ),
    "voipnow calls": Parser(
        _phone_calls,
        '{"entry": [{"id": "a", "extension": VALUE, "phoneCallView": [{"source": VALUE, '
        '"destination": [VALUE], "flow": VALUE, "callerID": VALUE}]}, {"id": "b", "phoneCallView": VALUE}]}',
    ),
    "voipnow token": Parser(_token, '{"access_token": VALUE, "expires_in": VALUE}'),
}
