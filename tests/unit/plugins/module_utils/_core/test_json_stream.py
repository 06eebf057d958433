# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON parsed as it arrives equals JSON parsed as a whole, wherever it is split."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import json_stream, strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["code", "records", "recor", "x"]), VALUES)
INDENTS = st.sampled_from([None, 0, 2, "\t", "\r\n"])


def read(chunks: Any, *arrays: str) -> tuple[Any, list[Any], list[str]]:
    values: list[Any] = []
    texts: list[str] = []

    def take(value: Any, text: str) -> None:
        values.append(value)
        texts.append(text)

    return json_stream.read(chunks, arrays, take), values, texts


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(marks)]


@given(VALUES | OBJECTS, st.lists(st.integers(0, 10_000), max_size=20), INDENTS, st.booleans(), st.booleans())
def test_any_json_in_any_pieces(value: Any, places: list[int], indent: Any, plain: bool, mark: bool) -> None:
    try:
        data = json.dumps(value, indent=indent, ensure_ascii=plain).encode()
    except UnicodeEncodeError:
        data = json.dumps(value, indent=indent).encode()
    data = b"\xef\xbb\xbf" + data if mark else data
    whole, values, texts = read(cut(data, places), "records")
    expected = json.loads(data)
    if isinstance(expected, list):
        whole = values
    elif isinstance(expected, dict) and isinstance(expected.get("records"), list):
        assert whole["records"] == []
        whole["records"] = values
    assert whole == expected
    assert [json.loads(text) for text in texts] == values


@given(st.text(alphabet='{}[],:"\\ \n0123456789.-+eEtrufalsn', max_size=30), st.lists(st.integers(0, 40), max_size=6))
def test_any_text_is_read_or_refused_as_json_does(text: str, places: list[int]) -> None:
    try:
        expected: Any = strict_json.parse(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            read(cut(text.encode(), places))
        return
    whole, values, _texts = read(cut(text.encode(), places))
    assert (values if isinstance(expected, list) else whole) == expected


@pytest.mark.parametrize("number", ["1.5", "-12e+10", "1E-3", "123456789012345678901234567890", "-0"])
def test_a_number_is_not_torn(number: str) -> None:
    for form in (f'{{"records": [{number}]}}', f"[{number}, {number}]", number):
        expected = json.loads(form)
        pieces = [form.encode()[i : i + 1] for i in range(len(form))]
        whole, values, texts = read(pieces, "records")
        assert set(texts) <= {number}
        assert repr(values if isinstance(expected, list) else whole) == repr(
            {**expected, "records": []} if isinstance(expected, dict) else expected
        )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[1 2]",
        '{"a"',
        '{"a":',
        '{"a": 1',
        '{"a": 1,}',
        '{"a" 1}',
        "{a: 1}",
        "{1: 1}",
        "[1] 2",
        '{"records": [1}',
        '{"records": [1], "records": [2]}',
        '{"records": [1], "data": []}',
        '"\udcff"',
        "NaN",
        "[-Infinity]",
        "[1e999]",
        '{"a": ' + "9" * 41 + "}",
        '{"a": ' + "[" * 64 + "]" * 64 + "}",
    ],
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read([text.encode(errors="surrogateescape")], "records", "data")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1] 2", "something follows the JSON text"),
        ('{"a": 1, b: 1}', "a member without a name"),
        ("[1 2]", "one of ,] was expected"),
        ('{"a": 1]', "one of ,} was expected"),
        ('{"a" 1}', "one of : was expected"),
        ('{"records": [1], "data": []}', "records and data: two arrays where one is expected"),
        ('{"records": [1], "records": [2]}', "the name 'records' stands twice in one object"),
        ('{"records": [], "code": 200, "records": 0}', "the name 'records' stands twice in one object"),
        ('{"total_records": 0, "total_records": 20}', "the name 'total_records' stands twice in one object"),
        ('{"records": [{"a": 1, "a": 2}]}', "the name 'a' stands twice in one object"),
        ('[{"a": {"b": 1, "b": 1}}]', "the name 'b' stands twice in one object"),
    ],
)
def test_what_is_said_of_it(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read([text.encode()], "records", "data")
    assert str(caught.value) == words


@pytest.mark.parametrize("text", ['"é', "[1] é", "1 é"])
def test_what_breaks_off_in_a_character(text: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        read([text.encode()[:-1]])


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, '{"records": [' + "[" * 100_000])
def test_a_tower_of_brackets(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read([text.encode()], "records")


def test_a_value_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LONGEST", 100_000)
    endless = (b'{"records": ["' if number == 0 else b"x" * 1000 for number in range(1_000_000))
    with pytest.raises(ValueError, match="longer than 100000 characters"):
        read(endless, "records")
    assert sum(1 for _rest in endless) > 900_000


def test_a_name_twice_ends_the_reading_where_it_stands() -> None:
    """What follows cannot repair it, so nothing more is read."""
    pieces = (b'{"records": [{"a": 1, "a": 2}' if number == 0 else b", 1" for number in range(1000))
    with pytest.raises(ValueError, match="stands twice"):
        read(pieces, "records")
    assert sum(1 for _rest in pieces) > 990


def test_a_long_value_below_the_limit() -> None:
    text = "x" * 6_000_000
    whole, values, _texts = read(
        [piece.encode() for piece in (f'{{"a": "{text}", "records": ["', text, '"]}')], "records"
    )
    assert (len(whole["a"]), len(values[0])) == (6_000_000, 6_000_000)


def test_memory_stays_flat() -> None:
    def many() -> Iterator[bytes]:
        yield b'{"records": [0'
        for number in range(20_000):
            yield b', {"name": "%d", "text": "%s"}' % (number, b"x" * 1000)
        yield b"]}"

    seen = 0

    def take(_value: Any, _text: str) -> None:
        nonlocal seen
        seen += 1

    tracemalloc.start()
    json_stream.read(many(), ("records",), take)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == 20_001
    assert peak < 2_000_000
