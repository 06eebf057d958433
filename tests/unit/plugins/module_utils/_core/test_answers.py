# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A field in a body that contradicts success is recognized in every spelling, and other fields are ignored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.answers import is_true, says_no


@pytest.mark.parametrize(
    "body",
    [
        {"error": "x"},
        {"Error": "x"},
        {"error": True},
        {"errors": ["x"]},
        {"errors": {"x": 1}},
        {"exception": "x"},
        {"fault": {"faultstring": "x"}},
        {"success": False},
        {"success": "false"},
        {"SUCCESS": "False"},
        {"success": 0},
        {"success": 1},
        {"success": None},
        {"success": "no"},
        {"ok": False},
        {"status": "error"},
        {"status": " Failed "},
        {"result": "FAILURE"},
        {"state": "rejected"},
        {"success": True, "errors": ["x"]},
    ],
    ids=str,
)
def test_a_body_that_reports_an_error(body: dict[str, Any]) -> None:
    assert says_no(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"error": None},
        {"error": ""},
        {"errors": []},
        {"success": True},
        {"success": "True"},
        {"ok": "true"},
        {"status": "0"},
        {"status": "canceled"},
        {"status": 200},
        {"result": None},
        {"message": "error"},
    ],
    ids=str,
)
def test_a_body_that_reports_no_error(body: dict[str, Any]) -> None:
    assert not says_no(body)


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.booleans()))
def test_only_true_is_true(value: Any) -> None:
    assert is_true(value) == (value is True or (isinstance(value, str) and value.strip().lower() == "true"))
