# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole retry table for VoipNow: reports must agree with what the sandbox recorded."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.telephony.outbound.tests.support.broken_writes import broken_writes, fault_name
from ansible_collections.telephony.outbound.tests.support.guard import ends
from ansible_collections.telephony.outbound.tests.support.modules import run_module
from ansible_collections.telephony.outbound.tests.support.results import error, outcome
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

APP, SECRET, TOKEN = "teardown-app", "not-a-secret-app", "not-a-secret-token"
PLACE = "0003*210"
CRM, DIALER = "https://crm.example.com/hook", "https://dialer.example.com/hook"
HOOKS: list[dict[str, Any]] = [
    {"id": "AbC1", "type": 0, "url": CRM, "method": 1, "note": "CRM"},
    {"id": "AbC2", "type": 1, "url": CRM, "method": 0, "status": 0},
    {"id": "AbC3", "type": 2, "url": DIALER},
]
ONE = {"method": "DELETE", "path": "*/phoneCallEvents/*/*"}
ALL = {"method": "DELETE", "path": "*/phoneCallEvents"}
LOOK = {"method": "GET", "path": "*/phoneCallEvents"}
LOGIN = {"method": "POST", "path": "*/oauth/token.php"}
CREATE = {"method": "POST", "path": "*/phoneCallEvents"}
UPDATE = {"method": "PUT"}

Run = Callable[..., dict[str, Any]]


def seed(sandbox: Sandbox, extensions: dict[str, Any] | None = None, **settings: Any) -> None:
    sandbox.seed(
        {
            "settings": {"voipnow": settings},
            "voipnow": {
                "apps": [
                    {"client_id": APP, "client_secret": SECRET},
                    {"client_id": "denied", "client_secret": SECRET, "denied": True},
                ],
                "tokens": [{"token": TOKEN}],
                "extensions": {PLACE: {"events": HOOKS}} if extensions is None else extensions,
            },
        }
    )


@pytest.fixture
def events(sandbox: Sandbox) -> Run:
    """Run the module; by default it removes the two hooks of one address."""
    seed(sandbox)

    def run(**options: Any) -> dict[str, Any]:
        selection = {"url": CRM} if options.get("state", "absent") == "absent" else {}
        credentials = {} if "access_token" in options else {"client_id": APP, "client_secret": SECRET}
        place = {} if "targets" in options else {"extension": PLACE}
        usual = {"base_url": f"{sandbox.url}/voipnow", "state": "absent", "timeout": 2, "wait_timeout": 1}
        merged = {**usual, **credentials, **place, **selection, **options}
        return run_module(
            "voipnow_phonecall_events", **{name: value for name, value in merged.items() if value is not None}
        )

    return run


@pytest.fixture
def listed(sandbox: Sandbox) -> Run:
    seed(sandbox)

    def run(**options: Any) -> dict[str, Any]:
        usual = {"base_url": f"{sandbox.url}/voipnow", "client_id": APP, "client_secret": SECRET, "timeout": 2}
        return run_module("voipnow_phonecall_events_info", **{**usual, "extension": PLACE, **options})

    return run


def writes(sandbox: Sandbox) -> list[str]:
    return [entry for entry in sandbox.sent() if not entry.startswith("GET") and "token.php" not in entry]


def logins(sandbox: Sandbox) -> int:
    return sum("token.php" in entry for entry in sandbox.sent())


def there(sandbox: Sandbox, extension: str = PLACE) -> list[str]:
    return [event["id"] for event in sandbox.state()["voipnow"]["extensions"][extension]["events"]]


BASE = "/voipnow/uapi/extensions/@me/0003*210/phoneCallEvents"


class TestRemoval:
    def test_removes_what_matches_and_shows_it(self, events: Run, sandbox: Sandbox) -> None:
        result = events()
        (entry,) = result["results"]
        assert (outcome(result), result["changed"], result["failed"]) == ("cleared", True, False)
        assert (entry["pending_before"], entry["pending_after"], entry["attempts"]) == (2, 0, 2)
        assert entry["verified"]
        assert [event["event_id"] for event in entry["removed"]] == ["AbC1", "AbC2"]
        first = {name: value for name, value in entry["removed"][0].items() if name != "modified"}
        assert first == {
            "event_id": "AbC1",
            "event_type": 0,
            "url": CRM,
            "method": "post",
            "status": "enabled",
            "note": "CRM",
        }
        assert there(sandbox) == ["AbC3"]
        assert sandbox.sent() == [
            "POST /voipnow/oauth/token.php",
            f"GET {BASE}",
            f"DELETE {BASE}/0/AbC1",
            f"DELETE {BASE}/1/AbC2",
            f"GET {BASE}",
        ]

    def test_a_second_run_only_reads(self, events: Run, sandbox: Sandbox) -> None:
        events()
        before = len(sandbox.journal())
        result = events()
        assert (outcome(result), result["changed"]) == ("already_clear", False)
        assert sandbox.sent()[before:] == ["POST /voipnow/oauth/token.php", f"GET {BASE}"]

    def test_check_mode_only_reads(self, events: Run, sandbox: Sandbox) -> None:
        result = events(check=True, diff=True)
        assert (outcome(result), result["changed"]) == ("would_clear", True)
        assert [event["event_id"] for event in result["results"][0]["selected"]] == ["AbC1", "AbC2"]
        assert result["results"][0]["removed"] == []
        assert result["diff"]["before"].count("\n") == 3
        assert result["diff"]["after"].count("\n") == 1
        assert not writes(sandbox)

    def test_all_is_one_request_and_one_list(self, events: Run, sandbox: Sandbox) -> None:
        result = events(url=None, all_events=True, diff=True)
        assert outcome(result) == "cleared"
        assert len(result["results"][0]["removed"]) == 3
        assert sandbox.sent()[2:] == [f"DELETE {BASE}", f"GET {BASE}"]
        assert result["diff"]["after"].endswith(": no events\n")

    @pytest.mark.parametrize(
        ("selection", "left"),
        [
            ({"event_id": "AbC1"}, ["AbC2", "AbC3"]),
            ({"event_id": "abc1"}, ["AbC1", "AbC2", "AbC3"]),
            ({"event_type": 2}, ["AbC1", "AbC2"]),
            ({"event_type": "hangup"}, ["AbC1", "AbC2"]),
            ({"note": "CRM"}, ["AbC2", "AbC3"]),
            ({"url": CRM, "event_type": "1"}, ["AbC1", "AbC3"]),
            ({"url": DIALER, "note": "CRM"}, ["AbC1", "AbC2", "AbC3"]),
        ],
    )
    def test_selection(self, events: Run, sandbox: Sandbox, selection: dict[str, Any], left: list[str]) -> None:
        result = events(**{"url": None, **selection})
        assert not result["failed"]
        assert there(sandbox) == left
        assert f"DELETE {BASE}/2" not in sandbox.sent()

    def test_other_ids_are_encoded(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {PLACE: {"user": "1 2%", "events": [{"id": "a b&c*@é", "url": CRM}]}})
        result = events(user_id="1 2%", access_token=None, client_id=APP, client_secret=SECRET)
        assert (outcome(result), error(result)["code"]) == ("failed", "pce_access_denied")
        assert "/extensions/1%202%25/0003*210/" in sandbox.sent()[1]
        seed(sandbox, {PLACE: {"events": [{"id": "a b&c*@é", "url": CRM}]}})
        assert outcome(events()) == "cleared"
        assert writes(sandbox) == [f"DELETE {BASE}/0/a%20b%26c*@%C3%A9"]

    def test_not_listed_again_when_not_wanted(self, events: Run, sandbox: Sandbox) -> None:
        result = events(wait_timeout=0)
        assert (outcome(result), result["results"][0]["removed"]) == ("accepted", None)
        assert len(result["results"][0]["selected"]) == 2
        assert sandbox.sent()[-1].startswith("DELETE")

    def test_what_shows_late_is_waited_for(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, lag=0.6)
        assert outcome(events(wait_timeout=8)) == "cleared"

    def test_what_never_shows_is_in_doubt(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, lag=60)
        result = events()
        assert (outcome(result), error(result)["kind"]) == ("in_doubt", "timeout")
        assert (result["results"][0]["pending_after"], result["results"][0]["removed"]) == (2, [])

    def test_what_appears_meanwhile_is_not_touched(self, events: Run, sandbox: Sandbox) -> None:
        new = {"room": "voipnow", "do": "add_event", "extension": PLACE, "event": {"id": "New", "url": CRM}}
        sandbox.fault(**ONE, do="act", act=new)
        result = events()
        assert (outcome(result), result["results"][0]["pending_after"]) == ("in_doubt", 1)
        assert len(result["results"][0]["removed"]) == 2
        assert there(sandbox) == ["AbC3", "New"]


