# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers of a run: what a list or a file gives, what is refused where, and in which forms an account is searched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.context import Account, Refusal
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.numbers import numbers_of, with_numbers
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import (
    NUMBERS,
    Settings,
    SettingsError,
    checked,
    merged,
)

ANN, BOB = "+15550100007", "+15550100008"


def settings(**given: Any) -> Settings:
    return merged(checked(given, NUMBERS), {}, NUMBERS)


def numbers(**given: Any) -> list[str]:
    return list(numbers_of(settings(**given)))


@pytest.mark.parametrize(
    "content",
    [
        f"{ANN}\n{BOB}\n",
        f"\ufeff{ANN}\r\n\r\n{BOB}\r\n{ANN}",
        f"phone_number\n{ANN}\n{BOB}\n",
        f"name,E164,since\r\nAnn,'{ANN},2026\r\nBob,{BOB},2026\r\n",
        f'name;number\r\n"Ann; and\nothers";"+1 (555) 010-0007"\r\nBob;{BOB}\r\n',
        f"number\tname\n{ANN}\tAnn\n{BOB}\tBob\n\n",
        f'"name, first",number,fax,\nAnn,{ANN},+15550100001,,\nBob,{BOB},+15550100002\n',
    ],
)
def test_files_that_people_have(tmp_path: Path, content: str) -> None:
    file = tmp_path / "numbers"
    file.write_bytes(content.encode())
    assert numbers(file=str(file)) == [ANN, BOB]
    assert numbers(file=str(file), numbers=[BOB, "+15550100009"]) == [BOB, "+15550100009", ANN]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"{ANN}\n5550100007\n".encode(), "stop_number_file, line 2: has no + and country code"),
        (f"name,number\nAnn,{ANN}\nBob\n".encode(), "stop_number_file, line 3: "),
        (f"name,number\nAnn,{ANN}\nBob,5.55E+10\n".encode(), "stop_number_file, line 3: "),
        (f"name,salary\nAnn,{ANN}\n".encode(), "has to name one column"),
        (f"phone,number\n{ANN},{BOB}\n".encode(), "has to name one column"),
        (ANN.encode("utf-16"), "is not UTF-8"),
        (b"\n \n", "No number was given"),
        (b"", "No number was given"),
        (f'number,name\n{ANN},"Ann\n'.encode(), "is no CSV"),
        # Without a header the cells of a line are not joined into a number that somebody else has.
        (f"{ANN}\n+15550100,08\n".encode(), "stop_number_file, line 2: has several values"),
        (f"{ANN}\n{BOB},2\n".encode(), "stop_number_file, line 2: has several values"),
        (f"name,number,fax\nBob,Jr.,{BOB},{ANN}\n".encode(), "stop_number_file, line 2: has several values"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_and_no_number_of_it_is_shown(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        numbers(file=str(file))
    assert problem in refused.value.reasons[0]
    assert not any(number in reason for reason in refused.value.reasons for number in (ANN, BOB, "5550100007"))


def test_all_bad_lines_are_counted_and_twenty_are_told(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("number\n" + "12345\n" * 1025)
    with pytest.raises(Refusal) as refused:
        numbers(file=str(file))
    assert (len(refused.value.reasons), refused.value.reasons[-1]) == (21, "and 1,005 more lines like these.")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "No number was given"),
        ({"numbers": [15550100007]}, "stop_number_numbers[0]"),
        ({"numbers": [ANN, {"number": BOB, "form": {}}]}, "stop_number_numbers[1]: takes text"),
        ({"numbers": [{"number": ANN, "forms": {"one": []}}]}, "stop_number_numbers[0].forms.one"),
        ({"numbers": [{"number": ANN, "forms": ["1"]}]}, "stop_number_numbers[0].forms: takes a mapping"),
        ({"numbers": [ANN, BOB], "max_numbers": 1}, "2 numbers were given, and stop_number_max_numbers allows 1"),
        ({"file": "/nowhere/at/all"}, "cannot be read"),
    ],
)
def test_lists_that_are_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(Refusal, match=problem.replace("[", r"\[")):
        numbers(**given)


def test_forms_of_two_entries_about_one_number_add_up() -> None:
    given = [{"number": ANN, "forms": {"one": ["007"]}}, {"number": ANN, "forms": {"one": ["9007", "007"]}}, ANN]
    (found,) = with_numbers([Account("one", "wolkvox")], settings(numbers=given))
    assert [form["phone_number"] for form in found.targets[0]["forms"]] == ["007", "9007"]


