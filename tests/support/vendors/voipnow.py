# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VoipNow: the events of extensions, removed at once or one by one, or created; their calls, hung up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st

from ansible_collections.telephony.outbound.tests.support.vendor import (
    ANN,
    BOB,
    MISSING,
    SECRET,
    BadInput,
    NumberAccount,
    RunAccount,
    Secrets,
    Vendor,
)

from ..scenario import Holding, Request, Scenario, TrialTarget
from ..worlds import World, removed, worlds

APP = "teardown-app"
HOOK = "https://crm.example.com/hook"
EVENTS, INFO = "voipnow_phonecall_events", "voipnow_phonecall_events_info"
CALLS, CALLS_INFO = "voipnow_phone_calls", "voipnow_phone_calls_info"
NUMBER = "+15550100101"
PRESENT = {"state": "present", "event_id": None, "event_type": 1}
EVENT = {"event_type": 0, "url": HOOK}
MANY = {"state": "present", "event_id": MISSING}
BY_URL = {"event_id": MISSING, "url": HOOK}
NOT_A_TYPE = (8, "dialin", "01", "", True, 1.0, -1, [1])


def seed(secrets: Secrets) -> dict[str, Any]:
    return {
        "voipnow": {
            "apps": [{"client_id": APP, "client_secret": secrets["client_secret"]}],
            "tokens": [{"token": secrets["access_token"]}],
            "extensions": {
                "0003*210": {
                    "events": [{"id": "AbC1", "url": HOOK, "note": "CRM"}],
                    "calls": [{"id": "Live1", "number": NUMBER}],
                }
            },
        }
    }


PLACE = "0003*211"
RUN_APP = {"client_id": APP, "client_secret": "canary-client-secret-3"}

