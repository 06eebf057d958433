# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence as CSV: no cell is a formula, and values survive a round trip."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.csv_text import (
    BYTE_ORDER_MARK,
    COLUMNS,
    as_written,
    csv_of,
    safe,
)
from ansible_collections.telephony.outbound.tests.support.plans import ended

NO = {"kind": "rejected", "status": 400, "code": 7, "message": "no"}


BLANK = " \t\r\n\"'\u200b\u202e\ufeff\x00"
FORMULA = re.compile(rf"(?:\A|[;|\t\r\n])[{BLANK}]*(?<!')[=+\-@\uff1d\uff0b\uff0d\uff20]")


def read(text: str) -> list[list[str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True))


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
    text = csv_of({"results": [{**ended("77"), "account": "a", "vendor": "wolkvox", "name": name} for name in names]})
    title, *rows = read(text)
    assert title == list(COLUMNS)
    assert [row[title.index("name")] for row in rows] == list(map(as_written, names))
    assert text.endswith("\r\n")


def test_cells_say_unknown_and_never_nothing_for_a_count() -> None:
    (title, row) = read(csv_of({"results": [{**ended("77", "accepted", pending_before=None, error=NO), "name": None}]}))
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


ABOUT = {
    "run_id": "therun",
    "start": "2026-03-01T09:00:00Z",
    "end": "2026-03-01T09:00:47Z",
    "reason": "End of season",
    "ticket": "OPS-1",
    "requested_by": "Ada",
    "approval": {"by": "Grace", "proved_by": "a hash"},
    "version": "1.0",
    "plan_sha256": "abc",
}


def told(**more: object) -> dict[str, str]:
    title, row = read(csv_of({"run": ABOUT, "results": [{**ended("77"), "account": "a", **more}]}))
    return dict(zip(title, row, strict=True))


def test_every_row_stands_alone() -> None:
    row = told()
    assert [row[name] for name in ("run_id", "run_start", "run_end", "reason", "ticket", "requested_by")] == [
        *("therun", "2026-03-01T09:00:00Z", "2026-03-01T09:00:47Z", "End of season", "OPS-1", "Ada")
    ]
    assert [row[name] for name in ("approved_by", "approval_proved_by", "plan_sha256")] == ["Grace", "a hash", "abc"]


def test_every_id_has_a_column() -> None:
    target = {"application_id": 134, "campaign_name": "May", "calling_list": "L", "phone_number": "+15550100123"}
    row = told(target=target, campaign_name=None)
    assert [row[name] for name in ("application_id", "campaign_name", "calling_list")] == ["134", "May", "L"]
    assert row["phone_number"] == "'+15550100123"
    assert (row["campaign_id"], row["vendor_name"]) == ("", "")
    assert told(target={"campaign_id": "77", "result": "busy"}, campaign_name="Winter")["vendor_name"] == "Winter"


def test_times_and_the_vendors_words() -> None:
    times = {"begun": "2026-03-01T09:00:01.000+00:00", "sent": None, "answered": None, "confirmed": None}
    row = told(times=times, vendor_said=["HTTP 200 OK", "more"], planned={"outcome": "would_clear", "pending": None})
    assert (row["begun"], row["sent"]) == ("2026-03-01T09:00:01.000+00:00", "")
    assert row["vendor_said"] == "HTTP 200 OK / more"
    assert row["planned_pending"] == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        *("0010", "077", "00", "123456789012", "15550100123000", "1e5", "57E12", "3-4", "1/2", "2026-01-31", "1.2"),
        *("12:30", "1:2:3", "MAR1", "sept 2", "1 May", "2-Jan-26", " 0010 ", "00,5"),
    ],
)
def test_what_a_spreadsheet_would_change_is_marked_as_text(text: str) -> None:
    assert as_written(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["77", "0", "12345678901", "May", "busy", "0003*211", "10.0.0.1", "a0010", "2026-03-01T09:00:47Z", "", "x1e5"],
)
def test_what_it_shows_as_written_stays(text: str) -> None:
    assert as_written(text) == text
