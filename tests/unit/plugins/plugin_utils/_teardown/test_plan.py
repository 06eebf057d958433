# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what is approved is what exists, and an apply never affects more than that."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.documents import (
    InvalidDocument,
    format_time,
    packed,
    parse_time,
    to_json_data,
    to_text,
    unpacked,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.formats.table import table_of
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.limits import (
    Limits,
    unused_patterns,
    violations,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.plan import (
    AccountPreview,
    Plan,
    growth_guard,
    not_planned,
    problems,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.settings import checked, merged
from ansible_collections.telephony.outbound.tests.support.plans import campaign, plan_of, preview, preview_result

IN_TIME, TOO_LATE = datetime(2026, 3, 1, 10, 0, tzinfo=UTC), datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)
ONE = preview(preview_result("77", campaign_name="Spring 2026"))
OTHER = preview(preview_result("78"), account="other")


def reasons(plan: Plan, *accounts: AccountPreview, now: datetime = IN_TIME, **more: Any) -> list[str]:
    given_ = merged(checked({"max_targets": 500, **more}), {})
    return problems(plan, [account.identity for account in accounts], given_, now)


def with_identity(account: AccountPreview, **changed: Any) -> AccountPreview:
    return replace(account, identity={**account.identity, **changed})


# --- content of a plan ------------------------------------------------------------------------------------------------


def test_a_plan_says_what_would_be_done_where() -> None:
    plan = plan_of(
        preview(preview_result("77", campaign_name="Spring 2026"), targets=[{**campaign("77"), "name": "S"}])
    )
    assert (plan.document["created"], plan.document["expires"]) == ("2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z")
    assert plan.document["violations"] == []
    assert plan.targets == [
        {
            "account": "promo",
            "vendor": "wolkvox",
            "product": None,
            "address": "https://wv0010.wolkvox.com",
            "login": "token 3f0a11",
            "name": "S",
            "target": campaign("77"),
            "vendor_name": "Spring 2026",
            "identity": campaign("77"),
            "pending": 120,
            "steps": ["would_clear"],
            "outcome": "would_clear",
            "error": None,
            "unit": "records",
        }
    ]


@pytest.mark.parametrize(
    ("stops", "starts", "steps"),
    [
        ([], [], ["would_clear"]),
        (["77"], [], ["would_stop", "would_clear"]),
        (["77"], ["77"], ["would_stop", "would_clear", "would_start"]),
        (["78"], ["78"], ["would_clear"]),
    ],
)
def test_steps_are_told_from_what_would_be_stopped_and_started(
    stops: list[str], starts: list[str], steps: list[str]
) -> None:
    def changes(numbers: list[str]) -> list[dict[str, Any]]:
        return [{"target": {"campaign_id": number}, "outcome": "would_change"} for number in numbers]

    plan = plan_of(preview(preview_result("77"), stops=changes(stops), starts=changes(starts)))
    assert plan.targets[0]["steps"] == steps


def test_an_account_that_cannot_be_asked_has_its_rows_all_the_same() -> None:
    plan = plan_of(
        preview(targets=[campaign("77"), campaign("78")], error="token: is missing"),
        AccountPreview(identity={"account": "empty"}, error="campaign_teardown_targets is missing or empty"),
    )
    assert [(row["account"], row["outcome"], row["error"]["message"]) for row in plan.targets] == [
        ("promo", "failed", "token: is missing"),
        ("promo", "failed", "token: is missing"),
        ("empty", "failed", "campaign_teardown_targets is missing or empty"),
    ]
    assert plan.of_account("promo") == plan.of_account("empty") == []


def test_results_that_belong_to_other_targets_are_refused() -> None:
    with pytest.raises(InvalidDocument, match="1 targets, and 2 results"):
        plan_of(preview(preview_result("77"), preview_result("78"), targets=[campaign("77")]))


# --- identity of a plan -----------------------------------------------------------------------------------------------


def every_place(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for key in value for place in every_place(value[key], (*path, key))]
    if isinstance(value, list) and value:
        return [place for index, item in enumerate(value) for place in every_place(item, (*path, index))]
    return [path]


def test_no_value_of_an_approved_plan_can_be_altered() -> None:
    plan = plan_of(ONE, OTHER)
    assert reasons(plan, ONE, OTHER, approved_sha256=plan.sha256) == []
    for path in every_place(plan.document):
        altered = copy.deepcopy(plan.document)
        spot: Any = altered
        for key in path[:-1]:
            spot = spot[key]
        spot[path[-1]] = 4711
        try:
            other = Plan.parse(to_text(altered, "targets"))
        except InvalidDocument:
            continue
        assert reasons(other, ONE, OTHER, approved_sha256=plan.sha256), path


def test_what_is_torn_down_cannot_be_altered_even_without_an_approval() -> None:
    for path in (("targets", 0, "target", "campaign_id"), ("targets", 0, "address"), ("targets", 0, "account")):
        altered = copy.deepcopy(plan_of(ONE).document)
        spot: Any = altered
        for key in path[:-1]:
            spot = spot[key]
        spot[path[-1]] = "4711"
        with pytest.raises(InvalidDocument, match="was altered"):
            Plan.parse(to_text(altered, "targets"))


def test_the_scope_stays_when_only_counts_times_names_and_order_change() -> None:
    first = plan_of(ONE, OTHER).document
    recounted = preview(preview_result("77", "already_clear", 0), targets=[{**campaign("77"), "name": "X"}])
    second = plan_of(OTHER, recounted, created=datetime(2026, 3, 2, tzinfo=UTC)).document
    assert first["scope_sha256"] == second["scope_sha256"]
    moved, renamed = with_identity(ONE, address="https://x.example.com"), with_identity(ONE, login="token 0")
    for changed in (moved, renamed, replace(ONE, targets=[campaign("78")])):
        assert plan_of(changed, OTHER).document["scope_sha256"] != first["scope_sha256"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "[]",
        "{}",
        '{"format": 2}',
        '{"format": 1, "targets": 1}',
        '{"format": 1, "targets": [{}]}',
        '{"format": 1, "targets": [{"account": "a", "target": {}, "pending": -1}]}',
        '{"format": 1, "targets": [{"account": "a", "target": {}, "pending": true}]}',
        '{"format": 1, "targets": [], "scope_sha256": "0"}',
    ],
)
def test_what_is_no_plan_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InvalidDocument):
        Plan.parse(text)


