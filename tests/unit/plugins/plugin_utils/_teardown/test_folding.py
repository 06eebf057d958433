# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The normalization of names for comparison."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.folding import folded


@pytest.mark.parametrize(
    "text",
    [
        "winter sale",
        "WINTER SALE",
        "  Winter \t\n Sale ",
        "Winter\u00a0Sale",
        "Win\u200bter\u2060 Sale\ufeff",
        "\u202eWinter Sale\u202c",
        "Winter Sale\x00",
        "\uff37inter\u3000\uff33ale",
        "Winter \u200b Sale",
        "Winter\u2800Sale",
        "Winter\u3164Sale",
        "Win\u034fter Sale\ufe0f",
        "W\u0456nt\u0435r S\u0430le",
        "\u051cINT\u0395R S\u0391L\u0415",
    ],
)
def test_what_looks_alike_is_alike(text: str) -> None:
    assert folded(text) == "winter sale"


@pytest.mark.parametrize(
    "text", ["Mother\u2019s Day \u2013 2", "Mother\u00b4s Day \u2212 2", "Mother\u02bcs Day \u2011 2"]
)
def test_signs_that_a_word_processor_writes_are_those_of_a_keyboard(text: str) -> None:
    assert folded(text) == "mother's day - 2"


def test_letters_count() -> None:
    assert folded("Straße") == folded("STRASSE")
    assert folded("café") == folded("cafe\u0301")
    assert folded("cafe") != folded("café")


@given(st.text(st.characters(codec="utf-8")))
def test_no_edge_is_blank_and_nothing_invisible_is_left(text: str) -> None:
    found = folded(text)
    assert found == found.strip()
    assert "  " not in found
    assert not {"\u200b", "\u202e", "\x00", "\n"} & set(found)
