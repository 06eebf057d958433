# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow's phone calls with a script of expected requests, and pure functions."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers
from responses.registries import OrderedRegistry

from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import OptionError, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.calls import CALLS, read_call
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.collection import read_page
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.voipnow.selection import (
    check_selected,
    check_selection,
)
from ansible_collections.telephony.outbound.tests.support.modules import run_module

HOST = "https://voipnow.example.com"
BASE = f"{HOST}/uapi/phoneCalls/@me/0003*210"
SCRIPT = {"registry": OrderedRegistry, "assert_all_requests_are_fired": True}
NUMBER = "+15550100101"


def live(call_id: str, number: str = NUMBER, **more: Any) -> dict[str, Any]:
    view = {"id": "00", "extension": "0003*210", "source": ["0003*210"], "destination": [number], "flow": 4}
    return {"id": call_id, "extension": "0003*210", "phoneCallView": [{**view, "status": 5}], **more}


def run(**options: Any) -> dict[str, Any]:
    return run_module(
        "voipnow_phone_calls", base_url=HOST, access_token="not-a-secret-token", extension="0003*210", **options
    )


@responses.activate(**SCRIPT)
def test_hangs_up_by_id_and_number() -> None:
    header = matchers.header_matcher({"Authorization": "Bearer not-a-secret-token"})
    number = matchers.query_param_matcher({"phoneNumber": NUMBER})
    count = matchers.query_param_matcher({"count": "1000"})
    responses.get(BASE, json={"entry": [live("A/b"), live("B", "+15550100102"), live("C")]}, match=[header, count])
    responses.delete(f"{BASE}/A%2Fb", json=[{"id": "A/b"}], match=[header, number])
    responses.delete(f"{BASE}/C", json=[{"id": "C"}], match=[header, number])
    responses.get(BASE, json={"entry": [live("B", "+15550100102")]}, match=[header])
    (entry,) = run(phone_number="+1 555 010 0101")["results"]
    assert (entry["outcome"], entry["attempts"]) == ("cleared", 2)


@responses.activate(**SCRIPT)
def test_an_id_alone_goes_without_a_number() -> None:
    responses.get(BASE, json={"entry": [live("A")]})
    responses.delete(f"{BASE}/A", json=[{"id": "A"}], match=[matchers.query_param_matcher({})])
    responses.get(BASE, status=204)
    assert run(call_id="A")["results"][0]["outcome"] == "cleared"


@responses.activate(**SCRIPT)
def test_204_is_gone_already_when_the_list_shows_it() -> None:
    responses.get(BASE, json={"entry": [live("A")]})
    responses.delete(f"{BASE}/A", status=204)
    responses.get(BASE, status=204)
    (entry,) = run(call_id="A")["results"]
    assert (entry["outcome"], entry["changed"], entry["attempts"]) == ("already_clear", False, 1)


@responses.activate(**SCRIPT)
def test_a_list_that_cannot_be_read_hangs_up_nothing() -> None:
    responses.get(BASE, json={"calls": []})
    assert run(phone_number=NUMBER)["results"][0]["error"]["kind"] == "protocol"


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({}, "without id"),
        ({"id": ""}, "without id"),
        ({"id": ".."}, "whose id is"),
        (None, "without id"),
        ([], "without"),
    ],
)
def test_a_call_that_could_not_be_hung_up_alone(item: Any, says: str) -> None:
    with pytest.raises(OutboundError, match=says):
        read_call(item, None)


def test_the_vendors_sample() -> None:
    view = {
        "id": "00",
        "extension": "0003*210",
        "source": ["0003*211", "0003*210"],
        "destination": ["3334444"],
        "flow": 4,
        "status": 3,
        "ringing": "2011-02-10T15:04:55Z",
        "callerID": "John Doe <3332222>",
    }
    sample = {"id": "b817", "extension": "0003*210", "phoneCallView": [view, {**view, "id": "01"}]}
    (call,) = read_page({"entry": [sample]}, CALLS).items
    assert call.parties == ("0003*211", "0003*210", "3334444")
    assert (call.party("333-4444"), call.party("3332222"), call.party("+3334444")) == ("3334444", None, None)
    assert (call.nearly("3332222"), call.nearly("+3334444"), call.nearly("4444")) == (True, True, False)
    assert call.line() == "call b817 outgoing"
    assert call.as_dict()["views"][0] == {
        "extension": "0003*210",
        "source": ["0003*211", "0003*210"],
        "destination": ["3334444"],
        "flow": "outgoing",
        "status": "ringing",
        "caller_id": "John Doe <3332222>",
    }


@pytest.mark.parametrize(
    ("views", "parties"),
    [
        ({"00": {"source": "1", "destination": 2}}, ("1", "2")),
        ([{"source": {"a": "1"}, "destination": None}], ("1",)),
        ([{"source": [True, None, ["1"]]}], ()),
        ("none", ()),
        (None, ()),
        ([None, "x"], ()),
    ],
)
def test_shapes_of_parties(views: Any, parties: tuple[str, ...]) -> None:
    assert read_call({"id": "a", "phoneCallView": views}, None).parties == parties


@pytest.mark.parametrize(
    ("flow", "word"), [(2, "local"), ("4", "outgoing"), (8, "incoming"), (16, "16"), ("odd", "odd"), (None, None)]
)
def test_words(flow: Any, word: str | None) -> None:
    (view,) = read_call({"id": "a", "phoneCallView": [{"flow": flow}]}, None).views
    assert view.flow == word


DIGITS = st.text("0123456789", min_size=7, max_size=12)


@given(DIGITS, DIGITS)
def test_two_numbers_are_never_one(one: str, other: str) -> None:
    """A call only counts for the number it names, however similar another one is."""
    call = read_call(live("a", f"+{one}"), None)
    assert (call.party(f"+{other}") is not None) is (one == other)
    assert call.party(one) is None
    assert call.nearly(one)


@given(st.text("+0123456789*#-() .", max_size=14))
def test_a_selection_never_means_an_extension(number: str) -> None:
    options = {"user_id": "@me", "extension": "0003*210", "phone_number": number, "call_id": None}
    with suppress(OptionError):
        selection = check_selected(options)
        assert selection.of([read_call(live("a", "+15550100199"), None)]) == () or "15550100199" in number
        assert not {"*", "#"} & set(number)


def test_without_a_number_and_an_id_only_a_list_is_meant() -> None:
    options = {"user_id": "@me", "extension": "0003*210", "phone_number": None, "call_id": None}
    assert len(check_selection(options).of([read_call(live("a"), None)])) == 1
    with pytest.raises(OptionError, match="cannot select all calls"):
        check_selected(options)
