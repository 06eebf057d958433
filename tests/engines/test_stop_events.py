# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebooks of the collection in ansible-rulebook: real requests, real runs, and the sandbox's own record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.telephony.outbound.plugins.module_utils._core.version import VERSION
from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.verify import Given, verify_ledger
from ansible_collections.telephony.outbound.tests.engines import postgres
from ansible_collections.telephony.outbound.tests.engines.controller import TOKEN as CONTROLLER_TOKEN
from ansible_collections.telephony.outbound.tests.engines.controller import Controller
from ansible_collections.telephony.outbound.tests.engines.rulebooks import (
    SECONDS,
    SECRET,
    TOKEN,
    Rulebook,
    free_port,
    missing,
    rendered,
    request,
    shipped,
    shown,
    until,
)
from ansible_collections.telephony.outbound.tests.support.catalog import PROJECT
from ansible_collections.telephony.outbound.tests.support.runs import CANARIES
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.stops import SEED, account

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

NUMBERS = [f"+1555010{number:04}" for number in range(40)]
WORLD = {**SEED, "genesys": {**SEED["genesys"], "lists": {"May": NUMBERS, "June": NUMBERS}}}


def hosts(url: str) -> dict[str, Any]:
    """Return the inventory: one account with numbers, and one with a campaign alone, which no number is sought at."""
    genesys, plum = account("genesys", url), account("plum", url)
    return {
        "genesys": {
            "campaign_teardown_vendor": "genesys",
            "campaign_teardown_connection": dict(genesys.connection),
            "stop_number_forms": genesys.forms,
            "stop_number_places": list(genesys.places),
            "ansible_connection": "local",
        },
        "plum": {
            "campaign_teardown_vendor": "plum",
            "campaign_teardown_connection": dict(plum.connection),
            "campaign_teardown_targets": [{"application_id": "100", "deployment_id": "200"}],
            "stop_number_forms": ["as_is"],
            "ansible_connection": "local",
        },
    }


def suppressed(sandbox: Sandbox) -> Counter[str]:
    """Return how often each number was put on the vendor's list, by the vendor's record."""
    new = [change["entries"] for change in sandbox.changes() if change["do"] == "do_not_call"]
    return Counter(str(entry["phone_number"]) for entries in new for entry in entries)


