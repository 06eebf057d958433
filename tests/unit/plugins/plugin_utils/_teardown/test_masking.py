# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Phone numbers: none is readable, whatever separates its digits, and equal ones are recognizable."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker

SEPARATORS = ["", " ", "-", ".", "/", ") ", " (", "\u00a0", "\u2011", "\u200b", "%20", "\u202e", " - "]


@st.composite
def phone_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Return a phone number in some spelling, and its digits."""
    digits = draw(st.text("0123456789", min_size=7, max_size=15))
    spelled = digits[0] + "".join(draw(st.sampled_from(SEPARATORS)) + digit for digit in digits[1:])
    return draw(st.sampled_from(["", "+", "00", "tel:", "%2B", "x"])) + spelled, digits


NOT_A_NUMBER = st.text(st.characters(exclude_categories=["Cs", "Nd"], exclude_characters="/.+-()%"), max_size=8)


def runs(text: str) -> list[str]:
    """Return the groups of digits in a text that a person would read as one number, ignoring punctuation and
    spaces.
    """
    text = re.sub(r"%(20|2B)", "", text)
    return [re.sub(r"\D", "", run) for run in re.findall(r"(?:\d[^\w#|]{0,3})+", text)]


@given(phone_numbers(), NOT_A_NUMBER, NOT_A_NUMBER, st.sampled_from(["", "key"]))
def test_no_phone_number_can_be_read(phone: tuple[str, str], before: str, after: str, key: str) -> None:
    spelled, digits = phone
    if re.search(r"(?:19|20)\d\d-\d\d-\d\d", spelled):
        return  # a date
    said = f"{before}|{spelled}|{after}"
    dirty = {
        "target": {"phone_number": spelled, "campaign_name": said},
        "error": {"message": said, "code": said},
        said: [said, {"events": [said]}],
        "number": int(digits),
        "backup_file": f"/b/{spelled}.jsonl",
    }
    masker = Masker(key)
    masker.learn(dirty)
    shown = json.dumps(masker.data(dirty), ensure_ascii=False)
    for text in (
        shown,
        Masker(key).lines(json.dumps(dirty) + "\n"),
        Masker(key).lines(said + "\n" + json.dumps(dirty, ensure_ascii=False)[:-1]),
    ):
        assert [run for run in runs(text) if len(run) >= 7] == []
        assert digits not in text
    assert f"***{digits[-4:]}" in shown
    assert masker.data(masker.data(dirty)) == masker.data(dirty)


def test_a_masked_number_keeps_four_digits_and_a_hash_that_tells_equal_ones() -> None:
    masker = Masker("key")
    masked = masker.text("+1 (555) 555-0101")
    assert re.fullmatch(r"\*\*\*0101#[a-p]{12}", masked)
    assert masker.text("call 1-555-555-0101 now") == f"call {masked} now"
    assert Masker("other").text("15555550101") != masked
    assert Masker().text("15555550101") == "***0101"
    assert Masker().text("15555550101 15555550102, 15555550103") == "***0101 ***0102, ***0103"
    assert Masker().text("\u0661\u0665\u0665\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0661") == "***0101"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-03-01T09:00:00.123456+00:00",
        "ended 2026-03-01 09:00:47, took 12.5 s",
        "123456",
        "0003*210",
        "5f0c1c1e-1234-1234-1234-123456789012",
        "192.168.100.200",
        "http://127.0.0.1:43179/fuse",
        "1,234,567 records",
        "0123456789" * 6 + "abcd",
    ],
)
def test_what_is_no_phone_number_stays(text: str) -> None:
    assert Masker("key").text(text) == text


def test_ids_and_counts_stay_unless_they_are_known_to_be_phone_numbers() -> None:
    data = {
        "target": {"campaign_id": "12345678", "extension": "0001234567"},
        "pending_before": 12345678,
        "call_ids": ["5551234567", "15555550101"],
        "reference_id": "cancel-15555550101-1",
        "elapsed": 1234567.5,
        "verified": True,
    }
    masker = Masker()
    assert masker.data(data) == data
    masker.learn({"deep": [{"phone_number": "+1 555 555 0101"}, {"phone_number": None}, {"phone_number": []}]})
    masked = masker.data(data)
    assert masked["call_ids"] == ["5551234567", "***0101"]
    assert masked["reference_id"] == "cancel-***1011"
    assert masked["target"] == data["target"]


def test_a_short_number_is_masked_wholly_and_what_looks_like_it_stays() -> None:
    row = {
        "target": {"phone_number": "55501", "campaign_id": "55501"},
        "also_means": ["55502"],
        "records": [{"phone_numbers": ["77 01", 8801]}],
        "pending": 55501,
        "message": "not found as 55501, +55501 or (55501); 55501 records, HTTP 55501, campaign 55501, 155501,"
        " 55501-7, 55.501",
        "vendor_said": ["No lead with phone 55501"],
    }
    for masker in (Masker("key"), Masker()):
        masker.learn(row)
        masked = masker.data(row)
        shown = masker.number("55501")
        assert re.fullmatch(r"\*\*\*(#[a-p]{12})?", shown)
        assert masked == {
            "target": {"phone_number": shown, "campaign_id": "55501"},
            "also_means": [masker.number("55502")],
            "records": [{"phone_numbers": [masker.number("7701"), masker.number("8801")]}],
            "pending": 55501,
            "message": f"not found as {shown}, {shown} or ({shown}); 55501 records, HTTP 55501, campaign 55501, 155501,"
            " 55501-7, 55.501",
            "vendor_said": [f"No lead with phone {shown}"],
        }
        assert masker.data(masked) == masked
    masker = Masker()
    masker.learn({"phone_number": "55-01"})
    assert masker.text("55-01, 5501 and 5502") == "***, *** and 5502"


def test_long_text_is_masked_in_linear_time() -> None:
    # It must terminate: with backtracking, these would take hours.
    for piece in ("1", "1    ", "123456,", "1 ", "%20", "2026-03-01", "+", "a"):
        assert Masker("key").text(piece * (2**18 // len(piece)))


@pytest.mark.parametrize(
    "text",
    [
        "1_555_010_0123",
        "079'123'45'67",
        "1,555,010,0123",
        "1:555:010:0123",
        "1\u2022555\u2022010\u20220123",
        "555=010=0123",
        "1 | 555 | 010 | 0123",
        "%31%35%35%35%30%31%30%30%31%32%33",
        "15550100-1234-5678-9012-155501001234",
    ],
)
def test_odd_spellings_are_masked(text: str) -> None:
    assert re.fullmatch(r"\*\*\*\d{4}#[a-p]{12}", Masker("key").text(text))


@pytest.mark.parametrize("key", ["ticket", "account", "reference_id", "status", "login", "backup_file"])
def test_a_number_with_a_plus_is_masked_under_every_key(key: str) -> None:
    assert Masker().data({key: "call +15550100123"}) == {key: "call ***0123"}