class TestNearMisses:
    @pytest.mark.parametrize("check", [False, True])
    @pytest.mark.parametrize("urls", ["html", "percent"])
    def test_an_address_in_another_spelling_is_reported(
        self, events: Run, sandbox: Sandbox, urls: str, check: bool
    ) -> None:
        hook = f"{CRM}?a=1&b=2"
        seed(sandbox, {PLACE: {"events": [{"id": "AbC1", "url": hook}, {"id": "AbC2", "url": DIALER}]}}, urls=urls)
        result = events(url=hook, check=check)
        (entry,) = result["results"]
        assert (entry["outcome"], len(there(sandbox))) == ("already_clear", 2)
        assert [event["event_id"] for event in entry["near_misses"]] == ["AbC1"]
        (warning,) = result["warnings"]
        assert f"extension {PLACE} has events that nearly match the task" in str(warning)
        assert "AbC1" in str(warning)

    def test_a_near_miss_next_to_a_removed_event_is_reported(self, events: Run, sandbox: Sandbox) -> None:
        others = [{"id": "N1", "url": f"{CRM}/"}, {"id": "N2", "url": CRM.replace("crm", "CRM")}]
        seed(sandbox, {PLACE: {"events": [*HOOKS, *others]}})
        result = events()
        (entry,) = result["results"]
        assert (entry["outcome"], sorted(there(sandbox))) == ("cleared", ["AbC3", "N1", "N2"])
        assert sorted(event["event_id"] for event in entry["near_misses"]) == ["N1", "N2"]
        assert len(result["warnings"]) == 1

    def test_a_near_miss_next_to_a_created_event_is_reported(self, events: Run, sandbox: Sandbox) -> None:
        result = events(state="present", event_type=0, url=f"{CRM}/", method="get")
        assert (outcome(result), len(there(sandbox))) == ("changed", 4)
        assert [event["event_id"] for event in result["results"][0]["near_misses"]] == ["AbC1"]
        assert len(result["warnings"]) == 1

    @pytest.mark.parametrize("options", [{}, {"url": None, "all_events": True}, {"url": "https://x.example.com"}])
    def test_no_warning_without_a_near_miss(self, events: Run, options: dict[str, Any]) -> None:
        result = events(**options)
        assert "near_misses" not in result["results"][0]
        assert not result.get("warnings")


REMOVE = {"room": "voipnow", "do": "remove_event", "extension": PLACE}


class TestGoneAlready:
    @pytest.mark.parametrize("settings", [{}, {"gone": "not_found"}, {"errors_in_200": True}])
    def test_every_selected_event_is_gone(self, events: Run, sandbox: Sandbox, settings: dict[str, Any]) -> None:
        sandbox.settings(voipnow=settings)
        sandbox.fault(**ONE, do="act", when="before", act={**REMOVE, "event_id": "AbC1"})
        result = events(url=None, event_id="AbC1")
        assert (outcome(result), result["changed"], result["failed"]) == ("already_clear", False, False)
        assert result["results"][0]["pending_after"] == 0

    def test_a_recreated_event_is_not_gone(self, events: Run, sandbox: Sandbox) -> None:
        """The selected event is gone; another one with the same address has replaced it."""
        seed(sandbox, {PLACE: {"events": HOOKS[:1]}})
        new = {"room": "voipnow", "do": "add_event", "extension": PLACE, "event": {"id": "New", "url": CRM}}
        sandbox.fault(**ONE, do="act", when="after", act=new)
        sandbox.fault(**LOOK, do="act", when="after", act={**REMOVE, "event_id": "AbC1"})
        result = events()
        assert (outcome(result), result["results"][0]["pending_after"]) == ("in_doubt", 1)
        assert there(sandbox) == ["New"]

    def test_some_selected_events_are_gone(self, events: Run, sandbox: Sandbox) -> None:
        sandbox.fault(**ONE, do="act", when="before", act={**REMOVE, "event_id": "AbC1"})
        result = events()
        assert outcome(result) == "cleared"
        assert there(sandbox) == ["AbC3"]

    def test_a_server_that_answers_204_for_a_missing_event(self, events: Run, sandbox: Sandbox) -> None:
        sandbox.settings(voipnow={"gone": "no_content"})
        sandbox.fault(**ONE, do="act", when="before", act={**REMOVE, "event_id": "AbC1"})
        assert outcome(events()) == "cleared"

    def test_still_listed_is_a_failure(self, events: Run, sandbox: Sandbox) -> None:
        body = {"error": {"code": "pce_id_invalid", "message": "No such event."}}
        sandbox.fault(**ONE, do="status", status=400, body=body, times=None)
        result = events()
        assert (outcome(result), error(result)["kind"], error(result)["code"]) == (
            "failed",
            "rejected",
            "pce_id_invalid",
        )
        assert there(sandbox) == ["AbC1", "AbC2", "AbC3"]

    def test_gone_after_a_doubt_counts_as_our_change(self, events: Run, sandbox: Sandbox) -> None:
        """The first attempt may have removed it: being gone at the second does not make it unchanged."""
        seed(sandbox, lag=0.3)
        sandbox.fault(**ONE, do="reset", when="after")
        result = events(url=None, event_id="AbC1", wait_timeout=5)
        assert (outcome(result), result["changed"]) == ("cleared", True)