def test_no_message_shows_a_number() -> None:
    with pytest.raises(Refusal) as refused:
        numbers(numbers=[{"number": ANN, "forms": {"one": ["x"]}}])
    assert "***0007" in refused.value.reasons[0]
    assert "15550100007" not in refused.value.reasons[0]
    for name, values in (("numbers", ([ANN], [BOB])), ("mask_key", ("first-canary", "second-canary"))):
        said = {host: checked({name: value}, NUMBERS) for host, value in zip(("a", "b"), values, strict=True)}
        with pytest.raises(SettingsError) as error:
            merged({}, said, NUMBERS)
        assert "the hosts differ (one value on a, one value on b)" in str(error.value)


def test_each_account_gets_the_forms_that_it_stores() -> None:
    national = {"national": {"country_code": "1", "prefix": "9"}}
    accounts = [
        Account("as-is", "genesys", forms=["as_is"]),
        Account("two", "wolkvox", forms=["digits", national], places=[{"a": 1}]),
        Account("silent", "wolkvox"),
        Account("wrong", "wolkvox", forms=["guess"]),
        Account("broken", error="its variables cannot be read"),
    ]
    found = {each.name: each for each in with_numbers(accounts, settings(numbers=[ANN, "+573000000007"]))}
    assert [form["phone_number"] for form in found["as-is"].targets[0]["forms"]] == [ANN]
    assert [form["phone_number"] for form in found["two"].targets[0]["forms"]] == ["15550100007", "95550100007"]
    assert [form["rule"] for form in found["two"].targets[1]["forms"]] == ["digits"]
    assert found["two"].places == [{"a": 1}]
    assert "stop_number_forms is missing" in str(found["silent"].error)
    assert str(found["wrong"].error).startswith("stop_number_forms[0]: is 'guess', which is no form; a form is as_is,")
    assert found["broken"].error == "its variables cannot be read"


def test_a_number_without_a_form_is_refused_and_others_are_not() -> None:
    account = Account("one", "wolkvox", forms=[{"national": {"country_code": "1"}}])
    (found,) = with_numbers([account], settings(numbers=["+573000000007", ANN]))
    assert [("refused" in each, len(each["forms"])) for each in found.targets] == [(True, 0), (False, 1)]


def test_two_people_are_not_told_apart_by_a_form_of_both() -> None:
    same = {"literal": {ANN: ["200"], BOB: ["200"]}}
    (found,) = with_numbers([Account("one", "wolkvox", forms=[same])], settings(numbers=[ANN, BOB]))
    assert found.targets[0]["forms"][0]["also_means"] == [BOB]
    assert "gives the form of two numbers" in found.targets[1]["refused"]


def test_a_form_that_may_be_another_person_is_refused_where_the_run_is_strict() -> None:
    account = Account("one", "wolkvox", forms=["digits", {"literal": {ANN: ["200"], BOB: ["200"]}}])
    (told,) = with_numbers([account], settings(numbers=[ANN]))
    assert [form["also_means"] for form in told.targets[0]["forms"]] == [[], [BOB]]
    (strict,) = with_numbers([account], settings(numbers=[ANN], strict=True))
    assert strict.targets[0]["forms"] == []
    assert "may be another number too (stop_number_strict)" in strict.targets[0]["refused"]
    (plain,) = with_numbers([Account("one", "wolkvox", forms=["digits"])], settings(numbers=[ANN], strict=True))
    assert "refused" not in plain.targets[0]


def test_a_number_may_bring_its_forms() -> None:
    given = [{"number": ANN, "forms": {"one": ["007"]}}, {"number": "+1 555 010 0007", "forms": {"two": ["008"]}}]
    accounts = [Account("one", "wolkvox"), Account("two", "wolkvox", forms=["digits"])]
    found = with_numbers(accounts, settings(numbers=given))
    assert [[form["phone_number"] for form in each.targets[0]["forms"]] for each in found] == [["007"], ["008"]]
    with pytest.raises(Refusal, match="for accounts that the play lacks: three"):
        with_numbers(accounts, settings(numbers=[{"number": ANN, "forms": {"three": ["9"]}}]))