@dataclass(frozen=True)
class Running:
    """Rulebooks in one process: numbers, campaigns, bursts, and the guide's rule that launches a job template."""

    rulebook: Rulebook
    sandbox: Sandbox
    controller: Controller
    campaigns: int
    bursts: int
    jobs: int
    """Ports of the other webhooks."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    rule = shown()
    sandbox, controller = Sandbox(), Controller(rule["action"]["run_job_template"]["organization"])
    sandbox.seed(WORLD)
    ports = free_port(), free_port(), free_port()
    gathered = shipped("stop_number_gathered", port=ports[1])
    # A slow machine takes more than a second for some requests.
    gathered["rules"][0]["throttle"]["once_after"] = "3 seconds"
    rulesets = [
        shipped("stop_number"),
        shipped("stop_campaign", port=ports[0]),
        gathered,
        {**shipped("stop_number", port=ports[2]), "name": "Jobs", "rules": [rule]},
    ]
    folder = tmp_path_factory.mktemp("events")
    rulebook = Rulebook(folder, rulesets, hosts(sandbox.url), stop_events_scopes=["plum"])
    try:
        rulebook.start("--controller-url", controller.url, "--controller-token", CONTROLLER_TOKEN)
        rulebook.wait_until_ready()
        yield Running(rulebook, sandbox, controller, *ports)
    finally:
        rulebook.stop()
        controller.stop()
        sandbox.stop()


def test_who_has_no_token_or_no_key_is_answered_no(running: Running) -> None:
    rulebook, sandbox, port = running.rulebook, running.sandbox, running.campaigns
    asked = request("evt-0", NUMBERS[39])
    assert rulebook.post(asked, token=None) == 401
    assert rulebook.post(asked, token="another-token-of-the-same-length-00000") == 401
    assert rulebook.post(asked, secret=None) == 400
    assert rulebook.post(asked, secret="another-secret-of-the-same-length-0000") == 401
    assert rulebook.post(request("evt-0", scope="plum"), secret="another-secret", port=port) == 401
    # What is signed and not well-formed is dropped, with a line in the log.
    assert rulebook.post({**asked, "number": int(NUMBERS[39])}) == 200
    assert rulebook.post({**asked, "scope": "plum:!genesys"}) == 200
    assert rulebook.post(request("evt-0", scope="genesys"), port=port) == 200
    until(lambda: "A stop request was dropped (evt-0): its scope is not one of" in rulebook.log, "the last log line")
    assert "A stop request was dropped: number is not text; write it in quotes" in rulebook.log
    assert "A stop request was dropped (evt-0): scope is not one of those that are known" in rulebook.log
    assert (sandbox.journal(), rulebook.ledger()) == ([], [])


def test_what_is_sent_to_confuse_is_answered_no_or_dropped(running: Running) -> None:
    """What passes the webhook comes to the filter, whose own tests have more of it."""
    rulebook, sandbox = running.rulebook, running.sandbox
    asked = request("evt-odd", NUMBERS[38])
    body = json.dumps(asked).encode()
    altered = json.dumps({**asked, "id": "evt-other"}).encode()
    wide = body.decode().encode("utf-16")
    digits = b'{"number": ' + b"1" * 5_000 + b"}"
    large = json.dumps({**asked, "more": "x" * 10_000_000}).encode()
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    sign = rulebook.signature
    answers = [
        # The signature is over the body as it is, and over nothing else.
        rulebook.send(altered, bearer, signature=sign(body)),
        rulebook.send(body + b" ", bearer, signature=sign(body)),
        rulebook.send(wide, {**bearer, "Content-Type": "application/json; charset=utf-16"}, signature=sign(wide)),
        rulebook.send(body, bearer, signature=sign(body).upper()),
        rulebook.send(body, bearer, signature="sha256="),
        rulebook.send(body, bearer),
        rulebook.send(body, {"Authorization": f"Basic {TOKEN}"}, signature=sign(body)),
        rulebook.send(body, {"Authorization": TOKEN}, signature=sign(body)),
        # Not JSON, or too much of it.
        *(rulebook.send(each, bearer, signature=sign(each)) for each in (b"not JSON", b"", b"\xff", b"[" * 4_000)),
        rulebook.send(digits, bearer, signature=sign(digits)),
    ]
    assert [answer for answer in answers if not 400 <= answer < 600] == []
    with suppress(requests.ConnectionError):  # it may hang up before it was sent the whole
        assert rulebook.send(large, bearer, signature=sign(large)) == 413
    # Signed, and no request for all that.
    wrong: list[Any] = [
        *([], [asked], "text", 7, None),
        {**asked, "number": float(NUMBERS[38])},
        {**asked, "number": [NUMBERS[38]]},
        {**asked, "number": "{{ 1 }}"},
        {**asked, "id": "../evt"},
        {**asked, "id": "evt\n"},
        {**asked, "id": "evt\0"},
        {**asked, "scope": "{{ groups }}"},
        {**asked, "scope": "genesys"},
        {**asked, "requested_at": "2020-03-01T09:00:00Z"},
        {**asked, "more": "x" * 5_000},
    ]
    dropped = rulebook.log.count("A stop request was dropped")
    assert {rulebook.post(each) for each in wrong} == {200}
    # Names of headers have no case.
    small = json.dumps(wrong[-1]).encode()
    assert (
        rulebook.send(small, {"authorization": f"Bearer {TOKEN}", "x-hub-SIGNATURE-256": sign(small)}, signature=None)
        == 200
    )
    count = dropped + len(wrong) + 1
    until(lambda: rulebook.log.count("A stop request was dropped") == count, "a line for each of them")
    assert (sandbox.journal(), rulebook.ledger()) == ([], [])
    assert NUMBERS[38][1:] not in rulebook.log


def test_ten_requests_in_a_moment_are_carried_out_once_each(running: Running) -> None:
    rulebook, sandbox = running.rulebook, running.sandbox
    asked = [request(f"evt-{place}", number) for place, number in enumerate(NUMBERS[:10], start=1)]
    with ThreadPoolExecutor(11) as pool:
        # One of them is delivered twice at once.
        assert list(pool.map(rulebook.post, [*asked, asked[0]])) == [200] * 11
    repeated = "The event evt-1 was carried out before, so nothing was sent."
    until(lambda: len(rulebook.ledger()) == 10 and repeated in rulebook.log, "ten runs and a repetition")
    assert suppressed(sandbox) == dict.fromkeys(NUMBERS[:10], 1)
    assert {line["event_id"]: line["state"] for line in rulebook.ledger()} == {each["id"]: "done" for each in asked}
    assert verify_ledger(rulebook.evidence / "ledger.jsonl", Given(version=VERSION)).findings == []
    # Nobody can read a number or a secret in what the engine prints, and its private folders are gone.
    secrets = [TOKEN, SECRET, *CANARIES.values(), *(number[1:] for number in NUMBERS)]
    assert [text for text in secrets if text in rulebook.log] == []
    until(lambda: not list((rulebook.folder / "tmp").glob("eda*")), "the end of the private folders")


def test_a_request_again_after_a_failed_run_is_carried_out(running: Running) -> None:
    rulebook, sandbox = running.rulebook, running.sandbox
    sandbox.seed({**WORLD, "genesys": {**WORLD["genesys"], "accounts": []}})
    asked = request("evt-again", NUMBERS[20])
    assert rulebook.post(asked) == 200
    # The rulebook itself tries it a second time.
    failed = ["event-evt-again", "event-evt-again+2"]
    until(lambda: set(failed) <= rulebook.results().keys(), "two tries")
    assert [rulebook.results()[name]["failed"] for name in failed] == [True, True]
    sandbox.seed(WORLD)
    assert rulebook.post(asked) == 200
    until(lambda: rulebook.results().get("event-evt-again+3", {}).get("state") == "done", "the third try")
    assert suppressed(sandbox) == {NUMBERS[20]: 1}


def test_a_campaign_of_a_listed_scope_is_torn_down(running: Running) -> None:
    rulebook, sandbox, port = running.rulebook, running.sandbox, running.campaigns
    sandbox.seed(WORLD)
    assert rulebook.post(request("evt-campaign", scope="plum", ticket="OPS-7"), port=port) == 200
    until(lambda: rulebook.results().get("event-evt-campaign", {}).get("state") == "done", "the teardown")
    assert {entry["room"] for entry in sandbox.journal() if entry["changes"]} == {"fuse"}
    evidence = json.loads((rulebook.evidence / "event-evt-campaign/evidence.json").read_text())
    assert [evidence["run"][key] for key in ("event_id", "ticket")] == ["evt-campaign", "OPS-7"]
    assert [(entry["account"], entry["outcome"]) for entry in evidence["results"]] == [("plum", "accepted")]


def test_a_burst_is_gathered_into_one_run_that_names_its_events(running: Running) -> None:
    rulebook, sandbox = running.rulebook, running.sandbox
    sandbox.seed(WORLD)
    before = len(rulebook.ledger())
    asked = [request(f"burst-{place}", number) for place, number in enumerate(NUMBERS[10:14])]
    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(lambda each: rulebook.post(each, port=running.bursts), [*asked, asked[0]])) == {200}
    until(lambda: suppressed(sandbox).keys() == set(NUMBERS[10:14]), "a request for each number")

    def lines() -> list[dict[str, Any]]:
        return rulebook.ledger()[before:]

    ids = {each["id"] for each in asked}
    until(lambda: {event for line in lines() for event in line["event_ids"]} == ids, "lines that name every event")
    assert (len(lines()) < len(asked), {line["state"] for line in lines()}) == (True, {"done"})
    assert rulebook.post(request("alone", NUMBERS[14]), port=running.bursts) == 200
    until(lambda: ["alone"] in [line["event_ids"] for line in lines()], "a run about a request alone")
    assert suppressed(sandbox)[NUMBERS[14]] == 1
    assert [number for number in NUMBERS if number[1:] in rulebook.log] == []


def test_a_job_template_is_launched_with_the_event_as_it_came(running: Running) -> None:
    assert running.rulebook.post(request("evt-job", NUMBERS[30], more="not passed on"), port=running.jobs) == 200
    (launched,) = until(lambda: running.controller.launched, "the launch")
    event = launched["extra_vars"]["ansible_eda"]["event"]
    assert (event["payload"]["id"], event["payload"]["number"]) == ("evt-job", NUMBERS[30])
    assert (event["payload"].keys(), event.keys()) == ({"id", "requested_at", "scope", "number"}, {"payload", "meta"})
    assert launched["extra_vars"]["stop_number_root"] == "/srv/stopped"
    assert "headers" not in event["meta"]


def test_a_request_that_was_accepted_survives_a_kill(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.seed(WORLD)
    asked = [request(f"kept-{place}", number) for place, number in enumerate(NUMBERS[:2])]
    # Without the option, H2 writes to its file half a second later.
    database = f"{tmp_path / 'events'};WRITE_DELAY=0"
    name = "telephony.outbound.stop_number"
    rulebook = Rulebook(tmp_path, name, hosts(sandbox.url), drools_db_file_path=database)
    try:
        rulebook.start("--persistence-id", "1")
        rulebook.wait_until_ready()
        # The engine keeps an event when it takes the next but one from the webhook.
        assert [rulebook.post(each) for each in [*asked, request("last-1", NUMBERS[8]), request("last-2", NUMBERS[9])]]
        rulebook.kill()
        rulebook.start("--persistence-id", "1")
        done = {each["id"] for each in asked}
        until(lambda: done <= {line["event_id"] for line in rulebook.ledger() if line["state"] == "done"}, "every run")
    finally:
        rulebook.stop()
        sandbox.stop()


@pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed")
def test_a_request_in_the_queue_is_done_although_the_rulebook_was_killed(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.seed(WORLD)
    database = postgres.Postgres()
    queue = "telephony.outbound.stop_number_queue"
    rulebook = Rulebook(tmp_path, queue, hosts(sandbox.url))

    def insert(place: int) -> None:
        payload = json.dumps(request(f"row-{place}", NUMBERS[place]))
        database.sql("insert into stop_request (payload) values (:'payload');", payload=payload)

    def folders() -> set[Path]:
        """Return the private folders of playbooks that run, or were killed."""
        return set((tmp_path / "tmp").glob("eda*"))

    def listens() -> bool:
        assert rulebook.process is not None
        assert rulebook.process.poll() is None, rulebook.log
        return database.sql("select count(*) from pg_stat_activity where query like 'LISTEN%';") == "1"

    try:
        database.sql((PROJECT / "extensions/eda/queue/stop_requests.sql").read_text("utf-8"))
        insert(0)  # nobody listens yet
        rulebook.start(environment=database.environment)
        until(listens, "the listener")
        insert(1)
        until(lambda: list(rulebook.evidence.glob("event-row-1")), "the beginning of a run")
        rulebook.kill()
        left = folders()
        insert(2)  # nobody listens any more
        assert database.sql("select count(*) from stop_request where done_at is null;") == "3"
        rulebook.start(environment=database.environment)
        until(listens, "the second listener")
        # Whoever reaches the database can say anything.
        for odd in ("[]", "[5]", "[null]", '"text"', '{"payload": [5]}', '{"payload": {"number": 5}}'):
            database.sql("select pg_notify('stop_requests', :'odd');", odd=odd)
        assert database.sql("select stop_requests_again();") == "3"
        until(lambda: database.sql("select count(*) from stop_request where done_at is null;") == "0", "every run")
        assert set(suppressed(sandbox)) == set(NUMBERS[:3])
        assert {line["event_id"] for line in rulebook.ledger() if line["state"] == "done"} == {
            f"row-{place}" for place in range(3)
        }
        # A run that fails leaves its request in the queue, and the next call carries it out.
        sandbox.seed({**WORLD, "genesys": {**WORLD["genesys"], "accounts": []}})
        insert(3)
        until(lambda: rulebook.results().get("event-row-3", {}).get("failed"), "the run that fails")
        until(lambda: folders() <= left, "the end of the playbook")
        assert database.sql("select id from stop_request where done_at is null;") == "row-3"
        sandbox.seed(WORLD)
        assert database.sql("select stop_requests_again();") == "1"
        until(lambda: database.sql("select count(*) from stop_request where done_at is null;") == "0", "the second try")
        assert suppressed(sandbox) == {NUMBERS[3]: 1}
    finally:
        rulebook.stop()
        database.stop()
        sandbox.stop()


def test_a_secret_that_is_missing_is_an_error_at_the_start(tmp_path: Path) -> None:
    rulebook = Rulebook(tmp_path, "telephony.outbound.stop_number", {"plum": {}})
    del rulebook.variables["stop_events_hmac_secret"]
    rulebook.start()
    assert rulebook.process is not None
    try:
        assert rulebook.process.wait(SECONDS) == 1, rulebook.log
    finally:
        rulebook.stop()
    assert "'stop_events_hmac_secret' is undefined" in rulebook.log
    assert TOKEN not in rulebook.log


@pytest.mark.parametrize("name", ["stop_number", "stop_campaign", "stop_number_gathered", "stop_number_queue"])
def test_what_the_source_is_told_is_text_or_an_error(name: str) -> None:
    token, secret = "0" * 31 + "7", "'\"{{ x }}" * 8
    long = {"stop_events_token": token, "stop_events_hmac_secret": secret, "stop_events_root": "/srv"}
    cases: list[dict[str, Any]] = [
        long,
        *({**long, key: "short"} for key in long),
        *({**long, key: ""} for key in long),
        *({**long, key: 10**40} for key in long),
        *({other: value for other, value in long.items() if other != key} for key in long),
    ]
    (source,) = shipped(name)["sources"]
    (options,) = (value for key, value in source.items() if key.startswith("eda."))
    texts = {key: options[key] for key in ("token", "hmac_secret", "evidence") if key in options}
    if "listed" in options:
        scopes = [{"stop_events_scopes": each} for each in (["plum"], "plum")]
        assert [told is None for told in rendered({"listed": options["listed"]}, [*scopes, {}])] == [False, True, True]
    good, *bad = rendered(texts, cases)
    expected = {"token": token, "hmac_secret": secret, "evidence": "/srv"}
    assert good == {key: expected[key] for key in texts}
    needed = {"stop_events_root"} if name == "stop_number_queue" else set(long)
    wrong = [place for place, case in enumerate(cases[1:]) if any(case.get(key) != long[key] for key in needed)]
    assert [place for place, told in enumerate(bad) if told is None] == wrong