BROKEN = broken_writes()


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
@pytest.mark.parametrize("when", ["before", "after"])
class TestAWriteInDoubt:
    def test_is_settled_by_a_list(self, events: Run, sandbox: Sandbox, fault: dict[str, Any], when: str) -> None:
        sandbox.fault(**ONE, when=when, **fault)
        result = events(timeout=1.5)
        assert outcome(result) == "cleared"
        assert len(writes(sandbox)) == result["results"][0]["attempts"] == (2 if when == "after" else 3)
        assert len(result["results"][0]["removed"]) == 2
        assert there(sandbox) == ["AbC3"]

    def test_the_removal_of_all_events_is_confirmed_by_a_list(
        self, events: Run, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**ALL, when=when, **fault)
        assert outcome(events(timeout=1.5, url=None, all_events=True)) == "cleared"
        assert len(writes(sandbox)) == (1 if when == "after" else 2)

    def test_a_write_that_fails_until_the_end(
        self, events: Run, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**ONE, when=when, times=None, **fault)
        result = events(timeout=1.5, retries=1, url=None, event_id="AbC1")
        assert outcome(result) == ("cleared" if when == "after" else "failed")
        assert result["results"][0]["removed"] == (result["results"][0]["selected"] if when == "after" else [])

    def test_an_event_is_not_created_twice(
        self, events: Run, sandbox: Sandbox, fault: dict[str, Any], when: str
    ) -> None:
        sandbox.fault(**CREATE, when=when, **fault)
        result = events(timeout=1.5, state="present", event_type=3, url=CRM, method="get")
        assert outcome(result) == "changed"
        assert len(there(sandbox)) == 4
        assert len(writes(sandbox)) == (1 if when == "after" else 2)

    def test_an_update(self, events: Run, sandbox: Sandbox, fault: dict[str, Any], when: str) -> None:
        sandbox.fault(**UPDATE, when=when, **fault)
        result = events(timeout=1.5, state="present", event_type=0, url=CRM, status="disabled")
        assert outcome(result) == "changed"
        assert len(writes(sandbox)) == (1 if when == "after" else 2)


@pytest.mark.parametrize("fault", BROKEN, ids=fault_name)
@pytest.mark.parametrize("what", [LOOK, LOGIN])
def test_a_read_or_login_is_sent_again(
    events: Run, sandbox: Sandbox, what: dict[str, str], fault: dict[str, Any]
) -> None:
    sandbox.fault(**what, **fault)
    assert outcome(events(timeout=1.5)) == "cleared"


def test_a_read_that_stays_broken_fails_and_nothing_is_sent(events: Run, sandbox: Sandbox) -> None:
    sandbox.fault(**LOOK, do="status", status=502, times=None)
    result = events(retries=1)
    assert (outcome(result), error(result)["kind"]) == ("failed", "unavailable")
    assert not writes(sandbox)


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (429, {"Retry-After": "0"})])
@pytest.mark.parametrize("what", [ONE, LOOK, LOGIN])
def test_a_throttled_request_is_sent_again(
    events: Run, sandbox: Sandbox, what: dict[str, str], status: int, headers: dict[str, str]
) -> None:
    sandbox.fault(**what, do="status", status=status, headers=headers, times=2)
    assert outcome(events()) == "cleared"
    assert there(sandbox) == ["AbC3"]


def test_a_wait_beyond_the_targets_time_is_not_begun(events: Run, sandbox: Sandbox) -> None:
    sandbox.fault(**LOOK, do="status", status=429, headers={"Retry-After": "3600"}, times=None)
    with ends():
        result = events(target_timeout=600)
    assert (outcome(result), error(result)["kind"]) == ("failed", "busy")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("when", "expected"), [("before", "failed"), ("after", "cleared")])
def test_a_redirect_is_never_followed(events: Run, sandbox: Sandbox, status: int, when: str, expected: str) -> None:
    sandbox.fault(**ONE, do="redirect", status=status, when=when)
    result = events(url=None, event_id="AbC1")
    assert outcome(result) == expected
    assert len(writes(sandbox)) == 1
    assert not sandbox.journal(room="trap")


@pytest.mark.parametrize("what", [LOOK, LOGIN])
def test_a_redirected_read_or_login_fails(events: Run, sandbox: Sandbox, what: dict[str, str]) -> None:
    sandbox.fault(**what, do="redirect", times=None)
    result = events()
    assert (outcome(result), error(result)["kind"]) == ("failed", "redirect")
    assert sandbox.trap_url in error(result)["message"]
    assert not sandbox.journal(room="trap")


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "rejected"), (403, "denied"), (404, "not_found"), (405, "rejected")]
)
def test_a_refusal_is_final(events: Run, sandbox: Sandbox, status: int, kind: str) -> None:
    sandbox.fault(**ONE, do="status", status=status, body={"error": {"code": "x", "message": "Because."}}, times=None)
    result = events()
    assert (outcome(result), error(result)["kind"]) == ("failed", kind)
    assert (error(result)["status"], error(result)["code"], error(result)["message"]) == (status, "x", "Because.")
    assert there(sandbox) == ["AbC1", "AbC2", "AbC3"]


