# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events with a request's id: which of them prove that it was carried out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.events import (
    Acknowledgments,
    Gone,
    Heard,
)

NAMES = {"calling_list": "May", "campaign_name": "Reminders", "phone_number": "+15550100101", "chain_attribute": ""}
TYPE = "RecordCancelAcknowledge"


def heard(*events: dict[str, Any]) -> Heard:
    answers = Acknowledgments(Gone((), "the record is gone"), TYPE)
    answers.expect("mine", NAMES, lambda: None)
    answers.accept("mine")
    for event in events:
        answers.on_event("/v2/me/outbound", {"referenceId": "mine", "notificationType": TYPE, **event})
    return answers.get("mine")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"record": {"status": "Cancelled"}},
        {"record": {"state": "canceled"}, "result": "success"},
        {"status": "OK", "outcome": "Acknowledged"},
        {"status": {"code": 1, "message": "done"}, "success": True},
        {"status": None, "result": 0},
    ],
    ids=json.dumps,
)
def test_an_acknowledgement(event: dict[str, Any]) -> None:
    assert (heard(event).acknowledged, heard(event).error) == (True, None)


@pytest.mark.parametrize("field", ["status", "state", "result", "outcome"])
@pytest.mark.parametrize(
    "word",
    [
        *("Rejected", "declined", "NotCancelled", "not cancelled", "Unsuccessful", "aborted", "unknown", "TimedOut"),
        *("No such record", "cannot be cancelled", "NoRecordStatus", "Expired"),
        {"code": 1, "message": "record is unknown"},
        False,
    ],
)
def test_an_acknowledgement_that_says_otherwise_is_none(field: str, word: Any) -> None:
    """It is no error that the vendor documents either, so a later acknowledgement still counts."""
    for event in ({field: word}, {"record": {field: word}}):
        assert (heard(event).acknowledged, heard(event).error) == (False, None)
        assert heard(event, {}).acknowledged
