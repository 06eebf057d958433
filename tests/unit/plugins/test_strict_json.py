# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is JSON to others and not to us, and what is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import strict_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "\xc3\xa9"]}', {"a": [1, 2.5, None, True, "é"]}),
        ("9" * strict_json.MOST_DIGITS, int("9" * strict_json.MOST_DIGITS)),
        ("1e308", 1e308),
        ("[" * strict_json.MOST_NESTED + "]" * strict_json.MOST_NESTED, None),
    ],
)
def test_json(text: str | bytes, value: Any) -> None:
    found = strict_json.parse(text)
    assert found == value or value is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[NaN]", "^NaN is not JSON$"),
        ("-Infinity", "^-Infinity is not JSON$"),
        ("1e309", "^a number that is too large$"),
        ("9" * (strict_json.MOST_DIGITS + 1), "^a number with more than 40 digits$"),
        ("[" * (strict_json.MOST_NESTED + 1) + "]" * (strict_json.MOST_NESTED + 1), "^nested too deeply$"),
        ('{"a": ' * (strict_json.MOST_NESTED + 1) + "1" + "}" * (strict_json.MOST_NESTED + 1), "^nested too deeply$"),
        ("[" * 100_000, "^nested too deeply$"),
        ("{", "Expecting"),
    ],
)
def test_what_is_not(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        strict_json.parse(text)
