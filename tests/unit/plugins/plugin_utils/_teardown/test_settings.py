# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings: one parsing of every value, and the strictest value if hosts differ."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import (
    NUMBERS,
    SPEC,
    Settings,
    SettingsError,
    checked,
    merged,
)

TRUE = ["y", "yes", "on", "t", "true", "True", "1", 1, True]
FALSE = ["n", "no", "off", "f", "false", "False", "0", 0, False]
BOOLS = [name for name, option in SPEC.items() if option["type"] == "bool"]
NOTHING = [None, "", "  "]


def settings(*hosts: dict[str, Any], **task: Any) -> Settings:
    said = {f"host{number}": checked(host) for number, host in enumerate(hosts or ({},))}
    return merged(checked(task), said)


@pytest.mark.parametrize("name", BOOLS)
@pytest.mark.parametrize(("words", "value"), [(TRUE, True), (FALSE, False)])
def test_every_word_of_the_argument_spec_is_read_alike(name: str, words: list[Any], value: bool) -> None:
    for word in words:
        assert settings(**{name: word})[name] is value, word


@pytest.mark.parametrize("name", SPEC)
def test_what_says_nothing_is_the_default(name: str) -> None:
    for nothing in NOTHING:
        if name != "expires_after" or nothing is not None:
            assert settings({name: nothing})[name] == settings()[name]


@pytest.mark.parametrize("word", [None, "null", "None"])
def test_no_end_is_said_with_null_and_not_by_an_empty_answer(word: Any) -> None:
    assert settings(expires_after=word)["expires_after"] is None
    assert settings(expires_after="")["expires_after"] == 1.0


def test_lists_are_split_as_the_command_line_writes_them() -> None:
    assert settings(protected="77,78")["protected"] == ["77", "78"]
    assert settings(protected=77)["protected"] == ["77"]


def test_lists_are_split_as_the_text_area_of_a_survey_writes_them() -> None:
    assert settings(protected="77\r\nWinter, old\n")["protected"] == ["77", "Winter", "old"]
    assert settings(protected="- 77\n- Winter")["protected"] == ["77", "Winter"]


@pytest.mark.parametrize("text", ["77;78", "77; 78", "77 78", "77\t78", "78,79 77"])
def test_a_separator_that_a_name_may_have_too_is_read_in_both_ways(text: str) -> None:
    found = settings(protected=text)["protected"]
    assert {"77", "78"} <= set(found)
    assert text.partition(",")[0] in found
    assert settings(protected="Winter reminders")["protected"] == ["Winter reminders"]


@pytest.mark.parametrize("nested", [[["77"]], [{"77": True}]])
def test_a_list_in_the_list_of_protected_names_is_refused(nested: Any) -> None:
    with pytest.raises(SettingsError, match="without lists or mappings"):
        settings(protected=nested)


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"max_targets": -1}, "max_targets: must be 0 or more"),
        ({"max_targets": "many"}, "campaign_teardown_max_targets. is of type"),
        ({"max_growth_percent": "inf"}, "max_growth_percent: must be a number, not inf"),
        ({"max_targets": "-inf"}, "campaign_teardown_max_targets: must be a number, not -inf"),
        ({"max_targets": float("nan")}, "campaign_teardown_max_targets: nan is not a number"),
        ({"reason": float("inf")}, "campaign_teardown_reason: inf is not a number"),
        ({"purge_after_days": False}, "purge_after_days: must be a number, not False"),
        ({"max_pending_total": True}, "max_pending_total: must be a number, not True"),
        ({"expires_after": 1e300}, "expires_after: must be 876000 hours at most"),
        ({"mode": "aply"}, "value of campaign_teardown_mode must be one of"),
        ({"protect": ["77"]}, "does not have: protect"),
        ({"plan": {"targets": []}}, "plan: must be text"),
        ({"plan": ["a"]}, "plan: must be text"),
        ({"require_approval": "perhaps"}, "require_approval"),
        ({"folder": "a\0b"}, "folder: has a control character"),
        ({"event_id": "../evt"}, "event_id: must be letters, digits and . _ - alone"),
        ({"event_id": ".evt"}, "event_id: must be letters, digits and . _ - alone"),
        ({"event_id": "x" * 65}, "event_id: must be letters, digits and . _ - alone"),
    ],
)
def test_what_cannot_be_used_is_named(given_: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        settings(**given_)


def test_events_of_a_burst_are_named_like_one_event() -> None:
    told = merged(checked({"event_ids": ["evt-1", "evt-2"]}, NUMBERS), {}, NUMBERS).about
    assert (told["event_ids"], "event_id" in told) == (["evt-1", "evt-2"], False)
    with pytest.raises(SettingsError, match="event_ids: must be letters, digits"):
        checked({"event_ids": ["evt-1", "evt/2"]}, NUMBERS)


def test_limits_of_all_hosts_add_up_wherever_they_stand() -> None:
    found = settings(
        {"max_targets": 50, "protected": ["a"], "require_approval": True},
        {"max_targets": 10, "protected": ["b", "a"], "allow_unknown": False, "max_pending_total": 7},
        max_targets=20,
        protected=["c"],
    )
    assert found["max_targets"] == 10
    assert found["max_pending_total"] == 7
    assert found["protected"] == ["c", "a", "b"]
    assert (found["require_approval"], found["allow_unknown"]) == (True, False)


@given(st.lists(st.none() | st.integers(0, 500), min_size=1, max_size=5))
def test_a_limit_is_never_weaker_than_any_host_wants(limits: list[int | None]) -> None:
    found = settings(*({} if limit is None else {"max_targets": limit} for limit in limits))["max_targets"]
    assert all(found <= limit for limit in limits if limit is not None)


@pytest.mark.parametrize("name", ["mode", "reason", "folder", "plan", "stop_running", "mask_key"])
def test_hosts_that_differ_where_only_one_value_can_be_are_refused_by_name(name: str) -> None:
    values = {"mode": ("apply", "plan"), "stop_running": (True, False)}.get(name, ("a", "b"))
    with pytest.raises(SettingsError, match=rf"campaign_teardown_{name}.*on host0.*on host1") as refused:
        settings({name: values[0]}, {name: values[1]})
    assert ("'a' on host0" in str(refused.value)) == (values == ("a", "b") and name != "mask_key")
    assert settings({name: values[0]}, {name: values[0]})[name] == values[0]
    assert settings({name: values[0]}, {name: values[1]}, **{name: values[1]})[name] == values[1]


def test_a_mode_that_only_some_hosts_have_is_refused() -> None:
    with pytest.raises(SettingsError, match="campaign_teardown_mode"):
        settings({"mode": "apply"}, {})


@pytest.mark.parametrize("reason", ["End", "  Season  ", "Person", "x"])
def test_a_reason_of_one_word_is_warned_about(reason: str) -> None:
    (warning,) = merged(checked({"reason": reason}), {}).warnings()
    assert repr(reason.strip()) in warning
    assert '{"campaign_teardown_reason": "all of it"}' in warning


@pytest.mark.parametrize("reason", ["", "End of season", "客户要求停止呼叫", None])
def test_another_reason_is_not(reason: Any) -> None:
    assert merged(checked({"reason": reason}), {}).warnings() == []


def test_a_short_mask_key_is_warned_about_and_not_told() -> None:
    (warning,) = merged(checked({"mask_key": "hunter2"}), {}).warnings()
    assert "fewer than 16 characters" in warning
    assert "hunter2" not in warning
    assert merged(checked({"mask_key": "a key of many letters"}), {}).warnings() == []