@settings(max_examples=30)
@given(st.text(max_size=200))
def test_packed_text_comes_back_and_holds_no_template(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert unpacked(packed(text)) == text
    assert "{" not in packed(text)


@pytest.mark.parametrize("text", ["no", "%%", "aGVsbG8=", packed("x" * 9)[:-6]])
def test_what_was_not_packed_is_said_so(text: str) -> None:
    with pytest.raises(InvalidDocument, match="not whole"):
        unpacked(text)


def test_a_plan_that_says_a_thing_twice_is_none() -> None:
    """A person who approves it may read the first, and we would take the last."""
    text = plan_of(ONE).text.replace('"limits": {', '"targets": [], "limits": {', 1)
    with pytest.raises(InvalidDocument, match="'targets' stands twice"):
        Plan.parse(text)


# --- reasons not to apply a plan --------------------------------------------------------------------------------------


def test_a_plan_does_not_hold_longer_because_a_clock_went_back() -> None:
    plan = plan_of(ONE)
    (reason,) = reasons(plan, ONE, now=IN_TIME - timedelta(days=1))
    assert "which is later than now" in reason
    assert reasons(plan, ONE, now=parse_time(plan.document["created"], "created") - timedelta(minutes=5)) == []


def test_a_plan_may_be_applied_until_it_expires_or_the_approval_says() -> None:
    plan = plan_of(ONE)
    assert reasons(plan, ONE) == []
    (reason,) = reasons(plan, ONE, now=TOO_LATE)
    assert "expired at 2026-03-01T10:00:00Z" in reason
    assert "campaign_teardown_approved_until" in reason
    until = {"approved_sha256": plan.sha256, "approved_until": "2026-03-05T10:00:00Z"}
    assert reasons(plan, ONE, now=TOO_LATE, **until) == []
    (reason,) = reasons(plan, ONE, approved_until="2026-03-05T10:00:00Z")
    assert "needs campaign_teardown_approved_sha256" in reason
    assert reasons(plan, ONE, **until | {"approved_until": "2026-03-01T09:30:00Z"})


def test_a_plan_without_an_end_needs_an_approval() -> None:
    plan = plan_of(ONE, expires_after=None)
    assert plan.document["expires"] is None
    (reason,) = reasons(plan, ONE, now=TOO_LATE)
    assert "campaign_teardown_approved_sha256" in reason
    assert reasons(plan, ONE, now=TOO_LATE, approved_sha256=plan.sha256) == []


def test_approval() -> None:
    plan = plan_of(ONE)
    assert reasons(plan, ONE, approved_sha256=plan.sha256, require_approval=True) == []
    (reason,) = reasons(plan, ONE, require_approval=True)
    assert reason == f"The plan is not approved: campaign_teardown_approved_sha256 must be {plan.sha256}."
    (reason,) = reasons(plan, ONE, approved_sha256="0" * 64)
    assert "another plan" in reason


def test_accounts_are_the_planned_ones() -> None:
    plan = plan_of(ONE, OTHER)
    third = preview(preview_result("79"), account="third")
    assert reasons(plan, ONE, OTHER) == []
    (reason,) = reasons(plan, ONE)
    assert reason == (
        "The plan has the account other, and this play does not: look at --limit and the inventory."
        " campaign_teardown_allow_missing_accounts: true leaves it out."
    )
    (reason,) = reasons(plan, ONE, OTHER, third)
    assert "This play has the account third, and the plan does not" in reason
    assert not_planned(plan, [ONE.identity, third.identity]) == [third.identity]
    assert reasons(plan, ONE, third, allow_missing_accounts=True) == []
    for changed in (
        {"address": "https://x.example.com"},
        {"login": "token 0"},
        {"vendor": "plum"},
        {"product": "fuse"},
    ):
        (reason,) = reasons(plan, with_identity(ONE, **changed), OTHER)
        assert f"The {next(iter(changed))} of the account promo is not the planned one" in reason
    assert reasons(plan, with_identity(ONE, address="https://wv0010.wolkvox.com/"), OTHER) == []


def test_a_plan_that_broke_its_limits_is_never_applied() -> None:
    plan = plan_of(ONE, OTHER, limits=Limits(max_targets=1))
    (reason,) = reasons(plan, ONE, OTHER, approved_sha256=plan.sha256, max_targets=500)
    assert reason == "A limit is exceeded: the plan has 2 targets, and 1 are allowed (campaign_teardown_max_targets)."


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_targets": 1}, "the plan has 2 targets, and 1 are allowed (campaign_teardown_max_targets)"),
        ({"max_pending_total": 119}, "120 would go in all, and 119 are allowed (campaign_teardown_max_pending_total)"),
        ({"protected": ["spring*"]}, "promo: Spring 2026 is protected by 'spring*' (campaign_teardown_protected)"),
        ({"protected": ["78"]}, "other: campaign_id=78 all_records=yes is protected by '78'"),
        ({"allow_unknown": False}, "other: campaign_id=78 all_records=yes: how much would go is unknown"),
    ],
)
def test_every_breach_names_the_variable_that_would_allow_it(limits: dict[str, Any], words: str) -> None:
    unknown = preview(preview_result("78", pending=None), account="other")
    plan = plan_of(ONE, unknown, limits=Limits(**limits))
    (breach,) = plan.document["violations"]
    assert breach["message"].startswith(words)
    assert breach["variable"] in breach["message"]
    # Checked again with the limits that apply when it is applied.
    (reason,) = reasons(plan_of(ONE, unknown), ONE, unknown, **limits)
    assert words in reason


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("Promo [VIP]", "Promo [VIP]"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("VIP\u00a0hotline", "VIP hotline"),
        ("VIP\u200b  hotline", "vip hotline"),
        ("\ufeffVIP hotline ", "VIP*"),
        ("\uff36\uff29\uff30", "vip"),
        ("+15550100007", "1-555-010-0007"),
        ("+1 (555) 010 0007", "tel:+15550100007"),
        ("15550100007", "001 555 010 0007"),
        ("555 010 0007", "+15550100007"),
        ("0555 0100007", "+1 555 010 0007"),
        ("9011 1 555 010 0007", "+15550100007"),
        ("+15550100007", "5550100007"),
    ],
)
def test_names_are_protected_in_whatever_form_they_come(name: str, pattern: str) -> None:
    target = {"account": "w", "vendor_name": name, "target": {"campaign_id": "80"}, "identity": None, "pending": 1}
    limits = Limits(protected=(pattern,))
    assert violations([target], limits)
    assert unused_patterns([target], limits) == []
    assert unused_patterns([{**target, "vendor_name": "other"}], limits) == [pattern]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("5550100008", "+15550100007"),
        ("100007", "+15550100007"),
        ("915550100007", "15550100007"),
        ("77", "+15550100077"),
    ],
)
def test_other_numbers_and_ids_are_not_protected(name: str, pattern: str) -> None:
    target = {"account": "w", "vendor_name": name, "target": {"campaign_id": "80"}, "identity": None, "pending": 1}
    assert violations([target], Limits(protected=(pattern,))) == []


