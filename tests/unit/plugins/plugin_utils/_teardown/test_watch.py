# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The watch without a network: what is watched, the source of its options, and the meaning of a read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown import watch
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import InvalidDocument
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.table import watch_table_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.masking import Masker
from ansible_collections.telephony.outbound.tests.support.plans import plan_of, preview, preview_result

NUMBER = "+15550100123"


def entry(outcome: str = "cleared", target: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "account": "promo",
        "vendor": "wolkvox",
        "login": "token 3f0a11",
        "place": 0,
        "planned_place": 0,
        "name": "Winter",
        "target": target or {"campaign_id": "77", "all_records": True},
        "outcome": outcome,
        "unit": "records",
        **more,
    }


def record(*entries: dict[str, Any], **run: Any) -> watch.Record:
    return watch.Record.parse(json.dumps({"run": {"run_id": "therun", **run}, "results": list(entries)}))


def read(result: dict[str, Any] | None, **more: Any) -> watch.AccountRead:
    return watch.AccountRead(results={0: result}, login="token 3f0a11", **more)


def seen(pending: int | None, outcome: str = "would_clear", **more: Any) -> dict[str, Any]:
    return {"pending_before": pending, "outcome": outcome, "error": None, **more}


# --- the record -------------------------------------------------------------------------------------------------------


def test_what_was_torn_down_is_watched_and_the_rest_is_counted() -> None:
    words = ["cleared", "in_doubt", "already_clear", "failed", "accepted", "not_sent", "refused"]
    found = record(*map(entry, words))
    assert [(item["outcome"], item["place"]) for item in found.entries] == [
        ("cleared", 0),
        ("already_clear", 2),
        ("accepted", 4),
    ]
    assert found.not_watched == 4
    assert list(found.accounts) == ["promo"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"results": []}',
        '{"run": {}, "results": [1]}',
        '{"run": {}, "results": [{"outcome": "cleared"}]}',
        '{"run": {}, "results": [{"outcome": "cleared", "account": "a", "target": []}]}',
    ],
)
def test_what_is_no_evidence_is_no_empty_record(text: str) -> None:
    with pytest.raises(InvalidDocument):
        watch.Record.parse(text)


# --- the source of options --------------------------------------------------------------------------------------------


def test_the_own_target_comes_first_then_the_plan_then_the_record() -> None:
    plan = plan_of(preview(preview_result("77")))
    own = {"name": "x", "campaign_id": "77", "all_records": True, "result_aliases": {"occupied": "busy"}, "token": "t"}
    found = watch.Finder([own], plan, None).options_of(entry())
    assert found == {"campaign_id": "77", "all_records": True, "result_aliases": {"occupied": "busy"}}
    assert watch.Finder([], plan, None).options_of(entry()) == plan.targets[0]["target"]
    assert watch.Finder([], None, None).options_of(entry()) == {"campaign_id": "77", "all_records": True}
    # The place of another account, and one that is not in the plan.
    for other in (entry(account="other"), entry(planned_place=5), entry(planned_place=None)):
        assert watch.Finder([], plan, None).options_of(other) == {"campaign_id": "77", "all_records": True}


def test_a_slices_target_is_found_by_its_place_in_the_plan() -> None:
    first = preview(preview_result("1"), account="first")
    plan = plan_of(first, preview(preview_result("77"), preview_result("78")))
    evidence = record(entry("refused", place=1), entry(target={"campaign_id": "78", "type": "predictive"}, place=2))
    (found,) = evidence.entries
    assert watch.Finder([], plan, None).options_of(found) == plan.targets[2]["target"]
    assert (found["place"], found["planned_place"]) == (1, 2)


@pytest.mark.parametrize(
    "own",
    [
        [{"campaign_id": "78", "all_records": True}],
        [{"campaign_id": "77", "result": "busy"}],
        [{"campaign_id": 77, "all_records": True}],
        [{}],
        [{"campaign_id": "77", "all_records": True, "a": 1}, {"campaign_id": "77", "all_records": True, "a": 2}],
    ],
)
def test_another_target_is_never_taken_for_it(own: list[dict[str, Any]]) -> None:
    assert watch.Finder(own, None, None).options_of(entry()) == {"campaign_id": "77", "all_records": True}