@pytest.mark.parametrize("code", ["pce_access_denied", "extension_invalid", "user_invalid"])
@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize("what", [ONE, LOOK])
def test_the_vendors_error_object_is_a_refusal(
    events: Run, sandbox: Sandbox, what: dict[str, str], status: int, code: str
) -> None:
    sandbox.fault(**what, do="status", status=status, body={"error": {"code": code, "message": "No."}}, times=None)
    result = events(url=None, event_id="AbC1")
    assert (outcome(result), error(result)["code"], error(result)["message"]) == ("failed", code, "No.")
    if code == "pce_access_denied":
        assert error(result)["kind"] == "denied"
        assert logins(sandbox) == 1
    assert len(there(sandbox)) == 3


def test_a_refusal_half_way_is_judged_by_a_list(events: Run, sandbox: Sandbox) -> None:
    body = {"error": {"code": "pce_access_denied", "message": "No."}}
    sandbox.fault(**ONE, skip=1, do="status", status=400, body=body, times=None)
    result = events()
    assert (outcome(result), result["failed"], result["changed"]) == ("in_doubt", True, True)
    assert [event["event_id"] for event in result["results"][0]["removed"]] == ["AbC1"]
    assert error(result)["code"] == "pce_access_denied"
    assert there(sandbox) == ["AbC2", "AbC3"]


UNDOCUMENTED = [
    {"do": "html"},
    {"do": "bad_json"},
    {"do": "huge", "bytes": 9 * 1024 * 1024},
    {"do": "gzip_bomb", "bytes": 64 * 1024 * 1024},
]


@pytest.mark.parametrize("fault", UNDOCUMENTED, ids=fault_name)
@pytest.mark.parametrize(("when", "expected"), [("before", "failed"), ("after", "cleared")])
def test_an_undocumented_answer_is_settled_by_a_list(
    events: Run, sandbox: Sandbox, fault: dict[str, Any], when: str, expected: str
) -> None:
    sandbox.fault(**ONE, when=when, **fault)
    assert outcome(events(url=None, event_id="AbC1")) == expected
    assert len(writes(sandbox)) == 1


TAKEN_BACK = [{"success": "false"}, {"errors": ["locked"]}, {"status": "error"}, {}, False, [{"id": "AbC1"}, {}]]


@pytest.mark.parametrize("body", TAKEN_BACK, ids=str)
@pytest.mark.parametrize(("when", "expected"), [("before", "failed"), ("after", "cleared")])
def test_a_body_that_contradicts_the_status_is_settled_by_a_list(
    events: Run, sandbox: Sandbox, body: Any, when: str, expected: str
) -> None:
    options = {"url": None, "event_id": "AbC1"}
    sandbox.fault(**ONE, do="status", status=200, body=json.dumps(body), when=when)
    assert outcome(events(**options)) == expected
    seed(sandbox)
    sandbox.fault(**ONE, do="status", status=200, body=json.dumps(body), when=when)
    assert outcome(events(**options, wait_timeout=0)) == ("cleared" if when == "after" else "in_doubt")


LISTS = [
    *({"do": fault["do"], **({"bytes": fault["bytes"]} if "bytes" in fault else {})} for fault in UNDOCUMENTED),
    {"do": "status", "status": 200},
    {"do": "status", "status": 200, "body": "null"},
    {"do": "status", "status": 200, "body": {"success": True}},
    {"do": "status", "status": 200, "body": {"entry": "none"}},
    {"do": "status", "status": 200, "body": {"entry": [{"id": "AbC1"}]}},
    {"do": "status", "status": 200, "body": [{"entry": []}, {"entry": []}]},
    {"do": "status", "status": 200, "body": "no events"},
    {"do": "status", "status": 200, "body": {}},
    {"do": "status", "status": 200, "body": []},
    {"do": "status", "status": 200, "body": {"count": 5}},
    {"do": "status", "status": 200, "body": {"links": {}}},
    {"do": "status", "status": 206, "body": {"entry": []}},
    {"do": "status", "status": 200, "body": {"totalResults": "3"}},
    {"do": "status", "status": 200, "body": {"totalResults": 3, "entry": []}},
]


