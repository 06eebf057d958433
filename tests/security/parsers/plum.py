# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plum's answers."""

from __future__ import annotations

from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import Response
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum import account, bodies, calls

from .told import Parser, client, errors

PLUM = account.Plum("insight", "dialer@example.com", "not-a-secret-key")


def _calls(body: bytes) -> None:
    details = calls.call_details("c1", client(PLUM, body))
    Redactor().clean(details)


PARSERS = {
    "plum": Parser(lambda body: bodies.parse(Response(200, {}, body)), '{"call_details": {"status": VALUE}}'),
    "plum errors": Parser(errors(PLUM), '{"error": VALUE, "success": VALUE}'),
    "plum calls": Parser(
        _calls,
        '{"call_details": {"status": "queued", "attempts": VALUE, "phone_number": VALUE, '
        '"events": [{"event": VALUE, "timestamp": VALUE}]}}',
    ),
}
