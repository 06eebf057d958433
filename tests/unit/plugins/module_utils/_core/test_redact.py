# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret is masked in every encoding; the rest can be displayed safely."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.module_utils._core.redact import (
    LONGEST_MESSAGE,
    MASK,
    Redactor,
    basic,
    encodings_of,
)

SECRET, USER = 'c4n+ry/=&"\\ x', "dialer@example.com"
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        b64encode(SECRET.encode()).decode(),
        b64encode(f"{USER}:{SECRET}".encode()).decode(),
    ],
)
def test_every_form_is_masked(shown: str) -> None:
    redactor = Redactor(encodings_of(SECRET, USER))
    assert redactor.mask(f"before {shown} after") == f"before {MASK} after"
    assert redactor.clean({"deep": [{shown: (shown,)}]}) == {"deep": [{MASK: [MASK]}]}


@given(PRINTABLE, st.text(max_size=30), st.text(max_size=30))
def test_no_text_shows_a_secret(secret: str, before: str, after: str) -> None:
    redactor = Redactor(encodings_of(secret, USER))
    for form in (secret, quote(secret, safe=""), basic(USER, secret)):
        assert secret not in redactor.message(before + form + after).replace(MASK, "")


def test_a_longer_form_goes_first() -> None:
    assert Redactor({"secret", "secret-and-more"}).mask("secret-and-more") == MASK


def test_a_secret_split_by_control_characters_in_the_text_is_still_found() -> None:
    assert "hidden word" not in Redactor({"hidden word"}).message("hidden\x07word")


def test_messages_are_one_short_line() -> None:
    message = Redactor().message("\x1b[31mred\x1b[0m\r\nnext\u202eline" + "x" * 1000)
    assert message.startswith("[31mred [0m next line")
    assert len(message) == LONGEST_MESSAGE
    assert message.isprintable()


def test_the_longest_message_stays_whole() -> None:
    assert Redactor().message("x" * LONGEST_MESSAGE) == "x" * LONGEST_MESSAGE
    assert Redactor().message("x" * (LONGEST_MESSAGE + 1)) == "x" * (LONGEST_MESSAGE - 1) + "…"


def test_half_a_character_is_replaced() -> None:
    assert Redactor().clean({"na\ud800me": ["\udfff", "ü"]}) == {"na\ufffdme": ["\ufffd", "ü"]}


def test_numbers_and_nothing_pass() -> None:
    assert Redactor({"12345678"}).clean({"count": 12345678, "none": None, "yes": True}) == {
        "count": 12345678,
        "none": None,
        "yes": True,
    }
    assert Redactor([""]).mask("text") == "text"


def test_a_secret_that_is_learned_later_is_masked_in_texts_that_were_seen_before() -> None:
    redactor = Redactor(["first-secret"])
    text = "first-secret, second-secret"
    assert redactor.mask(text) == "********, second-secret"
    redactor.learn(["second-secret"])
    assert redactor.mask(text) == "********, ********"
