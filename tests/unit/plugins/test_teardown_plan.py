# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what is approved is what is there, and apply never touches more than that."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_data import Unusable, moment, plain, stamp
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_limits import Limits, violations
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_plan import (
    make_plan,
    module_targets,
    plan_problems,
)
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown_table import as_table

CREATED, LATER, TOO_LATE = "2026-03-01T09:00:00Z", "2026-03-01T09:59:59Z", "2026-03-01T10:00:01Z"


def result(
    target: dict[str, Any], outcome: str = "would_clear", pending: int | None = 120, **more: Any
) -> dict[str, Any]:
    return {"target": target, "outcome": outcome, "pending_before": pending, "error": None, **more}


def account(name: str = "promo", *, vendor: str = "wolkvox", **more: Any) -> dict[str, Any]:
    target = {"campaign_id": "77", "all_records": True}
    return {
        "account": name,
        "vendor": vendor,
        "product": None,
        "address": "https://wv0010.wolkvox.com",
        "login": "token 3f0a11",
        "targets": [{**target, "name": "Spring"}],
        "results": [result(target, campaign_name="Spring 2026")],
        "error": None,
        **more,
    }


def plan_of(*accounts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return make_plan(list(accounts), created=CREATED, version="0.1.0", **more)


def problems(plan: Any, *accounts: dict[str, Any], now: str = LATER, **more: Any) -> list[str]:
    return plan_problems(plan, now=now, accounts=list(accounts), **more)


# --- what a plan says -------------------------------------------------------------------------------------------------


def test_a_plan_says_what_would_be_done_where() -> None:
    plan = plan_of(account(), expires_minutes=60)
    assert (plan["created"], plan["expires"]) == (CREATED, "2026-03-01T10:00:00Z")
    assert plan["violations"] == []
    assert plan["targets"] == [
        {
            "account": "promo",
            "vendor": "wolkvox",
            "product": None,
            "address": "https://wv0010.wolkvox.com",
            "login": "token 3f0a11",
            "name": "Spring",
            "target": {"campaign_id": "77", "all_records": True},
            "vendor_name": "Spring 2026",
            "identity": {"campaign_id": "77", "all_records": True},
            "pending": 120,
            "steps": ["would_clear"],
            "outcome": "would_clear",
            "error": None,
            "unit": "records",
        }
    ]


@pytest.mark.parametrize(
    ("stop", "start", "steps"),
    [
        ([], [], ["would_clear"]),
        (["unchanged"], [], ["would_clear"]),
        (["would_change"], [], ["would_stop", "would_clear"]),
        (["would_change"], ["unchanged"], ["would_stop", "would_clear", "would_start"]),
        (["unchanged"], ["would_change"], ["would_clear", "would_start"]),
        (["unchanged", "would_change"], [], ["would_stop", "would_clear"]),
    ],
)
def test_steps_are_told_from_the_results_of_stop_and_start(stop: list[str], start: list[str], steps: list[str]) -> None:
    def switches(words: list[str]) -> list[dict[str, Any]]:
        other = {"target": {"campaign_id": "9"}, "outcome": "would_change"}
        return [other, *({"target": {"campaign_id": 77}, "outcome": word} for word in words)]

    plan = plan_of(account(stop_results=switches(stop), restart_results=switches(start)))
    assert plan["targets"][0]["steps"] == steps


def test_a_campaign_that_cannot_be_stopped_is_not_planned_to_be_cleared() -> None:
    error = {"kind": "not_found", "status": 404, "code": None, "message": "no campaign 77"}
    stop = {"target": {"campaign_id": "77"}, "outcome": "failed", "error": error}
    (target,) = plan_of(account(stop_results=[stop]))["targets"]
    assert (target["outcome"], target["steps"], target["error"]) == ("failed", [], error)


def test_an_account_without_results_is_planned_as_failed() -> None:
    (target,) = plan_of(account(results=[], error="token: is required"))["targets"]
    assert (target["outcome"], target["pending"], target["steps"]) == ("failed", None, [])
    assert target["error"]["message"] == "token: is required"
    (target,) = plan_of(account(results=[]))["targets"]
    assert target["error"]["message"] == "the module gave no result"


def test_results_that_belong_to_other_targets_are_refused() -> None:
    with pytest.raises(Unusable, match="1 targets and 2 results"):
        plan_of(account(results=[result({}), result({})]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"created": "yesterday"}, "created is no time"),
        ({"expires_minutes": 0}, "expires_minutes must be more than 0"),
        ({"expires_minutes": "soon"}, "expires_minutes is no number"),
        ({"expires_minutes": "inf"}, "must be more than 0"),
        ({"limits": [1]}, "limits is no mapping"),
        ({"limits": {"max": 1}}, "keys that mean nothing: max"),
        ({"limits": {"max_targets": -1}}, "max_targets is no whole number"),
        ({"limits": {"max_targets": True}}, "max_targets is no whole number"),
        ({"limits": {"protected": [{}]}}, "no list of ids and names"),
        ({"limits": {"allow_unknown": "perhaps"}}, "neither true nor false"),
        ({"accounts": {"a": 1}}, "accounts is no list of mappings"),
        ({"accounts": [account(targets=["77"])]}, "targets of account promo is no list"),
    ],
)
def test_what_is_no_input_is_said_to_be_none(options: dict[str, Any], words: str) -> None:
    given_ = {"accounts": [account()], "created": CREATED, **options}
    with pytest.raises(Unusable, match=words):
        make_plan(given_.pop("accounts"), **given_)