VENDOR = Vendor(
    credentials=[{"client_id": APP, "client_secret": SECRET}, {"access_token": SECRET}],
    secrets=["client_secret", "access_token"],
    seed=seed,
    path=lambda _options: "/voipnow",
    calls={
        EVENTS: {"state": "absent", "user_id": "@me", "extension": "0003*210", "event_id": "AbC1"},
        INFO: {"user_id": "@me", "extension": "0003*210"},
        CALLS: {"user_id": "@me", "extension": "0003*210", "phone_number": NUMBER, "call_id": "Live1"},
        CALLS_INFO: {"user_id": "@me", "extension": "0003*210"},
    },
    ids={
        EVENTS: ["user_id", "extension", "event_id"],
        INFO: ["user_id", "extension"],
        CALLS: ["user_id", "extension"],
        CALLS_INFO: ["user_id", "extension"],
    },
    logins=["POST /voipnow/oauth/token.php"],
    bad_input=[
        *[
            BadInput(module, {**given, name: value}, name, says)
            for module, given in ((CALLS, {}), (CALLS_INFO, {}))
            for name, value, says in (
                ("call_id", "", "is empty"),
                ("call_id", "..", "cannot be an id"),
                ("call_id", "a/b", "characters"),
                ("call_id", "a?phoneNumber=1", "characters"),
                ("call_id", 77, "quote it"),
                ("call_id", ["Live1"], "targets"),
                ("phone_number", "", "is empty"),
                ("phone_number", 15550100101, "quote it"),
                ("phone_number", "all", "a number has digits"),
                ("phone_number", f"{NUMBER},{NUMBER}", "a number has digits"),
                ("phone_number", [NUMBER], "targets"),
                ("phone_number", "0003*210", "is the number of an extension"),
                ("phone_number", "0003*211", "is the number of an extension"),
                ("phone_number", "210", "is the number of an extension"),
                ("phone_number", "*", "has no digit"),
                ("extension", "@self", "cannot be @self"),
            )
        ],
        BadInput(CALLS, {"phone_number": None, "call_id": None}, "phone_number", "or call_id is required"),
        BadInput(CALLS, {"targets": [{"call_id": None}]}, "targets[0].call_id", "is null"),
        BadInput(
            CALLS,
            {"call_id": None, "targets": [{"phone_number": NUMBER}, {"phone_number": "+1 555 010-0101"}]},
            "targets[1]",
            "is also targets[0]",
        ),
        BadInput(
            CALLS,
            {"call_id": None, "targets": [{"phone_number": NUMBER}, {"call_id": "Live1"}]},
            "targets[1]",
            "one of them covers the other",
        ),
        BadInput(CALLS, {"state": "present"}, "state", "must be one of"),
        BadInput(EVENTS, {"extension": "@self"}, "extension", "cannot be @self"),
        BadInput(EVENTS, {"extension": "0003*21a"}, "extension", "digits and *"),
        BadInput(EVENTS, {"extension": 1923}, "extension", "quote it"),
        BadInput(INFO, {"extension": 1923}, "extension", "quote it"),
        BadInput(EVENTS, {"user_id": "@self"}, "user_id", "@owner"),
        BadInput(EVENTS, {"event_type": 8}, "event_type", "0 to 4"),
        BadInput(INFO, {"event_type": "dialin"}, "event_type", "dial_in"),
        BadInput(EVENTS, {"event_id": None}, "event_id", "is required for state: absent"),
        BadInput(EVENTS, {"url": ""}, "url", "is empty"),
        BadInput(EVENTS, {"note": "CRM\n"}, "note", "white space"),
        BadInput(EVENTS, {"all_events": True}, "all_events", "is mutually exclusive with"),
        BadInput(EVENTS, {**PRESENT, "url": None}, "url", "is required"),
        BadInput(EVENTS, {**PRESENT, "url": "ftp://crm.example.com"}, "url", "http"),
        BadInput(EVENTS, {**PRESENT, "event_type": None}, "event_type", "is required"),
        BadInput(EVENTS, {"event_id": MISSING, "all_events": False}, "event_id", "or event_type"),
        BadInput(EVENTS, {**BY_URL, "url": " "}, "url", "is empty"),
        BadInput(EVENTS, {**BY_URL, "url": f"{HOOK}\n"}, "url", "has white space at its ends"),
        BadInput(EVENTS, {"note": "two\tparts"}, "note", "has a control character"),
        BadInput(EVENTS, {"note": ""}, "note", "is empty"),
        BadInput(EVENTS, {**BY_URL, "all_events": True}, "all_events", "so it is mutually exclusive with url"),
        *(BadInput(EVENTS, {"event_type": kind}, "event_type", f"is {kind!r}") for kind in NOT_A_TYPE),
        BadInput(EVENTS, {"method": "get"}, "method", "is for state: present"),
        BadInput(EVENTS, {"events": [EVENT]}, "events", "is for state: present"),
        *(
            BadInput(EVENTS, {**PRESENT, "url": url}, "url", "must begin with http")
            for url in ("https://", "https://[x")
        ),
        BadInput(EVENTS, {**PRESENT, "url": "https://example.com/ä b"}, "url", "must be percent-encoded"),
        BadInput(EVENTS, {**PRESENT, "url": HOOK, "event_id": "x"}, "event_id", "is for state: absent"),
        BadInput(EVENTS, {**PRESENT, "url": HOOK, "all_events": True}, "all_events", "is for state: absent"),
        BadInput(EVENTS, {**MANY, "events": []}, "events", "the list is empty"),
        BadInput(EVENTS, {**MANY, "events": [EVENT, {"event_type": 0}]}, "events[1].url", "is required"),
        BadInput(EVENTS, {**MANY, "events": [EVENT], "url": HOOK}, "url", "is mutually exclusive with events"),
        BadInput(EVENTS, {"access_token": "not-a-secret"}, "access_token", "is mutually exclusive with client_id"),
        BadInput(EVENTS, {"client_auth": "header"}, "client_auth", "must be one of: body, basic"),
        BadInput(
            EVENTS,
            {"client_id": MISSING, "client_secret": MISSING, "access_token": "not-a-secret", "client_auth": "basic"},
            "client_auth",
            "is for",
        ),
        BadInput(EVENTS, {"base_url": MISSING}, "base_url", "is required"),
    ],
    run=RunAccount(
        connection=RUN_APP,
        seed={"apps": [{**RUN_APP, "organization": True}], "extensions": {PLACE: {"events": 3}}},
        target={"user_id": "1", "extension": PLACE, "all_events": True},
        torn_down={"extensions": {PLACE: {"events": 0}}},
    ),
    numbers=NumberAccount(
        seed={"extensions": {PLACE: {"calls": [{"id": "A", "number": ANN}, {"id": "B", "number": BOB}]}}},
        forms=["as_is"],
        places=[{"extension": PLACE}],
        steps=[
            ("suppress", "unsupported"),
            ("cancel", "unsupported"),
            ("hang_up", "hung_up"),
            ("look", "not_found"),
        ],
    ),
    hostile=lambda seed, text: seed["extensions"]["0003*210"].update(
        events=[{"id": "AbC1", "url": f"https://x.example.com/{text}", "note": text}]
    ),
)