LIMITS = st.builds(
    Limits,
    max_targets=st.none() | st.integers(0, 3),
    max_pending_total=st.none() | st.integers(0, 300),
    protected=st.lists(st.sampled_from(["77", "Spring*", "x"]), max_size=2).map(tuple),
    allow_unknown=st.booleans(),
)


@given(LIMITS, LIMITS)
def test_the_strictest_of_two_limits_allows_no_more_than_each(one: Limits, other: Limits) -> None:
    targets = plan_of(ONE, preview(preview_result("78", pending=None), account="other")).targets
    both = {item["limit"] for item in violations(targets, one.strictest(other))}
    assert both >= {item["limit"] for limits in (one, other) for item in violations(targets, limits)}


def test_a_breach_shows_no_phone_number_and_no_control_characters() -> None:
    target = {"account": "g", "name": "call +1 555 010 0123\x1b[2J", "target": {"phone_number": "+15550100123"}}
    (breach,) = violations([{**target, "pending": 1}], Limits(protected=("*0123*",)))
    assert "5550100123" not in breach["message"].replace(" ", "")
    assert "\x1b" not in breach["message"]


@pytest.mark.parametrize(
    ("pending", "percent", "given_", "most"),
    [(100, 10.0, None, 110), (101, 10.0, None, 112), (0, 10.0, None, 0), (100, 0.0, None, 100), (100, 10.0, 50, 50)],
)
def test_a_counted_target_may_only_grow_so_far(pending: int, percent: float, given_: int | None, most: int) -> None:
    target = {} if given_ is None else {"max_pending": given_}
    assert growth_guard({"pending": pending, "target": target}, percent) == {"max_pending": most}
    assert growth_guard({"pending": None, "target": target}, percent) == {}


