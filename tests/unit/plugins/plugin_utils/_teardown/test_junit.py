# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence as JUnit XML: a test case for each target, well-formed, and without phone numbers."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.junit import junit_of
from ansible_collections.telephony.outbound.tests.support.plans import ended


def suite(*entries: dict[str, Any], **run: Any) -> ET.Element:
    evidence = {"run": run, "results": [{"account": "sales", "vendor": "wolkvox", **entry} for entry in entries]}
    (found,) = ET.fromstring(junit_of(evidence))
    return found


def test_a_target_that_needs_a_person_is_a_failure() -> None:
    error = {"kind": "timeout", "message": "no answer"}
    found = suite(
        {**ended("77"), "name": "Winter", "elapsed": 0.4},
        {**ended("78", "in_doubt", error=error), "name": "Spring"},
        seconds=7,
        start="2026-01-05T14:30:00Z",
    )
    told = {key: found.get(key) for key in ("tests", "failures", "time", "timestamp")}
    assert told == {"tests": "2", "failures": "1", "time": "7", "timestamp": "2026-01-05T14:30:00"}
    assert [(case.get("classname"), "Winter" in str(case.get("name")), len(case)) for case in found] == [
        ("sales", True, 0),
        ("sales", False, 1),
    ]
    assert found[0].get("time") == "0.4"
    (failure,) = found[1]
    assert failure.attrib == {"type": "in_doubt", "message": "in_doubt: no answer"}


def test_phone_numbers_are_masked_although_the_evidence_has_them() -> None:
    target = {"phone_number": "+15550100123"}
    number = {"step": "cancel", "number": "+15550100123", "outcome": "failed", "target": target, "name": None}
    found = suite({**number, "error": {"message": "15550100123 is busy"}})
    text = ET.tostring(found, "unicode")
    assert "5550100123" not in text
    assert found[0].get("name", "").startswith("cancel ")
    assert text.count("0123") == 2


@given(st.text(), st.text())
def test_any_text_of_a_vendor_is_text(name: str, message: str) -> None:
    (case,) = suite({**ended("77", "failed", error={"message": message}), "account": name, "name": name})
    assert len(case) == 1