# --- scenarios of the fault suite

APP_SECRET = "not-a-secret-app"
_PREFIX = "/voipnow/uapi/extensions/@me/"


class Absent(Scenario):
    """Events are removed."""

    name: ClassVar[str] = "voipnow absent"
    module: ClassVar[str] = "voipnow_phonecall_events"
    vendor: ClassVar[str] = "voipnow"
    login: ClassVar[Mapping[str, Any] | None] = {"method": "POST", "path": "/voipnow/oauth/token.php"}
    prefixes: ClassVar[tuple[str, ...]] = ("voipnow",)
    kinds: ClassVar[tuple[str, ...]] = ("all", "each", "each", "absent")
    lag: ClassVar[str | None] = "lag"
    state: ClassVar[str] = "absent"
    failover: ClassVar[Mapping[str, Any] | None] = {"room": "voipnow", "do": "revoke_tokens"}

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        apps = [{"client_id": _app(number), "client_secret": APP_SECRET} for number in range(self.accounts)]
        extensions = {target.key: {"events": self.events(target)} for target in targets if target.kind != "absent"}
        return {"apps": apps, "extensions": extensions}

    def events(self, target: TrialTarget) -> list[dict[str, Any]]:
        """Return the initial events; the one of another type must remain."""
        going = [{"id": f"g{target.key}{number}", "type": 0} for number in range(target.size)]
        return going if target.kind == "all" else [*going, {"id": f"s{target.key}", "type": 1}]

    def target(self, target: TrialTarget) -> dict[str, Any]:
        what = {"all_events": True} if target.kind == "all" else {"event_type": 0}
        return {"extension": target.key, **what}

    def options(self, url: str, account: int, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        return {
            "base_url": f"{url}/voipnow",
            "client_id": _app(account),
            "client_secret": APP_SECRET,
            "state": self.state,
            "targets": [self.target(target) for target in targets],
        }

    def secrets(self) -> Sequence[str]:
        return (APP_SECRET, "issued-token")

    def key_of(self, request: Request) -> str | None:
        path: str = request["path"]
        return path.removeprefix(_PREFIX).partition("/")[0] if path.startswith(_PREFIX) else None

    def key_of_target(self, target: Mapping[str, Any]) -> str:
        return str(target["extension"])

    def is_write(self, request: Request) -> bool:
        return bool(request["method"] != "GET")

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        return {event["id"]: 1 for event in _events(state, target) if target.kind == "all" or event["type"] == "0"}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return [event for event in _events(state, target) if target.kind != "all" and event["type"] != "0"]

    def piecewise(self, target: TrialTarget) -> bool:
        return target.kind == "each"

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        return {"method": "GET" if purpose == "read" else "DELETE", "path": f"{_PREFIX}{target.key}/*"}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        if target.kind == "absent":
            return []
        act = {"room": "voipnow", "extension": target.key}
        return [
            {**act, "do": "add_event", "event": {"type": 0}},
            {**act, "do": "remove_event", "event_id": f"g{target.key}0"},
        ]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds with few addresses, so that selections overlap and events are equal."""
        selection = st.fixed_dictionaries(
            {},
            optional={
                "event_id": st.sampled_from([f"{key}e{place}" for key in "ab" for place in range(3)]),
                "event_type": st.integers(0, 1),
                "url": st.sampled_from(_ADDRESSES[:3]),
                "note": st.sampled_from(("sales", "support")),
            },
        ).map(lambda selectors: selectors or {"all_events": True})
        targets = st.builds(lambda where, what: {**where, **what}, st.fixed_dictionaries(_PLACE), selection)
        return worlds(_EXTENSIONS, targets, _selection, task=st.just({"state": "absent"}))

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return {key: one["events"] for key, one in state["voipnow"]["extensions"].items()}

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        def things(state: Any, target: Mapping[str, Any] | None = None) -> list[str]:
            return [
                event["id"]
                for key, events in state.items()
                for event in events
                if target is None or (key == target["extension"] and _selected(event, target))
            ]

        covered = [things(first, entry["target"]) for entry in results]
        found = removed(things(first), things(last), covered, results)
        told = [event["event_id"] for entry in results for event in entry.get("removed") or ()]
        gone = sorted(set(things(first)) - set(things(last)))
        # Without a read after the removal, the outcome is unknown.
        if all(entry.get("removed") is not None for entry in results) and sorted(told) != gone:
            found.append(f"removed tells of {sorted(told)}, but {gone} are gone")
        return found

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        options = {"targets": [{"extension": key} for key in last]}
        there = sorted((key, event["id"]) for key, events in last.items() for event in events)
        info = "voipnow_phonecall_events_info"
        return info, options, lambda r: sorted((e["extension"], e["event_id"]) for e in r["events"]), there

    def undo(self, world: World, results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return all that was removed from an extension as one target, which distinguishes equal events."""
        back: dict[str, list[Any]] = {}
        for entry in results:
            back.setdefault(entry["target"]["extension"], []).extend(entry.get("removed") or ())
        targets = [{"extension": key, "events": events} for key, events in back.items() if events]
        return {"state": "present", "targets": targets} if targets else None

    def judge_undone(self, world: World, first: Any, last: Any) -> list[str]:
        """Compare the contents of events; their ids are new."""
        missing = {key: _contents(first[key]) - _contents(last[key]) for key in first}
        more = {key: _contents(last[key]) - _contents(first[key]) for key in first}
        lost = [content for contents in missing.values() for content in contents if _restorable(content)]
        return [f"not put back: {lost}; made beside them: {more}"] if lost or any(more.values()) else []


class Present(Absent):
    """Events are created or updated."""

    name: ClassVar[str] = "voipnow present"
    kinds: ClassVar[tuple[str, ...]] = ("create", "create", "update", "absent")
    lag: ClassVar[str | None] = None
    state: ClassVar[str] = "present"
    repeatable: ClassVar[bool] = False
    idle: ClassVar[str] = "unchanged"
    would: ClassVar[str] = "would_change"
    done: ClassVar[str] = "changed"

    def events(self, target: TrialTarget) -> list[dict[str, Any]]:
        there = {"type": 0, "url": HOOK, "method": 1}
        other = {"id": f"s{target.key}", "type": 1}
        if target.kind == "update" or not target.size:
            return [{**there, "id": f"g{target.key}", "status": 0 if target.size else 1}, other]
        return [other]

    def target(self, target: TrialTarget) -> dict[str, Any]:
        return {"extension": target.key, "event_type": 0, "url": HOOK, "method": "post", "status": "enabled"}

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        """Return what remains to be done."""
        statuses = {event["status"] for event in _events(state, target) if event["url"] == HOOK}
        return {} if statuses == {"1"} else {"lacking": 1}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        """Return the other events, and whether one was created twice."""
        events = _events(state, target)
        return [event for event in events if event["url"] != HOOK], sum(event["url"] == HOOK for event in events) > 1

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        write = "PUT" if target.kind == "update" else "POST"
        return {"method": "GET" if purpose == "read" else write, "path": f"{_PREFIX}{target.key}/*"}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        return []

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds in which wanted events exist, exist with other values, or do not exist."""
        wish = st.fixed_dictionaries(
            {
                "event_type": st.integers(0, 1),
                "url": st.sampled_from(_ADDRESSES[:2]),
                "method": st.sampled_from(("get", "post", "get", "post", None)),
            },
            optional={
                "status": st.sampled_from(("enabled", "disabled")),
                "note": st.sampled_from(("sales", "support")),
            },
        )
        wanted = wish | st.lists(wish, min_size=1, max_size=3).map(lambda events: {"events": events})
        targets = st.builds(lambda where, what: {**where, **what}, st.fixed_dictionaries(_PLACE), wanted)
        return worlds(_EXTENSIONS, targets, _keys, task=st.just({"state": "present"}))

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        """Verify that the wanted events exist, and that nothing else was changed."""
        found = []
        touched: dict[str, set[tuple[str, str]]] = {key: set() for key in first}
        for number, (entry, target) in enumerate(zip(results, world.options["targets"], strict=True)):
            if entry["outcome"] not in ("changed", "accepted", "unchanged"):
                continue
            there = last[target["extension"]]
            for wish in target.get("events", [target]):
                key = (str(wish["event_type"]), wish["url"])
                touched[target["extension"]].add(key)
                if not any((event["type"], event["url"]) == key and _as_wanted(event, wish) for event in there):
                    found.append(f"targets[{number}]: {wish} is not there")
        for extension, keys in touched.items():
            others = [
                [event for event in state[extension] if (event["type"], event["url"]) not in keys]
                for state in (first, last)
            ]
            if others[0] != others[1]:
                found.append(f"{extension}: an event that nobody named was touched")
            if _number(first, extension, keys) > _number(last, extension, keys):
                found.append(f"{extension}: an event is lost")
        return found

    def undo(self, world: World, results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        return None


class HangUp(Absent):
    """Calls are hung up: those of a number, or one by its id."""

    name: ClassVar[str] = "voipnow calls"
    module: ClassVar[str] = CALLS
    kinds: ClassVar[tuple[str, ...]] = ("number", "number", "id", "absent")

    def seed(self, targets: Sequence[TrialTarget]) -> dict[str, Any]:
        extensions = {target.key: {"calls": self.calls(target)} for target in targets if target.kind != "absent"}
        return {**super().seed([]), "extensions": extensions}

    def calls(self, target: TrialTarget) -> list[dict[str, Any]]:
        """Return the initial calls; the one with another number must remain."""
        size = target.size if target.kind == "number" else min(target.size, 1)
        going = [{"id": f"g{target.key}{number}", "number": NUMBER} for number in range(size)]
        return [*going, {"id": f"s{target.key}", "number": "+15550100199"}]

    def target(self, target: TrialTarget) -> dict[str, Any]:
        what = {"call_id": f"g{target.key}0"} if target.kind == "id" else {"phone_number": NUMBER}
        return {"extension": target.key, **what}

    def key_of(self, request: Request) -> str | None:
        path: str = request["path"]
        return path.removeprefix(_CALLS).partition("/")[0] if path.startswith(_CALLS) else None

    def holding(self, state: Mapping[str, Any], target: TrialTarget) -> Holding:
        return {call["id"]: 1 for call in _calls(state, target) if _number_of(call) == NUMBER}

    def others(self, state: Mapping[str, Any], target: TrialTarget) -> Any:
        return [call["id"] for call in _calls(state, target) if _number_of(call) != NUMBER]

    def piecewise(self, target: TrialTarget) -> bool:
        return target.kind == "number"

    def filter(self, target: TrialTarget, purpose: str) -> dict[str, Any]:
        return {"method": "GET" if purpose == "read" else "DELETE", "path": f"{_CALLS}{target.key}*"}

    def external_changes(self, target: TrialTarget) -> list[dict[str, Any]]:
        if target.kind == "absent":
            return []
        act = {"room": "voipnow", "extension": target.key}
        begun = {**act, "do": "add_call", "call": {"number": NUMBER}}
        return [*([begun] if target.kind == "number" else []), {**act, "do": "end_call", "call_id": f"g{target.key}0"}]

    def worlds(self) -> st.SearchStrategy[World]:
        """Return worlds with few numbers, so that selections overlap; some are spelled differently than in the
        options.
        """
        call = st.fixed_dictionaries({"number": st.sampled_from(_NUMBERS), "flow": st.sampled_from((2, 4, 8))})
        extensions = st.builds(
            lambda *calls: {
                "extensions": {
                    key: {"calls": [{**one, "id": f"{letter}c{place}"} for place, one in enumerate(some)]}
                    for key, letter, some in zip(("0003*210", "0003*211"), "ab", calls, strict=True)
                }
            },
            *[st.lists(call, max_size=4)] * 2,
        )
        numbers = {"phone_number": st.sampled_from((*_NUMBERS, "+1 555 010-0101"))}
        ids = {"call_id": st.sampled_from([f"{key}c{place}" for key in "ab" for place in range(3)])}
        selection = (
            st.fixed_dictionaries(numbers) | st.fixed_dictionaries(ids) | st.fixed_dictionaries({**numbers, **ids})
        )
        targets = st.builds(lambda where, what: {**where, **what}, st.fixed_dictionaries(_PLACE), selection)
        return worlds(extensions, targets, _selection)

    def vendor_state(self, state: Mapping[str, Any]) -> Any:
        return {key: one["calls"] for key, one in state["voipnow"]["extensions"].items()}

    def judge_world(self, world: World, first: Any, last: Any, results: Sequence[Mapping[str, Any]]) -> list[str]:
        def ids(state: Any, target: Mapping[str, Any] | None = None) -> list[str]:
            return [
                call["id"]
                for key, calls in state.items()
                for call in calls
                if target is None or (key == target["extension"] and _meant(call, target))
            ]

        found = removed(ids(first), ids(last), [ids(first, entry["target"]) for entry in results], results)
        told = [call["call_id"] for entry in results for call in entry.get("ended") or ()]
        gone = sorted(set(ids(first)) - set(ids(last)))
        # Without a list after the hang-up, the outcome is unknown.
        if all(entry.get("ended") is not None for entry in results) and sorted(told) != gone:
            found.append(f"ended tells of {sorted(told)}, but {gone} are gone")
        return found

    def inquiry(
        self, world: World, last: Any
    ) -> tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any], Any]:
        options = {"targets": [{"extension": key} for key in last]}
        there = sorted((key, call["id"]) for key, calls in last.items() for call in calls)
        return CALLS_INFO, options, lambda r: sorted((c["extension"], c["call_id"]) for c in r["calls"]), there

    def undo(self, world: World, results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        return None


_CALLS = "/voipnow/uapi/phoneCalls/@me/"
_NUMBERS = (NUMBER, NUMBER, "15550100101", "5550100101", "+15550100102")


def _calls(state: Mapping[str, Any], target: TrialTarget) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state["voipnow"]["extensions"].get(target.key, {"calls": []})["calls"]
    return found


def _number_of(call: Mapping[str, Any]) -> str:
    (view,) = call["phoneCallView"]
    (number,) = view["source"] if view["flow"] == 8 else view["destination"]
    return str(number)


def _meant(call: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    number, call_id = target.get("phone_number"), target.get("call_id")
    same = number is None or number.replace(" ", "").replace("-", "") == _number_of(call)
    return same and call_id in (None, call["id"])


def _app(account: int) -> str:
    return f"teardown-app-{account}"


def _events(state: Mapping[str, Any], target: TrialTarget) -> list[dict[str, Any]]:
    found = state["voipnow"]["extensions"].get(target.key, {"events": []})["events"]
    return [{name: value for name, value in event.items() if name != "modified"} for event in found]


_ADDRESSES = (HOOK, "https://dialer.example.com/hook", "HTTPS://h.example.com/a b?c={d}", "https://h.example.com/\a")
_PLACE = {
    "extension": st.sampled_from(("0003*210", "0003*210", "0003*211")),
    "user_id": st.sampled_from(("@me", "@me", "@owner")),
}
_EVENT = st.fixed_dictionaries(
    {
        "type": st.integers(0, 2),
        "url": st.sampled_from((*_ADDRESSES[:2], *_ADDRESSES)),
        "method": st.sampled_from(("0", "1", "1", None, "7")),
        "status": st.sampled_from(("0", "1", "1", None)),
        "note": st.sampled_from((None, "sales", "support")),
    }
)
_EXTENSIONS = st.builds(
    lambda *extensions: {
        "extensions": {
            key: {"events": [{**event, "id": f"{letter}e{place}"} for place, event in enumerate(events)]}
            for key, letter, events in zip(("0003*210", "0003*211"), "ab", extensions, strict=True)
        }
    },
    *[st.lists(_EVENT, max_size=4)] * 2,
)


def _selected(event: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    names = {"event_id": "id", "event_type": "type", "url": "url", "note": "note"}
    return all(event.get(names[name]) == str(target[name]) for name in names if name in target)


def _as_wanted(event: Mapping[str, Any], wish: Mapping[str, Any]) -> bool:
    fields = {
        "method": {"get": "0", "post": "1"}.get(wish.get("method") or ""),
        "status": {"disabled": "0", "enabled": "1"}.get(wish.get("status", "")),
        "note": wish.get("note"),
    }
    return all(value is None or event.get(name) == value for name, value in fields.items())


def _contents(events: Sequence[Mapping[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Count events without their ids; values that cannot be restored count as the usual ones."""
    return Counter(
        (
            event["type"],
            event["url"],
            event.get("method") if event.get("method") in ("0", "1") else "1",
            event.get("status") if event.get("status") in ("0", "1") else "1",
            event.get("note"),
        )
        for event in events
    )


def _restorable(content: tuple[Any, ...]) -> bool:
    return bool(content[1].isprintable())


def _number(state: Any, extension: str, keys: set[tuple[str, str]]) -> int:
    return sum((event["type"], event["url"]) in keys for event in state[extension])


def _selection(target: Mapping[str, Any]) -> str:
    return str(sorted((name, str(value)) for name, value in target.items() if name != "user_id"))


def _keys(target: Mapping[str, Any]) -> tuple[str, str]:
    return target["extension"], str(sorted({(one["event_type"], one["url"]) for one in target.get("events", [target])}))


SCENARIOS = (Absent(), Present(), HangUp())
