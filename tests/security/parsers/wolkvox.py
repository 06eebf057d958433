# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wolkvox's answers."""

from __future__ import annotations

from ansible_collections.telephony.outbound.plugins.module_utils._core.clock import Clock
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import Redactor
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import (
    account,
    campaign_info,
    dnc_info,
    export,
    records,
)

from .told import Parser, client, errors

WOLKVOX = account.Wolkvox("0010", None, "not-a-secret-token")


def _campaigns(body: bytes) -> None:
    info = campaign_info.CampaignInfo(
        WOLKVOX, {"campaign_ids": None, "records_by_result": False, "result_aliases": None}
    )
    Redactor().clean(info.result([info.fetch(None, client(WOLKVOX, body))]))


def _export(body: bytes) -> None:
    read = export.read_export(client(WOLKVOX, body), "77", export.ResultAliases())
    read.uncertain_reason(3)


def _records(body: bytes) -> None:
    who = records.Who("15550100001", None, None)
    found = records.find_records(client(WOLKVOX, body), who, export.ResultAliases())
    Redactor().clean([record.as_dict("predictive") for record in (*found.records, *found.others)])


def _dnc(body: bytes) -> None:
    options = {"phone_number": "15550100001", "type_call": "all", "targets": None}
    info = dnc_info.DncInfo(WOLKVOX, options)
    told = client(WOLKVOX, body)
    told.clock = Clock()
    Redactor().clean(info.result([info.fetch(item, told) for item in info.items()]))


PARSERS = {
    "wolkvox errors": Parser(errors(WOLKVOX), '{"code": VALUE, "error": VALUE, "msg": VALUE}'),
    "wolkvox campaigns": Parser(
        _campaigns,
        '{"code": "200", "data": [{"campaign_id": "77", "campaign_name": VALUE, "records": VALUE, '
        '"dial_mode": VALUE, "skill_id": VALUE, "status": VALUE, "type_campaign": VALUE}]}',
    ),
    "wolkvox export": Parser(
        _export, '{"code": 200, "total_records": VALUE, "records": [{"resultado": VALUE}, {"a": VALUE}]}'
    ),
    "wolkvox records": Parser(
        _records,
        '{"code": "200", "msg": VALUE, "data": [{"campaign_id": "77", "customer_id": VALUE, '
        '"result": VALUE, "calls": VALUE, "tel1": VALUE, "tel2": "15550100001"}]}',
    ),
    "wolkvox do-not-call list": Parser(
        _dnc,
        '{"code": "200", "data": [{"phone_number": VALUE, "type": VALUE, "date_delete": VALUE},'
        '{"phone_number": "15550100001", "type": VALUE, "date_delete": VALUE}]}',
    ),
}
