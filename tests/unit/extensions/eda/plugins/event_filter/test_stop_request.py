# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter of stop requests: what goes on is exactly what was checked, and a log never has a phone number."""

from __future__ import annotations

import inspect
import json
import logging
import runpy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from ansible_collections.telephony.outbound.plugins.module_utils._core.phone_numbers import e164
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT

# As ansible-rulebook loads it.
MODULE = runpy.run_path(str(PROJECT / "extensions/eda/plugins/event_filter/stop_request.py"))
accept: Callable[..., Any] = MODULE["main"]

NUMBER = "+15550100007"
DIGITS = "5550100007"


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def request(**changes: Any) -> dict[str, Any]:
    """Return a well-formed request with changes; a value of ... takes a key out."""
    payload = {"id": "evt-1", "requested_at": ago(minutes=1), "scope": "all", "number": NUMBER, **changes}
    return {"payload": {key: value for key, value in payload.items() if value is not ...}}


def test_a_request_goes_on_as_what_was_checked_and_nothing_else() -> None:
    event = request(ticket="DNC-4711", comment="{{ lookup('pipe', 'id') }}", limit="all")
    event |= {"meta": {"hosts": "everybody", "headers": {"X-Hub-Signature-256": "sha256=0"}}, "more": NUMBER}
    passed = accept(event, scopes=["all"])
    assert list(passed) == ["payload"]
    assert passed["payload"].keys() == {"id", "requested_at", "scope", "number", "ticket"}
    assert (passed["payload"]["number"], passed["payload"]["ticket"]) == (NUMBER, "DNC-4711")
    assert passed["payload"]["requested_at"].endswith("Z")
    assert "ticket" not in accept(request(), scopes=["all"])["payload"]


@pytest.mark.parametrize("number", ["+1 (555) 010-0007", "+1.555.010.0007", "+1-555-010-0007", NUMBER, "+1234567"])
def test_a_number_in_another_spelling_goes_on_as_the_modules_read_it(number: str) -> None:
    assert accept(request(number=number), scopes=["all"])["payload"]["number"] == e164("number", number)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": 15550100007}, "number is not text; write it in quotes"),
        ({"number": True}, "number is not text; write it in quotes"),
        ({"number": [NUMBER]}, "number is not text; write it in quotes"),
        ({"number": ...}, "number is missing"),
        ({"number": None}, "number is missing"),
        ({"number": "15550100007"}, "number is not in E.164"),
        ({"number": "+05550100007"}, "number is not in E.164"),
        ({"number": "+1555010000700000"}, "number is not in E.164"),
        ({"number": "+1 (0) 5550100007"}, "number is not in E.164"),
        ({"number": "+1/5550100007"}, "number is not in E.164"),
        ({"number": f"{NUMBER}\n"}, "number is not in E.164"),
        ({"number": "+१५५५०१००००७"}, "number is not in E.164"),
        ({"number": "{{ 15550100007 }}"}, "number is not in E.164"),
        ({"id": ...}, "id is missing"),
        ({"id": 5550100007}, "id is not text; write it in quotes"),
        ({"id": "../../etc"}, "id is not made of"),
        ({"id": ""}, "id is not made of"),
        ({"id": "x" * 65}, "id is not made of"),
        ({"id": "{{ evt }}"}, "id is not made of"),
        ({"id": f"stop-{DIGITS}"}, "id has the phone number in it"),
        ({"id": "stop-555-010-0007"}, "id has the phone number in it"),
        ({"requested_at": ...}, "requested_at is missing"),
        ({"requested_at": 1772355600}, "requested_at is not text; write it in quotes"),
        ({"requested_at": "yesterday"}, "requested_at is not a time"),
        ({"requested_at": f"0001-01-01T00:00:00+14:00 {NUMBER}"}, "requested_at is not a time"),
        ({"requested_at": "0001-01-01T00:00:00+14:00"}, "requested_at is more than 604800 seconds ago"),
        ({"requested_at": "9999-12-31T23:59:59-14:00"}, "requested_at is in the future"),
        ({"requested_at": "2026-03-01T09:00:00"}, "requested_at has no offset"),
        ({"requested_at": ago(days=8)}, "requested_at is more than 604800 seconds ago"),
        ({"requested_at": ago(days=-1)}, "requested_at is in the future"),
        ({"scope": ...}, "scope is missing"),
        ({"scope": ["all"]}, "scope is not text; write it in quotes"),
        ({"scope": "all:!plum"}, "scope is not one of those that are known"),
        ({"scope": "plum"}, "scope is not one of those that are known"),
        ({"ticket": 4711}, "ticket is not text; write it in quotes"),
        ({"ticket": "{{ lookup('pipe', 'id') }}"}, "ticket is not made of"),
        ({"ticket": DIGITS}, "ticket has the phone number in it"),
        ({"ticket": "call/555-010-0007"}, "ticket has the phone number in it"),
        ({"number": 15550100007.0}, "number is not text; write it in quotes"),
        ({"number": [[NUMBER]]}, "number is not text; write it in quotes"),
        ({"number": {"number": NUMBER}}, "number is not text; write it in quotes"),
        ({"number": f"{NUMBER}\0"}, "number is not in E.164"),
        ({"number": f"{NUMBER}\ud800"}, "number is not in E.164"),
        ({"number": f"\u202e{NUMBER}"}, "number is not in E.164"),
        ({"number": "+" + "1" * 3000}, "number is not in E.164"),
        ({"number": f"\uff0b{DIGITS}"}, "number is not in E.164"),
        ({"number": f"{NUMBER},+15550100008"}, "number is not in E.164"),
        ({"id": "evt/1"}, "id is not made of"),
        ({"id": "evt-1\n"}, "id is not made of"),
        ({"id": "evt\0"}, "id is not made of"),
        ({"id": ".."}, "id is not made of"),
        ({"id": "-evt"}, "id is not made of"),
        ({"id": "evt-1+2"}, "id is not made of"),
        ({"id": "\u0661"}, "id is not made of"),
        ({"id": ["evt-1"]}, "id is not text; write it in quotes"),
        ({"scope": "{{ groups.all }}"}, "scope is not one of those that are known"),
        ({"scope": "ALL"}, "scope is not one of those that are known"),
        ({"scope": "all\0"}, "scope is not one of those that are known"),
        ({"scope": "all,plum"}, "scope is not one of those that are known"),
        ({"requested_at": "{{ now() }}"}, "requested_at is not a time"),
        ({"requested_at": "\u0662026-03-01T09:00:00Z"}, "requested_at is not a time"),
        ({"requested_at": ["2026-03-01T09:00:00Z"]}, "requested_at is not text; write it in quotes"),
        ({"more": "x" * 5000}, "its payload is longer than 4096 bytes"),
        ({"more": float("nan"), "number": 1}, "number is not text; write it in quotes"),
    ],
)
def test_a_request_that_is_not_well_formed_is_dropped_and_logged_without_its_number(
    changes: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert accept(request(**changes), scopes=["all"]) == []
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.WARNING, "telephony.outbound.stop_request")
    assert reason in record.getMessage()
    assert not {DIGITS, NUMBER, "010-0007"} & set(record.getMessage().split())
    assert DIGITS not in record.getMessage()
    assert "lookup" not in record.getMessage()


