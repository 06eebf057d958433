# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The strict subset of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import json_stream, strict_json


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
        ('{"entry": [], "entry": [1]}', "^the name 'entry' stands twice in one object$"),
        ('{"a": 1, "a": 1}', "^the name 'a' stands twice in one object$"),
        ('[{"b": [{"c": {"status": "queued", "s": 0, "status": "canceled"}}]}]', "^the name 'status' stands twice"),
        ('{"a": 1, "\\u0061": 2}', "^the name 'a' stands twice"),
        ('{"": 1, "": 2}', "^the name '' stands twice"),
        ('{"' + "x" * 999 + '": 1, "' + "x" * 999 + '": 2}', f"^the name '{'x' * 40}' stands twice"),
    ],
)
def test_what_is_not(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        strict_json.parse(text)


NAMES = st.sampled_from(["a", "b", "entry", "status"])
VALUES = st.recursive(
    st.none() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(NAMES, inner), max_size=4).map(tuple),
    max_leaves=10,
)


def written(value: Any) -> tuple[str, bool]:
    """Return a value as JSON, and whether an object in it repeats a name; a tuple is an object."""
    if isinstance(value, tuple):
        parts = [(name, *written(inner)) for name, inner in value]
        names = [name for name, _text, _twice in parts]
        text = ", ".join(f'"{name}": {text}' for name, text, _twice in parts)
        return f"{{{text}}}", len(set(names)) < len(names) or any(twice for *_rest, twice in parts)
    if isinstance(value, list):
        items = [written(inner) for inner in value]
        return f"[{', '.join(text for text, _twice in items)}]", any(twice for _text, twice in items)
    return json.dumps(value), False


@given(VALUES)
def test_a_name_twice_is_found_wherever_it_stands(value: Any) -> None:
    text, twice = written(value)
    arrays = ("entry", "status")
    if twice:
        with pytest.raises(ValueError, match="stands twice"):
            strict_json.parse(text)
        with pytest.raises(ValueError, match=r"stands twice|two arrays"):
            json_stream.read([text.encode()], arrays, lambda _value, _text: None)
    else:
        assert strict_json.parse(text) == json.loads(text)