@pytest.mark.parametrize("fault", LISTS, ids=lambda fault: str(fault)[-40:])
def test_an_undocumented_list_is_never_an_empty_one(events: Run, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(**LOOK, **fault, times=None)
    result = events()
    assert (outcome(result), error(result)["kind"]) == ("failed", "protocol")
    assert not writes(sandbox)


@pytest.mark.parametrize("what", [LOOK, LOGIN])
@pytest.mark.parametrize("fault", [{"do": "drip", "interval": 0.2}, {"do": "drip_headers", "interval": 0.2}])
def test_a_dripping_answer_ends_in_time(
    events: Run, sandbox: Sandbox, what: dict[str, str], fault: dict[str, Any]
) -> None:
    sandbox.fault(**what, **fault)
    result = events(timeout=1, retries=0)
    assert (outcome(result), error(result)["kind"]) == ("failed", "timeout")


class TestToken:
    def test_all_targets_share_one_token(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {f"0003*{number}": 1 for number in range(100, 160)})
        result = events(
            url=None, all_events=True, concurrency=8, targets=[{"extension": f"0003*{n}"} for n in range(100, 160)]
        )
        assert result["summary"]["cleared"] == 60
        assert logins(sandbox) == 1
        names = [entry["target"]["extension"] for entry in result["results"]]
        assert names == [f"0003*{number}" for number in range(100, 160)]

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("what", [LOOK, ONE])
    def test_is_renewed_once_when_it_is_refused(
        self, events: Run, sandbox: Sandbox, what: dict[str, str], status: int
    ) -> None:
        seed(sandbox, refused_status=status)
        sandbox.fault(**what, do="act", when="before", act={"room": "voipnow", "do": "revoke_tokens"})
        result = events()
        # the act runs after the credentials were checked, so the next request is refused
        assert outcome(result) == "cleared"
        assert logins(sandbox) == 2

    @pytest.mark.parametrize(("status", "kind"), [(401, "auth"), (403, "denied")])
    def test_is_not_renewed_again_and_again(self, events: Run, sandbox: Sandbox, status: int, kind: str) -> None:
        sandbox.fault(**LOOK, do="status", status=status, times=None)
        result = events(targets=[{"extension": PLACE}, {"extension": "0003*211"}], concurrency=1)
        first, second = result["results"]
        assert (first["outcome"], first["error"]["kind"]) == ("failed", kind)
        assert second["outcome"] == ("not_sent" if kind == "auth" else "failed")
        assert logins(sandbox) == 2

    def test_many_refused_at_once_fetch_one(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {f"0003*{number}": 1 for number in range(100, 108)})
        sandbox.fault(**LOOK, do="status", status=401, times=8)
        targets = [{"extension": f"0003*{number}"} for number in range(100, 108)]
        result = events(url=None, all_events=True, concurrency=8, targets=targets)
        assert logins(sandbox) == 2
        assert result["summary"]["failed"] + result["summary"]["not_sent"] + result["summary"]["cleared"] == 8

    def test_is_renewed_before_it_ends(self, events: Run, sandbox: Sandbox) -> None:
        targets = [{"extension": f"0003*{number}"} for number in range(100, 104)]
        for lifetime in (1, 10):
            seed(sandbox, {f"0003*{n}": 1 for n in range(100, 104)}, token_lifetime=lifetime)
            sandbox.fault(**ALL, do="delay", seconds=lifetime / 2, times=None)
            result = events(url=None, all_events=True, concurrency=1, targets=targets)
            assert result["summary"]["cleared"] == 4
            assert logins(sandbox) >= 2
            refused = [entry for entry in sandbox.journal() if entry["status"] in (401, 403)]
            if not refused:
                break  # otherwise a request took longer on its way than a token of 1 s still had
        assert not refused

    def test_is_renewed_as_often_as_its_short_life_ends(self, events: Run, sandbox: Sandbox) -> None:
        """The server ends its tokens slightly before the stated time."""
        extensions = {f"0003*{n}": 1 for n in range(100, 108)}
        seed(sandbox, extensions, token_lifetime=1, token_really_lives=0.6)
        sandbox.fault(**ALL, do="delay", seconds=0.35, times=None)
        targets = [{"extension": extension} for extension in extensions]
        result = events(url=None, all_events=True, concurrency=1, targets=targets)
        assert result["summary"]["cleared"] == 8
        assert any(entry["status"] == 401 for entry in sandbox.journal())
        assert logins(sandbox) >= 4

    @pytest.mark.parametrize("way", ["body", "basic"])
    @pytest.mark.parametrize("wanted", ["any", "body", "basic"])
    def test_is_requested_by_body_or_by_basic(self, events: Run, sandbox: Sandbox, way: str, wanted: str) -> None:
        seed(sandbox, client_auth=wanted)
        result = events(client_auth=way, diff=True)
        if wanted in ("any", way):
            assert outcome(result) == "cleared"
        else:
            assert (outcome(result), error(result)["kind"]) == ("failed", "auth")
            assert ("client_auth: basic" in error(result)["message"]) == (way == "body")
            assert not writes(sandbox)
        asked = next(entry for entry in sandbox.journal() if "token.php" in entry["path"])
        assert ("client_secret" in asked["body"]) == (way == "body")
        text = json.dumps([result, sandbox.journal()])
        assert SECRET not in text
        assert b64encode(f"{APP}:{SECRET}".encode()).decode() not in text

    def test_by_basic_with_characters_that_have_to_be_encoded(self, events: Run, sandbox: Sandbox) -> None:
        app = {"client_id": "an app:1", "client_secret": "s:cr&t %+/ of it"}
        sandbox.seed({"voipnow": {"apps": [app], "extensions": {PLACE: {"events": HOOKS}}}})
        assert outcome(events(**app, client_auth="basic")) == "cleared"
        assert outcome(events(**app)) == "already_clear"

    @pytest.mark.parametrize(("kind", "expected"), [("bearer", "cleared"), ("mac", "failed")])
    def test_of_the_stated_type(self, events: Run, sandbox: Sandbox, kind: str, expected: str) -> None:
        seed(sandbox, token_type=kind)
        result = events()
        assert outcome(result) == expected
        if expected == "failed":
            assert (error(result)["kind"], "'mac'" in error(result)["message"]) == ("protocol", True)
            assert sandbox.sent() == ["POST /voipnow/oauth/token.php"]

    def test_a_fixed_one_is_never_renewed(self, events: Run, sandbox: Sandbox) -> None:
        assert outcome(events(access_token=TOKEN)) == "cleared"
        seed(sandbox)
        result = events(access_token="another-token", targets=[{"extension": PLACE}, {"extension": "1"}], concurrency=1)
        assert [entry["outcome"] for entry in result["results"]] == ["failed", "not_sent"]
        assert {entry["error"]["kind"] for entry in result["results"]} == {"auth"}
        assert logins(sandbox) == 0
        assert len(sandbox.journal()) == 1

    @pytest.mark.parametrize("check", [False, True])
    def test_a_login_that_fails_is_told_once(self, events: Run, sandbox: Sandbox, check: bool) -> None:
        targets = [{"extension": str(number)} for number in range(5)]
        result = events(client_secret="another-secret", targets=targets, concurrency=4, check=check)
        assert [entry["outcome"] for entry in result["results"]] == ["failed", *["not_sent"] * 4]
        assert error(result)["kind"] == "auth"
        assert (error(result)["code"], error(result)["message"]) == (
            "invalid_client",
            "no token for this client_id: The App is not known.",
        )
        assert sandbox.sent() == ["POST /voipnow/oauth/token.php"]

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ({"status": 401}, "auth"),
            ({"status": 404}, "not_found"),
            ({"status": 200, "body": {"error": "invalid_client"}}, "auth"),
            ({"status": 200, "body": {"access_token": ""}}, "protocol"),
            ({"status": 200, "body": {"access_token": "two\nlines"}}, "protocol"),
            ({"status": 200, "body": []}, "protocol"),
            ({"status": 500}, "unavailable"),
        ],
    )
    def test_other_ways_to_fail(self, events: Run, sandbox: Sandbox, fault: dict[str, Any], kind: str) -> None:
        sandbox.fault(**LOGIN, do="status", **fault, times=None)
        result = events(retries=0, targets=[{"extension": PLACE}, {"extension": "0003*211"}])
        assert [entry["outcome"] for entry in result["results"]] == ["failed", "not_sent"]
        assert error(result)["kind"] == kind

    def test_a_renewal_that_fails_leaves_no_doubt(self, events: Run, sandbox: Sandbox) -> None:
        """The write was refused, so it was not applied, whatever happened to the login after it."""
        sandbox.fault(**ONE, do="status", status=401)
        sandbox.fault(**LOGIN, skip=1, do="status", status=500, times=None)
        result = events(retries=0)
        assert (outcome(result), error(result)["kind"]) == ("failed", "unavailable")
        assert there(sandbox) == ["AbC1", "AbC2", "AbC3"]

    def test_a_refused_secret_is_not_tried_again(self, events: Run, sandbox: Sandbox) -> None:
        sandbox.fault(**LOOK, do="status", status=401)
        sandbox.fault(**LOGIN, skip=1, do="status", status=400, body={"error": "invalid_client"}, times=None)
        events(targets=[{"extension": str(number)} for number in range(4)], concurrency=4)
        assert logins(sandbox) == 2

    def test_no_time_is_told(self, events: Run, sandbox: Sandbox) -> None:
        for told in ({}, {"expires_in": "soon"}, {"expires_in": 0}, {"expires_in": None}):
            seed(sandbox)
            sandbox.fault(**LOGIN, do="status", status=200, body={"access_token": TOKEN, **told})
            assert outcome(events()) == "cleared"

    def test_does_not_leak(self, events: Run, sandbox: Sandbox) -> None:
        token = "issued/token+1 %"
        seed(sandbox, token_prefix="issued/token+1 %")
        told = f"{token}-1 {SECRET} {b64encode(SECRET.encode()).decode()}"
        body = {"error": {"code": f"x {SECRET}", "message": told}}
        sandbox.fault(**ONE, do="status", status=400, body=body, times=None)
        result = events(diff=True)
        text = json.dumps(result)
        assert "********" in error(result)["message"]
        for secret in (token, SECRET, "issued%2Ftoken", b64encode(SECRET.encode()).decode()):
            assert secret not in text
        assert all(token not in entry["path"] + entry["query"] for entry in sandbox.journal())
        assert not any("token" in entry["query"] for entry in sandbox.journal())