# --- display ----------------------------------------------------------------------------------------------------------


def test_the_table_of_a_plan_shows_the_hash_of_that_very_plan() -> None:
    plan = plan_of(ONE, preview(error="no", targets=[campaign("1")], account="bad"), limits=Limits(max_targets=1))
    lines = table_of(plan.document, plan.targets, rows=50, sha256=plan.sha256).splitlines()
    assert lines[0].split() == ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "STEPS"]
    assert lines[1].endswith("failed: no")
    assert lines[2].endswith("would_clear")
    assert plan.sha256 in lines[5]
    assert lines[6].startswith("LIMIT EXCEEDED")
    assert table_of(plan.document, plan.targets, rows=1).splitlines()[2] == "\u2026 and 1 more"


def test_data_of_ansible_becomes_plain_data() -> None:
    assert to_json_data({7: (1.0, 1.5), "day": datetime(2026, 3, 1, tzinfo=UTC)}) == {
        "7": [1, 1.5],
        "day": "2026-03-01T00:00:00Z",
    }
    assert to_json_data("half a \ud83d") == "half a ?"
    assert json.loads(json.dumps(to_json_data([True, None, 1]))) == [True, None, 1]
    for bad in (float("nan"), b"x", object()):
        with pytest.raises(InvalidDocument):
            to_json_data(bad)
    assert format_time(parse_time("2026-03-01 10:00:00+01:00", "x")) == "2026-03-01T09:00:00Z"
    with pytest.raises(InvalidDocument, match="x is not a time"):
        parse_time("soon", "x")
