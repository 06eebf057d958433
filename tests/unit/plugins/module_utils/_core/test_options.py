# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation that an argument spec cannot express, with messages that name the location."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core import characters, options, proxies
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._core.http_messages import path
from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import encodings_of

NAMES = {"campaign": {"type": "str", "default": "x"}, "all": {"type": "bool"}, "how": {"type": "str"}}


def check(merged: dict[str, Any]) -> dict[str, Any]:
    options.path_id(merged, "campaign")
    return merged


def targets(entries: Any, **task: Any) -> list[dict[str, Any]]:
    params = {"campaign": None, "all": None, "how": None, **task}
    return options.check_targets({**params, "targets": entries}, NAMES, check, {"how"})


def test_the_task_itself_is_the_one_target() -> None:
    assert targets(None, campaign="7") == [{"campaign": "7", "all": None, "how": None}]


def test_task_options_are_the_defaults_of_every_entry() -> None:
    found = targets([{"campaign": "8"}, {"all": False, "how": "now"}], campaign="7", all=True)
    assert found == [
        {"campaign": "8", "all": True, "how": None},
        {"campaign": "7", "all": False, "how": "now"},
    ]


@pytest.mark.parametrize("entry", [{}, {"how": "now"}])
def test_an_entry_that_names_nothing_is_not_the_tasks_own_target(entry: dict[str, Any]) -> None:
    with pytest.raises(
        OptionError, match=r"^targets\[1\]: names no target of its own; give one or more of campaign, all$"
    ):
        targets([{"campaign": "8"}, entry], campaign="7")


@pytest.mark.parametrize("name", ["campaign", "all", "how"])
def test_null_in_an_entry_is_not_what_the_task_says(name: str) -> None:
    with pytest.raises(OptionError, match=rf"^targets\[0\]\.{name}: is null"):
        targets([{"campaign": "8", name: None}], campaign="7", all=True)


def test_an_empty_list_is_no_work_done() -> None:
    with pytest.raises(OptionError, match="targets: the list is empty"):
        targets([])


def test_a_bad_entry_is_named() -> None:
    with pytest.raises(OptionError, match=r"^targets\[1\]\.campaign: has one of the characters"):
        targets([{"campaign": "1"}, {"campaign": "2/3"}, {"campaign": "4"}])


def test_defaults_stay_with_the_task() -> None:
    spec = options.targets_spec(NAMES)
    assert spec["options"] == {"campaign": {"type": "str"}, "all": {"type": "bool"}, "how": {"type": "str"}}


