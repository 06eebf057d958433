# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A few seconds of the fault suite, always with the same seed, and proof that its oracle can fail.

CHAOS_SEED=7 uses another seed. `make chaos` runs the whole suite.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.telephony.outbound.plugins.module_utils._core import (
    circuit_breaker,
    sockets,
    strict_json,
    transport,
)
from ansible_collections.telephony.outbound.plugins.module_utils._core.confirm import Confirmation
from ansible_collections.telephony.outbound.plugins.module_utils._core.errors import FailureClass, OutboundError
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.account import Genesys
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.genesys.record_cancel import RecordCancel
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.plum.outbound_cancel import OutboundCancel
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox import campaigns as wolkvox_campaigns
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.account import Wolkvox
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaign_clear import CampaignClear
from ansible_collections.telephony.outbound.plugins.module_utils._vendors.wolkvox.campaigns import Campaigns
from ansible_collections.telephony.outbound.tests.chaos import interrupts, machine, oracle, stops
from ansible_collections.telephony.outbound.tests.chaos import trial as trial_module
from ansible_collections.telephony.outbound.tests.chaos.fault_mix import fault_mix, rng
from ansible_collections.telephony.outbound.tests.chaos.tally import Tally
from ansible_collections.telephony.outbound.tests.chaos.tls_front import TlsFront
from ansible_collections.telephony.outbound.tests.chaos.trial import Trial, make_targets
from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox
from ansible_collections.telephony.outbound.tests.support.scenario import Conditions, Scenario, TrialTarget
from ansible_collections.telephony.outbound.tests.support.scenarios import SCENARIOS

SEED = int(os.environ.get("CHAOS_SEED", "20261121"))
TARGETS, SERIAL_TARGETS = 30, 12
STOPS = len(stops.WAYS)
HARDER = 8.0
"""Factor of the fault probabilities of long runs."""
SLACK = 60.0
"""Seconds that a stop may take longer than in the long runs, which have a machine of their own."""
TIMEOUT = 2.0
"""Seconds that an answer may take: a slow machine is not a fault."""


def short_targets(scenario: Scenario) -> list[TrialTarget]:
    chance = rng(SEED, scenario.name)
    sizes = [chance.randint(0, 2) for _mark in range(SERIAL_TARGETS if scenario.serial else TARGETS)]
    # Genesys sends nothing about absent records, so waiting for them only takes time.
    return make_targets(scenario, sizes, [kind for kind in scenario.kinds if kind != "absent" or scenario.addressed])


@pytest.mark.parametrize("name", SCENARIOS)
def test_reports_agree_with_the_sandbox(sandbox: Sandbox, name: str) -> None:
    scenario = SCENARIOS[name]
    targets = short_targets(scenario)
    tally = Tally(SEED)
    trial = Trial(sandbox, scenario, targets, tally)
    trial.inject(fault_mix(scenario, targets, SEED, HARDER))
    quick = Conditions(wait_timeout=scenario.patience)
    # If targets share an address, only sequential targets get the same faults every time.
    options: dict[str, Any] = {"timeout": TIMEOUT, **({} if scenario.addressed else {"concurrency": 1})}
    runs = ((quick, {**options, "retries": 2}), (Conditions(check=True), options), (quick, options))
    found = [text for conditions, more in runs for text in trial.run(conditions, **more)]
    assert not found, f"seed {SEED}"
    assert tally.faults.total() > len(targets) / 10


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "plum insight"])
def test_random_worlds(sandbox: Sandbox, name: str) -> None:
    machine.run(sandbox, SCENARIOS[name], tally := Tally(SEED), SEED, seconds=60, examples=3)
    assert not tally.disagreements, f"seed {SEED}"


@pytest.mark.parametrize("way", ["SIGTERM", "SIGKILL"])
def test_an_interrupted_task_leaves_nothing_behind(sandbox: Sandbox, tmp_path: Path, way: str) -> None:
    interrupts.run(sandbox, SCENARIOS["wolkvox clear"], tally := Tally(SEED), SEED, tmp_path, [way])
    assert not tally.disagreements, f"seed {SEED}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_write_is_sent_after_a_stop(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    stops.run(sandbox, SCENARIOS[name], tally := Tally(SEED), SEED, STOPS, tmp_path / "stops", SLACK)
    assert not tally.disagreements, f"seed {SEED}"


# --- the oracle can fail ---------------------------------------------------------------------------------------------


def plum(sandbox: Sandbox, *faults: dict[str, Any], check: bool = False, **options: Any) -> str:
    """Run two readable targets; return the oracle's findings."""
    trial = Trial(sandbox, SCENARIOS["plum fuse"], make_targets(SCENARIOS["plum fuse"], [2, 2], ["counted"]), Tally(1))
    trial.inject(faults)
    return "; ".join(trial.run(Conditions(check=check, wait_timeout=0.4), retries=1, timeout=TIMEOUT, **options))


Break = Callable[[pytest.MonkeyPatch], None]


