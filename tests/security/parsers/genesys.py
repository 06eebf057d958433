# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys' answers and notifications."""

from __future__ import annotations

import json
import threading
from contextlib import suppress

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys import account, outbound_records
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.bayeux import Bayeux

from .told import Parser, client, errors

GENESYS = account.Genesys("service", "not-a-secret")


def _devices(body: bytes) -> None:
    with suppress(OptionError):  # none, or several
        outbound_records._only_device(client(GENESYS, body))
    outbound_records._check_feature(client(GENESYS, body))


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


PARSERS = {
    "genesys errors": Parser(errors(GENESYS), '{"statusCode": VALUE, "statusMessage": VALUE}'),
    "genesys devices": Parser(
        _devices, '{"statusCode": 0, "devices": [{"id": VALUE}], "features": VALUE, "uris": [VALUE]}'
    ),
    "bayeux": Parser(
        _bayeux,
        '[{"channel": "/meta/handshake", "successful": true, "clientId": VALUE, "advice": {"interval": VALUE, '
        '"timeout": VALUE, "reconnect": VALUE}}, {"channel": "/v2/me/outbound", "data": VALUE}]',
    ),
}