@pytest.mark.parametrize(
    "bad",
    [None, "", " ", "\t", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a\nb", "a\x00b", "a\x7fb", " 7", "7 ", "/", "?"],
)
def test_ids_that_could_mean_something_else(bad: Any) -> None:
    with pytest.raises(OptionError):
        options.path_id({"id": bad}, "id")


@pytest.mark.parametrize("good", ["7", "a.b", "...", "ü", "a b", "0003*210", "@me", "%2F"])
def test_ids_that_are_fine(good: Any) -> None:
    assert options.path_id({"id": good}, "id") == good


@given(st.text(min_size=1))
def test_an_id_never_leaves_its_segment(value: str) -> None:
    try:
        checked = options.path_segment("id", value)
    except OptionError:
        return
    encoded = path("api", checked, "cancel")
    assert encoded.count("/") == 3
    assert not set(encoded) & set("?#\\ \n")
    assert encoded not in ("/api/./cancel", "/api/../cancel", "/api//cancel")


@pytest.mark.parametrize(
    ("segment", "encoded"),
    [("@me", "/@me"), ("0003*210", "/0003*210"), ("a b%", "/a%20b%25"), (12, "/12"), ("ü", "/%C3%BC")],
)
def test_paths(segment: Any, encoded: str) -> None:
    assert path(segment) == encoded


def url(value: str | None, *, allow_http: bool = False) -> str:
    return options.base_url({"base_url": value, "allow_http": allow_http}, lambda: "https://vendor.example.com")


@pytest.mark.parametrize(
    ("given_url", "used"),
    [
        (None, "https://vendor.example.com"),
        ("https://vendor.example.com/prefix/", "https://vendor.example.com/prefix"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_addresses(given_url: str | None, used: str) -> None:
    assert url(given_url) == used


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "vendor.example.com",
        "ftp://vendor.example.com",
        "https://",
        "https://vendor.example.com:0x50",
        "https://vendor.example.com:99999",
        "https://user@vendor.example.com",
        "https://user:secret@vendor.example.com",
        "https://vendor.example.com/?a=b",
        "https://vendor.example.com/#part",
        "https://vendor.example.com/a b",
        "https://vendor.example.com/\n",
        "https://[::1",
        "http://vendor.example.com",
        "http://192.0.2.7",
        "http://localhost.example.com",
    ],
)
def test_addresses_that_cannot_be_used(bad: str) -> None:
    with pytest.raises(OptionError, match="base_url"):
        url(bad)


def test_plain_http_elsewhere_has_to_be_said() -> None:
    assert url("http://192.0.2.7", allow_http=True) == "http://192.0.2.7"


ENVIRONMENT = {"user": "TEST_USER", "secret": "TEST_SECRET"}


def test_credentials_come_from_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_USER", "env-user")
    monkeypatch.setenv("TEST_SECRET", "env-secret")
    nothing = {"user": None, "secret": None}
    assert options.credentials(nothing, ENVIRONMENT) == {"user": "env-user", "secret": "env-secret"}
    assert options.credentials({**nothing, "user": "task-user"}, ENVIRONMENT) == {"user": "task-user", "secret": None}
    half = options.credentials({**nothing, "user": "task-user"}, ENVIRONMENT)
    with pytest.raises(OptionError, match="TEST_SECRET is set but not used, because user is given on the task"):
        options.require_credentials(half, ENVIRONMENT)
    monkeypatch.delenv("TEST_SECRET")
    both = "give user and secret on the task, or TEST_USER and TEST_SECRET in the environment"
    with pytest.raises(OptionError, match=f"^secret: is required beside user: {both}$"):
        options.require_credentials(half, ENVIRONMENT)
    monkeypatch.delenv("TEST_USER")
    with pytest.raises(OptionError, match=f"^user: is required: {both}$"):
        options.require_credentials(options.credentials(nothing, ENVIRONMENT), ENVIRONMENT)
    alone = {"secret": "TEST_SECRET"}
    with pytest.raises(OptionError, match=r"^secret: is required, on the task or as TEST_SECRET in the environment$"):
        options.require_credentials(options.credentials(nothing, alone), alone)


@pytest.mark.parametrize("bad", ["", " x", "x ", "x\n", "a\nb", "a\x00b", "ü", "a\x7f"])
def test_secrets_that_could_not_travel(bad: str) -> None:
    with pytest.raises(OptionError) as caught:
        options.require_credentials({"user": "fine", "secret": bad}, ENVIRONMENT)
    assert caught.value.option == "secret"
    assert not bad.strip() or bad not in caught.value.message


@pytest.mark.parametrize(
    ("value", "zero", "good"), [(1.5, False, True), (0, True, True), (0, False, False), (-1, True, False)]
)
def test_durations(value: float, zero: bool, good: bool) -> None:
    params = {"timeout": value}
    if good:
        assert options.seconds(params, "timeout", 30, zero=zero) == value
    else:
        with pytest.raises(OptionError, match="timeout"):
            options.seconds(params, "timeout", 30, zero=zero)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "name: is required"),
        (10, "name: is not text; quote it, or use `| string`: YAML reads 0010 as 8 and 077 as 63"),
        (1.5, "name: is not text; quote it, or use `| string`: YAML reads 0010 as 8 and 077 as 63"),
        (True, "name: is not text; quote it, or use `| string`: YAML reads 0010 as 8 and 077 as 63"),
        (["a"], "name: is a list, and it takes one text; several go into targets"),
        ({"a": 1}, "name: is a mapping, and it takes one text; several go into targets"),
        (" ", "name: is empty"),
        ("a ", "name: has white space at its ends"),
        ("a\x1bb", "name: has a control character"),
        ("a\u200bb", "name: has an invisible character, U+200B ZERO WIDTH SPACE, at position 2"),
    ],
)
def test_texts_that_cannot_be_meant(value: Any, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        options.required_text({"name": value}, "name")
    assert str(caught.value) == message


@pytest.mark.parametrize("good", ["+1 555 0100", "Ñandú/2026", "冬の案内", "Зима №1", "شتاء", "🎄 e\u0301"])
def test_texts_that_are_fine(good: str) -> None:
    assert options.required_text({"name": good}, "name") == good


# One of each kind of characters that are invisible, or blank without being a space.
UNSEEN = [
    0x00A0,
    0x00AD,
    0x034F,
    0x061C,
    0x115F,
    0x180E,
    0x2007,
    0x200B,
    0x200D,
    0x200E,
    0x2028,
    0x202A,
    0x202E,
    0x202F,
    0x2060,
    0x2068,
    0x2069,
    0x2800,
    0x3000,
    0x3164,
    0xD800,
    0xFE0F,
    0xFEFF,
    0xFFF9,
    0xE0031,
    0xE0100,
]


@pytest.mark.parametrize("char", [chr(code) for code in UNSEEN], ids=[f"U+{code:04X}" for code in UNSEEN])
@pytest.mark.parametrize("where", ["{}+15550100123", "+1555{}0100123", "+15550100123{}"])
def test_what_cannot_be_seen_is_refused(char: str, where: str) -> None:
    value = {"x": where.format(char)}
    for check_it in (options.path_id, options.required_text, options.phone_number):
        with pytest.raises(OptionError, match=r"x: has (an invisible character, U|white space at its ends)") as caught:
            check_it(value, "x")
        assert char not in caught.value.message


def test_every_format_character_and_space_is_unseen() -> None:
    """The list covers the Unicode version of this Python; a newer one may have more."""
    unseen = (
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cf", "Zs", "Zl", "Zp", "Cs")
    )
    # Signs that precede digits in a few scripts are visible.
    shown = {"\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd", "\u070f", "\u0890", "\u0891"}
    shown |= {"\u08e2", "\U000110bd", "\U000110cd", *map(chr, range(0x13430, 0x13440)), " "}
    assert [hex(ord(char)) for char in unseen if not characters.hidden(char) and char not in shown] == []


@pytest.mark.parametrize(
    "good", ["+15550100123", "15550100123", "(555) 010-0123", "1.555.010.0123", "555/010 0123", "*31#5550100", "0"]
)
def test_numbers_as_people_spell_them(good: str) -> None:
    assert options.phone_number({"n": good}, "n") == good


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("1.55501E+10", "'E' (U+0045 LATIN CAPITAL LETTER E)"),
        ("+15550100123;Ada", "';' (U+003B SEMICOLON)"),
        ("+15550100123,Ada", "',' (U+002C COMMA)"),
        ("'+15550100123", "(U+0027 APOSTROPHE)"),
        ('"+15550100123"', "(U+0022 QUOTATION MARK)"),
        ('="15550100123"', "(U+003D EQUALS SIGN)"),
        ("+1555010012\uff13", "(U+FF13 FULLWIDTH DIGIT THREE)"),
        ("\uff0b15550100123", "(U+FF0B FULLWIDTH PLUS SIGN)"),
        ("+1555\u20110100123", "(U+2011 NON-BREAKING HYPHEN)"),
        ("+1555\u20130100123", "(U+2013 EN DASH)"),
        ("\u0660\u0661\u0662", "(U+0660 ARABIC-INDIC DIGIT ZERO)"),
        ("tel:+15550100123", "'t'"),
        ("+15550100123 x12", "'x'"),
        ("n/a", "'n'"),
        ("#", "has no digit"),
        ("+15550100123 +15550100124", "has a + after its beginning"),
        ("15550100123+", "has a + after its beginning"),
        ("15550100123.0", "has decimals"),
        ("", "is empty"),
        ("+15550100123 ", "white space at its ends"),
        (15550100123, "is not text; quote it"),
        (None, "is required"),
    ],
)
def test_what_is_no_spelling_of_one_number(bad: Any, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        options.phone_number({"n": bad}, "n")
    assert says in str(caught.value)


def test_a_name_that_is_compared_may_have_any_character() -> None:
    for good in ("Winter ", "Win\u200bter", "a\tb", None):
        assert options.compared_name({"name": good}, "name") == good
    for bad in ("", " ", 7, ["a"]):
        with pytest.raises(OptionError, match=r"^name: "):
            options.compared_name({"name": bad}, "name")


def test_a_path_that_the_locale_cannot_spell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsencode", lambda path: path.encode("ascii"))
    with pytest.raises(
        OptionError, match=r"dir: /a/ü cannot be written in this locale, whose file names are ascii; .*UTF-8"
    ):
        options.local_path("dir", "/a/ü")
    with pytest.raises(OptionError, match=r"dir: has a NUL"):
        options.local_path("dir", "/a\0b")


@pytest.mark.parametrize(
    ("check_it", "message"),
    [
        (lambda: options.path_segment("id", " 7"), "id: has white space at its ends"),
        (lambda: options.path_segment("id", "a\x00b"), "id: has a control character"),
        (lambda: options.path_segment("id", ".."), "id: '..' cannot be an id"),
        (lambda: options.check_secret("token", ""), "token: is empty"),
        (
            lambda: options.check_secret("token", "x\n"),
            "token: has white space at its ends, such as a line break from a file",
        ),
        (lambda: options.check_secret("token", "ü"), "token: has characters other than printable ASCII"),
        (lambda: options.seconds({"t": 0}, "t", 1), "t: must be a number more than 0 seconds"),
        (lambda: options.seconds({"t": -1}, "t", 1, zero=True), "t: must be 0 or more than 0 seconds"),
        (lambda: options.int_in_range({"n": -1}, "n", 0), "n: must be 0 or more"),
        (lambda: options.int_in_range({"n": 33}, "n", 1, 32), "n: must be from 1 to 32"),
        (lambda: url("no url"), "base_url: must be a URL such as https://host.example.com"),
        (lambda: url("https://x.example.com/?a"), "base_url: takes scheme, host, port and path only"),
        (lambda: path(""), "'' cannot be a part of an address"),
        (lambda: path("a", ".."), "'..' cannot be a part of an address"),
        (lambda: path("."), "'.' cannot be a part of an address"),
    ],
)
def test_the_message_says_what_is_wrong(check_it: Any, message: str) -> None:
    with pytest.raises((OptionError, OutboundError)) as caught:
        check_it()
    assert str(caught.value) == message


def test_the_ends_of_a_range_belong_to_it() -> None:
    assert [options.int_in_range({"n": number}, "n", 1, 32) for number in (1, 32)] == [1, 32]


@pytest.mark.parametrize(
    "bad", ["", "proxy.example.com:3128", "//proxy.example.com", "http://", "http://[::1", "http://x:99999"]
)
def test_proxies_that_cannot_be_used(bad: str) -> None:
    with pytest.raises(OptionError) as caught:
        proxies.secrets(bad)
    assert str(caught.value) == "proxy: must be a URL such as http://proxy.example.com:3128"


def test_what_of_a_proxy_is_secret() -> None:
    quoted, plain, user = "p%40ss%2Fword", "p@ss/word", "some one"
    proxy = f"http://some%20one:{quoted}@proxy.example.com:3128"
    assert proxies.secrets(proxy) == encodings_of(quoted) | encodings_of(plain, user)
    assert proxies.secrets("http://:p4ssword@proxy.example.com") >= encodings_of("p4ssword", "")
    bare = "http://proxy.example.com"
    assert proxies.secrets(bare) == set()
    assert proxies.secrets("http://some-token@proxy.example.com") == encodings_of("some-token")


@pytest.mark.parametrize("endless", [float("inf"), float("nan")])
def test_durations_end(endless: float) -> None:
    with pytest.raises(OptionError):
        options.seconds({"timeout": endless}, "timeout", 30)


def test_durations_have_a_default() -> None:
    assert options.seconds({"timeout": None}, "timeout", 30) == 30


@pytest.mark.parametrize(("value", "most"), [(-1, None), (33, 32), (0, 32)])
def test_whole_numbers_have_bounds(value: int, most: int | None) -> None:
    with pytest.raises(OptionError, match="must be"):
        options.int_in_range({"n": value}, "n", 1 if most else 0, most)


def test_files_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    assert options.existing_file({"ca_path": None}, "ca_path") is None
    with pytest.raises(OptionError, match="ca_path"):
        options.existing_file({"ca_path": str(file)}, "ca_path")
    file.touch()
    assert options.existing_file({"ca_path": str(file)}, "ca_path") == str(file)
    with pytest.raises(OptionError):
        options.existing_file({"client_cert": str(tmp_path)}, "client_cert")
    assert options.existing_file({"ca_path": str(tmp_path)}, "ca_path", folder=True) == str(tmp_path)