class TestPresent:
    def test_creates_what_is_not_there(self, events: Run, sandbox: Sandbox) -> None:
        options = {"state": "present", "event_type": "answer_in", "url": DIALER, "method": "get", "note": "New"}
        result = events(**options, check=True)
        assert (outcome(result), result["results"][0]["events"][0]["outcome"]) == ("would_change", "would_create")
        assert not writes(sandbox)
        result = events(**options)
        (event,) = result["results"][0]["events"]
        assert (outcome(result), event["outcome"], event["old_event_id"]) == ("changed", "created", None)
        assert event["event_id"] in there(sandbox)
        (sent,) = (json.loads(entry["body"]) for entry in sandbox.journal() if entry["changes"])
        assert sent == {"type": "3", "url": DIALER, "status": "1", "method": "0", "note": "New"}
        result = events(**options)
        assert (outcome(result), result["changed"]) == ("unchanged", False)
        assert len(writes(sandbox)) == 1

    def test_switches_off_and_sends_no_more_than_that(self, events: Run, sandbox: Sandbox) -> None:
        result = events(state="present", event_type=0, url=CRM, status="disabled", diff=True)
        (event,) = result["results"][0]["events"]
        assert (outcome(result), event["outcome"], event["event_id"]) == ("changed", "updated", "AbC1")
        (sent,) = (entry for entry in sandbox.journal() if entry["method"] == "PUT")
        assert (sent["path"], json.loads(sent["body"])) == (f"{BASE}/0/AbC1", {"status": "0"})
        assert "post enabled (CRM)" in result["diff"]["before"]
        assert "post disabled (CRM)" in result["diff"]["after"]

    def test_switching_off_creates_nothing(self, events: Run, sandbox: Sandbox) -> None:
        result = events(state="present", event_type=4, url=CRM, status="disabled")
        assert (outcome(result), error(result)["kind"]) == ("refused", "guard")
        assert not writes(sandbox)

    def test_switches_off_every_one_of_a_kind(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {PLACE: {"events": [{"url": CRM}, {"url": CRM}, {"url": DIALER}]}})
        result = events(state="present", event_type=0, url=CRM, status="disabled")
        assert result["results"][0]["pending_before"] == 2
        shown = sandbox.state()["voipnow"]["extensions"][PLACE]["events"]
        assert [event["status"] for event in shown] == ["0", "0", "1"]

    def test_restores_what_was_removed(self, events: Run, sandbox: Sandbox) -> None:
        before = sandbox.state()["voipnow"]["extensions"][PLACE]["events"]
        removed = events(url=None, all_events=True)["results"][0]["removed"]
        result = events(state="present", events=removed, diff=True)
        after = sandbox.state()["voipnow"]["extensions"][PLACE]["events"]
        (entry,) = result["results"]
        assert outcome(result) == "changed"
        assert entry["event_ids"] == {old["id"]: new["id"] for old, new in zip(before, after, strict=True)}
        assert [event["outcome"] for event in entry["events"]] == ["created"] * 3
        for old, new in zip(before, after, strict=True):
            assert {**old, "id": "", "modified": ""} == {**new, "id": "", "modified": ""}
        assert ": no events" in result["diff"]["before"]
        again = events(state="present", events=removed)
        assert outcome(again) == "unchanged"
        assert again["results"][0]["event_ids"] == entry["event_ids"]

    def test_restores_two_of_a_kind(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {PLACE: {"events": [{"url": CRM, "note": "a"}, {"url": CRM, "note": "b"}]}})
        removed = events(url=None, all_events=True)["results"][0]["removed"]
        events(state="present", events=removed[1:])
        result = events(state="present", events=removed)
        assert [event["outcome"] for event in result["results"][0]["events"]] == ["created", "unchanged"]
        assert len(there(sandbox)) == 2

    def test_half_way_with_changes_that_show_later(self, events: Run, sandbox: Sandbox) -> None:
        """The vendor accepted the first one, so a list without any change does not prove that nothing was done."""
        seed(sandbox, lag=0.7)
        sandbox.fault(**ONE, skip=1, do="status", status=400, times=None)
        assert outcome(events()) == "in_doubt"

    def test_half_way_reports_each_event(self, events: Run, sandbox: Sandbox) -> None:
        removed = events(url=None, all_events=True)["results"][0]["removed"]
        sandbox.fault(**CREATE, skip=1, do="status", status=400, times=None)
        result = events(state="present", events=removed)
        assert outcome(result) == "in_doubt"
        assert [event["outcome"] for event in result["results"][0]["events"]] == ["created", "not_done", "not_done"]

    def test_a_refused_event_does_not_stop_the_others(self, events: Run, sandbox: Sandbox) -> None:
        removed = events(url=None, all_events=True)["results"][0]["removed"]
        removed[0]["url"] = "ftp://crm.example.com"
        result = events(state="present", events=removed)
        assert (outcome(result), error(result)["code"]) == ("in_doubt", "pce_url_invalid")
        assert [event["outcome"] for event in result["results"][0]["events"]] == ["not_done", "created", "created"]
        assert len(there(sandbox)) == 2
        alone = events(state="present", events=removed[:1])
        assert (outcome(alone), alone["changed"]) == ("failed", False)

    def test_an_event_that_cannot_be_restored_is_reported_and_does_not_stop_the_others(
        self, events: Run, sandbox: Sandbox
    ) -> None:
        odd, good = "https://h.example.com/\a", CRM
        seed(sandbox, {PLACE: {"events": [{"url": odd}, {"url": good}]}})
        for check in (True, False):
            selected = events(url=None, all_events=True, check=check)["results"][0]["selected"]
            assert {event["url"]: event.get("restorable", True) for event in selected} == {odd: False, good: True}
        for check, word in ((True, "would_change"), (False, "changed"), (False, "unchanged")):
            result = events(state="present", events=selected, check=check)
            assert (outcome(result), result["results"][0]["verified"]) == (word, False)
            told = {event["url"]: event["outcome"] for event in result["results"][0]["events"]}
            assert told[odd] == "not_done"
            assert "cannot be put back" in str(result["warnings"])
        assert [event["url"] for event in sandbox.state()["voipnow"]["extensions"][PLACE]["events"]] == [good]
        alone = [event for event in selected if event["url"] == odd]
        assert outcome(events(state="present", events=alone)) == "refused"

    def test_one_of_two_equal_events_is_restored(self, events: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {PLACE: {"events": [{"url": CRM}, {"url": CRM}]}})
        gone = there(sandbox)[0]
        removed = events(url=None, event_id=gone)["results"][0]["removed"]
        assert [event["left"] for event in removed] == [1]
        assert outcome(events(state="present", events=removed)) == "changed"
        assert len(there(sandbox)) == 2
        again = events(state="present", events=removed)
        assert outcome(again) == "unchanged"
        assert "cannot be told apart" in again["results"][0]["events"][0]["remark"]

    def test_the_same_id_twice_is_an_error(self, events: Run, sandbox: Sandbox) -> None:
        removed = events(url=None, event_id="AbC1")["results"][0]["removed"]
        asked = len(sandbox.journal())
        result = events(state="present", events=removed * 2)
        assert "events[1].event_id: is also events[0]" in result["msg"]
        assert len(sandbox.journal()) == asked

    @pytest.mark.parametrize("second", [{"user_id": "@owner"}, {"user_id": "1"}])
    def test_an_extension_is_one_place_whoever_it_is_addressed_by(
        self, events: Run, sandbox: Sandbox, second: dict[str, str]
    ) -> None:
        result = events(targets=[{"extension": PLACE}, {"extension": PLACE, **second}])
        assert f"targets[1]: extension {PLACE} is also targets[0]" in result["msg"]
        assert not sandbox.journal()

    def test_not_listed_again(self, events: Run) -> None:
        result = events(state="present", event_type=0, url=CRM, status="disabled", wait_timeout=0)
        assert (outcome(result), result["results"][0]["events"][0]["outcome"]) == ("accepted", "unknown")