@pytest.mark.parametrize(("minutes", "passes"), [(4, True), (6, False)])
def test_a_clock_may_be_five_minutes_ahead(minutes: int, passes: bool) -> None:
    assert bool(accept(request(requested_at=ago(minutes=-minutes)), scopes=["all"])) is passes


@pytest.mark.parametrize(
    "event", [{}, *({"payload": each} for each in (None, [], "text", 7)), None, [], "text", 7, 7.5]
)
def test_an_event_without_a_payload_is_dropped(event: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert accept(event, scopes=["all"]) == []
    assert "it has no payload that is a JSON object" in caplog.text


def test_of_a_key_that_is_there_twice_the_last_one_is_checked_and_goes_on() -> None:
    text = json.dumps(request()["payload"])
    twice = json.loads(f'{text[:-1]}, "number": "+15550100008"}}')
    assert accept({"payload": twice}, scopes=["all"])["payload"]["number"] == "+15550100008"
    twice = json.loads(f'{text[:-1]}, "number": 15550100008}}')
    assert accept({"payload": twice}, scopes=["all"]) == []


def test_a_payload_that_is_nested_too_deep_is_dropped() -> None:
    deep: list[Any] = []
    for _level in range(100_000):
        deep = [deep]
    assert accept(request(more=deep), scopes=["all"]) == []


def test_the_id_is_in_the_log_as_soon_as_it_is_known_to_be_fit_for_it(caplog: pytest.LogCaptureFixture) -> None:
    accept(request(scope="elsewhere"), scopes=["all"])
    assert "A stop request was dropped (evt-1): scope" in caplog.text


def test_a_request_about_a_campaign_has_no_number_and_names_one_group(caplog: pytest.LogCaptureFixture) -> None:
    passed = accept(request(scope="reminders"), about="campaign")
    assert passed["payload"].keys() == {"id", "requested_at", "scope"}
    for scope in ("all", "ungrouped", "a:b", "!a", "~a", "a*", "a[0]", "-a", "a b", "{{ a }}"):
        assert accept(request(scope=scope), about="campaign") == []
    assert len(caplog.records) == 10
    assert accept(request(scope="all"), about="campaign", scopes=["all"]) != []


def test_options_that_cannot_be_right_are_an_error() -> None:
    for wrong in ({"scopes": "all"}, {"about": "numbers"}):
        with pytest.raises(ValueError, match="about must be number or campaign, and scopes a list"):
            accept(request(), **wrong)
    for wrong in ({"max_age": "604800"}, {"max_bytes": None}):
        with pytest.raises(ValueError, match="max_age and max_bytes must be whole numbers"):
            accept(request(), **wrong)


def test_the_documentation_has_the_options_and_their_defaults() -> None:
    documented = yaml.safe_load(MODULE["DOCUMENTATION"])["options"]
    parameters = dict(list(inspect.signature(accept).parameters.items())[1:])
    assert {name: option.get("default") for name, option in documented.items()} == {
        name: parameter.default for name, parameter in parameters.items()
    }
    (source,) = yaml.safe_load(MODULE["EXAMPLES"])
    (told,) = source["filters"]
    assert accept(request(), **told["telephony.outbound.stop_request"]) != []
    assert json.dumps(accept(request(), scopes=["all"]))