def test_oracle_detects_a_cancel_resent_without_acknowledgement(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = SCENARIOS["genesys"]
    monkeypatch.setattr(RecordCancel, "SAFE_TO_RESEND", True)
    monkeypatch.setattr(RecordCancel, "can_confirm", lambda *_arguments: False)
    trial = Trial(sandbox, scenario, make_targets(scenario, [1], ["record"]), Tally(1))
    trial.inject([{**scenario.filter(trial.targets[0], "write"), "do": "status", "status": 500, "when": "after"}])
    found = trial.run(Conditions(wait_timeout=0.4), retries=1, timeout=TIMEOUT)
    assert "sent again, and nobody had looked" in "; ".join(found)


def test_oracle_detects_a_list_from_before_the_write(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = SCENARIOS["wolkvox switch"]
    monkeypatch.setattr(Campaigns, "write_begins", lambda *_arguments: None)
    monkeypatch.setattr(wolkvox_campaigns, "_SECONDS_FRESH", 60.0)
    targets = [target for target in make_targets(scenario, [1] * 6, ["start"]) if target.account == 0]
    trial = Trial(sandbox, scenario, targets, Tally(1))
    trial.inject([{**scenario.filter(targets[0], "write"), "do": "status", "status": 500, "when": "after"}])
    found = trial.run(Conditions(wait_timeout=0.4), retries=1, timeout=TIMEOUT)
    assert "sent again, and nobody had looked" in "; ".join(found)


def test_oracle_detects_a_write_in_check_mode(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trial_module.run_module
    monkeypatch.setattr(trial_module, "run_module", lambda name, check, **options: run(name, **options))
    assert "a write was sent in check mode" in plum(sandbox, check=True)


# --- answers of intermediaries, with the countermeasure removed ------------------------------------------------------


def an_interim_answer_is_final(patch: pytest.MonkeyPatch) -> None:
    """Treat 102 as the final answer, and the connection as reusable."""
    patch.setattr(sockets._FinalResponse, "_read_status", HTTPResponse._read_status)
    patch.setattr(sockets._Socket, "reusable", property(lambda _self: True))


def means(status: int, failure_class: FailureClass) -> Break:
    """Return a patch that gives a status another meaning."""

    def broken(patch: pytest.MonkeyPatch) -> None:
        made = OutboundError.__init__

        def make(self: OutboundError, *arguments: Any, **more: Any) -> None:
            made(self, *arguments, **more)
            if self.status == status:
                self.failure_class = failure_class

        patch.setattr(OutboundError, "__init__", make)

    broken.__name__ = f"{status} is {failure_class.name}"
    return broken


def a_late_change_is_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    settle = Confirmation._settle
    patch.setattr(
        Confirmation, "_settle", lambda self, error, resend, pause, _patience: settle(self, error, resend, pause, 0)
    )
    patch.setattr(Confirmation, "_waited_full_timeout", lambda _self: True)


def a_name_may_stand_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "unique", dict)


def no_session_is_renewed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Genesys, "should_relogin", lambda *_arguments: False)
    patch.setattr(Genesys, "forget_login", lambda _self: None)


NO_BODY = {"voipnow": {"delete_status": 204}}
LATE = {"do": "late", "status": 504, "seconds": 0.6}
INTERIM = {"do": "interim", "interim": [102], "seconds": 0.3}
REFUSED = {"do": "status", "status": 503, "when": "after", "headers": {"Retry-After": "0"}}


@pytest.mark.parametrize(
    ("name", "kind", "purpose", "fault", "broken", "says"),
    [
        ("voipnow absent", "each", "write", INTERIM, an_interim_answer_is_final, "it is not gone"),
        ("voipnow absent", "each", "read", INTERIM, an_interim_answer_is_final, "there is still something"),
        ("plum fuse", "blind", "write", REFUSED, means(503, FailureClass.THROTTLED), "a write of ours was carried out"),
        (
            "genesys",
            "record",
            "write",
            REFUSED,
            means(503, FailureClass.THROTTLED),
            "sent again, and nobody had looked",
        ),
        (
            "plum fuse",
            "counted",
            "write",
            {**REFUSED, "status": 408},
            means(408, FailureClass.REJECTED),
            "was carried out",
        ),
        ("plum fuse", "counted", "write", LATE, a_late_change_is_not_waited_for, "a write of ours was carried out"),
        (
            "voipnow absent",
            "each",
            "look",
            {"do": "duplicate"},
            a_name_may_stand_twice,
            "nothing was seen that could prove it",
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_oracle_detects_answers_of_intermediaries_taken_for_the_vendors(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    kind: str,
    purpose: str,
    fault: dict[str, Any],
    broken: Break,
    says: str,
) -> None:
    def found() -> str:
        scenario = SCENARIOS[name]
        targets = [target for target in make_targets(scenario, [0, 0, 0, 3], [kind]) if target.account == 0]
        trial = Trial(sandbox, scenario, targets, Tally(1), NO_BODY.get(scenario.vendor))
        for target in targets:
            times = {"skip": scenario.reads_first(target) if purpose == "look" else 0, "times": None}
            trial.inject([{**scenario.filter(target, purpose.replace("look", "read")), **times, **fault}])
        return "; ".join(trial.run(Conditions(wait_timeout=2.0), retries=1, timeout=TIMEOUT, concurrency=1))

    assert not found()
    broken(monkeypatch)
    assert says in found()


def test_oracle_detects_a_session_that_is_not_renewed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = SCENARIOS["genesys"]

    def found() -> str:
        trial = Trial(sandbox, scenario, make_targets(scenario, [1] * 3, ["record"])[:1], Tally(1))
        trial.inject(
            [{**scenario.filter(trial.targets[0], "write"), "do": "act", "act": scenario.failover, "when": "before"}]
        )
        return "; ".join(trial.run(Conditions(wait_timeout=2.0, failover=True), retries=1, timeout=TIMEOUT))

    assert not found()
    no_session_is_renewed(monkeypatch)
    assert "was not renewed" in found()


def test_oracle_detects_a_tls_alert_taken_for_an_interruption(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = SCENARIOS["plum fuse"]

    def found() -> str:
        trial = Trial(sandbox, scenario, make_targets(scenario, [1] * 3, ["blind"])[:1], Tally(1))
        with closing(TlsFront(sandbox.url)) as front:
            return "; ".join(trial.run(url=front.url, ca_path=front.ca_file, retries=1))

    assert not found()
    monkeypatch.setattr(transport, "_CERTIFICATE_ALERT", re.compile("no such alert"))
    assert "nothing was sent that could be in doubt" in found()


def test_oracle_detects_a_circuit_breaker_that_never_opens(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = SCENARIOS["plum fuse"]
    targets = [target for target in make_targets(scenario, [1] * 60, ["blind"]) if target.account == 0]

    def found() -> str:
        trial = Trial(sandbox, scenario, targets, Tally(1))
        trial.inject([{"do": "outage", "status": 502, "path": "/fuse/*", "seconds": 60}])
        conditions = Conditions(wall=oracle.WALL + scenario.concurrency)
        return "; ".join(trial.run(conditions, retries=1, timeout=TIMEOUT, target_timeout=2))

    assert not found()
    monkeypatch.setattr(circuit_breaker, "IN_A_ROW", 1000)
    assert "the wall that all of them met was not seen as one" in found()


def test_oracle_detects_concurrent_requests_of_one_token(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = SCENARIOS["wolkvox clear"]
    monkeypatch.setattr(Wolkvox, "request_slot", lambda _self, _clock: None)
    monkeypatch.setattr(CampaignClear, "MAX_CONCURRENCY", 8)
    targets = [target for target in make_targets(scenario, [1] * 24, ["all"]) if target.account == 0]
    trial = Trial(sandbox, scenario, targets, Tally(1))
    sandbox.settings(latency=0.05)
    assert "requests of one token at once" in "; ".join(trial.run())


def arrival(seq: int, ended: float | None, concurrent: int, *, fault: str | None = None) -> dict[str, Any]:
    credentials = {"fingerprint": "0123456789ab"}
    times = {"time": float(seq), "ended": ended, "concurrent": concurrent, "status": 200}
    return {"seq": seq, "room": "wolkvox", "credentials": credentials, "query": "", "fault": fault, **times}


@pytest.mark.parametrize(
    ("earlier", "found"),
    [
        ([arrival(1, 1.5, 1)], 0),
        ([arrival(1, 9.0, 1)], 1),
        ([arrival(1, 9.0, 1, fault="drip")], 0),
        ([arrival(1, None, 1, fault="hang")], 0),
        ([arrival(1, 1.5, 1, fault="drip"), arrival(2, 9.0, 1)], 1),
    ],
)
def test_an_abandoned_request_is_not_concurrent(earlier: list[dict[str, Any]], found: int) -> None:
    last = arrival(7, 8.0, 1 + sum(one["ended"] is None or one["ended"] > 7 for one in earlier))
    assert len(list(oracle.overlaps(SCENARIOS["wolkvox clear"], [*earlier, last]))) == found
    assert not list(oracle.overlaps(SCENARIOS["wolkvox clear"], [*earlier, last], since=7))


def test_a_new_world_waits_for_abandoned_requests(sandbox: Sandbox) -> None:
    scenario = SCENARIOS["wolkvox clear"]
    Trial(sandbox, scenario, [], Tally(1))
    sandbox.fault(path="*", do="hang", seconds=2)
    with socket.create_connection(("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(f"GET /{scenario.vendor}/api HTTP/1.1\r\nHost: sandbox\r\n\r\n".encode())
        while not sandbox.journal():
            time.sleep(0.01)
        Trial(sandbox, scenario, [], Tally(1))
        connection.settimeout(1)
        assert connection.recv(1) == b"", "the server was done with it before the new world began"
    assert not sandbox.journal()


def test_oracle_detects_a_leaked_secret(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OutboundCancel, "UNIT", "calls of not-a-secret-" + "developer-key")
    monkeypatch.setattr("ansible.module_utils.basic.remove_values", lambda value, _hidden: value)
    assert "a secret stands in the result" in plum(sandbox)