@pytest.mark.parametrize("entry", ["list", "object"])
@pytest.mark.parametrize("empty", ["no_content", "empty", "missing"])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("numbers", [False, True])
def test_lists_in_every_format(
    events: Run, sandbox: Sandbox, entry: str, empty: str, wrapped: bool, numbers: bool
) -> None:
    seed(sandbox, entry=entry, empty=empty, wrapped=wrapped, numbers_as_strings=numbers)
    result = events(url=None, all_events=True)
    assert (outcome(result), len(result["results"][0]["removed"])) == ("cleared", 3)


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize("body", [True, False])
def test_answers_in_every_format(events: Run, sandbox: Sandbox, status: int, body: bool) -> None:
    fewer = 204 if status == 204 else 200
    seed(sandbox, answer_body=body, create_status=status, delete_status=fewer, update_status=fewer)
    removed = events()["results"][0]["removed"]
    assert outcome(events(state="present", events=removed)) == "changed"
    assert outcome(events(state="present", event_type=0, url=CRM, note="x")) == "changed"


class TestPaging:
    @pytest.mark.parametrize("settings", [{}, {"paging": "none"}, {"paging": "none", "total_results": False}])
    @pytest.mark.parametrize("most", [20, 50, 5000])
    @pytest.mark.parametrize("number", [0, 1, 19, 20, 21, 100, 130])
    def test_every_page_is_read(
        self, listed: Run, sandbox: Sandbox, settings: dict[str, Any], most: int, number: int
    ) -> None:
        seed(sandbox, {PLACE: number}, most=most, **settings)
        result = listed()
        assert len({event["event_id"] for event in result["events"]}) == len(result["events"]) == number

    def test_another_host_is_never_asked(self, listed: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {PLACE: 30}, most=20, next_host=sandbox.trap_url)
        assert len(listed()["events"]) == 30
        assert not sandbox.journal(room="trap")
        assert [entry["query"] for entry in sandbox.journal()][1:] == ["count=1000", "count=1000&startIndex=20"] * 2

    @pytest.mark.parametrize("settings", [{}, {"paging": "none"}, {"paging": "none", "total_results": False}])
    @pytest.mark.parametrize("do", ["remove_event", "add_event"])
    def test_an_event_is_not_passed_over_while_the_list_shifts(
        self, events: Run, sandbox: Sandbox, do: str, settings: dict[str, Any]
    ) -> None:
        """An event of the first page is removed, so the first one of the second page is on neither."""
        hooks = [{"id": f"E{n:02}", "url": f"https://h{n:02}.example.com"} for n in range(40)]
        hooks[20]["note"] = "CRM"
        seed(sandbox, {PLACE: {"events": hooks}}, most=20, **settings)
        change = {"event_id": "E00"} if do == "remove_event" else {"event": {"url": "https://a.example.com"}}
        sandbox.fault(**LOOK, do="act", act={"room": "voipnow", "do": do, "extension": PLACE, **change})
        result = events(url=None, note="CRM")
        assert outcome(result) == "cleared"
        assert "E20" not in there(sandbox)
        assert len(there(sandbox)) == (38 if do == "remove_event" else 40)

    def test_a_list_that_never_ends_is_an_error(self, listed: Run, sandbox: Sandbox) -> None:
        page = {"entry": [{"id": "A", "type": 0, "url": CRM}], "paging": {"next": "https://192.0.2.1/?startIndex=1"}}
        sandbox.fault(**LOOK, do="status", status=200, body=page, times=None)
        result = listed()
        assert (result["failed"], result["error"]["kind"]) == (True, "protocol")
        assert len(sandbox.journal()) == 3

    def test_more_than_can_be_listed_is_an_error(self, listed: Run, sandbox: Sandbox) -> None:
        page = {"entry": [{"id": "A", "type": 0, "url": CRM}], "paging": {"next": "?startIndex=9000"}}
        sandbox.fault(**LOOK, do="status", status=200, body=page, times=None)
        assert "5000" in listed()["error"]["message"]


