# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence as CSV: no cell is a formula, and what was written comes back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.csv_text import (
    COLUMNS,
    cells,
    csv_of,
    safe,
)
from ansible_collections.telephony.outbound.tests.support.plans import ended

NO = {"kind": "rejected", "status": 400, "code": 7, "message": "no"}


BLANK = " \t\r\n\"'\u200b\u202e\ufeff\x00"
FORMULA = re.compile(rf"(?:\A|[;|\t\r\n])[{BLANK}]*(?<!')[=+\-@\uff1d\uff0b\uff0d\uff20]")


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize(
    "blank", ["", " ", '"', '""', "'", "\t", "\r", "\n", '" "', "\u202e", "x;", "x; ", "x\n", 'x\t"', "x|"]
)
def test_no_cell_starts_a_formula(sign: str, blank: str) -> None:
    guarded = safe(f"{blank}{sign}cmd|' /C calc'!A0")
    assert f"'{sign}" in guarded
    assert guarded.replace("'", "") == f"{blank}{sign}cmd|' /C calc'!A0".replace("'", "")
    assert guarded[0] not in "=+-@\t\r\n"


@given(st.text(max_size=30) | st.text("=+-@;|\t\r\n \"'x\uff21\uff1d", max_size=12))
def test_cells_are_guarded_and_come_back_whole(text: str) -> None:
    guarded = safe(text)
    assert not FORMULA.search(guarded)
    assert guarded[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    assert len(guarded.replace("'", "")) == len(text.replace("'", ""))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4))
def test_csv_comes_back_from_a_reader(names: list[str]) -> None:
    results = [{**ended("77"), "account": "a", "vendor": "wolkvox", "name": name} for name in names]
    text = csv_of(results)
    assert read(text) == [list(COLUMNS), *map(cells, results)]
    assert text.endswith("\r\n")


def test_cells_say_unknown_and_never_nothing_for_a_count() -> None:
    (title, row) = read(csv_of([{**ended("77", "accepted", pending_before=None, error=NO), "name": None}]))
    told = dict(zip(title, row, strict=True))
    assert told["pending_before"] == "unknown"
    assert told["pending_after"] == "0"
    assert told["target"] == "campaign_id=77 all_records=yes"
    assert (told["changed"], told["verified"], told["name"]) == ("yes", "no", "")
    assert (told["error_kind"], told["error_status"], told["error_code"], told["error_message"]) == (
        "rejected",
        "400",
        "7",
        "no",
    )


def test_long_cells_are_guarded_in_linear_time() -> None:
    for piece in ("\n", ";", ' "', "=", "x\n=", ";'"):
        assert safe(piece * (2**18 // len(piece)))