def test_what_is_masked_is_found_by_the_key_or_not_at_all() -> None:
    target = {"calling_list": "May", "phone_number": NUMBER}
    masker = Masker("key")
    masker.learn(target)
    masked = entry(target=masker.data(target), vendor="genesys")
    own = [target, {**target, "phone_number": "+15550109123"}]
    assert watch.Finder(own, None, Masker("key")).options_of(masked) == target
    assert watch.Finder(own, None, Masker("other")).options_of(masked) is None
    assert watch.Finder(own, None, None).options_of(masked) is None
    assert watch.Finder([], None, Masker("key")).options_of(masked) is None


def test_the_product_is_no_option_of_a_target() -> None:
    own = {"application_id": "1", "deployment_id": "2", "call_ids": ["c"]}
    target = {"product": "fuse", "application_id": "1", "deployment_id": "2"}
    assert watch.Finder([own], None, None).options_of(entry(target=target, vendor="plum")) == own


def test_the_name_of_then_comes_from_record_or_plan() -> None:
    plan = plan_of(preview(preview_result("77", campaign_name="Winter 15550100123")))
    assert watch.Finder([], plan, None).vendor_name_of(entry(campaign_name="Winter")) == "Winter"
    assert watch.Finder([], plan, None).vendor_name_of(entry(campaign_name="Winter ***0123")) == "Winter 15550100123"
    assert watch.Finder([], None, None).vendor_name_of(entry(campaign_name="Winter ***0123")) is None


def test_only_the_plan_of_that_run_counts() -> None:
    plan = plan_of(preview(preview_result("77")))
    found = watch.plan_of(record(entry(), plan_sha256=plan.sha256), plan.text)
    assert found is not None
    assert found.sha256 == plan.sha256
    assert watch.plan_of(record(entry(), plan_sha256=plan.sha256), plan.text + " ") is None
    assert watch.plan_of(record(entry(), plan_sha256=plan.sha256), None) is None
    text = "$ANSIBLE_VAULT;1.1;AES256"
    assert watch.plan_of(record(entry(), plan_sha256=watch.sha256_of(text)), text) is None


# --- meaning of a read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "more", "expected"),
    [
        (seen(0, "already_clear"), {}, ("still_clear", 0, False)),
        (seen(12), {}, ("refilled", 12, True)),
        # A guard, or a vendor that failed later: the number was read.
        (seen(12, "refused", error={"message": "no"}), {}, ("refilled", 12, True)),
        (seen(None, "failed", error={"message": "down"}), {}, ("cannot_be_read", None, True)),
        (seen(None, "not_sent", error={"message": "down"}), {}, ("cannot_be_read", None, True)),
        # wolkvox can be read: an unknown number needs a person.
        (seen(None), {}, ("cannot_be_read", None, True)),
        (seen(0, "failed", error={"message": "odd"}), {}, ("cannot_be_read", None, True)),
        ({"error": {"message": "cannot be found"}}, {}, ("cannot_be_read", None, True)),
        (None, {"vendor": "genesys"}, ("cannot_be_read", None, False)),
        (None, {"vendor": "plum", "product": "fuse"}, ("cannot_be_read", None, False)),
        (
            seen(None, calls={"before": {"pending": 0, "unknown": 1}}),
            {"vendor": "plum", "product": "fuse"},
            ("cannot_be_read", None, False),
        ),
        (
            seen(None, calls={"before": {"pending": 2, "unknown": 1}}),
            {"vendor": "plum", "product": "fuse"},
            ("refilled", 2, True),
        ),
        (seen(None, calls={"before": None}), {"vendor": "plum", "product": "fuse"}, ("cannot_be_read", None, False)),
        (
            seen(None, "failed", error={"message": "401"}),
            {"vendor": "plum", "product": "fuse"},
            ("cannot_be_read", None, True),
        ),
    ],
)
def test_how_a_read_is_judged(
    result: dict[str, Any] | None, more: dict[str, Any], expected: tuple[str, int | None, bool]
) -> None:
    found = watch.row(entry(**more), read(result))
    assert (found["outcome"], found["pending"], found["needs_person"]) == expected
    assert (found["error"] is None) == (found["outcome"] == "still_clear")