class TestInfo:
    def test_types_as_numbers_and_words(self, listed: Run, sandbox: Sandbox) -> None:
        result = listed()
        assert not result["changed"]
        second = {name: value for name, value in result["events"][1].items() if name != "modified"}
        assert second == {
            "user_id": "@me",
            "extension": PLACE,
            "event_id": "AbC2",
            "event_type": 1,
            "event_type_name": "dial_out",
            "url": CRM,
            "method": "get",
            "status": "disabled",
            "note": None,
        }

    @pytest.mark.parametrize("wanted", [1, "1", "dial_out"])
    def test_by_type(self, listed: Run, wanted: Any) -> None:
        assert [event["event_id"] for event in listed(event_type=wanted)["events"]] == ["AbC2"]

    def test_many_extensions(self, listed: Run, sandbox: Sandbox) -> None:
        seed(sandbox, {PLACE: 1, "0003*211": {"kind": "queue", "events": 2}, "0003*212": {"kind": "ivr"}})
        targets = [
            {"extension": "0003*211"},
            {"extension": PLACE},
            {"extension": "0003*212"},
            {"extension": "0003*211"},
        ]
        result = listed(targets=targets)
        assert [event["extension"] for event in result["events"]] == ["0003*211", "0003*211", PLACE]
        assert len(sandbox.journal()) == 4

    def test_a_read_that_fails(self, listed: Run, sandbox: Sandbox) -> None:
        result = listed(targets=[{"extension": PLACE}, {"extension": "999"}])
        assert result["failed"]
        assert result["error"]["code"] == "extension_invalid"
        assert len(result["events"]) == 3

    def test_a_login_that_fails_is_tried_once(self, listed: Run, sandbox: Sandbox) -> None:
        result = listed(client_secret="another-secret", targets=[{"extension": str(n)} for n in range(9)])
        assert (result["failed"], result["error"]["kind"]) == (True, "auth")
        assert sandbox.sent() == ["POST /voipnow/oauth/token.php"]

    def test_check_mode(self, listed: Run) -> None:
        assert listed(check=True)["events"] == listed()["events"]


def test_other_targets_go_on_after_a_failure(events: Run, sandbox: Sandbox) -> None:
    seed(sandbox, {"1": 1, "3": 1})
    targets = [{"extension": number} for number in "123"]
    options = {"url": None, "all_events": True, "targets": targets, "concurrency": 1}
    assert [entry["outcome"] for entry in events(**options)["results"]] == ["cleared", "failed", "cleared"]
    seed(sandbox, {"1": 1, "3": 1})
    result = events(**options, on_error="stop")
    assert [entry["outcome"] for entry in result["results"]] == ["cleared", "failed", "not_sent"]


def test_two_targets_of_one_extension_are_never_worked_on_at_once(events: Run, sandbox: Sandbox) -> None:
    sandbox.fault(**ONE, do="delay", seconds=0.2)
    selections = [{"url": CRM}, {"note": "CRM"}]
    result = events(targets=[{"extension": PLACE, **selection} for selection in selections], concurrency=8, url=None)
    assert [entry["outcome"] for entry in result["results"]] == ["cleared", "already_clear"]
    assert len(writes(sandbox)) == 2


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("most", "expected"), [(0, "refused"), (1, "refused"), (2, "cleared")])
def test_max_pending(events: Run, sandbox: Sandbox, most: int, expected: str, check: bool) -> None:
    result = events(max_pending=most, check=check)
    assert outcome(result) == ("would_clear" if check and expected != "refused" else expected)
    if expected == "refused":
        assert error(result)["kind"] == "guard"
        assert not writes(sandbox)


def test_a_vendor_out_of_reach_is_given_up(events: Run) -> None:
    result = events(
        base_url="http://127.0.0.1:9", retries=0, targets=[{"extension": str(number)} for number in range(9)]
    )
    assert [entry["outcome"] for entry in result["results"]] == ["failed", *["not_sent"] * 8]
    assert error(result)["kind"] == "connect"


def test_credentials_and_address_from_the_environment(
    events: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOIPNOW_URL", f"{sandbox.url}/voipnow")
    monkeypatch.setenv("VOIPNOW_CLIENT_ID", APP)
    monkeypatch.setenv("VOIPNOW_CLIENT_SECRET", SECRET)
    assert outcome(events(base_url=None, client_id=None, client_secret=None)) == "cleared"
    assert "client_secret: is required" in events(client_secret=None)["msg"]


def test_the_journal_on_disk_holds_no_token(events: Run, sandbox: Sandbox, tmp_path: Any) -> None:
    body = {"error": {"code": "x", "message": "issued-token-1"}}
    sandbox.fault(**ONE, do="status", status=400, body=body, times=None)
    events(journal=str(tmp_path / "journal"))
    text = (tmp_path / "journal").read_text()
    assert "issued-token" not in text
    assert [json.loads(line)["event"] for line in text.splitlines()] == ["begun", "ended"]
