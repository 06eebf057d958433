# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explicit task options are distinguished from defaults of the argument spec."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core.given import narrowed, shape_problem

SPEC = {
    "ids": {"type": "list", "elements": "raw"},
    "name": {"type": "str"},
    "targets": {
        "type": "list",
        "elements": "dict",
        "options": {"campaign_id": {"type": "raw"}, "ids": {"type": "list", "elements": "raw"}},
    },
}


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"ids": None, "targets": None},
        {"ids": ["1"], "name": 5},
        {"ids": "1,2"},
        {"targets": []},
        {"targets": [{}, {"campaign_id": 7}, {"ids": ["1"]}]},
    ],
)
def test_shapes_that_are_fine(fine: dict[str, Any]) -> None:
    assert shape_problem(fine, SPEC) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ids": 77}, "ids: is a number; it takes a list of texts, each quoted"),
        ({"ids": True}, "ids: is a boolean; it takes a list of texts, each quoted"),
        ({"ids": {"a": 1}}, "ids: is a mapping; it takes a list of texts, each quoted"),
        ({"targets": "77"}, "targets: is text; it takes a list of mappings, such as [{campaign_id: …}]"),
        ({"targets": {"campaign_id": "7"}}, "targets: is a mapping; it takes a list of mappings, such as"),
        ({"targets": ["77"]}, "targets[0]: is text; an entry is a mapping of options, such as {campaign_id: …}"),
        ({"targets": [{}, 77]}, "targets[1]: is a number; an entry is a mapping"),
        ({"targets": [None]}, "targets[0]: is null; an entry is a mapping"),
        ({"targets": [["77"]]}, "targets[0]: is a list; an entry is a mapping"),
        ({"targets": [{"ids": 7.5}]}, "targets[0].ids: is a number; it takes a list"),
    ],
)
def test_shapes_that_cannot_be_meant(given: dict[str, Any], message: str) -> None:
    assert str(shape_problem(given, SPEC)).startswith(message)


def test_an_entry_has_what_was_given_and_no_more() -> None:
    filled = [
        {"campaign_id": None, "ids": None},
        {"campaign_id": "7", "ids": None},
        {"campaign_id": None, "ids": ["1"]},
    ]
    given = [{}, {"campaign_id": "7"}, {"campaign_id": None, "ids": "1"}]
    assert narrowed({"name": "a", "targets": filled}, {"targets": given}) == {
        "name": "a",
        "targets": [{}, {"campaign_id": "7"}, {"campaign_id": None, "ids": ["1"]}],
    }
    assert narrowed({"targets": None}, {}) == {"targets": None}
    assert narrowed({"name": "a"}, {"name": "a"}) == {"name": "a"}