def test_an_account_without_an_answer_is_never_clear() -> None:
    for state in (watch.AccountRead(), watch.AccountRead(error="down"), read(seen(0, "already_clear"), error="broken")):
        found = watch.row(entry(), state)
        assert (found["outcome"], found["needs_person"]) == ("cannot_be_read", True)
    assert not watch.row(entry(), watch.AccountRead(error="missing", expected=True))["needs_person"]


def test_a_target_of_the_own_login_is_another_one_with_another_token() -> None:
    target = {"user_id": "@me", "extension": "0003*210", "all_events": True}
    state = read(seen(0, "already_clear"))
    mine = entry(target=target)
    assert watch.row(mine, state)["outcome"] == "still_clear"
    state.login = "token 000000"
    assert watch.row(mine, state)["outcome"] == "cannot_be_read"
    assert watch.row(entry(), state)["outcome"] == "still_clear"


def rows_of(*results: dict[str, Any] | None) -> list[dict[str, Any]]:
    entries = [entry(place=place, vendor="wolkvox" if result else "genesys") for place, result in enumerate(results)]
    state = watch.AccountRead(results=dict(enumerate(results)), login="token 3f0a11")
    return [watch.row(each, state) for each in entries]


def test_the_line_has_every_target_once_and_the_state_is_the_worst() -> None:
    clear, full, down = seen(0, "already_clear"), seen(3), seen(None, "failed", error={"message": "down"})
    found = rows_of(clear, full, down, None, clear, down)
    counts = watch.summary(found, 2)
    line = watch.line(record(entry()), found, counts)
    places = [*line["still_clear"], *(item["place"] for item in line["refilled"])]
    places += [place for item in line["cannot_be_read"] for place in item["places"]]
    assert sorted(places) == list(range(6))
    assert (counts["needs_person"], counts["pending"], counts["not_watched"]) == (3, None, 2)
    assert watch.summary(rows_of(clear, full), 0)["pending"] == 3
    assert watch.state(counts) == "left"
    assert watch.state(watch.summary(rows_of(clear, None), 0)) == "in_doubt"
    assert watch.state(watch.summary(rows_of(clear), 0)) == "done"


def test_the_table_begins_with_what_is_refilled() -> None:
    clear, full = seen(0, "already_clear"), seen(1234)
    found = rows_of(clear, None, full, *[seen(None, "failed", error={"message": "down\nforged"})] * 7)
    text = watch_table_of(found, watch.summary(found, 1), rows=4)
    lines = text.splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["ACCOUNT", "promo"]
    assert "1,234" in lines[1]
    assert "refilled" in lines[1]
    assert "… and 6 more" in lines
    assert "10 targets: 1 refilled, 8 cannot_be_read, 1 still_clear" in lines
    assert "1 more in the evidence were not torn down: not watched" in lines
    assert "NEEDS ATTENTION: promo: Winter: refilled, there are 1,234 records again" in lines
    assert lines[-1] == "NEEDS ATTENTION: 8 targets in all"
    assert not [line for line in lines if line.startswith("forged")]


def test_the_last_watch_is_told_in_a_few_lines() -> None:
    found = rows_of(seen(0, "already_clear"), seen(1200))
    first, last = (
        json.dumps({"time": time, **watch.line(record(entry()), found[:size], watch.summary(found[:size], 0))})
        for time, size in (("one", 1), ("two", 2))
    )
    entries = [entry(), entry(name="Spring")]
    assert watch.last_told(f"{first}\n{last}\n", entries) == [
        "The last watch, at two: 1 refilled, 1 still_clear",
        "NEEDS ATTENTION: promo: Spring: refilled with 1,200 records",
    ]
    # A line cut by a crash does not count.
    assert watch.last_told(f"{first}\n{last[:-9]}", entries) == ["The last watch, at one: 1 still_clear"]
    assert watch.last_told("", entries) == watch.last_told("{}\n[]\n", entries) == []