# --- the hash ---------------------------------------------------------------------------------------------------------

# PyYAML itself turns these line breaks into other ones when it writes Unicode.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"), max_size=12)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    TEXT,
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
OPTIONS = st.dictionaries(TEXT, st.one_of(SCALARS, st.lists(SCALARS, max_size=3)), max_size=5)
ACCOUNTS = st.lists(
    st.builds(
        lambda name, targets, pending: account(
            f"a{name}", targets=targets, results=[result(target, pending=pending) for target in targets]
        ),
        st.integers(0, 9),
        st.lists(OPTIONS, min_size=1, max_size=3),
        st.none() | st.integers(0, 10**9),
    ),
    max_size=3,
    unique_by=lambda each: each["account"],
)


def shuffled(value: Any, chance: Random) -> Any:
    """Return the same data with its keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@settings(max_examples=30)
@given(ACCOUNTS, st.randoms(use_true_random=False))
def test_a_plan_stays_itself_whatever_carries_it(accounts: list[dict[str, Any]], chance: Random) -> None:
    plan = plan_of(*accounts)
    assert plan_of(*shuffled(accounts, chance))["sha256"] == plan["sha256"]
    ways = [
        shuffled(plan, chance),
        json.loads(json.dumps(plan)),
        json.loads(json.dumps(plan, ensure_ascii=False, indent=4, sort_keys=True)),
        yaml.safe_load(yaml.safe_dump(plan, allow_unicode=True)),
        yaml.safe_load(yaml.safe_dump(json.loads(json.dumps(plan)))),
    ]
    assert [problems(way, *accounts) for way in ways] == [[]] * len(ways)


def test_times_that_yaml_understood_are_the_same_times() -> None:
    plan = plan_of(account())
    understood = {**plan, "created": datetime(2026, 3, 1, 9, tzinfo=UTC), "expires": datetime(2026, 3, 1, 10)}  # noqa: DTZ001 - YAML gives such
    assert problems(understood, account()) == []
    assert plain({"day": date(2026, 3, 1), 7: (1.0, 1.5)}) == {"day": "2026-03-01", "7": [1, 1.5]}
    assert stamp(moment("2026-03-01 10:00:00+01:00", "x")) == stamp(moment("2026-03-01T09:00:00", "x")) == CREATED
    assert plain("half a \ud83d") == "half a ?"
    assert plain(b"other") == "b'other'"
    assert stamp(moment(datetime(2026, 3, 1, 9, tzinfo=UTC), "x")) == CREATED
    with pytest.raises(Unusable, match="no number that JSON knows"):
        plain(float("nan"))


def every_place(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for key in value for place in every_place(value[key], (*path, key))]
    if isinstance(value, list) and value:
        return [place for index, item in enumerate(value) for place in every_place(item, (*path, index))]
    return [path]


def test_no_value_of_a_plan_can_be_altered_unseen() -> None:
    plan = plan_of(account(), account("other", results=[], error="no"), limits={"max_targets": 1})
    for path in every_place(plan):
        altered = copy.deepcopy(plan)
        spot: Any = altered
        for key in path[:-1]:
            spot = spot[key]
        spot[path[-1]] = 4711
        assert problems(altered, account(), account("other")), path
    added = {**plan, "targets": [*plan["targets"], plan["targets"][0]]}
    assert any("was altered" in problem for problem in problems(added, account(), account("other")))


def test_the_scope_stays_when_only_counts_times_names_and_order_change() -> None:
    one, other = account(), account("other")
    recounted = account(
        results=[result({"campaign_id": "77"}, "already_clear", 0)], targets=[{**one["targets"][0], "name": "X"}]
    )
    first = plan_of(one, other)
    second = make_plan([other, recounted], created=LATER)
    assert first["scope_sha256"] == second["scope_sha256"]
    assert first["sha256"] != second["sha256"]
    for changed in ({"address": "https://x.example.com"}, {"login": "token 0"}, {"targets": [{"campaign_id": "78"}]}):
        assert plan_of(account(**changed), other)["scope_sha256"] != first["scope_sha256"]


# --- what speaks against a plan ---------------------------------------------------------------------------------------


def test_a_plan_may_be_applied_until_it_expires() -> None:
    plan = plan_of(account())
    assert problems(plan, account(), now="2026-03-01T10:00:00Z") == []
    (problem,) = problems(plan, account(), now=TOO_LATE)
    assert "expired at 2026-03-01T10:00:00Z" in problem
    assert "campaign_teardown_plan_expires_minutes" in problem


def test_approval() -> None:
    plan = plan_of(account())
    sha256 = plan["sha256"]
    assert problems(plan, account(), approved=f" {sha256.upper()} ", require_approval=True) == []
    assert problems(plan, account(), approved=None) == []
    (problem,) = problems(plan, account(), require_approval=True)
    assert problem == f"The plan is not approved: campaign_teardown_approved must be {sha256}."
    (problem,) = problems(plan, account(), approved="0" * 64)
    assert "another plan" in problem


def test_accounts() -> None:
    plan = plan_of(account(), account("other"))
    assert problems(plan, account(), account("other"), account("third")) == []
    (problem,) = problems(plan, account())
    assert problem == "The plan has the account other, which this play has not (campaign_teardown_partial)."
    assert problems(plan, account(), partial=True) == []
    for changed in (
        {"address": "https://x.example.com"},
        {"login": "token 0"},
        {"vendor": "plum"},
        {"product": "fuse"},
    ):
        (problem,) = problems(plan, account(**changed), account("other"))
        assert f"The {next(iter(changed))} of the account promo is not the planned one" in problem
    assert problems(plan, account(address="https://wv0010.wolkvox.com/"), account("other")) == []


@pytest.mark.parametrize(
    "plan",
    [None, "a path", [], {}, {"targets": 1}, {"targets": [{}], "expires": CREATED}, {"targets": [], "expires": "soon"}]
    + [
        {"targets": [{"account": "a", "target": {}, "pending": count}], "expires": CREATED} for count in ("1", True, -1)
    ],
)
def test_what_is_no_plan_is_said_to_be_none(plan: Any) -> None:
    (problem,) = problems(plan, account())
    assert problem.startswith("This is no plan: ")


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_targets": 1}, "the plan has 2 targets, and 1 are allowed (campaign_teardown_max_targets)"),
        ({"max_targets": "1"}, "the plan has 2 targets, and 1 are allowed (campaign_teardown_max_targets)"),
        ({"max_pending_total": 119}, "120 would go in all, and 119 are allowed (campaign_teardown_max_pending_total)"),
        ({"protected": ["spring*"]}, "promo: Spring is protected by 'spring*' (campaign_teardown_protected)"),
        ({"protected": "SPRING 20??"}, "promo: Spring is protected by 'spring 20??' (campaign_teardown_protected)"),
        ({"protected": [78]}, "promo: campaign_id=78 result=busy is protected by '78' (campaign_teardown_protected)"),
        (
            {"protected": ["busy"]},
            "promo: campaign_id=78 result=busy is protected by 'busy' (campaign_teardown_protected)",
        ),
        (
            {"allow_unknown": False},
            "promo: campaign_id=78 result=busy: how much would go is unknown (campaign_teardown_allow_unknown)",
        ),
    ],
)
def test_every_breach_names_the_variable_that_would_allow_it(limits: dict[str, Any], words: str) -> None:
    busy = {"campaign_id": "78", "result": "busy"}
    given_ = account()
    given_["targets"].append(busy)
    given_["results"].append(result(busy, pending=None))
    (breach,) = plan_of(given_, limits=limits)["violations"]
    assert breach["message"] == words
    assert breach["variable"] in words
    # Checked again with the limits that hold when it is applied.
    assert problems(plan_of(given_), given_, limits=limits) == [f"A limit is exceeded: {words}."]
    assert problems(plan_of(given_, limits=limits), given_) == []


def test_what_is_protected_is_found_in_lists_too() -> None:
    queue = {"deployment_id": 200, "call_ids": ["a", "VIP-1"]}
    given_ = account(vendor="plum", targets=[queue], results=[result({"deployment_id": "200"})])
    (breach,) = plan_of(given_, limits={"protected": ["vip-*", "true"], "allow_unknown": "off"})["violations"]
    assert breach["message"].startswith("promo: deployment_id=200 is protected by 'vip-*'")


def test_what_is_no_limit_allows() -> None:
    limits = {"max_targets": None, "max_pending_total": "", "protected": ["", " "], "allow_unknown": "yes"}
    assert plan_of(*(account(f"a{number}") for number in range(101)), limits=limits)["violations"] == []
    (breach,) = plan_of(*(account(f"a{number}") for number in range(101)))["violations"]
    assert breach["limit"] == "max_targets"


def test_a_breach_shows_no_phone_number_and_no_control_characters() -> None:
    record = {"phone_number": "+15555550101", "calling_list": "a\x1b[31m\u202eb" + "x" * 400}
    given_ = account(targets=[record], results=[result(record)], vendor="genesys")
    (breach,) = plan_of(given_, limits={"protected": ["+1555555*"]})["violations"]
    assert "0101" in breach["message"]
    assert "5550101" not in breach["message"]
    assert "\x1b" not in breach["message"]
    assert "\u202e" not in breach["message"]
    assert len(breach["message"]) < 200


LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "max_targets": st.none() | st.integers(0, 5),
        "max_pending_total": st.none() | st.integers(0, 50),
        "protected": st.lists(st.sampled_from(["7*", "busy", "Spring", "x?", "*"]), max_size=3),
        "allow_unknown": st.booleans(),
    },
)
TARGETS = st.lists(
    st.builds(
        lambda id_, name, pending: {"account": "a", "target": {"campaign_id": id_}, "name": name, "pending": pending},
        st.sampled_from(["7", "77", "8", "xy"]),
        st.sampled_from([None, "Spring", "busy"]),
        st.none() | st.integers(0, 30),
    ),
    max_size=5,
)


@given(TARGETS, LIMITS, LIMITS)
def test_a_limit_that_is_lowered_never_allows_more(
    targets: list[dict[str, Any]], limits: dict[str, Any], more: dict[str, Any]
) -> None:
    def lower(one: int | None, other: int | None) -> int | None:
        return other if one is None else one if other is None else min(one, other)

    loose, tight = Limits.from_options(limits), Limits.from_options(more)
    lowered = Limits(
        max_targets=lower(loose.max_targets, tight.max_targets),
        max_pending_total=lower(loose.max_pending_total, tight.max_pending_total),
        protected=loose.protected + tight.protected,
        allow_unknown=loose.allow_unknown and tight.allow_unknown,
    )

    def breaches(limits: Limits) -> set[tuple[str, str]]:
        return {(breach["limit"], str(breach["target"])) for breach in violations(targets, limits)}

    assert breaches(loose) <= breaches(lowered)


# --- what is handed out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pending", "growth", "given_", "most"),
    [
        (120, 10, {}, 132),
        (1, 10, {}, 2),
        (0, 10, {}, 0),
        (10, 0, {}, 10),
        (100, "12.5", {}, 113),
        (3, 33.4, {}, 5),
        (120, 10, {"max_pending": 50}, 50),
        (120, 10, {"max_pending": 500}, 132),
        (None, 10, {"max_pending": 500}, 500),
        (None, 10, {}, None),
    ],
)
def test_a_counted_target_may_only_grow_so_far(
    pending: int | None, growth: Any, given_: dict[str, Any], most: int | None
) -> None:
    target = {"campaign_id": "77", **given_}
    plan = plan_of(account(targets=[target], results=[result(target, pending=pending)]))
    (entry,) = module_targets(plan, "promo", growth)
    assert entry == {"campaign_id": "77", **({} if most is None else {"max_pending": most})}


def test_genesys_has_no_max_pending() -> None:
    plan = plan_of(account(vendor="genesys"))
    assert module_targets(plan, "promo") == [{"campaign_id": "77", "all_records": True}]


@pytest.mark.parametrize("growth", [-1, "much", None])
def test_growth_is_a_number(growth: Any) -> None:
    with pytest.raises(Unusable, match="growth_percent"):
        module_targets(plan_of(account()), "promo", growth)


@given(ACCOUNTS, st.lists(st.sampled_from(["would_clear", "already_clear", "failed", "refused", "not_sent", "odd"])))
def test_apply_never_touches_a_target_outside_the_plan(accounts: list[dict[str, Any]], words: list[str]) -> None:
    for each in accounts:
        for entry, word in zip(each["results"], words, strict=False):
            entry["outcome"] = word
    plan = plan_of(*accounts)
    for each in accounts:
        name = each["account"]
        planned = [target for target in plan["targets"] if target["account"] == name]
        workable = [target for target in planned if target["outcome"] in ("would_clear", "already_clear")]
        handed = module_targets(plan, name)
        assert len(handed) == len(workable)
        for entry, target in zip(handed, workable, strict=True):
            assert {**entry, "max_pending": None} == {**target["target"], "max_pending": None}
    assert module_targets(plan, "another") == []


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_of_a_plan() -> None:
    record = {"phone_number": "+15555550101", "application_id": 7}
    long = account("d", targets=[{"campaign_id": "1234567", "name": "名" * 50 + "\x1b[2J"}])
    plan = plan_of(
        account(),
        account("c", vendor="genesys", targets=[record], results=[result(record, pending=None)]),
        account("b", results=[], error="no way"),
        long,
        limits={"max_targets": 1},
    )
    lines = as_table(plan, rows=3).splitlines()
    assert lines[0].split() == ["ACCOUNT", "SYSTEM", "TARGET", "PENDING", "STEPS"]
    assert lines[1].split("  ")[0] == "b"
    assert "failed: no way" in lines[1]
    assert "promo    wolkvox  Spring" in lines[2]
    assert lines[2].endswith("120      would_clear")
    assert "phone_number=***0101 application_id=7" in lines[3]
    assert "unknown" in lines[3]
    assert lines[4] == "… and 1 more"
    assert lines[6] == "4 targets: 1 failed, 3 would_clear"
    assert plan["sha256"] in lines[7]
    assert lines[8].startswith("LIMIT EXCEEDED: the plan has 4 targets")
    assert "+15555550101" in as_table(plan, mask=False)
    whole = as_table(plan)
    assert "\x1b" not in whole
    assert "名" * 39 + "…" in whole
    with pytest.raises(Unusable, match="neither a plan nor evidence"):
        as_table({})
