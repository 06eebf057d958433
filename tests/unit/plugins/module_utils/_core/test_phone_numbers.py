# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forms of phone numbers: no rule confuses two persons' numbers without reporting it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import phone_numbers
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError
from ansible_collections.telephony.outbound.plugins.module_utils._core.phone_numbers import Form, e164, rules

PERSON = "+573000000007"


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    phone_numbers._library.cache_clear()
    yield
    phone_numbers._library.cache_clear()


@pytest.fixture
def library() -> Any:
    return pytest.importorskip("phonenumbers", reason="optional for users too")


def forms(value: Any, number: str = PERSON) -> tuple[Form, ...]:
    return rules("forms", value).forms(number)


def texts(found: tuple[Form, ...]) -> list[str]:
    return [form.text for form in found]


# --- E.164 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "+573000000007",
        "+57 300 000 0007",
        "+57-300-000-0007",
        "+57 (300) 000.0007",
        "(+57) 3000000007",
        "+5730 0000 0007",
    ],
)
def test_spellings_of_one_number(spelling: str) -> None:
    assert e164("n", spelling) == PERSON


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (573000000007, "quote it"),
        (5.73e11, "quote it"),
        (True, "quote it"),
        (None, "is required"),
        ([PERSON], "takes one text"),
        ({"number": PERSON}, "takes one text"),
        ("", "is empty"),
        (" +573000000007", "white space"),
        ("573000000007", "no + and country code"),
        ("00573000000007", "no + and country code"),
        ("0300 0000007", "no + and country code"),
        ("+03000000007", "no country code begins with 0"),
        ("+57300", "has 5 digits"),
        ("+5730000000071234", "has 16 digits"),
        ("+44 (0)20 7946 0958", "has a 0 after ("),
        ("+44 (020) 7946 0958", "has a 0 after ("),
        ("+1555010001/2", "has '/'"),
        ("*31#+15550100001", "has a + after its beginning"),
        ("+1555#0100001", "has '#'"),
        ("+15550100001 x12", "'x'"),
        ("+15550100001 +15550100002", "several numbers"),
        ("+1555010000\uff11", "FULLWIDTH"),
        ("\uff0b15550100001", "FULLWIDTH"),
        ("+1555\u20110100001", "HYPHEN"),
        ("+1.5550100001E+11", "'E'"),
        ("all", "'a'"),
    ],
)
def test_what_is_no_e164_number(bad: Any, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        e164("n", bad)
    assert says in str(caught.value)
    assert caught.value.option == "n"


@pytest.mark.parametrize("bad", ["+44 0 7700 900123", "+4902012345678"])
def test_a_zero_that_is_dialed_within_the_country_only(library: Any, bad: str) -> None:
    with pytest.raises(OptionError, match="has a 0 after its country code"):
        e164("number", bad)


@pytest.mark.parametrize("number", ["+390612345678", "+2250700000007", "+447700900123", "+15550100001"])
def test_a_zero_with_which_numbers_of_the_country_begin(library: Any, number: str) -> None:
    assert e164("number", number) == number


# Without a 0 behind the country code, which some countries have and others do not.
numbers = st.from_regex(r"\+[1-9]{4}[0-9]{3,11}", fullmatch=True)


@given(numbers, st.lists(st.sampled_from([" ", "-", ".", ""]), min_size=16, max_size=16))
def test_what_people_put_between_digits_changes_nothing(number: str, between: list[str]) -> None:
    spelled = number[0] + "".join(digit + gap for digit, gap in zip(number[1:], between, strict=False)).rstrip(" -.")
    if re.fullmatch(r"[+][0-9]+\.0+", spelled):
        return  # as a spreadsheet writes a number
    assert e164("n", spelled) == number


@given(st.text(max_size=20) | st.integers() | st.floats() | st.none() | st.booleans())
def test_whatever_is_given_is_a_number_or_an_error(value: Any) -> None:
    try:
        found = e164("n", value)
    except OptionError:
        return
    assert found[0] == "+"
    assert found[1:].isascii()
    assert found[1:].isdigit()
    assert 7 <= len(found[1:]) <= 15
    assert [char for char in str(value) if char.isdigit()] == list(found[1:])


# --- forms -----------------------------------------------------------------------------------------------------------

NATIONAL = {"national": {"country_code": "57", "prefix": "9"}}


def test_every_form_is_searched_and_told() -> None:
    listed = ["as_is", "digits", NATIONAL, {"literal": {"+57 300 000 0007": ["0057 3000000007"]}}]
    found = forms(listed)
    assert texts(found) == ["+573000000007", "573000000007", "93000000007", "0057 3000000007"]
    assert [form.rule for form in found] == ["as_is", "digits", "national 57, prefix 9", "literal"]


def test_nothing_is_guessed_where_no_rule_applies() -> None:
    useless = [NATIONAL, {"literal": {PERSON: ["1"]}}]
    assert texts(forms(["digits", *useless], "+15550100001")) == ["15550100001"]
    with pytest.raises(OptionError) as caught:
        forms(useless, "+15550100001")
    assert str(caught.value) == (
        "forms: no rule says in which form +15550100001 is stored (national 57, prefix 9: the number has another"
        " country code than 57; literal: the number is not listed there)"
    )


def test_two_countries_in_one_national_form_are_told(without_library: None) -> None:
    both = [{"national": {"country_code": "57"}}, {"national": {"country_code": "1"}}]
    (form,) = forms(both, "+573105550100")
    assert (form.text, form.also) == ("3105550100", ("+13105550100",))
    (form,) = forms(both, "+13105550100")
    assert (form.text, form.also) == ("3105550100", ("+573105550100",))


def test_digits_and_a_national_form_may_be_one_text(without_library: None) -> None:
    form = forms(["digits", {"national": {"country_code": "57"}}])[1]
    assert (form.text, form.also) == ("3000000007", ("+3000000007",))


def test_an_impossible_number_is_nobodys(library: Any) -> None:
    form = forms(["digits", {"national": {"country_code": "57"}}])[1]
    assert (form.text, form.also) == ("3000000007", ())


def test_two_literal_numbers_with_one_form_are_told() -> None:
    (form,) = forms([{"literal": {PERSON: ["900"], "+15550100001": ["900"]}}])
    assert form.also == ("+15550100001",)


@pytest.mark.parametrize(
    ("bad", "option", "says"),
    [
        (None, "f", "is null"),
        ([], "f", "is empty"),
        ("digits", "f", "is text"),
        ({"national": {}}, "f", "is a mapping"),
        (["as_is", "e164"], "f[1]", "is 'e164', which is no form; a form is as_is, digits"),
        ([7], "f[0]", "is a number, which is no form"),
        (["\u202edigits\n"], "f[0]", r"is '\u202edigits\n', which is no form"),
        ([PERSON], "f[0]", "is text with 12 digits, which is no form"),
        (["911"], "f[0]", "is text with 3 digits, which is no form"),
        (["x" * 99], "f[0]", f"is '{'x' * 40}', which is no form"),
        ([{PERSON: ["9"]}], "f[0]", "is a mapping with text with 12 digits, which is no form"),
        ([{}], "f[0]", "is a mapping with nothing, which is no form"),
        (["digits", "digits"], "f[1]", "repeats the rule digits"),
        (
            [{"national": {"country_code": "57"}, "literal": {}}],
            "f[0]",
            "is a mapping with 'national', 'literal', which",
        ),
        ([{"national": None}], "f[0].national", "takes country_code"),
        ([{"national": {"prefix": "9"}}], "f[0].national", "takes country_code"),
        ([{"national": {"country_code": "57", "trunk": "0"}}], "f[0].national", "takes country_code"),
        ([{"national": {"country_code": 57}}], "f[0].national.country_code", "quote it"),
        ([{"national": {"country_code": "+57"}}], "f[0].national.country_code", "1 to 3 digits"),
        ([{"national": {"country_code": "057"}}], "f[0].national.country_code", "1 to 3 digits"),
        ([{"national": {"country_code": "5730"}}], "f[0].national.country_code", "1 to 3 digits"),
        ([{"national": {"country_code": "57", "prefix": 9}}], "f[0].national.prefix", "in quotes"),
        ([{"national": {"country_code": "57", "prefix": None}}], "f[0].national.prefix", "in quotes"),
        ([{"national": {"country_code": "57", "prefix": "all"}}], "f[0].national.prefix", "in quotes"),
        ([{"literal": {}}], "f[0].literal", "takes E.164 numbers"),
        ([{"literal": {573000000007: ["9"]}}], "f[0].literal", "quote it"),
        ([{"literal": {"573000000007": ["9"]}}], "f[0].literal", "no + and country code"),
        ([{"literal": {PERSON: ["9"], "+57 3000000007": ["8"]}}], "f[0].literal", "in two spellings"),
        ([{"literal": {PERSON: []}}], f"f[0].literal.{PERSON}", "takes a list"),
        ([{"literal": {PERSON: "93000000007"}}], f"f[0].literal.{PERSON}", "takes a list"),
        ([{"literal": {PERSON: [93000000007]}}], f"f[0].literal.{PERSON}", "quote it"),
        ([{"literal": {PERSON: ["All"]}}], f"f[0].literal.{PERSON}", "'A'"),
    ],
)
def test_rules_that_cannot_be_meant(bad: Any, option: str, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        rules("f", bad)
    assert (caught.value.option, says in caught.value.message) == (option, True), str(caught.value)


def test_a_country_code_that_nobody_has(library: Any) -> None:
    with pytest.raises(OptionError, match=r"country_code: is no country code that is in use"):
        rules("f", [{"national": {"country_code": "210"}}])


@pytest.mark.parametrize("code", ["5", "573", "12", "3"])
def test_a_part_of_a_country_code_would_make_another_number(without_library: None, code: str) -> None:
    with pytest.raises(OptionError, match=r"country_code: is no country code that is in use"):
        rules("f", [{"national": {"country_code": code}}])


def test_every_country_code_is_one(library: Any) -> None:
    for code in library.COUNTRY_CODE_TO_REGION_CODE:
        rules("f", [{"national": {"country_code": str(code)}}])


national = st.builds(
    lambda code, prefix: {"national": {"country_code": code, "prefix": prefix}},
    st.sampled_from(["1", "30", "57", "351", "91", "93"]),
    st.sampled_from(["", "0", "9", "00"]),
)
digits_of_people = st.builds(
    "+{}{}".format, st.sampled_from(["1", "30", "57", "91", "93"]), st.from_regex("[1-9][0-9]{5,9}", fullmatch=True)
)
literal = st.builds(
    lambda listed: {"literal": listed},
    st.dictionaries(
        digits_of_people,
        st.lists(st.from_regex("[0-9]{1,8}", fullmatch=True), min_size=1, max_size=2),
        min_size=1,
        max_size=3,
    ),
)
rule_lists = st.lists(st.just("as_is") | st.just("digits") | national | literal, min_size=1, max_size=4, unique_by=str)


def _forms_or_none(value: Any, number: str) -> tuple[Form, ...] | None:
    try:
        return rules("f", value).forms(number)
    except OptionError:
        return None


@given(rule_lists, st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_people_never_share_a_form_in_silence(without_library: None, value: Any, data: st.DataObject) -> None:
    number = data.draw(digits_of_people)
    mine = _forms_or_none(value, number)
    if mine is None:
        return
    # Other numbers that these rules write like one of my forms: found by brute force, among numbers with equal
    # endings.
    ends = {*texts(mine)} | {number[1:]}
    others = {
        f"+{code}{text[cut:]}" for code in ("", "1", "30", "57", "573", "91", "93") for text in ends for cut in range(4)
    }
    others |= {key for item in value if "literal" in item for key in item["literal"]}
    for other in others - {number}:
        if not phone_numbers._E164.fullmatch(other):
            continue
        theirs = _forms_or_none(value, other)
        for form in mine:
            if theirs is not None and form.text in texts(theirs):
                assert other in form.also
    for form in mine:
        for other in form.also:
            theirs = _forms_or_none(value, other)
            assert theirs is not None
            assert form.text in texts(theirs)


@given(rule_lists, digits_of_people)
def test_what_was_searched_is_always_told(value: Any, number: str) -> None:
    found = _forms_or_none(value, number)
    if found is None:
        return
    assert texts(found) == list(dict.fromkeys(texts(found)))
    every = rules("f", value).rules
    for rule in every:
        gives = rule.forms(number)
        assert isinstance(gives, str) or set(gives) <= set(texts(found))


# --- plausibility ----------------------------------------------------------------------------------------------------


def test_lengths_are_checked_with_the_library(library: Any) -> None:
    assert phone_numbers.implausible("+573000000007") is None
    assert phone_numbers.implausible("+15550100001") is None
    assert phone_numbers.implausible("+5730000") == "the number is too short for its country"
    assert phone_numbers.implausible("+15550100001234") == "the number is too long for its country"
    assert phone_numbers.implausible("+9990000000") == "no country has this country code"


def test_without_the_library_no_length_is_checked(without_library: None) -> None:
    assert phone_numbers.implausible("+9990000000") is None


@pytest.mark.parametrize(
    ("one", "other", "same", "perhaps"),
    [
        ("+1 555-010-0123", "15550100123", True, True),
        ("+15550100123", "\u0661\u0665\u0665\u0665\u0660\u0661\u0660\u0660\u0661\u0662\u0663", True, True),
        ("+15550100123", "95550100123", False, True),
        ("+15550100123", "15550100124", False, False),
        ("123", "123", True, True),
        ("123", "9123", False, False),
        ("anonymous", "anonymous", False, False),
        ("", "+15550100123", False, False),
    ],
)
def test_digits_tell_whether_two_texts_may_be_one_number(one: str, other: str, *, same: bool, perhaps: bool) -> None:
    for pair in ((one, other), (other, one)):
        assert (phone_numbers.same_digits(*pair), phone_numbers.may_be_one(*pair)) == (same, perhaps)
